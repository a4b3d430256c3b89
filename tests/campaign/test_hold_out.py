from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import SQL

from ...engine import hold_out
from .outcome_common import OutcomeCommon

QUADRANTS = [
    "retention",
    "investment",
    "revision",
    "no_investment",
    "unknown",
    None,
]


@tagged("post_install", "-at_install")
class TestHoldOut(OutcomeCommon):
    """Who is held out: as the engine says, once, and in words before the launch."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.buyers = [cls._buyer(f"Farmer {n}", 0, 100) for n in range(10)]

    def _held_out(self, campaign):
        rows = campaign.audience_ids.filtered(lambda row: row.group == "hold_out")
        return set(rows.partner_id.ids)

    def _fill(self, campaign, quadrants):
        """Replace the audience: so many customers in each quadrant."""
        campaign.audience_ids.sudo().unlink()
        partners = self.env["res.partner"].create(
            [{"name": f"C{n}"} for n in range(len(quadrants))]
        )
        self.env["segmentation.audience"].create(
            [
                {
                    "campaign_id": campaign.id,
                    "partner_id": partner.id,
                    "company_id": self.company.id,
                    "currency_id": self.company.currency_id.id,
                    "group": "contact",
                    "quadrant": quadrant,
                }
                for partner, quadrant in zip(partners, quadrants, strict=True)
            ]
        )
        return dict(zip(partners.ids, quadrants, strict=True))

    # --- the lot

    def test_agrees_with_the_engine(self):
        campaign = self._launched()

        @settings(max_examples=25, deadline=None)
        @given(
            st.lists(st.sampled_from(QUADRANTS), min_size=1, max_size=40),
            st.integers(0, hold_out.MOST),
            st.text("abc123", min_size=1, max_size=6),
        )
        def check(quadrants, percent, seed):
            audience = self._fill(campaign, quadrants)
            campaign.sudo().segmentation_hold_out_seed = seed
            self.env.flush_all()
            self.env.execute_query(
                SQL(
                    "UPDATE utm_campaign SET segmentation_hold_out = %s WHERE id = %s",
                    percent,
                    campaign.id,
                )
            )
            campaign.invalidate_recordset()
            self.env["segmentation.audience"]._hold_out(campaign)
            self.assertEqual(
                self._held_out(campaign), hold_out.held_out(audience, seed, percent)
            )

        check()

    def test_launch_holds_out_the_share_and_keeps_the_seed(self):
        campaign = self._launched(percent=30)
        quadrants = {row.partner_id.id: row.quadrant for row in campaign.audience_ids}
        self.assertEqual(len(self._held_out(campaign)), 3)
        self.assertEqual(
            self._held_out(campaign),
            hold_out.held_out(
                quadrants, campaign.sudo().segmentation_hold_out_seed, 30
            ),
        )

    def test_launching_again_does_not_reshuffle(self):
        wizard = self._wizard("all", hold_out_proposed=False, hold_out=50)
        wizard.action_launch()
        campaign = wizard.campaign_id
        before = self._held_out(campaign), campaign.sudo().segmentation_hold_out_seed
        wizard.action_launch()
        after = self._held_out(campaign), campaign.sudo().segmentation_hold_out_seed
        self.assertEqual(after, before)

    def test_a_copy_draws_anew(self):
        campaign = self._launched(percent=50)
        copy = campaign.copy()
        self.assertFalse(copy.sudo().segmentation_hold_out_seed)
        self.assertEqual(copy.segmentation_hold_out, 50)
        self.assertFalse(copy.segmentation_outcome_from)

    def test_launched_campaign_keeps_share_and_days(self):
        campaign = self._launched(percent=50)
        for name in ("segmentation_hold_out", "segmentation_attribution_days"):
            with self.assertRaises(UserError):
                campaign.with_user(self.marketing)[name] = 1

    def test_nobody_held_out_is_a_recipient(self):
        campaign = self._launched(percent=50)
        recipients = self.env["res.partner"].search(
            [("segmentation_campaign_ids", "in", campaign.ids)]
        )
        self.assertEqual(len(recipients), 5)
        self.assertFalse(self._held_out(campaign).intersection(recipients.ids))

    # --- refused

    def test_share_that_cannot_be(self):
        for percent in (-1, 51, 100):
            wizard = self._wizard("all", hold_out_proposed=False, hold_out=percent)
            self.assertIn("Hold out 0 to 50 %", wizard.problem)
            with self.assertRefused("Hold out 0 to 50 %"):
                wizard.action_launch()
        draft = self.env["utm.campaign"].create(
            {
                "title": "Draft",
                **self.env["utm.campaign"]._segmentation_default_criteria(),
            }
        )
        with self.assertRefused("Hold out 0 to 50 %", ValidationError):
            draft.segmentation_hold_out = 60

    def test_days_that_cannot_be(self):
        for days in (-1, 9999999):
            wizard = self._wizard("all", attribution_days=days)
            self.assertIn("counted for 0 to 1000 days", wizard.problem)

    # --- the proposal, in words

    def test_small_audience_is_not_split(self):
        wizard = self._wizard()
        self.assertTrue(wizard.segmentation_hold_out_proposed)
        self.assertIn("Nobody is held out: with 10 customers", wizard.hold_out_sentence)
        wizard.action_launch()
        self.assertFalse(self._held_out(wizard.campaign_id))
        self.assertEqual(wizard.campaign_id.segmentation_hold_out, 0)

    def test_own_share_says_what_shows(self):
        form = self._form()
        form.segmentation_hold_out_proposed = False
        self.assertRegex(form.hold_out_sentence, "Nobody is held out: with 10")
        form.segmentation_hold_out = 50
        self.assertRegex(
            form.hold_out_sentence,
            r"50 % held out, 5 of 10 customers: then a difference of \d+ points",
        )
        form.segmentation_hold_out = 10
        self.assertRegex(form.hold_out_sentence, "1 of 10 customers: too few")

    def test_preview_counts_who_gets_nothing(self):
        form = self._form()
        self.assertNotIn("Held out", form.preview_html)
        form.segmentation_hold_out_proposed = False
        form.segmentation_hold_out = 50
        self.assertRegex(form.preview_html, r"Held out: get nothing</span>\s*<b>5</b>")

    def test_share_of_buyers_is_that_of_the_same_days_a_year_before(self):
        today = fields.Date.context_today(self.company)
        for buyer in self.buyers[:3]:
            self._invoice(buyer, 10, today - timedelta(days=360))
        self._invoice(self.buyers[3], 10, today - timedelta(days=300))
        wizard = self._wizard(attribution_days=30, date_start=False)
        self.assertEqual(wizard.preview["buyers_before"], 3)
        self.assertIn("in the same days, 30 % of them bought", wizard.hold_out_sentence)

    def test_large_audience_is_split_as_proposed(self):
        campaign = self._launched()
        with self.subTest("as many as the engine proposes, of the frozen audience"):
            self.assertEqual(
                campaign._segmentation_proposal(10_000), hold_out.propose(10_000, 0)
            )

    def test_proposal_is_used_at_the_launch(self):
        self.patch(hold_out, "propose", lambda customers, buyers: customers * 2)
        wizard = self._wizard()
        wizard.action_launch()
        self.assertEqual(wizard.campaign_id.segmentation_hold_out, 20)
        self.assertEqual(len(self._held_out(wizard.campaign_id)), 2)

    # --- the window

    def test_window_begins_with_start_or_launch_whichever_is_later(self):
        campaign = self._launched()
        self.assertEqual(campaign.segmentation_outcome_from, self._day("2025-01-10"))
        self.assertEqual(campaign.segmentation_outcome_to, self._day("2025-02-28"))
        later = self._launched(date_start="2025-02-01")
        self.assertEqual(later.segmentation_outcome_from, self._day("2025-02-01"))

    def test_window_without_an_end_counts_from_its_beginning(self):
        campaign = self._launched(date_end=False)
        self.assertEqual(campaign.segmentation_outcome_to, self._day("2025-01-30"))

    def test_window_begins_on_the_day_of_the_company(self):
        self.company.resource_calendar_id.tz = "America/La_Paz"
        campaign = self._launched()
        campaign.sudo().segmentation_launched_at = "2025-01-10 02:00:00"
        self.assertEqual(campaign.segmentation_outcome_from, self._day("2025-01-09"))

    def test_company_proposes_the_days(self):
        self.company.segmentation_attribution_days = 45
        with Form(self.env["segmentation.campaign.wizard"]) as form:
            self.assertEqual(form.segmentation_attribution_days, 45)
