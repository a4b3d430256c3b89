"""Rule text that is broken, or that was made to break something."""

from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..position.test_agreement import CHECKS, RolledBack
from .common import SegmentCommon

CODE = (
    "__import__('os').system('true')",
    "[('name', '=', open('/etc/passwd').read())]",
    "[('name', '=', f'{env}')]",
    "[('id', 'in', [x for x in range(9)])]",
    "[('create_uid', '=', uid)]",
    "[('id', '=', 1 if True else 2)]",
    "(lambda: [])()",
)
BROKEN = (
    "[",
    "None",
    "7",
    "'name'",
    "[('name',)]",
    "['|', ('name', '=', 'a')]",
    "[('name', '~*', 'a')]",
    "[('id', '=', 'a')]",
    "[('id', '=', 10**99)]",
    "[('id', 'in', [99999999999999999999])]",
    "[('name', '=', {})]",
    "[('name', '=', '\\x00')]",
    "[('date', '>', 'the day after')]",
    "[('create_date', '>', '2025-13-45')]",
    "[('no_such_field', '=', 1)]",
    "[('parent_id.no_such_field', '=', 1)]",
    "[('child_ids', 'any', [('no_such_field', '=', 1)])]",
    "[('child_ids', 'any!', [('name', '=', 'a')])]",
    "[('segmentation_segment_ids', '=', 10**99)]",
    "[('segmentation_segment_ids', 'any', [('id', '=', 10**99)])]",
    "[('segmentation_segment_ids', 'any', [('no_such_field', '=', 1)])]",
    "[('segmentation_segment_ids', 'ilike', '\\x00')]",
    "[('segmentation_membership_ids', 'any', 7)]",
    "[" * 5000 + "]" * 5000,
    "[('child_ids', 'any', " * 300 + "[]" + ")]" * 300,
)
#: what a marketer may not read: other models, and fields of groups
UNREADABLE = (
    [("invoice_ids.amount_total", ">", 0)],
    [("invoice_ids", "any", [("amount_total", ">", 0)])],
    [("child_ids", "any", [("invoice_ids.amount_total", ">", 0)])],
    [("user_ids.password", "like", "a")],
    [("user_ids", "any", [("password", "like", "a")])],
    [("user_ids.totp_secret", "like", "a")],
    [("credit_limit", ">", 0)],
    [("child_ids.credit_limit", ">", 0)],
)
PARTS = st.sampled_from(
    [
        "name",
        "id",
        "parent_id",
        "child_ids",
        "child_ids.name",
        "city.name",
        "date",
        "segmentation_segment_ids",
        "segmentation_membership_ids.segment_id",
    ]
)
OPERATORS = st.sampled_from(
    ["=", "!=", ">", "in", "not in", "like", "=ilike", "any", "child_of", "any!", "?"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda values: st.lists(values, max_size=3) | st.tuples(values, values, values),
    max_leaves=6,
)
LEAVES = st.tuples(PARTS, OPERATORS, VALUES)
DOMAINS = st.lists(LEAVES | st.sampled_from(["&", "|", "!"]) | VALUES, max_size=5)


@tagged("post_install", "-at_install")
class TestSegmentAttacks(RolledBack, SegmentCommon):
    def _write(self, text):
        """Save a rule, as a screen or a call from outside does."""
        return self._segment({"kind": "domain", "partner_domain": text})

    def _assert_refused(self, text):
        with (
            self.subTest(text=text[:80]),
            mute_logger("odoo.sql_db", "odoo.domains"),
            self.assertRaises(UserError) as caught,
        ):
            self._write(text)
        sentence = str(caught.exception)
        self.assertNotIn("Traceback", sentence)

    def test_code_is_not_run(self):
        with patch("os.system") as system, patch("builtins.open") as opened:
            for text in CODE:
                self._assert_refused(text)
        system.assert_not_called()
        self.assertNotIn("/etc/passwd", str(opened.call_args_list))

    def test_what_is_no_domain(self):
        for text in BROKEN:
            self._assert_refused(text)

    def test_what_the_author_may_not_read(self):
        for domain in UNREADABLE:
            self._assert_refused(repr(domain))

    def test_what_the_author_may_not_read_any_more(self):
        """Nor does the job find anybody by it."""
        segment = self._write("[('city', '=', 'Montero')]")
        self.env["res.partner"].create({"name": "Ana", "city": "Montero"})
        self.cr.execute(
            "UPDATE segmentation_condition SET partner_domain = %s WHERE id = %s",
            ["[('invoice_ids.amount_total', '>=', 0)]", segment.condition_ids.id],
        )
        self.env.invalidate_all()
        segment.sudo()._attempt(segment.sudo()._rebuild)
        self.assertTrue(segment.error)
        self.assertFalse(segment.sudo().membership_ids)

    @given(domain=DOMAINS)
    @settings(CHECKS, max_examples=60)
    def test_any_domain_is_a_rule_or_refused_in_words(self, domain):
        with self.example(), mute_logger("odoo.sql_db", "odoo.domains"):
            try:
                segment = self._write(repr(domain))
                self.assertTrue(segment.sentence)
            except UserError as error:
                self.assertNotIn("Traceback", str(error))

    @given(text=st.text(alphabet="[](),'\"|&!=<>abc.01 {}_", max_size=30))
    @settings(CHECKS, max_examples=60)
    def test_any_text_is_a_rule_or_refused_in_words(self, text):
        with self.example(), mute_logger("odoo.sql_db", "odoo.domains"):
            try:
                self._write(text)
            except UserError as error:
                self.assertNotIn("Traceback", str(error))
