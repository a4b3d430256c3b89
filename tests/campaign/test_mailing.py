from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import tagged, users

from odoo.addons.mass_mailing.tests.common import MassMailCase

from .common import GOLDEN, CampaignCommon


@tagged("post_install", "-at_install")
class TestMailing(CampaignCommon, MassMailCase):
    """The e-mail reaches exactly the audience, with each customer's own figures."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.marketing.email = "marketing@example.com"
        cls.elsewhere = cls._buyer("Elsewhere", 1000, 10000)
        cls.other = cls._buyer("Other", 2000, 9000)
        cls.outside = cls._buyer("Outside", 8000, 5000)
        cls.blocked = cls._buyer("Blocked", 1500, 8000)
        cls.env["mail.blacklist"]._add(cls.blocked.email)
        cls.silent = cls._buyer("Silent", 1500, 8000, email=False)
        cls.by_contact = cls._buyer("By contact", 1500, 8000, email=False)
        cls.contact = cls.env["res.partner"].create(
            {
                "name": "Ana",
                "parent_id": cls.by_contact.id,
                "email": "ana@example.com",
            }
        )
        cls.campaign = cls._launch("investment", GOLDEN["investment"])

    def _mailing(self):
        action = self.campaign.action_segmentation_prepare_email()
        return (
            self.env[action["res_model"]]
            .with_user(self.marketing)
            .browse(action["res_id"])
        )

    def _send(self, mailing):
        self._approve(mailing)
        with self.mock_mail_gateway():
            mailing.action_send_mail()
        return self._new_mails

    def test_mailings_without_us_leave_as_odoo_sends_them(self):
        """All at once: to look before each of them would cost queries for each."""
        mailing = self.env["mailing.mailing"].create(
            {
                "subject": "Opening hours",
                "mailing_model_id": self.env["ir.model"]._get_id("res.partner"),
                "mailing_domain": [("id", "in", (self.elsewhere + self.outside).ids)],
                "body_html": "<p>Closed on Monday</p>",
            }
        )
        mail = self.registry["mail.mail"]
        with (
            patch.object(mail, "_segmentation_cancel_stopped") as looked,
            patch.object(mail, "_segmentation_cancel_excluded") as looked_again,
            self.mock_mail_gateway(),
        ):
            mailing.action_send_mail()
        self.assertEqual(len(self._mails), 2)
        looked.assert_not_called()
        looked_again.assert_not_called()

    def test_mailing_is_for_exactly_the_audience(self):
        mailing = self._mailing()
        self.assertEqual(mailing.mailing_model_real, "res.partner")
        self.assertEqual(mailing.campaign_id, self.campaign)
        self.assertEqual(
            mailing.mailing_domain,
            f"[('segmentation_campaign_ids', 'in', [{self.campaign.id}])]",
        )
        recipients = self.env["res.partner"].browse(mailing._get_recipients())
        self.assertEqual(
            set(recipients),
            {self.elsewhere, self.other, self.blocked, self.silent, self.contact},
        )
        self.assertEqual(recipients, self.campaign.audience_ids.recipient_id)

    def test_sent_to_the_audience_less_blacklisted_each_once(self):
        mailing = self._mailing()
        mails = self._send(mailing)
        self.assertEqual(
            sorted(mails.mapped("res_id")),
            sorted((self.elsewhere + self.other + self.contact).ids),
        )
        traces = mailing.mailing_trace_ids
        self.assertEqual(
            {
                trace.res_id: trace.failure_type
                for trace in traces
                if trace.failure_type
            },
            {
                self.blocked.id: "mail_bl",
                self.silent.id: "mail_email_missing",
            },
        )
        self.assertEqual(len(traces), 5)
        self.assertEqual(mailing.state, "done")
        self.assertEqual(self.campaign.mailing_mail_count, 1)

    def test_preview_said_so(self):
        wizard = self._wizard("investment", GOLDEN["investment"])
        self.assertEqual(wizard.preview["reached"], 3)
        self.assertEqual(len(self._send(self._mailing())), 3)

    def test_hold_out_is_not_contacted(self):
        row = self.campaign.audience_ids.filtered(
            lambda row: row.partner_id == self.other
        )
        row.sudo().group = "hold_out"
        self.assertNotIn(self.other.id, self._mailing()._get_recipients())

    def test_each_customer_reads_its_own_figures(self):
        mails = {mail.res_id: mail for mail in self._send(self._mailing())}
        body = mails[self.elsewhere.id].body_html
        for text in ("Dear Elsewhere", "Summer 24–25", "1,000.00", "10,000.00"):
            self.assertIn(text, body.replace("\xa0", " "))
        self.assertEqual(
            mails[self.elsewhere.id].subject,
            "Elsewhere, our offer for your next harvest",
        )
        by_contact = mails[self.contact.id].body_html
        self.assertIn("Dear Ana", by_contact)
        self.assertIn("By contact", by_contact)
        self.assertIn("8,000.00", by_contact)
        for mail in mails.values():
            self.assertNotIn("t-out", mail.body_html)
            self.assertNotIn("object.", mail.body_html)

    def test_figures_are_those_of_the_message_campaign(self):
        self._invoice(self.elsewhere, 500, "2024-12-01")
        later = self._launch("investment", GOLDEN["investment"])
        self.assertEqual(len(later.audience_ids), 5)
        mails = {mail.res_id: mail for mail in self._send(self._mailing())}
        self.assertIn("1,000.00", mails[self.elsewhere.id].body_html)
        self.assertNotIn("1,500.00", mails[self.elsewhere.id].body_html)
        self.assertIn("1,500.00", self.elsewhere.segmentation_campaign_billing)

    def test_money_is_written_in_the_recipients_language(self):
        mailing = self._mailing()
        self.env["res.lang"]._activate_lang("es_ES")
        self.elsewhere.lang = "es_ES"
        mails = {mail.res_id: mail for mail in self._send(mailing)}
        self.assertIn("10.000,00", mails[self.elsewhere.id].body_html)
        self.assertIn("9,000.00", mails[self.other.id].body_html)

    def test_test_message_is_that_of_a_customer_of_the_audience(self):
        mailing = self._mailing()
        test = (
            self.env["mailing.mailing.test"]
            .with_user(self.marketing)
            .create({"email_to": "test@example.com", "mass_mailing_id": mailing.id})
        )
        with self.mock_mail_gateway():
            test.send_mail_test()
        [sent] = self._mails
        self.assertIn("[TEST]", sent["subject"])
        names = [row.partner_id.name for row in self.campaign.audience_ids]
        self.assertTrue(any(name in sent["body"] for name in names))
        self.assertIn(".00", sent["body"])
        self.assertNotIn("object.", sent["body"])

    def test_prepared_once_while_a_draft(self):
        mailing = self._mailing()
        self.assertEqual(self._mailing(), mailing)
        self._send(mailing)
        again = self._mailing()
        self.assertNotEqual(again, mailing)
        self.assertEqual(again.mailing_domain, mailing.mailing_domain)

    def test_every_strategy_has_a_message_that_renders(self):
        for strategy in ("retention", "investment", "revision", "no_investment"):
            with self.subTest(strategy=strategy):
                self.campaign = self._launch("all")
                self.campaign.sudo().flush_recordset()
                self.env.cr.execute(
                    "UPDATE utm_campaign SET segmentation_strategy = %s WHERE id = %s",
                    [strategy, self.campaign.id],
                )
                self.campaign.invalidate_recordset()
                bodies = self._send(self._mailing()).mapped("body_html")
                self.assertTrue(all("Elsewhere" in b or "Dear" in b for b in bodies))

    def test_sender_without_address(self):
        self.marketing.email = False
        with self.assertRefused("no e-mail address to write from"):
            self.campaign.action_segmentation_prepare_email()

    @users("marketing")
    def test_marketing_is_no_template_editor_and_may_change_the_body(self):
        mailing = self._mailing().with_user(self.env.user)
        self.assertFalse(self.env.user.has_group("mail.group_mail_template_editor"))
        mailing.body_html = mailing.body_html.replace("Dear", "Hello")
        mailing.subject = "{{ object.segmentation_campaign_customer }}: hello"

    @users("marketing")
    def test_marketing_saves_what_the_editor_makes_of_the_body(self):
        """Odoo's editor puts styles on the placeholders; its checks refuse them."""
        mailing = self._mailing().with_user(self.env.user)
        plain = mailing.body_html
        placeholder = '<t t-out="object.name">customer</t>'
        self.assertIn(placeholder, plain)
        style = "font-family:Arial, 'Helvetica Neue';"
        styled = plain.replace(
            placeholder, f'<t t-out="object.name" style="{style}">customer</t>'
        )
        mailing.body_html = styled
        self.assertEqual(mailing.body_html, plain)
        self.assertEqual(mailing.copy({"body_html": styled}).body_html, plain)
        with self.assertRaises(AccessError):
            mailing.body_html = styled.replace("object.name", "object.vat")

    def test_messages_by_stock_buttons_are_for_the_audience_too(self):
        for mailing_type in ("mail", "sms"):
            mailing = (
                self.env["mailing.mailing"]
                .with_user(self.marketing)
                .with_context(default_campaign_id=self.campaign.id)
                .create(
                    {
                        "subject": "Stock",
                        "mailing_type": mailing_type,
                        "mailing_model_id": self.env["ir.model"]._get_id("res.partner"),
                    }
                )
            )
            self.assertEqual(
                set(mailing._get_recipients()),
                set(self.campaign.audience_ids.recipient_id.ids),
            )

    def test_contact_knows_the_campaigns_it_hears_from(self):
        self.assertEqual(self.elsewhere.segmentation_campaign_ids, self.campaign)
        self.assertEqual(self.contact.segmentation_campaign_ids, self.campaign)
        self.assertFalse(self.by_contact.segmentation_campaign_ids)
        self.assertFalse(self.outside.segmentation_campaign_ids)
        found = self.env["res.partner"].search(
            [("segmentation_campaign_ids.title", "=", self.campaign.title)]
        )
        self.assertEqual(found, self.campaign.audience_ids.recipient_id)
        unheard = self.env["res.partner"].search(
            [("segmentation_campaign_ids", "=", False)]
        )
        self.assertIn(self.outside, unheard)
        self.assertFalse(unheard & self.campaign.audience_ids.recipient_id)
