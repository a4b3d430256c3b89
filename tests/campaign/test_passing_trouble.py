"""What PostgreSQL refuses for a while: a full disk, and rows that others hold."""

import re
from contextlib import contextmanager, suppress
from unittest.mock import patch

from psycopg2 import errorcodes, errors

from odoo import Command
from odoo.service import model as service
from odoo.sql_db import Cursor
from odoo.tests import HttpCase, tagged
from odoo.tools import SQL, mute_logger

from .common import CampaignCommon

NO_SPACE = "The database server has no space left for this."
OTHERS = "Others are working on the same records"
#: what the user is told, by the code of PostgreSQL's error
TROUBLE = {
    errorcodes.DISK_FULL: NO_SPACE,
    errorcodes.CONFIGURATION_LIMIT_EXCEEDED: NO_SPACE,
    errorcodes.LOCK_NOT_AVAILABLE: OTHERS,
    errorcodes.QUERY_CANCELED: OTHERS,
    errorcodes.SERIALIZATION_FAILURE: OTHERS,
    errorcodes.DEADLOCK_DETECTED: OTHERS,
}


def refusal(code):
    """Return PostgreSQL's error of a code."""
    error = errors.lookup(code)("refused")
    error.__setstate__({"pgcode": code})
    return error


@tagged("post_install", "-at_install")
class TestPassingTrouble(CampaignCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._buyer("Grower", 9000, 9000)
        cls.env["segmentation.refresh"]._refresh_pending(cls.company)

    @contextmanager
    def _refused(self, table, code):
        """Have PostgreSQL refuse every new row of a table in the block."""
        execute = Cursor.execute

        def refuse(cursor, query, *args, **kwargs):
            text = query.code if isinstance(query, SQL) else str(query)
            if re.search(rf'INSERT INTO "?{table}\b', text):
                with suppress(errors.DivisionByZero):
                    execute(cursor, "SELECT 1 / 0")  # so the transaction is aborted
                raise refusal(code)
            return execute(cursor, query, *args, **kwargs)

        with patch.object(Cursor, "execute", refuse), mute_logger("odoo.sql_db"):
            yield

    # -- Screens

    def _launch(self, wizard):
        """Return what the web client is told when marketing launches a campaign."""
        self.env.flush_all()
        self.authenticate("marketing", "marketing")
        params = {
            "model": wizard._name,
            "method": "action_launch",
            "args": [wizard.ids],
            "kwargs": {"context": {"lang": self.marketing.lang}},
        }
        with (
            mute_logger("odoo.http"),
            patch.object(service, "MAX_TRIES_ON_CONCURRENCY_FAILURE", 1),
        ):
            answer = self.opener.post(
                f"{self.base_url()}/web/dataset/call_button/{wizard._name}/launch",
                json={"params": params},
                timeout=60,
            )
        self.env.invalidate_all()
        return answer.json()

    def test_a_launch_says_what_to_do(self):
        wizard = self._wizard("all")
        for code, sentence in TROUBLE.items():
            with self.subTest(error=errorcodes.lookup(code)):
                with self._refused("segmentation_audience", code):
                    error = self._launch(wizard)["error"]["data"]
                self.assertEqual(error["name"], "odoo.exceptions.UserError")
                self.assertIn(sentence, error["message"])
                self.assertFalse(wizard.campaign_id, "half a campaign is left")
        self.assertIn("result", self._launch(wizard))
        self.assertEqual(wizard.campaign_id.audience_ids.partner_id.name, "Grower")

    def test_other_errors_are_told_as_odoo_tells_them(self):
        wizard = self._wizard("all")
        with self._refused("segmentation_audience", errorcodes.DIVISION_BY_ZERO):
            error = self._launch(wizard)["error"]["data"]
        self.assertEqual(error["name"], "psycopg2.errors.DivisionByZero")

    # -- Jobs

    def _run(self, name):
        """Run a job; return it, and the moments for which it is woken."""
        job = self.env.ref(f"agro_segmentation.{name}")
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", job.id)])
        triggers.unlink()
        with self.enter_registry_test_mode():
            job.method_direct_trigger()
        self.env.invalidate_all()
        return job, triggers.search([("cron_id", "=", job.id)]).mapped("call_at")

    def _assert_goes_on(self, name, table):
        """A job that is stopped is no failure, and is woken for another time."""
        for code in (errorcodes.DISK_FULL, errorcodes.LOCK_NOT_AVAILABLE):
            with self.subTest(job=name, error=errorcodes.lookup(code)):
                with (
                    self._refused(table, code),
                    self.assertLogs("odoo.addons.agro_segmentation", "WARNING"),
                ):
                    job, moments = self._run(name)
                self.assertTrue(moments)
                self.assertGreater(min(moments), self.env.cr.now())
                self.assertFalse(job.failure_count)
        self._run(name)

    def test_the_refresh_goes_on(self):
        positions = self.env["segmentation.position"]
        mine = [("company_id", "=", self.company.id)]
        figures = positions.search(mine).mapped("billing")
        self.env.cr.execute("DELETE FROM segmentation_position")
        self.env["segmentation.refresh"]._mark_companies(self.company)
        self._assert_goes_on("refresh_cron", "segmentation_position")
        self.assertEqual(positions.search(mine).mapped("billing"), figures)
        self.assertFalse(self.env["segmentation.refresh.mark"].search(mine[:0]))

    def test_segments_go_on(self):
        """The trouble is not the rule's: no error is noted on the segment."""
        segments = self.env["segmentation.segment"].with_user(self.marketing)
        rule = {"kind": "domain", "partner_domain": "[('name', '=', 'Grower')]"}
        segment = segments.create(
            {"name": "Growers", "condition_ids": [Command.create(rule)]}
        )
        self.env.cr.execute("DELETE FROM segmentation_membership")
        segment.sudo()._run_soon()
        self._assert_goes_on("segment_cron", "segmentation_membership")
        self.assertFalse(segment.error)
        self.assertEqual(segment.membership_ids.partner_id.name, "Grower")

    def test_checks_of_contacts_go_on(self):
        """A rule stopped by a full disk is neither broken nor done for the day."""
        rules = self.env["segmentation.hygiene.rule"]
        rules.search([]).date_checked = False
        self._customer("Grower")
        self._assert_goes_on("hygiene_cron", "segmentation_hygiene_flag")
        self.assertFalse(rules.search([]).filtered("last_error"))
        self.assertTrue(self.env["segmentation.hygiene.flag"].search_count([]))

    def test_what_others_hold_is_looked_at_again(self):
        """They may be another worker at the same job, or just somebody who writes."""
        rules = self.env["segmentation.hygiene.rule"]
        rules.search([]).date_checked = False
        with patch.object(
            type(rules), "try_lock_for_update", lambda rule, **options: rule.browse()
        ):
            _job, moments = self._run("hygiene_cron")
        self.assertGreater(min(moments), self.env.cr.now())
        self.assertFalse(rules.search([]).filtered("date_checked"))
        self._run("hygiene_cron")
        self.assertTrue(all(rules.search([]).mapped("date_checked")))
