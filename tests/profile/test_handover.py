"""Accounts change hands, with all that hangs on them, and come back by an undo."""

from odoo import fields
from odoo.tests import tagged

from .handover_common import HandoverCommon


@tagged("post_install", "-at_install")
class TestHandover(HandoverCommon):
    def _executed(self, *args, **values):
        """Return a handover that is listed and executed."""
        handover = self._handover(*args, **values)
        handover.action_list()
        handover.action_execute()
        return handover

    def _activity(self, record, user):
        return record.activity_schedule("mail.mail_activity_data_todo", user_id=user.id)

    def _follows(self, user, record):
        return user.partner_id in record.message_partner_ids

    def _subscriptions(self, record):
        """Return {follower: subtypes} of a record."""
        rows = record.message_follower_ids
        return {row.partner_id: row.subtype_ids for row in rows}

    # --- What moves -------------------------------------------------------------

    def test_the_list_changes_nothing(self):
        handover = self._handover(self.ana, [self.bea])
        handover.action_list()
        self.assertRecordValues(
            handover.line_ids,
            [
                {
                    "partner_id": self.farm.id,
                    "from_user_id": self.ana.id,
                    "to_user_id": self.bea.id,
                    "hectares": 100,
                    "zone_id": self.zone_north.id,
                    "state": "todo",
                }
            ],
        )
        self.assertEqual((self.farm.user_id, handover.state), (self.ana, "draft"))

    def test_customer_contacts_and_documents_move(self):
        """Also archived contacts, which may come back; not what others have."""
        archived = self.contact.copy({"active": False, "user_id": self.ana.id})
        other = self.contact.copy({"user_id": self.eva.id})
        lead = self._lead(self.contact, self.ana)
        call = self._activity(lead, self.ana)
        visit = self._activity(self.farm.segmentation_parcel_ids, self.ana)
        task_of_other = self._activity(self.farm, self.eva)
        handover = self._executed(self.ana, [self.bea])
        for record in (self.farm, self.contact, archived, lead, call, visit):
            self.assertEqual(record.user_id, self.bea, record)
        for record in (other, task_of_other):
            self.assertEqual(record.user_id, self.eva, record)
        self.assertEqual(handover.line_ids.state, "done")
        self.assertEqual((handover.progress, handover.user_id), (100, self.env.user))

    def test_closed_opportunities_stay(self):
        won = self._lead(self.farm, self.ana)
        won.action_set_won()
        lost = self._lead(self.farm, self.ana)
        lost.action_set_lost()
        archived = self._lead(self.farm, self.ana, active=False, probability=50)
        self.assertEqual(archived.won_status, "pending")
        self._executed(self.ana, [self.bea])
        self.assertEqual((won | lost | archived).user_id, self.ana)

    def test_only_what_is_chosen_moves(self):
        lead = self._lead(self.farm, self.ana)
        task = self._activity(self.farm, self.ana)
        self._executed(
            self.ana,
            [self.bea],
            move_contacts=False,
            move_leads=False,
            move_activities=False,
        )
        self.assertEqual(self.farm.user_id, self.bea)
        for record in (self.contact, lead, task):
            self.assertEqual(record.user_id, self.ana, record)

    def test_the_team_of_an_opportunity_follows_only_if_it_must(self):
        stays = self._lead(self.farm, self.ana)
        other_team = self.env["crm.team"].create(
            {"name": "Machines", "member_ids": [(4, self.ana.id)]}
        )
        moves = self._lead(self.farm, self.ana, team_id=other_team.id)
        handover = self._executed(self.ana, [self.bea])
        self.assertEqual((stays | moves).team_id, self.team)
        handover.action_undo()
        self.assertEqual((stays.team_id, moves.team_id), (self.team, other_team))

    def _led_team(self):
        return self.env["crm.team"].create(
            {"name": "Harvesters", "user_id": self.bea.id}
        )

    def test_each_opportunity_stays_in_a_team_of_the_new_salesperson(self):
        growers = self._lead(self.farm, self.ana)
        harvesters = self._lead(self.farm, self.ana, team_id=self._led_team().id)
        teams = growers.team_id, harvesters.team_id
        self._executed(self.ana, [self.bea])
        self.assertEqual((growers.team_id, harvesters.team_id), teams)

    def test_opportunities_of_another_company_stay(self):
        branch = self.env["res.company"].create({"name": "Branch"})
        self.ana.company_ids += branch
        lead = self._lead(self.farm, self.ana, company_id=branch.id, team_id=False)
        self._executed(self.ana, [self.bea])
        self.assertEqual(lead.user_id, self.ana)

    def test_an_opportunity_of_every_company_stays_one(self):
        lead = self._lead(self.farm, self.ana, company_id=False, team_id=False)
        self.assertFalse(lead.company_id)
        self._executed(self.ana, [self.bea])
        self.assertEqual(lead.user_id, self.bea)
        self.assertFalse(lead.company_id)

    def test_followers_are_swapped(self):
        self.farm.message_subscribe(self.ana.partner_id.ids)
        self._executed(self.ana, [self.bea])
        self.assertFalse(self._follows(self.ana, self.farm))
        self.assertTrue(self._follows(self.bea, self.farm))

    def test_followers_stay_when_not_chosen(self):
        self.farm.message_subscribe(self.ana.partner_id.ids)
        self._executed(self.ana, [self.bea], move_followers=False)
        self.assertTrue(self._follows(self.ana, self.farm))
        self.assertFalse(self._follows(self.bea, self.farm))

    def test_the_chatter_says_who_to_whom_and_why(self):
        handover = self._executed(self.ana, [self.bea])
        note = self.farm.message_ids[0]
        self.assertIn(
            f"Account: handed over from Ana to Bea by {self.env.user.name}. Ana leaves",
            note.body,
        )
        self.assertEqual(note.author_id, self.env.user.partner_id)
        handover.action_undo()
        self.assertIn("undone by", self.farm.message_ids[0].body)

    def test_the_register_names_what_changed(self):
        lead = self._lead(self.farm, self.ana)
        items = self._executed(self.ana, [self.bea]).line_ids.item_ids
        owners = items.filtered(lambda item: item.kind == "owner")
        self.assertEqual(
            set(owners.mapped("document")),
            {"Contact: Farm", "Contact: Farm, Foreman", "Lead: Tractor"},
        )
        lead.unlink()
        items.invalidate_recordset(["document"])
        self.assertIn("Lead: deleted since", items.mapped("document"))

    def test_each_person_is_told_once(self):
        """Not, as Odoo would, for every customer, opportunity and activity."""
        self._farm("Second", self.ana)
        self._lead(self.farm, self.ana)
        self._activity(self.farm, self.ana)
        before = self.env["mail.notification"].search([])
        self._executed(self.ana, [self.bea])
        told = self.env["mail.notification"].search([]) - before
        self.assertEqual(told.res_partner_id, self.bea.partner_id)
        self.assertEqual(len(told), 1)
        self.assertIn(
            "2 accounts were handed over to you from Ana. Ana leaves",
            told.mail_message_id.body,
        )

    def test_positions_follow_at_once(self):
        """Record rules look at the salesperson as it is now."""
        self._planting(self.parcel, self.summer, self.soy, 5)
        self._planting(self.farm.segmentation_parcel_ids, self.summer, self.soy, 100)
        positions = self.env["segmentation.position"]
        self.env["segmentation.refresh"]._refresh_pending(self.company)
        domain = [("partner_id", "=", self.farm.id)]
        self._executed(self.ana, [self.bea])
        self.assertTrue(positions.with_user(self.bea).search_count(domain))
        self.assertFalse(positions.with_user(self.ana).search_count(domain))

    # --- Business units ---------------------------------------------------------

    def _units(self):
        """Return two units that Ana looks after at the farm, which is Eva's."""
        units = self.env["segmentation.business.unit"].create(
            [{"name": "Seed"}, {"name": "Machines"}]
        )
        for unit in units:
            self.env["segmentation.relation"]._set_salesperson(
                self.farm, unit, self.ana
            )
        (self.farm | self.contact).user_id = self.eva
        return units

    def _salespeople(self):
        """Return {unit name: salesperson} of the farm."""
        rows = self.env["segmentation.relation"].search(
            [("partner_id", "=", self.farm.id), ("unit_id", "!=", False)]
        )
        return {row.unit_id.name: row.user_id for row in rows}

    def test_only_the_business_units_chosen_move(self):
        seed, machines = self._units()
        lead = self._lead(self.farm, self.ana, segmentation_unit_id=seed.id)
        call = self._activity(lead, self.ana)
        others = self._lead(self.farm, self.ana, segmentation_unit_id=machines.id)
        task = self._activity(self.farm, self.ana)
        handover = self._executed(self.ana, [self.bea], unit_ids=seed.ids)
        self.assertEqual(self._salespeople(), {"Seed": self.bea, "Machines": self.ana})
        self.assertEqual((self.farm | self.contact).user_id, self.eva)
        self.assertEqual((lead.user_id, call.user_id), (self.bea, self.bea))
        self.assertEqual((others.user_id, task.user_id), (self.ana, self.ana))
        self.assertIn("Seed: handed over from Ana", self.farm.message_ids[0].body)
        handover.action_undo()
        self.assertEqual(self._salespeople(), {"Seed": self.ana, "Machines": self.ana})
        self.assertEqual((lead.user_id, call.user_id), (self.ana, self.ana))

    def test_units_are_accounts_of_their_own(self):
        """Two units of a customer can go to two people; one note says both."""
        units = self._units()
        handover = self._executed(
            self.ana, [self.bea, self.eva], unit_ids=units.ids, rule="count"
        )
        self.assertEqual(len(handover.line_ids), 2)
        self.assertEqual(self._salespeople(), {"Seed": self.bea, "Machines": self.eva})
        body = self.farm.message_ids[0].body
        self.assertIn("Seed: handed over", body)
        self.assertIn("Machines: handed over", body)

    def test_units_move_with_the_whole_customer_when_chosen(self):
        self._units()
        self.farm.user_id = self.ana
        handover = self._executed(self.ana, [self.bea], move_units=False)
        self.assertEqual(set(self._salespeople().values()), {self.ana})
        handover.action_undo()
        self._executed(self.ana, [self.bea])
        self.assertEqual(set(self._salespeople().values()), {self.bea})

    # --- Undo -------------------------------------------------------------------

    def test_undo_restores_everything(self):
        self.farm.message_subscribe(self.ana.partner_id.ids)
        lead = self._lead(self.contact, self.ana)
        lead.date_open = "2024-01-02 03:04:05"
        task = self._activity(self.farm.segmentation_parcel_ids, self.ana)
        records = [self.farm, self.contact, lead, task]
        documents = [self.farm, self.contact, lead, self.farm.segmentation_parcel_ids]
        followers = [self._subscriptions(document) for document in documents]
        handover = self._executed(self.ana, [self.bea])
        handover.action_undo()
        for record in records:
            self.assertEqual(record.user_id, self.ana, record)
        self.assertEqual([self._subscriptions(d) for d in documents], followers)
        self.assertEqual(
            lead.date_open, fields.Datetime.to_datetime("2024-01-02 03:04:05")
        )
        self.assertEqual(handover.line_ids.state, "undone")
        self.assertEqual((handover.state, handover.left_count), ("undone", 0))

    def test_undo_leaves_what_was_changed_since(self):
        second = self._farm("Second", self.ana)
        lead = self._lead(self.farm, self.ana)
        handover = self._executed(self.ana, [self.bea])
        self.farm.user_id = self.eva
        lead.unlink()
        handover.action_undo()
        self.assertEqual((self.farm.user_id, second.user_id), (self.eva, self.ana))
        self.assertEqual(self.contact.user_id, self.ana)
        left, undone = handover.line_ids
        self.assertEqual((left.state, undone.state), ("left", "undone"))
        self.assertIn("2 records", left.note)
        self.assertEqual(handover.left_count, 1)

    def test_undo_keeps_the_team_chosen_since(self):
        lead = self._lead(self.farm, self.ana)
        handover = self._executed(self.ana, [self.bea])
        chosen = self._led_team()
        lead.team_id = chosen
        handover.action_undo()
        self.assertEqual((lead.user_id, lead.team_id), (self.ana, chosen))

    def test_undo_keeps_a_follower_who_came_since(self):
        handover = self._executed(self.ana, [self.bea])
        self.farm.message_subscribe(self.eva.partner_id.ids)
        handover.action_undo()
        self.assertTrue(self._follows(self.eva, self.farm))
        self.assertFalse(self._follows(self.bea, self.farm))

    def test_undo_after_a_merge_gives_the_merged_customer_back(self):
        other = self._farm("Duplicate", self.eva)
        handover = self._executed(self.ana, [self.bea])
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (self.farm | other).ids, other
        )
        other.user_id = self.bea
        handover.action_undo()
        self.assertEqual(other.user_id, self.ana)

    # --- Who and what -----------------------------------------------------------

    def test_what_belonged_to_an_addon_that_is_gone_is_left(self):
        handover = self._handover(self.ana, [self.bea])
        handover.action_list()
        handover.action_execute()
        line = handover.line_ids
        gone = line.item_ids.filtered(lambda item: item.kind == "owner")[0].copy(
            {"res_model": "gone.order"}
        )
        self.assertEqual(gone.document, "gone.order: deleted since")
        handover.action_undo()
        self.assertEqual(gone.state, "left")
        self.assertEqual(line.state, "left")
        self.assertEqual(self.farm.user_id, self.ana)

    def test_a_leaver_may_be_archived(self):
        self.ana.action_archive()
        handover = self._executed(self.ana, [self.bea])
        self.assertEqual(handover.source_user_ids, self.ana)
        self.assertEqual(self.farm.user_id, self.bea)
        handover.action_undo()
        self.assertEqual(self.farm.user_id, self.ana)

    def test_only_customers_that_meet_the_conditions(self):
        south = self._farm("South", self.ana, zone=self.zone_east)
        domain = f"[('segmentation_zone_id', '=', {self.zone_east.id})]"
        handover = self._executed(self.ana, [self.bea], partner_domain=domain)
        self.assertEqual(handover.line_ids.partner_id, south)
        self.assertEqual(self.farm.user_id, self.ana)

    def test_a_condition_that_is_none(self):
        for domain in ("[('no_such_field', '=', 1)]", "customers", "[(1"):
            with self.assertRefused("cannot be used: choose existing fields"):
                self._handover(self.ana, [self.bea], partner_domain=domain)

    def test_a_customer_without_salesperson_follows_its_contact(self):
        farm = self._farm("Of a contact", self.env["res.users"])
        contact = self.contact.copy({"parent_id": farm.id, "user_id": self.ana.id})
        handover = self._executed(self.ana, [self.bea])
        self.assertIn(farm, handover.line_ids.partner_id)
        self.assertEqual(contact.user_id, self.bea)
        self.assertFalse(farm.user_id)

    def test_the_contact_that_an_account_hangs_on_moves_in_any_case(self):
        """Else the account would be handed over, and nothing changed."""
        farm = self._farm("Of a contact", self.env["res.users"])
        decides = self.contact.copy({"parent_id": farm.id, "user_id": self.ana.id})
        another = self.contact.copy({"parent_id": farm.id, "user_id": self.ana.id})
        handover = self._handover(self.ana, [self.bea], move_contacts=False)
        handover.action_list()
        counts = {line.partner_id: line.contact_count for line in handover.line_ids}
        self.assertEqual(counts, {self.farm: 0, farm: 1})
        handover.action_execute()
        self.assertEqual((decides.user_id, another.user_id), (self.bea, self.ana))
        self.assertEqual((self.farm.user_id, farm.user_id.ids), (self.bea, []))
        self.assertEqual(self.contact.user_id, self.ana)
        handover.action_undo()
        self.assertEqual((decides | another).user_id, self.ana)

    def test_archived_customers_are_left_alone(self):
        self._farm("Gone", self.ana).active = False
        handover = self._executed(self.ana, [self.bea])
        self.assertEqual(handover.line_ids.partner_id, self.farm)

    def test_a_person_of_the_sources_may_keep_accounts(self):
        """Rebalancing: the accounts of all are dealt anew."""
        big = self._farm("Big", self.ana, 300)
        handover = self._executed(
            self.ana | self.bea, [self.bea, self.ana], rule="hectares"
        )
        self.assertEqual((big.user_id, self.farm.user_id), (self.bea, self.ana))
        self.assertEqual(handover.total_ids.mapped("hectares_after"), [100, 300])

    # --- Split ------------------------------------------------------------------

    def test_split_by_zone_reaches_zones_below(self):
        village = self.env["segmentation.zone"].create(
            {"name": "Village", "parent_id": self.zone_east.id}
        )
        below = self._farm("Below", self.ana, zone=village)
        handover = self._handover(
            self.ana, [(self.bea, [self.zone_east]), self.eva], rule="zone"
        )
        handover.action_list()
        to = {line.partner_id: line.to_user_id for line in handover.line_ids}
        self.assertEqual(to, {below: self.bea, self.farm: self.eva})

    def test_a_zone_has_one_person(self):
        with self.assertRefused("Zone “East” is set for .* and for somebody before"):
            self._handover(
                self.ana,
                [(self.bea, [self.zone_east]), (self.eva, [self.zone_east])],
            )

    def test_split_by_potential_of_the_reference_harvest(self):
        big, small = self._farm("Big", self.ana, 10), self._farm("Small", self.ana, 90)
        self.company.segmentation_harvest_id = self.summer
        for crop, rate in ((self.soy, 100), (self.maize, 1)):
            self.env["segmentation.rate"].create(
                {
                    "crop_id": crop.id,
                    "amount_per_hectare": rate,
                    "company_id": self.company.id,
                }
            )
        self._planting(big.segmentation_parcel_ids, self.summer, self.soy, 10)
        self._planting(small.segmentation_parcel_ids, self.summer, self.maize, 90)
        handover = self._handover(self.ana, [self.bea, self.eva], rule="potential")
        handover.action_list()
        found = {line.partner_id: line for line in handover.line_ids}
        self.assertEqual((found[big].potential, found[small].potential), (1000, 90))
        self.assertEqual(found[big].to_user_id, self.bea)
        self.assertEqual(found[small].to_user_id, self.eva)

    def test_totals_before_and_after(self):
        self._farm("Of Bea", self.bea, 40)
        self._farm("Second", self.ana, 30)
        handover = self._handover(self.ana, [self.bea, self.eva], rule="hectares")
        handover.action_list()
        names = (
            "accounts_before",
            "accounts_after",
            "hectares_before",
            "hectares_after",
        )
        self.assertEqual(
            {
                total.user_id: [total[name] for name in names]
                for total in handover.total_ids
            },
            {
                self.ana: [2, 0, 130, 0],
                self.bea: [1, 2, 40, 140],
                self.eva: [0, 1, 0, 30],
            },
        )
        second = handover.line_ids.filtered(lambda line: line.hectares == 30)
        second.with_user(self.env.ref("base.user_admin")).to_user_id = self.bea
        self.assertEqual(handover.total_ids.mapped("accounts_after"), [0, 3, 0])

    # --- Steps ------------------------------------------------------------------

    def test_changed_criteria_want_a_new_list(self):
        handover = self._handover(self.ana, [self.bea])
        for values in (
            {"rule": "count"},
            {"partner_domain": "[('name', '=', 'Farm')]"},
            {"target_ids": [(0, 0, {"user_id": self.eva.id})]},
        ):
            handover.action_list()
            self.assertTrue(handover.total_ids)
            handover.write(values)
            self.assertFalse(handover.line_ids)
            self.assertFalse(handover.total_ids)
        handover.action_list()
        handover.target_ids[0].user_id = self.lena
        self.assertFalse(handover.line_ids)

    def test_an_account_given_away_meanwhile_is_skipped(self):
        second = self._farm("Second", self.ana)
        handover = self._handover(self.ana, [self.bea])
        handover.action_list()
        self.farm.user_id = self.eva
        handover.action_execute()
        self.assertEqual((self.farm.user_id, second.user_id), (self.eva, self.bea))
        self.assertEqual(handover.line_ids.mapped("state"), ["skipped", "done"])
        self.assertEqual(handover.left_count, 1)

    def test_an_executed_one_cannot_be_executed_again(self):
        handover = self._executed(self.ana, [self.bea])
        with self.assertRefused("is not in the state for this \\(Done\\)"):
            handover.action_execute()
        handover.action_undo()
        with self.assertRefused("is not in the state for this \\(Undone\\)"):
            handover.action_undo()

    def test_the_register_keeps_what_was_executed(self):
        handover = self._executed(self.ana, [self.bea])
        with self.assertRefused("stays in the register"):
            handover.unlink()
        with self.assertRefused("is no draft any more"):
            handover.rule = "count"
        with self.assertRefused("is no draft any more"):
            handover.target_ids.user_id = self.eva
        self._handover(self.ana, [self.bea]).unlink()
