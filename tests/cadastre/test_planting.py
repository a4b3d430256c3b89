import psycopg2

from odoo.exceptions import UserError
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from .common import CadastreCommon


class TestPlanting(CadastreCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = new_test_user(
            cls.env,
            "cadastre_seller",
            groups="agro_segmentation.group_segmentation_user",
        )
        cls.customer.user_id = cls.seller

    def test_related_values(self):
        planting = self._planting(self.parcel, self.summer, self.soy, 10)
        self.assertEqual(planting.customer_id, self.customer)
        self.assertEqual(planting.company_id, self.summer.company_id)
        self.assertEqual(planting.zone_id, self.zone_north)

    def test_fallow_is_known(self):
        planting = self._planting(self.parcel, self.summer, self.soy, 0)
        self.assertEqual(planting.hectares, 0)

    def test_negative_hectares(self):
        with self.assertRefused("Soy on parcel “La Esperanza” in Summer.*negative"):
            self._planting(self.parcel, self.summer, self.soy, -1)

    def test_duplicates(self):
        self._planting(self.parcel, self.summer, self.soy, 10)
        maize = self._planting(self.parcel, self.summer, self.maize, 10)
        sentence = "La Esperanza” already has a planting of Soy in Summer 2024–25"
        with self.assertRefused(sentence):
            self._planting(self.parcel, self.summer, self.soy, 5)
        with self.assertRefused(sentence):
            maize.crop_id = self.soy
        self._planting(self.parcel, self.winter, self.soy, 5)

    def test_the_database_ends_races(self):
        self._planting(self.parcel, self.summer, self.soy, 10)
        self.env.flush_all()
        self.env.cr.execute(
            """
            INSERT INTO segmentation_planting (parcel_id, harvest_id, crop_id, hectares)
            VALUES (%s, %s, %s, 1)
            """,
            [self.parcel.id, self.summer.id, self.soy.id],
        )
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.errors.UniqueViolation),
            self.env.cr.savepoint(flush=False),
        ):
            self.env.cr.execute("SET CONSTRAINTS ALL IMMEDIATE")

    def test_over_planting_in_one_batch(self):
        values = [
            {
                "parcel_id": self.parcel.id,
                "harvest_id": self.summer.id,
                "crop_id": crop.id,
                "hectares": 70,
            }
            for crop in self.soy + self.maize
        ]
        with self.assertRefused("La Esperanza” has 120 ha.*come to 140 ha"):
            self.env["segmentation.planting"].create(values)

    def test_hectares_to_the_fourth_decimal(self):
        self.parcel.hectares = 0.3
        self._planting(self.parcel, self.summer, self.soy, 0.1)
        self._planting(self.parcel, self.summer, self.maize, 0.2)
        with self.assertRefused("has 0.2999 ha.*come to 0.3 ha"):
            self.parcel.hectares = 0.2999

    def test_moving_a_planting_counts_on_its_new_parcel(self):
        small = self._parcel("Small", self.customer, 5)
        planting = self._planting(self.parcel, self.summer, self.soy, 10)
        with self.assertRefused("Small” has 5 ha.*come to 10 ha"):
            planting.parcel_id = small

    def test_crop_of_another_company(self):
        other = self.env["res.company"].create({"name": "Other Dealer"})
        crop = self.env["segmentation.crop"].create(
            {"name": "Theirs", "company_id": other.id}
        )
        with self.assertRefused("Theirs", UserError):
            self._planting(self.parcel, self.summer, crop, 1)

    def test_closed_harvest(self):
        planting = self._planting(self.parcel, self.summer, self.soy, 10)
        moving = self._planting(self.parcel, self.winter, self.maize, 10)
        self.summer.state = "closed"
        planting, moving = (planting + moving).with_user(self.seller)
        sentence = "“Summer 2024–25” is closed: ask an administrator"
        with self.assertRefused(sentence, UserError):
            planting.hectares = 11
        with self.assertRefused(sentence, UserError):
            planting.unlink()
        with self.assertRefused(sentence, UserError):
            moving.harvest_id = self.summer
        with self.assertRefused(sentence, UserError):
            moving.copy({"harvest_id": self.summer.id})
        with self.assertRefused(sentence, UserError):
            planting.parcel_id.unlink()
        moving.hectares = 12
        administrator = new_test_user(
            self.env,
            "cadastre_administrator",
            groups="agro_segmentation.group_segmentation_administrator",
        )
        planting.with_user(administrator).hectares = 11
        self.assertEqual(planting.hectares, 11)

    def test_queries_do_not_grow_with_plantings(self):
        counts = []
        for number in (1, 100):
            parcels = self.env["segmentation.parcel"].create(
                [
                    {"name": f"P{index}", "partner_id": self.customer.id, "hectares": 9}
                    for index in range(number)
                ]
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["segmentation.planting"].create(
                [
                    {
                        "parcel_id": parcel.id,
                        "harvest_id": self.summer.id,
                        "crop_id": self.soy.id,
                        "hectares": 9,
                    }
                    for parcel in parcels
                ]
            )
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0])
