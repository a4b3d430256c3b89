from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .condition_common import ConditionCommon


@tagged("post_install", "-at_install")
class TestConditionCosts(ConditionCommon):
    """Conditions on figures: no query per record, and what they name stays."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for customer in (cls.farmer, cls.east_farmer, cls.west_farmer):
            cls._invoice(customer, 100, "2024-11-15")

    def _conditions(self):
        """Return one condition of each kind, on which these customers agree."""
        units = {"unit_ids": [Command.set(self.unit_inputs.ids)]}
        return [
            {"kind": "quadrant", "is_unknown": True},
            {"kind": "figure", "amount_from": 10, **units},
            {"kind": "figure", "figure_change": True, "amount_from": 10},
            {
                "kind": "purchase",
                "purchase_of": "unit",
                "purchase_window": "harvest",
                **units,
            },
            {
                "kind": "relation",
                "relation_customer": True,
                "relation_ex_customer": True,
                **units,
            },
        ]

    def _queries(self, run):
        """Return how many queries it takes, once caches of the registry are filled."""
        for _time in range(2):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            run()
            self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def _customers(self, count):
        customers = self.env["res.partner"].create(
            [{"name": f"Farm {n}", "is_company": True} for n in range(count)]
        )
        self.env["account.move"].concat(
            *(self._invoice(c, 100, "2024-11-15", post=False) for c in customers)
        ).action_post()
        self._refresh()
        self._follow()
        return customers

    def test_members_are_found_and_explained_at_the_cost_of_one(self):
        self._refresh()
        segment = self._segment(*self._conditions())
        self.assertMembers(segment, self.farmer | self.east_farmer | self.west_farmer)

        def look():
            everybody = segment.sudo().membership_ids.partner_id
            segment._look_at(everybody.ids)
            return segment.membership_ids.mapped("reason")

        few = self._queries(look)
        self._customers(30)
        self.assertEqual(len(set(look())), 1)
        self.assertEqual(segment.sudo().member_count, 33)
        self.assertEqual(self._queries(look), few)

    def test_sentences_of_many_segments_are_read_at_the_cost_of_one(self):
        def read(segments):
            return lambda: segments.mapped("sentence")

        one = self._segment(*self._conditions())
        few = self._queries(read(one))
        many = one.union(*(self._segment(*self._conditions()) for _n in range(9)))
        self.assertEqual(self._queries(read(many)), few)

    def test_a_refresh_of_everybody_finds_what_each_one_finds(self):
        self._customers(3)
        segment = self._segment(*self._conditions())
        self.assertEqual(segment.sudo().member_count, 6)
        self.assertSameByContact(segment)

    def test_what_a_condition_names_is_not_deleted(self):
        unit = self._create("business.unit", {"name": "Workshop"})
        zone = self._create("zone", {"name": "South"})
        self._segment(
            {
                "kind": "figure",
                "amount_from": 1,
                "unit_ids": [Command.set((unit | self.unit_inputs).ids)],
                "zone_ids": [Command.set(zone.ids)],
            }
        )
        sentence = r"is in use \(Condition of a Segment: 1\): archive it instead"
        with self.assertRaisesRegex(UserError, f"“Workshop” {sentence}"):
            unit.unlink()
        with self.assertRaisesRegex(UserError, f"“South” {sentence}"):
            zone.unlink()

    def test_while_incomplete_there_is_no_sentence(self):
        """The dialog asks for it at every step."""
        for kind in ("quadrant", "figure", "purchase", "relation"):
            for values in (
                {},
                {"is_negated": True},
                {"harvest_choice": "named"},
                {"figure": False, "purchase_of": False, "purchase_window": False},
                {"purchase_of": "unit"},
                {"purchase_window": "dates"},
                {"last_unit": False, "last_count": False},
                {"figure": "share", "figure_change": True},
            ):
                condition = self.env["segmentation.condition"].new(
                    {"kind": kind, "company_id": self.company.id, **values}
                )
                if condition._problem():
                    self.assertFalse(condition.sentence)
                else:
                    self.assertEqual(kind, "purchase")

    def test_a_salesperson_reads_what_marketing_wrote(self):
        """Without any right on invoices, products or other people's customers."""
        rosa = self._person("rosa_sentences")
        products = {"product_ids": [Command.set(self.seed.product_tmpl_id.ids)]}
        segment = self._segment(
            *self._conditions(),
            {"kind": "purchase", "purchase_of": "product", **products},
        )
        sentence = segment.sentence
        self.env.invalidate_all()
        self.assertEqual(segment.with_user(rosa).sentence, sentence)

    def test_values_are_told_as_the_language_writes_them(self):
        self.env["res.lang"]._activate_lang("es_ES")
        segment = self._segment(
            {
                "kind": "purchase",
                "purchase_window": "dates",
                "purchase_from": "2024-11-01",
            }
        )
        spanish = segment.with_context(lang="es_ES")
        self.assertIn("01/11/2024", spanish.sentence)
        reason = self._reason(spanish, self.farmer)
        self.assertIn("100,00", reason)
        self.assertIn("15/11/2024", reason)
