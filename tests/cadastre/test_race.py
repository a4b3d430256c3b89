"""What two sessions each may write, but not both, is refused with a sentence."""

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ..race import RaceCommon


@tagged("post_install", "-at_install")
class TestRace(RaceCommon):
    def setUp(self):
        super().setUp()
        self.crop, self.other_crop = self._commit(
            lambda env: env["segmentation.crop"].create(
                [{"name": "Race Soy"}, {"name": "Race Maize"}]
            )
        )
        self.category = self._commit(
            lambda env: env["product.category"].create({"name": "Race Inputs"})
        )

    def _create(self, model, **values):
        return lambda env: env[f"segmentation.{model}"].create(values)

    def _harvest(self, start, end):
        return self._create(
            "harvest", name=f"From {start}", date_start=start, date_end=end
        )

    def _land(self):
        harvest = self._commit(self._harvest("1990-01-01", "1990-12-31"))
        farmer = self._commit(lambda env: env["res.partner"].create({"name": "Racer"}))
        return harvest, self._commit(
            self._create("parcel", name="Track", partner_id=farmer.id, hectares=10)
        )

    def _planting(self, parcel, harvest, crop, hectares):
        return self._create(
            "planting",
            parcel_id=parcel.id,
            harvest_id=harvest.id,
            crop_id=crop.id,
            hectares=hectares,
        )

    def assertLateRefused(self, sentence, early, late):
        with self.assertRaisesRegex(ValidationError, sentence):
            self._race(early, late)

    def test_overlapping_harvests(self):
        self.assertLateRefused(
            "Somebody else has just saved a harvest with some of these days",
            self._harvest("1990-01-01", "1990-12-31"),
            self._harvest("1990-12-31", "1991-06-30"),
        )

    def test_harvests_side_by_side(self):
        late = self._race(
            self._harvest("1990-01-01", "1990-12-31"),
            self._harvest("1991-01-01", "1991-06-30"),
        )
        self.made.append(late)
        self.assertTrue(late)

    def test_a_rate_twice(self):
        rate = self._create("rate", crop_id=self.crop.id, amount_per_hectare=5)
        self.assertLateRefused(
            "Somebody else has just saved a rate for the same crop", rate, rate
        )

    def test_a_planting_twice(self):
        harvest, parcel = self._land()
        planting = self._planting(parcel, harvest, self.crop, 1)
        self.assertLateRefused(
            "Somebody else has just saved a planting of the same crop",
            planting,
            planting,
        )

    def test_a_parcel_planted_over(self):
        harvest, parcel = self._land()
        self.assertLateRefused(
            "“Track” has 10 ha, but its plantings in .* come to 12 ha",
            self._planting(parcel, harvest, self.crop, 6),
            self._planting(parcel, harvest, self.other_crop, 6),
        )

    def test_a_parcel_shrunk_while_it_is_planted(self):
        harvest, parcel = self._land()
        self.assertLateRefused(
            "“Track” has 5 ha, but its plantings in .* come to 6 ha",
            self._planting(parcel, harvest, self.crop, 6),
            lambda env: parcel.with_env(env).write({"hectares": 5}),
        )

    def test_two_who_plant_within_the_parcel(self):
        harvest, parcel = self._land()
        late = self._race(
            self._planting(parcel, harvest, self.crop, 6),
            self._planting(parcel, harvest, self.other_crop, 4),
        )
        self.made.append(late)
        self.assertTrue(late)

    def test_a_category_claimed_by_two_units(self):
        def unit(name):
            return self._create(
                "business.unit",
                name=name,
                category_ids=[Command.link(self.category.id)],
            )

        self.assertLateRefused(
            "Race Inputs.*“Late” is already claimed by “Early”",
            unit("Early"),
            unit("Late"),
        )
