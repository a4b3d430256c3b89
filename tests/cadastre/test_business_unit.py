from odoo import Command

from .common import CadastreCommon


class TestBusinessUnit(CadastreCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.inputs = cls.env["product.category"].create({"name": "Inputs"})
        cls.seed = cls.env["product.category"].create(
            {"name": "Seed", "parent_id": cls.inputs.id}
        )
        cls.hybrid = cls.env["product.category"].create(
            {"name": "Hybrid", "parent_id": cls.seed.id}
        )
        cls.other_company = cls.env["res.company"].create({"name": "Other Dealer"})
        cls.unit = cls._unit("Inputs", cls.inputs)

    @classmethod
    def _unit(cls, name, categories, company=None):
        return cls.env["segmentation.business.unit"].create(
            {
                "name": name,
                "category_ids": [Command.set(categories.ids)],
                "company_id": company and company.id,
            }
        )

    def test_a_category_has_one_unit(self):
        with self.assertRefused("Inputs.*“Rival”.*already claimed by “Inputs”"):
            self._unit("Rival", self.inputs)
        rival = self._unit("Rival", self.seed)
        with self.assertRefused("already claimed"):
            rival.category_ids |= self.inputs

    def test_shared_and_company_units_may_not_claim_the_same(self):
        with self.assertRefused("already claimed"):
            self._unit("Rival", self.inputs, self.company)

    def test_companies_may_claim_the_same(self):
        self.unit.company_id = self.company
        rival = self._unit("Rival", self.inputs, self.other_company)
        self.assertEqual(rival.category_ids, self.inputs)
        with self.assertRefused("already claimed"):
            rival.company_id = False

    def test_an_archived_unit_keeps_its_claims(self):
        self.unit.active = False
        with self.assertRefused("already claimed by “Inputs”"):
            self._unit("Rival", self.inputs)

    def test_a_copy_claims_nothing(self):
        copy = self.unit.copy()
        self.assertEqual(copy.name, "Inputs (copy)")
        self.assertFalse(copy.category_ids)
        self.assertEqual(self.unit.copy({"name": "Parts"}).name, "Parts")

    def test_nearest_ancestor_wins(self):
        seed_unit = self._unit("Seed", self.seed)
        foreign = self._unit("Foreign", self.hybrid, self.other_company)
        unclaimed = self.env["product.category"].create({"name": "Unclaimed"})
        categories = self.inputs + self.seed + self.hybrid + unclaimed
        find = self.env["segmentation.business.unit"]._for_categories
        self.assertEqual(
            list(find(categories, self.company).values()),
            [self.unit, seed_unit, seed_unit, seed_unit.browse()],
        )
        self.assertEqual(find(self.hybrid, self.other_company)[self.hybrid], foreign)
