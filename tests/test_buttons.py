"""Every button of ours, tried as each group: who sees it can use it, others cannot.

Buttons are found in the registry: those that call a method or an action of this addon
in any view of the models that it makes or extends, and the actions that it adds to the
*Actions* menu of lists and forms. So a new one is tried without a word here, on the
first record that shows it to the user; when there is none, the test says what to add.
"""

from contextlib import contextmanager, suppress
from datetime import date, timedelta
from typing import NamedTuple

from lxml import etree
from psycopg2.errors import ReadOnlySqlTransaction

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger
from odoo.tools.safe_eval import safe_eval
from odoo.tools.view_validation import get_expression_field_names

from .campaign.common import CampaignCommon
from .screens import GROUPS, ScreensMixin

MODULE = "agro_segmentation"
#: Odoo's own buttons, which we refuse now and then: see test_preflight and test_stop
GUARDED = {"action_put_in_queue", "action_send_mail", "action_send_winner_mailing"}
#: wizards to press on, by the defaults they are opened with: {model: [values]}
WIZARDS = {
    "segmentation.campaign.wizard": lambda test: [
        {},
        {"campaign_id": test.mailing.campaign_id.id},
        {"segmentation_strategy": "investment"},
        {
            "segmentation_tactic": "recovery",
            "kept_tactic": "recovery",
            "segmentation_segment_ids": [Command.set(test.segments[:1].ids)],
        },
    ],
    "mailing.mailing.test": lambda test: [
        {"mass_mailing_id": test.mailing.id, "email_to": "test@example.com"}
    ],
    "segmentation.hygiene.wizard": lambda test: [
        {"operation": "keep", "until": date.today(), "reason": "Brothers"}
    ],
    "segmentation.choice.wizard": lambda test: [
        {
            "segment_id": test.segments[0].id,
            "partner_ids": test.segments[0].membership_ids.partner_id.ids,
        }
    ],
    "segmentation.outreach.wizard": lambda test: [
        {"campaign_id": test.mailing.campaign_id.id, "channel": channel}
        for channel in ("call", "opportunity")
    ],
    "segmentation.preflight.confirm": lambda test: [
        {"preflight_id": test.preflight.id, "number": test.preflight.goes_count}
    ],
    "segmentation.segment.combine": lambda test: [{"segment_ids": test.segments.ids}],
    "segmentation.segment.template": lambda test: [{"template": "no_salesperson"}],
    "segmentation.value.merge": lambda test: [{"value_ids": test.values.ids}],
    "segmentation.wave.wizard": lambda test: [
        {"campaign_id": test.mailing.campaign_id.id}
    ],
}
#: where to look for the record to press on, if any would not do: {model: domain}
RECORDS = {
    "res.partner": [("city", "=", "Montero")],
    "segmentation.relation": [("unit_id", "=", False)],
    "segmentation.value": [("field_id.name", "=", "Harvester")],
}
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
class TestButtons(ScreensMixin, CampaignCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {
            login: new_test_user(
                cls.env,
                f"buttons_{login}",
                groups,
                company_id=cls.company.id,
                company_ids=[Command.set(cls.company.ids)],
                email=f"{login}@example.com",
            )
            for login, groups in GROUPS.items()
        }
        for number, (login, user) in enumerate(cls.users.items()):
            phone = f"+591 7000 {number:04}"
            values = {"user_id": user.id, "city": "Montero", "phone": phone}
            cls._buyer(f"Customer of {login}", 9000, 9000, **values)
        cls.north.city = "Montero"
        cls._profile()
        cls._wizard("all").action_save_draft()
        cls._wizard("all", tactic="recovery").action_save_draft()
        campaign = cls._launch("all").with_user(cls.users["marketing"])
        campaign.action_segmentation_prepare_sms()
        action = campaign.action_segmentation_prepare_email()
        cls.mailing = cls.env["mailing.mailing"].browse(action["res_id"])
        cls._outreach()
        cls._preflight()
        cls._waves()
        cls._launch("all").with_user(cls.users["marketing"]).action_segmentation_stop()
        cls.env.flush_all()

    @classmethod
    def _preflight(cls):
        """A check of so many messages that their number has to be confirmed."""
        cls.company.segmentation_confirm_from = 1
        mailing = cls.mailing.with_user(cls.users["marketing"])
        cls.preflight = cls.env["segmentation.preflight"]._start(mailing)

    @classmethod
    def _waves(cls):
        """A campaign with a message for each of its waves, which may leave."""
        campaign = cls._launch("all").with_user(cls.users["marketing"])
        action = campaign.action_segmentation_prepare_email()
        mailing = campaign.env["mailing.mailing"].browse(action["res_id"])
        preflight = cls.env["segmentation.preflight"]._start(mailing)
        preflight.confirmed_count = preflight.goes_count
        wizards = cls.env["segmentation.wave.wizard"].with_user(campaign.env.user)
        wizards.create({"campaign_id": campaign.id}).action_plan()

    @classmethod
    def _outreach(cls):
        """A campaign with calls and opportunities for everybody."""
        wizards = cls.env["segmentation.outreach.wizard"]
        campaign = cls._launch("all")
        for channel in ("call", "opportunity"):
            wizards.with_user(cls.users["marketing"]).with_context(
                default_campaign_id=campaign.id, default_channel=channel
            ).create({}).action_apply()

    @classmethod
    def _profile(cls):
        """What the room profile offers to press on."""
        cls._handovers()
        customers = cls.env["res.partner"].search(RECORDS["res.partner"])
        unit = cls.env["segmentation.business.unit"]
        relations = cls.env["segmentation.relation"].with_company(cls.company)
        relations._set_manual(customers, unit, "competitor", "Said so on the phone")
        topic = cls.env.ref("agro_segmentation.topic_news")
        cls.env["segmentation.opt.out"].create(
            {"partner_id": customers[0].id, "topic_id": topic.id}
        )
        cls._key_field()
        cls._twins()
        cls._segments()
        cls._affinity()

    @classmethod
    def _segments(cls):
        """Two segments of the same customers, so that they overlap."""
        segment = {
            "name": "From Montero",
            "condition_ids": [
                Command.create(
                    {
                        "kind": "domain",
                        "partner_domain": repr(RECORDS["res.partner"]),
                    }
                )
            ],
        }
        segments = cls.env["segmentation.segment"]
        cls.segments = segments.with_user(cls.users["marketing"]).create([segment] * 2)
        cls.env["segmentation.waterfall"].with_user(cls.users["marketing"]).create(
            {
                "name": "Offers",
                "step_ids": [
                    Command.create({"segment_id": segment.id})
                    for segment in cls.segments
                ],
            }
        )
        cls._segment_action()

    @classmethod
    def _affinity(cls):
        """Two units that sell together."""
        cls.env["segmentation.affinity"].sudo().create(
            {
                "company_id": cls.company.id,
                "level": "unit",
                "unit_id": cls.unit_inputs.id,
                "offer_unit_id": cls.unit_machines.id,
            }
        )

    @classmethod
    def _segment_action(cls):
        """What should follow for the members of a segment, but failed."""
        mailing_list = cls.env["mailing.list"].create({"name": "Growers"})
        actions = cls.env["segmentation.segment.action"]
        action = actions.with_user(cls.users["marketing"]).create(
            {
                "segment_id": cls.segments[0].id,
                "kind": "mailing_list",
                "mailing_list_id": mailing_list.id,
            }
        )
        action.action_apply_to_members()
        action.effect_ids.sudo().state = "failed"

    @classmethod
    def _twins(cls):
        """A customer of each user that was entered twice: likely duplicates."""
        twins = [
            {"name": f"Twin of {login}", "user_id": user.id, "city": "Montero"}
            for login, user in cls.users.items()
        ]
        cls.env["res.partner"].create(twins * 2)
        rules = cls.env["segmentation.hygiene.rule"].sudo()
        rules.search([("kind", "=", "duplicate_name")]).action_check_now()

    @classmethod
    def _key_field(cls):
        """A key field that is switched on, with two values; see KeyFieldsCommon."""
        cls.registry_enter_test_mode_cls()
        cls.addClassCleanup(setattr, cls.registry, "registry_invalidated", True)
        field = cls.env["segmentation.field"].create(
            {
                "name": "Harvester",
                "type": "choice",
                "value_ids": [
                    Command.create({"name": name}) for name in ("Own", "Hired")
                ],
            }
        )
        field._switch_on()
        cls.values = field.value_ids

    @classmethod
    def _handovers(cls):
        """A handover of the manager in each state."""
        leaver, stays = cls.users["user"], cls.users["billing_user"]
        manager = cls.users["manager"]
        cls.env["crm.team"].sudo().create(
            {
                "name": "Growers",
                "user_id": manager.id,
                "company_id": cls.company.id,
                "member_ids": [Command.set((leaver | stays).ids)],
            }
        )
        handovers = (
            cls.env["segmentation.handover"]
            .with_user(manager)
            .create(
                [
                    {
                        "reason": "Leaves",
                        "source_user_ids": [Command.set(leaver.ids)],
                        "target_ids": [Command.create({"user_id": stays.id})],
                        "date_effective": date.today() + timedelta(days=30),
                    }
                ]
                * 4
            )
        )
        _draft, listed, planned, done = handovers
        for handover in listed, planned, done:
            handover.action_list()
        planned.action_plan()
        done.action_execute()
        cls._buyer("Another customer", 9000, 9000, user_id=leaver.id, city="Montero")
        # which the leaver keeps
        lead = (
            cls.env["crm.lead"]
            .sudo()
            .create({"name": "Stranger", "type": "opportunity", "user_id": leaver.id})
        )
        lead.activity_schedule("mail.mail_activity_data_todo", user_id=leaver.id)

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

    def _found(self, model):
        return model.search(RECORDS.get(model._name, []))

    def _new(self, wizard):
        for values in WIZARDS.get(wizard._name, lambda test: [{}])(self):
            context = {f"default_{name}": value for name, value in values.items()}
            wizards = wizard.browse().with_context(**context)
            wizard |= wizards.create(wizards.default_get(list(wizard._fields)))
        return wizard

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

    @contextmanager
    def _undone(self):
        """Take back what is done in the block, to the fields of contacts too."""
        with self.env.cr.savepoint() as savepoint:
            yield
            savepoint.rollback()
        self.registry.reset_changes()

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
