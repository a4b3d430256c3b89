"""Cut points are led to where they belong by the few customers that changed."""

from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import tagged
from odoo.tools import SQL

from .common import PositionCommon
from .test_agreement import CHECKS, RolledBack


class ShiftCommon(PositionCommon):
    def _stored(self):
        """Return what is found of each customer and harvest, and what is counted."""
        self.env.flush_all()
        return self.env.execute_query(
            SQL(
                """
                SELECT position.partner_id, position.harvest_id, position.billing,
                       position.potential, position.quadrant, cut.policy_id,
                       cut.billing_cut, cut.potential_cut, cut.billing_total,
                       cut.billing_high, cut.potential_total, cut.potential_high
                  FROM segmentation_position position
             LEFT JOIN segmentation_cut_point cut ON cut.id = position.cut_point_id
                 WHERE position.company_id = %s
              ORDER BY 1, 2""",
                self.company.id,
            )
        )

    def _from_scratch(self):
        """Return the same after everything was thrown away and found again."""
        self.env.cr.execute(
            "DELETE FROM segmentation_position; DELETE FROM segmentation_cut_point"
        )
        self.env["segmentation.refresh"]._mark_companies(self.company)
        self._refresh()
        return self._stored()

    def _insert(self, customers, harvest, billing):
        """Insert positions that follow from no invoice, as a large base has them."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO segmentation_position
                       (company_id, partner_id, harvest_id, billing, potential)
                SELECT %s, customer.id, %s, %s + customer.n, 1000 + customer.n
                  FROM UNNEST(%s) WITH ORDINALITY AS customer (id, n)""",
                self.company.id,
                harvest.id,
                billing,
                customers.ids,
            )
        )
        self.env["segmentation.figures"]._classify(self.company, harvest)


@tagged("post_install", "-at_install")
class TestCutShiftAgrees(RolledBack, ShiftCommon):
    """Random changes of a few customers, over and over: as if found from scratch."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._rate(cls.soy, 1)
        cls.harvests = cls.summer_24 | cls.summer_25
        cls.policies = cls.env["segmentation.policy"]._of(cls.company)
        cls.policies |= cls._create(
            "policy", {"company_id": cls.company.id, "zone_id": cls.region.id}
        )
        cls.customers = cls.env["res.partner"].create(
            [
                {
                    "name": f"Customer {index}",
                    "is_company": True,
                    "segmentation_zone_id": (cls.east, cls.coast, cls.coast)[
                        index % 3
                    ].id,
                }
                for index in range(9)
            ]
        )
        for customer in cls.customers:
            for day in ("2023-10-01", "2024-11-20"):
                cls._invoice(customer, 10, day)
        for customer in cls.customers[:7]:  # the others have nothing but invoices
            parcel = cls._plant(customer, cls.east, cls.soy, 10, cls.summer_24)
            cls._plant(customer, cls.east, cls.soy, 10, cls.summer_25, parcel)

    amounts = st.sampled_from([None, -7, 0, 5, 5, 10, 10.01, 20, 400])
    change = st.tuples(st.integers(0, 8), st.integers(0, 1), amounts, amounts)
    method = st.sampled_from(["pareto", "pareto", "percentile", "fixed"])

    @given(
        methods=st.tuples(method, method),
        parameter=st.integers(1, 100),
        rounds=st.lists(st.lists(change, min_size=1, max_size=3), max_size=5),
    )
    @settings(CHECKS, max_examples=20)
    def test_as_from_scratch(self, methods, parameter, rounds):
        with self.example():
            for policy, method in zip(self.policies, methods, strict=True):
                suffix = "amount" if method == "fixed" else method
                policy.write(
                    {
                        "method": method,
                        f"billing_{suffix}": parameter,
                        f"potential_{suffix}": parameter,
                    }
                )
            self._refresh()
            for changes in rounds:
                for change in changes:
                    self._apply(*change)
                self._refresh()
            self.assertEqual(self._stored(), self._from_scratch())

    def _apply(self, index, harvest, billed, hectares):
        """Change one customer in one harvest; None: no invoice, potential unknown."""
        customer, harvest = self.customers[index], self.harvests[harvest]
        for query, value in (
            (
                "UPDATE account_move SET state = %s "
                "WHERE partner_id = %s AND segmentation_harvest_id = %s",
                "draft" if billed is None else "posted",
            ),
            (
                "UPDATE account_move_line line"
                " SET balance = -amount, amount_currency = -amount"
                "  FROM account_move move, CAST(%s AS numeric) amount"
                " WHERE line.display_type = 'product' AND move.id = line.move_id"
                " AND move.partner_id = %s AND move.segmentation_harvest_id = %s",
                billed or 0,
            ),
            (
                "UPDATE segmentation_planting planting SET crop_id = %s"
                "  FROM segmentation_parcel parcel WHERE parcel.id = parcel_id"
                " AND parcel.partner_id = %s AND planting.harvest_id = %s",
                (self.maize if hectares is None else self.soy).id,
            ),
            (
                "UPDATE segmentation_planting planting SET hectares = %s"
                "  FROM segmentation_parcel parcel WHERE parcel.id = parcel_id"
                " AND parcel.partner_id = %s AND planting.harvest_id = %s",
                max(hectares or 0, 0),
            ),
        ):
            self.env.cr.execute(query, [value, customer.id, harvest.id])
        self.env["segmentation.refresh"]._mark([(self.company.id, customer.id)])


@tagged("post_install", "-at_install")
class TestCutShift(ShiftCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.env["segmentation.policy"]._of(cls.company)
        cls.move = cls._invoice(cls.farmer, 50, "2024-11-10")

    def _others(self, count):
        return self.env["res.partner"].create(
            [{"name": f"Other {index}"} for index in range(count)]
        )

    def _bill(self, amount):
        """Have the farmer be billed so much, and compute it."""
        self.env.cr.execute(
            "UPDATE account_move_line SET balance = -%s, amount_currency = -%s "
            "WHERE display_type = 'product' AND move_id = %s",
            [amount, amount, self.move.id],
        )
        self.env["segmentation.refresh"]._mark([(self.company.id, self.farmer.id)])
        self._refresh()

    def _read(self):
        """Return how many positions this transaction has read so far."""
        [(count,)] = self.env.execute_query(
            SQL(
                """SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables
                    WHERE relname = 'segmentation_position'"""
            )
        )
        return count

    def _read_to_bill(self, amount):
        before = self._read()
        self._bill(amount)
        return self._read() - before

    def test_a_change_reads_as_much_of_many_customers_as_of_few(self):
        self._refresh()
        # as if there were many more
        self.env.cr.execute("SET LOCAL seq_page_cost = 100")
        self._insert(self._others(30), self.summer_25, 1000)
        self._read_to_bill(60)
        few = self._read_to_bill(70)
        self._insert(self._others(600), self.summer_25, 1000)
        self.env.cr.execute("ANALYZE segmentation_position")
        self.assertLessEqual(self._read_to_bill(80), few + 10)

    def test_a_cut_that_moves_gives_those_between_another_quadrant(self):
        self.policy.write(
            {"method": "percentile", "billing_percentile": 50, "potential_amount": 0}
        )
        self._refresh()
        others = self._others(4)
        self._insert(others, self.summer_25, 100)  # 101 to 104, and 50
        cut_point = self.env["segmentation.cut.point"].search(
            [("harvest_id", "=", self.summer_25.id)]
        )
        positions = self.env["segmentation.position"].search(
            [("partner_id", "in", others.ids)], order="billing"
        )
        high = ("retention", "revision")
        self.assertEqual(cut_point.billing_cut, 102)
        self.assertEqual(
            [position.quadrant in high for position in positions],
            [False, True, True, True],
        )
        figures = type(self.env["segmentation.figures"])
        with patch.object(figures, "_write_cut_points") as from_end_to_end:
            self._bill(500)
        from_end_to_end.assert_not_called()
        self.assertEqual(cut_point.billing_cut, 103)
        self.assertEqual(
            [position.quadrant in high for position in positions],
            [False, False, True, True],
        )

    def test_a_customer_that_is_deleted_counts_no_more(self):
        self._refresh()
        others = self._others(3)
        self._insert(others, self.summer_25, 1000)
        others[-1].unlink()
        self._refresh()
        self._check_counts()

    def test_a_customer_that_is_merged_counts_no_more(self):
        self._refresh()
        others = self._others(3)
        self._insert(others, self.summer_25, 1000)
        self.env["base.partner.merge.automatic.wizard"].sudo()._merge(
            others[1:].ids, others[1], extra_checks=False
        )
        self._refresh()
        self._check_counts()

    def test_what_was_never_counted_is_counted_from_end_to_end(self):
        """As after an update from a version that did not count."""
        self._refresh()
        self._insert(self._others(3), self.summer_25, 1000)
        self.env.cr.execute(
            "UPDATE segmentation_cut_point SET billing_total = NULL, "
            "billing_high = NULL, potential_total = NULL, potential_high = NULL"
        )
        self._bill(70)
        self._check_counts()

    def _check_counts(self):
        """What is kept is what finding all quadrants anew comes to."""
        stored = self._stored()
        harvests = self.env["segmentation.cut.point"].search([]).harvest_id
        self.env["segmentation.figures"]._classify(self.company, harvests)
        self.assertEqual(stored, self._stored())
