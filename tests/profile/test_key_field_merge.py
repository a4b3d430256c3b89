from odoo.tests import tagged

from .key_fields_common import KeyFieldsCommon


@tagged("post_install", "-at_install")
class TestKeyFieldMerge(KeyFieldsCommon):
    """What was known of merged contacts, and who of them is incomplete."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.twin = cls.Partner.create({"name": "Twin", "is_company": True})
        (cls.firm | cls.twin).email = "one@example.com"

    def _write(self, partner, **values):
        """Write key fields by the names that this class has for them."""
        partner.write(
            {
                getattr(self, name).technical_name: value
                for name, value in values.items()
            }
        )

    def _read(self, name):
        return self.firm[getattr(self, name).technical_name]

    def _merge(self):
        wizard = self.env["base.partner.merge.automatic.wizard"]
        wizard._merge([self.firm.id, self.twin.id], self.firm, extra_checks=False)
        self.env.invalidate_all()

    def test_the_destination_s_values_win(self):
        self._write(self.firm, crops=self.soy.id, trees=1, slogan="Ours")
        self._write(self.firm, founded="2001-01-01", irrigates="no")
        self._write(self.twin, crops=self.maize.id, trees=2, slogan="Theirs")
        self._write(self.twin, founded="2002-02-02", irrigates="yes")
        self._merge()
        self.assertEqual(
            [self._read(name) for name in ("crops", "trees", "slogan", "irrigates")],
            [self.soy, 1, "Ours", "no"],
        )
        self.assertEqual(str(self._read("founded")), "2001-01-01")

    def test_empty_ones_are_filled_and_choices_united(self):
        self._write(self.firm, topics=self.weeds.ids)
        self._write(self.twin, crops=self.maize.id, trees=200, irrigates="yes")
        self._write(self.twin, topics=(self.weeds + self.water).ids)
        self._merge()
        self.assertEqual(
            [self._read(name) for name in ("crops", "trees", "irrigates", "topics")],
            [self.maize, 200, "yes", self.weeds + self.water],
        )
        self.assertEqual(self._read("tree_band"), self.tree_band.value_ids[-1])

    def test_archived_key_fields_are_kept_too(self):
        self._write(self.twin, slogan="Theirs")
        self.slogan.active = False
        self._merge()
        self.assertEqual(self._read("slogan"), "Theirs")

    # --- Incomplete -------------------------------------------------------------

    def _incomplete(self):
        """Return the flags of contacts in whom mandatory key fields are empty."""
        rule = self.env.ref("agro_segmentation.hygiene_rule_incomplete")
        rule.action_check_now()
        self.assertFalse(rule.last_error)
        return rule.flag_ids.filtered(lambda f: f.partner_id in self.firm | self.twin)

    def test_mandatory_key_fields_that_are_empty(self):
        self.assertFalse(self._incomplete())
        self.slogan.requirement = "recommended"
        (self.crops | self.topics).requirement = "mandatory"
        self._write(self.twin, crops=self.soy.id)
        flags = self._incomplete().grouped("partner_id")
        self.assertEqual(flags[self.firm].description, "Missing: Main Crop and Topics.")
        self.assertEqual(flags[self.twin].description, "Missing: Topics.")
        self._write(self.twin, topics=self.water.ids)
        self.assertEqual(self._incomplete().partner_id, self.firm)

    def test_key_fields_that_are_not_for_the_contact(self):
        self.crops.write({"requirement": "mandatory", "applies_to": "persons"})
        self.assertFalse(self._incomplete())
