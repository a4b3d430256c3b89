"""Two people plan the calls of one campaign at the same time, with real cursors."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..race import RaceCommon


@tagged("post_install", "-at_install")
class TestOutreachRace(RaceCommon):
    def setUp(self):
        super().setUp()
        self.customer = self._commit(self._make_customer)
        harvest = self._commit(self._make_harvest)
        self.campaign = self._commit(lambda env: self._make_campaign(env, harvest))

    def _make_customer(self, env):
        return env["res.partner"].create(
            {"name": "Racer", "is_company": True, "phone": "+591 70000001"}
        )

    def _make_harvest(self, env):
        return env["segmentation.harvest"].create(
            {
                "name": "Race",
                "kind": "annual",
                "date_start": "1990-01-01",
                "date_end": "1990-12-31",
            }
        )

    def _make_campaign(self, env, harvest):
        campaign = env["utm.campaign"].create(
            {
                "title": "Race",
                "segmentation_company_id": env.company.id,
                "segmentation_harvest_id": harvest.id,
                "segmentation_window": "in",
                "segmentation_strategy": "all",
            }
        )
        env["segmentation.audience"].create(
            {
                "campaign_id": campaign.id,
                "partner_id": self.customer.id,
                "recipient_id": self.customer.id,
                "company_id": env.company.id,
                "currency_id": env.company.currency_id.id,
                "group": "contact",
            }
        )
        campaign.segmentation_state = "launched"
        return campaign

    def _plan(self, env):
        wizards = env["segmentation.outreach.wizard"].with_context(
            default_campaign_id=self.campaign.id, default_channel="call"
        )
        wizards.create({}).action_apply()
        return env["segmentation.outreach"]

    def test_the_later_one_finds_nobody_left(self):
        with self.assertRaisesRegex(UserError, "Nobody is left to ask for"):
            self._race(early=self._plan, late=self._plan)
        with self.registry.cursor() as cr:
            customer = self.customer.with_env(self._env_of(cr))
            self.assertEqual(len(customer.activity_ids), 1)
