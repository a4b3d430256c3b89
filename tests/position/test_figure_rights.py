"""Model × group × operation of the room, for own and other customers."""

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import PositionCommon

PEOPLE = {
    "employee": "base.group_user",
    "accountant": "account.group_account_manager",
    "seller": "agro_segmentation.group_segmentation_user",
    "marketing": "agro_segmentation.group_segmentation_marketing",
    "administrator": "agro_segmentation.group_segmentation_administrator",
}
OPERATIONS = ("read", "write", "create", "unlink")


@tagged("post_install", "-at_install")
class TestRights(PositionCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {
            login: new_test_user(
                cls.env,
                f"position_{login}",
                groups,
                company_id=cls.company.id,
                company_ids=[(6, 0, cls.company.ids)],
            )
            for login, groups in PEOPLE.items()
        }
        cls.farmer.user_id = cls.users["seller"]
        cls.stranger = cls._customer("Stranger")
        cls._rate(cls.soy, 10)
        for customer in cls.farmer, cls.stranger:
            cls._plant(customer, cls.east, cls.soy, 20, cls.summer_25)
        cls.env["segmentation.refresh"]._refresh_pending(cls.company)
        positions = cls.env["segmentation.position"].search([])
        cls.own = positions.filtered(lambda p: p.partner_id == cls.farmer)
        cls.others = positions - cls.own

    def assertAllowed(self, record, login, allowed):
        record = record.with_user(self.users[login])
        found = [operation for operation in OPERATIONS if record.has_access(operation)]
        self.assertEqual(found, list(allowed), f"{login} on {record._name}")

    def test_nobody_writes_what_is_computed(self):
        readers = {
            "segmentation.position": ("seller", "marketing", "administrator"),
            "segmentation.position.line": ("seller", "marketing", "administrator"),
            "segmentation.cut.point": ("seller", "marketing", "administrator"),
            "segmentation.refresh": ("marketing", "administrator"),
            "segmentation.refresh.mark": ("administrator",),
        }
        for model, allowed in readers.items():
            for login in PEOPLE:
                self.assertAllowed(
                    self.env[model], login, ("read",) if login in allowed else ()
                )

    def test_own_and_other_customers(self):
        for login in PEOPLE:
            outsider = login in ("employee", "accountant")
            all_customers = login in ("marketing", "administrator")
            for record in self.own, self.own.line_ids:
                self.assertAllowed(record, login, () if outsider else ("read",))
            for record in self.others, self.others.line_ids:
                self.assertAllowed(record, login, ("read",) if all_customers else ())

    def test_a_team_leader_reads_the_customers_of_the_team(self):
        leader = new_test_user(
            self.env,
            "position_leader",
            "agro_segmentation.group_segmentation_manager",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        positions = self.env["segmentation.position"].with_user(leader)
        self.assertFalse(positions.search([]))
        team = (
            self.env["crm.team"].sudo().create({"name": "East", "user_id": leader.id})
        )
        team.member_ids = self.users["seller"]
        parcels = self.env["segmentation.parcel"].with_user(leader)
        self.assertEqual(positions.search([]), self.own)
        self.assertEqual(
            self.env["segmentation.position.line"].with_user(leader).search([]),
            self.own.line_ids,
        )
        self.assertEqual(parcels.search([]), self.farmer.segmentation_parcel_ids)

    def test_matrix_counts_the_customers_one_may_read(self):
        matrices = {
            login: self.env["segmentation.position"]
            .with_user(self.users[login])
            .get_matrix(self.summer_25.id)
            for login in ("seller", "marketing")
        }
        self.assertEqual(matrices["seller"]["total"]["count"], 1)
        self.assertEqual(matrices["marketing"]["total"]["count"], 2)
        with self.assertRaises(AccessError):
            self.env["segmentation.position"].with_user(
                self.users["accountant"]
            ).get_matrix()

    def test_policies_are_the_administrators(self):
        policy = self.env["segmentation.policy"]._of(self.company)
        for login in PEOPLE:
            allowed = ("read",)
            if login in ("employee", "accountant"):
                allowed = ()
            elif login == "administrator":
                allowed = OPERATIONS
            self.assertAllowed(policy, login, allowed)

    def test_administrator_tries_a_policy_out(self):
        policy = self.env["segmentation.policy"]._of(self.company)
        policy = policy.with_user(self.users["administrator"])
        policy.method = "percentile"
        self.assertIn("Summer 24–25", policy.preview_html)

    def test_reference_harvest_is_set_by_administrators(self):
        for login in PEOPLE:
            harvest = self.winter_24.with_user(self.users[login])
            if login == "administrator":
                harvest.action_set_reference()
            else:
                with self.assertRaises(AccessError):
                    harvest.action_set_reference()
        self.assertEqual(self.company.segmentation_harvest_id, self.winter_24)

    def test_other_companies_are_out_of_sight(self):
        other = self.setup_other_company(name="Second")["company"]
        harvests = self._harvests(other)
        self._rate(self.soy, 10, company=other)
        self._plant(self.farmer, self.east, self.soy, 20, harvests[2])
        self._refresh(other)
        for login in "seller", "marketing", "administrator":
            for model in "position", "position.line", "cut.point", "refresh", "policy":
                records = self.env[f"segmentation.{model}"].with_user(self.users[login])
                if records.has_access("read"):
                    self.assertEqual(records.search([]).company_id, self.company, model)
