from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ...models.common.groups import MARKETING
from .common import SegmentCommon


@tagged("post_install", "-at_install")
class TestSegmentScreens(SegmentCommon):
    """Segments over time, their overlap, choices by hand, copies."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = cls._person("screens_seller")
        cls.ana, cls.bruno, cls.carla = cls.env["res.partner"].create(
            [
                {"name": "Ana", "city": "Montero", "user_id": cls.seller.id},
                {"name": "Bruno", "city": "Montero", "ref": "B"},
                {"name": "Carla", "city": "Warnes", "ref": "C"},
            ]
        )
        cls.people = cls.ana | cls.bruno | cls.carla
        cls.montero = [("city", "=", "Montero"), ("id", "in", cls.people.ids)]
        cls.with_ref = [("ref", "in", ["B", "C"])]
        cls.segment = cls._segment(cls.montero, name="Montero")

    def _flow(self, user=None):
        return (
            self.env["segmentation.segment.flow"]
            .with_user(user or self.mia)
            .search([("segment_id", "=", self.segment.id)])
        )

    def _move(self):
        """Ana leaves a day after she entered, when Carla enters."""
        self.env.cr.execute(
            "UPDATE segmentation_membership"
            " SET date_from = date_from - INTERVAL '1 day'"
        )
        self.env.invalidate_all()
        self.ana.city = "Warnes"
        self.carla.city = "Montero"
        self._follow()

    # --- Over time --------------------------------------------------------------

    def test_who_came_and_went(self):
        self._move()
        rows = self._flow()
        self.assertEqual(
            sorted((row.partner_id.name, row.movement, row.change) for row in rows),
            [
                ("Ana", "entered", 1),
                ("Ana", "left", -1),
                ("Bruno", "entered", 1),
                ("Carla", "entered", 1),
            ],
        )
        self.assertTrue(all(rows.mapped("reason")))

    def test_the_sum_up_to_a_moment_is_the_size_then(self):
        self._move()
        flow = self.env["segmentation.segment.flow"]
        today = self.env.cr.now()

        def size(moment):
            domain = [("segment_id", "=", self.segment.id), ("date", "<=", moment)]
            return flow._read_group(domain, [], ["change:sum"])[0][0]

        self.assertEqual(size(today), self.segment.member_count)
        self.carla.city = "Warnes"
        self._follow()
        self.assertEqual(size(today), self.segment.member_count)
        self.assertFalse(size(today - timedelta(days=3)))
        self.assertEqual(size(today - timedelta(hours=3)), 2)

    def test_salespeople_see_their_own_come_and_go(self):
        self._move()
        self.assertEqual(self._flow(self.seller).partner_id, self.ana)

    def test_other_companies_see_nothing(self):
        other = self.env["res.company"].create({"name": "Other Dealer"})
        stranger = self._person("stranger", MARKETING, other)
        self._segment(self.with_ref)
        self.assertFalse(self._flow(stranger))
        overlaps = self.env["segmentation.segment.overlap"].with_user(stranger)
        self.assertFalse(overlaps.search([]))

    # --- Overlap ----------------------------------------------------------------

    def _overlaps(self):
        return (
            self.env["segmentation.segment.overlap"]
            .with_user(self.mia)
            .search([("segment_id", "=", self.segment.id)])
        )

    def test_who_is_in_both(self):
        other = self._segment(self.with_ref, name="With reference")
        self._segment([("name", "=", "Carla")], name="Shares nobody")
        overlap = self._overlaps()
        self.assertRecordValues(
            overlap,
            [
                {
                    "other_segment_id": other.id,
                    "shared": 1,
                    "member_count": 2,
                    "other_count": 2,
                    "share": 0.5,
                }
            ],
        )
        action = overlap.action_view_shared()
        memberships = self.env["segmentation.membership"].search(action["domain"])
        self.assertEqual(memberships.partner_id, self.bruno)
        self.assertEqual(memberships.segment_id, self.segment)

    def test_former_members_are_shared_no_more(self):
        self._segment(self.with_ref)
        self.bruno.city = "Warnes"
        self._follow()
        self.assertFalse(self._overlaps())

    def test_overlaps_are_for_marketing(self):
        overlaps = self.env["segmentation.segment.overlap"].with_user(self.seller)
        with self.assertRaises(AccessError):
            overlaps.search([])

    # --- By hand ----------------------------------------------------------------

    def _choose(self, partners, operation, **values):
        wizards = self.env["segmentation.choice.wizard"].with_user(self.mia)
        wizards.create(
            {
                "segment_id": self.segment.id,
                "partner_ids": [Command.set(partners.ids)],
                "operation": operation,
                **values,
            }
        ).action_apply()

    def test_put_in_keep_out_and_back_again(self):
        self._choose(self.carla, "in", reason="Asked for it")
        self.assertMembers(self.segment, self.people)
        self.assertEqual(self.segment.choice_ids.reason, "Asked for it")
        self._choose(self.carla | self.ana, "out")
        self.assertMembers(self.segment, self.bruno)
        self._choose(self.people, "rule")
        self.assertMembers(self.segment, self.ana | self.bruno)
        self.assertFalse(self.segment.choice_ids)

    def test_a_contact_stands_for_its_customer(self):
        son = self.env["res.partner"].create(
            {"name": "Carla's son", "parent_id": self.carla.id}
        )
        self._choose(son, "in")
        self.assertMembers(self.segment, self.people)

    def test_members_selected_in_a_list(self):
        wizards = self.env["segmentation.choice.wizard"].with_user(self.mia)

        def defaults(memberships):
            return wizards.with_context(
                active_model="segmentation.membership", active_ids=memberships.ids
            ).default_get(["segment_id", "partner_ids"])

        members = self.segment.membership_ids
        self.assertEqual(
            defaults(members),
            {
                "segment_id": self.segment.id,
                "partner_ids": [Command.set(members.partner_id.ids)],
            },
        )
        other = self._segment(self.with_ref)
        with self.assertRaisesRegex(UserError, "one segment"):
            defaults(members | other.membership_ids)

    def test_salespeople_choose_nobody(self):
        with self.assertRaises(AccessError):
            self.env["segmentation.choice.wizard"].with_user(self.seller).create(
                {"segment_id": self.segment.id}
            )

    def test_many_are_chosen_in_as_many_queries(self):
        def queries(count):
            partners = self.env["res.partner"].create(
                [{"name": f"Farmer {i}"} for i in range(count)]
            )
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self._choose(partners, "in")
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        queries(1)
        self.assertLessEqual(queries(50), queries(1) + 2)

    # --- Copies and counts ------------------------------------------------------

    def test_a_frozen_copy_stays(self):
        action = self.segment.action_freeze_copy()
        copy = self.env["segmentation.segment"].browse(action["res_id"])
        self.assertRecordValues(
            copy | self.segment,
            [
                {"kind": "frozen", "member_count": 2},
                {"kind": "dynamic", "member_count": 2},
            ],
        )
        self.carla.city = "Montero"
        self._follow()
        self.assertMembers(copy, self.ana | self.bruno)
        self.assertMembers(self.segment, self.people)

    def test_a_copy_has_the_rule_and_says_so(self):
        copy = self.segment.copy()
        self.assertEqual(copy.name, "Montero (copy)")
        self.assertMembers(copy, self.ana | self.bruno)
        self.assertEqual(self.segment.copy({"name": "Another"}).name, "Another")

    def test_salespeople_count_their_own_members(self):
        segment = self.segment.with_user(self.seller)
        self.assertEqual(segment.own_count, 1)
        with self.assertRaises(AccessError):
            segment.read(["member_count"])

    def test_a_contact_shows_its_segments(self):
        self._move()
        memberships = self.ana.with_user(self.seller).segmentation_membership_ids
        self.assertEqual(memberships.segment_id, self.segment)
        self.assertTrue(memberships.date_to)
