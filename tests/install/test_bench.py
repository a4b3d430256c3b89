"""The benchmark measures everything it is there for; how fast is not asked here."""

import json
import math

import pytest
from conftest import REPOSITORY, run

ROWS = """
refresh, nothing changed
refresh, first fill
refresh of 80 customers' share
reading billing of 80
refresh of 1 changed
refresh of 100 changed
posting 1, 2 times
posting 10, 1 times
matrix
preview of everybody
preview of everybody, all it says
preview of a quadrant
preview of a quadrant, all it says
preview of half of the zones, figures found anew
customers by quadrant
launch of 50
launch of everybody
launch of both companies' customers
segment, all members
segment, below the median
what sells together
overlap of two campaigns
outcome of a campaign
planning calls
calls made
opportunities made
growth: refresh, nothing changed
growth: refresh of 1 changed
growth: matrix
growth: customers by quadrant
growth: launch of everybody
growth: launch of both companies' customers
growth: segment, all members
""".strip().splitlines()


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """What a run on a small dealer has written."""
    path = tmp_path_factory.mktemp("bench") / "report.json"
    run("bash", REPOSITORY / "dev/bench/run", "scale", "--small", "--json", path)
    return json.loads(path.read_text())


def test_every_row_is_there(report):
    measured = [row["measure"] for row in report["rows"]]
    assert not set(ROWS).difference(measured)
    assert len(measured) == len(set(measured))


def test_ratios_are_numbers(report):
    for row in report["rows"]:
        assert 0 < row["ratio"] < math.inf, row
        assert row["against"], row
        if row["goal"] is not None:
            assert row["ok"] == (row["ratio"] <= row["goal"]), row


def test_the_addon_and_the_plain_sql_agree(report):
    """A run ends with an error otherwise: this says where its report has it."""
    assert report["faults"] == []


def test_the_machine_is_told(report):
    assert report["machine"]["processor"]
    assert report["machine"]["postgresql"]["server_version"]
    assert report["sizes"]["account_move"] == 5_000
