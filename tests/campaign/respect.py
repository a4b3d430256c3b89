"""What the tests share that try to reach those who must not be reached."""

from unittest.mock import patch

from odoo.tools import mute_logger

from odoo.addons.mass_mailing.tests.common import MassMailCase
from odoo.addons.sms.tests.common import MockSMS

from .common import CampaignCommon

SENDER = {"email_from": "dealer@example.com", "user_id": False}


class RespectCommon(CampaignCommon, MassMailCase, MockSMS):
    """A launched campaign with four customers, each with e-mail and phone."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._let_unchecked_messages_leave()
        cls.marketing.email = "marketing@example.com"
        cls.env["iap.account"].get("sms")
        cls.ana, cls.berta, cls.carla, cls.dora = (
            cls._buyer(name, 1000, phone=f"+591 7000000{number}")
            for number, name in enumerate(("Ana", "Berta", "Carla", "Dora"))
        )
        cls.buyers = cls.ana | cls.berta | cls.carla | cls.dora
        cls.topic = cls.env.ref("agro_segmentation.topic_news")
        cls.service = cls.env.ref("agro_segmentation.topic_service")
        cls.campaign = cls._launch("all")

    def _mailing(self, campaign=None, **values):
        """An e-mail that would go to every contact, were it not for the campaign."""
        return self.env["mailing.mailing"].create(
            {
                "subject": "Hello",
                "body_html": "<p>Hello <t t-out='object.name'/></p>",
                "mailing_model_id": self.env["ir.model"]._get_id("res.partner"),
                "mailing_domain": "[]",
                "campaign_id": (campaign or self.campaign).id,
                **SENDER,
                **values,
            }
        )

    def _sms_mailing(self, campaign=None, **values):
        return self._mailing(
            campaign,
            **{
                "mailing_type": "sms",
                "body_plaintext": "Hello",
                "sms_force_send": True,
                **values,
            },
        )

    def _send(self, mailing, res_ids=None):
        """Send an e-mail; return the names of who got it."""
        with self.mock_mail_gateway(), mute_logger("odoo.addons.mass_mailing"):
            mailing.action_send_mail(res_ids)
        return self._got()

    def _got(self):
        """Return the names of who got the e-mails that left last."""
        return sorted(
            name
            for name in self.buyers.mapped("name")
            for mail in self._mails
            if any(f"{name.lower()}@" in to for to in mail["email_to"])
        )

    def _queue(self, mailing):
        """Have the e-mails wait in the queue, as those to large audiences do."""
        self.env["ir.config_parameter"].sudo().set_param(
            "mail.mail.force.send.limit", 0
        )
        self.assertEqual(self._send(mailing), [])
        return self._new_mails

    def _run_queue(self):
        with self.mock_mail_gateway():
            self.env["mail.mail"].process_email_queue()
        return self._got()

    def _send_sms(self, mailing, res_ids=None):
        """Send an SMS; return the numbers that got it."""
        with self.mockSMSGateway(), self.mock_mail_gateway():
            mailing.action_send_sms(res_ids)
        return sorted(sms["number"] for sms in self._sms)

    def _numbers(self, *partners):
        return sorted(partner.phone_sanitized for partner in partners)

    def _row(self, partner, campaign=None):
        rows = (campaign or self.campaign).audience_ids.sudo()
        return rows.filtered(lambda row: row.partner_id == partner)

    def _failures(self, mailing):
        """Return {name: why it got nothing, as the traces say}."""
        partners = self.env["res.partner"].with_context(active_test=False)
        return {
            partners.browse(trace.res_id).name: trace.failure_type
            for trace in mailing.mailing_trace_ids
            if trace.trace_status == "cancel"
        }

    def _opt_out(self, partner, topic=None):
        return self.env["segmentation.opt.out"].create(
            {"partner_id": partner.id, "topic_id": (topic or self.topic).id}
        )

    def _merge(self, source, destination):
        wizard = self.env["base.partner.merge.automatic.wizard"]
        wizard.with_user(self.env.ref("base.user_admin"))._merge(
            (source | destination).ids, destination
        )
        self.buyers -= source

    def _between(self, model, method, act):
        """Do something right before a method runs for the second time."""
        calls = []
        origin = getattr(type(self.env[model]), method)

        def wrapped(records, *args, **kwargs):
            calls.append(records)
            if len(calls) == 2:
                act()
            return origin(records, *args, **kwargs)

        return patch.object(self.env.registry[model], method, wrapped)
