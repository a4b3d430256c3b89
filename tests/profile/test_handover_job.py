"""Planned handovers, large ones, and two people at once."""

from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.base.tests.test_ir_cron import CronMixinCase

from .handover_common import HandoverCommon

HANDOVER = "odoo.addons.agro_segmentation.models.profile.handover"
BATCH = f"{HANDOVER}.BATCH"


@tagged("post_install", "-at_install")
class TestHandoverJob(HandoverCommon, CronMixinCase):
    def _planned(self, date, user=None, **values):
        handover = self._handover(
            self.ana, [self.bea], user, date_effective=date, **values
        )
        handover.action_list()
        handover.action_plan()
        return handover

    def _run_job(self):
        with self.enter_registry_test_mode():
            self.env.ref("agro_segmentation.handover_cron").method_direct_trigger()
        self.env.invalidate_all()

    def test_the_job_waits_for_the_day(self):
        with freeze_time("2030-05-01 12:00"):
            handover = self._planned("2030-05-03", self.lena)
            self._run_job()
            self.assertEqual((handover.state, self.farm.user_id), ("planned", self.ana))
        with freeze_time("2030-05-03 00:00"):
            self._run_job()
            self.assertEqual((handover.state, self.farm.user_id), ("done", self.bea))
        self.assertEqual(handover.user_id, self.lena)
        self.assertIn(f"by {self.lena.name}", self.farm.message_ids[0].body)
        self.assertEqual(self.farm.message_ids[0].author_id, self.lena.partner_id)

    def test_the_day_begins_in_the_time_zone_of_who_plans_it(self):
        """In La Paz it begins at four o'clock UTC."""
        self.lena.tz = "America/La_Paz"
        with freeze_time("2030-05-01 12:00"), self.capture_triggers() as triggers:
            handover = self._planned("2030-05-03", self.lena)
        self.assertEqual(triggers.records.call_at.isoformat(" "), "2030-05-03 04:00:00")
        with freeze_time("2030-05-03 03:59"):
            self._run_job()
            self.assertEqual(handover.state, "planned")
        with freeze_time("2030-05-03 04:00"):
            self._run_job()
            self.assertEqual(handover.state, "done")

    def test_only_a_later_day_can_be_planned(self):
        with freeze_time("2030-05-03 02:00"):
            for date in (False, "2030-05-03"):
                with self.assertRefused("Set an effective date after today"):
                    self._planned(date)
            self.lena.tz = "America/La_Paz"
            self.assertEqual(self._planned("2030-05-03", self.lena).state, "planned")

    def test_accounts_won_meanwhile_come_along(self):
        """What was listed stays with whom it was promised to."""
        second = self._farm("Second", self.ana, 500)
        handover = self._handover(
            self.ana, [self.bea, self.eva], date_effective="2030-05-03", rule="hectares"
        )
        with freeze_time("2030-05-01"):
            handover.action_list()
            handover.action_plan()
            third = self._farm("Third", self.ana, 10)
        with freeze_time("2030-05-03"):
            self._run_job()
        self.assertEqual(handover.state, "done")
        self.assertEqual(
            (second.user_id, self.farm.user_id, third.user_id),
            (self.bea, self.eva, self.eva),
        )

    def test_a_planned_one_can_be_taken_back(self):
        handover = self._planned("2030-05-03")
        with self.assertRefused("no draft any more"):
            handover.rule = "count"
        handover.action_draft()
        handover.rule = "count"
        with freeze_time("2030-05-04"):
            self._run_job()
        self.assertEqual((handover.state, self.farm.user_id), ("draft", self.ana))

    def test_what_can_no_longer_be_done_goes_back_to_draft(self):
        handover = self._planned("2030-05-03", self.lena)
        self.bea.action_archive()
        with freeze_time("2030-05-03 12:00"):
            self._run_job()
        self.assertEqual((handover.state, self.farm.user_id), ("draft", self.ana))
        message = handover.message_ids.filtered("partner_ids")
        self.assertIn("could not be executed: Bea is archived", message.body)
        self.assertEqual(message.partner_ids, self.lena.partner_id)

    def test_the_job_has_the_rights_of_who_planned_it(self):
        handover = self._planned("2030-05-03", self.lena)
        self.team.user_id = self.eva
        with freeze_time("2030-05-03 12:00"):
            self._run_job()
        self.assertEqual((handover.state, self.farm.user_id), ("draft", self.ana))
        message = handover.message_ids.filtered("partner_ids")
        self.assertIn("sales teams that you lead", message.body)

    # --- One that fails ---------------------------------------------------------

    def _run_on(self, date):
        with freeze_time(date):
            self._run_job()

    def _lose_field(self, handover):
        """Let the condition name a key field that was deleted since."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE segmentation_handover SET partner_domain = %s WHERE id = %s",
            ["[('x_segmentation_gone', '=', 1)]", handover.id],
        )
        handover.invalidate_recordset()

    def _told(self, handover):
        """Return the message of a handover that is for somebody."""
        return handover.message_ids.filtered("partner_ids")

    def _other_planned(self):
        """Return a planned handover of Eva's farm, which comes after others' turn."""
        farm = self._farm("Of Eva", self.eva)
        other = self._handover(self.eva, [self.bea], date_effective="2030-05-03")
        other.action_list()
        other.action_plan()
        return other, farm

    def test_a_condition_whose_field_is_gone_stops_its_handover_alone(self):
        other, farm = self._other_planned()
        handover = self._planned(
            "2030-05-03", self.lena, partner_domain="[(1, '=', 1)]"
        )
        self._lose_field(handover)
        self._run_on("2030-05-03 12:00")
        self.assertEqual((handover.state, self.farm.user_id), ("draft", self.ana))
        self.assertEqual((other.state, farm.user_id), ("done", self.bea))
        self.assertEqual(self._told(handover).partner_ids, self.lena.partner_id)
        self.assertIn("choose existing fields", self._told(handover).body)

    def test_an_error_of_a_planned_one_takes_back_what_it_did(self):
        other, farm = self._other_planned()
        handover = self._planned("2030-05-03", self.lena)
        move = type(handover)._move_lines

        def fail(handovers, lines):
            move(handovers, lines)
            if farm not in lines.partner_id:
                raise ValueError("no such thing")

        with (
            patch.object(type(handover), "_move_lines", fail),
            self.assertLogs(f"{HANDOVER}_job", "ERROR"),
        ):
            self._run_on("2030-05-03 12:00")
        self.assertEqual((handover.state, self.farm.user_id), ("draft", self.ana))
        self.assertEqual((other.state, farm.user_id), ("done", self.bea))
        self.assertIn("could not be executed: no such", self._told(handover).body)

    def _farms(self):
        """Return four farms more of Ana's, and hers."""
        farms = self.farm
        for number in range(4):
            farms |= self._farm(f"Farm {number}", self.ana)
        return farms

    def test_one_in_progress_that_fails_leaves_the_rest(self):
        farms = self._farms()
        handover = self._handover(self.ana, [self.bea], self.lena)
        handover.action_list()
        with patch(BATCH, 2):
            handover.action_execute()
            with patch.object(
                type(handover), "_move", side_effect=UserError("Not this one.")
            ):
                self._run_job()
            self.assertEqual((handover.state, handover.left_count), ("done", 3))
            self.assertEqual(len(farms.filtered(lambda f: f.user_id == self.bea)), 2)
            skipped = handover.line_ids.filtered(lambda line: line.state == "skipped")
            self.assertEqual(set(skipped.mapped("note")), {"Not this one."})
            self.assertIn("stopped; the list says", self._told(handover).body)
            handover.action_undo()
        self.assertEqual((handover.state, farms.user_id), ("undone", self.ana))

    def test_an_undo_that_fails_can_be_repeated(self):
        farms = self._farms()
        handover = self._handover(self.ana, [self.bea], self.lena)
        handover.action_list()
        handover.action_execute()
        with patch(BATCH, 2):
            handover.action_undo()
            with (
                patch.object(type(handover), "_undo", side_effect=ValueError("Broken")),
                mute_logger(f"{HANDOVER}_job"),
            ):
                self._run_job()
        self.assertEqual(handover.state, "done")
        self.assertEqual(len(farms.filtered(lambda f: f.user_id == self.bea)), 3)
        self.assertIn("which accounts are left. Broken", self._told(handover).body)
        handover.action_undo()
        self.assertEqual((handover.state, farms.user_id), ("undone", self.ana))

    def test_the_day_of_a_planned_one_stays(self):
        handover = self._planned("2030-05-03")
        for date in (False, "2030-05-09"):
            with self.assertRefused("no draft any more"):
                handover.date_effective = date
        handover.action_draft()
        handover.date_effective = False

    # --- Large ones -------------------------------------------------------------

    def test_large_ones_go_on_in_batches(self):
        farms = self._farms()
        handover = self._handover(self.ana, [self.bea], self.lena)
        handover.action_list()
        with patch(BATCH, 2):
            handover.action_execute()
            self.assertEqual((handover.state, handover.progress), ("running", 40))
            self.assertEqual(len(farms.filtered(lambda f: f.user_id == self.bea)), 2)
            self._run_job()
            self.assertEqual((handover.state, handover.progress), ("done", 100))
            self.assertEqual(farms.user_id, self.bea)
            handover.action_undo()
            self.assertEqual((handover.state, handover.progress), ("undoing", 40))
            self._run_job()
        self.assertEqual((handover.state, handover.progress), ("undone", 100))
        self.assertEqual(farms.user_id, self.ana)

    def _queries(self, farms):
        """Return the queries of listing, executing and undoing so many accounts."""
        for farm in farms:
            self._lead(farm, self.ana)
            farm.activity_schedule("mail.mail_activity_data_todo", user_id=self.ana.id)
            farm.message_subscribe(self.ana.partner_id.ids)
        handover = self._handover(self.ana, [self.bea, self.eva], rule="count")
        counts = []
        for step in (
            handover.action_list,
            handover.action_execute,
            handover.action_undo,
        ):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            step()
            self.env.flush_all()
            counts.append(self.cr.sql_log_count - before)
        farms.active = False
        return counts

    def test_no_query_for_each_account(self):
        self.farm.active = False
        self._queries(self._farm("Warm", self.ana))
        few = self._queries(
            self._farm("First", self.ana, 5) | self._farm("Second", self.ana, 5)
        )
        many = self.env["res.partner"]
        for number in range(100):
            many |= self._farm(f"Farm {number}", self.ana, 5)
        for step, some, all_ in zip(
            ("list", "execute", "undo"), few, self._queries(many), strict=True
        ):
            # rows are inserted a hundred at a time
            self.assertLessEqual(all_, some + 15, step)
