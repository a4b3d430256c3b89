"""What those reach who have no business here: by methods, fields and wizards of ours.

Anybody who can log in may call any public method of any model, with the ids and the
arguments of their choice, and search by any field. Methods and fields are found in the
registry, so a new one is tried without a word here: a customer of the dealer's portal,
an employee without a group of ours and somebody who may do everything in another
company try them on our records. They are refused, or at least nothing happens and
nothing is told: a description of a screen that they may not open is nothing.
"""

from contextlib import suppress

from psycopg2.errors import ReadOnlySqlTransaction

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..public_methods import ARGUMENTS, PublicMethods

#: what somebody of another company may call, and why
SHARED = {
    "action_find": "looks at the caller's own companies, whatever it is called on",
    "action_propose_segmentation_zones": "contacts without a company are everybody's",
}
#: what only the dealer knows: names of segments, reasons of handovers, figures
SECRETS = ("From Montero", "Leaves", "9000", "9,000")


@tagged("post_install", "-at_install")
class TestOutsiders(PublicMethods):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.elsewhere = cls.env["res.company"].create({"name": "Another Dealer"})
        every_group = "segmentation_administrator", "segmentation_marketing"
        groups = ",".join(f"agro_segmentation.group_{name}" for name in every_group)
        cls.outsiders = {
            "portal": new_test_user(cls.env, "hostile_portal", "base.group_portal"),
            "employee": cls.users["employee"],
            "stranger": new_test_user(
                cls.env,
                "hostile_stranger",
                f"{groups},sales_team.group_sale_manager,account.group_account_manager",
                company_id=cls.elsewhere.id,
                company_ids=[Command.set(cls.elsewhere.ids)],
            ),
        }

    # -- Calling them

    def _assert_refused(self, login, model, name):
        """Refused, or without any effect and without a word on the dealer."""
        user = self.outsiders[login]
        with self.subTest(user=login, method=f"{model}.{name}"), self._undone():
            ids = [] if self._is_of_model(model, name) else self._ids(model)
            self._forbid_writing()
            try:
                with mute_logger("odoo.sql_db"):
                    told = self._call(user, model, name, ids)
            except UserError as error:
                told = error
            except ReadOnlySqlTransaction:
                self.fail(f"{login} changes something by {model}.{name}")
            for secret in SECRETS:
                self.assertNotIn(secret, str(told))

    # -- The rules

    def test_who_has_no_rights_is_refused(self):
        for login in ("portal", "employee"):
            for name, models in self._methods().items():
                for model in models:
                    self._assert_refused(login, model, name)

    def test_another_company_is_refused(self):
        """Where records belong to a company: what all share, its people may use."""
        methods = self._methods()
        for name in methods.keys() - SHARED:
            for model in methods[name]:
                is_company_s = "company_id" in self.env[model]._fields
                if is_company_s and not self._is_of_model(model, name):
                    self._assert_refused("stranger", model, name)

    def test_known_methods_are_found(self):
        """What finds the methods must not fall silent."""
        methods = self._methods()
        self.assertIn("segmentation.segment", methods["get_members"])
        self.assertIn("utm.campaign", methods["action_segmentation_stop"])
        self.assertIn("res.partner", methods["get_segmentation_header"])
        self.assertLessEqual(ARGUMENTS.keys() | SHARED, set(methods))

    def test_wizards_are_their_users_own(self):
        """Odoo lets everybody of a group read what others typed into a wizard."""
        wizards = [
            model
            for model in self.env.registry
            if model.startswith("segmentation.") and self.env[model]._transient
        ]
        self.assertIn("segmentation.campaign.wizard", wizards)
        for model in wizards:
            rules = self.env["ir.rule"].search([("model_id.model", "=", model)])
            domains = rules.filtered("global").mapped("domain_force")
            self.assertIn("[('create_uid', '=', user.id)]", domains, model)

    # -- Fields

    def _fields(self, model):
        """Return our fields of a model that can be searched by."""
        return [
            field
            for field in model._fields.values()
            if field.name.startswith(("segmentation_", "x_segmentation_"))
            and field._description_searchable
        ]

    def _is_seen(self, record, field):
        """Whether the record's user reads a value in the field."""
        with suppress(AccessError):
            return bool(record[field.name])
        return False

    def _is_found(self, record, field):
        """Whether the record's user can find out that there is a value."""
        probes = [(field.name, "!=", False)]
        if field.type in ("integer", "float", "monetary"):
            probes = [(field.name, operator, 0) for operator in "<>"]
        elif field.relational:
            probes.append((field.name, "any", []))
        with suppress(AccessError):
            if any(
                record.search_count([probe, ("id", "=", record.id)]) for probe in probes
            ):
                return True
        return self._is_grouped(record, field)

    def _is_grouped(self, record, field):
        """Whether the record comes under a value when its user groups by the field."""
        by = f"{field.name}:year" if field.type in ("date", "datetime") else field.name
        # ValueError: it cannot be grouped by at all
        with suppress(AccessError, ValueError):
            [[value]] = record._read_group([("id", "=", record.id)], [by])
            return bool(value)
        return False

    def _assert_hidden_cannot_be_found(self, login, records):
        user = {**self.users, **self.outsiders}[login]
        for record in records.with_user(user):
            for field in self._fields(record):
                self.env.invalidate_all()
                with (
                    self.subTest(user=login, record=record.id, field=str(field)),
                    mute_logger("odoo.addons.base.models.ir_model"),
                ):
                    self.assertLessEqual(
                        self._is_found(record, field), self._is_seen(record, field)
                    )

    def test_who_may_not_read_a_value_cannot_search_for_it(self):
        """Nor group by it: a salesperson of others' customers, and outsiders."""
        customers = self._found(self.env["res.partner"])
        others = customers.filtered(
            lambda customer: customer.user_id != self.users["user"]
        )
        self.assertTrue(
            any(
                self._is_found(others[0].sudo(), field)
                for field in self._fields(others)
            )
        )
        for login in "user", "employee", "stranger":
            self._assert_hidden_cannot_be_found(login, others[:2])
