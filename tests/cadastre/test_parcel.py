from .common import CadastreCommon


class TestParcel(CadastreCommon):
    def test_zone_proposed_from_partner(self):
        self.assertEqual(self.parcel.zone_id, self.zone_north)

    def test_zone_proposed_from_customer_of_the_farm(self):
        farm = self.env["res.partner"].create(
            {"name": "Farm", "type": "other", "parent_id": self.customer.id}
        )
        parcel = self._parcel("Field", farm, 10)
        self.assertEqual(parcel.zone_id, self.zone_north)
        self.assertEqual(parcel.customer_id, self.customer)

    def test_land_keeps_its_zone_when_it_changes_hands(self):
        other = self.env["res.partner"].create(
            {"name": "Other", "segmentation_zone_id": self.zone_east.id}
        )
        self.parcel.partner_id = other
        self.assertEqual(self.parcel.zone_id, self.zone_north)
        self.assertEqual(self.parcel.customer_id, other)

    def test_hand_set_zone_wins(self):
        parcel = self._parcel("Field", self.customer, 1, zone_id=self.zone_east.id)
        self.assertEqual(parcel.zone_id, self.zone_east)

    def test_absurd_hectares(self):
        for hectares in (0, -5, 0.00001):
            with self.assertRefused("Bad.*above zero"):
                self._parcel("Bad", self.customer, hectares)
        self.company.segmentation_max_hectares = 500
        self._parcel("Largest", self.customer, 500)
        with self.assertRefused("Huge.*500.5 ha.*500 ha"):
            self._parcel("Huge", self.customer, 500.5)
        self.company.segmentation_max_hectares = 0
        self.assertTrue(self._parcel("Huge", self.customer, 500.5))

    def test_over_planting(self):
        self._planting(self.parcel, self.summer, self.soy, 100)
        self._planting(self.parcel, self.winter, self.maize, 120)
        sentence = "La Esperanza” has 120 ha.*Summer 2024–25 come to 120.5 ha"
        with self.assertRefused(sentence):
            self._planting(self.parcel, self.summer, self.maize, 20.5)
        with self.assertRefused("correct the hectares"):
            self.parcel.hectares = 119
