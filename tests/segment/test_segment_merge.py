from datetime import datetime

from odoo.tests import tagged

from .common import SegmentCommon


@tagged("post_install", "-at_install")
class TestSegmentMerge(SegmentCommon):
    """The memberships of contacts that become one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ana, cls.anna = cls.env["res.partner"].create(
            [{"name": "Ana", "city": "Montero"}, {"name": "Anna", "city": "Montero"}]
        )
        cls.segment = cls._segment([("city", "=", "Montero")])
        cls._follow()
        cls.segment.sudo().membership_ids.unlink()

    def _was(self, partner, *months):
        """The contact was in the segment from month to month; None: still is."""
        for begin, end in months:
            self.cr.execute(
                """
                INSERT INTO segmentation_membership
                       (segment_id, partner_id, date_from, date_to, origin)
                VALUES (%s, %s, %s, %s, 'rule')""",
                [
                    self.segment.id,
                    partner.id,
                    datetime(2025, begin, 1),
                    datetime(2025, end, 1) if end else None,
                ],
            )

    def _merged(self):
        """Return the months of the memberships, once the contacts are one."""
        wizard = self.env["base.partner.merge.automatic.wizard"]
        wizard.with_user(self.env.ref("base.user_admin"))._merge(
            [self.ana.id, self.anna.id], self.ana
        )
        rows = self.env["segmentation.membership"].search(
            [("partner_id", "=", self.ana.id)], order="date_from"
        )
        return [
            (row.date_from.month, row.date_to and row.date_to.month) for row in rows
        ]

    def test_apart_they_stay_apart(self):
        self._was(self.ana, (1, 2), (5, None))
        self._was(self.anna, (3, 4))
        self.assertEqual(self._merged(), [(1, 2), (3, 4), (5, False)])

    def test_those_that_overlap_are_one(self):
        self._was(self.ana, (1, 3), (6, 9))
        self._was(self.anna, (2, 4), (7, 8))
        self.assertEqual(self._merged(), [(1, 4), (6, 9)])

    def test_one_that_lasts_goes_on(self):
        self._was(self.ana, (4, None))
        self._was(self.anna, (1, 2), (2, 5))
        self.assertEqual(self._merged(), [(1, False)])

    def test_both_are_members(self):
        self._was(self.ana, (4, None))
        self._was(self.anna, (2, None))
        self.assertEqual(self._merged(), [(2, False)])

    def test_members_are_counted_anew(self):
        self._was(self.ana, (4, None))
        self._was(self.anna, (2, None))
        self.segment.sudo()._count_members()
        self.assertEqual(self.segment.member_count, 2)
        self._merged()
        self._follow()
        self.assertEqual(self.segment.member_count, 1)

    def test_the_last_choice_stays(self):
        choices = self.env["segmentation.choice"].with_user(self.mia)
        values = {"segment_id": self.segment.id}
        first = choices.create({**values, "partner_id": self.ana.id, "choice": "out"})
        last = choices.create({**values, "partner_id": self.anna.id})
        first.sudo().date = datetime(2025, 1, 1)
        self._merged()
        self.assertFalse(first.exists())
        self.assertEqual(last.partner_id, self.ana)
        self._follow()
        self.assertMembers(self.segment, self.ana)
        self.assertEqual(self.segment.sudo().membership_ids.origin, "hand")
