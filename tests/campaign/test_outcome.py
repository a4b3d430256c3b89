from datetime import timedelta

from odoo import Command, fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from .outcome_common import OutcomeCommon

NOTHING = {
    "is_written": False,
    "is_opened": False,
    "is_clicked": False,
    "is_replied": False,
    "is_called": False,
    "is_won": False,
    "is_buyer": False,
    "invoiced": 0,
    "invoice_count": 0,
}


@tagged("post_install", "-at_install")
class TestOutcome(OutcomeCommon):
    """What each customer did and bought in the days that count."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ana = cls._buyer("Ana", 1000)
        cls.berta = cls._buyer("Berta", 1000)
        cls.contact = cls.env["res.partner"].create(
            {"name": "Buyer of Ana", "parent_id": cls.ana.id}
        )
        cls.campaign = cls._launched()

    def assertOutcome(self, partner, campaign=None, **values):
        row = self._row(campaign or self.campaign, partner)
        self.assertRecordValues(row, [{**NOTHING, **values}])

    # --- invoices

    def test_nobody_did_anything(self):
        self._measure(self.campaign)
        self.assertOutcome(self.ana)
        self.assertOutcome(self.berta)

    def test_only_the_days_that_count(self):
        for date in ("2025-01-09", "2025-03-01"):
            self._invoice(self.ana, 77, date)
        self._invoice(self.ana, 100, "2025-01-10")
        self._invoice(self.ana, 30, "2025-02-28")
        self._measure(self.campaign)
        self.assertOutcome(self.ana, invoiced=130, invoice_count=2, is_buyer=True)
        self.assertOutcome(self.berta)

    def test_credit_notes_are_subtracted_and_not_counted(self):
        self._invoice(self.ana, 100, "2025-01-20")
        self._invoice(self.ana, -40, "2025-01-25")
        self._measure(self.campaign)
        self.assertOutcome(self.ana, invoiced=60, invoice_count=1, is_buyer=True)

    def test_who_gave_everything_back_is_no_buyer(self):
        self._invoice(self.ana, 100, "2025-01-20")
        self._invoice(self.ana, -100, "2025-01-25")
        self._invoice(self.berta, -10, "2025-01-25")
        self._measure(self.campaign)
        self.assertOutcome(self.ana, invoice_count=1)
        self.assertOutcome(self.berta, invoiced=-10)

    def test_drafts_and_cancelled_invoices_do_not_count(self):
        self._invoice(self.ana, 100, "2025-01-20", post=False)
        self._invoice(self.berta, 100, "2025-01-20", post=False).button_cancel()
        self._measure(self.campaign)
        self.assertOutcome(self.ana)
        self.assertOutcome(self.berta)

    def test_other_currency_counts_at_the_rate_of_the_invoice(self):
        euro = self.setup_other_currency("EUR", rates=[("2025-01-01", 2.0)])
        self._invoice(self.ana, 100, "2025-01-20", currency_id=euro.id)
        self._measure(self.campaign)
        self.assertOutcome(self.ana, invoiced=50, invoice_count=1, is_buyer=True)

    def test_other_company_does_not_count(self):
        other = self.setup_other_company()
        move = self.env["account.move"].with_company(other["company"])
        move = move.create(
            {
                "move_type": "out_invoice",
                "partner_id": self.ana.id,
                "invoice_date": "2025-01-20",
                "invoice_line_ids": [
                    Command.create({"name": "Seed", "price_unit": 9, "tax_ids": []})
                ],
            }
        )
        move.action_post()
        self._measure(self.campaign)
        self.assertOutcome(self.ana)

    def test_contacts_count_for_their_customer(self):
        self._invoice(self.contact, 100, "2025-01-20")
        self._measure(self.campaign)
        self.assertOutcome(self.ana, invoiced=100, invoice_count=1, is_buyer=True)

    def test_a_corrected_invoice_is_corrected_here(self):
        move = self._invoice(self.ana, 100, "2025-01-20")
        self._measure(self.campaign)
        move.button_draft()
        self._measure(self.campaign)
        self.assertOutcome(self.ana)

    def test_customer_who_became_a_contact_of_another_counts_once(self):
        self._invoice(self.ana, 100, "2025-01-20")
        self._invoice(self.berta, 10, "2025-01-20")
        self.berta.write({"is_company": False, "parent_id": self.ana.id})
        self._measure(self.campaign)
        self.assertOutcome(self.ana, invoiced=110, invoice_count=2, is_buyer=True)
        self.assertOutcome(self.berta)

    def test_customer_who_became_a_contact_of_somebody_else_keeps_its_own(self):
        group = self._customer("Group")
        self._invoice(self.berta, 10, "2025-01-20")
        self.berta.write({"is_company": False, "parent_id": group.id})
        self._measure(self.campaign)
        self.assertOutcome(self.berta, invoiced=10, invoice_count=1, is_buyer=True)

    def test_merged_customers_bought_what_both_bought(self):
        self._invoice(self.ana, 100, "2025-01-20")
        self._invoice(self.berta, 10, "2025-01-20")
        self._measure(self.campaign)
        self.env["base.partner.merge.automatic.wizard"].with_user(
            self.env.ref("base.user_admin")
        )._merge([self.ana.id, self.berta.id], self.ana)
        self.env.invalidate_all()
        outcome = {"invoiced": 110, "invoice_count": 2, "is_buyer": True}
        self.assertOutcome(self.ana, **outcome)
        self._measure(self.campaign)
        self.assertOutcome(self.ana, **outcome)

    # --- messages

    def test_messages(self):
        mailing = self._mailing(self.campaign)
        day = "2025-01-20 10:00:00"
        self._trace(mailing, self.ana, "open", open_datetime=day)
        self._trace(mailing, self.berta, "sent", sent_datetime=day)
        self._measure(self.campaign)
        self.assertOutcome(self.ana, is_written=True, is_opened=True)
        self.assertOutcome(self.berta, is_written=True)

    def test_who_replied_or_clicked_has_opened(self):
        mailing = self._mailing(self.campaign)
        reply = self._trace(mailing, self.contact, "reply")
        reply.reply_datetime = "2025-01-20 10:00:00"
        click = self._trace(mailing, self.berta, "sent")
        link = self.env["link.tracker"].create({"url": "https://example.com"})
        self.env["link.tracker.click"].create(
            {"link_id": link.id, "mailing_trace_id": click.id}
        )
        self.env.cr.execute(
            "UPDATE link_tracker_click SET create_date = '2025-01-20 10:00:00'"
            " WHERE mailing_trace_id = %s",
            [click.id],
        )
        self._measure(self.campaign)
        self.assertOutcome(self.ana, is_written=True, is_opened=True, is_replied=True)
        self.assertOutcome(self.berta, is_written=True, is_opened=True, is_clicked=True)

    def test_messages_that_do_not_count(self):
        mailing = self._mailing(self.campaign)
        self._trace(mailing, self.ana, "bounce")
        self._trace(mailing, self.ana, "cancel", failure_type="mail_bl")
        self._trace(mailing, self.ana, "outgoing")
        self._trace(
            mailing,
            self.ana,
            "open",
            is_test_trace=True,
            open_datetime="2025-01-20 10:00:00",
        )
        other = self._mailing(self._launched())
        self._trace(other, self.ana, "open", open_datetime="2025-01-20 10:00:00")
        late = self._trace(mailing, self.berta, "open")
        late.open_datetime = "2025-03-01 00:00:00"
        self._measure(self.campaign)
        self.assertOutcome(self.ana)
        self.assertOutcome(self.berta, is_written=True)

    # --- calls and opportunities

    def _planned(self, channel, partner, campaign=None, **values):
        """What a campaign had made for the customer."""
        row = self._row(campaign or self.campaign, partner)
        outreach = self.env["segmentation.outreach"].sudo()
        outreach = outreach.create(
            {
                "campaign_id": row.campaign_id.id,
                "channel": channel,
                "user_id": self.marketing.id,
                "date": "2025-01-10 12:00:00",
            }
        )
        return (
            self.env["segmentation.touch"]
            .sudo()
            .create(
                {
                    "outreach_id": outreach.id,
                    "audience_id": row.id,
                    "campaign_id": row.campaign_id.id,
                    "company_id": self.company.id,
                    "channel": channel,
                    "made_at": "2025-01-10 12:00:00",
                    **values,
                }
            )
        )

    def _call(self, partner, day=None):
        """A call planned for the customer, and made on a day."""
        activity = self.env["mail.activity"].create(
            {
                "activity_type_id": self.env.ref("mail.mail_activity_data_call").id,
                "res_model_id": self.env["ir.model"]._get_id("res.partner"),
                "res_id": partner.id,
            }
        )
        if day:
            activity.action_feedback("Asked for a price")
            activity.date_done = day
        return activity

    def test_calls_of_the_campaign_made_in_its_days(self):
        done = self._call(self.contact, "2025-02-28")
        self._planned("call", self.ana, activity_id=done.id)
        late = self._call(self.berta, "2025-03-01")
        self._planned("call", self.berta, activity_id=late.id)
        self._measure(self.campaign)
        self.assertOutcome(self.ana, is_called=True)
        self.assertOutcome(self.berta)

    def test_calls_that_are_not_the_campaigns_or_not_made(self):
        self._call(self.ana, "2025-01-20")
        other = self._launched()
        theirs = self._call(self.ana, "2025-01-20")
        self._planned("call", self.ana, other, activity_id=theirs.id)
        waiting = self._call(self.berta)
        self._planned("call", self.berta, activity_id=waiting.id)
        self._measure(self.campaign)
        self.assertOutcome(self.ana)
        self.assertOutcome(self.berta)

    def _won(self, partner, moment, **values):
        lead = (
            self.env["crm.lead"]
            .sudo()
            .create(
                {
                    "name": "Seed",
                    "type": "opportunity",
                    "partner_id": partner.id,
                    **values,
                }
            )
        )
        lead.action_set_won()
        lead.date_closed = moment
        return lead

    def test_opportunities_that_the_campaign_made(self):
        won = self._won(self.contact, "2025-01-20 10:00:00")
        self._planned("opportunity", self.ana, lead_id=won.id)
        early = self._won(self.berta, "2025-01-05 10:00:00")
        self._planned("opportunity", self.berta, lead_id=early.id)
        self._measure(self.campaign)
        self.assertOutcome(self.ana, is_won=True)
        self.assertOutcome(self.berta)

    def test_opportunities_that_came_of_the_campaign(self):
        ours = {"campaign_id": self.campaign.id}
        self._won(self.contact, "2025-01-20 10:00:00", **ours)
        company = self.setup_other_company()["company"]
        theirs = {"company_id": company.id, "team_id": False}
        self._won(self.berta, "2025-01-20 10:00:00", **ours, **theirs)
        self._measure(self.campaign)
        self.assertOutcome(self.ana, is_won=True)
        self.assertOutcome(self.berta)

    def test_other_opportunities_do_not_count(self):
        self._won(self.ana, "2025-01-20 10:00:00")
        other = {"campaign_id": self._launched().id}
        self._won(self.berta, "2025-01-20 10:00:00", **other)
        self._measure(self.campaign)
        self.assertOutcome(self.ana)
        self.assertOutcome(self.berta)

    # --- when

    def test_days_are_those_of_the_company(self):
        self.company.resource_calendar_id.tz = "America/La_Paz"
        ours = {"campaign_id": self.campaign.id}
        self._won(self.ana, "2025-03-01 03:59:00", **ours)
        self._won(self.berta, "2025-03-01 04:01:00", **ours)
        self._measure(self.campaign)
        self.assertOutcome(self.ana, is_won=True)
        self.assertOutcome(self.berta)

    def _job(self):
        with self.enter_registry_test_mode():
            self.env.ref("agro_segmentation.outcome_cron").method_direct_trigger()

    def test_job_measures_while_the_window_is_open_and_once_after(self):
        self._invoice(self.ana, 100, "2025-01-20")
        self._job()
        self.assertOutcome(self.ana, invoiced=100, invoice_count=1, is_buyer=True)
        self.assertTrue(self.campaign.segmentation_measured_at)
        self.assertNotIn(self.campaign, self._due())
        self.campaign.sudo().segmentation_measured_at = "2025-02-28 22:00:00"
        self.assertIn(self.campaign, self._due())
        self.campaign.sudo().segmentation_measured_at = "2025-03-01 00:00:00"
        self.assertNotIn(self.campaign, self._due())

    def _due(self):
        return self.env["utm.campaign"]._segmentation_to_measure()

    def test_campaigns_that_are_not_due(self):
        draft = self._wizard("all")
        draft.action_save_draft()
        today = fields.Date.context_today(self.company)
        future = self._launch("all", date_start=today + timedelta(days=9))
        self.assertFalse(self._due() & (draft.campaign_id | future))

    @mute_logger("odoo.addons.agro_segmentation.models.campaign.outcome")
    def test_error_in_one_keeps_no_other_from_being_measured(self):
        broken = self._launched()
        measure = type(broken)._segmentation_measure

        def stumble(campaign):
            if campaign == broken:
                campaign.env.cr.execute("SELECT 1 / 0")
            measure(campaign)

        self.patch(type(broken), "_segmentation_measure", stumble)
        with mute_logger("odoo.sql_db"):
            self._job()
        self.assertTrue(self.campaign.segmentation_measured_at)
        self.assertFalse(broken.segmentation_measured_at)

    def test_draft_has_no_outcome(self):
        wizard = self._wizard("all")
        wizard.action_save_draft()
        with self.assertRefused("Launch the campaign first"):
            wizard.campaign_id.action_segmentation_measure()

    # --- cost

    def test_queries_do_not_grow_with_the_customers(self):
        def queries(campaign):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            campaign._segmentation_measure()
            return self.env.cr.sql_log_count - before

        few = queries(self.campaign)
        for number in range(100):
            self._buyer(f"Farmer {number}", 10)
        self.assertLessEqual(queries(self._launched()), few)

    def test_only_what_changed_is_written(self):
        self._invoice(self.ana, 100, "2025-01-20")
        self._measure(self.campaign)
        versions = self._versions()
        self._measure(self.campaign)
        self.assertEqual(self._versions(), versions)
        self._invoice(self.ana, 1, "2025-01-20")
        self._measure(self.campaign)
        self.assertNotEqual(self._versions(), versions)

    def _versions(self):
        self.env.cr.execute(
            "SELECT ctid FROM segmentation_audience WHERE campaign_id = %s ORDER BY id",
            [self.campaign.id],
        )
        return self.env.cr.fetchall()
