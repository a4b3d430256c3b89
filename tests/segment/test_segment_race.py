"""Segments, written, followed and merged by two sessions at once."""

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ..race import RaceCommon


@tagged("post_install", "-at_install")
class TestSegmentRace(RaceCommon):
    def setUp(self):
        super().setUp()
        self.partner = self._commit(
            lambda env: env["res.partner"].create({"name": "Ana", "city": "Warnes"})
        )
        self.segment = self._commit(lambda env: self._segment(env, "First"))
        self._job()

    @staticmethod
    def _segment(env, name):
        domain = [("city", "=", "Montero"), ("name", "=", "Ana")]
        condition = {"kind": "domain", "partner_domain": repr(domain)}
        return env["segmentation.segment"].create(
            {"name": name, "condition_ids": [Command.create(condition)]}
        )

    def _job(self):
        """Do what the job does, in one transaction."""
        with self.registry.cursor() as cr:
            segments = self.env(cr=cr, su=True)["segmentation.segment"]
            while segments._follow_marks():
                for segment in segments._due():
                    segment._attempt(segment._rebuild)

    def _move(self, env):
        """Have the contact move to where the segment finds it."""
        self.partner.with_env(env).city = "Montero"
        return env["res.partner"]

    def _members(self, segment):
        with self.registry.cursor() as cr:
            env = self._env_of(cr)
            domain = [("segment_id", "=", segment.id), ("date_to", "=", False)]
            return env["segmentation.membership"].search(domain).partner_id.ids

    def test_a_contact_moves_while_a_segment_is_written(self):
        """The job follows the move before the segment is there to be looked at."""

        def move_and_follow(env):
            with self.registry.cursor() as cr:
                self._move(self._env_of(cr))
            self._job()
            return env["res.partner"]

        def write(env):
            segment = self._segment(env, "Second")
            self.made.append(segment)
            return segment

        second = self._race(move_and_follow, write)
        self._job()
        self.assertEqual(self._members(self.segment), self.partner.ids)
        self.assertEqual(self._members(second), self.partner.ids)

    def test_a_contact_moves_while_the_job_looks(self):
        def follow(env):
            segments = env["segmentation.segment"].sudo()
            segments.env["segmentation.segment.mark"]._mark("partner", self.partner.ids)
            segments._follow_marks()

        self._race(self._move, follow)
        self._job()
        self.assertEqual(self._members(self.segment), self.partner.ids)

    def test_two_look_at_once(self):
        """Who comes second looks again, and enters nobody twice."""

        def look(env):
            self.segment.with_env(env)._look_at(self.partner.ids)
            return env["res.partner"]

        self._commit(self._move)
        self._race(look, look)
        self.assertEqual(self._members(self.segment), self.partner.ids)

    def test_two_close_a_circle(self):
        second = self._commit(lambda env: self._segment(env, "Second"))

        def made_of(one, other):
            def write(env):
                condition = {"kind": "segment", "other_segment_id": other.id}
                one.with_env(env).condition_ids = [Command.create(condition)]
                return one.with_env(env).condition_ids.filtered("other_segment_id")

            return write

        with self.assertRaisesRegex(ValidationError, "First → Second"):
            self._race(made_of(self.segment, second), made_of(second, self.segment))

    def test_contacts_are_merged_while_the_job_looks(self):
        twin = self._commit(
            lambda env: env["res.partner"].create({"name": "Ana", "city": "Montero"})
        )
        self._job()

        def look(env):
            self._move(env)
            self.segment.with_env(env)._look_at(self.partner.ids)
            return env["res.partner"]

        def merge(env):
            wizard = env["base.partner.merge.automatic.wizard"]
            wizard._merge([self.partner.id, twin.id], self.partner.with_env(env))

        self._race(look, merge)
        self._job()
        self.assertEqual(self._members(self.segment), self.partner.ids)
