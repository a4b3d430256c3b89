from psycopg2.errors import SerializationFailure

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..race import RaceCommon


@tagged("post_install", "-at_install")
class TestLaunchRace(RaceCommon):
    """Two transactions on one draft, with real cursors and committed data."""

    def setUp(self):
        super().setUp()
        self.harvest, self.customer = self._commit_land()
        self.campaign_id = self._commit(self._create_campaign).id

    def _create_campaign(self, env):
        env["segmentation.refresh"]._refresh_pending(env.company)
        return env["utm.campaign"].create(
            {
                "title": "Race",
                "segmentation_company_id": env.company.id,
                "segmentation_harvest_id": self.harvest.id,
                "segmentation_window": "in",
                "segmentation_strategy": "all",
                "segmentation_partner_domain": f"[('id', '=', {self.customer.id})]",
            }
        )

    def _commit_land(self):
        """Return a harvest and a customer whose ten hectares are planted in it."""
        harvest = self._commit_one(
            "segmentation.harvest",
            name="Race",
            kind="annual",
            date_start="1990-01-01",
            date_end="1990-12-31",
        )
        customer = self._commit_one("res.partner", name="Racer", is_company=True)
        crop = self._commit_one("segmentation.crop", name="Race crop")
        parcel = self._commit_one(
            "segmentation.parcel", name="Track", partner_id=customer.id, hectares=10
        )
        self._commit_one(
            "segmentation.planting",
            parcel_id=parcel.id,
            harvest_id=harvest.id,
            crop_id=crop.id,
            hectares=10,
        )
        return harvest, customer

    def _commit_one(self, model, **values):
        return self._commit(lambda env: env[model].create(values))

    def _campaign(self, cr):
        return self._env_of(cr)["utm.campaign"].browse(self.campaign_id)

    @mute_logger("odoo.sql_db")
    def test_the_later_one_starts_again_and_finds_it_launched(self):
        with self.registry.cursor() as slow:
            campaign = self._campaign(slow)
            self.assertEqual(campaign.segmentation_state, "draft")
            with self.registry.cursor() as fast:
                self._campaign(fast)._segmentation_launch()
            with self.assertRaises(SerializationFailure):
                campaign._segmentation_launch()
            slow.rollback()
        with self.registry.cursor() as again:
            campaign = self._campaign(again)
            campaign._segmentation_launch()
            self.assertEqual(campaign.segmentation_state, "launched")
            self.assertEqual(len(campaign.audience_ids), 1)
