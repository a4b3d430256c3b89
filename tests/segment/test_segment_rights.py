"""Who may do what with each model of the room, of whose customers and companies."""

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import SegmentCommon

MODULE = "odoo.addons.agro_segmentation"
GROUPS = {
    "employee": "base.group_user",
    "mailer": "mass_mailing.group_mass_mailing_user",
    "user": "agro_segmentation.group_segmentation_user",
    "manager": "agro_segmentation.group_segmentation_manager",
    "marketing": "agro_segmentation.group_segmentation_marketing",
    "administrator": "agro_segmentation.group_segmentation_administrator",
}
#: the groups for which the tables below have a letter each, in this order
LOGINS = ("user", "manager", "marketing", "administrator")
NO, READ, ALL = "", "read", "read write create unlink"
LETTERS = {"-": NO, "r": READ, "a": ALL}
#: what each may do, in the order of LOGINS; others may do nothing with any of them
MATRIX = {
    "segmentation.segment": "rraa",
    "segmentation.condition": "rraa",
    "segmentation.choice": "rraa",
    "segmentation.membership": "rrrr",
    "segmentation.segment.flow": "rrrr",
    "segmentation.segment.overlap": "--rr",
    "segmentation.segment.action": "--aa",
    "segmentation.segment.effect": "--rr",
    "segmentation.segment.mark": "----",
    "segmentation.waterfall": "rraa",
    "segmentation.waterfall.step": "rraa",
    "segmentation.choice.wizard": "--aa",
    "segmentation.segment.combine": "--aa",
    "segmentation.segment.template": "--aa",
}
#: the models whose rows are about one contact, which not everybody sees
ABOUT_CONTACTS = (
    "segmentation.choice",
    "segmentation.membership",
    "segmentation.segment.flow",
)


@tagged("post_install", "-at_install")
class TestSegmentRights(SegmentCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {
            login: cls._person(f"rights_{login}", groups, cls.company)
            for login, groups in GROUPS.items()
        }
        cls.seller = cls._person("rights_seller", GROUPS["user"], cls.company)
        cls.env["crm.team"].sudo().create(
            {
                "name": "Growers",
                "company_id": cls.company.id,
                "user_id": cls.users["manager"].id,
                "member_ids": [Command.set(cls.seller.ids)],
            }
        )
        cls.of_user, cls.of_seller, cls.of_nobody = cls.env["res.partner"].create(
            [
                {"name": f"{name} farm", "city": "Montero", "user_id": user.id}
                for name, user in (
                    ("User's", cls.users["user"]),
                    ("Seller's", cls.seller),
                    ("Nobody's", cls.env["res.users"]),
                )
            ]
        )
        cls.farms = cls.of_user | cls.of_seller | cls.of_nobody
        cls.segment = cls._fill(cls.mia)

    @classmethod
    def _fill(cls, user, **values):
        """Make a row of each model: two segments of all farms, all chosen by hand."""
        mailing_list = cls.env["mailing.list"].create({"name": "Growers"})
        segments = cls.env["segmentation.segment"].with_user(user)
        first, _second = segments.create(
            [
                {
                    "name": "Segment",
                    **values,
                    "condition_ids": [
                        Command.create(
                            {
                                "kind": "domain",
                                "partner_domain": "[('city', '=', 'Montero')]",
                            }
                        )
                    ],
                    "choice_ids": [
                        Command.create({"partner_id": farm.id}) for farm in cls.farms
                    ],
                    "action_ids": [
                        Command.create(
                            {
                                "kind": "mailing_list",
                                "mailing_list_id": mailing_list.id,
                            }
                        )
                    ],
                }
            ]
            * 2
        )
        first.action_ids.action_apply_to_members()
        cls.env["segmentation.waterfall"].with_user(user).create(
            {
                "name": "Waterfall",
                "company_id": first.company_id.id,
                "step_ids": [Command.create({"segment_id": first.id})],
            }
        )
        cls.env.flush_all()
        return first

    def _as(self, login, model):
        return self.env[model].with_user(self.users[login])

    def _seen(self, user, model):
        """Return the names of the contacts of whom the user sees rows."""
        rows = self.env[model].with_user(user).search([])
        return set(rows.sudo().partner_id.mapped("name"))

    # --- What each group may ----------------------------------------------------

    def _models(self):
        """Return the names of the models of this room, and of its wizards."""
        folders = tuple(
            f"{MODULE}.{start}"
            for start in ("models.segment.", "wizards.choice", "wizards.segment")
        )
        return {
            name
            for name, model in self.env.registry.items()
            if not model._abstract
            and any(
                parent.__module__.startswith(folders)
                and name not in getattr(parent, "_inherit", ())
                and getattr(parent, "_name", None) == name
                for parent in model.mro()
            )
            and name.startswith("segmentation.")
        }

    def test_no_model_is_forgotten(self):
        self.assertEqual(self._models(), set(MATRIX), "Say in MATRIX who may do what.")

    def test_matrix(self):
        for model, letters in MATRIX.items():
            expected = dict(zip(LOGINS, letters, strict=True))
            for login in GROUPS:
                with self.subTest(model=model, login=login):
                    allowed = [
                        operation
                        for operation in ALL.split()
                        if self._as(login, model).has_access(operation)
                    ]
                    self.assertEqual(
                        " ".join(allowed), LETTERS[expected.get(login, "-")]
                    )

    def test_what_is_not_for_users_cannot_be_read_through_segments(self):
        segment = self.segment.with_user(self.users["user"])
        for name in ("action_ids", "action_failed_count", "member_count"):
            with self.subTest(field=name), self.assertRaises(AccessError):
                segment.read([name])

    def test_everybody_who_reads_a_segment_reads_its_rule(self):
        """What the rule names may be closed to the reader; the rule is not."""
        self.mia.group_ids += self.env.ref("sales_team.group_sale_salesman_all_leads")
        reason = self.env["crm.lost.reason"].sudo().create({"name": "Too expensive"})
        segment = self._segment(
            [("opportunity_ids.lost_reason_id", "in", reason.ids)], name="Lost"
        )
        for login in LOGINS:
            with self.subTest(login=login):
                read = segment.with_user(self.users[login])
                self.assertIn("Too expensive", read.sentence)

    # --- Of whose customers -----------------------------------------------------

    def test_own_customers(self):
        for model in ABOUT_CONTACTS:
            with self.subTest(model=model):
                self.assertEqual(
                    self._seen(self.users["user"], model), {self.of_user.name}
                )
                self.assertEqual(self._seen(self.seller, model), {self.of_seller.name})

    def test_customers_of_the_team(self):
        for model in ABOUT_CONTACTS:
            with self.subTest(model=model):
                self.assertEqual(
                    self._seen(self.users["manager"], model), {self.of_seller.name}
                )

    def test_all_customers(self):
        for login in ("marketing", "administrator"):
            for model in (*ABOUT_CONTACTS, "segmentation.segment.effect"):
                with self.subTest(model=model, login=login):
                    self.assertEqual(
                        self._seen(self.users[login], model),
                        set(self.farms.mapped("name")),
                    )

    def test_counts_tell_nothing_of_others(self):
        for login, count in (("user", 1), ("manager", 1), ("marketing", 3)):
            with self.subTest(login=login):
                segment = self.segment.with_user(self.users[login])
                self.assertEqual(segment.own_count, count)
                step = self.env["segmentation.waterfall.step"].search(
                    [("segment_id", "=", segment.id)]
                )
                step = step.with_user(self.users[login])
                self.assertEqual((step.fit_count, step.fall_count), (count, count))

    # --- Of which companies -----------------------------------------------------

    def _records(self, segment):
        """Return the rows of each model about a segment."""
        found = {"segmentation.segment": segment}
        for name in MATRIX:
            model = self.env[name].sudo()
            if "segment_id" in model._fields and not model._transient:
                found[name] = model.search([("segment_id", "=", segment.id)])
        steps = found["segmentation.waterfall.step"]
        found["segmentation.waterfall"] = steps.waterfall_id
        return found

    def test_every_row_of_another_company_is_closed(self):
        other = self.env["res.company"].sudo().create({"name": "Other Dealer"})
        stranger = self._person("rights_other", GROUPS["administrator"], other)
        visitor = self._person(
            "rights_both", GROUPS["administrator"], self.company | other
        )
        self.farms.company_id = False
        theirs = self._fill(stranger, company_id=other.id)
        for name, records in self._records(theirs).items():
            with self.subTest(model=name):
                self.assertTrue(records)
                for login in LOGINS:
                    seen = records.with_user(self.users[login])._filtered_access("read")
                    self.assertFalse(seen)
                if MATRIX[name][-1] == "-":
                    continue
                for companies, expected in (
                    (self.company | other, records),
                    (other, records),
                    (self.company, records.browse()),
                ):
                    rows = records.with_user(visitor).with_context(
                        allowed_company_ids=companies.ids
                    )
                    self.assertEqual(rows._filtered_access("read"), expected)

    def test_a_segment_of_a_company_one_may_not_enter(self):
        other = self.env["res.company"].sudo().create({"name": "Other Dealer"})
        with self.assertRaises(AccessError):
            self._fill(self.users["marketing"], company_id=other.id)
