"""What comes along with accounts is said before, and what stays is not forgotten."""

from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .handover_common import MANAGER, HandoverCommon

AT_ONCE = "odoo.addons.agro_segmentation.models.position.refresh.AT_ONCE"
COUNTS = ("contact_count", "lead_count", "activity_count")


@tagged("post_install", "-at_install")
class TestHandoverAlong(HandoverCommon):
    def _listed(self, *args, **values):
        handover = self._handover(*args, **values)
        handover.action_list()
        return handover

    def _activity(self, record, user):
        return record.activity_schedule("mail.mail_activity_data_todo", user_id=user.id)

    def _counts(self, record):
        return tuple(record[name] for name in COUNTS)

    def _owned(self):
        """Give Ana two contacts, two opportunities and three activities at the farm."""
        self.contact.copy({"active": False, "user_id": self.ana.id})
        self._lead(self.farm, self.ana)
        lead = self._lead(self.contact, self.ana)
        for record in (lead, self.farm, self.farm.segmentation_parcel_ids):
            self._activity(record, self.ana)

    # --- What comes along -------------------------------------------------------

    def test_the_list_says_what_comes_along(self):
        """Not what is somebody else's, nor what is closed."""
        self._owned()
        self.contact.copy({"user_id": self.eva.id})
        self._lead(self.farm, self.eva)
        self._lead(self.farm, self.ana).action_set_lost()
        self._activity(self.farm, self.eva)
        handover = self._listed(self.ana, [self.bea])
        self.assertEqual(self._counts(handover.line_ids), (2, 2, 3))

    def test_what_is_said_is_what_moves(self):
        self._owned()
        handover = self._listed(self.ana, [self.bea])
        counts = self._counts(handover.line_ids)
        handover.action_execute()
        owners = handover.line_ids.item_ids.filtered(lambda i: i.kind == "owner")
        moved = owners.grouped("res_model")
        self.assertEqual(
            (
                len(moved["res.partner"]) - 1,
                len(moved["crm.lead"]),
                len(moved["mail.activity"]),
            ),
            counts,
        )

    def test_only_what_is_chosen_counts(self):
        """Chosen before the list is made, or after."""
        self._owned()
        handover = self._listed(self.ana, [self.bea], move_leads=False)
        self.assertEqual(self._counts(handover.line_ids), (2, 0, 3))
        handover.write(
            {"move_leads": True, "move_activities": False, "move_contacts": False}
        )
        self.assertEqual(self._counts(handover.line_ids), (0, 2, 0))
        self.assertEqual(handover.total_ids.mapped("lead_count"), [0, 2])

    def test_options_of_what_is_not_listed_yet(self):
        """They show nothing: nobody has checked whose accounts these are."""
        handover = self._handover(self.ana, [self.bea], self.lena)
        handover.move_leads = False
        self.assertFalse(handover.total_ids)
        self._handover(self.env["res.users"], [], self.lena).move_leads = False

    def test_options_changed_afterwards_do_not_change_the_register(self):
        self._owned()
        handover = self._listed(self.ana, [self.bea])
        handover.action_execute()
        handover.move_leads = False
        self.assertEqual(self._counts(handover.line_ids), (2, 2, 3))

    def test_the_totals_say_what_each_person_gets(self):
        self._owned()
        second = self._farm("Second", self.ana, 10)
        self._lead(second, self.ana)
        handover = self._listed(self.ana, [self.bea, self.eva], rule="hectares")
        people = {total.user_id: self._counts(total) for total in handover.total_ids}
        nothing = (0, 0, 0)
        self.assertEqual(
            people, {self.ana: nothing, self.bea: (2, 2, 3), self.eva: (0, 1, 0)}
        )
        admin = self.env.ref("base.user_admin")
        handover.line_ids.with_user(admin).to_user_id = self.eva
        people = {total.user_id: self._counts(total) for total in handover.total_ids}
        self.assertEqual(
            people, {self.ana: nothing, self.bea: nothing, self.eva: (2, 3, 3)}
        )

    def test_who_keeps_an_account_gets_nothing(self):
        self._owned()
        handover = self._listed(self.ana, [self.ana])
        self.assertEqual(self._counts(handover.total_ids), (0, 0, 0))

    def test_opportunities_of_business_units(self):
        """Each unit of a customer is an account with opportunities of its own."""
        units = self.env["segmentation.business.unit"].create(
            [{"name": "Seed"}, {"name": "Machines"}, {"name": "Repair"}]
        )
        for unit in units:
            self.env["segmentation.relation"]._set_salesperson(
                self.farm, unit, self.ana
            )
            lead = self._lead(self.farm, self.ana, segmentation_unit_id=unit.id)
        self._activity(lead, self.ana)
        seed, machines, repair = units
        self._lead(self.farm, self.ana, segmentation_unit_id=seed.id)
        handover = self._listed(self.ana, [self.bea], unit_ids=(seed + repair).ids)
        self.assertEqual(
            {line.unit_id: self._counts(line) for line in handover.line_ids},
            {seed: (0, 2, 0), repair: (0, 1, 1)},
        )

    # --- Figures ----------------------------------------------------------------

    def _many_wait(self):
        """Let more customers be marked than are computed at once."""
        self._farm("Second", self.ana, 10)
        self.env["segmentation.refresh"]._mark_companies(self.company)
        return patch(AT_ONCE, 0)

    def test_old_figures_are_said(self):
        handover = self._handover(self.ana, [self.bea])
        with self._many_wait():
            handover.action_list()
        self.assertRegex(handover.waiting, "customers are being computed")
        handover.action_list()
        self.assertFalse(handover.waiting)

    def test_old_figures_are_not_split(self):
        handover = self._handover(self.ana, [self.bea, self.eva], rule="potential")
        with self._many_wait(), self.assertRefused("computed.* List the accounts when"):
            handover.action_list()
        handover.action_list()
        self.assertEqual(len(handover.line_ids), 2)

    # --- What people keep -------------------------------------------------------

    def _kept(self, handover):
        handover.invalidate_recordset()
        return handover.kept_lead_count, handover.kept_activity_count

    def _others(self):
        """Give Ana an opportunity and an activity with Eva's customer and with none."""
        farm = self._farm("Of Eva", self.eva)
        leads = self._lead(farm, self.ana) | self._lead(farm.browse(), self.ana)
        return leads, self._activity(farm, self.ana) | self._activity(
            leads[1], self.ana
        )

    def test_what_is_with_others_or_nobody_is_said(self):
        """Before and after the handover, not when it is undone."""
        self._owned()
        self._others()
        self._lead(self.farm, self.bea)
        handover = self._handover(self.ana, [self.bea])
        self.assertEqual(self._kept(handover), (0, 0))
        handover.action_list()
        self.assertEqual(self._kept(handover), (2, 2))
        handover.action_execute()
        self.assertEqual(self._kept(handover), (2, 2))
        handover.action_undo()
        self.assertEqual(self._kept(handover), (0, 0))

    def test_what_is_with_archived_customers_is_kept(self):
        gone = self._farm("Gone", self.ana)
        self._lead(gone, self.ana)
        gone.active = False
        self.assertEqual(self._kept(self._listed(self.ana, [self.bea])), (1, 0))

    def test_closed_ones_are_not_told(self):
        leads, activities = self._others()
        leads[0].action_set_lost()
        activities.action_done()
        self.assertEqual(self._kept(self._listed(self.ana, [self.bea])), (1, 0))

    def test_nothing_to_tell_of_those_who_take_accounts(self):
        self._others()
        handover = self._listed(self.ana, [self.ana, self.bea], rule="count")
        self.assertEqual(self._kept(handover), (0, 0))

    def test_they_open_with_the_rights_of_the_user(self):
        """A manager who may not read opportunities of others is told their number."""
        leads, activities = self._others()
        handover = self._listed(self.ana, [self.bea], self.lena)
        self.assertEqual(self._kept(handover), (2, 2))
        for kept, action in (
            (leads, handover.action_open_kept_leads()),
            (activities, handover.action_open_kept_activities()),
        ):
            found = self.env[action["res_model"]].search(action["domain"])
            self.assertEqual(found, kept)
        self.assertFalse(leads.with_user(self.lena).search([("id", "in", leads.ids)]))
        stranger = new_test_user(self.env, "stranger", MANAGER)
        with self.assertRefused(".", AccessError):
            handover.with_user(stranger).action_open_kept_leads()
