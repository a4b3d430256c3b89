"""Following what happens comes to the same as looking at everybody."""

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo import Command
from odoo.tests import tagged

from ..position.test_agreement import CHECKS, RolledBack
from .common import SegmentCommon

CITIES = ("Montero", "Warnes", False)
contacts = st.integers(0, 5)
changes = st.lists(
    st.one_of(
        st.tuples(st.just("city"), contacts, st.sampled_from(CITIES)),
        st.tuples(st.just("ref"), contacts, st.sampled_from(("R", False))),
        st.tuples(st.just("active"), contacts, st.booleans()),
        st.tuples(st.just("is_company"), contacts, st.booleans()),
        st.tuples(st.just("parent_id"), contacts, st.none() | contacts),
        st.tuples(st.just("type"), contacts, st.sampled_from(("contact", "other"))),
        st.tuples(st.just("choose"), contacts, st.sampled_from(("in", "out", None))),
        st.tuples(st.just("unlink"), contacts, st.none()),
        st.tuples(st.just("follow"), st.none(), st.none()),
    ),
    min_size=1,
    max_size=12,
)


@tagged("post_install", "-at_install")
class TestSegmentAgreement(RolledBack, SegmentCommon):
    @given(steps=changes)
    @settings(CHECKS, max_examples=25)
    def test_incremental_is_full(self, steps):
        with self.example():
            self.contacts = self.env["res.partner"].create(
                [{"name": f"Contact {n}"} for n in range(6)]
            )
            self.segments = self._segments()
            for what, at, value in steps:
                self._change(what, at, value)
            self._follow()
            for segment in self.segments:
                self._assert_right(segment)

    def _segments(self):
        """Return segments of each shape: by field, by family, nested, negated."""
        of_montero = self._segment([("city", "=", "Montero")])
        of_contacts = self._segment(
            [("parent_id.city", "=", "Montero")], level="contact"
        )
        by_family = self._segment(
            [("child_ids.ref", "=", "R")],
            {"kind": "segment", "other_segment_id": of_montero.id},
            match="any",
        )
        others = self._segment(
            {"kind": "segment", "other_segment_id": by_family.id, "is_negated": True},
            {
                "kind": "segment",
                "other_segment_id": of_contacts.id,
                "role": "exclude",
            },
        )
        return of_montero | of_contacts | by_family | others

    def _change(self, what, at, value):
        if what == "follow":
            self._follow()
            return
        contact = self.contacts[at].exists()
        if what == "unlink":
            contact.filtered(lambda contact: not contact.child_ids).unlink()
        elif what == "choose":
            self._choose(contact, value)
        elif what == "parent_id":
            self._give_parent(contact, value)
        else:
            contact.write({what: value})

    def _give_parent(self, contact, at):
        """Give the contact a parent, unless that stands below it."""
        parent = contact.browse() if at is None else self.contacts[at].exists()
        below = self.contacts.exists().filtered_domain(
            [("id", "child_of", contact.ids)]
        )
        if parent not in below:
            contact.parent_id = parent

    def _choose(self, contact, choice):
        segment = self.segments[0]
        segment.choice_ids.filtered(lambda row: row.partner_id == contact).unlink()
        if choice and contact.commercial_partner_id == contact:
            segment.choice_ids = [
                Command.create({"partner_id": contact.id, "choice": choice})
            ]

    def _assert_right(self, segment):
        """Members, and their number, are those of a run that looks at everybody."""
        found = segment.membership_ids.filtered(lambda row: not row.date_to)
        followed = {(row.partner_id.id, row.origin) for row in found.sudo()}
        self.assertEqual(segment.sudo().member_count, len(followed))
        segment._rebuild()
        rebuilt = segment.membership_ids.filtered(lambda row: not row.date_to)
        self.assertEqual(
            followed, {(row.partner_id.id, row.origin) for row in rebuilt.sudo()}
        )
