from collections import defaultdict
from datetime import date
from statistics import median

from freezegun import freeze_time

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .condition_common import ConditionCommon

TODAY = date(2025, 2, 15)


class TacticConditionCommon(ConditionCommon):
    """It is 15 February 2025, in the summer harvest of 2024 to 2025."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time(TODAY))

    def _sales(self):
        """Return {customer: [(day, amount left, harvest)]} by reading the invoices."""
        sales = defaultdict(list)
        moves = self.env["account.move"].search(
            [("state", "=", "posted"), ("company_id", "=", self.company.id)]
        )
        for move in moves.filtered(lambda move: move.move_type == "out_invoice"):
            reversals = moves.filtered(
                lambda credit, move=move: credit.reversed_entry_id == move
            )
            left = sum((move | reversals).mapped("amount_untaxed_signed"))
            if left > 0:
                sales[move.partner_id.commercial_partner_id].append(
                    (move.invoice_date, left, move.segmentation_harvest_id)
                )
        return sales

    def _credit(self, invoice, amount, day):
        """Credit part of an invoice."""
        return self._invoice(
            invoice.partner_id, -amount, day, reversed_entry_id=invoice.id
        )


@tagged("post_install", "-at_install")
class TestFirstPurchaseCondition(TacticConditionCommon):
    """Who is new."""

    def _new_since(self, count=12, unit="months", **values):
        return {
            "kind": "first_purchase",
            "last_count": count,
            "last_unit": unit,
            **values,
        }

    def test_new_are_those_whose_first_purchase_lies_in_the_months(self):
        self._invoice(self.farmer, 10, "2024-02-14")
        self._invoice(self.farmer, 10, "2025-02-01")
        self._invoice(self.east_farmer, 10, "2024-02-15")
        self._invoice(self.west_farmer, 10, "2025-02-15")
        segment = self.assertFinds(
            self._new_since(), self.east_farmer | self.west_farmer
        )
        first_of = {
            customer: min(day for day, _left, _harvest in sales)
            for customer, sales in self._sales().items()
        }
        self.assertEqual(
            set(segment.membership_ids.partner_id),
            {customer for customer in first_of if first_of[customer].year >= 2024}
            - {self.farmer},
        )
        self.assertEqual(
            self._sentence(segment),
            "Customers: bought for the first time in the last 12 months.",
        )
        self.assertEqual(
            self._reason(segment, self.west_farmer),
            "bought for the first time in the last 12 months (on 02/15/2025)",
        )

    def test_an_invoice_that_was_credited_in_full_is_no_purchase(self):
        self._credit(self._invoice(self.farmer, 10, "2023-01-10"), 10, "2023-01-12")
        self._invoice(self.farmer, 10, "2025-01-10")
        self._credit(
            self._invoice(self.east_farmer, 10, "2025-01-10"), 10, "2025-01-12"
        )
        self.assertFinds(self._new_since(), self.farmer)

    def test_of_another_company_it_says_nothing(self):
        self._other_company()
        self._other_invoice(self.farmer, 10, "2025-01-10")
        self.assertFinds(self._new_since(), self.nobody)

    def test_it_is_told_and_comes_with_the_day(self):
        self._invoice(self.farmer, 10, "2025-01-31")
        segment = self.assertFinds(self._new_since(15, "days"), self.farmer)
        self.assertTrue(segment.condition_ids._is_timed())
        self._invoice(self.east_farmer, 10, "2025-02-03")
        self._refresh()
        self._follow()
        self.assertMembers(segment, self.farmer | self.east_farmer)
        with freeze_time("2025-02-16"):
            segment._rebuild()
        self.assertMembers(segment, self.east_farmer)

    def test_a_time_that_reaches_nowhere_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "1 to 1000"):
            self._segment(self._new_since(0))


@tagged("post_install", "-at_install")
class TestLapsedCondition(TacticConditionCommon):
    """Who is lost."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.regular, cls.returned, cls.between, cls.credited = (
            cls._customer(name)
            for name in ("Regular", "Returned", "Between", "Credited")
        )

    def _lapsed(self, harvests=2, **values):
        return {"kind": "lapsed", "lapsed_harvests": harvests, **values}

    def _sell(self):
        self._invoice(self.farmer, 700, "2023-11-10")
        self._invoice(self.ana, 50, "2024-01-10")
        self._invoice(self.east_farmer, 300, "2024-06-10")
        self._invoice(self.regular, 100, "2023-11-10")
        self._invoice(self.regular, 100, "2024-11-10")
        self._invoice(self.between, 100, "2023-11-10")
        self._invoice(self.between, 100, "2024-04-15")
        self._invoice(self.credited, 80, "2023-11-10")
        self._credit(self._invoice(self.credited, 90, "2025-01-10"), 90, "2025-01-20")

    def _lost_by_hand(self, harvests):
        """Return {customer: what was billed before} by reading the invoices."""
        start = harvests[0].date_start
        return {
            customer: sum(left for _day, left, _harvest in sales)
            for customer, sales in self._sales().items()
            if all(
                day < start and harvest not in harvests for day, _left, harvest in sales
            )
        }

    def test_lost_are_those_who_bought_before_and_nothing_since(self):
        self._sell()
        segment = self.assertFinds(
            self._lapsed(1),
            self.farmer | self.east_farmer | self.between | self.credited,
        )
        segment_2 = self.assertFinds(
            self._lapsed(2), self.farmer | self.between | self.credited
        )
        for found, harvests in (
            (segment, self.summer_25),
            (segment_2, self.winter_24 | self.summer_25),
        ):
            by_hand = self._lost_by_hand(harvests)
            why = {
                row.partner_id: row.why[str(found.condition_ids.id)]["amount"]
                for row in found.membership_ids
            }
            self.assertEqual(why, by_hand)
        self.assertEqual(
            self._sentence(segment_2),
            "Customers: bought before, but nothing in the last 2 harvests (Winter 24 "
            "and Summer 24–25).",
        )
        self.assertIn("$ 750.00 before", self._reason(segment_2, self.farmer))
        self.assertIn("01/10/2024", self._reason(segment_2, self.farmer))

    def test_who_bought_between_the_last_harvests_is_not_lost(self):
        self._invoice(self.between, 100, "2023-11-10")
        self._invoice(self.between, 100, "2025-04-02")
        self.summer_25.date_end = "2025-02-10"
        self._invoice(self.returned, 100, "2023-11-10")
        self._invoice(self.returned, 100, "2025-02-12")
        self.assertFinds(self._lapsed(1), self.nobody)

    def test_a_harvest_set_by_hand_counts(self):
        self._invoice(self.farmer, 100, "2023-11-10")
        late = self._invoice(self.farmer, 100, "2024-09-25")
        segment = self.assertFinds(self._lapsed(1), self.farmer)
        late.segmentation_harvest_id = self.summer_25
        self._refresh()
        self._follow()
        self.assertMembers(segment, self.nobody)

    def test_who_never_bought_is_not_lost(self):
        self._invoice(self.farmer, 100, "2023-11-10", post=False)
        self._credit(
            self._invoice(self.east_farmer, 10, "2023-11-10"), 10, "2023-11-12"
        )
        self.assertFinds(self._lapsed(1), self.nobody)

    def test_without_any_harvest_nobody_is_lost(self):
        self._invoice(self.farmer, 100, "2023-11-10")
        self.company.segmentation_harvest_id = False
        harvests = self.summer_24 | self.winter_24 | self.summer_25
        harvests.unlink()
        segment = self.assertFinds(self._lapsed(1), self.nobody)
        self.assertIn("there is no harvest", segment.sentence)

    def test_it_moves_on_with_the_reference_harvest(self):
        self._invoice(self.farmer, 100, "2024-06-10")
        self.company.segmentation_harvest_id = False
        segment = self.assertFinds(self._lapsed(1), self.farmer)
        self.assertTrue(segment.condition_ids._is_timed())
        with freeze_time("2024-09-01"):
            segment._rebuild()
            self.assertMembers(segment, self.nobody)

    def test_a_number_of_harvests_out_of_reach_is_refused(self):
        for number in (0, -1, 21):
            with self.assertRaisesRegex(ValidationError, "1 to 20"):
                self._segment(self._lapsed(number))


@tagged("post_install", "-at_install")
class TestMedianCondition(TacticConditionCommon):
    """Who buys less, or less often, than others of the same zone and size."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.peers = cls.env["res.partner"].concat(
            *(cls._customer(f"Peer {number}") for number in range(9))
        )
        # zones and hectares, and how many invoices of which amounts
        zones = [cls.east] * 6 + [cls.north] * 3
        sown = (10, 20, 49.99, 50, 60, 2000, 30, 20, 10)
        amounts = ((100,), (200, 400), (50, 50, 50), (900,), (10,), (5,), (70, 70))
        cls.amounts = (*amounts, (60,), ())
        for peer, zone, hectares in zip(cls.peers, zones, sown, strict=True):
            cls._plant(peer, zone, cls.soy, hectares, cls.summer_25)
        for peer, billed in zip(cls.peers, cls.amounts, strict=True):
            for number, amount in enumerate(billed):
                cls._invoice(peer, amount, f"2024-1{number}-05")
        cls._invoice(cls.farmer, 20, "2024-11-05")
        cls._invoice(cls.east_farmer, 40, "2024-11-05")

    def _below(self, measure="ticket", count=12, **values):
        return {
            "kind": "median",
            "median_of": measure,
            "last_count": count,
            "last_unit": "months",
            **values,
        }

    def _below_by_hand(self, measure):
        """Return {customer: (value, median)} of those below it, by the invoices."""
        value_of = {
            customer: sum(left for _day, left, _harvest in sales) / len(sales)
            if measure == "ticket"
            else len(sales)
            for customer, sales in self._sales().items()
            if all(day >= date(2024, 2, 15) for day, _left, _harvest in sales)
        }
        groups = defaultdict(list)
        for customer in value_of:
            groups[self._group(customer)].append(customer)
        return {
            customer: (value_of[customer], middle)
            for group in groups.values()
            for middle in (median(value_of[peer] for peer in group),)
            for customer in group
            if value_of[customer] < middle
        }

    def _group(self, customer):
        position = self._position(customer, self.summer_25)
        sown = position.hectares
        size = (sown > 0) + (sown >= 50) + (sown >= 1000)
        return position.zone_id, size

    def test_below_the_median_as_one_finds_by_hand(self):
        self._credit(
            self.env["account.move"].search(
                [("partner_id", "=", self.peers[1].id)], order="id", limit=1
            ),
            150,
            "2024-12-24",
        )
        for measure in ("ticket", "frequency"):
            by_hand = self._below_by_hand(measure)
            self.assertTrue(by_hand)
            expected = self.env["res.partner"].concat(*by_hand)
            segment = self.assertFinds(self._below(measure), expected)
            for row in segment.membership_ids:
                why = row.why[str(segment.condition_ids.id)]
                self.assertEqual((why["value"], why["median"]), by_hand[row.partner_id])

    def test_zones_and_sizes_are_kept_apart(self):
        segment = self.assertFinds(
            self._below(),
            self.peers[2] | self.peers[4] | self.peers[7] | self.farmer,
        )
        self.assertEqual(
            self._reason(segment, self.farmer).partition("(small")[2],
            " below 50 ha, large from 1,000 ha) ($ 20.00 against a median of $ 30.00 "
            "among 2 customers)",
        )
        self.assertFinds(
            self._below(medium_from=5, large_from=100),
            self.peers[2] | self.peers[4] | self.peers[7] | self.farmer,
        )

    def test_who_bought_nothing_in_the_months_is_no_peer(self):
        self._invoice(self.peers[8], 1, "2024-01-05")
        self.assertFinds(self._below("frequency", count=12), self._frequent())

    def _frequent(self):
        return self.peers[0] | self.peers[7]

    def test_what_others_buy_moves_the_median(self):
        segment = self.assertFinds(self._below("frequency"), self._frequent())
        self.assertTrue(segment.condition_ids._is_untold())
        self._invoice(self.peers[0], 1, "2025-01-05")
        self._invoice(self.peers[0], 1, "2025-01-06")
        self._refresh()
        self._follow()
        segment._rebuild()
        self.assertMembers(segment, self.peers[1] | self.peers[7])

    def test_sizes_the_wrong_way_round_are_refused(self):
        for medium, large in ((0, 10), (10, 10), (20, 10)):
            with self.assertRaisesRegex(ValidationError, "large above medium"):
                self._segment(self._below(medium_from=medium, large_from=large))

    def test_without_a_measure_it_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "Choose what to compare"):
            self._segment(self._below(False))


@tagged("post_install", "-at_install")
class TestReachableCondition(TacticConditionCommon):
    """Who can be written to or called."""

    def _reachable(self, **values):
        return {"kind": "reachable", **values}

    def test_by_what_is_asked_through_any_contact(self):
        self.ana.email = "Ana <ana@example.com>"
        self.east_farmer.phone = "+591 3 3000104"
        segment = self.assertFinds(self._reachable(), self.farmer | self.east_farmer)
        self.assertEqual(
            self._reason(segment, self.farmer),
            "can be reached by e-mail or phone (ana@example.com)",
        )
        self.assertFinds(self._reachable(by_phone=False), self.farmer)
        self.assertFinds(self._reachable(by_email=False), self.east_farmer)
        self.assertFinds(self._reachable(by_phone=False), self.ana, level="contact")

    def test_who_asked_to_be_left_alone_is_not_reached(self):
        self.farmer.email = "farmer@example.com"
        self.east_farmer.write({"phone": "+591 70000105", "country_id": self._bolivia})
        segment = self.assertFinds(self._reachable(), self.farmer | self.east_farmer)
        self.assertTrue(segment.condition_ids._is_untold())
        self.env["mail.blacklist"]._add("farmer@example.com")
        self.env["phone.blacklist"]._add([self.east_farmer.phone_sanitized])
        segment._rebuild()
        self.assertMembers(segment, self.nobody)
        self.env["mail.blacklist"]._remove("farmer@example.com")
        segment._rebuild()
        self.assertMembers(segment, self.farmer)

    @property
    def _bolivia(self):
        return self.env.ref("base.bo").id

    def test_archived_contacts_and_those_of_another_company_do_not_count(self):
        self.ana.email = "ana@example.com"
        self.env["res.partner"].create(
            {
                "name": "Bea",
                "parent_id": self.east_farmer.id,
                "email": "bea@example.com",
                "company_id": self._other_company().id,
            }
        )
        self.ana.active = False
        self.assertFinds(self._reachable(), self.nobody)

    def test_by_nothing_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "at least one"):
            self._segment(self._reachable(by_email=False, by_phone=False))


@tagged("post_install", "-at_install")
class TestTacticConditionCosts(TacticConditionCommon):
    """No query per record."""

    def test_members_are_found_and_explained_at_the_cost_of_one(self):
        segment = self._segment(
            {"kind": "first_purchase"},
            {"kind": "lapsed"},
            {"kind": "median"},
            {"kind": "reachable", "is_negated": True},
            match="any",
        )

        def queries(customers):
            segment.sudo().date_computed = False
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            segment._look_at(customers.ids)
            segment.membership_ids.mapped("reason")
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        queries(self.farmer)
        few = queries(self.farmer)
        many = self.env["res.partner"].create(
            [{"name": f"Farm {number}", "is_company": True} for number in range(100)]
        )
        queries(many)
        self.assertEqual(queries(many), few)
