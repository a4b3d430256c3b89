from psycopg2.errors import SerializationFailure

from odoo import Command
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger


@tagged("post_install", "-at_install")
class TestSendingRace(TransactionCase):
    """Two workers on one message, with real cursors and committed data."""

    def setUp(self):
        super().setUp()
        with self.registry.cursor() as cr:
            env = self._env(cr)
            partner = env["res.partner"].create(
                {"name": "Racer", "email": "racer@example.com"}
            )
            campaign = env["utm.campaign"].create(
                {
                    "title": "Race",
                    "audience_ids": [
                        Command.create(
                            {
                                "partner_id": partner.id,
                                "recipient_id": partner.id,
                                "company_id": env.company.id,
                                "currency_id": env.company.currency_id.id,
                                "group": "contact",
                            }
                        )
                    ],
                }
            )
            mailing = env["mailing.mailing"].create(
                {
                    "subject": "Race",
                    "email_from": "race@example.com",
                    "campaign_id": campaign.id,
                    "mailing_model_id": env["ir.model"]._get_id("res.partner"),
                    "mailing_domain": "[]",
                }
            )
            cr.execute(
                "UPDATE utm_campaign SET segmentation_state = 'launched' WHERE id = %s",
                [campaign.id],
            )
            self.partner_id, self.mailing_id = partner.id, mailing.id
            self.addCleanup(self._clean_up, [mailing, campaign, partner])

    def _env(self, cr):
        return self.env(cr=cr, user=self.env.ref("base.user_admin").id)

    def _clean_up(self, records):
        with self.registry.cursor() as cr:
            env = self._env(cr)
            for record in records:
                record.with_env(env).unlink()

    def _mailing(self, cr):
        return self._env(cr)["mailing.mailing"].browse(self.mailing_id)

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
                topic = self._env(page)["segmentation.topic"].create({"name": "Race"})
                mailing.with_env(self._env(page)).segmentation_topic_id = topic
                self._env(page)["segmentation.opt.out"]._opt_out(
                    topic, "page", email="racer@example.com"
                )
            self.addCleanup(self._forget_topic, topic.id)
            mailing.invalidate_recordset()
            self.assertEqual(
                mailing._segmentation_take([self.partner_id]),
                {self.partner_id: "opted_out"},
            )

    def _forget_topic(self, topic_id):
        with self.registry.cursor() as cr:
            env = self._env(cr)
            env["mailing.mailing"].browse(self.mailing_id).segmentation_topic_id = False
            env["segmentation.opt.out"].search([("topic_id", "=", topic_id)]).unlink()
            env["segmentation.topic"].browse(topic_id).unlink()
