"""Opportunities from a campaign: for whom, how much, and what came of them."""

from odoo import Command
from odoo.tests import tagged

from .channel_common import ChannelCommon


@tagged("post_install", "-at_install")
class TestOpportunities(ChannelCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.leads = cls.env["crm.lead"].sudo()
        cls.team = (
            cls.env["crm.team"]
            .sudo()
            .create(
                {
                    "name": "Growers",
                    "company_id": cls.company.id,
                    "member_ids": [Command.set(cls.rosa.ids)],
                    "sequence": 0,
                }
            )
        )

    def _lead(self, partner):
        return self.leads.search(
            [("campaign_id", "=", self.campaign.id), ("partner_id", "=", partner.id)]
        )

    # --- What is made

    def test_the_gap_is_what_to_expect(self):
        self._offer()
        lead = self._lead(self.large)
        self.assertRecordValues(
            lead,
            [
                {
                    "name": "all: Large",
                    "type": "opportunity",
                    "expected_revenue": 8000,
                    "user_id": self.rosa.id,
                    "team_id": self.team.id,
                    "company_id": self.company.id,
                    "campaign_id": self.campaign.id,
                }
            ],
        )
        self.assertEqual(lead.tag_ids.name, "all")
        self.assertIn("$ 8,000.00", lead.description)

    def test_addresses_of_customers_are_not_sent_to_an_enriching_service(self):
        """Odoo would look up, and charge for, each new opportunity by its e-mail."""
        self._offer()
        self.assertTrue(self._lead(self.large).iap_enrich_done)

    def test_the_whole_audience_gets_one_each(self):
        self._offer()
        self.assertEqual(
            {touch.partner_id: touch.user_id for touch in self._touches("opportunity")},
            {
                self.large: self.rosa,
                self.middle: self.jorge,
                self.small: self.rosa,
                self.nobodys: self.marketing,
            },
        )

    def test_of_nobody_when_nobody_is_chosen(self):
        self._offer(user_ids=False)
        self.assertFalse(self._lead(self.nobodys).user_id)

    def test_a_potential_unknown_or_reached_expects_nothing(self):
        unknown = self._buyer("Unknown", 70, user_id=self.rosa.id)
        reached = self._buyer("Reached", 70, 50, user_id=self.rosa.id)
        self.campaign = self._launch("free", (None, (70, 70))).with_user(self.marketing)
        self._ask("opportunity", self.campaign).action_apply()
        self.assertEqual(self._lead(unknown).expected_revenue, 0)
        self.assertEqual(self._lead(reached).expected_revenue, 0)

    def test_of_an_offer_what_is_missing_of_it(self):
        """Cross-selling ranks the audience by the gap in what is offered."""
        self.campaign.sudo().segmentation_ranked_by = "offer"
        self._row(self.large).sudo().rank_amount = 321
        self._offer()
        self.assertEqual(self._lead(self.large).expected_revenue, 321)

    def test_the_unit_of_a_campaign_for_one(self):
        self.campaign = self._launch(
            "all", unit_ids=[Command.set(self.unit_inputs.ids)]
        ).with_user(self.marketing)
        self._ask("opportunity", self.campaign).action_apply()
        leads = self.leads.search([("campaign_id", "=", self.campaign.id)])
        self.assertTrue(leads)
        self.assertEqual(leads.segmentation_unit_id, self.unit_inputs)

    def test_the_tag_is_shared_by_campaigns_of_one_name(self):
        self._offer()
        again = self._launch("all")
        self._ask("opportunity", again).action_apply()
        tags = self.env["crm.tag"].sudo().search([("name", "=", "all")])
        self.assertEqual(len(tags), 1)

    def test_made_on_behalf_of_the_responsible(self):
        self.campaign.user_id = self.rosa
        self._offer()
        self.assertEqual(self._lead(self.middle).create_uid, self.rosa)

    # --- Twice

    def test_twice_does_nothing_twice(self):
        self._offer()
        with self.assertRefused("Nobody is left to ask for"):
            self._offer()
        self.assertEqual(len(self._lead(self.large)), 1)

    def test_a_deleted_opportunity_is_not_made_again(self):
        self._offer()
        self._lead(self.large).unlink()
        with self.assertRefused("Nobody is left to ask for"):
            self._offer()
        self.assertEqual(self._state(self.large), "cancelled")

    def test_calls_and_opportunities_do_not_get_in_each_others_way(self):
        self._offer()
        self.assertEqual(len(self._plan()), 4)

    # --- What came of it

    def _state(self, partner):
        self.env.invalidate_all()
        row = self._row(partner).with_user(self.marketing)
        [touch] = row.touch_ids.filtered(lambda touch: touch.channel == "opportunity")
        self.assertEqual(row.opportunity_state, touch.state)
        return touch.state

    def test_states(self):
        self._offer()
        lead = self._lead(self.large)
        self.assertEqual(self._state(self.large), "open")
        lead.with_user(self.rosa).action_set_won()
        self.assertEqual(self._state(self.large), "won")
        self.assertEqual(self.campaign.segmentation_won_count, 1)
        self.assertEqual(self.campaign.segmentation_opportunity_count, 4)
        reason = self.env["crm.lost.reason"].sudo().create({"name": "Too dear"})
        self._lead(self.small).action_set_lost(lost_reason_id=reason.id)
        self.assertEqual(self._state(self.small), "lost")
        self._lead(self.middle).action_archive()
        self.env["crm.lead"].flush_model()
        self.assertIn(self._state(self.middle), ("lost", "cancelled"))

    def test_marketing_sees_the_outcome_but_no_opportunity(self):
        self._offer()
        reason = self.env["crm.lost.reason"].sudo().create({"name": "Too dear"})
        lead = self._lead(self.small)
        lead.expected_revenue = 1234
        lead.action_set_lost(lost_reason_id=reason.id)
        self.env.invalidate_all()
        marketing = self.env["segmentation.touch"].with_user(self.marketing)
        self.assertFalse(
            self.env["crm.lead"].with_user(self.marketing).has_access("read")
        )
        [values] = marketing.search([("lost_reason_id", "=", reason.id)]).read(
            ["expected_revenue", "lost_reason_id", "state"]
        )
        self.assertEqual(values["expected_revenue"], 1234)
        self.assertEqual(values["lost_reason_id"][1], "Too dear")
        self.assertEqual(values["state"], "lost")
        self.assertNotIn("lead_id", marketing.fields_get())

    def test_grouped_by_what_came_of_it(self):
        self._offer()
        self._lead(self.large).action_set_won()
        touches = self.env["segmentation.touch"].with_user(self.marketing)
        self.assertEqual(
            touches._read_group(
                [("campaign_id", "=", self.campaign.id)],
                ["state"],
                ["__count"],
            ),
            [("open", 3), ("won", 1)],
        )
        self.assertEqual(touches.search([("state", "=", "won")]).partner_id, self.large)

    def test_merged_opportunities_are_told_of_both(self):
        self._offer()
        both = self._lead(self.large) | self._lead(self.small)
        merged = both.merge_opportunity()
        merged.action_set_won()
        self.assertEqual(self._state(self.large), "won")
        self.assertEqual(self._state(self.small), "won")

    def test_an_opportunity_given_to_another_is_his(self):
        self._offer()
        self._lead(self.large).user_id = self.jorge
        self.assertEqual(self._row(self.large).touch_ids.user_id, self.jorge)

    # --- Who is left alone

    def test_it_needs_no_phone_but_a_hold_out_gets_none(self):
        self.middle.phone = False
        self._row(self.large).sudo().group = "hold_out"
        self._offer()
        self.assertTrue(self._lead(self.middle))
        self.assertFalse(self._lead(self.large))

    def test_salespeople_are_told_once(self):
        """And who asked for it needs no notice."""
        self._offer()
        self.assertEqual(
            {whom for whom, _text in self._notices()},
            {self.rosa.partner_id, self.jorge.partner_id},
        )

    def test_as_many_queries_for_a_hundred(self):
        one, hundred = (self._cost("opportunity", count) for count in (1, 100))
        self.assertLessEqual(hundred - one, 10)
