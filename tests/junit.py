"""Validates JUnit XML against junit.xsd, and its counts against what it holds."""

import sys

from lxml import etree

schema = etree.XMLSchema(etree.parse(sys.argv[1]))
for name in sys.argv[2:]:
    report = etree.parse(name)
    schema.assertValid(report)
    for suite in report.getroot():
        for attribute, tag in (("tests", "testcase"), ("failures", "*/failure"), ("errors", "*/error")):
            assert int(suite.get(attribute)) == len(suite.findall(tag)), (name, suite.get("name"), attribute)
