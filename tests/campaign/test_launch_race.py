from psycopg2.errors import SerializationFailure

from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger


@tagged("post_install", "-at_install")
class TestLaunchRace(TransactionCase):
    """Two transactions on one draft, with real cursors and committed data."""

    def setUp(self):
        super().setUp()
        with self.registry.cursor() as cr:
            env = self._env(cr)
            records = self._create_land(env)
            harvest, customer = records[0], records[1]
            env["segmentation.position"]._refresh_pending(env.company)
            campaign = env["utm.campaign"].create(
                {
                    "title": "Race",
                    "segmentation_company_id": env.company.id,
                    "segmentation_harvest_id": harvest.id,
                    "segmentation_window": "in",
                    "segmentation_strategy": "all",
                    "segmentation_partner_domain": f"[('id', '=', {customer.id})]",
                }
            )
            self.campaign_id = campaign.id
            self.addCleanup(self._clean_up, [campaign, *reversed(records)])

    def _env(self, cr):
        return self.env(cr=cr, user=self.env.ref("base.user_admin").id)

    def _create_land(self, env):
        harvest = env["segmentation.harvest"].create(
            {
                "name": "Race",
                "kind": "annual",
                "date_start": "1990-01-01",
                "date_end": "1990-12-31",
            }
        )
        customer = env["res.partner"].create({"name": "Racer", "is_company": True})
        crop = env["segmentation.crop"].create({"name": "Race crop"})
        parcel = env["segmentation.parcel"].create(
            {"name": "Track", "partner_id": customer.id, "hectares": 10}
        )
        planting = env["segmentation.planting"].create(
            {
                "parcel_id": parcel.id,
                "harvest_id": harvest.id,
                "crop_id": crop.id,
                "hectares": 10,
            }
        )
        return [harvest, customer, crop, parcel, planting]

    def _clean_up(self, records):
        with self.registry.cursor() as cr:
            env = self._env(cr)
            for record in records:
                record.with_env(env).unlink()

    def _campaign(self, cr):
        return self._env(cr)["utm.campaign"].browse(self.campaign_id)

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
