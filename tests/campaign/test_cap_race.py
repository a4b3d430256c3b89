from contextlib import contextmanager
from unittest.mock import patch

from psycopg2.errors import LockNotAvailable

from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from .race import SendingRaceCommon


@tagged("post_install", "-at_install")
class TestCapRace(SendingRaceCommon):
    """Two campaigns of one company write to the same person at the same moment.

    The cap is one message: whoever comes second must not write.
    """

    def setUp(self):
        super().setUp()
        people = self._commit_people(1)
        self.partner_id = people.id
        self.mailing_ids = [
            self._commit_mailing(self._commit_campaign(people)).id
            for _number in range(2)
        ]
        self._set_cap(1)
        self.addCleanup(self._set_cap, 0)

    def _set_cap(self, messages):
        with self.registry.cursor() as cr:
            self._env_of(cr).company.segmentation_cap_messages = messages

    @contextmanager
    def _worker(self, number):
        """A worker with one of the two messages, who has looked at it before."""
        with self.registry.cursor() as cr:
            cr.execute("SET LOCAL lock_timeout = '200ms'")
            mailings = self._env_of(cr)["mailing.mailing"]
            mailing = mailings.browse(self.mailing_ids[number])
            self.assertEqual(mailing._get_remaining_recipients(), [self.partner_id])
            yield mailing

    def _write_to(self, mailing):
        """Take the one person, and leave the trace of the message."""
        [reason] = mailing._segmentation_take([self.partner_id]).values()
        if not reason:
            mailing.env["mailing.trace"].create(
                {
                    "mass_mailing_id": mailing.id,
                    "model": "res.partner",
                    "res_id": self.partner_id,
                }
            )
        return reason

    def test_what_others_committed_meanwhile_counts(self):
        with self._worker(0) as slow:
            with self._worker(1) as fast:
                self.assertFalse(self._write_to(fast))
            self.assertEqual(self._write_to(slow), "cap")

    def test_who_comes_second_waits(self):
        with self._worker(0) as first, self._worker(1) as second:
            self.assertFalse(self._write_to(first))
            with mute_logger("odoo.sql_db"), self.assertRaises(LockNotAvailable):
                self._write_to(second)
            second.env.cr.rollback()
            first.env.cr.commit()
            self.assertEqual(self._write_to(second), "cap")

    def test_who_waited_sees_what_it_waited_for(self):
        """Its own look at the database is older than the wait."""
        with self._worker(0) as first, self._worker(1) as second:
            self.assertFalse(self._write_to(first))
            execute = type(second.env.cr).execute

            def commit_then_lock(cr, query, *args, **kwargs):
                if cr is second.env.cr and "advisory" in str(query):
                    first.env.cr.commit()
                return execute(cr, query, *args, **kwargs)

            with patch.object(type(second.env.cr), "execute", commit_then_lock):
                self.assertEqual(self._write_to(second), "cap")

    def test_others_do_not_wait(self):
        """Neither without a cap, nor for service messages, nor other companies."""
        with self._worker(0) as first, self._worker(1) as second:
            self.assertFalse(self._write_to(first))
            topic = second.env.ref("agro_segmentation.topic_service")
            second.segmentation_topic_id = topic
            self.assertFalse(self._write_to(second))
            second.env.cr.rollback()
            company = second.env["res.company"].create(
                {"name": "Elsewhere", "segmentation_cap_messages": 1}
            )
            second.env.flush_all()
            second.env.execute_query(
                SQL(
                    "UPDATE utm_campaign SET segmentation_company_id = %s WHERE id = %s"
                    " RETURNING id",
                    company.id,
                    second.campaign_id.id,
                )
            )
            second.env.invalidate_all()
            self.assertFalse(self._write_to(second))
            second.env.cr.rollback()

    def test_an_invoice_does_not_wait(self):
        with self._worker(0) as sender, self.registry.cursor() as cr:
            self.assertFalse(self._write_to(sender))
            cr.execute("SET LOCAL lock_timeout = '200ms'")
            env = self._env_of(cr)
            journal = env["account.journal"].search([("type", "=", "sale")], limit=1)
            invoice = env["account.move"].create(
                {
                    "move_type": "out_invoice",
                    "journal_id": journal.id,
                    "partner_id": self.partner_id,
                    "invoice_date": "2025-01-01",
                    "invoice_line_ids": [
                        (0, 0, {"name": "Seed", "quantity": 1, "price_unit": 10})
                    ],
                }
            )
            invoice.action_post()
            self.assertEqual(invoice.state, "posted")
            env.flush_all()
            cr.rollback()
