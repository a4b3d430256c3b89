from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import email_normalize

from odoo.addons.mass_mailing.tests.common import MassMailCase

from .common import CampaignCommon


@tagged("post_install", "-at_install")
class TestStop(CampaignCommon, MassMailCase):
    """Nothing leaves a stopped campaign, by whatever way; resumed, it all goes on."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._let_unchecked_messages_leave()
        cls.marketing.email = "marketing@example.com"
        cls.buyers = cls._buyer("Ana", 1000) | cls._buyer("Berta", 1000)
        cls.buyers.phone = "+591 70000001"
        cls.buyers[1].phone = "+591 70000002"
        cls.campaign = cls._launch("all").with_user(cls.marketing)

    def _mailing(self):
        action = self.campaign.action_segmentation_prepare_email()
        return self.env["mailing.mailing"].browse(action["res_id"])

    def _sms(self):
        return (
            self.env["mailing.mailing"]
            .with_user(self.marketing)
            .create(
                {
                    "subject": "Text",
                    "mailing_type": "sms",
                    "body_plaintext": "Good morning",
                    "mailing_model_id": self.env["ir.model"]._get_id("res.partner"),
                    "campaign_id": self.campaign.id,
                }
            )
        )

    def _run(self, job):
        """Let a job run; return the e-mails to the buyers that left."""
        with self.mock_mail_gateway(), self.enter_registry_test_mode():
            self.env.ref(job).method_direct_trigger()
        self.env.invalidate_all()
        buyers = self.buyers.mapped("email")
        return [
            mail
            for mail in self._mails
            if email_normalize(mail["email_to"][0]) in buyers
        ]

    def _run_queue(self):
        return self._run("mass_mailing.ir_cron_mass_mailing_queue")

    def _outgoing(self, mailing):
        """Write the e-mails of a mailing, which then wait in the mail queue."""
        limit = self.env["ir.config_parameter"].sudo()
        limit.set_param("mail.mail.force.send.limit", "0")
        mailing.action_send_mail()
        mails = self.env["mail.mail"].sudo().search([("mailing_id", "=", mailing.id)])
        self.assertEqual(mails.mapped("state"), ["outgoing"] * 2)
        return mails

    # -- The mailings

    def test_queued_mailings_are_held(self):
        mailing = self._mailing()
        mailing.action_put_in_queue()
        self.campaign.action_segmentation_stop()
        self.assertRecordValues(
            mailing, [{"state": "draft", "segmentation_is_stopped": True}]
        )
        self.assertFalse(self._run_queue())
        self.assertFalse(mailing.mailing_trace_ids)
        self.assertEqual(mailing.state, "draft")

    def test_resumed_they_go_on(self):
        mailing = self._mailing()
        mailing.action_put_in_queue()
        self.campaign.action_segmentation_stop()
        self.campaign.action_segmentation_resume()
        self.assertRecordValues(
            mailing, [{"state": "in_queue", "segmentation_is_stopped": False}]
        )
        self.assertEqual(len(self._run_queue()), 2)
        self.assertEqual(mailing.state, "done")

    def test_drafts_stay_drafts(self):
        mailing = self._mailing()
        self.campaign.action_segmentation_stop()
        self.assertFalse(mailing.segmentation_is_stopped)
        self.campaign.action_segmentation_resume()
        self.assertEqual(mailing.state, "draft")

    def test_the_date_of_a_scheduled_mailing_stays(self):
        mailing = self._mailing()
        date = fields.Datetime.to_datetime("2040-01-01 12:00:00")
        mailing.write({"schedule_type": "scheduled", "schedule_date": date})
        mailing.action_put_in_queue()
        self.campaign.action_segmentation_stop()
        self.campaign.action_segmentation_resume()
        self.assertRecordValues(mailing, [{"state": "in_queue", "schedule_date": date}])

    def test_nothing_is_sent_from_a_stopped_campaign(self):
        mailing = self._mailing()
        self.campaign.action_segmentation_stop()
        for action in ("action_launch", "action_put_in_queue", "action_send_mail"):
            with self.subTest(action=action), self.assertRefused("is stopped: resume"):
                getattr(mailing, action)()

    def test_a_mailing_put_in_the_queue_by_a_program_is_held(self):
        mailing = self._mailing()
        self.campaign.action_segmentation_stop()
        for state in ("in_queue", "sending"):
            with self.subTest(state=state):
                mailing.state = state
                self.assertFalse(self._run_queue())
                self.assertRecordValues(
                    mailing, [{"state": "draft", "segmentation_is_stopped": True}]
                )
                self.assertFalse(mailing.mailing_trace_ids)

    def test_other_campaigns_go_on(self):
        other = self._launch("all")
        mine = self._mailing()
        self.campaign, stopped = other.with_user(self.marketing), self.campaign
        theirs = self._mailing()
        (mine | theirs).action_put_in_queue()
        stopped.action_segmentation_stop()
        self.assertEqual(len(self._run_queue()), 2)
        self.assertEqual(theirs.state, "done")
        self.assertEqual(mine.state, "draft")

    def test_nobody_is_to_be_contacted(self):
        self.campaign.action_segmentation_stop()
        for channel in ("email", "sms", "call"):
            rows = self.env.execute_query(
                self.campaign._segmentation_exclusions(channel)
            )
            self.assertEqual({row[-1] for row in rows}, {"stopped"})

    def test_a_message_is_checked_while_stopped_for_when_it_goes_on(self):
        mailing = self._mailing()
        mailing.action_put_in_queue()
        self.campaign.action_segmentation_stop()
        preflight = self.env["segmentation.preflight"]._start(mailing)
        self.assertEqual(preflight.goes_count, 2)
        self.assertFalse(preflight._problem())
        self.campaign.action_segmentation_resume()
        self.assertFalse(preflight._problem())

    # -- What waits in the queues

    def test_waiting_emails_are_cancelled_and_told(self):
        mailing = self._mailing()
        mails = self._outgoing(mailing)
        self.campaign.action_segmentation_stop()
        self.assertEqual(mails.mapped("state"), ["cancel"] * 2)
        self.assertEqual(
            set(
                mailing.mailing_trace_ids.mapped(
                    lambda trace: (trace.trace_status, trace.failure_type)
                )
            ),
            {("cancel", "segmentation_stopped")},
        )
        self.assertFalse(self._run("mail.ir_cron_mail_scheduler_action"))

    def test_resumed_waiting_emails_leave_once(self):
        mailing = self._mailing()
        mails = self._outgoing(mailing)
        self.campaign.action_segmentation_stop()
        self.campaign.action_segmentation_resume()
        self.assertEqual(mails.mapped("state"), ["outgoing"] * 2)
        traces = mailing.mailing_trace_ids
        self.assertEqual(set(traces.mapped("trace_status")), {"outgoing"})
        self.assertEqual(len(self._run("mail.ir_cron_mail_scheduler_action")), 2)
        self.assertEqual(set(traces.mapped("trace_status")), {"sent"})
        self.assertFalse(self._run("mail.ir_cron_mail_scheduler_action"))

    def test_emails_cancelled_for_another_reason_stay_so(self):
        mailing = self._mailing()
        mails = self._outgoing(mailing)
        mails[0].cancel()
        mails[0].mailing_trace_ids.set_canceled()
        self.campaign.action_segmentation_stop()
        self.campaign.action_segmentation_resume()
        self.assertEqual(mails.mapped("state"), ["cancel", "outgoing"])

    def test_emails_of_others_stay_in_the_queue(self):
        other = self.env["mail.mail"].sudo().create({"email_to": "x@example.com"})
        self.campaign.action_segmentation_stop()
        self.assertEqual(other.state, "outgoing")

    def test_waiting_sms_are_cancelled_and_come_back(self):
        mailing = self._sms()
        mailing.action_send_sms()
        messages = self.env["sms.sms"].sudo().search([("mailing_id", "=", mailing.id)])
        self.assertEqual(messages.mapped("state"), ["outgoing"] * 2)
        traces = mailing.mailing_trace_ids
        self.campaign.action_segmentation_stop()
        self.assertEqual(messages.mapped("state"), ["canceled"] * 2)
        self.assertEqual(set(traces.mapped("trace_status")), {"cancel"})
        self.assertEqual(set(traces.mapped("failure_type")), {"segmentation_stopped"})
        self.campaign.action_segmentation_resume()
        self.assertEqual(messages.mapped("state"), ["outgoing"] * 2)
        self.assertEqual(set(traces.mapped("trace_status")), {"outgoing"})

    # -- A/B

    def test_the_winner_waits(self):
        mailing = self._mailing()
        mailing.write({"ab_testing_enabled": True, "ab_testing_pc": 50})
        campaign = self.campaign.sudo()
        campaign.ab_testing_schedule_datetime = fields.Datetime.now()
        with self.mock_mail_gateway():
            mailing.action_send_mail()
        self.campaign.action_segmentation_stop()
        with self.assertRefused("is stopped: resume"):
            mailing.action_send_winner_mailing()
        self.env["utm.campaign"]._cron_process_mass_mailing_ab_testing()
        self.assertFalse(campaign.ab_testing_completed)
        self.campaign.action_segmentation_resume()
        self.env["utm.campaign"]._cron_process_mass_mailing_ab_testing()
        self.assertTrue(campaign.ab_testing_winner_mailing_id)
        self.assertEqual(len(self._run_queue()), 1)

    # -- Who and when

    def test_says_who_and_when(self):
        self.campaign.action_segmentation_stop()
        self.assertEqual(self.campaign.segmentation_stopped_by_id, self.marketing)
        stopped_at = self.campaign.segmentation_stopped_at
        self.campaign.with_user(self.env.ref("base.user_admin"))
        self.campaign.action_segmentation_stop()
        self.assertEqual(self.campaign.segmentation_stopped_at, stopped_at)
        self.campaign.action_segmentation_resume()
        self.assertFalse(self.campaign.segmentation_stopped_by_id)

    def test_drafts_cannot_be_stopped(self):
        draft = self._wizard("all")._save_campaign()
        for action in ("action_segmentation_stop", "action_segmentation_resume"):
            with self.assertRefused("has not been launched"):
                getattr(draft, action)()

    def test_only_marketing_stops_and_resumes(self):
        campaign = self.campaign.with_user(self.salesman)
        for action in ("action_segmentation_stop", "action_segmentation_resume"):
            with (
                self.subTest(action=action),
                self.assertRefused("Only Segmentation / Marketing", AccessError),
            ):
                getattr(campaign, action)()

    def test_a_copy_is_not_stopped(self):
        self.campaign.action_segmentation_stop()
        self.assertFalse(self.campaign.copy().segmentation_stopped_at)
