from contextlib import contextmanager
from unittest.mock import patch

from odoo import Command
from odoo.modules import module
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_mail_server import IrMail_Server
from odoo.addons.mail.wizard.mail_compose_message import MailComposeMessage

from .race import SendingRaceCommon

PEOPLE = 6


@tagged("post_install", "-at_install")
class TestStopRace(SendingRaceCommon):
    """A worker sends, and somebody else stops: real cursors and committed data.

    Messages are written two at a time, each two committed, as the job does.
    """

    def setUp(self):
        super().setUp()
        self.patch(
            self.registry["mailing.mailing"],
            "_segmentation_preflight_problem",
            lambda mailing: False,
        )
        self.sent = []
        self.committed = 0
        people = self._commit_people(PEOPLE)
        campaign = self._commit_campaign(people)
        mailing = self._commit_mailing(campaign)
        self.campaign_id, self.mailing_id = campaign.id, mailing.id
        self._set_batches("2", "0")

    def _set_batches(self, size, at_once):
        """Write so many messages at a time, and send up to so many at once."""
        with self.registry.cursor() as cr:
            parameters = self._env_of(cr)["ir.config_parameter"]
            parameters.set_param("mail.batch_size", size)
            parameters.set_param("mail.mail.force.send.limit", at_once)

    def _clean_up(self):
        self._commit(
            lambda env: env["mail.mail"].search([("mailing_id", "=", self.mailing_id)])
        )
        self._set_batches(False, False)
        return super()._clean_up()

    # -- What they do

    def _press(self, action):
        """Somebody presses a button; it must not wait for the worker."""
        with self.registry.cursor() as cr:
            cr.execute("SET LOCAL lock_timeout = '2s'")
            campaign = self._env_of(cr)["utm.campaign"].browse(self.campaign_id)
            getattr(campaign, action)()

    def _stop(self):
        self._press("action_segmentation_stop")

    def _resume(self):
        self._press("action_segmentation_resume")

    @contextmanager
    def _worker(self, after_commit=None, after_email=None):
        """The environment of a job, which commits; ``sent`` is what it has sent.

        :param after_commit: what happens after its first commit
        :param after_email: what happens after its first e-mail
        """

        def send_email(server, message, *args, **kwargs):
            self.sent.append(message["To"])
            if after_email and len(self.sent) == 1:
                after_email()
            return message["Message-Id"]

        with (
            self.registry.cursor() as cr,
            patch.object(module, "current_test", None),
            patch.object(IrMail_Server, "_disable_send", lambda server: False),
            patch.object(IrMail_Server, "_connect__", lambda *args, **kwargs: None),
            patch.object(IrMail_Server, "send_email", send_email),
        ):
            commit = cr.commit

            def commit_and_go_on():
                commit()
                self.committed += 1
                if after_commit and self.committed == 1:
                    after_commit()

            cr.commit = commit_and_go_on
            yield self._env_of(cr)

    def _write_messages(self, **kwargs):
        with self._worker(**kwargs) as env:
            env["mailing.mailing"].browse(self.mailing_id)._action_send_mail()

    def _empty_queue(self, limit=None, **kwargs):
        with self._worker(**kwargs) as env:
            mails = env["mail.mail"].search(
                [("mailing_id", "=", self.mailing_id)], limit=limit
            )
            mails.process_email_queue(email_ids=mails.ids)

    def _send_all(self):
        """Resume, and let the jobs do all that is left."""
        self._resume()
        with self._worker() as env:
            mailing = env["mailing.mailing"].browse(self.mailing_id)
            if mailing._get_remaining_recipients():
                mailing._action_send_mail()
        self._empty_queue()

    def _assert(self, mailing, mails):
        """Check the mailing's state, and the e-mails' {state: how many}."""
        with self.registry.cursor() as cr:
            env = self._env_of(cr)
            self.assertEqual(
                env["mailing.mailing"].browse(self.mailing_id).state, mailing
            )
            counts = env["mail.mail"]._read_group(
                [("mailing_id", "=", self.mailing_id)], ["state"], ["__count"]
            )
            self.assertEqual(dict(counts), mails)

    def _assert_everybody_once(self):
        self.assertEqual(len(self.sent), PEOPLE)
        self.assertEqual(len(set(map(str, self.sent))), PEOPLE)

    # -- The rules

    def test_unless_stopped_everybody_gets_it(self):
        self._write_messages()
        self._empty_queue()
        self._assert_everybody_once()

    def test_stopped_between_two_batches(self):
        self._write_messages(after_commit=self._stop)
        self._assert("draft", {"cancel": 2})
        self._empty_queue()
        self.assertFalse(self.sent)
        self._send_all()
        self._assert_everybody_once()

    def test_stopped_within_a_batch(self):
        """What the worker holds comes into the queue, and is stopped there."""
        prepare = MailComposeMessage._prepare_mail_values

        def stop_meanwhile(composer, res_ids):
            if self.committed == 1:
                self._stop()
            return prepare(composer, res_ids)

        with patch.object(MailComposeMessage, "_prepare_mail_values", stop_meanwhile):
            self._write_messages()
        self._assert("draft", {"cancel": 2, "outgoing": 2})
        self._empty_queue()
        self.assertFalse(self.sent)
        self._assert("draft", {"cancel": 4})
        self._send_all()
        self._assert_everybody_once()

    def test_stopped_while_the_queue_is_sent(self):
        self._write_messages()
        self._empty_queue(after_email=self._stop)
        self.assertEqual(len(self.sent), 1)
        self._send_all()
        self._assert_everybody_once()

    def test_stopped_while_messages_are_sent_at_once(self):
        self._set_batches("2", "100")
        self._write_messages(after_email=self._stop)
        self.assertEqual(len(self.sent), 1)
        self._send_all()
        self._assert_everybody_once()

    def test_stopped_before_the_first_message_is_sent_at_once(self):
        self._set_batches("2", "100")
        prepare = MailComposeMessage._prepare_mail_values

        def stop_meanwhile(composer, res_ids):
            self._stop()
            return prepare(composer, res_ids)

        with patch.object(MailComposeMessage, "_prepare_mail_values", stop_meanwhile):
            self._write_messages()
        self.assertFalse(self.sent)
        self._assert("draft", {"cancel": 2})
        self._send_all()
        self._assert_everybody_once()

    def test_stopped_while_sms_are_sent(self):
        """All SMS of a message are sent within one transaction."""
        with self.registry.cursor() as cr:
            env = self._env_of(cr)
            mailing = env["mailing.mailing"].browse(self.mailing_id)
            [recipient, *_others] = mailing._get_recipients()
            trace = {
                "trace_type": "sms",
                "mass_mailing_id": mailing.id,
                "model": "res.partner",
                "res_id": recipient,
            }
            sms = env["sms.sms"].create(
                {
                    "number": "+59170000001",
                    "mailing_id": mailing.id,
                    "mailing_trace_ids": [Command.create(trace)],
                }
            )
            self._stop()
            sms._send()
            self.assertEqual(sms.state, "canceled")
            trace = env["mailing.trace"].search([("sms_id_int", "=", sms.id)])
            self.assertEqual(trace.failure_type, "segmentation_stopped")
            cr.rollback()

    @mute_logger("odoo.sql_db")
    def test_stop_does_not_fail_because_of_what_was_sent_since_it_began(self):
        self._write_messages()
        with self.registry.cursor() as cr:
            campaign = self._env_of(cr)["utm.campaign"].browse(self.campaign_id)
            self.assertFalse(campaign.segmentation_stopped_at)
            self._empty_queue(limit=1)
            self.assertEqual(len(self.sent), 1)
            campaign.action_segmentation_stop()
        self._empty_queue()
        self.assertEqual(len(self.sent), 1)
        self._send_all()
        self._assert_everybody_once()
