from unittest.mock import patch

from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.tests import tagged, users

from odoo.addons.mass_mailing.tests.common import MassMailCase

from ...models.campaign import preflight as preflight_module
from .common import CampaignCommon


@tagged("post_install", "-at_install")
class TestPreflight(CampaignCommon, MassMailCase):
    """Nothing leaves but on a check that is still true."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.marketing.email = "marketing@example.com"
        cls.one, cls.two, cls.three = (
            cls._buyer(name, 1000, 100) for name in ("One", "Two", "Three")
        )
        cls.silent = cls._buyer("Silent", 1000, 100, email=False)
        cls.wrong = cls._buyer("Wrong", 1000, 100, email="at home")
        cls.blocked = cls._buyer("Blocked", 1000, 100)
        cls.env["mail.blacklist"]._add(cls.blocked.email)
        cls.twin = cls._buyer("Twin", 1000, 100, email=cls.one.email)
        cls.campaign = cls._launch("all")
        cls.mailing = cls._mailing()

    @classmethod
    def _mailing(cls, channel="email"):
        campaign = cls.campaign.with_user(cls.marketing)
        action = getattr(campaign, f"action_segmentation_prepare_{channel}")()
        mailings = cls.env["mailing.mailing"].with_user(cls.marketing)
        return mailings.browse(action["res_id"])

    def _check(self, mailing=None):
        action = (mailing or self.mailing).action_segmentation_preflight()
        return (
            self.env[action["res_model"]]
            .with_user(self.marketing)
            .browse(action["res_id"])
        )

    def _line(self, preflight, partner):
        return preflight.line_ids.filtered(lambda line: line.partner_id == partner)

    def _body(self, text):
        self.mailing.sudo().body_html = f"<p>Dear friend, {text}</p>"

    def _queue(self):
        with self.mock_mail_gateway(), self.enter_registry_test_mode():
            self.env.ref(
                "mass_mailing.ir_cron_mass_mailing_queue"
            ).method_direct_trigger()
        return self._new_mails

    # -- Who gets it

    def test_everybody_is_listed_with_the_reason(self):
        preflight = self._check()
        self.assertEqual(preflight.state, "done")
        self.assertEqual(
            {line.partner_id: line.reason for line in preflight.line_ids},
            {
                self.one: False,
                self.two: False,
                self.three: False,
                self.silent: "no_address",
                self.wrong: "invalid_address",
                self.blocked: "blacklisted",
                self.twin: "shared",
            },
        )
        self.assertEqual(
            (preflight.line_count, preflight.goes_count, preflight.excluded_count),
            (7, 3, 4),
        )
        self.assertIn("Blacklisted", preflight.reasons_html)
        self.assertEqual(preflight.verdict, "All 3 messages may leave.")

    def test_hold_out_is_listed_and_not_written(self):
        self.campaign.audience_ids.filtered(
            lambda row: row.partner_id == self.two
        ).sudo().group = "hold_out"
        line = self._line(self._check(), self.two)
        self.assertEqual(line.reason, "hold_out")
        self.assertFalse(line.is_checked)

    def test_what_was_counted_is_what_leaves(self):
        preflight = self._check()
        self.mailing.action_put_in_queue()
        self.assertEqual(len(self._queue()), preflight.goes_count)

    def test_own_domain_of_the_message_counts(self):
        self.mailing.mailing_domain = repr(
            [
                ("segmentation_campaign_ids", "in", self.campaign.ids),
                ("name", "=", "Two"),
            ]
        )
        self.assertEqual(self._check().line_ids.partner_id, self.two)

    # -- How it reads

    def test_raw_placeholders_are_found(self):
        for text in ("{{object.name", "${object.name}", "a ||| b", "&lt;t t-out"):
            with self.subTest(text=text):
                self._body(text)
                preflight = self._check()
                self.assertEqual(preflight.problem_count, 3)
                self.assertEqual(self._line(preflight, self.one).problem, "raw")
                self.assertIn("3 messages would go wrong", preflight.verdict)

    def test_braces_of_a_style_are_nobodys_placeholder(self):
        self.mailing.sudo().body_html = (
            "<style>@media print {p {color: red}}</style><p>Hello</p>"
        )
        self.assertTrue(self._check().is_clear)

    def test_placeholder_without_value_and_fallback_is_found(self):
        self._body('your gap: <t t-out="object.segmentation_campaign_gap"></t>')
        preflight = self._check()
        line = self._line(preflight, self.one)
        self.assertEqual((line.problem, line.detail), ("empty", "Campaign: Gap"))
        self._body('your gap: <t t-out="object.segmentation_campaign_gap">some</t>')
        self.assertTrue(self._check().is_clear)

    def test_subject_counts_too(self):
        self.mailing.subject = "{{object.segmentation_campaign_gap}} news"
        self.assertEqual(self._check().problem_count, 3)

    def test_empty_message_is_found(self):
        self.mailing.sudo().body_html = "<p><br></p>"
        self.assertEqual(self._line(self._check(), self.one).problem, "blank")

    def test_one_message_that_fails_does_not_hide_the_others(self):
        """What a template editor wrote may fail for some contacts only."""
        self.mailing.sudo().body_html = (
            "<p>Dear <t t-out=\"object.name if object.name != 'Two' else 1 / 0\"/></p>"
        )
        preflight = self._check(self.mailing.sudo())
        self.assertEqual(self._line(preflight, self.two).problem, "failed")
        self.assertFalse(self._line(preflight, self.one).problem)
        self.assertEqual(preflight.problem_count, 1)

    def test_samples_are_shown_as_they_will_be_read(self):
        preflight = self._check()
        self.assertEqual(
            preflight.sample_ids.partner_id, self.one + self.two + self.three
        )
        sample = self._line(preflight, self.two)
        self.assertEqual(sample.sample_subject, "Two, news for your harvest")
        self.assertIn("Dear Two", sample.sample_body)

    def test_samples_run_no_code(self):
        """Neither what marketing wrote nor what somebody is called."""
        self.mailing.sudo().body_html = (
            "<p>Hello <script>alert(1)</script><b onclick='alert(1)'>you</b></p>"
        )
        self.three.write(
            {"name": "<img src=x onerror=alert(1)>", "phone": "+591 70000001"}
        )
        sms = self._mailing("sms")
        sms.body_plaintext = "Hello {{object.name ||| you}}"
        for mailing in (self.mailing, sms):
            bodies = "".join(self._check(mailing).sample_ids.mapped("sample_body"))
            self.assertIn("Hello", bodies)
            for code in ("<script", "onclick=", "<img"):
                self.assertNotIn(code, bodies)

    # -- In batches

    def test_large_check_goes_on_in_the_job(self):
        with patch.object(preflight_module, "BATCH", 2):
            preflight = self._check()
            self.assertEqual(preflight.state, "running")
            self.assertIn("still to be checked", preflight.verdict)
            with self.assertRaises(RedirectWarning):
                self.mailing.action_put_in_queue()
            with self.enter_registry_test_mode():
                self.env.ref("agro_segmentation.preflight_cron").method_direct_trigger()
            preflight.invalidate_recordset()
        self.assertEqual(preflight.state, "done")
        self.assertEqual(preflight.waiting_count, 0)
        self.assertTrue(preflight.is_clear)

    def test_queries_do_not_grow_with_the_audience(self):
        counts = []
        for number in (1, 30):
            for index in range(number):
                self._buyer(f"More {number} {index}", 10, 10)
            self.campaign = self._launch("all")
            mailing = self._mailing()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            mailing.action_segmentation_preflight()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLess(counts[1], counts[0] + 5)

    # -- Nothing leaves unchecked

    def test_sending_is_refused_without_a_check(self):
        for send in ("action_launch", "action_put_in_queue", "action_send_mail"):
            with (
                self.subTest(send=send),
                self.assertRefused("was not checked", RedirectWarning),
            ):
                getattr(self.mailing, send)()

    def test_scheduling_is_refused_too(self):
        wizard = self.env["mailing.mailing.schedule.date"].create(
            {"mass_mailing_id": self.mailing.id, "schedule_date": "2040-01-01"}
        )
        with self.assertRefused("was not checked", RedirectWarning):
            wizard.with_user(self.marketing).action_schedule_date()

    def test_check_is_for_the_very_text(self):
        self._check()
        self.mailing.action_put_in_queue()
        self.mailing.action_cancel()
        for change in ({"subject": "Other"}, {"preview": "Other"}):
            self.mailing.write(change)
            with self.assertRefused("was not checked", RedirectWarning):
                self.mailing.action_put_in_queue()

    def test_text_changed_in_the_queue_leaves_not(self):
        self._check()
        self.mailing.action_put_in_queue()
        self.mailing.subject = "Other"
        self.assertFalse(self._queue())
        self.assertEqual(self.mailing.state, "draft")
        bodies = " ".join(self.mailing.message_ids.mapped("body"))
        self.assertIn("was not checked", bodies)

    def test_put_in_the_queue_by_a_program_leaves_not(self):
        for state in ("in_queue", "sending"):
            with self.subTest(state=state):
                self.mailing.state = state
                self.assertFalse(self._queue())
                self.assertEqual(self.mailing.state, "draft")

    def test_said_to_be_sending_by_a_program_leaves_not(self):
        self.mailing.state = "sending"
        with self.assertRefused("was not checked", RedirectWarning):
            self.mailing.action_send_mail()

    def test_one_that_has_begun_goes_on(self):
        """Somebody who got an address meanwhile is no reason to stop halfway."""
        self._check()
        self.mailing.action_put_in_queue()
        self.mailing.state = "sending"
        self.silent.email = "silent@example.com"
        self.assertEqual(len(self._queue()), 4)
        self.assertEqual(self.mailing.state, "done")

    def test_somebody_who_was_not_checked_gets_nothing(self):
        """An address that came after the check was not looked at."""
        self._check()
        self.silent.email = "silent@example.com"
        with self.assertRefused("have changed since", RedirectWarning):
            self.mailing.action_put_in_queue()
        self._check()
        self.mailing.action_put_in_queue()

    def test_somebody_less_is_no_reason_to_check_again(self):
        self._check()
        self.env["mail.blacklist"]._add(self.two.email)
        self.mailing.action_put_in_queue()
        self.assertEqual(self._queue().mapped("res_id"), (self.one + self.three).ids)

    def test_problems_keep_it_from_leaving(self):
        self._body("{{object.name")
        self._check()
        with self.assertRefused("3 messages would go wrong", RedirectWarning):
            self.mailing.action_put_in_queue()

    def test_nobody_left(self):
        for partner in (self.one, self.two, self.three):
            self.env["mail.blacklist"]._add(partner.email)
        self.assertEqual(self._check().verdict, "Nobody would get this message.")

    def test_copy_of_the_same_text_needs_no_new_check(self):
        """The winner of a test is a copy."""
        self._check()
        copy = self.mailing.copy()
        copy.subject = self.mailing.subject
        copy.action_put_in_queue()

    def test_check_of_the_whole_audience_is_good_for_each_wave(self):
        self._check()
        wizard = (
            self.env["segmentation.wave.wizard"]
            .with_user(self.marketing)
            .create(
                {"campaign_id": self.campaign.id, "by": "size", "size": 3, "every": 1}
            )
        )
        wizard.action_plan()
        waves = self.campaign.segmentation_wave_ids
        self.assertEqual(len(waves), 3)
        self.campaign.with_user(self.marketing).action_segmentation_schedule_waves()
        self.assertEqual(set(waves.mailing_ids.mapped("state")), {"in_queue"})

    def test_check_of_one_wave_is_for_that_wave(self):
        wizard = (
            self.env["segmentation.wave.wizard"]
            .with_user(self.marketing)
            .create(
                {"campaign_id": self.campaign.id, "by": "size", "size": 4, "every": 1}
            )
        )
        wizard.action_plan()
        first, second = self.campaign.segmentation_wave_ids.mailing_ids.sorted("id")
        for row in self.campaign.audience_ids.sudo():
            row.wave_id = (second if row.partner_id == self.two else first)[
                "segmentation_wave_id"
            ]
        self.assertEqual(self._check(first).line_count, 6)
        first.action_put_in_queue()
        with self.assertRaises(RedirectWarning):
            second.action_put_in_queue()

    def test_messages_that_are_none_of_ours_are_left_alone(self):
        stock = self.env["mailing.mailing"].create(
            {
                "subject": "Stock",
                "body_html": "<p>{{ raw</p>",
                "mailing_model_id": self.env["ir.model"]._get_id("res.partner"),
                "mailing_domain": repr([("id", "in", self.one.ids)]),
            }
        )
        stock.action_put_in_queue()
        self.assertEqual(self._queue().mapped("res_id"), self.one.ids)
        with self.assertRefused("Only messages to the audience"):
            stock.with_user(self.marketing).action_segmentation_preflight()

    # -- Contacts changed since the check

    def _reasons(self, mailing=None):
        """Return {contact: why the trace says that it got nothing}."""
        traces = (mailing or self.mailing).sudo().mailing_trace_ids
        return {
            self.env["res.partner"].browse(trace.res_id): trace.failure_type
            for trace in traces
            if trace.trace_status == "cancel"
        }

    def _assign(self):
        """Each contact has a salesperson, as the check sees it."""
        (self.one | self.two | self.three).user_id = self.salesman

    def test_nothing_empty_leaves(self):
        self._assign()
        self._body('ask <t t-out="object.user_id.name"></t>')
        self._check()
        self.two.user_id = False
        self.mailing.action_put_in_queue()
        self.assertEqual(self._queue().mapped("res_id"), (self.one | self.three).ids)
        self.assertEqual(self._reasons()[self.two], "segmentation_text")
        self.assertNotIn(self.one, self._reasons())

    def test_nothing_raw_leaves(self):
        self._check()
        self.two.name = "{{object.name"
        self.three.name = "${Three"
        self.mailing.action_put_in_queue()
        self.assertEqual(self._queue().mapped("res_id"), self.one.ids)
        self.assertEqual(self._reasons()[self.two], "segmentation_text")
        self.assertEqual(self._reasons()[self.three], "segmentation_text")

    def test_no_blank_subject_leaves(self):
        self.mailing.subject = "{{object.user_id.name}}"
        self._assign()
        self._check()
        self.two.user_id = False
        self.mailing.action_put_in_queue()
        self.assertEqual(self._queue().mapped("res_id"), (self.one | self.three).ids)

    def test_fallback_written_since_leaves(self):
        self._assign()
        self._body('ask <t t-out="object.user_id.name">us</t>')
        self._check()
        self.two.user_id = False
        self.mailing.action_put_in_queue()
        self.assertEqual(len(self._queue()), 3)

    def test_nothing_empty_leaves_as_sms(self):
        for index, partner in enumerate((self.one, self.two, self.three)):
            partner.phone = f"+591 7000000{index}"
        self._assign()
        mailing = self._mailing("sms")
        mailing.body_plaintext = "Ask {{object.user_id.name}}"
        self._check(mailing)
        self.two.user_id = False
        mailing.action_send_sms()
        sms = self.env["sms.sms"].sudo().search([("mailing_id", "=", mailing.id)])
        self.assertEqual(sms.partner_id, self.one | self.three)
        self.assertEqual(self._reasons(mailing)[self.two], "segmentation_text")

    def test_messages_of_others_are_not_looked_at(self):
        stock = self.env["mailing.mailing"].create(
            {
                "subject": "Stock",
                "body_html": "<p>Dear <t t-out='object.city'></t> {{</p>",
                "mailing_model_id": self.env["ir.model"]._get_id("res.partner"),
                "mailing_domain": repr([("id", "in", self.one.ids)]),
            }
        )
        stock.action_put_in_queue()
        self.assertEqual(self._queue().mapped("res_id"), self.one.ids)

    def test_figures_are_those_of_its_own_campaign(self):
        """An earlier campaign's, though the contact is in a later one too."""
        self._body('until <t t-out="object.segmentation_campaign_end"></t>')
        later = self._launch("all")
        for campaign, end in ((self.campaign, None), (later, "2030-01-01")):
            self.env.cr.execute(
                "UPDATE utm_campaign SET segmentation_date_end = %s WHERE id = %s",
                [end, campaign.id],
            )
        self.env.invalidate_all()
        self.assertEqual(self._line(self._check(), self.one).problem, "empty")

    # -- Composed by a program

    def _compose(self, mailing, **values):
        """Compose a message to One as marketing, as a program can by RPC."""
        composer = self.env["mail.compose.message"].with_user(self.marketing)
        return composer.create(
            {
                "composition_mode": "mass_mail",
                "model": "res.partner",
                "res_ids": repr(self.one.ids),
                "mass_mailing_id": mailing.id,
                "subject": "Hello",
                "body": "<p>Hello {{</p>",
                **values,
            }
        )

    def test_what_a_program_composes_leaves_not(self):
        self._check()
        for state in ("draft", "in_queue", "sending", "done"):
            with self.subTest(state=state), self.assertRefused("by its own buttons"):
                self.mailing.state = state
                self._compose(self.mailing).action_send_mail()
        self.assertFalse(self.mailing.sudo().mailing_trace_ids)

    def test_what_a_program_says_to_be_checked_leaves_not(self):
        self._check()
        for value in (True, "CHECKED", {}, "<object object>"):
            composer = self._compose(self.mailing)
            composer = composer.with_context(segmentation_checked=value)
            with self.subTest(value=value), self.assertRefused("by its own buttons"):
                composer.action_send_mail()

    def test_a_mailing_that_the_composer_makes_leaves_not(self):
        composer = self._compose(
            self.env["mailing.mailing"],
            mass_mailing_name="New",
            campaign_id=self.campaign.id,
        )
        with self.assertRefused("by its own buttons"):
            composer.action_send_mail()

    def test_composing_elsewhere_is_as_ever(self):
        composer = self._compose(self.env["mailing.mailing"], mass_mailing_name="New")
        with self.mock_mail_gateway():
            composer.action_send_mail()
        self.assertEqual(self._new_mails.res_id, self.one.id)

    def test_sms_that_a_program_composes_leave_not(self):
        self.one.phone = "+591 70000001"
        mailing = self._mailing("sms")
        self._check(mailing)
        composer = (
            self.env["sms.composer"]
            .with_user(self.marketing)
            .create(
                {
                    "composition_mode": "mass",
                    "res_model": "res.partner",
                    "res_ids": repr(self.one.ids),
                    "mailing_id": mailing.id,
                    "body": "Hello {{",
                }
            )
        )
        with self.assertRefused("by its own buttons"):
            composer.action_send_sms()
        self.assertFalse(mailing.sudo().mailing_trace_ids)

    # -- Large audiences

    def _confirm(self, preflight, number):
        wizard = self.env["segmentation.preflight.confirm"].with_user(self.marketing)
        action = preflight.action_confirm()
        wizard = wizard.with_context(**action["context"]).create({"number": number})
        self.assertIn("3 messages", wizard.question)
        wizard.action_confirm()

    def test_large_audience_asks_to_confirm_the_number(self):
        self.company.segmentation_confirm_from = 3
        preflight = self._check()
        with self.assertRefused("3 messages would leave: confirm", RedirectWarning):
            self.mailing.action_put_in_queue()
        with self.assertRefused("3 messages would leave, not 30"):
            self._confirm(preflight, 30)
        self._confirm(preflight, 3)
        self.mailing.action_put_in_queue()
        self.assertEqual(len(self._queue()), 3)

    def test_limit_is_included_and_below_it_nothing_is_asked(self):
        self.company.segmentation_confirm_from = 4
        preflight = self._check()
        self.assertFalse(preflight.needs_confirmation)
        self.mailing.action_put_in_queue()

    # -- SMS

    def test_sms_parts_of_all_messages_that_leave(self):
        for partner in (self.one, self.two):
            partner.phone = f"+591 7{partner.id:07d}"
        mailing = self._mailing("sms")
        mailing.sms_allow_unsubscribe = False
        for text, parts in (("x" * 160, 2), ("x" * 161, 4), ("ș" * 71, 4)):
            mailing.body_plaintext = text
            preflight = self._check(mailing)
            self.assertEqual(preflight.goes_count, 2)
            self.assertEqual(preflight.sms_parts, parts)

    def test_sms_parts_count_how_to_get_no_more(self):
        self.one.phone = "+591 70000001"
        mailing = self._mailing("sms")
        mailing.body_plaintext = "x" * 160
        self.assertEqual(self._check(mailing).sms_parts, 2)

    def test_sms_names_the_figures_of_its_campaign(self):
        self.one.phone = "+591 70000001"
        mailing = self._mailing("sms")
        mailing.body_plaintext = "{{object.segmentation_campaign_billing}}"
        self._invoice(self.one, 500, "2024-12-01")
        self._launch("all")
        sample = self._check(mailing).sample_ids
        self.assertIn("1,000.00", sample.sample_body)

    def test_sms_leaves_not_unchecked_either(self):
        self.one.phone = "+591 70000001"
        mailing = self._mailing("sms")
        with self.assertRefused("was not checked", RedirectWarning):
            mailing.action_send_sms(self.one.ids)

    # -- Rights

    def test_only_marketing_checks(self):
        for user in (self.salesman, self._mailer()):
            mailing = self.mailing.with_user(user)
            with self.assertRaises(AccessError):
                mailing.action_segmentation_preflight()
            with self.assertRaises(AccessError):
                self.env["segmentation.preflight"].with_user(user).search([])

    def _mailer(self):
        user = self._user("mailer", "group_segmentation_user")
        user.group_ids = self.env.ref("base.group_user") | self.env.ref(
            "mass_mailing.group_mass_mailing_user"
        )
        return user

    def test_somebody_of_mailings_is_told_and_sends_what_was_checked(self):
        mailing = self.mailing.with_user(self._mailer())
        with self.assertRefused("was not checked", UserError):
            mailing.action_put_in_queue()
        self._check()
        mailing.action_put_in_queue()

    @users("marketing")
    def test_nobody_forges_a_check(self):
        preflight = self._check()
        with self.assertRaises(AccessError):
            preflight.with_user(self.env.user).write({"confirmed_count": 9})
        with self.assertRaises(AccessError):
            preflight.line_ids.with_user(self.env.user).write({"problem": False})
