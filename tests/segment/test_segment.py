from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .common import SegmentCommon


@tagged("post_install", "-at_install")
class TestSegment(SegmentCommon):
    """Who is a member: conditions, by hand, and what happens later."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        partners = cls.env["res.partner"]
        cls.ana, cls.bruno, cls.carla = partners.create(
            [
                {"name": "Ana", "city": "Montero"},
                {"name": "Bruno", "city": "Montero", "ref": "B"},
                {"name": "Carla", "city": "Warnes", "ref": "C"},
            ]
        )
        cls.montero = [("city", "=", "Montero")]
        cls.with_ref = [("ref", "!=", False), ("city", "!=", False)]

    def test_all_conditions_must_hold(self):
        segment = self._segment(self.montero, self.with_ref)
        self.assertMembers(segment, self.bruno)

    def test_any_condition_may_hold(self):
        segment = self._segment(self.montero, self.with_ref, match="any")
        self.assertMembers(segment, self.ana | self.bruno | self.carla)

    def test_who_is_excluded_is_no_member(self):
        exclude = {
            "kind": "domain",
            "role": "exclude",
            "partner_domain": repr(self.with_ref),
        }
        segment = self._segment(self.montero, exclude)
        self.assertMembers(segment, self.ana)

    def test_a_condition_must_not_hold(self):
        negated = {
            "kind": "domain",
            "is_negated": True,
            "partner_domain": repr(self.with_ref),
        }
        segment = self._segment(self.montero, negated)
        self.assertMembers(segment, self.ana)

    def test_people_enter_and_leave(self):
        segment = self._segment(self.montero)
        self.carla.city = "Montero"
        self.ana.city = "Warnes"
        self._follow()
        self.assertMembers(segment, self.bruno | self.carla)
        left = segment.membership_ids.filtered("date_to")
        self.assertEqual(left.partner_id, self.ana)
        self.assertEqual(left.reason_left, "No longer: City is “Montero”")

    def test_people_leave_when_they_are_to_be_left_out(self):
        exclude = {
            "kind": "domain",
            "role": "exclude",
            "partner_domain": repr([("ref", "=", "A")]),
        }
        segment = self._segment(self.montero, exclude)
        self.ana.ref = "A"
        self._follow()
        left = segment.membership_ids.filtered("date_to")
        self.assertEqual(left.partner_id, self.ana)
        self.assertEqual(left.reason_left, "Now: Reference is “A”")

    def test_by_hand_beats_the_rule(self):
        segment = self._segment(self.montero)
        self.env["segmentation.choice"].with_user(self.mia).create(
            [
                {"segment_id": segment.id, "partner_id": self.ana.id, "choice": "out"},
                {"segment_id": segment.id, "partner_id": self.carla.id},
            ]
        )
        self.assertMembers(segment, self.bruno | self.carla)
        segment.action_refresh()
        self.assertMembers(segment, self.bruno | self.carla)
        hand = segment.membership_ids.filtered(lambda row: row.origin == "hand")
        self.assertEqual(hand.partner_id, self.carla)
        segment.choice_ids.unlink()
        self.assertMembers(segment, self.ana | self.bruno)

    def test_who_chose_by_hand_says_why(self):
        segment = self._segment(self.montero)
        choices = self.env["segmentation.choice"].with_user(self.mia)
        choice = choices.create(
            {
                "segment_id": segment.id,
                "partner_id": self.carla.id,
                "reason": "Asked at the fair",
            }
        )
        membership = segment.membership_ids.filtered(
            lambda row: row.partner_id == self.carla
        )
        self.assertEqual(membership.reason, "Chosen by hand: Asked at the fair")
        with self._at("2030-01-01"):
            choice.write({"choice": "out", "reason": "Moved away"})
        self.assertEqual(membership.reason, "Chosen by hand.")
        self.assertEqual(membership.reason_left, "Taken out by hand: Moved away")
        with self._at("2030-02-01"):
            choice.write({"choice": "in", "reason": "Came back"})
        self.assertEqual(membership.reason_left, "Taken out by hand.")

    def test_segments_are_made_of_segments(self):
        inner = self._segment(self.montero)
        outer = self._segment(
            self.with_ref, {"kind": "segment", "other_segment_id": inner.id}
        )
        self.assertMembers(outer, self.bruno)
        self.carla.city = "Montero"
        self._follow()
        self.assertMembers(outer, self.bruno | self.carla)

    def test_a_segment_is_not_made_of_itself(self):
        inner = self._segment(self.montero, name="Inner")
        outer = self._segment(
            {"kind": "segment", "other_segment_id": inner.id}, name="Outer"
        )
        with self.assertRaisesRegex(ValidationError, "Inner → Outer → Inner"):
            inner.condition_ids = [
                (0, 0, {"kind": "segment", "other_segment_id": outer.id})
            ]

    def test_what_is_frozen_stays(self):
        segment = self._segment(self.montero)
        segment.action_freeze()
        self.carla.city = "Montero"
        self._follow()
        self.assertMembers(segment, self.ana | self.bruno)
        with self.assertRaises(UserError):
            segment.match = "any"
