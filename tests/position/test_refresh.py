"""Rule 10: who is marked, by what, and how the job works through it."""

import re
from contextlib import suppress
from unittest.mock import patch

import psycopg2

from odoo.exceptions import AccessError, UserError
from odoo.sql_db import Cursor
from odoo.tests import new_test_user, tagged

from ...models.position import refresh as module
from .common import PositionCommon

#: what statements that are ours to answer for name
OF_OURS = "segmentation_refresh|segmentation_segment|ir_cron"


@tagged("post_install", "-at_install")
class TestRefresh(PositionCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.refresh = cls.env["segmentation.refresh"]._of(cls.company)
        cls.env["segmentation.refresh"]._refresh_pending(cls.company)

    def _marks(self):
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT DISTINCT partner FROM segmentation_refresh_mark WHERE company = %s",
            [self.company.id],
        )
        return {partner for (partner,) in self.env.cr.fetchall()}

    def assertMarked(self, *partners):
        self.assertEqual(self._marks(), {getattr(p, "id", p) for p in partners})
        self._refresh()
        self.assertFalse(self._marks())

    def test_posting_marks_and_computes_nothing(self):
        with patch.object(
            type(self.env["segmentation.figures"]),
            "_compute",
            side_effect=AssertionError,
        ):
            self._invoice(self.farmer, 100, "2024-11-15")
        self.assertEqual(self._marks(), {self.farmer.id})
        self.assertFalse(self.env["segmentation.position"].search([]))

    def test_posting_never_fails_without_the_job(self):
        self.env.ref("agro_segmentation.refresh_cron").unlink()
        self._invoice(self.farmer, 100, "2024-11-15")
        self.env["segmentation.refresh"]._trigger_job()
        self.assertMarked(self.farmer)

    def test_draft_marks_nobody(self):
        self._invoice(self.farmer, 100, "2024-11-15", post=False)
        self.assertMarked()

    def test_vendor_bill_marks_nobody(self):
        self._invoice(self.farmer, 100, "2024-11-15", move_type="in_invoice")
        self.assertMarked()

    def test_reset_and_cancel_mark(self):
        move = self._invoice(self.farmer, 100, "2024-11-15")
        self._refresh()
        move.button_draft()
        self.assertMarked(self.farmer)
        move.button_cancel()
        self.assertMarked()

    def test_credit_note_marks(self):
        move = self._invoice(self.farmer, 100, "2024-11-15")
        self._refresh()
        move._reverse_moves(cancel=True)
        self.assertMarked(self.farmer)

    def test_reparenting_marks_both(self):
        other = self._customer("Other")
        contact = self.env["res.partner"].create(
            {"name": "Ana", "parent_id": self.farmer.id}
        )
        self._refresh()
        contact.parent_id = other
        self.assertMarked(self.farmer, other)

    def test_deleting_a_parent_marks_who_becomes_a_customer(self):
        head = self._customer("Head", is_company=False)
        child = self._customer("Child", is_company=False, parent_id=head.id)
        self._rate(self.soy, 5)
        self._plant(child, self.east, self.soy, 10, self.summer_24)
        self._refresh()
        head.unlink()
        self.assertEqual(child.commercial_partner_id, child)
        self.assertMarked(child, head)
        self.assertEqual(self._position(child, self.summer_24).potential, 50)

    def test_deleting_a_contact_marks_archived_ones_below_it(self):
        manager = self._customer("Ana", is_company=False, parent_id=self.farmer.id)
        clerk = self._customer("Ben", is_company=False, parent_id=manager.id)
        clerk.active = False
        self._refresh()
        manager.unlink()
        self.assertEqual(clerk.commercial_partner_id, clerk)
        self.assertMarked(self.farmer, clerk)

    def _delivered(self):
        """Return the depot of another customer, to which the farmer's seed goes."""
        self.farmer.segmentation_zone_id = self.region
        depot = self._customer("Depot", segmentation_zone_id=self.east.id)
        self._invoice(self.farmer, 100, "2024-11-15", partner_shipping_id=depot.id)
        self._invoice(self.farmer, -10, "2024-11-15", partner_shipping_id=depot.id)
        self._invoice(self._customer("Draft"), 1, "2024-11-15", post=False).write(
            {"partner_shipping_id": depot.id}
        )
        self._refresh()
        return depot

    def _zone_billed(self):
        self._refresh()
        return (
            self.env["segmentation.position.line"]
            .search([("partner_id", "=", self.farmer.id), ("billing", "!=", 0)])
            .zone_id
        )

    def test_a_delivery_address_of_another_customer_changes_zone(self):
        depot = self._delivered()
        self.assertEqual(self._zone_billed(), self.east)
        depot.segmentation_zone_id = self.north
        self.assertEqual(self._marks(), {depot.id, self.farmer.id})
        self.assertEqual(self._zone_billed(), self.north)

    def test_a_delivery_address_of_another_customer_is_deleted(self):
        self._delivered().unlink()
        self.assertEqual(self._marks(), {self.farmer.id})
        self.assertEqual(self._zone_billed(), self.region)

    def test_a_delivery_address_of_another_customer_is_merged(self):
        depot = self._delivered()
        silo = self._customer("Silo", segmentation_zone_id=self.north.id)
        wizard = self.env["base.partner.merge.automatic.wizard"]
        wizard = wizard.with_user(self.env.ref("base.user_admin"))
        wizard._merge((depot | silo).ids, silo)
        self.env.invalidate_all()
        self.assertIn(self.farmer.id, self._marks())
        self.assertEqual(self._zone_billed(), self.north)

    def test_invoices_are_looked_for_only_where_the_zone_changes(self):
        depot = self._delivered()
        depot.write({"segmentation_zone_id": self.east.id, "name": "Silo"})
        self.assertMarked(depot)

    def test_cadastre_marks_its_customer(self):
        parcel = self._plant(self.farmer, self.east, self.soy, 10, self.summer_25)
        self.assertMarked(self.farmer)
        parcel.planting_ids.hectares = 5
        self.assertMarked(self.farmer)
        parcel.planting_ids.confidence = "high"
        self.assertMarked()
        parcel.zone_id = self.north
        self.assertMarked(self.farmer)
        parcel.partner_id = self.partner_a
        self.assertMarked(self.farmer, self.partner_a)

    def test_rates_harvests_units_mark_everybody(self):
        rate = self._rate(self.soy, 5)
        self.assertMarked(0)
        rate.amount_per_hectare = 6
        self.assertMarked(0)
        self.summer_25.date_end = "2025-04-30"
        self.assertMarked(0)
        self.unit_machines.category_ids += self.other.categ_id
        self.assertMarked(0)
        self.summer_25.name = "Renamed"
        self.unit_machines.name = "Renamed"
        self.assertMarked()

    def test_company_back_from_the_archive_marks_everybody(self):
        company = self.env["res.company"].create({"name": "Asleep"})
        company.active = False
        self.env["segmentation.refresh"]._mark([(None, self.farmer.id)])
        self.env.cr.execute(
            "SELECT FROM segmentation_refresh_mark WHERE company = %s", [company.id]
        )
        self.assertFalse(self.env.cr.rowcount)
        company.active = True
        self.env.cr.execute(
            "SELECT partner FROM segmentation_refresh_mark WHERE company = %s",
            [company.id],
        )
        self.assertEqual(self.env.cr.fetchall(), [(0,)])

    def test_policy_marks_the_quadrants_only(self):
        self.env["segmentation.policy"]._of(self.company).billing_pareto = 50
        self.assertMarked(-1)

    def test_a_new_zone_marks_nobody_a_moved_one_everybody(self):
        self._plant(self.farmer, self.east, self.soy, 10, self.summer_25)
        self._refresh()
        self._create("zone", {"name": "New"})
        self.assertMarked()
        self.east.parent_id = self.coast
        self.assertMarked(0)

    def test_everybody_is_walked_in_batches_and_resumes(self):
        customers = self.env["res.partner"]
        for index in range(5):
            customers |= self._customer(f"Batch {index}")
            self._invoice(customers[-1], 10, "2024-11-15")
        self._refresh()
        self.env.cr.execute("DELETE FROM segmentation_position")
        self.env["segmentation.refresh"]._mark_companies(self.company)
        with patch.object(module, "BATCH", 2):
            self.assertTrue(self.refresh._step())
            self.assertEqual(self.refresh.state, "running")
            steps = 1
            while self.refresh.state == "running":
                self.assertTrue(self.refresh._step())
                steps += 1
        self.assertGreater(steps, 3)
        self.assertEqual(self.refresh.state, "fresh")
        positions = self.env["segmentation.position"].search(
            [("harvest_id", "=", self.summer_25.id)]
        )
        self.assertEqual(positions.partner_id, customers)

    def test_quadrants_are_found_harvest_by_harvest_and_resume(self):
        """No transaction is longer for more harvests."""
        self._invoice(self.farmer, 10, "2023-11-15")
        self._invoice(self.farmer, 10, "2024-11-15")
        self._refresh()
        self.env.cr.execute("UPDATE segmentation_position SET quadrant = NULL")
        self.env["segmentation.refresh"]._mark_classification(self.company)
        harvests = self.env["segmentation.harvest"].search(
            [("company_id", "=", self.company.id)], order="id"
        )
        self.assertGreater(len(harvests), 1)
        with patch.object(module, "HARVESTS", 1):
            for harvest in harvests:
                self.assertTrue(self.refresh._step())
                self.assertEqual(self.refresh.last_harvest, harvest.id)
                self.assertEqual(self.refresh.state, "running")
            self.assertTrue(self.refresh._step())
        self.assertEqual(self.refresh.state, "fresh")
        self.assertFalse(self.refresh._step())
        positions = self.env["segmentation.position"].search([])
        self.assertTrue(all(positions.mapped("quadrant")))

    def test_marks_go_before_the_walk_through_everybody(self):
        self.env["segmentation.refresh"]._mark_companies(self.company)
        with patch.object(module, "BATCH", 1):
            self.refresh._step()
            self._invoice(self.farmer, 10, "2024-11-15")
            self.refresh._step()
        self.assertLess(self.refresh.last_partner, self.farmer.id)
        self.assertTrue(self.env["segmentation.position"].search([]))

    def test_marks_that_keep_coming_do_not_hold_up_the_walk(self):
        self.env["segmentation.refresh"]._mark_companies(self.company)
        with patch.object(module, "BATCH", 1):
            self.refresh._step()
            reached = self.refresh.last_partner
            for _index in range(3):
                self.env["segmentation.refresh"]._mark([(self.company.id, 1)])
                self.refresh._step()
                self.assertGreater(self.refresh.last_partner, reached)
                reached = self.refresh.last_partner

    def _walk(self, meanwhile=lambda step: None):
        """Walk through everybody by twos; return the customers of each step."""
        figures = type(self.env["segmentation.figures"])
        compute, steps = figures._compute, []

        def noted(model, company, customer_ids):
            steps.append(customer_ids)
            return compute(model, company, customer_ids)

        self.env["segmentation.refresh"]._mark_companies(self.company)
        with (
            patch.object(module, "BATCH", 2),
            patch.object(figures, "_compute", noted),
        ):
            while self.refresh._step():
                self.assertLess(len(steps), 1000, "the walk never ends")
                meanwhile(len(steps))
        return steps

    def test_everybody_marked_anew_ends_the_round_where_it_was(self):
        """Who is computed after the mark is not computed twice."""
        once = sum(self._walk(), [])
        self.assertGreater(len(once), 6)

        def meanwhile(step):
            if step == 3:
                self.env["segmentation.refresh"]._mark_companies(self.company)

        walked = sum(self._walk(meanwhile), [])
        self.assertEqual(walked, once + once[:6])
        self.assertEqual(self.refresh.state, "fresh")

    def test_the_second_round_asked_for_anew_ends_where_it_was(self):
        once = sum(self._walk(), [])
        rounds = -(-len(once) // 2)

        def meanwhile(step):
            if step in (3, rounds + 1):
                self.env["segmentation.refresh"]._mark_companies(self.company)

        walked = sum(self._walk(meanwhile), [])
        self.assertEqual(walked, once + once + once[:2])

    def test_steady_changes_let_the_walk_come_round(self):
        """Everybody is reached, and classified, while marks keep coming."""
        once = sum(self._walk(), [])
        rounds = -(-len(once) // 2)
        figures = type(self.env["segmentation.figures"])
        with patch.object(figures, "_classify") as classify:

            def meanwhile(step):
                if step < 2 * rounds:
                    self.env["segmentation.refresh"]._mark_companies(self.company)

            walked = sum(self._walk(meanwhile), [])
        self.assertEqual(walked[: 2 * len(once)], once + once)
        self.assertGreaterEqual(classify.call_count, 2)

    def test_too_many_to_wait_for_are_left_to_the_job(self):
        self._invoice(self.farmer, 10, "2024-11-15")
        self._refresh()
        position = self.env["segmentation.position"].search([])
        self._invoice(self.farmer, 5, "2024-11-15")
        self.env["segmentation.refresh"]._mark_companies(self.company)
        refresh_pending = self.env["segmentation.refresh"]._refresh_pending
        with patch.object(module, "AT_ONCE", 1):
            self.assertRegex(
                refresh_pending(self.company), r"\d+ customers are being computed; all"
            )
            self.refresh.date_fresh = False
            self.assertIn("for the first time", refresh_pending(self.company))
            self.assertEqual(position.billing, 10)
            with self.assertRaisesRegex(UserError, "Export them when they are done"):
                position.export_data(["billing"])
            with self.assertRaisesRegex(UserError, "Export them when they are done"):
                self.farmer.export_data(["segmentation_billing"])
            self.assertTrue(self.farmer.export_data(["name"]))
        self.assertFalse(refresh_pending(self.company))
        self.assertEqual(position.export_data(["billing"])["datas"], [[15.0]])

    def test_a_few_are_computed_at_once_whatever_the_size(self):
        self._invoice(self.farmer, 10, "2024-11-15")
        with patch.object(module, "AT_ONCE", 1):
            self._refresh()
        self.assertTrue(self.env["segmentation.position"].search([]))
        self._invoice(self.farmer, 10, "2024-11-15")
        self._invoice(self.partner_a, 10, "2024-11-15")
        with patch.object(module, "AT_ONCE", 1):
            self._refresh()
        self.assertEqual(self._marks(), {self.farmer.id, self.partner_a.id})

    def test_what_is_left_of_the_walk_counts(self):
        total = len(sum(self._walk(), []))
        self.env["segmentation.refresh"]._mark_companies(self.company)
        self.assertEqual(self.refresh._waiting(), total)
        with patch.object(module, "BATCH", 2):
            self.refresh._step()
            self.assertEqual(self.refresh._waiting(), total - 2)
            self.env["segmentation.refresh"]._mark_companies(self.company)
            self.refresh._step()
            self.assertEqual(self.refresh._waiting(), total - 2)
            while self.refresh.last_partner:
                self.refresh._step()
        self.assertEqual(self.refresh._waiting(), total)  # for their quadrants
        self.refresh.last_harvest = -1
        self.assertEqual(self.refresh._waiting(), 2)

    def test_figures_are_called_fresh_only_when_all_are(self):
        self.refresh.date_fresh = False
        self.env["segmentation.refresh"]._mark_companies(self.company)
        with patch.object(module, "BATCH", 1):
            self.refresh._step()
        self.assertFalse(self.refresh.date_fresh)
        self._refresh()
        self.assertTrue(self.refresh.date_fresh)
        self.refresh.date_fresh = False
        self.env["segmentation.refresh"]._mark([(self.company.id, 1)])
        self.env["segmentation.refresh"]._mark([(self.company.id, self.farmer.id)])
        with patch.object(module, "MARKS", 1):
            self.refresh._step()
            self.assertFalse(self.refresh.date_fresh)
            self.refresh._step()
        self.assertTrue(self.refresh.date_fresh)

    def test_former_customer_loses_its_positions(self):
        self._invoice(self.farmer, 10, "2024-11-15")
        self._refresh()
        head = self._customer("Head")
        self.farmer.write({"is_company": False, "parent_id": head.id})
        self._refresh()
        positions = self.env["segmentation.position"].search([])
        self.assertEqual(positions.partner_id, head)

    def test_job_computes_what_is_marked(self):
        self._invoice(self.farmer, 10, "2024-11-15")
        with self.enter_registry_test_mode():
            self.env.ref("agro_segmentation.refresh_cron").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(
            self.env["segmentation.position"].search([]).partner_id, self.farmer
        )
        self.assertFalse(self._marks())

    def test_job_goes_on_after_a_company_that_fails(self):
        other = self.setup_other_company(name="Second")["company"]
        self.env["segmentation.refresh"]._mark_companies(self.company | other)
        self.env.flush_all()
        run = type(self.refresh)._run
        failing = min(self.company.id, other.id)

        def sometimes(refresh, progress):
            if refresh.company_id.id == failing:
                raise psycopg2.errors.DivisionByZero("broken")
            return run(refresh, progress)

        done = []
        with (
            patch.object(type(self.refresh), "_run", sometimes),
            patch.object(
                type(self.env["ir.cron"]),
                "_commit_progress",
                lambda *args, **kwargs: done.append(args) or 60,
            ),
            patch.object(self.env.cr, "rollback", lambda: None),
            self.assertLogs(module.__name__, "WARNING"),
        ):
            # (assertRaises of Odoo would roll back what the job did)
            try:
                self.env["segmentation.refresh"]._cron_refresh()
                failed = False
            except psycopg2.Error:
                failed = True
        self.assertTrue(failed, "the failure must show in the job's log")
        self.env.cr.execute("SELECT DISTINCT company FROM segmentation_refresh_mark")
        self.assertEqual(
            {company for (company,) in self.env.cr.fetchall()}
            & {self.company.id, other.id},
            {failing},
        )

    def _begin(self):
        """Have what follows be the first in the transaction to wake anybody."""
        self._triggers().unlink()
        self.env.flush_all()
        self.env.cr.postcommit.clear()

    def _triggers(self):
        cron = self.env.ref("agro_segmentation.refresh_cron")
        return self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])

    def test_job_is_woken_once_a_transaction(self):
        self._begin()
        self._invoice(self.farmer, 10, "2024-11-15")
        self._invoice(self.farmer, 10, "2024-11-15")
        trigger = self._triggers()
        self.assertEqual(len(trigger), 1)
        self.assertEqual(trigger.call_at, self.env.cr.now().replace(microsecond=0))

    def test_job_is_woken_though_what_came_before_was_taken_back(self):
        self._begin()
        with suppress(ZeroDivisionError), self.env.cr.savepoint():
            self._invoice(self.farmer, 10, "2024-11-15")
            self.assertTrue(self._triggers())
            raise ZeroDivisionError
        self.assertFalse(self._triggers())
        self._invoice(self.farmer, 10, "2024-11-15")
        self.assertTrue(self._triggers())

    def test_job_switched_off_is_not_woken(self):
        self._begin()
        self.env.ref("agro_segmentation.refresh_cron").active = False
        self.env.flush_all()
        self._invoice(self.farmer, 10, "2024-11-15")
        self.assertFalse(self._triggers())
        self.assertMarked(self.farmer)

    def test_workers_are_told_once_and_after_the_transaction(self):
        self._begin()
        cron = type(self.env["ir.cron"])
        with patch.object(cron, "_notifydb", autospec=True) as told:
            for partner in (self.farmer, self._customer("Neighbour")):
                self.refresh._mark([(self.company.id, partner.id)])
            self.assertFalse(told.called)
            self.env.cr.postcommit.run()
        self.assertEqual(told.call_count, 1)

    def test_posting_costs_one_statement_however_many(self):
        """Marks and waking the job together; Odoo's own statements grow as they do."""
        for count in (1, 30):
            farmers = self.env["res.partner"].create(
                [{"name": f"Farmer {n}", "customer_rank": 1} for n in range(count)]
            )
            self._begin()
            moves = self.env["account.move"]
            for farmer in farmers:
                moves += self._invoice(farmer, 10, "2024-11-15", post=False)
            self.env.flush_all()
            statements = self._statements(moves.action_post)
            ours = [text for text in statements if re.search(OF_OURS, text)]
            self.assertEqual(len(ours), 1, ours)
            self.assertIn("INSERT INTO segmentation_refresh_mark", ours[0])
            self.assertLessEqual(set(farmers.ids), self._marks())

    def _statements(self, action):
        """Return the SQL of what an action does."""
        statements, execute = [], Cursor.execute

        def noted(cursor, query, *args, **kwargs):
            statements.append(getattr(query, "code", query))
            return execute(cursor, query, *args, **kwargs)

        with patch.object(Cursor, "execute", noted):
            action()
            self.env.flush_all()
            self.env.cr.precommit.run()
        return statements

    def test_job_comes_back_to_a_company_that_is_busy(self):
        self._invoice(self.farmer, 10, "2024-11-15")
        self.env.flush_all()
        cron = self.env.ref("agro_segmentation.refresh_cron")
        triggers = [("cron_id", "=", cron.id), ("call_at", ">", self.env.cr.now())]
        before = self.env["ir.cron.trigger"].search_count(triggers)
        with patch.object(
            type(self.refresh), "try_lock_for_update", lambda self, **_: self.browse()
        ):
            self.refresh._run(lambda *args, **kwargs: 60)
        self.assertEqual(self._marks(), {self.farmer.id})
        after = self.env["ir.cron.trigger"].search_count(triggers)
        self.assertEqual(after, before + 1)

    def test_export_refreshes_first(self):
        self._invoice(self.farmer, 10, "2024-11-15")
        self.env["segmentation.refresh"]._refresh_pending(self.company)
        self._invoice(self.farmer, 5, "2024-11-15")
        position = self.env["segmentation.position"].search([])
        exported = position.export_data(["billing"])["datas"]
        self.assertEqual(exported, [[15.0]])

    def test_only_marketing_may_refresh_everybody(self):
        marketer = new_test_user(
            self.env,
            "marketer",
            "agro_segmentation.group_segmentation_marketing",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
        seller = new_test_user(
            self.env, "seller", "agro_segmentation.group_segmentation_user"
        )
        self.refresh.with_user(marketer).action_refresh()
        self.assertMarked(0)
        with self.assertRaises(AccessError):
            self.refresh.with_user(seller).action_refresh()

    def test_cost_of_posting_does_not_depend_on_history(self):
        def queries():
            move = self._invoice(self.farmer, 10, "2024-11-15", post=False)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            move.action_post()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        queries()
        few = queries()
        for _index in range(20):
            self._invoice(self.farmer, 10, "2024-11-15")
        # (what Odoo itself caches makes a difference of one or two)
        self.assertLessEqual(queries(), few + 2)

    def test_refresh_takes_as_many_queries_for_many_as_for_one(self):
        def queries(count):
            for index in range(count):
                customer = self._customer(f"Many {count} {index}")
                self._plant(customer, self.east, self.soy, 10, self.summer_25)
                self._invoice(customer, 10, "2024-11-15")
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._refresh()
            return self.env.cr.sql_log_count - before

        queries(1)
        self.assertEqual(queries(40), queries(1))
