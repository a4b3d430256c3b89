from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ...models.segment.condition import PARTNER, SEGMENT
from .common import SegmentCommon


@tagged("post_install", "-at_install")
class TestDomainSegments(SegmentCommon):
    """Conditions on contacts that ask in which segments these are."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ana, cls.bruno = cls.env["res.partner"].create(
            [{"name": "Ana", "city": "Montero"}, {"name": "Bruno", "city": "Warnes"}]
        )
        cls.best = cls._segment([("city", "=", "Montero")], name="Best")
        cls.members = [("segmentation_segment_ids", "in", cls.best.ids)]

    def _made_of(self, *leaf):
        return self._segment([leaf]).condition_ids._made_of()

    def _ask(self, segment, domain):
        """Have a segment ask for contacts by a domain."""
        segment.condition_ids = [
            Command.create({"kind": "domain", "partner_domain": repr(domain)})
        ]

    def assertCircle(self, way, segment, domain):
        with self.assertRaises(ValidationError) as caught:
            self._ask(segment, domain)
        sentence = f"would be made of itself ({way}): choose another segment."
        self.assertIn(sentence, str(caught.exception))

    # --- What it hangs on -------------------------------------------------------

    def test_which_segments_a_domain_hangs_on(self):
        other = self._segment([("ref", "=", "X")], name="Others")
        for leaf, expected in (
            (("city", "=", "Montero"), other.browse()),
            (("segmentation_segment_ids", "=", self.best.id), self.best),
            (("segmentation_segment_ids", "not in", self.best.ids), self.best),
            (("segmentation_segment_ids", "ilike", "est"), self.best),
            (("segmentation_segment_ids", "not ilike", "est"), self.best),
            (("segmentation_segment_ids", "=", "Others"), other),
            (("segmentation_segment_ids.name", "=", "Others"), other),
            (("segmentation_segment_ids", "any", [("name", "=", "Best")]), self.best),
            (("child_ids.segmentation_segment_ids", "in", other.ids), other),
            (("parent_id", "any", [self.members[0]]), self.best),
            (("segmentation_membership_ids.segment_id", "=", self.best.id), self.best),
            (
                (
                    "segmentation_membership_ids",
                    "any",
                    [("segment_id", "=", "Others"), ("date_to", "!=", False)],
                ),
                other,
            ),
        ):
            with self.subTest(leaf):
                self.assertEqual(self._made_of(*leaf), expected)

    def test_of_its_own_company(self):
        company = self.env["res.company"].create({"name": "Other"})
        self.mia.company_ids += company
        theirs = self._segment([], name="Best of theirs", company_id=company.id)
        self.assertEqual(
            self._made_of("segmentation_segment_ids", "ilike", "best"), self.best
        )
        leaf = ("segmentation_segment_ids", "in", (theirs + self.best).ids)
        self.assertEqual(self._made_of(*leaf), self.best)

    def test_it_is_told_who_enters_and_leaves(self):
        condition = self._segment(self.members).condition_ids
        self.assertEqual(condition._topics(), {PARTNER, SEGMENT})
        self.assertFalse(condition._is_untold())

    def test_it_is_looked_at_after_the_segments_it_asks_for(self):
        """Whichever was written first."""
        late = self._segment([("ref", "=", "X")], name="Late")
        early = self._segment([("ref", "=", "Y")], name="Early")
        self._ask(early, [("segmentation_segment_ids", "not in", late.ids)])
        early.match = "any"
        self.assertNotIn(self.ana, late.membership_ids.partner_id)
        self.assertIn(self.ana, early.membership_ids.partner_id)
        self._follow()
        self.ana.ref = "X"
        early._bring_up_to_date()
        ordered = [segment.name for segment in early.sudo()._from_the_inside()]
        self.assertEqual(ordered, ["Late", "Early"])
        current = early.sudo().membership_ids.filtered(lambda row: not row.date_to)
        self.assertNotIn(self.ana, current.partner_id)

    def test_it_follows_who_enters_and_leaves(self):
        segment = self._segment(self.members)
        self.assertMembers(segment, self.ana)
        self._follow()
        self.bruno.city = "Montero"
        self.ana.city = "Warnes"
        self._follow()
        self.assertMembers(segment, self.bruno)

    def test_documents_of_members(self):
        self._invoice(self.ana, 100, "2024-11-15")
        self._invoice(self.bruno, 100, "2024-11-15")
        self._refresh()
        domain = [("partner_id.segmentation_segment_ids", "in", self.best.ids)]
        segment = self._segment(
            {
                "kind": "records",
                "records_model": "segmentation.position",
                "records_domain": repr(domain),
            }
        )
        self.assertMembers(segment, self.ana)
        self.assertEqual(segment.condition_ids._made_of(), self.best)

    # --- Circles ----------------------------------------------------------------

    def test_a_segment_that_asks_for_itself(self):
        for leaf in (
            ("segmentation_segment_ids", "in", self.best.ids),
            ("segmentation_segment_ids", "not in", self.best.ids),
            ("segmentation_segment_ids", "=", False),
            ("segmentation_segment_ids", "!=", False),
            ("segmentation_segment_ids", "ilike", "be"),
            ("segmentation_segment_ids.name", "=", "Best"),
            ("segmentation_segment_ids.level", "=", "customer"),
            ("child_ids.segmentation_segment_ids", "in", self.best.ids),
            ("parent_id.child_ids", "not any", self.members),
            ("segmentation_membership_ids", "=", False),
            ("segmentation_membership_ids", "any", [("date_to", "!=", False)]),
            ("segmentation_membership_ids.segment_id", "=", self.best.id),
            ("segmentation_membership_ids.date_from", ">", "2024-01-01"),
        ):
            with self.subTest(leaf):
                self.assertCircle("Best → Best", self.best, ["!", leaf])

    def test_a_segment_that_asks_for_itself_through_another(self):
        middle = self._segment(
            {"kind": "segment", "other_segment_id": self.best.id}, name="Middle"
        )
        outer = self._segment(
            [("segmentation_segment_ids", "in", middle.ids)], name="Outer"
        )
        for segment, way in ((middle, "Middle"), (outer, "Outer → Middle")):
            domain = [("segmentation_segment_ids", "in", segment.ids)]
            self.assertCircle(f"Best → {way} → Best", self.best, domain)

    def test_a_condition_on_a_segment_whose_domain_asks_for_this_one(self):
        outer = self._segment(self.members, name="Outer")
        with self.assertRaisesRegex(ValidationError, "Best → Outer → Best"):
            self.best.condition_ids = [
                Command.create({"kind": "segment", "other_segment_id": outer.id})
            ]

    def test_a_new_segment_that_its_own_name_is_found_by(self):
        with self.assertRaisesRegex(ValidationError, "would be made of itself"):
            self._segment([("segmentation_segment_ids", "ilike", "go")], name="Gold")

    def test_a_name_that_closes_a_circle(self):
        asking = self._segment([("segmentation_segment_ids", "ilike", "est")], name="A")
        outer = self._segment(
            {"kind": "segment", "other_segment_id": asking.id}, name="Outer"
        )
        with self.assertRaises(ValidationError) as caught:
            outer.name = "Highest"
        self.assertIn("would be made of itself", str(caught.exception))
        outer.name = "High"

    def test_a_circle_that_came_about_is_reported(self):
        """As by names in another language."""
        asking = self._segment([("segmentation_segment_ids", "ilike", "est")], name="A")
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE segmentation_segment SET name = %s WHERE id = %s",
            ['{"en_US": "Test"}', asking.id],
        )
        self.env.invalidate_all()
        asking.sudo()._attempt(asking.sudo()._rebuild)
        self.assertIn("would be made of itself", asking.error)
        asking._bring_up_to_date()
