from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from ...models.segment.condition import CONTACT, FIGURES, PARTNER, TOPICS
from .common import SegmentCommon


@tagged("post_install", "-at_install")
class TestConditionDomain(SegmentCommon):
    """What a domain on contacts hangs on, why it holds, and what is wrong with it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tag = cls.env["res.partner.category"].create({"name": "VIP"})
        cls.ana, cls.bruno = cls.env["res.partner"].create(
            [
                {"name": "Ana", "city": "Montero", "color": 3},
                {"name": "Bruno", "city": "Warnes", "color": 7},
            ]
        )

    def _condition(self, *domain):
        return self._segment([*domain]).condition_ids

    def assertHangsOn(self, condition, topics, is_timed=False, is_untold=False):
        self.assertEqual(condition._topics(), topics)
        self.assertEqual(condition._is_timed(), is_timed)
        self.assertEqual(condition._is_untold(), is_untold)

    # --- What it hangs on -------------------------------------------------------

    def test_own_fields_are_told(self):
        self.assertHangsOn(
            self._condition(("city", "=", "Montero"), ("user_id", "=", self.mia.id)),
            {PARTNER},
        )
        self.assertHangsOn(
            self._condition(("category_id", "in", self.tag.ids)), {PARTNER}
        )

    def test_the_family_is_told(self):
        self.assertHangsOn(
            self._condition(
                ("parent_id.city", "=", "Montero"),
                ("commercial_partner_id.child_ids", "any", [("city", "!=", False)]),
                ("id", "child_of", self.ana.id),
            ),
            {PARTNER},
        )

    def test_figures_and_contact_are_told(self):
        self.assertHangsOn(
            self._condition(("segmentation_quadrant", "=", "retention")),
            {PARTNER, FIGURES},
        )
        self.assertHangsOn(
            self._condition(("segmentation_last_call", "=", False)),
            {PARTNER, CONTACT},
            is_timed=True,
        )

    def test_other_records_are_not_told(self):
        for leaf in (
            ("user_id.name", "=", "Mia"),
            ("user_id", "any", [("active", "=", True)]),
            ("category_id", "ilike", "VIP"),
            ("category_id", "child_of", self.tag.id),
            ("bank_ids", "!=", False),
            ("child_ids.user_id.name", "=", "Mia"),
        ):
            with self.subTest(leaf):
                self.assertHangsOn(self._condition(leaf), {PARTNER}, is_untold=True)

    def test_unknown_ways_to_search_are_not_told(self):
        self.assertHangsOn(
            self._condition(("activity_state", "=", "overdue")), TOPICS, is_untold=True
        )

    def test_dates_that_move(self):
        self.assertHangsOn(
            self._condition(("create_date", "<", "today -1m")), {PARTNER}, is_timed=True
        )
        self.assertHangsOn(
            self._condition(("create_date", "<", "2024-05-31")), {PARTNER}
        )
        self.assertHangsOn(
            self._condition(("child_ids", "any", [("create_date", ">", "-3d")])),
            {PARTNER},
            is_timed=True,
        )

    def test_a_member_leaves_overnight_with_no_write(self):
        segment = self._segment(
            [("create_date", ">=", "today"), ("id", "in", self.ana.ids)]
        )
        self._run_job()
        self.assertMembers(segment, self.ana)
        with self._at(segment.date_next):
            self._run_job()
        self.assertMembers(segment, self.env["res.partner"])

    def test_days_begin_where_the_company_is(self):
        """At two o'clock UTC it is still yesterday in La Paz, wherever Mia is."""
        self.mia.tz = "Asia/Tokyo"
        self.company.resource_calendar_id.tz = "America/La_Paz"
        with self._at("2025-03-05 15:00:00"):
            self.env.cr.execute(
                "UPDATE res_partner SET create_date = '2025-03-05 05:00' WHERE id = %s",
                [self.ana.id],
            )
        today = [("create_date", ">=", "today"), ("id", "=", self.ana.id)]
        with self._at("2025-03-06 02:00:00"):
            self.assertMembers(self._segment(today), self.ana)
        with self._at("2025-03-06 04:00:00"):
            self.assertMembers(self._segment(today), self.env["res.partner"])

    def test_tags_given_from_the_side_of_the_tag_are_followed(self):
        segment = self._segment([("category_id", "in", self.tag.ids)])
        self.tag.partner_ids = self.ana
        self._follow()
        self.assertMembers(segment, self.ana)
        self.tag.partner_ids = self.bruno
        self._follow()
        self.assertMembers(segment, self.bruno)

    # --- Why --------------------------------------------------------------------

    def test_values_that_tell_something(self):
        segment = self._segment(
            [("color", ">", 1), ("city", "in", ["Montero", "Warnes"])],
            [("name", "=", "Ana")],
        )
        self.assertEqual(
            segment.membership_ids.reason,
            "Color Index is more than 1 and City is “Montero” or “Warnes” "
            "(City: “Montero”; Color Index: 3)\nName is “Ana”",
        )

    def test_reasons_of_many_cost_no_more_queries(self):
        partners = self.env["res.partner"].create(
            [{"name": f"P{number}", "color": 5} for number in range(100)]
        )
        segment = self._segment([("color", ">", 4), ("id", "in", partners.ids)])
        counts = []
        ids = segment.membership_ids.ids
        for found_ids in (ids[:1], ids[:1], ids):
            self.env.invalidate_all()
            found = segment.membership_ids.browse(found_ids)
            before = self.env.cr.sql_log_count
            found.mapped("reason")
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])

    def test_reasons_in_many_segments_cost_no_more_queries(self):
        rules = ([("color", ">", 2)], [("user_id", "!=", self.mia.id)])
        one = self._segment(*rules)
        many = one.union(*(self._segment(*rules) for _number in range(9)))
        counts = []
        for segments in (one, one, many):
            ids = segments.membership_ids.ids
            memberships = one.membership_ids.browse(ids)
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(len(set(memberships.mapped("reason"))), 2)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])

    # --- Problems ---------------------------------------------------------------

    def test_deleted_records_are_refused(self):
        tag = self.tag.copy()
        domain = [("category_id", "in", tag.ids)]
        tag.unlink()
        with self.assertRaisesRegex(ValidationError, "deleted.*choose another one"):
            self._segment(domain)

    def test_records_deleted_later_are_reported(self):
        tag = self.tag.copy()
        segment = self._segment([("category_id", "in", tag.ids)])
        self.assertFalse(segment.error)
        tag.unlink()
        segment.sudo()._attempt(segment.sudo()._rebuild)
        self.assertIn("Tags include something deleted", segment.error)
        with self.assertRaises(UserError):
            segment.action_refresh()

    def test_a_field_that_is_gone_stops_its_segment_only(self):
        """As after a key field was deleted, or an addon uninstalled."""
        broken, sound = self._segment([("city", "=", "Montero")]), self._segment([])
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE segmentation_condition SET partner_domain = %s WHERE id = %s",
            ["[('x_gone', '=', 1)]", broken.condition_ids.id],
        )
        self.env.invalidate_all()
        new = self.env["res.partner"].create({"name": "New", "city": "Montero"})
        self._follow()
        self.assertIn("choose existing fields", broken.error)
        self.assertIn(new, sound.membership_ids.partner_id)
        self.assertEqual(broken.condition_ids.sentence, "[('x_gone', '=', 1)]")

    def test_what_is_no_domain_is_refused(self):
        for text in ("[('city', '=', uid)]", "5", "[('city', '<<', 1)]", "[[[", "f()"):
            with self.subTest(text), self.assertRaises(ValidationError):
                self._segment({"kind": "domain", "partner_domain": text})
