from psycopg2.errors import SerializationFailure

from odoo.tests import tagged
from odoo.tools import mute_logger

from .race import SendingRaceCommon


@tagged("post_install", "-at_install")
class TestSendingRace(SendingRaceCommon):
    """Two workers on one message, with real cursors and committed data."""

    def setUp(self):
        super().setUp()
        people = self._commit_people(1)
        mailing = self._commit_mailing(self._commit_campaign(people))
        self.partner_id, self.mailing_id = people.id, mailing.id

    def _mailing(self, cr):
        return self._env_of(cr)["mailing.mailing"].browse(self.mailing_id)

    def _write_to(self, mailing):
        """Take the one recipient, and leave the trace of its message."""
        taken = mailing._segmentation_take([self.partner_id])
        for res_id in taken:
            mailing.env["mailing.trace"].create(
                {
                    "mass_mailing_id": mailing.id,
                    "model": "res.partner",
                    "res_id": res_id,
                }
            )
        return list(taken)

    @mute_logger("odoo.sql_db")
    def test_only_one_of_them_writes_to_the_recipient(self):
        with self.registry.cursor() as slow:
            mailing = self._mailing(slow)
            self.assertEqual(mailing._get_remaining_recipients(), [self.partner_id])
            with self.registry.cursor() as fast:
                self.assertEqual(self._write_to(self._mailing(fast)), [self.partner_id])
            with self.assertRaises(SerializationFailure):
                self._write_to(mailing)
            slow.rollback()
        with self.registry.cursor() as again:
            self.assertEqual(self._write_to(self._mailing(again)), [])

    def test_opt_out_committed_by_another_worker_is_seen_in_the_next_batch(self):
        with self.registry.cursor() as worker:
            mailing = self._mailing(worker)
            self.assertEqual(
                mailing._segmentation_take([self.partner_id]), {self.partner_id: None}
            )
            worker.commit()
            with self.registry.cursor() as page:
                env = self._env_of(page)
                topic = env["segmentation.topic"].create({"name": "Race"})
                mailing.with_env(env).segmentation_topic_id = topic
                env["segmentation.opt.out"]._opt_out(
                    topic, "page", email="racer0@example.com"
                )
            self.addCleanup(self._forget_topic, topic.id)
            mailing.invalidate_recordset()
            self.assertEqual(
                mailing._segmentation_take([self.partner_id]),
                {self.partner_id: "opted_out"},
            )

    def _forget_topic(self, topic_id):
        with self.registry.cursor() as cr:
            env = self._env_of(cr)
            env["mailing.mailing"].browse(self.mailing_id).segmentation_topic_id = False
            env["segmentation.opt.out"].search([("topic_id", "=", topic_id)]).unlink()
            env["segmentation.topic"].browse(topic_id).unlink()
