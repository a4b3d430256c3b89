"""Print how many tests passed, failed and were skipped, from pytest's JUnit report."""

import sys
from collections import Counter
from xml.etree import ElementTree

PASSED, SKIPPED, FAILED = range(3)
outcomes = Counter()  # of each test the worst, for subtests are listed under its name
for case in ElementTree.parse(sys.argv[1]).iter("testcase"):
    tags = {child.tag for child in case}
    outcome = FAILED if tags & {"failure", "error"} else SKIPPED * ("skipped" in tags)
    test = case.get("classname"), case.get("name")
    outcomes[test] = max(outcomes[test], outcome)
totals = Counter(outcomes.values())
print(totals[PASSED], totals[FAILED], totals[SKIPPED])
