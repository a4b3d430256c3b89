from odoo.tests import tagged, users

from odoo.addons.mass_mailing.tests.common import MassMailCase
from odoo.addons.sms.tests.common import SMSCase

from .common import CampaignCommon


@tagged("post_install", "-at_install")
class TestMessageText(CampaignCommon, MassMailCase, SMSCase):
    """A message says what is known of its recipient, in words of the recipient."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.marketing.email = "marketing@example.com"
        cls._rate(cls.soy, 15, unit_id=cls.unit_inputs.id)
        cls._rate(cls.soy, 2, unit_id=cls.unit_machines.id)
        cls.grower = cls._buyer("Grower", 1000, 100, user_id=cls.salesman.id)
        cls.landless = cls._buyer("Landless", 2000)

    def _campaign(self, *args, **values):
        self.campaign = self._launch(*args or ["all"], **values)
        return self.campaign

    def _prepare(self, channel="email"):
        action = getattr(self.campaign, f"action_segmentation_prepare_{channel}")()
        mailings = self.env["mailing.mailing"].with_user(self.marketing)
        domain = action.get("domain") or [("id", "=", action["res_id"])]
        return mailings.search(domain).sorted("id")

    def _told(self, partner, text):
        """What a message with this body tells the contact."""
        mailing = self._prepare()[:1].with_context(
            segmentation_campaign_id=self.campaign.id
        )
        mailing.body_html = f"<p>{text}</p>"
        rendered = mailing._render_field("body_html", partner.ids)[partner.id]
        return rendered.replace("\xa0", " ")

    def _languages(self):
        for code in ("es_ES", "pt_BR"):
            self.env["res.lang"]._activate_lang(code)
        self.grower.lang = "es_ES"

    # -- What is told

    def test_texts_of_the_audience_row(self):
        self._campaign(date_end="2030-06-30")
        told = self._told(
            self.grower,
            " / ".join(
                f'<t t-out="object.segmentation_campaign_{name}"></t>'
                for name in ("customer", "salesperson", "end", "quadrant")
            ),
        )
        quadrant = self.campaign.audience_ids.filtered(
            lambda row: row.partner_id == self.grower
        ).quadrant
        label = dict(self.campaign.audience_ids._fields["quadrant"].selection)[quadrant]
        self.assertEqual(
            told, f"<p>Grower / {self.salesman.name} / 06/30/2030 / {label}</p>"
        )

    def test_gap_of_each_unit_is_what_is_left_there(self):
        """100 ha by 15 and 2: 1 500 of inputs, of which 1 000 are billed, and 200."""
        self._campaign()
        body = " ".join(
            f'<t t-out="object.segmentation_campaign_gaps.unit_{unit.id}">none</t>'
            for unit in (self.unit_inputs, self.unit_machines)
        )
        self.assertEqual(self._told(self.grower, body), "<p>$ 500.00 $ 200.00</p>")
        self.assertEqual(self._told(self.landless, body), "<p>none none</p>")

    def test_unit_of_the_largest_gap(self):
        self._campaign()
        body = '<t t-out="object.segmentation_campaign_gap_unit">all</t>'
        self.assertEqual(self._told(self.grower, body), "<p>Inputs</p>")
        self.assertEqual(self._told(self.landless, body), "<p>all</p>")

    def test_gaps_keep_to_the_units_of_the_campaign(self):
        self._campaign(unit_ids=self.unit_machines.ids)
        body = '<t t-out="object.segmentation_campaign_gap_unit">all</t>'
        self.assertEqual(self._told(self.grower, body), "<p>Machines</p>")

    def test_what_is_not_known_is_told_by_its_fallback(self):
        """No land, no potential; a unit that is deleted has no gap either."""
        self._campaign()
        for body in (
            '<t t-out="object.segmentation_campaign_potential">a lot</t>',
            '<t t-out="object.segmentation_campaign_gap">a lot</t>',
            '<t t-out="object.segmentation_campaign_gaps.unit_987654">a lot</t>',
        ):
            self.assertEqual(self._told(self.landless, body), "<p>a lot</p>")

    def test_an_amount_of_nothing_is_not_told(self):
        nobody = self._buyer("Never bought", 0, 100)
        self._campaign()
        self.assertEqual(
            self._told(nobody, '<t t-out="object.segmentation_campaign_billing">–</t>'),
            "<p>–</p>",
        )

    def test_subject_has_its_fallback_too(self):
        self._campaign()
        mailing = self._prepare().with_context(
            segmentation_campaign_id=self.campaign.id
        )
        mailing.subject = "{{ object.segmentation_campaign_potential ||| news}} now"
        subjects = mailing._render_field("subject", self.landless.ids)
        self.assertEqual(subjects[self.landless.id], "news now")

    def test_gaps_are_read_with_queries_that_do_not_grow(self):
        many = self.env["res.partner"].concat(
            *(self._buyer(f"Many {number}", 10, 10) for number in range(30))
        )
        self._campaign()
        counts = []
        for partners in (many[:1], many[1:2], many):
            self.env.invalidate_all()
            partners = partners.with_context(segmentation_campaign_id=self.campaign.id)
            before = self.env.cr.sql_log_count
            for partner in partners:
                self.assertEqual(partner.segmentation_campaign_gap_unit, "Inputs")
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])

    # -- Placeholders

    @users("marketing")
    def test_menu_offers_what_marketing_may_write(self):
        """Each entry can be saved by somebody who edits no templates, and rendered."""
        self._campaign()
        entries = self.env["res.partner"].segmentation_placeholders()
        self.assertIn(
            {
                "group": "Campaign",
                "label": "Campaign: Gap in Inputs",
                "path": f"segmentation_campaign_gaps.unit_{self.unit_inputs.id}",
                "fallback": "the rest",
            },
            entries,
        )
        self.assertFalse(self.env.user.has_group("mail.group_mail_template_editor"))
        mailing = self._prepare().with_user(self.env.user)
        mailing.body_html = "".join(
            f'<p><t t-out="object.{entry["path"]}">{entry["fallback"]}</t></p>'
            for entry in entries
        )
        mailing.subject = " ".join(
            f"{{{{ object.{entry['path']} ||| {entry['fallback']}}}}}"
            for entry in entries
        )
        for field in ("body_html", "subject"):
            text = mailing._render_field(field, self.grower.ids)[self.grower.id]
            self.assertNotIn("object.", text)
            self.assertIn("Inputs", text)

    def test_menu_names_only_what_the_user_may_read(self):
        accountant = self._user("nobody", "group_segmentation_user")
        accountant.group_ids = self.env.ref("base.group_user")
        entries = self.env["res.partner"].with_user(accountant)
        paths = [entry["path"] for entry in entries.segmentation_placeholders()]
        self.assertIn("name", paths)
        self.assertFalse([path for path in paths if "campaign" in path])

    # -- One message a language

    def test_each_language_has_its_message_and_its_recipients(self):
        self._languages()
        english = self.landless
        self._campaign()
        mailings = self._prepare()
        by_lang = {mailing.segmentation_lang: mailing for mailing in mailings}
        self.assertEqual(set(by_lang), {"en_US", "es_ES"})
        self.assertEqual(by_lang["es_ES"]._get_recipients(), self.grower.ids)
        self.assertEqual(by_lang["en_US"]._get_recipients(), english.ids)

    def test_who_speaks_another_language_gets_that_of_the_company(self):
        """Whatever becomes of a recipient's language, one message is for it."""
        self._languages()
        self._campaign()
        mailings = self._prepare()
        for code in ("pt_BR", False):
            self.landless.lang = code
            recipients = [rid for one in mailings for rid in one._get_recipients()]
            self.assertEqual(sorted(recipients), (self.grower + self.landless).ids)

    def test_one_language_is_one_message_to_everybody(self):
        self._languages()
        self.landless.lang = "es_ES"
        self._campaign()
        [mailing] = self._prepare()
        self.assertFalse(mailing.segmentation_lang)
        self.assertEqual(len(mailing._get_recipients()), 2)

    def test_prepared_twice_is_prepared_once(self):
        self._languages()
        self._campaign()
        for channel in ("email", "sms"):
            first = self._prepare(channel)
            self.assertEqual(len(first), 2)
            self.assertEqual(self._prepare(channel), first)

    # -- SMS

    def test_sms_to_the_audience(self):
        self._campaign()
        [mailing] = self._prepare("sms")
        self.assertEqual(mailing.mailing_type, "sms")
        self.assertTrue(mailing.sms_allow_unsubscribe)
        self.assertRegex(
            mailing.body_plaintext,
            r"^company_1_data: \{\{object\.name \|\|\| customer\}\}, we have news",
        )
        self.assertEqual(len(mailing._get_recipients()), 2)

    def test_the_campaign_leads_to_its_sms_and_to_its_emails(self):
        campaign = self._campaign().with_user(self.marketing)
        for channel, action in (
            ("sms", campaign.action_segmentation_sms),
            ("email", campaign.action_segmentation_mailings),
        ):
            prepared = self._prepare(channel)
            found = self.env["mailing.mailing"].search(action()["domain"])
            self.assertEqual(found, prepared)
            self.assertEqual(
                action()["context"]["default_mailing_type"], prepared.mailing_type
            )

    def test_sms_tells_the_figures_of_its_own_campaign(self):
        self.grower.phone = "+591 70000001"
        self._campaign()
        [mailing] = self._prepare("sms")
        mailing.body_plaintext = "{{object.segmentation_campaign_billing}}"
        self._invoice(self.grower, 500, "2024-12-01")
        self._launch("all")
        self._approve(mailing)
        with self.mockSMSGateway():
            mailing.action_send_sms()
        self.assertIn("1,000.00", self._new_sms.body.replace("\xa0", " "))
