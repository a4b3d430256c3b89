"""Calls and opportunities in batches, who sees them, and merged customers."""

from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from odoo.addons.base.tests.test_ir_cron import CronMixinCase

from .channel_common import FRIDAY, MONDAY, ChannelCommon

BATCH = "odoo.addons.agro_segmentation.models.campaign.outreach.BATCH"


@tagged("post_install", "-at_install")
class TestOutreach(ChannelCommon, CronMixinCase):
    def _run_job(self):
        with self.enter_registry_test_mode():
            self.env.ref("agro_segmentation.outreach_cron").method_direct_trigger()
        self.env.invalidate_all()

    def _states(self):
        self.env.invalidate_all()
        return [touch.state for touch in self._touches("call")]

    # --- Batches

    def test_the_first_batch_now_the_others_by_the_job(self):
        with patch(BATCH, 2), self.capture_triggers() as triggers:
            calls = self._plan()
            self.assertEqual(
                triggers.records.cron_id,
                self.env.ref("agro_segmentation.outreach_cron"),
            )
            self.assertEqual(
                self._states(), ["planned", "planned", "waiting", "waiting"]
            )
            outreach = self.campaign.segmentation_outreach_ids
            self.assertEqual((outreach.touch_count, outreach.waiting_count), (4, 2))
            self._run_job()
        self.assertEqual(self._states(), ["planned"] * 4)
        self.assertEqual(len(calls.activity_id), 4)
        self.assertEqual(outreach.waiting_count, 0)

    def test_again_while_some_are_waiting_does_nothing_twice(self):
        with patch(BATCH, 1):
            self._plan()
            with self.assertRefused("Nobody is left to ask for"):
                self._plan()
            self._run_job()
        self._run_job()
        self.assertEqual(len(self._touches("call").activity_id), 4)

    def test_each_batch_asks_again_who_must_be_left_alone(self):
        with patch(BATCH, 2):
            calls = self._plan()
            waiting = calls.filtered(lambda touch: touch.state == "waiting")
            late = waiting[0].partner_id
            self.env["phone.blacklist"].sudo().create(
                {"number": late._phone_format(fname="phone")}
            )
            self._run_job()
        self.assertEqual(waiting[0].state, "left_out")
        self.assertEqual(waiting[0].reason, "blacklisted")
        self.assertFalse(late.activity_ids)
        self.assertEqual(waiting[1].state, "planned")
        self.assertEqual(self.campaign.segmentation_call_count, 3)

    def test_who_was_left_out_can_be_asked_for_again(self):
        with patch(BATCH, 1):
            calls = self._plan()
            last = calls[-1].partner_id
            phone, last.phone = last.phone, False
            self._run_job()
        self.assertEqual(calls[-1].reason, "no_address")
        last.phone = phone
        self._plan()
        self.assertEqual(self._states(), ["planned"] * 4)

    def test_a_contact_that_is_gone_is_left_out(self):
        with patch(BATCH, 1):
            calls = self._plan()
            self._row(calls[-1].partner_id).sudo().recipient_id = False
            self._run_job()
        self.assertEqual(calls[-1].reason, "gone")

    def test_a_campaign_that_is_stopped_waits(self):
        with patch(BATCH, 1):
            self._plan()
            self.campaign.action_segmentation_stop()
            self._run_job()
            self.assertEqual(self._states().count("waiting"), 3)
            with self.assertRefused("resume the campaign"):
                self._offer()
            with self.capture_triggers("agro_segmentation.outreach_cron") as triggers:
                self.campaign.action_segmentation_resume()
            self.assertTrue(triggers.records)
            self._run_job()
        self.assertEqual(self._states(), ["planned"] * 4)

    def test_the_job_acts_with_the_rights_of_who_asked(self):
        """What they may no longer tell stops it, and says so; nothing goes out half."""
        with patch(BATCH, 1):
            self._plan()
            self.marketing.group_ids = [
                Command.set(self.env.ref("base.group_user").ids)
            ]
            self._run_job()
            outreach = self.env["segmentation.outreach"].search([])
            self.assertIn("segmentation_campaign_billing", outreach.error)
            self.assertEqual(self._states().count("waiting"), 3)
            self.marketing.group_ids = [
                Command.link(
                    self.env.ref("agro_segmentation.group_segmentation_marketing").id
                )
            ]
            self._run_job()
        self.assertFalse(outreach.error)
        self.assertEqual(self._states(), ["planned"] * 4)

    # --- Rights

    def test_only_marketing_asks(self):
        mailer = new_test_user(
            self.env,
            "mailer",
            "mass_mailing.group_mass_mailing_user",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        for user in (self.rosa, mailer):
            with self.subTest(user=user.login):
                wizards = self.env["segmentation.outreach.wizard"].with_user(user)
                self.assertFalse(wizards.has_access("create"))
                for action in (
                    "action_segmentation_plan_calls",
                    "action_segmentation_make_opportunities",
                ):
                    with self.assertRefused(
                        "Only Segmentation / Marketing", AccessError
                    ):
                        getattr(self.campaign.with_user(user), action)()

    def test_nobody_writes_the_ledger_by_hand(self):
        administrator = self._user("admin3", "group_segmentation_administrator")
        for user in (self.rosa, self.marketing, administrator):
            for model in ("segmentation.touch", "segmentation.outreach"):
                for operation in ("write", "create", "unlink"):
                    with self.subTest(user=user.login, model=model, to=operation):
                        self.assertFalse(
                            self.env[model].with_user(user).has_access(operation)
                        )

    def test_salespeople_see_their_own_and_those_of_their_customers(self):
        self._plan(user_ids=[Command.set(self.jorge.ids)])
        touches = self.env["segmentation.touch"]
        self.assertEqual(
            touches.with_user(self.rosa).search([]).partner_id, self.large | self.small
        )
        # and the customer without salesperson, whom jorge calls
        self.assertEqual(
            touches.with_user(self.jorge).search([]).partner_id,
            self.middle | self.nobodys,
        )
        self.assertEqual(len(touches.with_user(self.marketing).search([])), 4)
        campaign = self.campaign.with_user(self.rosa)
        campaign.invalidate_recordset()
        self.assertEqual(campaign.segmentation_call_count, 2)

    def test_salespeople_read_what_came_of_their_calls(self):
        self._plan(user_ids=[Command.set(self.jorge.ids)])
        self._offer(user_ids=[Command.set(self.jorge.ids)])
        for user in (self.rosa, self.jorge):
            touches = self.env["segmentation.touch"].with_user(user).search([])
            self.assertEqual(len(touches), 4)
            touches.web_read(
                {name: {} for name in touches.fields_get() if name != "outreach_id"}
            )

    def test_salespeople_open_the_campaign(self):
        """Odoo's form counts mailings, which salespeople may not read."""
        self._plan()
        campaign = self.campaign.with_user(self.rosa)
        campaign.invalidate_recordset()
        models = campaign.get_views([(False, "form")])["models"]
        campaign.web_read({name: {} for name in models["utm.campaign"]["fields"]})
        self.assertFalse(
            self.env["mailing.mailing"].with_user(self.rosa).has_access("read")
        )

    def test_companies_are_kept_apart(self):
        self._plan()
        other = self.env["res.company"].create({"name": "Other Dealer"})
        stranger = new_test_user(
            self.env,
            "stranger",
            "agro_segmentation.group_segmentation_marketing",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        for model in ("segmentation.touch", "segmentation.outreach"):
            self.assertFalse(self.env[model].with_user(stranger).search([]))
        wizards = self.env["segmentation.outreach.wizard"].with_user(stranger)
        with self.assertRaises(AccessError):
            wizards.create(
                {"campaign_id": self.campaign.id, "channel": "call"}
            ).action_apply()

    # --- Mailings

    def test_how_far_messages_came(self):
        mailing = (
            self.env["mailing.mailing"]
            .sudo()
            .create(
                {
                    "subject": "News",
                    "campaign_id": self.campaign.id,
                    "mailing_model_id": self.env["ir.model"]._get_id("res.partner"),
                }
            )
        )
        rows = self.campaign.sudo().audience_ids.with_user(self.marketing)
        states = {
            self.large: [("sent", "mail"), ("open", "mail"), ("cancel", "mail")],
            self.middle: [("bounce", "mail"), ("pending", "sms")],
            self.small: [("error", "sms"), ("cancel", "mail")],
        }
        self.env["mailing.trace"].sudo().create(
            [
                {
                    "model": "res.partner",
                    "res_id": partner.id,
                    "mass_mailing_id": mailing.id,
                    "trace_type": trace_type,
                    "trace_status": status,
                }
                for partner, traces in states.items()
                for status, trace_type in traces
            ]
        )
        self.env.invalidate_all()
        self.assertEqual(
            {row.partner_id: (row.email_state, row.sms_state) for row in rows},
            {
                self.large: ("opened", False),
                self.middle: ("bounced", "sent"),
                self.small: ("left_out", "failed"),
                self.nobodys: (False, False),
            },
        )
        found = rows.search(
            [
                ("campaign_id", "=", self.campaign.id),
                ("email_state", "in", ("opened", False)),
            ]
        )
        self.assertEqual(found.partner_id, self.large | self.nobodys)

    # --- Merged customers

    def _merge(self, *partners):
        wizard = self.env["base.partner.merge.automatic.wizard"].with_user(
            self.env.ref("base.user_admin")
        )
        wizard._merge([partner.id for partner in partners], partners[0])
        self.env.invalidate_all()

    def test_merged_customers_keep_what_was_asked(self):
        self._plan(audience_ids=[Command.set(self._row(self.small).ids)])
        self._merge(self.large, self.small)
        [touch] = self._touches("call")
        self.assertEqual(touch.audience_id, self._row(self.large))
        self.assertEqual(touch.partner_id, self.large)
        self.assertEqual(touch.state, "planned")
        self.assertEqual(touch.activity_id.res_id, self.large.id)

    def test_of_two_calls_of_merged_customers_counts_that_of_the_row_kept(self):
        self._plan()
        [kept] = self._row(self.large).touch_ids
        self._merge(self.large, self.small)
        self.assertEqual(self._row(self.large).touch_ids, kept)
        self.assertEqual(len(self.large.activity_ids), 2)
        self._ask("call", date_start=MONDAY, date_end=FRIDAY)
        with self.assertRefused("Nobody is left to ask for"):
            self._plan()
