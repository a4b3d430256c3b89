from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .common import SegmentCommon

INVOICING = "account.group_account_invoice"


@tagged("post_install", "-at_install")
class TestDomainRights(SegmentCommon):
    """A rule asks for nothing that its author may not read, not even whether it is."""

    def assertRefused(self, label, *leaf):
        with self.assertRaises(ValidationError) as caught:
            self._segment([leaf])
        sentence = f"Mia Marketing may not read “{label}”, which the condition asks for"
        self.assertIn(sentence, str(caught.exception))

    def test_records_of_a_model_that_the_author_may_not_read(self):
        for path, label in (
            ("invoice_ids", "Invoices"),
            ("child_ids.invoice_ids", "Contact → Invoices"),
            ("parent_id.child_ids.invoice_ids", "Related Company → Contact → Invoices"),
            ("user_ids.invoice_ids", "Users → Invoices"),
        ):
            for operator, value in (
                ("!=", False),
                ("=", False),
                ("in", [1, 2]),
                ("any", []),
                ("not any", [("id", ">", 0)]),
                ("ilike", "INV"),
            ):
                with self.subTest(path=path, operator=operator):
                    self.assertRefused(label, path, operator, value)

    def test_in_conditions_on_other_records(self):
        self.assertRefused(
            "Contact → Invoices", "child_ids", "any", [("invoice_ids", "!=", False)]
        )
        self.assertRefused(
            "Contact → Invoices",
            "child_ids",
            "not any",
            ["!", ("city", "=", "X"), ("invoice_ids", "=", False)],
        )

    def test_what_is_below_such_a_model(self):
        self.assertRefused("Invoices", "invoice_ids.amount_total", ">", 0)
        self.assertRefused("Invoices", "invoice_ids.journal_id.name", "=", "X")

    def test_fields_of_groups(self):
        """Also those that are searched in a way of their own."""
        for path, label in (
            ("credit", "Total Receivable"),
            ("parent_id.credit", "Related Company → Total Receivable"),
            ("credit_limit", "Credit Limit"),
        ):
            with self.subTest(path):
                self.assertRefused(label, path, ">", 0)

    def test_what_the_author_may_read_is_not_refused(self):
        term = self.env["account.payment.term"].create({"name": "Soon"})
        for leaf in (
            ("property_payment_term_id", "=", term.id),
            ("property_payment_term_id", "!=", False),
            ("child_ids", "=", False),
            ("user_ids", "!=", False),
            ("user_id.name", "=", "Mia"),
            ("category_id", "!=", False),
            ("country_id.code", "=", "BO"),
            ("activity_ids", "!=", False),
            ("segmentation_position_id.billing", ">", 0),
            ("segmentation_campaign_ids", "!=", False),
        ):
            with self.subTest(leaf):
                self.assertFalse(self._segment([leaf]).error)

    def test_properties(self):
        definitions = self.env["properties.base.definition"]
        definition = definitions._get_definition_for_property_field(
            "res.partner", "properties"
        )
        definition.properties_definition = [
            {"name": "a1", "string": "Size", "type": "integer"},
        ]
        self.assertFalse(self._segment([("properties.a1", "=", 3)]).error)
        self.assertFalse(self._segment([("parent_id.properties.a1", "=", 3)]).error)

    def test_documents(self):
        with self.assertRaisesRegex(
            ValidationError, "may not read “Customer → Invoices”"
        ):
            self._segment(
                {
                    "kind": "records",
                    "records_model": "segmentation.position",
                    "records_domain": "[('partner_id.invoice_ids', '!=', False)]",
                }
            )

    def test_whoever_may_read_them_asks_for_them(self):
        self.mia.group_ids += self.env.ref(INVOICING)
        self._invoice(self.farmer, 100, "2024-11-15")
        segment = self._segment([("invoice_ids", "!=", False)])
        self.assertMembers(segment, self.farmer)

    def test_an_author_who_may_not_any_more(self):
        self.mia.group_ids += self.env.ref(INVOICING)
        segment = self._segment([("child_ids.invoice_ids", "=", False)])
        self.assertFalse(segment.error)
        self.mia.group_ids = [Command.unlink(self.env.ref(INVOICING).id)]
        segment.sudo()._attempt(segment.sudo()._rebuild)
        self.assertRegex(segment.error, "may not read “Contact → Invoices”")
        with self.assertRaisesRegex(UserError, "may not read “Contact → Invoices”"):
            segment.action_refresh()

    def test_a_dialog_tells_it_too(self):
        condition = (
            self.env["segmentation.condition"]
            .with_user(self.mia)
            .new({"kind": "domain", "partner_domain": "[('invoice_ids', '=', False)]"})
        )
        self.assertIn("may not read “Invoices”", condition._problem())
