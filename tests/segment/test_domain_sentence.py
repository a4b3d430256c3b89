from odoo.tests import tagged

from .common import SegmentCommon


@tagged("post_install", "-at_install")
class TestDomainSentence(SegmentCommon):
    """Domains on contacts read back as their author would say them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.vip, cls.gold = cls.env["res.partner.category"].create(
            [{"name": "VIP"}, {"name": "Gold"}]
        )

    def assertSays(self, sentence, *domain):
        self.assertEqual(self._segment([*domain]).condition_ids.sentence, sentence)

    def test_everybody(self):
        self.assertSays("everybody")

    def test_text(self):
        self.assertSays("City is “Montero”", ("city", "=", "Montero"))
        self.assertSays("City is not “Montero”", ("city", "!=", "Montero"))
        self.assertSays("City contains “ero”", ("city", "ilike", "ero"))
        self.assertSays("City does not contain “ero”", ("city", "not ilike", "ero"))
        self.assertSays("City starts with “Mon”", ("city", "=ilike", "Mon%"))
        self.assertSays("City matches “M_n%o”", ("city", "=like", "M_n%o"))
        self.assertSays(
            "City is “Warnes”, “Montero”, or empty",
            ("city", "in", ["Warnes", "Montero", False]),
        )

    def test_set_or_not(self):
        self.assertSays("Salesperson is empty", ("user_id", "=", False))
        self.assertSays("Email is filled in", ("email", "!=", False))

    def test_yes_or_no(self):
        self.assertSays("Is a Company: yes", ("is_company", "=", True))
        self.assertSays("Is a Company: no", ("is_company", "!=", True))
        self.assertSays("Is a Company: no", ("is_company", "=", False))
        self.assertSays("Is a Company: yes", ("is_company", "!=", False))

    def test_records_by_name(self):
        self.assertSays("Salesperson is “Mia Marketing”", ("user_id", "=", self.mia.id))
        self.assertSays(
            "Tags include “VIP” or “Gold”",
            ("category_id", "in", (self.vip + self.gold).ids),
        )
        self.assertSays(
            "Tags do not include “VIP”", ("category_id", "not in", self.vip.ids)
        )
        self.assertSays(
            "Tags is “VIP” or below", ("category_id", "child_of", self.vip.id)
        )

    def test_selection_and_numbers(self):
        self.assertSays(
            "Quadrant is “Retention”", ("segmentation_quadrant", "=", "retention")
        )
        self.assertSays("Color Index is at least 1,200", ("color", ">=", 1200))

    def test_paths(self):
        self.assertSays(
            "Salesperson → Email contains “agro”", ("user_id.email", "ilike", "agro")
        )
        self.assertSays(
            "Created on → month is November", ("create_date.month_number", "=", 11)
        )

    def test_related_records(self):
        self.assertSays(
            "has Contact where (Name is “Ana” and Email is empty)",
            ("child_ids", "any", [("name", "=", "Ana"), ("email", "=", False)]),
        )
        self.assertSays(
            "has no Contact where (Name is “Ana”)",
            ("child_ids", "not any", [("name", "=", "Ana")]),
        )
        self.assertSays("Contact is filled in", ("child_ids", "any", []))

    def test_joints(self):
        ana, ref = ("name", "=", "Ana"), ("ref", "=", "A")
        city = ("city", "=", "Montero")
        self.assertSays(
            "(Name is “Ana” or Reference is “A”) and City is “Montero”",
            "|",
            ana,
            ref,
            city,
        )
        self.assertSays(
            "Name is not “Ana” and Reference is not “A”", "!", "|", ana, ref
        )
        self.assertSays("not (Color Index is more than 3)", "!", ("color", ">", 3))

    def test_dates(self):
        self.assertSays(
            "Created on is until 5/31/24, 12:00\u202fPM",
            ("create_date", "<=", "2024-05-31 12:00:00"),
        )
        self.assertSays(
            "Created on is before 12 months ago", ("create_date", "<", "today -12m")
        )
        self.assertSays(
            "Created on is from the first day of last month on",
            ("create_date", ">=", "today =1d -1m"),
        )
        self.assertSays(
            "Created on is from 24 months ago to 12 months ago",
            ("create_date", ">=", "today -24m"),
            ("create_date", "<=", "today -12m"),
        )
        self.assertSays(
            "Created on is in the last 30 days",
            ("create_date", ">=", "today -30d"),
            ("create_date", "<", "today"),
        )
        self.assertSays(
            "Created on is from 7 days ago to before tomorrow",
            ("create_date", ">=", "today -7d"),
            ("create_date", "<", "today +1d"),
        )
        self.assertSays(
            "Created on is after the first day of this week, 2 weeks earlier",
            ("create_date", ">", "today =week_start -2w"),
        )

    def test_dates_and_numbers_in_the_language_of_the_user(self):
        self.env["res.lang"]._activate_lang("es_ES")
        domain = ("create_date", "<", "today -12m")
        self.assertIn("hace 12 meses", self._said_in_spanish(domain))
        domain = ("color", ">=", 1200)
        self.assertIn("1.200", self._said_in_spanish(domain))

    def _said_in_spanish(self, *domain):
        conditions = self._segment([*domain]).condition_ids
        return conditions.with_context(lang="es_ES").sentence

    def test_names_that_may_not_be_read_are_not_told(self):
        other = self.env["res.company"].create({"name": "Other"})
        hidden = self._customer("Hidden", company_id=other.id)
        self.assertSays(
            "Related Company is something deleted or hidden from you",
            ("parent_id", "=", hidden.id),
        )

    def test_names_are_read_at_once(self):
        def conditions(count):
            tags = self.env["res.partner.category"].create([{"name": "T"}] * count)
            segment = self._segment(*([("category_id", "=", tag.id)] for tag in tags))
            self.env.invalidate_all()
            return segment.condition_ids

        counts = []
        for count in (1, 2, 60):  # more than one function of SQL takes
            found = conditions(count)
            before = self.env.cr.sql_log_count
            found.mapped("sentence")
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])
