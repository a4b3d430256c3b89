from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import SQL

from .action_common import SegmentActionCommon


@tagged("post_install", "-at_install")
class TestSegmentAction(SegmentActionCommon):
    """When actions follow, for whom, and how often."""

    def test_entering(self):
        action = self._tag_action()
        self._move(self.bruno | self.carla)
        self.assertEffects(action, [("Bruno", "pending"), ("Carla", "pending")])
        self.assertFalse(self.bruno.category_id)
        self._execute()
        self.assertEffects(action, [("Bruno", "done"), ("Carla", "done")])
        self.assertEqual((self.bruno | self.carla).category_id, self.tag)
        self.assertEqual(action.done_count, 2)

    def test_leaving(self):
        action = self._tag_action(moment="leave")
        self._enter(self.bruno)
        self.assertEffects(action, [])
        self._leave(self.bruno)
        self.assertEffects(action, [("Bruno", "done")])
        self.assertEqual(self.bruno.category_id, self.tag)

    def test_in_the_order_in_which_it_happened(self):
        self._tag_action(moment="leave", kind="tag_remove", sequence=1)
        self._tag_action(sequence=2)
        self._move(self.bruno)
        self._move(self.bruno, "Warnes")
        self._execute()
        self.assertFalse(self.bruno.category_id)

    def test_present_members_are_left_alone(self):
        action = self._tag_action()
        self.segment.action_refresh()
        self._execute()
        self.assertEffects(action, [])

    def test_who_is_found_as_the_action_is_added_is_left_alone(self):
        segment = self._segment(
            [("city", "=", "Montero")],
            action_ids=[
                Command.create(
                    {"kind": "tag_add", "tag_ids": [Command.set(self.tag.ids)]}
                )
            ],
        )
        self.assertMembers(segment, self.ana)
        self.assertEffects(segment.action_ids, [])
        self._later()
        self._enter(self.bruno)
        self.assertEffects(segment.action_ids, [("Bruno", "done")])

    def test_also_for_present_members(self):
        action = self._tag_action()
        self._enter(self.bruno)
        action.action_apply_to_members()
        self._execute()
        expected = [("Bruno", "done"), ("Ana", "done")]
        self.assertEffects(action, expected)
        action.action_apply_to_members()
        self.assertEffects(action, expected)

    def test_chosen_by_hand(self):
        action = self._tag_action()
        self.env["segmentation.choice"].with_user(self.mia).create(
            {"segment_id": self.segment.id, "partner_id": self.carla.id}
        )
        self._execute()
        self.assertEffects(action, [("Carla", "done")])

    def test_once_for_an_entry(self):
        action = self._tag_action()
        self._enter(self.bruno)
        self.bruno.category_id = False
        self.segment.action_refresh()
        self.bruno.street = "Main Street"
        self._follow()
        self._execute()
        self.assertFalse(self.bruno.category_id)
        self.assertEffects(action, [("Bruno", "done")])

    def test_again_for_another_entry_after_a_day(self):
        action = self._tag_action()
        self._enter(self.bruno)
        self._leave(self.bruno)
        self._later(hours=25)
        self._enter(self.bruno)
        self.assertEffects(action, [("Bruno", "done"), ("Bruno", "done")])

    def test_once_a_day(self):
        action = self._tag_action()
        self._enter(self.bruno)
        self._leave(self.bruno)
        self._enter(self.bruno)
        self.assertEffects(action, [("Bruno", "done"), ("Bruno", "repeated")])

    def test_no_endless_loop(self):
        """Who has the tag is no member; on leaving it is removed, and so on."""
        segment = self._segment(
            [("city", "=", "Montero"), ("category_id", "not in", self.tag.ids)]
        )
        self.segment = segment
        self._later()
        adds = self._tag_action()
        removes = self._tag_action(moment="leave", kind="tag_remove")
        self._enter(self.bruno)
        self.assertEffects(adds, [("Bruno", "done"), ("Bruno", "repeated")])
        self.assertEffects(removes, [("Bruno", "done")])

    def test_frozen_segments_have_none(self):
        action = self._tag_action()
        self.segment.action_freeze()
        self._enter(self.bruno)
        self.assertEffects(action, [])
        with self.assertRaisesRegex(UserError, "is frozen"):
            action.action_apply_to_members()

    def test_while_it_is_off(self):
        action = self._tag_action()
        self._move(self.bruno)
        action.active = False
        self._later()
        self._move(self.carla)
        self._execute()
        self.assertEffects(action, [("Bruno", "pending")])
        action.active = True
        self._execute()
        self.assertEffects(action, [("Bruno", "done")])

    def test_duplicates_have_none(self):
        self._tag_action()
        self.assertFalse(self.segment.copy({"name": "Copy"}).action_ids)

    def test_the_job_does_it(self):
        action = self._tag_action()
        self.bruno.city = "Montero"
        self.env.flush_all()
        self.env.cr.execute(  # the job's clock is the real one
            SQL(
                "UPDATE segmentation_segment_action SET create_date = %s WHERE id = %s",
                "2020-01-01",
                action.id,
            )
        )
        with self.enter_registry_test_mode():
            self.env.ref("agro_segmentation.segment_cron").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(self.bruno.category_id, self.tag)

    def test_done_and_noted_in_one_go(self):
        """A server that stops before the commit leaves neither; it is done later."""
        action = self._tag_action()
        self._move(self.bruno)
        with self.env.cr.savepoint() as savepoint:
            self._execute()
            self.assertEqual(self.bruno.category_id, self.tag)
            savepoint.rollback()
        self.env.invalidate_all()
        self.assertFalse(self.bruno.category_id)
        self.assertEffects(action, [("Bruno", "pending")])
        self._execute()
        self.assertEffects(action, [("Bruno", "done")])

    def test_merged_contacts_keep_what_was_done(self):
        action = self._tag_action()
        self._enter(self.bruno)
        self._move(self.carla)
        self._merge(self.carla, self.ana)
        self.assertEffects(action, [("Bruno", "done"), ("Ana", "pending")])
        self._merge(self.bruno, self.ana)
        self.assertEffects(action, [("Ana", "done")])
        self._execute()
        self.assertEqual(action.done_count, 1)

    def _merge(self, source, destination):
        wizard = self.env["base.partner.merge.automatic.wizard"]
        admin = wizard.with_user(self.env.ref("base.user_admin"))
        admin._merge([source.id, destination.id], destination, extra_checks=False)
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestSegmentActionErrors(SegmentActionCommon):
    """Whose rights count, and what happens to what fails."""

    def _only_for(self, partner):
        """Let nobody but administrators see other contacts than this one."""
        self.env["ir.rule"].create(
            {
                "name": "Only one",
                "model_id": self.env.ref("base.model_res_partner").id,
                "domain_force": [("id", "in", [partner.id, self.mia.partner_id.id])],
                "groups": [Command.set(self.env.ref("base.group_user").ids)],
                "perm_read": False,
            }
        )

    def test_what_fails_fails_for_its_contact_only(self):
        action = self._tag_action()
        self._move(self.bruno | self.carla)
        self._only_for(self.carla)
        self._execute()
        self.assertEffects(action, [("Bruno", "failed"), ("Carla", "done")])
        self.assertFalse(self.bruno.category_id)
        self.assertEqual(action.failed_count, 1)
        self.assertEqual(self.segment.action_failed_count, 1)
        self.assertTrue(action.error)

    def test_one_action_fails_and_the_others_go_on(self):
        admin = self.env.ref("base.user_admin")
        admin.company_ids += self.company
        bad = self._action(
            admin,
            kind="server_action",
            server_action_id=self.env["ir.actions.server"]
            .create(
                {
                    "name": "Bad",
                    "model_id": self.env.ref("base.model_res_partner").id,
                    "state": "code",
                    "code": "records.write({'name': 'Half done'})\n1 / 0",
                }
            )
            .id,
        )
        good = self._tag_action()
        self._enter(self.bruno)
        self.assertEffects(bad, [("Bruno", "failed")])
        self.assertIn("division by zero", bad.error)
        self.assertEqual(self.bruno.name, "Bruno")
        self.assertEffects(good, [("Bruno", "done")])

    def test_try_again(self):
        action = self._tag_action()
        self._move(self.bruno)
        self._only_for(self.carla)
        self._execute()
        self.env["ir.rule"].search([("name", "=", "Only one")]).unlink()
        action.action_retry()
        self._execute()
        self.assertEffects(action, [("Bruno", "done")])
        self.assertFalse(action.error)

    def test_an_author_who_left(self):
        action = self._tag_action()
        self._move(self.bruno | self.carla)
        self.mia.active = False
        self._execute()
        self.assertEffects(action, [("Bruno", "failed"), ("Carla", "failed")])
        self.assertIn("Mia Marketing, who may not write", action.sudo().error)
        other = self.env.ref("base.user_admin")
        other.company_ids += self.company
        action.with_user(other).write({"sequence": 3})
        self.assertEqual(action.author_id, self.mia)
        action.with_user(other).write({"moment": "enter"})
        action.with_user(other).action_retry()
        self._execute()
        self.assertEffects(action, [("Bruno", "done"), ("Carla", "done")])

    def test_who_may_not_modify_contacts(self):
        self.mia.group_ids -= self.env.ref("base.group_partner_manager")
        with self.assertRaisesRegex(ValidationError, "may not modify contacts"):
            self._tag_action()

    def test_nobody_writes_it_in_another_name(self):
        action = self._tag_action(author_id=self.env.ref("base.user_admin").id)
        self.assertEqual(action.author_id, self.mia)
        action.author_id = self.env.ref("base.user_admin")
        self.assertEqual(action.author_id, self.mia)

    def test_what_is_needed_is_gone(self):
        action = self._tag_action()
        self._move(self.bruno)
        self.tag.unlink()
        self._execute()
        self.assertEqual(action.error, "Choose the tags.")

    def test_the_same_queries_for_one_and_for_many(self):
        self._tag_action()
        self._action(
            kind="mailing_list",
            mailing_list_id=self.env["mailing.list"].create({"name": "News"}).id,
        )
        call = self.env.ref("mail.mail_activity_data_call")
        self._action(kind="activity", activity_type_id=call.id)
        counts = [self._count_queries(number) for number in (1, 1, 50)]
        self.assertLessEqual(counts[2], counts[1] + 5)

    def test_errors_of_many_actions_cost_as_much_as_of_one(self):
        actions = self.env["segmentation.segment.action"].union(
            *(self._tag_action() for _number in range(10))
        )
        self._enter(self.bruno)
        actions.effect_ids.sudo().write({"state": "failed", "error": "Broken"})
        counts = []
        for some in (actions[:1], actions[:1], actions):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(set(some.mapped("error")), {"Broken"})
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])

    def _count_queries(self, number):
        """Return the queries to do everything for that many new pairs of contacts.

        One of each pair has no e-mail address.
        """
        partners = self.env["res.partner"].create(
            [
                {"name": f"New {index}", "email": email}
                for index in range(number)
                for email in (f"{number}_{index}@example.com", False)
            ]
        )
        self._move(partners)
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.assertEqual(self.effects.sudo()._execute_next(), 6 * number)
        self.env.flush_all()
        return self.env.cr.sql_log_count - before
