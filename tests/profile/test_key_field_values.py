from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .key_fields_common import KeyFieldsCommon


@tagged("post_install", "-at_install")
class TestKeyFieldValues(KeyFieldsCommon):
    """Predefined values: choosing, archiving, merging, deleting them."""

    def test_a_value_belongs_to_its_key_field(self):
        sentence = "“Weeds” is a value of “Topics”: choose one of “Main Crop”"
        with self.assertRefused(sentence):
            self.firm[self.crops.technical_name] = self.weeds
        with self.assertRefused("“Soy” is a value of “Main Crop”"):
            self.Partner.create(
                {"name": "X", self.topics.technical_name: [Command.link(self.soy.id)]}
            )
        with self.assertRefused("stays there", UserError):
            self.soy.field_id = self.topics

    def test_colours_and_bounds_are_not_added_up(self):
        for model in ("value", "business.unit", "crop"):
            with self.subTest(model=model):
                fields = self.env[f"segmentation.{model}"].fields_get(
                    ["color", "lower"], ["aggregator"]
                )
                self.assertNotIn({"aggregator": "sum"}, fields.values())
                self.assertIn("color", fields)

    def test_names_are_unique_within_a_key_field(self):
        self.assertEqual(self.other.name, self.other_topic.name)
        with self.assertRefused("“Main Crop” has the value “soy ” twice"):
            self.crops.value_ids = [Command.create({"name": "soy "})]
        self.soy.active = False
        with self.assertRefused("perhaps archived"):
            self.maize.name = "Soy"

    def test_a_copy_has_a_name_of_its_own(self):
        copies = (self.soy + self.maize).copy()
        self.assertEqual(copies.mapped("name"), ["Soy (copy)", "Maize (copy)"])
        self.assertEqual(copies.field_id, self.crops)
        self.assertEqual(self.soy.copy({"name": "Sorghum"}).name, "Sorghum")

    def test_an_archived_value_is_kept_but_no_longer_offered(self):
        self.firm.write(
            {
                self.crops.technical_name: self.soy.id,
                self.topics.technical_name: (self.weeds + self.water).ids,
            }
        )
        (self.soy + self.weeds).active = False
        self.firm.invalidate_recordset()
        self.assertEqual(self.firm[self.crops.technical_name], self.soy)
        self.assertEqual(self.firm[self.topics.technical_name], self.weeds + self.water)
        column = self.Partner._fields[self.crops.technical_name]
        offered = self.env["segmentation.value"].name_search("", column.domain)
        self.assertEqual([name for _id, name in offered], ["Maize", "Other"])

    def test_a_value_in_use_is_not_deleted(self):
        self.firm[self.crops.technical_name] = self.soy
        self.person[self.topics.technical_name] = self.weeds
        self.person.active = False
        for value in (self.soy, self.weeds):
            with self.assertRefused(
                f"1 contacts have the value “{value.name}”.*merge it.*archive it",
                UserError,
            ):
                value.unlink()
        self.maize.unlink()
        self.assertEqual(self.crops.value_ids, self.soy + self.other)

    def _merge(self, values, destination):
        wizard = self.env["segmentation.value.merge"].with_context(
            default_value_ids=values.ids
        )
        form = Form(wizard)
        form.destination_id = destination
        form.save().action_merge()

    def test_merging_the_values_of_a_choice(self):
        name = self.crops.technical_name
        self.firm[name] = self.soy
        self.person[name] = self.maize
        archived = self.Partner.create(
            {"name": "Gone", "active": False, name: self.soy.id}
        )
        self._merge(self.soy + self.maize, self.maize)
        self.assertEqual((self.firm + self.person + archived)[name], self.maize)
        self.assertFalse(self.soy.exists())

    def test_merging_the_values_of_several_choices(self):
        name = self.topics.technical_name
        self.firm[name] = self.weeds + self.water
        self.person[name] = self.weeds + self.other_topic
        self._merge(self.weeds + self.water, self.water)
        self.assertEqual(self.firm[name], self.water)
        self.assertEqual(self.person[name], self.water + self.other_topic)

    def test_only_values_of_one_key_field_are_merged(self):
        for values in (self.soy, self.soy + self.weeds):
            with self.assertRefused("of one and the same key field", UserError):
                self._merge(values, self.soy)

    def test_merging_is_one_statement_however_many_contacts(self):
        name = self.crops.technical_name
        queries = []
        for count, source in ((1, self.soy), (100, self.other)):
            partners = self.Partner.create(
                [{"name": f"Firm {number}", name: source.id} for number in range(count)]
            )
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.cr.sql_log_count
            (source + self.maize)._merge_into(self.maize)
            self.env.flush_all()
            queries.append(self.cr.sql_log_count - start)
            self.assertEqual(partners[name], self.maize)
        self.assertEqual(*queries)


@tagged("post_install", "-at_install")
class TestBands(KeyFieldsCommon):
    """Bands follow their source, the calendar and their bounds."""

    def _band_name(self, partner, band):
        return partner[band.technical_name].name

    def test_a_band_follows_a_number(self):
        for number, name in (
            (0, False),
            (0.5, False),
            (1, "from 1"),
            (99.99, "from 1"),
            (100, "from 100"),
        ):
            self.firm[self.trees.technical_name] = number
            self.assertEqual(self._band_name(self.firm, self.tree_band), name, number)

    @freeze_time("2025-03-01")
    def test_a_band_follows_the_years_since_a_date(self):
        for day, name in (
            ("2025-02-28", "from 0"),
            ("2015-03-02", "from 0"),
            ("2015-03-01", "from 10"),
            ("1975-03-02", "from 10"),
            ("1975-03-01", "from 50"),
            ("2026-01-01", False),
            (False, False),
        ):
            self.firm[self.founded.technical_name] = day
            self.assertEqual(self._band_name(self.firm, self.age_band), name, day)

    def test_a_birthday_changes_the_band(self):
        with freeze_time("2025-03-01"):
            self.firm[self.founded.technical_name] = "2015-03-02"
            self.env.flush_all()
        with freeze_time("2025-03-02"):
            self.Field._cron_fill_bands()
        self.assertEqual(self._band_name(self.firm, self.age_band), "from 10")

    def test_sql_and_python_agree(self):
        """On leap days, bounds and future dates, the job has nothing to correct."""
        days = ("2024-02-29", "2016-02-29", "2014-02-28", "2015-03-01", "2030-01-01")
        numbers = (-5, 0, 0.99, 1, 99.5, 100, 1e9)
        with freeze_time("2025-02-28"):
            partners = self.Partner.create(
                [
                    {
                        "name": "X",
                        self.founded.technical_name: day,
                        self.trees.technical_name: number,
                    }
                    for day in days
                    for number in numbers
                ]
            )
            bands = [self.age_band.technical_name, self.tree_band.technical_name]
            before = partners.read(bands)
            self.env.flush_all()
            self.Field._cron_fill_bands()
            self.assertEqual(partners.read(bands), before)
            self.cr.execute(f"UPDATE res_partner SET {bands[1]} = NULL")
            self.Partner.invalidate_model()
            self.Field._cron_fill_bands()
            self.assertEqual(partners.read(bands), before)

    def test_bounds_move_contacts_at_once(self):
        self.firm[self.trees.technical_name] = 60
        low, high = self.tree_band.value_ids
        high.lower = 50
        self.assertEqual(self.firm[self.tree_band.technical_name], high)
        high.active = False
        self.assertEqual(self.firm[self.tree_band.technical_name], low)
        high.active = True
        middle = self.env["segmentation.value"].create(
            {"name": "Middle", "field_id": self.tree_band.id, "lower": 55}
        )
        self.assertEqual(self.firm[self.tree_band.technical_name], middle)
        middle.unlink()
        self.assertEqual(self.firm[self.tree_band.technical_name], high)

    def test_merging_bands_unites_their_ranges(self):
        self.firm[self.trees.technical_name] = 5
        low, high = self.tree_band.value_ids
        (low + high)._merge_into(high)
        self.assertEqual(high.lower, 1)
        self.assertEqual(self.firm[self.tree_band.technical_name], high)

    def test_bands_that_overlap_are_refused(self):
        with self.assertRefused("“from 1” and “from 100” of “Trees in Bands” overlap"):
            self.tree_band.value_ids[1].lower = 1

    def test_contacts_already_there_get_their_band(self):
        """A band switched on later is filled in one statement, not by contact."""
        self.firm[self.trees.technical_name] = 7
        band = self._band("Trees, More or Less", self.trees, (5, 10))
        band._switch_on()
        self.assertEqual(self._band_name(self.firm, band), "from 5")
