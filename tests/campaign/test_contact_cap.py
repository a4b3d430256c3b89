from datetime import timedelta
from unittest.mock import patch

from psycopg2.errors import CheckViolation

from odoo import Command, fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from .respect import RespectCommon


@tagged("post_install", "-at_install")
class TestContactCap(RespectCommon):
    """Nobody gets more than N messages in M days, over all channels."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write({"segmentation_cap_messages": 1, "segmentation_cap_days": 7})
        cls.other = cls._launch("all")

    def _capped(self, campaign=None, **kwargs):
        """Return the names of those whom the cap keeps from the campaign."""
        rows = self.env.execute_query_dict(
            (campaign or self.other)._segmentation_exclusions(
                kwargs.pop("channel", "email"), **kwargs
            )
        )
        return sorted(
            self.env["res.partner"].browse(row["recipient_id"]).name
            for row in rows
            if row["reason"] == "cap"
        )

    def _send_to_ana(self, campaign=None, **values):
        mailing = self._mailing(
            campaign, mailing_domain=repr([("name", "=", "Ana")]), **values
        )
        self.assertEqual(self._send(mailing), ["Ana"])
        return mailing

    def _age(self, mailing, days):
        """Let the messages have been sent so many days ago."""
        mailing.mailing_trace_ids.sent_datetime = fields.Datetime.now() - timedelta(
            days=days
        )

    def test_no_cap(self):
        self._send_to_ana()
        self.company.segmentation_cap_messages = 0
        self.assertEqual(self._capped(), [])

    def test_reached_by_another_campaign(self):
        self._send_to_ana()
        self.assertEqual(self._capped(), ["Ana"])
        mailing = self._mailing(self.other)
        self.assertEqual(self._send(mailing), ["Berta", "Carla", "Dora"])
        self.assertEqual(self._failures(mailing), {"Ana": "segmentation_cap"})

    def test_over_all_channels(self):
        self._send_to_ana()
        for channel in ("email", "sms", "call"):
            self.assertEqual(self._capped(channel=channel), ["Ana"])
        sms = self._sms_mailing(self.other)
        self.assertEqual(
            self._send_sms(sms), self._numbers(self.berta, self.carla, self.dora)
        )
        self.assertEqual(self._failures(sms), {"Ana": "segmentation_cap"})
        third = self._launch("all")
        self.assertEqual(self._capped(third), ["Ana", "Berta", "Carla", "Dora"])

    def _call(self, partner, campaign=None):
        """Plan a call of a campaign to one customer, for today; return the activity."""
        campaign = (campaign or self.campaign).with_user(self.marketing)
        today = fields.Date.context_today(self.marketing)
        wizard = self.env["segmentation.outreach.wizard"].with_user(self.marketing)
        wizard.with_context(
            default_campaign_id=campaign.id, default_channel="call"
        ).create(
            {
                "date_start": today,
                "date_end": today + timedelta(days=6),
                "user_ids": [Command.set(self.salesman.ids)],
                "audience_ids": [Command.set(self._row(partner, campaign).ids)],
            }
        ).action_apply()
        return (
            self.env["segmentation.touch"]
            .search([("campaign_id", "=", campaign.id)])
            .activity_id
        )

    def test_calls_count(self):
        activity = self._call(self.ana)
        self.assertEqual(self._capped(), ["Ana"])
        self.assertEqual(self._capped(self.campaign), [])
        activity.with_user(self.salesman).action_feedback("Talked to her")
        self.assertEqual(self._capped(), ["Ana"])
        self.company.segmentation_cap_each = True
        self.assertEqual(self._capped(self.campaign), ["Ana"])
        activity.with_context(active_test=False).unlink()
        self.assertEqual(self._capped(), [])

    def test_calls_wait_for_the_cap(self):
        self._send_to_ana()
        with self.assertRefused("Nobody is left to ask for"):
            self._call(self.ana, self.other)
        self.assertTrue(self._call(self.berta, self.other))

    def test_calls_wait_for_what_others_send_at_that_moment(self):
        campaign = self.registry["utm.campaign"]
        capped = patch.object(
            campaign, "_segmentation_capped_by_now", lambda *_args: self.ana.ids
        )
        with capped:
            self.assertFalse(self._call(self.ana))
        touch = self.env["segmentation.touch"].search(
            [("campaign_id", "=", self.campaign.id)]
        )
        self.assertRecordValues(touch, [{"reason": "cap", "made_at": False}])

    def test_messages_of_one_campaign_count_once(self):
        self.company.segmentation_cap_messages = 2
        for _message in range(3):
            self._send_to_ana()
        self.assertEqual(self._capped(), [])
        self._send_to_ana(self.other)
        third = self._launch("all")
        self.assertEqual(self._capped(third), ["Ana"])

    def test_every_message_counts_when_asked(self):
        self.company.write(
            {"segmentation_cap_messages": 2, "segmentation_cap_each": True}
        )
        self._send_to_ana()
        self.assertEqual(self._capped(), [])
        self._send_to_ana()
        self.assertEqual(self._capped(), ["Ana"])
        self.assertEqual(self._capped(self.campaign), ["Ana"])
        self.assertEqual(self._send(self._mailing()), ["Berta", "Carla", "Dora"])

    def test_a_message_does_not_stand_in_its_own_way(self):
        self.company.segmentation_cap_each = True
        mailing = self._send_to_ana()
        self.assertEqual(self._capped(self.campaign, mailing=mailing), [])
        self.assertEqual(self._capped(self.campaign), ["Ana"])

    def test_old_messages_do_not_count(self):
        mailing = self._send_to_ana()
        self._age(mailing, 6)
        self.assertEqual(self._capped(), ["Ana"])
        self._age(mailing, 8)
        self.assertEqual(self._capped(), [])

    def test_service_neither_counts_nor_waits(self):
        mailing = self._send_to_ana(segmentation_topic_id=self.service.id)
        self.assertEqual(self._capped(), [])
        self._send_to_ana()
        self.assertEqual(self._capped(), ["Ana"])
        mailing = self._mailing(self.other, segmentation_topic_id=self.service.id)
        self.assertIn("Ana", self._send(mailing))

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_what_did_not_leave_does_not_count(self):
        mailing = self._send_to_ana()
        for status in ("cancel", "error"):
            mailing.mailing_trace_ids.trace_status = status
            self.assertEqual(self._capped(), [])
        mailing.mailing_trace_ids.trace_status = "open"
        self.assertEqual(self._capped(), ["Ana"])

    def test_what_waits_in_the_queue_counts(self):
        self._queue(self._mailing())
        self.assertEqual(self._capped(), ["Ana", "Berta", "Carla", "Dora"])

    def test_messages_of_stock_campaigns_and_of_none_count(self):
        stock = self.env["utm.campaign"].create({"title": "Stock"})
        mailing = self._mailing(stock, mailing_domain=repr([("name", "=", "Ana")]))
        self._send(mailing)
        self.assertEqual(self._capped(), ["Ana"])
        mailing.mailing_trace_ids.unlink()
        mailing = self._mailing(
            stock, mailing_domain=repr([("name", "=", "Berta")]), campaign_id=False
        )
        self._send(mailing)
        self.assertEqual(self._capped(), ["Berta"])

    def test_messages_to_the_same_address_count(self):
        self._send_to_ana()
        self.ana.email = "elsewhere@example.com"
        self.berta.email = "ana@example.com"
        self.assertEqual(self._capped(), ["Ana", "Berta"])

    def test_messages_of_other_companies_do_not_count(self):
        mailing = self._send_to_ana()
        company = self.env["res.company"].sudo().create({"name": "Elsewhere"})
        self.env.cr.execute(
            "UPDATE utm_campaign SET segmentation_company_id = %s WHERE id = %s",
            [company.id, mailing.campaign_id.id],
        )
        self.assertEqual(self._capped(), [])

    def test_settings_make_sense(self):
        for values in (
            {"segmentation_cap_messages": -1},
            {"segmentation_cap_days": 0},
            {"segmentation_cap_days": 999999},
        ):
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaises(CheckViolation),
                self.cr.savepoint(),
            ):
                self.company.write(values)
                self.env.flush_all()
