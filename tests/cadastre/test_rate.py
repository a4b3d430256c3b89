import psycopg2

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import CadastreCommon


@tagged("post_install", "-at_install")
class TestRate(CadastreCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.category = cls.env["product.category"].create({"name": "Herbicides"})
        cls.unit = cls.env["segmentation.business.unit"].create(
            {"name": "Agro", "category_ids": [Command.set(cls.category.ids)]}
        )
        cls.product = cls.env["product.product"].create(
            {"name": "Glyphosate", "categ_id": cls.category.id, "list_price": 6.8}
        )

    def _rate(self, **values):
        return self.env["segmentation.rate"].create(
            {"crop_id": self.soy.id, "amount_per_hectare": 250, **values}
        )

    def test_amount(self):
        rate = self._rate()
        self.assertEqual(rate.amount_per_hectare, 250)
        self.assertEqual(rate.currency_id, self.company.currency_id)
        self.assertFalse(rate.unit_id)

    def test_dose_times_price(self):
        rate = self._rate(basis="dose", product_id=self.product.id, dose=2.5)
        self.assertEqual(rate.price_unit, 6.8)
        self.assertEqual(rate.unit_id, self.unit)
        self.assertEqual(rate.amount_per_hectare, 17)
        rate.price_unit = 7
        self.assertEqual(rate.amount_per_hectare, 17.5)
        rate.dose = 2
        self.assertEqual(rate.amount_per_hectare, 14)
        rate.amount_per_hectare = 99
        self.assertEqual(rate.amount_per_hectare, 14, "the dose rules")
        rate.write({"basis": "amount", "amount_per_hectare": 99})
        self.assertEqual(rate.amount_per_hectare, 99)

    def test_product_without_category(self):
        self.product.categ_id = False
        rate = self._rate(
            basis="dose", product_id=self.product.id, dose=1, unit_id=self.unit.id
        )
        self.assertEqual(rate.unit_id, self.unit)
        rate = self._rate(basis="dose", product_id=self.product.id, dose=1)
        self.assertFalse(rate.unit_id)

    def test_the_price_agreed_stays_when_the_list_price_moves(self):
        rate = self._rate(basis="dose", product_id=self.product.id, dose=1)
        self.product.list_price = 100
        self.assertEqual(rate.price_unit, 6.8)

    def test_price_of_a_company_with_another_currency(self):
        self.product.company_id = False
        other = self.env["res.company"].create(
            {"name": "Other Dealer", "currency_id": self.env.ref("base.EUR").id}
        )
        self.env.ref("base.EUR").active = True
        self.env["res.currency.rate"].create(
            {
                "currency_id": self.env.ref("base.EUR").id,
                "company_id": other.id,
                "name": "2000-01-01",
                "rate": 1,
            }
        )
        self.env["res.currency.rate"].create(
            {
                "currency_id": self.company.currency_id.id,
                "company_id": other.id,
                "name": "2000-01-01",
                "rate": 2,
            }
        )
        rate = self._rate(
            company_id=other.id, basis="dose", product_id=self.product.id, dose=1
        )
        product = self.product.with_company(other)
        expected = product.currency_id._convert(
            product.lst_price, other.currency_id, other, "2025-01-01", round=False
        )
        self.assertAlmostEqual(rate.price_unit, expected, 2)
        self.assertEqual(rate.currency_id, other.currency_id)

    def test_form(self):
        with Form(self.env["segmentation.rate"]) as form:
            form.crop_id = self.soy
            form.basis = "dose"
            form.product_id = self.product
            form.dose = 3
            self.assertEqual(form.price_unit, 6.8)
            self.assertEqual(form.unit_id, self.unit)
            self.assertAlmostEqual(form.amount_per_hectare, 20.4)
            form.price_unit = 10
            self.assertEqual(form.amount_per_hectare, 30)
        self.assertEqual(form.record.amount_per_hectare, 30)

    def test_duplicates(self):
        self._rate()
        with self.assertRefused("already a rate for Soy: change that one"):
            self._rate()
        keys = {"zone_id": self.zone_north.id, "harvest_id": self.summer.id}
        rate = self._rate(**keys)
        with self.assertRefused("Soy · North · Summer 2024–25"):
            self._rate(**keys)
        self._rate(**keys, unit_id=self.unit.id)
        with self.assertRefused("already a rate for Soy:"):
            rate.write({"zone_id": False, "harvest_id": False})

    def test_companies_have_their_own_rates(self):
        self._rate()
        other = self.env["res.company"].create({"name": "Other Dealer"})
        self.assertTrue(self._rate(company_id=other.id))
        with self.assertRefused("Summer 2024–25", UserError):
            self._rate(company_id=other.id, harvest_id=self.summer.id)

    def test_what_a_rate_uses_stays_in_sight_of_its_company(self):
        other = self.env["res.company"].create({"name": "Other Dealer"})
        keys = self.zone_north, self.summer, self.unit, self.soy
        self._rate(zone_id=keys[0].id, harvest_id=keys[1].id, unit_id=keys[2].id)
        sentence = (
            rf"in use in {self.company.name} \(Potential per Hectare: 1\): make another"
            " one for Other Dealer instead"
        )
        for record in keys:
            with self.assertRefused(sentence):
                record.company_id = other
            record.company_id = self.company

    def test_the_database_ends_races(self):
        self._rate()
        self.env.flush_all()
        self.env.cr.execute(
            """
            INSERT INTO segmentation_rate (company_id, crop_id, basis)
            VALUES (%s, %s, 'amount')
            """,
            [self.company.id, self.soy.id],
        )
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.errors.ExclusionViolation),
            self.env.cr.savepoint(flush=False),
        ):
            self.env.cr.execute("SET CONSTRAINTS ALL IMMEDIATE")

    def test_amounts(self):
        with self.assertRefused("Soy is negative"):
            self._rate(amount_per_hectare=-1)
        with self.assertRefused("choose a product and a dose above zero"):
            self._rate(basis="dose", dose=1)
        with self.assertRefused("choose a product and a dose above zero"):
            self._rate(basis="dose", product_id=self.product.id)
        self.assertEqual(self._rate(amount_per_hectare=0).amount_per_hectare, 0)
