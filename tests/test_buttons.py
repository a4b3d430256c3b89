"""Every button of ours, tried as each group: who sees it can use it, others cannot.

Buttons are found in the registry: those that call a method or an action of this addon
in any view of the models that it makes or extends, and the actions that it adds to the
*Actions* menu of lists and forms. So a new one is tried without a word here, on the
first record that shows it to the user; when there is none, the test says what to add.
"""

from contextlib import suppress
from typing import NamedTuple

from lxml import etree
from psycopg2.errors import ReadOnlySqlTransaction

from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tests import tagged
from odoo.tools import mute_logger
from odoo.tools.safe_eval import safe_eval
from odoo.tools.view_validation import get_expression_field_names

from .full_dealer import FullDealer
from .screens import ScreensMixin

MODULE = "agro_segmentation"
#: Odoo's own buttons, which we refuse now and then: see test_preflight and test_stop
GUARDED = {"action_put_in_queue", "action_send_mail", "action_send_winner_mailing"}
#: what is said to who sees a button that others may use: {name: {group: sentence}}
REFUSALS = {
    "send_mail_test": {"mailer": "figures of the campaign's customers"},
    "action_propose_segmentation_zones": dict.fromkeys(
        ("user", "billing_user", "manager", "marketing"), "may not modify contacts"
    ),
    "action_open_kept_leads": dict.fromkeys(
        ("manager", "administrator", "system"), "may not read it"
    ),
}


class Button(NamedTuple):
    """A button of a view, or an action of the *Actions* menu (then without a view)."""

    view: int
    model: str
    type: str
    name: str

    def __str__(self):
        return f"{self.name} on {self.model}"


@tagged("post_install", "-at_install")
class TestButtons(ScreensMixin, FullDealer):
    # --- Which buttons there are ------------------------------------------------

    def _views(self):
        """Return the views of models that we make or extend, without extensions."""
        models = [
            name
            for name, model in self.env.registry.items()
            if any(getattr(parent, "_module", None) == MODULE for parent in model.mro())
        ]
        return self.env["ir.ui.view"].search(
            [("model", "in", models), ("mode", "=", "primary")]
        )

    def _nodes(self, view, arch):
        """Return {button: its node} of our buttons in the view's architecture."""
        nodes = {}
        for node in etree.fromstring(arch).iter("button"):
            model = self._model_of(node, view.model)
            name = self._name(node.get("type"), node.get("name"))
            button = Button(view.id, model, node.get("type"), name)
            if self._is_ours(button):
                nodes[button] = node
        return nodes

    def _name(self, kind, name):
        """Return the method of a button, or the external id of its action."""
        if kind != "action" or not name.isdigit():
            return name
        action = self.env["ir.actions.actions"].browse(int(name))
        return action.get_external_id()[action.id]

    def _model_of(self, node, model):
        """Return the model of a node, which may stand in an x2many field."""
        for field in reversed(list(node.iterancestors("field"))):
            model = self.env[model]._fields[field.get("name")].comodel_name or model
        return model

    def _is_ours(self, button):
        """Whether the button calls a method or an action of this addon."""
        if button.type == "action":
            return button.name.startswith(f"{MODULE}.")
        if button.name in GUARDED:
            return False
        method = getattr(type(self.env[button.model]), button.name or "", None)
        return getattr(method, "__module__", "").startswith(f"odoo.addons.{MODULE}.")

    def _bound(self):
        """Return our entries of the *Actions* menu."""
        data = self.env["ir.model.data"].search(
            [("module", "=", MODULE), ("model", "=like", "ir.actions.%")]
        )
        actions = {row.complete_name: self.env.ref(row.complete_name) for row in data}
        return [
            Button(0, action.binding_model_id.model, "action", name)
            for name, action in actions.items()
            if action.binding_model_id
        ]

    def _buttons(self):
        """Return {view: its buttons} and our entries of the *Actions* menu."""
        views = {}
        for view in self._views():
            arch = etree.tostring(view._get_combined_arch())
            if nodes := self._nodes(view, arch):
                views[view] = list(nodes)
        return views, self._bound()

    # --- What a user sees -------------------------------------------------------

    def _seen(self, view, user):
        """Return {button: node} of our buttons in the view as the user gets it."""
        model = self.env[view.model].with_user(user)
        if not model.has_access("create" if model._transient else "read"):
            return {}
        return self._nodes(view, model.get_view(view.id, view.type)["arch"])

    def _is_offered(self, button, user):
        """Whether the user finds the action in the *Actions* menu."""
        bindings = self.env["ir.actions.actions"].with_user(user)
        found = bindings.get_bindings(button.model)
        return self.env.ref(button.name).id in {
            action["id"] for actions in found.values() for action in actions
        }

    def _record(self, button, node, user):
        """Return what the user may press on: the first record that shows the button.

        Above a list, that is a selection: all records.
        """
        model = self.env[button.model].with_user(user)
        records = self._new(model) if model._transient else self._found(model)
        if node is not None and node.xpath("parent::header/parent::list"):
            return records
        for record in records:
            if not self._is_hidden(node, record):
                return record
        self.fail(f"No record shows {button} to {user.login}: add one in setUpClass")

    def _is_hidden(self, node, record):
        """Whether the button, or what it stands in, is invisible on the record."""
        while node is not None and node.tag != "field":
            if self._evaluate(node.get("invisible", "False"), record):
                return True
            node = node.getparent()
        return False

    def _evaluate(self, expression, record):
        """Return the value of a modifier or a context on the record."""
        record = record.sudo()
        names = get_expression_field_names(expression) & set(record._fields)
        values = {name: record[name] for name in names}
        return safe_eval(expression, {"context": {}, "uid": self.env.uid, **values})

    # --- Pressing ---------------------------------------------------------------

    def _press(self, button, record, user, context=None):
        """Do what the web client does, up to the screen that opens."""
        if button.type == "object":
            model = self.env[button.model].with_user(user)
            kwargs = {"context": context or {}}
            result = call_kw(model, button.name, [record.ids], kwargs)
        else:
            result = self._run(self.env.ref(button.name), record, user)
        if isinstance(result, dict):
            self._open_action(result, user)

    def _run(self, action, record, user):
        """Return the screen that an action opens; a server action is run for it."""
        if action._name != "ir.actions.server":
            return action._get_action_dict()
        context = {
            "active_model": record._name,
            "active_id": record.id,
            "active_ids": record.ids,
        }
        return action.with_user(user).with_context(**context).run()

    def _method(self, button):
        """Return the method that is called, if need be through a server action."""
        if button.type == "object":
            return button.name
        action = self.env.ref(button.name)
        code = action.code if action._name == "ir.actions.server" else ""
        return code.rpartition(".")[2].removesuffix("()")

    def _assert_works(self, login, button, record, context=None):
        refusal = REFUSALS.get(self._method(button), {}).get(login)
        with self.subTest(group=login, button=str(button)), self._undone():
            if not refusal:
                self._press(button, record, self.users[login], context)
                return
            with self.assertRaisesRegex(UserError, refusal) as caught:
                self._press(button, record, self.users[login], context)
            self.assertNotIsInstance(caught.exception, AccessError)

    def _assert_refused(self, login, button, record):
        """Refused, or without any effect: the transaction may not write."""
        with self.subTest(group=login, hidden_button=str(button)), self._undone():
            self.env.cr.execute("SET TRANSACTION READ ONLY")
            try:
                with mute_logger("odoo.sql_db"), suppress(UserError):
                    self._press(button, record, self.users[login])
            except ReadOnlySqlTransaction:
                self.fail(
                    f"{button} is not shown to {login}, yet it does something when"
                    " called: check the user's rights first"
                )

    # --- The rules --------------------------------------------------------------

    def test_buttons_of_views(self):
        """Who sees a button can use it; who does not is refused."""
        views, _bound = self._buttons()
        for view, buttons in views.items():
            seen = {login: self._seen(view, user) for login, user in self.users.items()}
            for button in buttons:
                viewers = {
                    login: nodes[button]
                    for login, nodes in seen.items()
                    if button in nodes
                }
                with self.subTest(button=str(button)):
                    self.assertTrue(viewers, f"Add to GROUPS who sees {button}")
                    self._try_button(button, viewers)

    def _try_button(self, button, viewers):
        """Press it as everybody.

        :param viewers: {login: the button's node} of those who see it
        """
        for login, node in viewers.items():
            record = self._record(button, node, self.users[login])
            context = self._evaluate(node.get("context", "{}"), record)
            self._assert_works(login, button, record, context)
        for login in self.users:
            if login not in viewers:
                self._assert_refused(login, button, record)

    def test_actions_menu(self):
        """Who finds an action in the menu can run it; who does not is refused."""
        for button in self._bound():
            for login, user in self.users.items():
                if self._is_offered(button, user):
                    record = self._record(button, None, user)
                    self._assert_works(login, button, record)
                else:
                    record = self._found(self.env[button.model])[:1]
                    self._assert_refused(login, button, record)

    def test_what_offers_to_be_duplicated_can_be(self):
        """Our lists and forms do by themselves, to who may create."""
        for view in self._views().filtered_domain(
            [("model", "=like", "segmentation.%"), ("type", "in", ["list", "form"])]
        ):
            model = self.env[view.model].with_user(self.users["system"])
            if not self._offers_duplicate(view, model):
                continue
            with self.subTest(view=view.name), self._undone():
                record = self._found(model)[:1]
                self.assertTrue(record, "Add a record to the dealer's")
                self.assertTrue(record.copy())
                self.env.flush_all()

    def _offers_duplicate(self, view, model):
        """Whether the user of the model finds *Duplicate* in the *Actions* menu."""
        if model._transient or not model.has_access("create"):
            return False
        arch = etree.fromstring(model.get_view(view.id, view.type)["arch"])
        return not {arch.get("create"), arch.get("duplicate")} & {"0", "false"}

    def test_known_buttons_are_found(self):
        """What finds the buttons must not fall silent."""
        views, bound = self._buttons()
        buttons = [button for known in views.values() for button in known]
        found = {(button.model, button.name) for button in buttons}
        self.assertLessEqual(
            {
                ("res.partner", "action_open_positions"),
                ("utm.campaign", "action_segmentation_wizard"),
                ("segmentation.campaign.wizard", "action_launch"),
                ("segmentation.position", "action_open_invoices"),
                ("segmentation.zone", "action_propose_zones"),
                ("mailing.mailing.test", "send_mail_test"),
            },
            found,
        )
        self.assertTrue(bound)
