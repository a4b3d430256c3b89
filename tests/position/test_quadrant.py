"""Rule 6: where high begins, who is governed by which policy, and the sentence why."""

from unittest.mock import patch

from psycopg2.errors import CheckViolation

from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import PositionCommon


@tagged("post_install", "-at_install")
class TestQuadrant(PositionCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._rate(cls.soy, 1)
        cls.policy = cls.env["segmentation.policy"]._of(cls.company)
        cls.company.segmentation_harvest_id = cls.summer_25

    def _dealer(self, figures, zone=None):
        """Return customers with ``(billing, potential)``; None: not known."""
        customers = self.env["res.partner"]
        for index, (billed, hectares) in enumerate(figures):
            customer = self._customer(f"Customer {index}")
            if billed:
                self._invoice(customer, billed, "2024-11-15")
            if hectares is not None:
                self._plant(
                    customer, zone or self.east, self.soy, hectares, self.summer_25
                )
            customers |= customer
        return customers

    def _quadrants(self, customers):
        return [self._position(c, self.summer_25).quadrant for c in customers]

    def test_the_five_quadrants_by_fixed_amounts(self):
        self.policy.write(
            {"method": "fixed", "billing_amount": 100, "potential_amount": 1000}
        )
        customers = self._dealer(
            [(100, 1000), (99, 1000), (100, 999), (99, 999), (100, None)]
        )
        self.assertEqual(
            self._quadrants(customers),
            ["retention", "investment", "revision", "no_investment", "unknown"],
        )

    def test_pareto_is_the_default(self):
        self.assertEqual(
            (self.policy.method, self.policy.billing_pareto), ("pareto", 80)
        )
        customers = self._dealer([(500, 10), (300, 10), (100, 60), (100, 20)])
        self.assertEqual(
            self._quadrants(customers),
            ["revision", "revision", "investment", "investment"],
        )
        cut = self._position(customers[0], self.summer_25).cut_point_id
        self.assertEqual((cut.billing_cut, cut.potential_cut), (300, 20))

    def test_percentile_leaves_zeros_out(self):
        self.policy.write(
            {
                "method": "percentile",
                "billing_percentile": 50,
                "potential_percentile": 100,
            }
        )
        customers = self._dealer([(10, 1), (20, 2), (30, 3), (0, 4)])
        self.assertEqual(
            self._quadrants(customers),
            ["no_investment", "revision", "revision", "investment"],
        )

    def test_ties_fall_on_the_same_side(self):
        customers = self._dealer([(100, 1)] * 5)
        self.assertEqual(self._quadrants(customers), ["retention"] * 5)

    def test_a_zone_has_cut_points_of_its_own(self):
        self._create(
            "policy",
            {
                "company_id": self.company.id,
                "zone_id": self.region.id,
                "method": "fixed",
                "billing_amount": 5,
                "potential_amount": 5,
            },
        )
        self.policy.write(
            {"method": "fixed", "billing_amount": 50, "potential_amount": 50}
        )
        inland = self._dealer([(10, 10)], self.north)
        coast = self._dealer([(10, 10)], self.coast)
        self.assertEqual(
            self._quadrants(inland | coast), ["retention", "no_investment"]
        )

    def test_a_change_of_policy_reclassifies_all(self):
        customers = self._dealer([(10, 10), (100, 100)])
        self.policy.write(
            {"method": "fixed", "billing_amount": 1, "potential_amount": 1}
        )
        self.assertEqual(self._quadrants(customers), ["retention", "retention"])
        self.policy.unlink()
        self.assertEqual(self._quadrants(customers), ["no_investment", "retention"])

    def test_one_customers_invoice_may_move_anothers_quadrant(self):
        customers = self._dealer([(10, 10), (20, 10)])
        self.assertEqual(self._quadrants(customers), ["retention", "retention"])
        self._invoice(customers[1], 1000, "2024-11-15")
        self.assertEqual(self._quadrants(customers), ["investment", "retention"])

    def test_the_sentence_says_why(self):
        self.policy.write(
            {"method": "fixed", "billing_amount": 30_500, "potential_amount": 41_000}
        )
        (customer,) = self._dealer([(12_400, 58_000)])
        reason = self._position(customer, self.summer_25).reason
        self.assertRegex(
            reason.replace("\N{NO-BREAK SPACE}", " "),
            r"^Investment: billed \$ 12,400.00 of a potential of \$ 58,000.00 "
            r"\(21 %\); "
            r"high potential starts at \$ 41,000.00, high billing at \$ 30,500.00",
        )

    def test_preview_shows_both_sides_before_saving(self):
        self._dealer([(500, 10), (300, 10), (100, 60), (100, None)])
        self._refresh()
        edited = self.env["segmentation.policy"].new(
            {"method": "fixed", "billing_amount": 300, "potential_amount": 20},
            origin=self.policy,
        )
        self.assertEqual(
            edited._preview_figures(),
            {
                "billing": {
                    "cut": 300,
                    "high_count": 2,
                    "high_sum": 800,
                    "low_count": 2,
                    "low_sum": 200,
                },
                "potential": {
                    "cut": 20,
                    "high_count": 1,
                    "high_sum": 60,
                    "low_count": 2,
                    "low_sum": 20,
                },
            },
        )
        self.assertEqual(self.policy.method, "pareto")

    def test_preview_follows_the_form(self):
        self._dealer([(500, 10), (300, 10)])
        self._refresh()
        with Form(self.policy) as form:
            form.method = "fixed"
            form.billing_amount = 499
            self.assertIn("499.00", form.preview_html)

    def test_preview_without_harvest_says_so(self):
        self.company.segmentation_harvest_id = False
        policy = self.policy.new({"preview_harvest_id": False}, origin=self.policy)
        self.assertIn("no harvest", policy.preview_html)

    def test_a_share_of_nothing_is_refused(self):
        for figure in ("billing", "potential"):
            with (
                self.subTest(figure),
                self.assertRaisesRegex(CheckViolation, "pareto_positive"),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                self.policy[f"{figure}_pareto"] = 0
                self.policy.flush_recordset()
        self.policy.write({"method": "fixed", "billing_pareto": 0})
        self.assertFalse(self.policy.billing_pareto)

    def test_second_policy_for_a_zone_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "2 policies for all zones"):
            self._create("policy", {"company_id": self.company.id})

    def test_what_is_stored_is_what_would_be_found_anew(self):
        self._create(
            "policy",
            {
                "company_id": self.company.id,
                "zone_id": self.coast.id,
                "method": "fixed",
                "billing_amount": 20,
            },
        )
        customers = self._dealer([(500, 10), (300, 10), (100, 60), (100, None), (0, 9)])
        coast = self._dealer([(25, 5), (15, 9)], self.coast)
        coast[0].segmentation_zone_id = self.coast
        self._plant(customers[0], self.east, self.maize, 3, self.summer_25)  # no rate
        self._refresh()
        positions = self.env["segmentation.position"]
        scope = (self.company, self.summer_25, "in", None, None)
        self.assertTrue(positions._are_stored(*scope))
        stored, found = (
            {row["partner_id"]: row for row in self.env.execute_query_dict(select)}
            for select in (
                positions._stored_figures(*scope[:2]),
                positions._classified_figures(*scope),
            )
        )
        self.assertEqual(set(stored), set((customers | coast).ids))
        for id_, row in stored.items():
            # both say so; a potential that is not known is no lower bound
            row["is_lower_bound"] |= row["potential"] is None
            self.assertEqual(row, {name: found[id_][name] for name in row})

    def test_quadrants_that_wait_to_be_refreshed_are_found_anew(self):
        [customer] = self._dealer([(500, 10)])
        self._refresh()

        def quadrants():
            rows = self.env.execute_query_dict(
                self.env["segmentation.position"]._classified(
                    self.company, self.summer_25
                )
            )
            return {row["partner_id"]: row["quadrant"] for row in rows}

        self.assertEqual(quadrants(), {customer.id: "retention"})
        self.policy.write(
            {"method": "fixed", "billing_amount": 501, "potential_amount": 5}
        )
        self.assertEqual(quadrants(), {customer.id: "investment"})
        cuts = self.env["segmentation.position"]._cuts(self.company, self.summer_25)
        self.assertEqual(cuts, {"billing": 501, "potential": 5})
        self._refresh()
        self.assertEqual(quadrants(), {customer.id: "investment"})
        cuts = self.env["segmentation.position"]._cuts(self.company, self.summer_25)
        self.assertEqual(cuts, {"billing": 501, "potential": 5})

    def test_since_sums_billing_and_potential_over_the_same_harvests(self):
        customer = self._customer("Since")
        for date in "2023-11-01", "2024-04-15", "2024-06-01", "2024-11-01":
            self._invoice(customer, 100, date)
        self._plant(customer, self.east, self.soy, 10, self.summer_24)
        self._refresh()
        rows = self.env.execute_query_dict(
            self.env["segmentation.position"]._classified(
                self.company, self.summer_24, "since"
            )
        )
        self.assertEqual(
            [(row["billing"], row["potential"]) for row in rows], [(300, 20)]
        )

    def test_units_and_zones_restrict_the_figures(self):
        customer = self._customer("Split")
        other = self._customer("Elsewhere")
        self._invoice(customer, 100, "2024-11-01", self.seed)
        self._invoice(customer, 7, "2024-11-01", self.tractor)
        self._invoice(other, 1, "2024-11-01", self.tractor)
        self._plant(customer, self.north, self.soy, 10, self.summer_25)
        self._refresh()

        def figures(**scope):
            rows = self.env.execute_query(
                self.env["segmentation.position"]._classified(
                    self.company, self.summer_25, **scope
                )
            )
            return {row[0]: row[2:4] for row in rows}

        self.assertEqual(
            figures(units=self.unit_machines),
            {customer.id: (7, None), other.id: (1, None)},
        )
        # billed in no zone: counts in the customer's own
        self.assertEqual(figures(zones=self.region), {customer.id: (107, 10)})
        self.assertEqual(figures(zones=self.coast), {})
        self.north.active = False
        self.assertEqual(figures(zones=self.region), {customer.id: (107, 10)})

    def test_matrix_adds_up_by_quadrant_and_zone(self):
        self.policy.write(
            {"method": "fixed", "billing_amount": 100, "potential_amount": 1000}
        )
        self._dealer([(100, 1000), (300, 1000), (99, 999), (50, None)])
        self._dealer([(40, 2000)], self.coast)
        self._refresh()
        matrix = self.env["segmentation.position"].get_matrix(self.summer_25.id)
        self.assertEqual(
            matrix["quadrants"]["retention"],
            {"count": 2, "billing": 400, "potential": 2000, "gap": 1600, "share": 0.2},
        )
        self.assertEqual(
            {name: figures["count"] for name, figures in matrix["quadrants"].items()},
            {"retention": 2, "investment": 1, "no_investment": 1, "unknown": 1},
        )
        self.assertEqual(
            {zone["name"]: zone["count"] for zone in matrix["zones"]},
            {"Santa Cruz / East": 3, "Coast": 1, False: 1},
        )
        self.assertEqual(matrix["total"]["billing"], 100 + 300 + 99 + 50 + 40)
        self.assertEqual(matrix["currency_id"], self.company.currency_id.id)

    def test_matrix_reads_the_figures_once_however_many(self):
        positions = self.env["segmentation.position"]
        counts = []
        for number in (1, 20):
            self._dealer([(10, 100)] * number)
            self._refresh()
            positions.get_matrix()  # what is flushed and remembered
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            with patch.object(
                type(positions),
                "_search",
                autospec=True,
                side_effect=type(positions)._search,
            ) as search:
                positions.get_matrix()
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(search.call_count, 1)
        self.assertEqual(counts[0], counts[1])

    def test_matrix_of_no_harvest_is_empty(self):
        self.env["segmentation.harvest"].search([]).unlink()
        matrix = self.env["segmentation.position"].get_matrix()
        self.assertEqual((matrix["quadrants"], matrix["zones"]), ({}, []))
        self.assertEqual(matrix["total"]["count"], 0)

    def test_matrix_shows_the_reference_harvest_unless_asked(self):
        matrix = self.env["segmentation.position"].get_matrix()
        self.assertEqual(matrix["harvest_id"], self.summer_25.id)
        other = self.setup_other_company(name="Second")["company"]
        foreign = self._harvests(other)[0]
        positions = self.env["segmentation.position"]
        positions = positions.with_context(allowed_company_ids=self.company.ids)
        matrix = positions.get_matrix(foreign.id)
        self.assertEqual(matrix["harvest_id"], self.summer_25.id)
        self.assertNotIn(foreign.id, [h["id"] for h in matrix["harvests"]])
