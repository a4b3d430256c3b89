"""Plug-in of pytest: notes which tests failed, and leaves out what needs a browser.

It writes to the file named by ``FAILED_TESTS`` one line for each failed test: how many
of its reports failed (a test with subtests may have several), and its name for pytest.
"""

import os
import unittest
from collections import Counter
from pathlib import Path

failures = Counter()


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
