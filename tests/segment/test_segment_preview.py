from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import SegmentCommon


@tagged("post_install", "-at_install")
class TestSegmentPreview(SegmentCommon):
    """What is shown while a rule is written is what saving it does."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ana, cls.bruno, cls.carla = cls.env["res.partner"].create(
            [
                {"name": "Ana", "city": "Montero", "email": "ana@example.com"},
                {
                    "name": "Bruno",
                    "city": "Montero",
                    "ref": "B",
                    "phone": "+591 70000001",
                },
                {"name": "Carla", "city": "Warnes", "ref": "C"},
            ]
        )
        cls.people = cls.ana | cls.bruno | cls.carla
        cls.in_montero = cls._by("city", "Montero")
        cls.with_ref = cls._by("ref", "B", "C")

    @staticmethod
    def _by(field, *values, role="include", **more):
        """Return the values of a condition on a field of the contact."""
        domain = [(field, "in", list(values))]
        return {
            "kind": "domain",
            "role": role,
            "partner_domain": repr(domain),
            **more,
        }

    def _unsaved(self, *conditions, choices=(), **values):
        """Return a segment as the marketer's screen has it, not saved."""
        segments = self.env["segmentation.segment"].with_user(self.mia)
        return segments.new(
            {
                "name": "Segment",
                "level": "customer",
                "match": "all",
                "kind": "dynamic",
                "company_id": self.company.id,
                "condition_ids": [Command.create(values) for values in conditions],
                "choice_ids": [
                    Command.create({"partner_id": partner.id, "choice": choice})
                    for partner, choice in choices
                ],
                **values,
            }
        )

    def assertSameAsSaved(self, *conditions, choices=(), **values):
        """The preview counts and names whom saving the same makes members."""
        preview = self._unsaved(*conditions, choices=choices, **values)._preview()
        segment = self._segment(*conditions, **values)
        segment.write(
            {
                "choice_ids": [
                    Command.create({"partner_id": partner.id, "choice": choice})
                    for partner, choice in choices
                ]
            }
        )
        current = segment.membership_ids.filtered(lambda row: not row.date_to)
        self.assertEqual(preview["found"], segment.member_count)
        self.assertEqual(preview["entering"], segment.member_count)
        self.assertEqual(
            {partner: why for partner, why in preview["rows"]},
            {row.partner_id: row.reason for row in current},
        )
        return preview

    def test_all_conditions(self):
        preview = self.assertSameAsSaved(self.in_montero, self.with_ref)
        self.assertEqual(preview["found"], 1)
        self.assertEqual([count for _c, count in preview["conditions"]], [2, 2])

    def test_any_condition(self):
        preview = self.assertSameAsSaved(self.in_montero, self.with_ref, match="any")
        self.assertEqual(preview["found"], 3)

    def test_those_to_exclude(self):
        exclude = {**self.with_ref, "role": "exclude"}
        preview = self.assertSameAsSaved(self.in_montero, exclude)
        self.assertEqual((preview["found"], preview["excluded"]), (1, 1))

    def test_what_must_not_hold(self):
        self.assertSameAsSaved(self.in_montero, {**self.with_ref, "is_negated": True})

    def test_contacts(self):
        self.env["res.partner"].create(
            {"name": "Ana's son", "parent_id": self.ana.id, "city": "Montero"}
        )
        preview = self.assertSameAsSaved(self.in_montero, level="contact")
        self.assertEqual(preview["found"], 3)

    def test_another_segment(self):
        inner = self._segment(self.in_montero, name="Inner")
        other = {"kind": "segment", "other_segment_id": inner.id}
        self.assertSameAsSaved(other, self.with_ref)

    def test_by_hand(self):
        choices = [(self.carla, "in"), (self.ana, "out")]
        preview = self.assertSameAsSaved(self.in_montero, choices=choices)
        self.assertEqual((preview["found"], preview["by_hand"]), (2, 1))

    def test_nobody_without_conditions(self):
        self.assertEqual(self._unsaved()._preview()["found"], 0)

    def test_who_would_enter_and_leave(self):
        segment = self._segment(self.in_montero)
        changed = segment.new(origin=segment)
        changed.condition_ids.partner_domain = repr([("ref", "in", ["B", "C"])])
        preview = changed._preview()
        self.assertEqual((preview["entering"], preview["leaving"]), (1, 1))
        self.assertMembers(segment, self.ana | self.bruno)

    def test_who_can_be_reached(self):
        preview = self._unsaved(self.in_montero)._preview()
        self.assertEqual((preview["email"], preview["phone"]), (1, 1))
        self.env["mail.blacklist"]._add("ana@example.com")
        self.env["phone.blacklist"].create({"number": "+59170000001"})
        preview = self._unsaved(self.in_montero)._preview()
        self.assertEqual((preview["email"], preview["phone"]), (0, 0))

    def test_customers_are_reached_through_their_contacts(self):
        self.env["res.partner"].create(
            [
                {"name": name, "parent_id": self.carla.id, "email": f"{name}@e.com"}
                for name in ("one", "two")
            ]
        )
        self.assertEqual(self._unsaved(self.with_ref)._preview()["email"], 1)
        contacts = self._unsaved(self.with_ref, level="contact")
        self.assertEqual(contacts._preview()["email"], 0)

    def test_what_is_wrong_is_said(self):
        bad = {"kind": "domain", "partner_domain": "[('no_field', '=', 1)]"}
        preview = self._unsaved(bad)._preview()
        self.assertEqual(list(preview), ["problem"])
        self.assertIn("existing fields", preview["problem"])

    @mute_logger("odoo.sql_db")
    def test_values_that_the_database_refuses(self):
        segments = self.env.registry["segmentation.segment"]
        with patch.object(
            segments,
            "_preview_conditions",
            lambda self: self.env.cr.execute("SELECT 'many'::integer"),
        ):
            preview = self._unsaved(self.in_montero)._preview()
        self.assertEqual(list(preview), ["problem"])
        self.assertIn("check the values", preview["problem"])
        self.assertEqual(self._unsaved(self.in_montero)._preview()["found"], 2)

    def test_days_begin_where_the_company_is(self):
        """The marketer is far ahead of the company, where it is still yesterday."""
        self.company.resource_calendar_id.tz = "Etc/GMT+12"
        self.mia.tz = "Etc/GMT-14"
        farmers = self.env["res.partner"].create([{"name": "Farmer"}] * 48)
        self.env.cr.execute(
            "UPDATE res_partner SET create_date = NOW() AT TIME ZONE 'UTC'"
            " - INTERVAL '1 hour' * (id - %s) WHERE id = ANY(%s)",
            [min(farmers.ids), farmers.ids],
        )
        farmers.invalidate_recordset()
        since = [("create_date", ">=", "today"), ("id", "in", farmers.ids)]
        rule = {"kind": "domain", "partner_domain": repr(since)}
        found = self._unsaved(rule)._preview()["found"]
        self.assertEqual(found, self._segment(rule).member_count)
        self.assertTrue(found)

    def test_of_no_company_that_one_may_not_enter(self):
        other = self.env["res.company"].create({"name": "Other Dealer"})
        preview = self._unsaved(self.in_montero, company_id=other.id)._preview()
        self.assertIn("company that you may enter", preview["problem"])

    def test_nothing_is_saved(self):
        before = self.env["segmentation.segment"].search_count([])
        with self.assertRaises(AssertionError):
            # leaving the form without a name is refused, after it was previewed
            with Form(self.env["segmentation.segment"].with_user(self.mia)) as form:
                with form.condition_ids.new() as condition:
                    condition.kind = "domain"
                    condition.partner_domain = self.in_montero["partner_domain"]
                self.assertIn(">2<", form.preview_html)
        self.assertEqual(self.env["segmentation.segment"].search_count([]), before)

    def test_opening_costs_no_run(self):
        segment = self._segment(self.in_montero)
        self.assertFalse(segment.preview_html)
        asked = segment.with_context(segmentation_preview=True)
        self.assertIn("Ana", asked.preview_html)

    def test_as_many_queries_for_many(self):
        self._unsaved(self.in_montero).preview_html  # noqa: B018  warm up

        def queries():
            self.env.invalidate_all()
            segment = self._unsaved(self.in_montero)
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            segment._preview()
            return self.env.cr.sql_log_count - before

        few = queries()
        self.env["res.partner"].create(
            [{"name": f"Farmer {i}", "city": "Montero"} for i in range(100)]
        )
        self.assertLessEqual(queries(), few)

    def test_for_marketing_only(self):
        segment = self._segment(self.in_montero)
        seller = self._person("preview_seller")
        with self.assertRaises(AccessError):
            segment.with_user(seller).read(["preview_html"])
        with self.assertRaises(AccessError):
            segment.with_user(seller).action_preview()
