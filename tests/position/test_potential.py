"""Rule 4 in the database, and what the position says about it."""

from odoo.tests import tagged

from .common import PositionCommon


@tagged("post_install", "-at_install")
class TestPotential(PositionCommon):
    def test_no_cadastre_is_unknown_not_zero(self):
        self._invoice(self.farmer, 100, "2024-11-15")
        position = self._position(self.farmer, self.summer_25)
        self.assertFalse(position.is_potential_known)
        self.assertEqual(position.quadrant, "unknown")
        self.env.cr.execute(
            "SELECT potential, share, gap FROM segmentation_position WHERE id = %s",
            [position.id],
        )
        self.assertEqual(self.env.cr.fetchone(), (None, None, None))

    def test_hectares_times_rate_by_zone_and_unit(self):
        self._rate(self.soy, 100, unit_id=self.unit_inputs.id)
        self._rate(self.soy, 30, unit_id=self.unit_machines.id, zone_id=self.east.id)
        self._plant(self.farmer, self.east, self.soy, 10, self.summer_25)
        self._plant(self.farmer, self.north, self.soy, 5, self.summer_25)
        position = self._position(self.farmer, self.summer_25)
        self.assertEqual(position.potential, 1000 + 300 + 500)
        self.assertEqual(position.hectares, 15)
        self.assertEqual(position.zone_id, self.east)
        self.assertEqual(
            {(x.zone_id, x.unit_id): x.potential for x in position.line_ids},
            {
                (self.east, self.unit_inputs): 1000,
                (self.east, self.unit_machines): 300,
                (self.north, self.unit_inputs): 500,
            },
        )

    def test_most_specific_rate_wins(self):
        """Nearest zone before none; exact harvest, latest earlier one, then none."""
        land = self._plant(self.farmer, self.east, self.soy, 10, self.summer_25)
        self._plant(self.farmer, self.east, self.soy, 10, self.summer_24, land)
        positions = {
            harvest: self._position(self.farmer, harvest)
            for harvest in (self.summer_24, self.summer_25)
        }
        rates = (
            ({}, 1, 1),
            ({"harvest_id": self.summer_25.id}, 1, 2),
            ({"harvest_id": self.winter_24.id}, 1, 2),
            ({"harvest_id": self.summer_24.id}, 4, 2),
            ({"zone_id": self.region.id}, 5, 5),
            ({"zone_id": self.east.id}, 6, 6),
            ({"zone_id": self.east.id, "harvest_id": self.winter_24.id}, 6, 7),
        )
        for amount, (values, earlier, later) in enumerate(rates, 1):
            self._rate(self.soy, amount, **values)
            self._refresh()
            with self.subTest(values=values):
                self.assertEqual(positions[self.summer_24].potential, 10 * earlier)
                self.assertEqual(positions[self.summer_25].potential, 10 * later)

    def test_share_and_gap(self):
        self._rate(self.soy, 100)
        self._plant(self.farmer, self.east, self.soy, 10, self.summer_25)
        self._invoice(self.farmer, 1500, "2024-11-15")
        position = self._position(self.farmer, self.summer_25)
        self.assertEqual((position.share, position.gap), (1.5, -500))

    def test_missing_rate_is_flagged_and_named(self):
        self._rate(self.soy, 100)
        parcel = self._plant(self.farmer, self.east, self.soy, 10, self.summer_25)
        parcel.hectares = 30
        self._plant(self.farmer, self.east, self.maize, 5, self.summer_25, parcel)
        position = self._position(self.farmer, self.summer_25)
        self.assertTrue(position.is_lower_bound)
        self.assertEqual(position.potential, 1000)
        self.assertIn("no rate for Maize (Santa Cruz / East)", position.reason)
        self._rate(self.maize, 1)
        position = self._position(self.farmer, self.summer_25)
        self.assertFalse(position.is_lower_bound)
        self.assertEqual(position.potential, 1005)

    def test_carried_forward_is_marked(self):
        self._rate(self.soy, 100)
        parcel = self._plant(self.farmer, self.east, self.soy, 10, self.summer_24)
        position = self._position(self.farmer, self.summer_25)
        self.assertEqual((position.potential, position.is_carried), (1000, True))
        self.assertIn("carried forward", position.reason)
        self.assertFalse(self._position(self.farmer, self.winter_24).is_potential_known)
        parcel.active = False
        self.assertFalse(self._position(self.farmer, self.summer_25).is_potential_known)
        self.assertEqual(self._position(self.farmer, self.summer_24).potential, 1000)

    def test_carrying_can_be_switched_off(self):
        self._rate(self.soy, 100)
        self._plant(self.farmer, self.east, self.soy, 10, self.summer_24)
        self.company.segmentation_carry_harvests = 0
        self.assertFalse(self._position(self.farmer, self.summer_25).is_potential_known)

    def test_every_change_of_the_cadastre_shows(self):
        rate = self._rate(self.soy, 100)
        parcel = self._plant(self.farmer, self.east, self.soy, 10, self.summer_25)
        planting = parcel.planting_ids

        def potential():
            return self._position(self.farmer, self.summer_25).potential

        self.assertEqual(potential(), 1000)
        rate.amount_per_hectare = 50
        self.assertEqual(potential(), 500)
        planting.hectares = 4
        self.assertEqual(potential(), 200)
        rate.zone_id = self.coast
        self.assertFalse(self._position(self.farmer, self.summer_25).is_potential_known)
        self.east.parent_id = self.coast
        self.assertEqual(potential(), 200)
        planting.harvest_id = self.summer_24
        self.assertTrue(self._position(self.farmer, self.summer_25).is_carried)
        planting.unlink()
        self.assertFalse(self._position(self.farmer, self.summer_25))

    def test_land_of_contacts_counts_for_the_customer(self):
        farm = self.env["res.partner"].create(
            {"name": "Farm", "parent_id": self.farmer.id}
        )
        self._rate(self.soy, 100)
        self._plant(farm, self.east, self.soy, 10, self.summer_25)
        self.assertEqual(self._position(self.farmer, self.summer_25).potential, 1000)
        other = self._customer("Other")
        farm.parent_id = other
        self.assertFalse(self._position(self.farmer, self.summer_25))
        self.assertEqual(self._position(other, self.summer_25).potential, 1000)

    def test_potential_belongs_to_the_company_of_the_harvest(self):
        other = self.setup_other_company(name="Second")["company"]
        harvests = self._harvests(other)
        self._rate(self.soy, 100)
        self._rate(self.soy, 7, company=other)
        self._plant(self.farmer, self.east, self.soy, 10, self.summer_25)
        self._plant(self.farmer, self.east, self.soy, 10, harvests[2])
        self.assertEqual(self._position(self.farmer, self.summer_25).potential, 1000)
        self.assertEqual(self._position(self.farmer, harvests[2], other).potential, 70)

    def test_group_share_is_of_the_sums(self):
        self._rate(self.soy, 100)
        twin = self._customer("Twin")
        for partner, hectares, billed in (self.farmer, 10, 100), (twin, 90, 4900):
            self._plant(partner, self.east, self.soy, hectares, self.summer_25)
            self._invoice(partner, billed, "2024-11-15")
        unknown = self._customer("No cadastre")
        self._invoice(unknown, 10_000, "2024-11-15")
        self._refresh()
        domain = [("harvest_id", "=", self.summer_25.id)]
        for model in "segmentation.position", "segmentation.position.line":
            groups = self.env[model]._read_group(domain, [], ["share:avg"])
            self.assertEqual(groups, [(0.5,)])
