from lxml import etree

from odoo.exceptions import UserError
from odoo.tests import Form, new_test_user, tagged

from .key_fields_common import KeyFieldsCommon

USER = "agro_segmentation.group_segmentation_user,base.group_partner_manager"


@tagged("post_install", "-at_install")
class TestKeyFieldsOfUnits(KeyFieldsCommon):
    """Key fields that are only for customers of some business units."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seed, cls.parts, cls.workshop = cls.env[
            "segmentation.business.unit"
        ].create([{"name": name} for name in ("Seed", "Parts", "Workshop")])
        cls.crops.write(
            {"requirement": "mandatory", "unit_ids": (cls.seed + cls.parts).ids}
        )
        cls.seller = new_test_user(cls.env, "unit_seller", USER)
        cls.other_firm = cls.Partner.create({"name": "Sur", "is_company": True})
        cls.all = cls.firm + cls.person + cls.other_firm
        cls.all.user_id = cls.seller
        cls.env = cls.env(user=cls.seller)
        cls.all, cls.firm, cls.person, cls.other_firm = (
            records.with_env(cls.env)
            for records in (cls.all, cls.firm, cls.person, cls.other_firm)
        )
        cls.Partner = cls.Partner.with_env(cls.env)

    def _relate(self, partner, unit, relation="customer"):
        self.env["segmentation.relation"].sudo()._set_manual(
            partner.sudo(), unit, relation, "Said so"
        )

    def _incomplete(self):
        """Return those who miss something, which computing and searching agree on."""
        found = self.Partner.search(
            [("id", "in", self.all.ids), ("segmentation_completeness", "<", 100)]
        )
        self.assertEqual(
            found, self.all.filtered(lambda p: p.segmentation_completeness < 100)
        )
        self.assertEqual(
            found, self.all.filtered(lambda p: p.segmentation_missing_fields)
        )
        return found

    # --- Forms ----------------------------------------------------------------------

    def _modifier(self, partner, modifier):
        return Form(partner)._get_modifier(self.crops.technical_name, modifier)

    def test_it_is_asked_of_customers_of_a_unit_and_of_nobody_else(self):
        self._relate(self.firm, self.parts)
        self._relate(self.other_firm, self.workshop)
        for partner, is_asked in (
            (self.firm, True),
            (self.person, True),
            (self.other_firm, False),
        ):
            with self.subTest(partner.name):
                self.assertEqual(self._modifier(partner, "required"), is_asked)
                self.assertEqual(self._modifier(partner, "invisible"), not is_asked)

    def test_customers_of_a_unit_are_not_saved_without_it(self):
        Form(self.firm).save()
        self._relate(self.firm, self.seed)
        with self.assertRaisesRegex(AssertionError, self.crops.technical_name):
            Form(self.firm).save()
        with Form(self.firm) as form:
            form[self.crops.technical_name] = self.soy

    def test_new_contacts_are_not_asked(self):
        with Form(self.Partner) as form:
            form.name = "Nobody's Customer Yet"
        self.assertFalse(form.record[self.crops.technical_name])

    def test_ex_customers_are_not_asked(self):
        self._relate(self.firm, self.seed, "ex_customer")
        self.assertFalse(self._modifier(self.firm, "required"))

    def test_a_value_that_is_there_stays_in_sight(self):
        self.firm[self.crops.technical_name] = self.soy
        self.assertFalse(self._modifier(self.firm, "invisible"))

    def test_views_name_the_units(self):
        wanted = " or ".join(
            f"{unit.id} in segmentation_customer_unit_ids"
            for unit in self.crops.unit_ids
        )
        for view_type in ("form", "list"):
            arch = etree.fromstring(self.Partner.get_view(view_type=view_type)["arch"])
            node = arch.find(f".//field[@name='{self.crops.technical_name}']")
            self.assertEqual(node.get("required"), f"({wanted})")

    def test_who_may_not_know_customers_of_units_is_not_asked(self):
        employee = new_test_user(
            self.env["res.users"].sudo().env,
            "unit_employee",
            "base.group_user,base.group_partner_manager",
        )
        self._relate(self.firm, self.seed)
        firm = self.firm.with_user(employee)
        form = Form(firm)
        self.assertNotIn(self.crops.technical_name, form._view["fields"])
        form.save()

    def test_of_archived_units_it_is_asked_of_nobody(self):
        self._relate(self.firm, self.seed)
        (self.seed + self.parts).sudo().active = False
        for partner in self.all:
            with self.subTest(partner.name):
                self.assertFalse(self._modifier(partner, "required"))
        self.assertFalse(self._incomplete())

    def test_of_its_units_those_that_are_not_archived_count(self):
        self._relate(self.firm, self.seed)
        self._relate(self.other_firm, self.parts)
        self.seed.sudo().active = False
        self.assertFalse(self._modifier(self.firm, "required"))
        self.assertEqual(self._incomplete(), self.other_firm)

    def test_its_units_are_not_deleted(self):
        with self.assertRefused(r"“Seed” is in use \(Key Field: 1\)", UserError):
            self.seed.sudo().unlink()

    # --- Completeness ---------------------------------------------------------------

    def test_completeness_counts_it_for_customers_of_a_unit(self):
        self.assertFalse(self._incomplete())
        self._relate(self.firm, self.seed)
        self._relate(self.other_firm, self.workshop)
        self.assertEqual(self._incomplete(), self.firm + self.person)
        self.assertEqual(self.person.segmentation_missing_fields, "Main Crop")
        self.firm[self.crops.technical_name] = self.soy
        self.assertEqual(self._incomplete(), self.person)

    def test_completeness_follows_the_relation(self):
        self._relate(self.firm, self.seed)
        self.assertEqual(self._incomplete(), self.firm + self.person)
        self._relate(self.firm, self.seed, "ex_customer")
        self.assertFalse(self._incomplete())
        self._relate(self.other_firm, self.parts)
        self.assertEqual(self._incomplete(), self.other_firm)

    def test_customers_of_another_company_are_not_asked(self):
        other = self.env["res.company"].sudo().create({"name": "Elsewhere"})
        self.seller.sudo().company_ids += other
        rows = self.env["segmentation.relation"].sudo().with_company(other)
        rows._set_manual(self.firm.sudo(), self.seed, "customer", "Said so")
        self.assertFalse(self._incomplete())
        elsewhere = self.firm.with_company(other)
        self.assertEqual(elsewhere.segmentation_completeness, 0)
        self.assertTrue(
            Form(elsewhere)._get_modifier(self.crops.technical_name, "required")
        )

    def test_queries_do_not_grow_with_customers(self):
        firms = self.Partner.create(
            [{"name": f"Firm {n}", "user_id": self.seller.id} for n in range(100)]
        )
        self._relate(firms, self.seed)
        firms.mapped("segmentation_completeness")  # looks rights up, once for all
        counts = []
        for batch in (firms[:1], firms):
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            self.assertEqual(set(batch.mapped("segmentation_completeness")), {0})
            counts.append(self.env.cr.sql_log_count - start)
        self.assertEqual(*counts)
