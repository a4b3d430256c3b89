from datetime import timedelta

from psycopg2.errors import CheckViolation, UniqueViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import GROUP, RelationCommon


@tagged("post_install", "-at_install")
class TestManualRelation(RelationCommon):
    """What somebody says by hand counts while it holds, and is never lost."""

    def _set(self, relation, partner=None, unit=None, until=False, reason="Told so"):
        return self.env["segmentation.relation"]._set_manual(
            partner or self.farmer, unit or self.whole, relation, reason, until
        )

    def test_it_counts_at_once(self):
        self._invoice(self.farmer, 10, self.today)
        self._refresh()
        row = self._set("competitor", unit=self.unit_inputs)
        self.assertRecordValues(
            row,
            [
                {
                    "relation": "competitor",
                    "inferred": "customer",
                    "is_manual": True,
                    "manual_user_id": self.env.uid,
                    "manual_reason": "Told so",
                }
            ],
        )
        self.assertTrue(row.manual_date)

    def test_its_last_day_ends_where_the_company_is(self):
        calendar = self.company.resource_calendar_id
        relations = self.env["segmentation.relation"].with_context(tz="UTC")
        calendar.tz = "Etc/GMT+12"
        row = self._set(
            "competitor", unit=self.unit_inputs, until=relations._today(self.company)
        )
        relations._cron_mark_due()
        self._refresh()
        self.assertEqual(row.relation, "competitor")
        calendar.tz = "Pacific/Kiritimati"  # a day ahead at any hour
        relations._cron_mark_due()
        self._refresh()
        self.assertEqual(row.relation, "unknown")

    def test_the_whole_follows_its_units(self):
        self._set("competitor", unit=self.unit_inputs)
        self.assertEqual(self.farmer.segmentation_relation, "competitor")
        self._set("customer", unit=self.unit_machines)
        self.assertEqual(self.farmer.segmentation_relation, "customer")
        self._set("unknown")
        self.assertEqual(self.farmer.segmentation_relation, "unknown")

    def test_contacts_speak_for_their_customer(self):
        contact = self.env["res.partner"].create(
            {"name": "Ana", "parent_id": self.farmer.id}
        )
        row = self._set("competitor", contact, self.unit_inputs)
        self.assertEqual(row.partner_id, self.farmer)
        imported = self.env["segmentation.relation"].create(
            {
                "partner_id": contact.id,
                "unit_id": self.unit_machines.id,
                "manual": "competitor",
                "manual_reason": "Bought list",
            }
        )
        self.assertEqual(imported.partner_id, self.farmer)

    def _exported(self, rows):
        """Return the fields of an export, with what it has of the rows."""
        names = ["id", "partner_id", "unit_id", "relation", "inferred", "date_last"]
        names += ["billed", "manual", "manual_reason", "manual_until", "user_id"]
        names += ["manual_user_id", "manual_date"]
        return names, rows.export_data(names)["datas"]

    def test_what_was_exported_is_imported(self):
        self._invoice(self.farmer, 10.5, self._ago(months=1))
        self._set("competitor", unit=self.unit_machines, until=self.today)
        self._rows(self.farmer).filtered("manual").write({"user_id": self.env.uid})
        self.env.cr.execute(
            "UPDATE segmentation_relation SET manual_until = %s, manual_user_id = %s"
            " WHERE manual IS NOT NULL",
            [self._yesterday(), self.env.ref("base.user_admin").id],
        )
        self.env.invalidate_all()
        rows = self._rows(self.farmer)
        names, lines = self._exported(rows)
        self.assertEqual(len(lines), 3)
        messages = self.env["segmentation.relation"].load(names, lines)["messages"]
        self.assertFalse(messages)
        self.assertEqual(self._exported(rows)[1], lines)

    def test_an_import_says_relations_and_nothing_else(self):
        self._invoice(self.farmer, 10, self._ago(months=1))
        row = self._row(self.farmer, self.unit_inputs)
        names, [line] = self._exported(row)
        relations = self.env["segmentation.relation"]
        changed = dict(zip(names, line, strict=True))
        for values, told in (
            ({"unit_id": self.unit_machines.name}, "Business Unit"),
            ({"partner_id": self._customer("Other").name}, "Customer"),
            ({"billed": 11}, "Billed"),
        ):
            with self.subTest(told):
                [message] = relations.load(
                    names, [[*({**changed, **values}).values()]]
                )["messages"]
                self.assertIn(f"cannot be changed: {told}.", message["message"])
        said = {"manual": "Competitor's customer", "manual_reason": "Said so"}
        relations.load(names, [[*({**changed, **said}).values()]])
        self.assertEqual(row.relation, "competitor")
        self.assertEqual(row.manual_user_id, self.env.user)

    def test_a_refresh_does_not_touch_it(self):
        self._set("competitor", unit=self.unit_inputs)
        move = self._invoice(self.farmer, 10, self.today)
        self.assertEqual(
            self._relations(self.farmer),
            {self.unit_inputs: "competitor", self.whole: "customer"},
            "as a whole he bought",
        )
        move.button_draft()
        self.env["segmentation.refresh"]._mark_companies(self.company)
        row = self._row(self.farmer, self.unit_inputs)
        self.assertEqual((row.manual, row.inferred), ("competitor", "unknown"))

    def test_it_ends_after_its_last_day(self):
        self._invoice(self.farmer, 10, self.today)
        self._refresh()
        row = self._set("competitor", unit=self.unit_inputs, until=self.today)
        self.assertEqual(row.relation, "competitor")
        self.env.cr.execute(
            "UPDATE segmentation_relation SET manual_until = %s WHERE id = %s",
            [self._yesterday(), row.id],
        )
        self.env.invalidate_all()
        self.env["segmentation.relation"]._cron_mark_due()
        self.assertEqual(self._row(self.farmer, self.unit_inputs).relation, "customer")
        self.assertFalse(row.is_manual)
        self.assertEqual(row.manual, "competitor", "what was said stays to be read")
        self.assertEqual(
            self._changes(self.farmer)[-2:],
            [
                (self.unit_inputs, "customer", "competitor"),
                (self.unit_inputs, "competitor", "customer"),
            ],
        )

    def test_cleared_it_goes_by_invoices_again(self):
        self._invoice(self.farmer, 10, self.today)
        self._refresh()
        row = self._set("competitor", unit=self.unit_inputs)
        row.action_clear_manual()
        self.assertRecordValues(
            row,
            [
                {
                    "relation": "customer",
                    "manual": False,
                    "manual_reason": False,
                    "manual_user_id": False,
                    "manual_date": False,
                }
            ],
        )

    def test_cleared_and_nothing_speaks_for_it(self):
        self._set("competitor", unit=self.unit_inputs).action_clear_manual()
        self.assertFalse(self._rows(self.farmer))

    def test_changes_say_who_and_why(self):
        self._set("competitor", unit=self.unit_inputs)
        change = self.env["segmentation.change"].search(
            [("partner_id", "=", self.farmer.id), ("unit_id", "!=", False)]
        )
        self.assertRecordValues(
            change,
            [
                {
                    "kind": "relation",
                    "old_value": "unknown",
                    "new_value": "competitor",
                    "user_id": self.env.uid,
                    "reason": "Told so",
                }
            ],
        )
        self.assertEqual(
            change.display_name, "Agro Norte: Unknown → Competitor's customer"
        )

    def test_salesperson_of_a_unit_keeps_the_row(self):
        seller = self._user("unit_seller")
        relations = self.env["segmentation.relation"]
        relations._set_salesperson(self.farmer, self.unit_inputs, seller)
        self.assertEqual(self._row(self.farmer, self.unit_inputs).user_id, seller)
        self.assertEqual(self.farmer.segmentation_relation, "unknown")
        relations._set_salesperson(self.farmer, self.unit_inputs, self.env["res.users"])
        self.assertFalse(self._rows(self.farmer))

    # --- Bad input --------------------------------------------------------------

    def test_a_reason_is_asked_for(self):
        with self.assertRaisesRegex(ValidationError, "Say why .*Agro Norte – Inputs"):
            self._set("competitor", unit=self.unit_inputs, reason=" ")

    def test_a_last_day_gone_by_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "Agro Norte.*today on"):
            self._set("competitor", until=self._yesterday())
        self._set("competitor", until=self.today + timedelta(days=1))

    def test_what_is_computed_cannot_be_written(self):
        row = self._set("competitor", unit=self.unit_inputs)
        for vals in (
            {"relation": "customer"},
            {"date_last": self.today},
            {"manual_user_id": 1},
            {"partner_id": self._customer("Other").id},
        ):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                row.write(vals)
        with self.assertRaises(UserError):
            self.env["segmentation.relation"].create(
                {"partner_id": self.farmer.id, "inferred": "customer"}
            )

    @mute_logger("odoo.sql_db")
    def test_one_row_for_a_customer_and_unit(self):
        self._set("competitor")
        with self.assertRaises(UniqueViolation):
            self.env["segmentation.relation"].create({"partner_id": self.farmer.id})

    def test_salesperson_of_the_whole_is_the_contacts(self):
        with self.assertRaises(CheckViolation), mute_logger("odoo.sql_db"):
            self.env["segmentation.relation"]._set_salesperson(
                self.farmer, self.whole, self.env.user
            )
            self.env.flush_all()

    def test_unit_in_use_is_not_deleted(self):
        self._set("competitor", unit=self.unit_machines)
        with self.assertRaisesRegex(UserError, "Machines.*archive"):
            self.unit_machines.unlink()

    # --- Many at once -----------------------------------------------------------

    def test_many_take_no_more_queries_than_one(self):
        many = self.env["res.partner"].create(
            [{"name": f"Many {i}", "is_company": True} for i in range(60)]
        )

        def queries(partners):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._set("competitor", partners, self.unit_inputs)
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        queries(many[:2])
        self.assertEqual(queries(many[4:]), queries(many[3]))
        self.assertEqual(
            self.env["res.partner"].search_count(
                [("segmentation_competitor_unit_ids", "in", self.unit_inputs.ids)]
            ),
            59,
        )

    def test_wizard(self):
        seller = self._user("wizard_seller")
        customers = self.farmer | self._customer("Second")
        vals = {"partner_ids": customers.ids, "unit_id": self.unit_inputs.id}
        wizard = self.env["segmentation.relation.wizard"]
        wizard.create(
            {
                **vals,
                "operation": "set",
                "relation": "competitor",
                "reason": "Fair",
                "until": self.today,
            }
        ).action_apply()
        rows = self.env["segmentation.relation"].search(
            [("unit_id", "=", self.unit_inputs.id)]
        )
        self.assertEqual(rows.partner_id, customers)
        self.assertEqual(set(rows.mapped("relation")), {"competitor"})
        wizard.create(
            {**vals, "operation": "salesperson", "user_id": seller.id}
        ).action_apply()
        self.assertEqual(rows.user_id, seller)
        wizard.create({**vals, "operation": "clear"}).action_apply()
        self.assertEqual(set(rows.mapped("relation")), {"unknown"})

    def test_wizard_opened_from_a_row_and_changed(self):
        """What the row was made of is no default of the rows to be made."""
        branch = self.setup_other_company(name="Branch")["company"]
        self.env.user.company_ids += branch
        row = self._set("customer", unit=self.unit_inputs)
        row.user_id = self._user("row_seller")
        wizard = self.env["segmentation.relation.wizard"].with_context(
            **row.action_set_manual()["context"]
        )
        values = {"relation": "competitor", "reason": "Why", "until": False}
        wizard.create({**values, "unit_id": self.unit_machines.id}).action_apply()
        wizard.create(
            {**values, "unit_id": False, "company_id": branch.id}
        ).action_apply()
        machines = self._row(self.farmer, self.unit_machines)
        self.assertFalse(machines.user_id)
        at_branch = self._rows(self.farmer, branch)
        self.assertEqual(at_branch.relation, "competitor")

    def test_rows_of_one_unit_open_in_one_form(self):
        inputs = self._set("competitor", unit=self.unit_inputs)
        machines = self._set("customer", unit=self.unit_machines)
        context = inputs.action_set_manual()["context"]
        self.assertEqual(context["default_unit_id"], self.unit_inputs.id)
        self.assertEqual(context["default_relation"], "competitor")
        with self.assertRaisesRegex(UserError, "one business unit"):
            (inputs | machines).action_set_manual()

    # --- Rights -----------------------------------------------------------------

    def test_salespeople_speak_for_their_own_customers(self):
        seller = self._user("own_seller")
        relations = self.env["segmentation.relation"].with_user(seller)
        with self.assertRaises(AccessError):
            relations._set_manual(
                self.farmer.with_user(seller), self.whole, "competitor", "Why"
            )
        self._set("customer")
        with self.assertRaises(AccessError):
            relations._set_manual(
                self.farmer.with_user(seller), self.whole, "competitor", "Why"
            )
        self.farmer.user_id = seller
        row = relations._set_manual(
            self.farmer.with_user(seller), self.whole, "competitor", "Why"
        )
        self.assertEqual(row.manual_user_id, seller)
        self.assertFalse(row.env.su)

    def test_nobody_claims_customers_of_others(self):
        """By naming themselves where nobody is named, people would read the rest."""
        seller = self._user("claiming_seller")
        relations = self.env["segmentation.relation"].with_user(seller)
        farmer = self.farmer.with_user(seller)
        with self.assertRaises(AccessError):
            relations._set_salesperson(farmer, self.unit_machines, seller)
        self.farmer.user_id = seller
        rows = relations._set_salesperson(farmer, self.unit_machines, seller)
        self.assertEqual(rows.user_id, seller)

    def test_team_leaders_speak_for_customers_of_the_team(self):
        leader, seller = self._user("leader"), self._user("led_seller")
        self.env["crm.team"].create(
            {"name": "Led", "user_id": leader.id, "member_ids": [seller.id]}
        )
        self.farmer.user_id = seller
        row = (
            self.env["segmentation.relation"]
            .with_user(leader)
            ._set_manual(
                self.farmer.with_user(leader), self.unit_inputs, "competitor", "Why"
            )
        )
        self.assertEqual(row.relation, "competitor")

    def test_a_unit_of_one_company_opens_no_other_company(self):
        branch = self.setup_other_company(name="Branch")["company"]
        seller = self._user("branch_seller")
        seller.company_ids += branch
        relations = self.env["segmentation.relation"]
        whole = self._set("customer")
        unit = self.env["segmentation.business.unit"].create({"name": "Of all"})
        in_branch = relations.with_company(branch)
        in_branch._set_salesperson(self.farmer, unit, seller)
        at_branch = in_branch._rows_of(self.farmer, self.whole)
        for rows, readable in ((whole, False), (at_branch, True)):
            rows = rows.with_user(seller).with_context(
                allowed_company_ids=(self.company | branch).ids
            )
            self.assertEqual(rows.has_access("read"), readable)
            found = rows.search([("id", "in", rows.ids)])
            self.assertEqual(bool(found), readable)

    def test_marketing_speaks_for_everybody(self):
        marketer = self._user("manual_marketer", f"{GROUP}marketing")
        row = (
            self.env["segmentation.relation"]
            .with_user(marketer)
            ._set_manual(
                self.farmer.with_user(marketer), self.unit_inputs, "competitor", "Why"
            )
        )
        self.assertEqual(row.relation, "competitor")
