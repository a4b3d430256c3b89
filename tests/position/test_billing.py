"""Rules 1–3 and 10: what counts as billed, to whom, and in which harvest and zone."""

from unittest.mock import Mock, patch

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged

from .common import PositionCommon


@tagged("post_install", "-at_install")
class TestBilling(PositionCommon):
    def assertBilled(self, partner, harvest, amount):
        self.assertEqual(self._position(partner, harvest).billing, amount)

    def test_only_posted_product_lines_count_untaxed(self):
        self._invoice(self.farmer, 1000, "2024-11-15")
        self._invoice(self.farmer, 500, "2024-11-15", post=False)
        self.assertBilled(self.farmer, self.summer_25, 1000)

    def test_credit_notes_are_negative(self):
        self._invoice(self.farmer, 1000, "2024-11-15")
        self._invoice(self.farmer, -300, "2024-12-15")
        self.assertBilled(self.farmer, self.summer_25, 700)

    def test_cancel_and_reset_to_draft_take_billing_back(self):
        first = self._invoice(self.farmer, 1000, "2024-11-15")
        self._invoice(self.farmer, 200, "2024-11-16")
        self.assertBilled(self.farmer, self.summer_25, 1200)
        first.button_draft()
        self.assertBilled(self.farmer, self.summer_25, 200)
        first.button_cancel()
        self.assertBilled(self.farmer, self.summer_25, 200)

    def test_last_invoice_gone_leaves_no_position(self):
        move = self._invoice(self.farmer, 1000, "2024-11-15")
        self.assertTrue(self._position(self.farmer, self.summer_25))
        move.button_draft()
        self.assertFalse(self._position(self.farmer, self.summer_25))

    def test_both_bounds_of_a_harvest_belong_to_it(self):
        for date in ("2024-10-01", "2025-03-31"):
            move = self._invoice(self.farmer, 100, date)
            self.assertEqual(move.segmentation_harvest_id, self.summer_25)

    def test_between_harvests_is_outside_any(self):
        move = self._invoice(self.farmer, 100, "2024-04-15")
        self.assertFalse(move.segmentation_harvest_id)
        self.assertBilled(self.farmer, None, 100)

    def test_foreign_currency_counts_at_the_invoices_own_rate(self):
        euro = self.setup_other_currency(
            "EUR", rates=[("2024-11-01", 2.0), ("2024-12-01", 4.0)]
        )
        self._invoice(self.farmer, 100, "2024-11-15", currency_id=euro.id)
        self._invoice(self.farmer, 100, "2024-12-15", currency_id=euro.id)
        self.assertBilled(self.farmer, self.summer_25, 75)

    def test_vendor_bills_and_receipts_do_not_count(self):
        self._invoice(self.farmer, 100, "2024-11-15", move_type="in_invoice")
        self._invoice(self.farmer, 100, "2024-11-15", move_type="out_receipt")
        self.assertFalse(self._position(self.farmer, self.summer_25))

    def test_contacts_farms_and_archived_children_roll_up(self):
        contact, farm = self.env["res.partner"].create(
            [
                {"name": "Ana", "parent_id": self.farmer.id},
                {"name": "Farm", "parent_id": self.farmer.id, "type": "other"},
            ]
        )
        self._invoice(contact, 100, "2024-11-15")
        self._invoice(farm, 10, "2024-11-15")
        farm.active = False
        self.assertBilled(self.farmer, self.summer_25, 110)
        self.assertFalse(self._position(contact, self.summer_25))

    def test_reparenting_moves_history_along(self):
        other = self._customer("Other")
        contact = self.env["res.partner"].create(
            {"name": "Ana", "parent_id": self.farmer.id}
        )
        self._invoice(contact, 100, "2024-11-15")
        self._invoice(self.farmer, 5, "2024-11-15")
        self.assertBilled(self.farmer, self.summer_25, 105)
        contact.parent_id = other
        self.assertBilled(self.farmer, self.summer_25, 5)
        self.assertBilled(other, self.summer_25, 100)

    def test_merging_moves_history_along(self):
        source = self._customer("Twin", email="a@example.com")
        self.farmer.email = "a@example.com"
        child = self.env["res.partner"].create({"name": "Ana", "parent_id": source.id})
        self._invoice(source, 100, "2024-11-15")
        self._invoice(child, 10, "2024-11-15")
        self._invoice(self.farmer, 1, "2024-11-15")
        self._plant(source, self.east, self.soy, 10, self.summer_25)
        self._refresh()
        self.env["base.partner.merge.automatic.wizard"].sudo()._merge(
            [source.id, self.farmer.id], self.farmer
        )
        self.assertBilled(self.farmer, self.summer_25, 111)
        position = self._position(self.farmer, self.summer_25)
        self.assertEqual(position.hectares, 10)
        self.assertEqual(
            self.env["segmentation.position"].search_count(
                [("harvest_id", "=", self.summer_25.id)]
            ),
            1,
        )

    def test_merging_into_a_contact_counts_for_its_company(self):
        head = self._customer("Head")
        contact = self.env["res.partner"].create({"name": "Ana", "parent_id": head.id})
        source = self._customer("Twin", is_company=False)
        child = self.env["res.partner"].create({"name": "Eva", "parent_id": source.id})
        self._invoice(child, 10, "2024-11-15")
        self._refresh()
        self.env["base.partner.merge.automatic.wizard"].sudo()._merge(
            [source.id, contact.id], contact, extra_checks=False
        )
        self.assertBilled(head, self.summer_25, 10)

    def test_hand_set_harvest_stays_when_dates_change(self):
        by_hand = self._invoice(self.farmer, 100, "2024-11-15")
        by_date = self._invoice(self.farmer, 10, "2024-11-16")
        by_hand.segmentation_harvest_id = self.winter_24
        self.assertTrue(by_hand.segmentation_harvest_manual)
        self.assertBilled(self.farmer, self.winter_24, 100)
        self.summer_25.date_start = "2024-12-01"
        self._refresh()
        self.assertEqual(by_hand.segmentation_harvest_id, self.winter_24)
        self.assertFalse(by_date.segmentation_harvest_id)
        self.assertBilled(self.farmer, None, 10)
        by_hand.segmentation_harvest_manual = False
        self.assertFalse(by_hand.segmentation_harvest_id)
        self.assertBilled(self.farmer, None, 110)

    def test_set_outside_by_hand(self):
        move = self._invoice(self.farmer, 100, "2024-11-15")
        move.segmentation_harvest_id = False
        self.assertBilled(self.farmer, None, 100)
        self.assertBilled(self.farmer, self.summer_25, 0)

    def test_harvests_are_looked_up_anew_after_the_commit(self):
        """Another thread may look them up while they are still to be committed."""
        calendar = self.env["segmentation.harvest"]._calendar
        start, end, _id = calendar(self.company.id)[-1]
        self.assertEqual(end, self.summer_25.date_end)
        self.summer_25.date_end = "2025-04-30"
        self.env.flush_all()
        with patch.object(
            type(self.env["segmentation.harvest"]),
            "search_fetch",
            return_value=[Mock(date_start=start, date_end=end, id=self.summer_25.id)],
        ):
            self.assertEqual(calendar(self.company.id)[-1][1], end)
        self.env.cr.postcommit.run()
        self.assertEqual(calendar(self.company.id)[-1][1], self.summer_25.date_end)

    def test_harvest_gone_gives_its_hand_set_invoices_back(self):
        extra = self._create(
            "harvest",
            {
                "name": "Summer 25–26",
                "date_start": "2025-10-01",
                "date_end": "2026-03-31",
                "company_id": self.company.id,
            },
        )
        move = self._invoice(self.farmer, 100, "2024-11-15")
        move.segmentation_harvest_id = extra
        self.assertBilled(self.farmer, extra, 100)
        extra.unlink()
        self.assertBilled(self.farmer, self.summer_25, 100)
        self.assertEqual(move.segmentation_harvest_id, self.summer_25)

    def test_harvest_with_hand_set_invoices_keeps_its_company(self):
        """Counted, not named: who edits harvests may not read invoices."""
        other = self.setup_other_company(name="Branch")["company"]
        move = self._invoice(self.farmer, 100, "2024-11-15")
        self._invoice(self.farmer, 100, "2024-06-15")
        move.segmentation_harvest_id = self.winter_24
        administrator = new_test_user(
            self.env,
            "harvests",
            "base.group_user,agro_segmentation.group_segmentation_administrator",
            company_id=self.company.id,
            company_ids=[(6, 0, (self.company | other).ids)],
        )
        harvest = self.winter_24.with_user(administrator)
        with self.assertRaisesRegex(
            ValidationError, "“Winter 24” was set by hand on 1 invoices of"
        ):
            harvest.company_id = other
        move.segmentation_harvest_manual = False
        harvest.company_id = other
        self.assertEqual(self.winter_24.company_id, other)

    def test_zone_gone_gives_its_hand_set_invoices_back(self):
        self.farmer.segmentation_zone_id = self.north
        gone = self._create("zone", {"name": "Gone"})
        move = self._invoice(self.farmer, 100, "2024-11-15")
        move.segmentation_zone_id = gone
        lines = self._position(self.farmer, self.summer_25).line_ids
        self.assertEqual(lines.zone_id, gone)
        gone.unlink()
        lines = self._position(self.farmer, self.summer_25).line_ids
        self.assertEqual(lines.zone_id, self.north)
        self.assertEqual(lines.billing, 100)
        self.assertEqual(move.segmentation_zone_id, self.north)

    def test_harvest_of_another_company_is_refused(self):
        other = self.setup_other_company(name="Second")["company"]
        theirs = self._harvests(other)[0]
        move = self._invoice(self.farmer, 100, "2024-11-15")
        with self.assertRaises(UserError):
            move.segmentation_harvest_id = theirs

    def test_draft_that_changes_company_leaves_its_hand_set_harvest(self):
        data = self.setup_other_company(name="Second")
        theirs = self._harvests(data["company"])[2]
        move = self._invoice(self.farmer, 100, "2024-11-15", post=False)
        move.segmentation_harvest_id = self.winter_24
        move.invoice_line_ids.unlink()
        move.journal_id = data["default_journal_sale"]
        self.assertEqual(move.company_id, data["company"])
        self.assertEqual(move.segmentation_harvest_id, theirs)

    def test_draft_in_the_form_shows_harvest_without_marking_it_by_hand(self):
        with Form(
            self.env["account.move"].with_context(default_move_type="out_invoice")
        ) as form:
            form.partner_id = self.farmer
            form.invoice_date = "2024-11-15"
            self.assertEqual(form.segmentation_harvest_id, self.summer_25)
        self.assertFalse(form.record.segmentation_harvest_manual)

    def test_invoice_dated_at_posting_gets_its_harvest(self):
        move = self._invoice(self.farmer, 1, False, post=False)
        self.assertFalse(move.segmentation_harvest_id)
        move.invoice_date = "2024-11-15"
        move.action_post()
        self.assertEqual(move.segmentation_harvest_id, self.summer_25)

    def test_zone_of_delivery_before_partner_before_customer(self):
        self.farmer.segmentation_zone_id = self.region
        contact = self.env["res.partner"].create(
            {"name": "Ana", "parent_id": self.farmer.id}
        )
        farm = self.env["res.partner"].create(
            {"name": "Farm", "parent_id": self.farmer.id, "type": "delivery"}
        )
        move = self._invoice(contact, 1, "2024-11-15", partner_shipping_id=contact.id)
        self.assertEqual(move.segmentation_zone_id, self.region)
        contact.segmentation_zone_id = self.north
        self._refresh()
        self.assertEqual(move.segmentation_zone_id, self.north)
        farm.segmentation_zone_id = self.east
        move = self._invoice(contact, 1, "2024-11-15", partner_shipping_id=farm.id)
        self.assertEqual(move.segmentation_zone_id, self.east)

    def test_zone_set_by_hand_stays(self):
        self.farmer.segmentation_zone_id = self.east
        move = self._invoice(self.farmer, 1, "2024-11-15")
        move.segmentation_zone_id = self.coast
        self.farmer.segmentation_zone_id = self.north
        self._refresh()
        self.assertEqual(move.segmentation_zone_id, self.coast)

    def test_unit_of_the_nearest_category_that_is_claimed(self):
        for product, amount in (self.seed, 1), (self.tractor, 10), (self.other, 100):
            self._invoice(self.farmer, amount, "2024-11-15", product)
        lines = self._position(self.farmer, self.summer_25).line_ids
        self.assertEqual(
            {line.unit_id: line.billing for line in lines},
            {
                self.unit_inputs: 1,
                self.unit_machines: 10,
                self.env["segmentation.business.unit"]: 100,
            },
        )
        self.unit_machines.category_ids += self.seed_category
        lines = self._position(self.farmer, self.summer_25).line_ids
        self.assertEqual(
            {line.unit_id: line.billing for line in lines if line.unit_id},
            {self.unit_machines: 11},
        )

    def test_product_moved_to_another_category_moves_its_billing(self):
        self._invoice(self.farmer, 10, "2024-11-15", self.other)
        self._refresh()
        self.other.categ_id = self.machines
        line = self._position(self.farmer, self.summer_25).line_ids
        self.assertEqual(line.unit_id, self.unit_machines)

    def test_all_time_figure_equals_total_invoiced(self):
        self._invoice(self.farmer, 1000.01, "2024-11-15")
        self._invoice(self.farmer, 20.02, "2024-06-15", self.tractor)
        self._invoice(self.farmer, -0.5, "2024-04-15")
        self._invoice(self.farmer, 3, "2019-01-01")
        self._refresh()
        positions = self.env["segmentation.position"].search(
            [("partner_id", "=", self.farmer.id)]
        )
        self.assertAlmostEqual(
            sum(positions.mapped("billing")), self.farmer.total_invoiced, 2
        )

    def test_each_company_counts_its_own(self):
        other = self.setup_other_company(name="Second")["company"]
        harvests = self._harvests(other)
        self._invoice(self.farmer, 100, "2024-11-15")
        self.env["segmentation.refresh"]._mark_companies(other)
        self.assertBilled(self.farmer, self.summer_25, 100)
        self.assertFalse(self._position(self.farmer, harvests[2], other))

    def test_customer_has_a_position_in_every_harvest_since_the_first(self):
        self._invoice(self.farmer, 100, "2024-06-15")
        self._refresh()
        positions = self.env["segmentation.position"].search(
            [("partner_id", "=", self.farmer.id)]
        )
        self.assertEqual(positions.harvest_id, self.winter_24 | self.summer_25)

    def test_unchanged_rows_are_not_written(self):
        self._invoice(self.farmer, 100, "2024-11-15")
        position = self._position(self.farmer, self.summer_25)
        self.env.cr.execute(
            "UPDATE segmentation_position SET write_date = '2020-01-01'"
        )
        self.env["segmentation.refresh"]._mark([(self.company.id, self.farmer.id)])
        self._refresh()
        position.invalidate_recordset()
        self.assertEqual(position.write_date.year, 2020)

    def test_invoice_analysis_knows_harvest_and_zone(self):
        self.farmer.segmentation_zone_id = self.east
        self._invoice(self.farmer, 100, "2024-11-15")
        groups = self.env["account.invoice.report"]._read_group(
            [("partner_id", "=", self.farmer.id)],
            ["segmentation_harvest_id", "segmentation_zone_id"],
            ["price_subtotal:sum"],
        )
        self.assertEqual(groups, [(self.summer_25, self.east, 100)])

    def test_multi_line_invoice_counts_each_line_in_its_unit(self):
        move = self._invoice(self.farmer, 1, "2024-11-15", post=False)
        move.invoice_line_ids = [
            Command.create(
                {"product_id": self.tractor.id, "price_unit": 10, "tax_ids": False}
            )
        ]
        move.action_post()
        self.assertBilled(self.farmer, self.summer_25, 11)
        self.assertEqual(len(self._position(self.farmer, self.summer_25).line_ids), 2)
