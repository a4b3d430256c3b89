from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tests import tagged

from .common import GROUP, RelationCommon


@tagged("post_install", "-at_install")
class TestPartnerRelation(RelationCommon):
    """What contacts show of the relations, and how people ask for it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = cls._user("rel_seller")
        cls.both = cls._buyer("Both", cls.seed, cls.tractor)
        cls.inputs_only = cls._buyer("Inputs only", cls.seed)
        cls.gone = cls._buyer("Gone", cls.seed, cls.tractor, months=30)
        cls.offered = cls._customer("Offered")
        cls._opportunity(cls.offered, cls.unit_machines)
        cls.taken = cls._customer("Taken")
        cls.stranger = cls._customer("Stranger")
        cls.contact = cls.env["res.partner"].create(
            {"name": "Ana", "parent_id": cls.inputs_only.id}
        )
        cls.env["segmentation.refresh"]._refresh_pending(cls.company)
        cls.env["segmentation.relation"]._set_manual(
            cls.taken, cls.unit_inputs, "competitor", "Told so"
        )
        cls.all = (
            cls.both
            | cls.inputs_only
            | cls.gone
            | cls.offered
            | cls.taken
            | cls.stranger
            | cls.contact
        )

    @classmethod
    def _buyer(cls, name, *products, months=1):
        customer = cls._customer(name)
        for product in products:
            cls._invoice(customer, 10, cls._ago(months=months), product=product)
        return customer

    def _find(self, *domain, user=None):
        partners = self.env["res.partner"].with_user(user or self.env.user)
        found = partners.search(Domain("id", "in", self.all.ids) & Domain(list(domain)))
        return found.with_env(self.env)

    def test_the_spoken_filter_customer_of_one_not_of_another(self):
        """Customer of “Inputs” and not of “Machines”, as ids and by name."""
        wanted = self.inputs_only | self.contact
        self.assertEqual(
            self._find(
                ("segmentation_customer_unit_ids", "in", self.unit_inputs.ids),
                ("segmentation_customer_unit_ids", "not in", self.unit_machines.ids),
            ),
            wanted,
        )
        self.assertEqual(
            self._find(
                ("segmentation_customer_unit_ids", "ilike", "inputs"),
                ("segmentation_customer_unit_ids", "not ilike", "machines"),
            ),
            wanted,
        )

    def test_who_stopped_is_no_customer_any_more(self):
        """The second spoken filter: not a customer *now*, as ex-customers are not."""
        self._invoice(self.gone, 10, self.today)
        self._refresh()
        self.assertEqual(
            self._find(
                ("segmentation_customer_unit_ids", "ilike", "Inputs"),
                ("segmentation_customer_unit_ids", "not ilike", "Machines"),
            ),
            self.inputs_only | self.contact | self.gone,
        )

    def test_each_relation_is_found_by_unit(self):
        for relation, unit, found in (
            ("customer", self.unit_machines, self.both),
            ("ex_customer", self.unit_machines, self.gone),
            ("prospect", self.unit_machines, self.offered),
            ("competitor", self.unit_inputs, self.taken),
        ):
            with self.subTest(relation=relation):
                name = f"segmentation_{relation}_unit_ids"
                self.assertEqual(self._find((name, "in", unit.ids)), found)
                self.assertEqual(self._find((name, "=", unit.name)), found)
                self.assertEqual(found[name] & unit, unit)

    def test_no_unit_at_all(self):
        name = "segmentation_customer_unit_ids"
        customers = self.both | self.inputs_only | self.contact
        self.assertEqual(self._find((name, "!=", False)), customers)
        self.assertEqual(self._find((name, "=", False)), self.all - customers)
        self.assertEqual(
            self._find((name, "in", [False, self.unit_machines.id])),
            self.all - self.inputs_only - self.contact,
        )

    def test_search_by_the_whole(self):
        name = "segmentation_relation"
        self.assertEqual(
            self._find((name, "=", "customer")),
            self.both | self.inputs_only | self.contact,
        )
        self.assertEqual(
            self._find((name, "in", ["ex_customer", "prospect"])),
            self.gone | self.offered,
        )
        self.assertEqual(self._find((name, "=", "unknown")), self.stranger)
        self.assertEqual(
            self._find((name, "in", ["unknown", "competitor"])),
            self.stranger | self.taken,
        )
        self.assertEqual(
            self._find((name, "!=", "customer")),
            self.gone | self.offered | self.taken | self.stranger,
        )
        self.assertEqual(self._find((name, "!=", False)), self.all)

    def test_group_and_sort(self):
        groups = dict(
            self.env["res.partner"]._read_group(
                [("id", "in", self.all.ids)], ["segmentation_relation"], ["__count"]
            )
        )
        self.assertEqual(
            groups,
            {
                "customer": 3,
                "ex_customer": 1,
                "prospect": 1,
                "competitor": 1,
                "unknown": 1,
            },
        )
        ordered = self.all.search(
            [("id", "in", self.all.ids)], order="segmentation_relation, id"
        )
        self.assertEqual(
            ordered.mapped("segmentation_relation"),
            sorted(self.all.mapped("segmentation_relation")),
        )
        field = self.env["res.partner"].fields_get(["segmentation_relation"])
        self.assertTrue(field["segmentation_relation"]["groupable"])
        self.assertTrue(field["segmentation_relation"]["sortable"])

    def test_contacts_show_their_customers(self):
        self.assertEqual(self.contact.segmentation_relation, "customer")
        self.assertEqual(
            self.contact.segmentation_relation_ids.unit_id, self.unit_inputs
        )
        self.assertFalse(
            self.contact.segmentation_relation_ids[0].unit_id,
            "the customer as a whole comes first",
        )

    def test_another_company_has_its_own(self):
        other = self.setup_other_company(name="Second")["company"]
        self.assertEqual(self.both.with_company(other).segmentation_relation, "unknown")
        self.assertFalse(
            self.env["res.partner"]
            .with_company(other)
            .search([("segmentation_customer_unit_ids", "!=", False)])
        )

    # --- Rights -----------------------------------------------------------------

    def test_salespeople_see_their_own_customers(self):
        self.both.user_id = self.seller
        name = "segmentation_customer_unit_ids"
        self.assertEqual(
            self._find((name, "in", self.unit_inputs.ids), user=self.seller), self.both
        )
        others = self.inputs_only.with_user(self.seller)
        self.assertEqual(others.segmentation_relation, "unknown")
        self.assertFalse(others.segmentation_relation_ids)
        groups = (
            self.env["res.partner"]
            .with_user(self.seller)
            ._read_group(
                [("id", "in", self.all.ids)], ["segmentation_relation"], ["__count"]
            )
        )
        self.assertEqual(dict(groups), {"customer": 1, "unknown": 6})

    def test_salesperson_of_a_unit_sees_it_and_the_whole(self):
        self.env["segmentation.relation"]._set_salesperson(
            self.both, self.unit_machines, self.seller
        )
        rows = self.both.with_user(self.seller).segmentation_relation_ids
        self.assertEqual(rows.mapped("unit_id.name"), ["Machines"])
        self.assertEqual(len(rows), 2)
        rows[1].manual_until = False
        with self.assertRaises(AccessError):
            rows[0].write({"manual": "unknown", "manual_reason": "Not mine"})

    def test_team_leader_sees_the_teams(self):
        leader = self._user("rel_leader")
        self.env["crm.team"].create(
            {
                "name": "Team",
                "user_id": leader.id,
                "member_ids": [(4, self.seller.id)],
                "company_id": self.company.id,
            }
        )
        self.both.user_id = self.seller
        self.env["segmentation.relation"]._set_salesperson(
            self.gone, self.unit_machines, self.seller
        )
        rows = self.env["segmentation.relation"].with_user(leader).search([])
        self.assertEqual(rows.partner_id, self.both | self.gone)
        self.assertEqual(
            self._find(("segmentation_relation", "=", "customer"), user=leader),
            self.both,
        )

    def test_marketing_sees_everybody(self):
        marketer = self._user("rel_marketer", f"{GROUP}marketing")
        self.assertEqual(
            self._find(("segmentation_relation", "!=", "unknown"), user=marketer),
            self.all - self.stranger,
        )

    def test_others_see_nothing(self):
        accountant = self._user("rel_accountant", "account.group_account_invoice")
        with self.assertRaises(AccessError):
            self.both.with_user(accountant).read(["segmentation_relation"])
        for field in ("segmentation_relation", "segmentation_customer_unit_ids"):
            with self.assertRaises(AccessError):
                self._find((field, "!=", False), user=accountant)

    # --- Cost -------------------------------------------------------------------

    def test_reading_many_takes_no_more_queries_than_one(self):
        names = self.env["res.partner"]._segmentation_relation_fields()

        def queries(partners):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            partners.read(names)
            return self.env.cr.sql_log_count - before

        queries(self.all)
        self.assertEqual(queries(self.all), queries(self.both))

    def test_export_of_relations_refreshes_first(self):
        self._invoice(self.stranger, 10, self.today)
        exported = self.stranger.export_data(["name", "segmentation_relation"])
        self.assertEqual(exported["datas"], [["Stranger", "Customer"]])
