"""Who may hand over whose accounts to whom, and what nobody may set by hand."""

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .handover_common import MANAGER, USER, HandoverCommon

ADMINISTRATOR = "agro_segmentation.group_segmentation_administrator"
REFUSED = "between members of the sales teams that you lead. These are not: {}"


@tagged("post_install", "-at_install")
class TestHandoverRights(HandoverCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.outsider = new_test_user(cls.env, "oto", USER, name="Oto")
        cls.env["crm.team"].create(
            {"name": "Others", "member_ids": [Command.link(cls.outsider.id)]}
        )
        cls._farm("Of an outsider", cls.outsider)

    def test_a_manager_hands_over_within_the_team(self):
        handover = self._handover(self.ana, [self.bea, self.eva], self.lena)
        handover.action_list()
        handover.action_execute()
        self.assertEqual(self.farm.user_id, self.bea)
        self.assertEqual(handover.user_id, self.lena)
        handover.action_undo()
        self.assertEqual(self.farm.user_id, self.ana)

    def test_the_leader_is_one_of_the_team(self):
        handover = self._handover(self.ana, [self.lena], self.lena)
        handover.action_list()
        handover.action_execute()
        self.assertEqual(self.farm.user_id, self.lena)

    def test_not_from_somebody_outside_the_team(self):
        handover = self._handover(self.outsider, [self.bea], self.lena)
        with self.assertRefused(REFUSED.format("Oto"), AccessError):
            handover.action_list()

    def test_not_to_somebody_outside_the_team(self):
        handover = self._handover(self.ana, [self.outsider], self.lena)
        with self.assertRefused(REFUSED.format("Oto"), AccessError):
            handover.action_list()

    def test_not_to_an_outsider_by_changing_a_line(self):
        handover = self._handover(self.ana, [self.bea], self.lena)
        handover.action_list()
        with self.assertRefused(REFUSED.format("Oto"), AccessError):
            handover.line_ids.to_user_id = self.outsider
        handover.line_ids.to_user_id = self.eva
        self.assertEqual(handover.line_ids.to_user_id, self.eva)

    def test_rights_are_those_of_the_moment(self):
        """Leading the team no more, the manager can neither execute nor undo."""
        handover = self._handover(self.ana, [self.bea], self.lena)
        handover.action_list()
        self.team.user_id = self.outsider
        with self.assertRefused(REFUSED.format(".*Ana"), AccessError):
            handover.action_execute()
        self.team.user_id = self.lena
        handover.action_execute()
        self.team.user_id = self.outsider
        with self.assertRefused(REFUSED.format(".*Ana"), AccessError):
            handover.action_undo()

    def test_a_leaver_counts_in_the_team_left_last(self):
        """Archiving a user ends all memberships: of a former team it is too late."""
        former = new_test_user(self.env, "former_lead", MANAGER, name="Former")
        team = self.env["crm.team"].create({"name": "Former", "user_id": former.id})
        member = self.env["crm.team.member"].create(
            {"crm_team_id": team.id, "user_id": self.ana.id}
        )
        member.action_archive()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_team_member SET write_date = '2020-01-01' WHERE id = %s",
            [member.id],
        )
        self.env.invalidate_all()
        self.ana.action_archive()
        handover = self._handover(self.ana, [former], former)
        with self.assertRefused(REFUSED.format("Ana"), AccessError):
            handover.action_list()
        handover = self._handover(self.ana, [self.bea], self.lena)
        handover.action_list()
        handover.action_execute()
        self.assertEqual(self.farm.user_id, self.bea)

    def test_an_administrator_hands_over_between_all(self):
        boss = new_test_user(self.env, "boss", ADMINISTRATOR)
        handover = self._handover(self.outsider, [self.ana], boss)
        handover.action_list()
        handover.action_execute()
        self.assertEqual(handover.line_ids.partner_id.user_id, self.ana)

    def test_salespeople_and_marketing_have_no_access(self):
        marketing = new_test_user(
            self.env, "market", "agro_segmentation.group_segmentation_marketing"
        )
        handover = self._handover(self.ana, [self.bea])
        handover.action_list()
        for user in (self.ana, marketing):
            for records in (handover, handover.line_ids, handover.total_ids):
                self.assertFalse(records.with_user(user).has_access("read"))
            with self.assertRefused(".", AccessError):
                handover.with_user(user).action_execute()

    def test_a_manager_sees_own_handovers_only(self):
        other = new_test_user(self.env, "other_lead", MANAGER)
        handover = self._handover(self.ana, [self.bea], self.lena)
        handover.action_list()
        handover.action_execute()
        items = handover.line_ids.item_ids
        for records in (
            handover,
            handover.line_ids,
            handover.total_ids,
            handover.target_ids,
            items,
        ):
            self.assertTrue(records.with_user(self.lena).has_access("read"))
            self.assertFalse(records.with_user(other).has_access("read"))

    def test_nobody_sets_the_state_by_hand(self):
        """Else a planned handover could be made to run with another's rights."""
        handover = self._handover(self.ana, [self.bea], self.lena)
        admin = self.env.ref("base.user_admin")
        for values in ({"state": "planned"}, {"user_id": admin.id}):
            with self.assertRefused("changes by its buttons only", AccessError):
                handover.write(values)
            with self.assertRefused("changes by its buttons only", AccessError):
                self._handover(self.ana, [self.bea], self.lena, **values)

    def test_nobody_sets_the_state_by_defaults(self):
        """Those of the context, or of the user, are values as well."""
        handovers = self.env["segmentation.handover"].with_user(self.lena)
        admin = self.env.ref("base.user_admin")
        with self.assertRefused("changes by its buttons only", AccessError):
            handovers.with_context(
                default_state="planned",
                default_user_id=admin.id,
                default_date_effective="2020-01-01",
            ).create({"source_user_ids": [Command.set(self.outsider.ids)]})
        self.env["ir.default"].set("segmentation.handover", "user_id", admin.id)
        with self.assertRefused("changes by its buttons only", AccessError):
            handovers.create({"source_user_ids": [Command.set(self.ana.ids)]})

    def test_nobody_adds_people_to_handovers_of_others(self):
        """Else a planned one would give accounts to them, with another's rights."""
        planned = self._handover(self.outsider, [self.ana])
        own = self._handover(self.ana, [self.bea], self.lena)
        with self.assertRefused(".", AccessError):
            own.target_ids.handover_id = planned
        self.assertEqual(planned.target_ids.user_id, self.ana)

    def test_nobody_adds_people_to_what_was_executed(self):
        done = self._handover(self.ana, [self.bea], self.lena)
        done.action_list()
        done.action_execute()
        draft = self._handover(self.bea, [self.eva], self.lena)
        with self.assertRefused("is no draft any more"):
            draft.target_ids.handover_id = done

    def test_nobody_forges_the_list(self):
        handover = self._handover(self.ana, [self.bea], self.lena)
        handover.action_list()
        stranger = self._farm("Stranger", self.outsider)
        with self.assertRefused(".", AccessError):
            handover.line_ids.copy({"partner_id": stranger.id})
        with self.assertRefused("Only who gets the account"):
            handover.line_ids.write({"partner_id": stranger.id})
        with self.assertRefused(".", AccessError):
            self.env["segmentation.handover.item"].with_user(self.lena).create(
                {"line_id": handover.line_ids.id}
            )

    # --- People and companies ---------------------------------------------------

    def test_not_to_an_archived_user(self):
        handover = self._handover(self.ana, [self.bea])
        self.bea.action_archive()
        with self.assertRefused("Bea is archived and cannot take accounts over"):
            handover.action_list()

    def test_not_to_somebody_without_the_company(self):
        branch = self.env["res.company"].create({"name": "Branch"})
        self.env.user.company_ids += branch
        handover = self._handover(self.ana, [self.bea], company_id=branch.id)
        with self.assertRefused("Bea may not enter Branch"):
            handover.action_list()

    def test_customers_of_other_companies_stay(self):
        branch = self.env["res.company"].create({"name": "Branch"})
        self.ana.company_ids += branch
        other = self._farm("Other company", self.ana)
        other.company_id = branch
        lead = self._lead(self.farm, self.ana, team_id=False)
        lead.company_id = branch
        handover = self._handover(self.ana, [self.bea])
        handover.action_list()
        handover.action_execute()
        self.assertEqual(handover.line_ids.partner_id, self.farm)
        self.assertEqual((other.user_id, lead.user_id), (self.ana, self.ana))

    def test_what_is_missing_is_said(self):
        handover = self._handover(self.env["res.users"], [self.bea], name="Nameless")
        with self.assertRefused("Choose whose accounts “Nameless” hands over"):
            handover.action_list()
        handover = self._handover(self.ana, [], name="Nameless")
        with self.assertRefused("Choose who takes the accounts of “Nameless” over"):
            handover.action_list()
        handover = self._handover(self.eva, [self.bea])
        with self.assertRefused("Nothing to hand over: Eva have no accounts"):
            handover.action_list()
        handover = self._handover(self.ana, [self.bea], reason=False, name="Nameless")
        with self.assertRefused("List the accounts of “Nameless” and check them"):
            handover.action_execute()
        handover.action_list()
        with self.assertRefused("Say why “Nameless” hands accounts over"):
            handover.action_execute()

    def test_accounts_that_nobody_takes(self):
        handover = self._handover(self.ana, [(self.bea, [self.zone_east])], rule="zone")
        handover.action_list()
        self.assertEqual(handover.open_count, 1)
        with self.assertRefused("1 accounts of .* go to nobody"):
            handover.action_execute()
        handover.line_ids.to_user_id = self.eva
        handover.action_execute()
        self.assertEqual(self.farm.user_id, self.eva)
