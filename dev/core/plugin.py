"""Plug-in of pytest: notes which tests failed, and leaves out what needs a browser.

It writes to the file named by ``FAILED_TESTS`` one line for each failed test: how many
of its reports failed (a test with subtests may have several), and its name for pytest.
"""

import os
import unittest
from collections import Counter
from pathlib import Path

failures = Counter()
#: what an index with more keys covers; test_lint has such a list for Odoo's own
COVERED = {
    "segmentation.hygiene.flag.rule_id",  # by first key of _rule_partner_uniq
    "segmentation.membership.segment_id",  # by first key of _history_idx
    "segmentation.position.line.position_id",  # by first key of _split_uniq
    "segmentation.segment.effect.action_id",  # by first key of _entry_uniq
    "segmentation.touch.audience_id",  # by first key of _audience_channel_uniq
}
#: test_lint takes all that is in tests/ for tests of Odoo; engine and install are none
LEFT_OUT = "TestTestHoles::test_check_tests"


def pytest_collection_modifyitems(items):
    items[:] = [item for item in items if not item.nodeid.endswith(LEFT_OUT)]
    if any("test_lint/" in item.nodeid for item in items):
        from odoo.addons.test_lint.tests import test_index

        test_index.BTREE_INDEX_IGNORE_FIELDS |= COVERED


def pytest_runtest_setup(item):
    from odoo.tests.common import HttpCase

    HttpCase.browser_js = leave_out


def leave_out(self, *args, **kwargs):
    raise unittest.SkipTest("needs a browser")


def pytest_runtest_logreport(report):
    if report.failed:
        failures[report.nodeid] += 1


def pytest_sessionfinish():
    lines = [f"{count} {name}\n" for name, count in sorted(failures.items())]
    Path(os.environ["FAILED_TESTS"]).write_text("".join(lines))
