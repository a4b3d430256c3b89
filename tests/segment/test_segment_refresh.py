from unittest.mock import patch

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from .common import SegmentCommon

REFRESH = "odoo.addons.agro_segmentation.models.segment.segment_refresh"


@tagged("post_install", "-at_install")
class TestSegmentRefresh(SegmentCommon):
    """What happens to contacts is followed, by looking at no more than these."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        partners = cls.env["res.partner"]
        cls.ana, cls.acme = partners.create(
            [
                {"name": "Ana", "city": "Montero"},
                {"name": "Acme", "is_company": True},
            ]
        )
        cls.eva = partners.create(
            {"name": "Eva", "parent_id": cls.acme.id, "type": "contact", "ref": "E"}
        )
        cls.montero = [("city", "=", "Montero")]

    def _marks(self):
        return self.env["segmentation.segment.mark"].sudo().search([])

    def test_no_marks_where_no_segment_follows_them(self):
        self._marks().unlink()
        self.env["segmentation.segment"].search([]).action_archive()
        self.ana.city = "Warnes"
        self.env["res.partner"].create({"name": "New"})
        self.env.flush_all()
        self.assertFalse(self._marks())

    def test_a_frozen_segment_follows_nothing(self):
        self.env["segmentation.segment"].search([]).action_archive()
        self._segment(self.montero).action_freeze()
        self._marks().unlink()
        self.ana.city = "Warnes"
        self.env.flush_all()
        self.assertFalse(self._marks())

    def test_everybody_is_looked_at_once_all_quadrants_are_found(self):
        self._segment({"kind": "quadrant", "is_retention": True})
        self._refresh()
        self._marks().unlink()
        refresh = self.env["segmentation.refresh"]._of(self.company)
        refresh._mark_classification(self.company)
        with patch("odoo.addons.agro_segmentation.models.position.refresh.HARVESTS", 1):
            refresh._step()
            self.assertEqual(refresh.state, "running")
            self.assertNotIn(0, self._marks().mapped("partner"))
            while refresh.state == "running":
                refresh._step()
        self.assertIn(0, self._marks().mapped("partner"))

    def test_as_many_queries_for_a_hundred_contacts(self):
        self._segment(self.montero)
        contacts = self.env["res.partner"].create([{"name": "Many"}] * 100)
        self._follow()
        one, many = (self._queries_to_follow(contacts[:n]) for n in (1, 100))
        self.assertEqual(one, many)

    def test_as_many_queries_for_thirty_segments(self):
        contacts = self.env["res.partner"].create([{"name": "Many"}] * 10)
        self._segments(1)
        one = self._queries_to_follow(contacts)
        segments = self._segments(30)
        self.assertEqual(self._queries_to_follow(contacts), one)
        for segment in segments:
            self.assertMembers(segment, self.ana)

    def _segments(self, count):
        """Return segments of those of Montero, which the job has looked at."""
        segments = self.env["segmentation.segment"].union(
            *(self._segment(self.montero) for _n in range(count))
        )
        self._follow()
        return segments

    def test_segments_of_different_authors_companies_and_levels(self):
        """What one statement looks at has one author, one company, one level."""
        other = self.env["res.company"].create({"name": "Other"})
        self.mia.company_ids |= other
        noa = self.mia.copy({"login": "noa"})
        of_mia = self._segment(self.montero)
        of_contacts = self._segment(self.montero, level="contact")
        of_other = self._segment(self.montero, company_id=other.id)
        of_noa = self._segment(self.montero).with_user(noa)
        of_noa.match = "any"
        self._follow()
        self.ana.company_id = self.company
        (self.acme | self.eva).city = "Montero"
        self._follow()
        self.assertMembers(of_mia, self.ana | self.acme)
        self.assertMembers(of_contacts, self.ana | self.acme | self.eva)
        self.assertMembers(of_other, self.acme)
        self.assertMembers(of_noa, self.ana | self.acme)

    def _queries_to_follow(self, contacts):
        contacts.city = "Montero"
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        self._follow()
        queries = self.cr.sql_log_count - before
        contacts.city = "Warnes"
        self._follow()
        return queries

    def test_writing_a_hundred_contacts_costs_no_more_queries(self):
        contacts = self.env["res.partner"].create([{"name": "Many"}] * 100)
        self._queries_to_write(contacts)  # warms the caches of what is written along
        one, many = (self._queries_to_write(contacts[:n]) for n in (1, 100))
        self.assertEqual(one, many)

    def _queries_to_write(self, contacts):
        self.env.flush_all()
        self._marks().unlink()
        before = self.cr.sql_log_count
        contacts.write({"comment": f"Met {len(contacts)} at the fair"})
        self.env.flush_all()
        return self.cr.sql_log_count - before

    def test_members_are_counted(self):
        segment = self._segment(self.montero)
        self.assertEqual(segment.member_count, 1)
        bruno = self.env["res.partner"].create({"name": "Bruno", "city": "Montero"})
        self._follow()
        self.assertEqual(segment.member_count, 2)
        self.ana.city = "Warnes"
        self._follow()
        self.assertEqual(segment.member_count, 1)
        bruno.unlink()
        self._follow()
        self.assertEqual(segment.member_count, 0)

    def test_archived_and_back(self):
        segment = self._segment(self.montero)
        self.ana.active = False
        self._follow()
        self.assertMembers(segment, self.ana.browse())
        self.ana.active = True
        self._follow()
        self.assertMembers(segment, self.ana)

    def test_of_another_company(self):
        segment = self._segment(self.montero)
        self.ana.company_id = self.env["res.company"].create({"name": "Other"})
        self._follow()
        self.assertMembers(segment, self.ana.browse())
        left = segment.sudo().membership_ids
        self.assertEqual(
            left.reason_left, "Is no active contact of the company any more."
        )

    def test_chosen_by_hand_but_of_another_company_or_archived(self):
        segment = self._segment(
            choice_ids=[Command.create({"partner_id": self.ana.id})]
        )
        self.assertMembers(segment, self.ana)
        self.ana.company_id = self.env["res.company"].create({"name": "Other"})
        self._follow()
        self.assertMembers(segment, self.ana.browse())

    def test_who_is_no_customer_any_more(self):
        segment = self._segment(
            self.montero, choice_ids=[Command.create({"partner_id": self.acme.id})]
        )
        self.assertMembers(segment, self.ana | self.acme)
        holding = self.env["res.partner"].create({"name": "Holding", "city": "Warnes"})
        (self.ana | self.acme).write({"parent_id": holding.id, "is_company": False})
        self._follow()
        self.assertMembers(segment, self.ana.browse())

    def test_the_company_that_a_contact_leaves(self):
        with_ref = self._segment([("child_ids.ref", "=", "E")])
        self.assertMembers(with_ref, self.acme)
        self.eva.parent_id = False
        self._follow()
        self.assertMembers(with_ref, self.acme.browse())

    def test_the_company_of_a_deleted_contact(self):
        with_ref = self._segment([("child_ids.ref", "=", "E")])
        self.eva.unlink()
        self._follow()
        self.assertMembers(with_ref, self.acme.browse())

    def test_a_company_below_another(self):
        plant = self.env["res.partner"].create(
            {"name": "Plant", "is_company": True, "parent_id": self.acme.id}
        )
        segment = self._segment([("parent_id.city", "=", "Warnes")])
        self.acme.city = "Warnes"
        self._follow()
        self.assertMembers(segment, plant)

    def test_who_becomes_a_user_is_no_customer(self):
        segment = self._segment(self.montero)
        self.env["res.users"].create(
            {
                "login": "ana",
                "partner_id": self.ana.id,
                "company_id": self.company.id,
                "company_ids": [Command.set(self.company.ids)],
            }
        )
        self._follow()
        self.assertMembers(segment, self.ana.browse())

    def test_who_saves_a_rule_has_it_run_once_more(self):
        """Others may have changed contacts without having committed it yet."""
        segment = self._segment(self.montero)
        self.cr.execute(
            "UPDATE res_partner SET city = 'Montero' WHERE id = %s", [self.acme.id]
        )
        self._follow()
        self.assertMembers(segment, self.ana | self.acme)

    def test_the_order_of_conditions_is_no_rule(self):
        segment = self._segment(self.montero, [("ref", "=", False)])
        self._follow()
        with patch.object(type(segment), "_rebuild") as rebuild:
            segment.condition_ids[0].sequence = 99
        rebuild.assert_not_called()

    def test_a_condition_moves_to_another_segment(self):
        first, second = self._segment(self.montero), self._segment()
        first.condition_ids.segment_id = second
        self.assertMembers(first, self.ana.browse())
        self.assertMembers(second, self.ana)

    def test_back_from_the_archive(self):
        segment = self._segment(self.montero)
        segment.action_archive()
        self.acme.city = "Montero"
        self._follow()
        self.assertMembers(segment, self.ana)
        segment.action_unarchive()
        self.assertMembers(segment, self.ana | self.acme)

    def test_a_job_that_runs_out_of_time_says_that_it_did_something(self):
        """Else Odoo warns of a job that gets nothing done."""
        self._segment(self.montero)
        self.ana.city = "Warnes"
        self.env.flush_all()
        said = []

        def no_time_left(_cron, processed=0, *, remaining=None, **_kwargs):
            said.append((processed, remaining))
            return 0

        cron = type(self.env["ir.cron"])
        with patch.object(cron, "_commit_progress", no_time_left):
            self.env["segmentation.segment"].sudo()._cron_refresh()
        self.assertEqual(said, [(0, 1), (1, 1)])

    def test_one_segment_fails(self):
        """It says so, is left alone, and found anew an hour later."""
        broken, sound = self._segment(self.montero), self._segment(self.montero)
        self._follow()
        update = type(broken)._update_members

        def fail(segment, *args, **kwargs):
            if broken in segment:
                raise ZeroDivisionError("by nothing\nat all")
            return update(segment, *args, **kwargs)

        with (
            patch.object(type(broken), "_update_members", fail),
            self.assertLogs(REFRESH, "ERROR"),
        ):
            self.acme.city = "Montero"
            self._follow()
        self.assertMembers(sound, self.ana | self.acme)
        self.assertRegex(broken.error, "only an administrator can mend: by nothing$")
        self.assertGreater(broken.date_next, self.env.cr.now())
        self.ana.city = "Warnes"
        self._follow()
        self.assertMembers(broken, self.ana)
        broken.sudo().date_next = self.env.cr.now()
        self.env["segmentation.segment.mark"]._mark("partner", self.ana.ids)
        self._follow()
        self.assertFalse(broken.error)
        self.assertMembers(broken, self.acme)

    def test_what_postgresql_cannot_run_is_told_in_words(self):
        by_nothing = SQL("SELECT 1 / 0 AS key, '{}'::jsonb AS detail")
        conditions = type(self.env["segmentation.condition"])
        with (
            mute_logger("odoo.sql_db"),
            patch.object(conditions, "_select_domain", lambda *args: by_nothing),
            self.assertRaisesRegex(ValidationError, "check the values.*by zero"),
        ):
            self._segment(self.montero)

    def test_looking_again_changes_nothing(self):
        segment = self._segment(self.montero)
        self._follow()
        rows = segment.sudo().membership_ids.read()
        segment._look_at(self.ana.ids)
        segment.action_refresh()
        self.assertEqual(segment.sudo().membership_ids.read(), rows)
