from odoo import Command
from odoo.tests import HttpCase, tagged

from .common import GROUP, RelationCommon


@tagged("post_install", "-at_install")
class TestRelationTours(RelationCommon, HttpCase):
    """The two filters people say aloud, and a relation set by hand, as salesperson."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = cls._user(
            "tour_relations", f"{GROUP}user,sales_team.group_sale_salesman"
        )
        cls.products = {name: cls._unit(name) for name in ("0 km", "Used", "Workshop")}
        cls.new = cls._buyer("Drives new", "0 km")
        cls._buyer("Drives new and used", "0 km", "Used")
        cls._buyer("Drives used", "Used")
        cls._buyer("Comes to the workshop", "0 km", "Workshop")
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
    def _buyer(cls, name, *units):
        customer = cls._customer(name, user_id=cls.seller.id)
        for unit in units:
            cls._invoice(customer, 10, cls._ago(days=9), product=cls.products[unit])
        return customer

    def test_spoken_filters(self):
        self.start_tour(
            "/odoo/contacts?view_type=list",
            "agro_segmentation_spoken_filters_tour",
            login="tour_relations",
        )

    def test_set_relation_on_the_customer(self):
        self.start_tour(
            f"/odoo/contacts/{self.new.id}",
            "agro_segmentation_set_relation_tour",
            login="tour_relations",
        )
        row = self.new.segmentation_relation_ids.filtered("unit_id")
        self.assertFalse(row.manual)
        self.assertEqual(
            [values[1:] for values in self._changes(self.new)],
            [
                ("unknown", "customer"),
                ("unknown", "customer"),
                ("customer", "competitor"),
                ("competitor", "customer"),
            ],
        )
