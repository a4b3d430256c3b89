"""Print how many tests passed, failed and were skipped, from pytest's JUnit report."""

import sys
from xml.etree import ElementTree

suites = list(ElementTree.parse(sys.argv[1]).iter("testsuite"))


def total(*names):
    return sum(int(suite.get(name)) for suite in suites for name in names)


failed, skipped = total("failures", "errors"), total("skipped")
print(total("tests") - failed - skipped, failed, skipped)
