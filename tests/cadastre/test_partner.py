from lxml import html

from odoo.tests import Form, new_test_user, tagged

from .common import CadastreCommon


@tagged("post_install", "-at_install")
class TestPartner(CadastreCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.farm = cls.env["res.partner"].create(
            {"name": "Farm", "type": "other", "parent_id": cls.customer.id}
        )
        field = cls._parcel("Field", cls.farm, 80)
        cls._planting(cls.parcel, cls.summer, cls.soy, 100)
        cls._planting(cls.parcel, cls.summer, cls.maize, 20)
        cls._planting(field, cls.summer, cls.soy, 50.5)
        cls._planting(field, cls.winter, cls.maize, 80)

    def _rows(self, partner):
        partner.invalidate_recordset()
        table = html.fromstring(str(partner.segmentation_planting_totals))
        return [
            [cell.text_content().strip() for cell in row.iter("td", "th")]
            for row in table.iter("tr")
        ]

    def test_totals_of_the_whole_customer(self):
        expected = [
            ["Hectares planted", "Maize", "Soy", "Total"],
            ["Winter 2025", "80", "", "80"],
            ["Summer 2024–25", "20", "150.5", "170.5"],
        ]
        self.assertEqual(self._rows(self.customer), expected)
        self.assertEqual(self._rows(self.farm), expected)
        self.assertEqual(self.customer.segmentation_hectares, 200)
        self.assertEqual(self.customer.segmentation_parcel_count, 2)

    def test_partner_without_land(self):
        partner = self.env["res.partner"].create({"name": "Nobody"})
        self.assertFalse(partner.segmentation_planting_totals)
        self.assertEqual(partner.segmentation_hectares, 0)

    def test_totals_follow_the_rights_of_the_reader(self):
        seller = new_test_user(
            self.env,
            "cadastre_seller",
            groups="agro_segmentation.group_segmentation_user",
        )
        self.assertFalse(self.customer.with_user(seller).segmentation_planting_totals)
        self.customer.user_id = seller
        self.assertEqual(self.customer.with_user(seller).segmentation_hectares, 200)

    def test_parcels_in_the_form(self):
        with Form(self.customer) as form:
            with form.segmentation_parcel_ids.new() as parcel:
                self.assertEqual(parcel.zone_id, self.zone_north)
                parcel.name = "El Carmen"
                parcel.hectares = 30
        self.assertEqual(
            self.customer.segmentation_parcel_ids.mapped("name"),
            ["El Carmen", "La Esperanza"],
        )

    def test_actions_show_the_whole_customer(self):
        action = self.farm.action_view_segmentation_parcels()
        parcels = self.env["segmentation.parcel"].search(action["domain"])
        self.assertEqual(parcels.mapped("name"), ["Field", "La Esperanza"])
        action = self.customer.action_view_segmentation_plantings()
        self.assertEqual(
            self.env["segmentation.planting"].search_count(action["domain"]), 4
        )

    def test_queries_do_not_grow_with_customers(self):
        partners = self.env["res.partner"].create(
            [{"name": f"Customer {number}"} for number in range(100)]
        )
        for partner in partners:
            parcel = self._parcel("Land", partner, 10)
            self._planting(parcel, self.summer, self.soy, 10)
        self.env.flush_all()
        fields = [
            "segmentation_hectares",
            "segmentation_parcel_count",
            "segmentation_planting_totals",
        ]
        counts = []
        partners[:1].read(fields)  # fills the caches of templates and languages
        for batch in (partners[:1], partners):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            batch.read(fields)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0])


@tagged("post_install", "-at_install")
class TestMerge(CadastreCommon):
    def _merge(self, *partners):
        records = self.env["res.partner"].union(*partners)
        self.env["base.partner.merge.automatic.wizard"]._merge(records.ids, partners[0])
        self.env.flush_all()
        self.env.invalidate_all()

    def test_all_land_is_kept(self):
        other = self.env["res.partner"].create({"name": "Agro Norte SRL"})
        land = self.parcel + self._parcel("La Esperanza", other, 60)
        for parcel in land:
            self._planting(parcel, self.summer, self.soy, 50)
        self._merge(other, self.customer)
        self.assertEqual(land.partner_id, other)
        self.assertEqual(land.customer_id, other)
        self.assertEqual(land.planting_ids.customer_id, other)
        self.assertEqual(sum(land.planting_ids.mapped("hectares")), 100)

    def test_archived_land_is_kept(self):
        self.parcel.active = False
        other = self.env["res.partner"].create({"name": "Agro Norte SRL"})
        self._merge(other, self.customer)
        self.assertEqual(self.parcel.customer_id, other)

    def test_land_merged_into_a_contact_counts_for_its_company(self):
        company = self.env["res.partner"].create({"name": "Group", "is_company": True})
        contact = self.env["res.partner"].create(
            {"name": "Agro Norte", "parent_id": company.id}
        )
        farm = self.env["res.partner"].create(
            {"name": "Farm", "type": "other", "parent_id": self.customer.id}
        )
        land = self.parcel + self._parcel("Field", farm, 80)
        plantings = self._planting(land[1], self.summer, self.soy, 50)
        self.customer.is_company = False
        self._merge(contact, self.customer)
        self.assertEqual(land[0].partner_id, contact)
        self.assertEqual(land[1].partner_id, farm)
        self.assertEqual(land.customer_id, company)
        self.assertEqual(plantings.customer_id, company)

    def test_land_follows_a_farm_to_its_new_owner(self):
        farm = self.env["res.partner"].create(
            {"name": "Farm", "type": "other", "parent_id": self.customer.id}
        )
        parcel = self._parcel("Field", farm, 80)
        planting = self._planting(parcel, self.summer, self.soy, 80)
        buyer = self.env["res.partner"].create({"name": "Buyer", "is_company": True})
        farm.parent_id = buyer
        self.assertEqual(parcel.customer_id, buyer)
        self.assertEqual(planting.customer_id, buyer)
