from ast import literal_eval

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged

from .common import GOLDEN, CampaignCommon


@tagged("post_install", "-at_install")
class TestLaunch(CampaignCommon):
    """One campaign and one audience, whoever presses what and how often."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.loyal = cls._buyer("Loyal", 8000, 5000)
        cls.elsewhere = cls._buyer("Elsewhere", 1000, 10000)

    def _campaigns(self):
        return self.env["utm.campaign"].search(
            [("segmentation_company_id", "=", self.company.id)]
        )

    # --- the wizard

    def test_defaults(self):
        form = self._form()
        self.assertEqual(form.segmentation_harvest_id, self.harvest)
        self.assertEqual(form.segmentation_window, "in")
        self.assertEqual(form.segmentation_strategy, "all")
        self.assertEqual(form.user_id, self.marketing)
        self.assertEqual(form.customer_count, 2)
        self.assertEqual(form.title_hint, "Every customer · Summer 24–25")

    def test_campaign_takes_over_all_that_the_wizard_says(self):
        tag = self.env["res.partner.category"].create({"name": "Big"})
        self.elsewhere.category_id = tag
        self.env["segmentation.rate"].search([]).unit_id = self.unit_inputs
        campaign = self._launch(
            "investment",
            GOLDEN["investment"],
            description="Offer of seed",
            date_start="2025-01-01",
            date_end="2025-02-01",
            zone_ids=[Command.set(self.region.ids)],
            unit_ids=[Command.set(self.unit_inputs.ids)],
            partner_domain=f"[('category_id', 'in', {tag.ids})]",
        )
        self.assertEqual(campaign.title, "investment")
        self.assertEqual(campaign.user_id, self.marketing)
        self.assertEqual(campaign.segmentation_description, "Offer of seed")
        self.assertEqual(str(campaign.segmentation_date_end), "2025-02-01")
        self.assertEqual(campaign.segmentation_zone_ids, self.region)
        self.assertEqual(campaign.segmentation_unit_ids, self.unit_inputs)
        self.assertEqual(campaign.segmentation_potential_from, 8000)
        self.assertTrue(campaign.segmentation_launched_at)

    def test_new_campaign_from_our_menu_is_a_draft_of_ours(self):
        action = self.env.ref("agro_segmentation.segmentation_campaign_action")
        campaigns = (
            self.env["utm.campaign"]
            .with_user(self.marketing)
            .with_context(**literal_eval(action.context))
        )
        with Form(campaigns) as form:
            form.title = "Ours"
        draft = form.record
        self.assertEqual(draft.segmentation_state, "draft")
        self.assertEqual(draft.segmentation_company_id, self.company)
        self.assertEqual(draft.segmentation_harvest_id, self.harvest)
        wizard = self.env["segmentation.campaign.wizard"].with_user(self.marketing)
        wizard = wizard.with_context(**draft.action_segmentation_wizard()["context"])
        self.assertEqual(Form(wizard).customer_count, 2)

    def test_new_campaign_elsewhere_is_a_stock_one(self):
        for user, context in (
            (self.marketing, {}),
            (self.salesman, {"segmentation_campaign": True}),
        ):
            campaigns = self.env["utm.campaign"].with_user(user)
            campaign = campaigns.with_context(**context).create({"title": user.login})
            self.assertFalse(campaign.segmentation_company_id)
            self.assertFalse(campaign.segmentation_state)

    def test_without_a_name_the_campaign_takes_the_proposed_one(self):
        wizard = self._wizard()
        wizard.title = False
        wizard.action_launch()
        self.assertEqual(wizard.campaign_id.title, "Every customer · Summer 24–25")

    def test_draft_is_completed_by_another_wizard(self):
        first = self._wizard("investment", GOLDEN["investment"])
        first.action_save_draft()
        draft = first.campaign_id
        self.assertEqual(draft.segmentation_state, "draft")
        self.assertFalse(draft.audience_ids)
        context = draft.action_segmentation_wizard()["context"]
        second = (
            self.env["segmentation.campaign.wizard"]
            .with_user(self.marketing)
            .with_context(**context)
            .create({})
        )
        self.assertEqual(second.title, draft.title)
        self.assertEqual(second.segmentation_potential_to, 10000)
        second.title = "Ready"
        action = second.action_launch()
        self.assertEqual(action["res_id"], draft.id)
        self.assertEqual(draft.title, "Ready")
        self.assertEqual(draft.segmentation_state, "launched")
        self.assertEqual(self._campaigns(), draft)

    # --- twice

    def test_pressing_twice(self):
        wizard = self._wizard()
        first = wizard.action_launch()
        second = wizard.action_launch()
        self.assertEqual(first["res_id"], second["res_id"])
        self.assertEqual(len(self._campaigns()), 1)
        self.assertEqual(len(self._campaigns().audience_ids), 2)

    def test_going_back_and_launching_again_changes_nothing(self):
        wizard = self._wizard("investment", GOLDEN["investment"])
        wizard.action_launch()
        frozen = wizard.campaign_id.audience_ids
        wizard.write({"segmentation_strategy": "all", "title": "Changed"})
        wizard.action_launch()
        wizard.action_save_draft()
        self.assertEqual(wizard.campaign_id.audience_ids, frozen)
        self.assertEqual(wizard.campaign_id.segmentation_strategy, "investment")
        self.assertEqual(self._campaigns(), wizard.campaign_id)

    def test_two_people_launch_one_draft(self):
        first = self._wizard()
        first.action_save_draft()
        colleague = self._user("colleague", "group_segmentation_marketing")
        second = (
            self.env["segmentation.campaign.wizard"]
            .with_user(colleague)
            .with_context(default_campaign_id=first.campaign_id.id)
            .create({})
        )
        first.action_launch()
        action = second.action_launch()
        self.assertEqual(action["res_id"], first.campaign_id.id)
        self.assertEqual(len(self._campaigns()), 1)
        self.assertEqual(len(first.campaign_id.audience_ids), 2)

    # --- launched means frozen

    def test_launched_criteria_are_read_only(self):
        campaign = self._launch()
        for values in (
            {"segmentation_strategy": "free"},
            {"segmentation_billing_from": 1},
            {"segmentation_zone_ids": [Command.set(self.east.ids)]},
            {"segmentation_state": "draft"},
            {"segmentation_company_id": False},
        ):
            with self.subTest(values=values), self.assertRefused("duplicate it"):
                campaign.write(values)
        campaign.write({"title": "Another name", "color": 3})
        with self.assertRefused("duplicate it"):
            campaign.action_segmentation_wizard()

    def test_state_alone_is_no_launch(self):
        wizard = self._wizard()
        wizard.action_save_draft()
        with self.assertRefused("launch it with its button", ValidationError):
            wizard.campaign_id.segmentation_state = "launched"

    def test_copy_is_a_draft_with_the_same_criteria(self):
        campaign = self._launch("investment", GOLDEN["investment"])
        copy = campaign.copy()
        self.assertEqual(copy.segmentation_state, "draft")
        self.assertFalse(copy.segmentation_launched_at)
        self.assertFalse(copy.audience_ids)
        self.assertEqual(copy.segmentation_potential_from, 8000)

    def test_stock_campaigns_are_left_alone(self):
        campaign = self.env["utm.campaign"].create({"title": "Stock"})
        self.assertFalse(campaign.segmentation_state)
        campaign.write({"title": "Still stock"})
        with self.assertRefused("Launch the campaign first"):
            campaign.action_segmentation_prepare_email()

    def test_audience_action(self):
        campaign = self._launch()
        action = campaign.action_segmentation_audience()
        self.assertEqual(
            self.env[action["res_model"]].search(action["domain"]),
            campaign.audience_ids,
        )

    def test_customer_shows_its_campaigns(self):
        self.assertEqual(self.elsewhere.segmentation_audience_count, 0)
        self._launch()
        self._launch("investment", GOLDEN["investment"])
        self.env.invalidate_all()
        self.assertEqual(self.elsewhere.segmentation_audience_count, 2)
        self.assertEqual(self.loyal.segmentation_audience_count, 1)
        action = self.elsewhere.action_segmentation_audience()
        rows = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(rows.partner_id, self.elsewhere)
        self.assertEqual(len(rows.campaign_id), 2)
