from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .condition_common import ConditionCommon


@tagged("post_install", "-at_install")
class TestConditionAnniversary(ConditionCommon):
    """A date of the contact, here a key field, comes round; its year is no matter."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not cls._registry_patched:  # as it is in tests over HTTP
            cls.registry_enter_test_mode_cls()
        cls.addClassCleanup(setattr, cls.registry, "registry_invalidated", True)
        founded = cls._create("field", {"name": "Founded On", "type": "date"})
        founded._switch_on()
        cls.date_field = founded.technical_name
        cls.leap, cls.spring = cls._customer("Leap"), cls._customer("Spring")
        cls._founded(cls.leap, "1996-02-29")
        cls._founded(cls.spring, "1980-03-05")
        cls._founded(cls.ana, "2001-03-01")

    def setUp(self):
        self.addCleanup(self.registry.reset_changes)
        super().setUp()

    @classmethod
    def _founded(cls, partner, day):
        partner[cls.date_field] = day

    def _round(self, when, days=7, **values):
        return {
            "kind": "anniversary",
            "anniversary_field": self.date_field,
            "anniversary_when": when,
            "anniversary_days": days,
            **values,
        }

    def assertRound(self, today, condition, expected, **values):
        with self._at(f"{today} 12:00:00"):
            return self.assertFinds(condition, expected, **values)

    def test_today(self):
        self.assertRound("2025-03-05", self._round("today"), self.spring)
        self.assertRound("2025-03-06", self._round("today"), self.nobody)

    def test_29_february_is_the_28th_in_common_years(self):
        self.assertRound("2025-02-28", self._round("today"), self.leap)
        self.assertRound("2028-02-28", self._round("today"), self.nobody)
        self.assertRound("2028-02-29", self._round("today"), self.leap)

    def test_this_week_begins_as_in_the_language_of_the_author(self):
        """1 March 2025 is a Saturday, the 5th the Wednesday after."""
        language = self.env["res.lang"]._lang_get(self.mia.lang)
        language.week_start = "1"
        week = self._round("week")
        self.assertRound("2025-03-02", week, self.farmer | self.leap)
        self.assertRound("2025-03-03", week, self.spring)
        language.week_start = "7"
        self.assertRound("2025-03-02", week, self.spring)

    def test_this_month(self):
        month = self._round("month")
        self.assertRound("2025-02-10", month, self.leap)
        self.assertRound("2025-03-31", month, self.farmer | self.spring)

    def test_in_the_next_days(self):
        self.assertRound("2025-02-26", self._round("days", 3), self.farmer | self.leap)
        everybody = self.farmer | self.leap | self.spring
        self.assertRound("2024-12-31", self._round("days", 64), everybody)
        self.assertRound("2025-03-06", self._round("days", 1), self.nobody)

    def test_over_the_turn_of_the_year(self):
        self._founded(self.west_farmer, "1970-01-02")
        self.assertRound("2025-12-30", self._round("days", 5), self.west_farmer)

    def test_of_any_contact_of_the_customer(self):
        """In a segment of contacts, of the contact itself."""
        segment = self.assertRound("2025-03-01", self._round("today"), self.farmer)
        self.assertIn("(Ana: March 1)", self._reason(segment, self.farmer))
        self.assertRound("2025-03-01", self._round("today"), self.ana, level="contact")

    def test_a_moment_is_on_the_day_where_the_company_is(self):
        self.company.resource_calendar_id.tz = "America/La_Paz"
        self.env.cr.execute(
            "UPDATE res_partner SET create_date = '2020-03-06 02:00' WHERE id = %s",
            [self.spring.id],
        )
        created = self._round("today", anniversary_field="create_date")
        with self._at("2025-03-06 02:00:00"):
            self.assertMembers(self._segment(created), self.spring)
        with self._at("2025-03-06 12:00:00"):
            self.assertMembers(self._segment(created), self.nobody)

    def test_members_come_and_go_overnight_with_no_write(self):
        with self._at("2025-03-04 12:00:00"):
            segment = self._segment(self._round("today"))
            self.assertMembers(segment, self.nobody)
        for expected in (self.spring, self.nobody):
            with self._at(segment.date_next):
                self._follow()
                self.assertMembers(segment, expected)

    def test_what_is_written_is_followed(self):
        with self._at("2025-03-05 12:00:00"):
            segment = self._segment(self._round("today"))
            self._founded(self.spring, "1980-03-06")
            self._founded(self.leap, "1980-03-05")
            self._follow()
            self.assertMembers(segment, self.leap)

    def test_in_words(self):
        for condition, sentence in (
            (self._round("today"), "Founded On comes round today"),
            (self._round("week"), "Founded On comes round this week"),
            (self._round("month"), "Founded On comes round this month"),
            (self._round("days", 1), "Founded On comes round today or tomorrow"),
            (self._round("days", 9), "Founded On comes round in the next 9 days"),
        ):
            segment = self._segment(condition)
            self.assertEqual(segment.condition_ids.sentence, sentence)

    def test_nothing_is_said_before_a_date_is_chosen(self):
        condition = self.env["segmentation.condition"].new({"kind": "anniversary"})
        self.assertFalse(condition.sentence)

    def test_what_cannot_be_asked_is_refused(self):
        for condition, message in (
            (self._round("today", anniversary_field=False), "Choose a date"),
            (self._round(False), "Choose when"),
            (self._round("days", 0), "1 to 366 days ahead"),
            (self._round("days", 400), "1 to 366 days ahead"),
        ):
            with self.assertRaisesRegex(ValidationError, message):
                self._segment(condition)
