from odoo.tests import HttpCase, tagged

from odoo.addons.sms.tests.common import MockSMS

from .common import CampaignCommon


@tagged("post_install", "-at_install")
class TestMessageTours(CampaignCommon, MockSMS, HttpCase):
    """Messages as marketing sends them, and as people opt out, in a browser."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.marketing.email = "marketing@example.com"
        cls.env["iap.account"].get("sms")
        cls.topic = cls.env.ref("agro_segmentation.topic_news")
        cls.ana, cls.berta, cls.carla, cls.dora = (
            cls._buyer(name, 1000, 9000, zone, phone=f"+591 7000000{number}")
            for number, (name, zone) in enumerate(
                (
                    ("Ana", cls.east),
                    ("Berta", cls.east),
                    ("Carla", cls.north),
                    ("Dora", cls.east),
                )
            )
        )
        cls.campaign = cls._launch("all").with_user(cls.marketing)

    def _opt_out_dora(self):
        self.env["segmentation.opt.out"].create(
            {"partner_id": self.dora.id, "topic_id": self.topic.id}
        )

    def _tour(self, name):
        self.start_tour(
            f"/odoo/segmentation-campaigns/{self.campaign.id}",
            f"agro_segmentation_{name}_tour",
            login="marketing",
            timeout=180,  # editors to load, maybe beside other work
        )

    def test_waves_are_scheduled_stopped_and_resumed(self):
        self._opt_out_dora()
        self.company.segmentation_confirm_from = 3
        self._tour("wave")
        self.assertRecordValues(
            self.campaign.segmentation_wave_ids.mailing_ids,
            [{"state": "in_queue", "segmentation_is_stopped": False}] * 2,
        )
        self.assertFalse(self.campaign.segmentation_stopped_at)

    def test_sms_with_a_placeholder(self):
        self._opt_out_dora()
        self._tour("sms")
        with self.mockSMSGateway(), self.enter_registry_test_mode():
            for job in (
                "mass_mailing.ir_cron_mass_mailing_queue",
                "sms.ir_cron_sms_scheduler_action",
            ):
                self.env.ref(job).method_direct_trigger()
        bodies = {sms["number"]: sms["body"] for sms in self._sms}
        wanted = (self.ana | self.berta | self.carla).mapped("phone_sanitized")
        self.assertEqual(set(bodies), set(wanted))
        self.assertIn("call? $ 8,000.00", bodies[self.ana.phone_sanitized])
        self._tour("trace")

    def test_opting_out_and_in_again(self):
        self.campaign.action_segmentation_prepare_email()
        mailing = self.campaign.mailing_mail_ids
        url = mailing._get_unsubscribe_url(self.ana.email, self.ana.id)
        self.start_tour(
            url.removeprefix(mailing.get_base_url()), "agro_segmentation_topic_tour"
        )
        out = self.env["segmentation.opt.out"].search([])
        self.assertEqual((out.partner_id, out.topic_id), (self.ana, self.topic))
        self._approve(mailing)
        preflight = self.env["segmentation.preflight"].search([])
        self.assertRegex(preflight.reasons_html, r"Opted out</td>\s*<td[^>]*>1<")
        self.assertEqual(preflight.line_ids.filtered("reason").partner_id, self.ana)
