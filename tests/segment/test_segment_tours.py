from odoo import Command
from odoo.tests import HttpCase, tagged

from ..profile.common import GROUP, RelationCommon


@tagged("post_install", "-at_install")
class TestSegmentTours(RelationCommon, HttpCase):
    """Customers of one unit, not of another: built on screen, and seen by others."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.marketer = cls._user("tour_segments", f"{GROUP}marketing")
        cls.seller = cls._user("tour_seller", f"{GROUP}user")
        cls.products = {name: cls._unit(name) for name in ("0 km", "Used", "Workshop")}
        cls.new = cls._buyer("Drives new", "0 km", user_id=cls.seller.id)
        cls.both = cls._buyer("Drives new and used", "0 km", "Used")
        cls._buyer("Drives used", "Used")
        cls.workshop = cls._buyer("Comes to the workshop", "0 km", "Workshop")
        cls.env["segmentation.refresh"]._refresh_pending(cls.company)

    @classmethod
    def _unit(cls, name):
        """Make a unit; return a product of its category."""
        category = cls.env["product.category"].create({"name": name})
        cls._create(
            "business.unit",
            {"name": name, "category_ids": [Command.set(category.ids)]},
        )
        return cls.env["product.product"].create(
            {"name": name, "categ_id": category.id}
        )

    @classmethod
    def _buyer(cls, name, *units, **values):
        customer = cls._customer(name, **values)
        for unit in units:
            cls._invoice(customer, 10, cls._ago(days=9), product=cls.products[unit])
        return customer

    def _segment(self):
        unit = self.env["segmentation.business.unit"].search([("name", "=", "0 km")])
        condition = {
            "kind": "relation",
            "relation_customer": True,
            "unit_ids": [Command.set(unit.ids)],
        }
        return (
            self.env["segmentation.segment"]
            .with_user(self.marketer)
            .create({"name": "New", "condition_ids": [Command.create(condition)]})
        )

    def test_customers_of_one_unit_not_of_another(self):
        self.start_tour(
            "/odoo/segments", "agro_segmentation_segment_tour", login="tour_segments"
        )
        segment = self.env["segmentation.segment"].search(
            [("name", "=", "New, not used")]
        )
        self.assertEqual(segment.membership_ids.partner_id, self.new | self.workshop)
        self.assertEqual(segment.rule_user_id, self.marketer)

    def test_salespeople_see_their_own(self):
        segment = self._segment()
        self.start_tour(
            f"/odoo/segments/{segment.id}",
            "agro_segmentation_own_members_tour",
            login="tour_seller",
        )

    def test_by_hand_from_the_customer(self):
        segment = self._segment()
        self.start_tour(
            f"/odoo/contacts/{self.new.id}",
            "agro_segmentation_choice_tour",
            login="tour_segments",
        )
        current = segment.membership_ids.filtered(lambda row: not row.date_to)
        self.assertEqual(current.partner_id, self.both | self.workshop)
        self.assertEqual(segment.choice_ids.reason, "Sold the farm")
