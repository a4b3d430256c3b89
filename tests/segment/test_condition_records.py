from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .condition_common import ConditionCommon


@tagged("post_install", "-at_install")
class TestConditionRecords(ConditionCommon):
    """Has at least so many documents that meet a filter."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mia.group_ids += cls.env.ref("account.group_account_readonly")
        cls.mia.group_ids += cls.env.ref("sales_team.group_sale_salesman_all_leads")
        cls._invoice(cls.farmer, 100, "2025-01-10")
        cls._invoice(cls.ana, 500, "2025-02-10")
        cls._invoice(cls.east_farmer, 900, "2024-02-10")
        cls._invoice(cls.west_farmer, 900, "2024-02-10", post=False)

    def _has(self, model, *domain, count=1, **values):
        return {
            "kind": "records",
            "records_model": model,
            "records_domain": repr([*domain]),
            "records_count": count,
            **values,
        }

    def test_invoices(self):
        """Of the customer and its contacts; drafts do not count."""
        segment = self.assertFindsAndSays(
            self._has("account.move", count=2),
            self.farmer,
            "Invoices and credit notes: at least 2",
        )
        self.assertIn("(2)", self._reason(segment, self.farmer))
        self.assertFindsAndSays(
            self._has("account.move", ("invoice_date", ">=", "2025-01-01")),
            self.farmer | self.ana,
            "Invoices and credit notes where "
            "(Invoice/Bill Date is from 01/01/2025 on): at least 1",
            level="contact",
        )

    def test_none(self):
        ours = [("id", "in", (self.farmer | self.west_farmer).ids)]
        segment = self._segment(ours, self._has("account.move", is_negated=True))
        self.assertMembers(segment, self.west_farmer)
        self.assertIn("Invoices and credit notes: none", segment.sentence)
        segment = self._segment(
            ours,
            self._has(
                "account.move", ("state", "=", "posted"), is_negated=True, count=2
            ),
        )
        self.assertIn("(Status is “Posted”): fewer than 2", segment.sentence)

    def test_opportunities(self):
        self.env["crm.lead"].create(
            {"name": "Sprayer", "type": "opportunity", "partner_id": self.ana.id}
        )
        self.assertFindsAndSays(
            self._has("crm.lead", ("name", "ilike", "spray")),
            self.farmer,
            "Opportunities where (Opportunity contains “spray”): at least 1",
        )

    def test_cadastre_and_figures(self):
        self._plant(self.farmer, self.east, self.soy, 100, self.summer_25)
        self._rate(self.soy, 100)
        for model in ("segmentation.parcel", "segmentation.planting"):
            self.assertFinds(self._has(model), self.farmer)
        self.assertFinds(
            self._has(
                "segmentation.position",
                ("harvest_id", "=", self.summer_25.id),
                ("potential", ">", 0),
            ),
            self.farmer,
        )
        self.assertFinds(
            self._has("segmentation.relation", ("relation", "=", "ex_customer")),
            self.farmer | self.east_farmer,
        )

    def test_meetings_are_of_the_contact_that_takes_part(self):
        self.env["calendar.event"].with_context(dont_notify=True).create(
            {
                "name": "Field day",
                "start": "2025-03-01 12:00:00",
                "stop": "2025-03-01 13:00:00",
                "partner_ids": [(6, 0, (self.ana | self.farmer).ids)],
            }
        )
        meetings = self._has("calendar.event")
        self.assertFindsAndSays(meetings, self.farmer, "Meetings: at least 1")
        self.assertFinds(meetings, self.farmer | self.ana, level="contact")
        self.assertFinds(self._has("calendar.event", count=2), self.nobody)

    def test_documents_of_other_companies_do_not_count(self):
        other = self._other_company()
        self._other_invoice(self.west_farmer, 500, "2025-01-10")
        has = self._has("account.move")
        self.assertFinds(has, self.farmer | self.east_farmer)
        self.assertFinds(has, self.west_farmer, company_id=other.id)

    def test_changes_are_found_within_the_hour(self):
        large = self._has("segmentation.parcel", ("hectares", ">", 10))
        segment = self.assertFinds(large, self.nobody)
        self.assertTrue(segment.condition_ids._is_untold())
        self._plant(self.farmer, self.east, self.soy, 100, self.summer_25)
        with self._at(segment.date_next):
            self._follow()
        self.assertMembers(segment, self.farmer)

    def test_what_figures_are_made_of_is_told(self):
        """Without waiting for the hour."""
        self._rate(self.soy, 100)
        conditions = {
            "segmentation.parcel": [("zone_id", "=", self.east.id)],
            "segmentation.planting": [("crop_id", "=", self.soy.id)],
            "segmentation.position": [
                ("potential", ">", 0),
                ("partner_id.name", "!=", "X"),
            ],
            "account.move": [("amount_untaxed", "=", 77)],
            "crm.lead": [("user_id", "=", self.mia.id)],
        }
        segments = {
            model: self.assertFinds(self._has(model, *domain), self.nobody)
            for model, domain in conditions.items()
        }
        for segment in segments.values():
            self.assertFalse(segment.date_next)
        self._plant(self.farmer, self.east, self.soy, 100, self.summer_25)
        invoice = self._invoice(self.farmer, 77, "2021-01-10")
        lead = self.env["crm.lead"].create(
            {
                "name": "Sprayer",
                "type": "opportunity",
                "partner_id": self.ana.id,
                "user_id": self.mia.id,
            }
        )
        self._follow_figures()
        for segment in segments.values():
            self.assertMembers(segment, self.farmer)
        invoice.button_draft()
        lead.user_id = False
        self._follow_figures()
        for model in ("account.move", "crm.lead"):
            self.assertMembers(segments[model], self.nobody)

    def _follow_figures(self):
        self._refresh()
        self._follow()

    def test_what_else_documents_say_is_not_told(self):
        for model, *leaf in (
            ("account.move", "payment_state", "=", "paid"),
            ("account.move", "partner_id.user_id.name", "=", "Mia"),
            ("account.move", "segmentation_harvest_id.name", "=", "Summer"),
            ("account.move", "segmentation_harvest_id", "ilike", "Summer"),
            ("crm.lead", "name", "=", "Sprayer"),
            ("segmentation.relation", "relation", "=", "customer"),
        ):
            with self.subTest(leaf):
                condition = self._segment(self._has(model, tuple(leaf))).condition_ids
                self.assertTrue(condition._is_untold())

    def test_filters_by_dates_that_move(self):
        segment = self._segment(
            self._has("account.move", ("invoice_date", ">", "today -1y"))
        )
        self.assertTrue(segment.condition_ids._is_timed())

    def test_only_what_the_author_may_read(self):
        self.mia.group_ids -= self.env.ref("account.group_account_readonly")
        with self.assertRaisesRegex(ValidationError, "may not read these documents"):
            self._segment(self._has("account.move"))

    def test_deleted_records_are_reported(self):
        tag = self.env["crm.tag"].create({"name": "Hot"})
        segment = self._segment(self._has("crm.lead", ("tag_ids", "in", tag.ids)))
        tag.unlink()
        with self.assertRaisesRegex(UserError, "deleted"):
            segment.action_refresh()

    def test_what_makes_no_sense_is_refused(self):
        for condition, message in (
            (self._has(False), "Choose which documents"),
            (self._has("account.move", count=0), "at least one document"),
            (self._has("account.move", ("nothing", "=", 1)), "cannot be used"),
        ):
            with self.assertRaisesRegex(ValidationError, message):
                self._segment(condition)
