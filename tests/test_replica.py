"""What only reads is served by a replica of the database, where Odoo has one.

Odoo gives a request a read-only connection if the method that it calls is marked
``@api.readonly``. If that writes all the same, the request starts again on the primary,
and Odoo logs a warning.
"""

from unittest.mock import patch

from lxml import etree
from psycopg2.errors import InFailedSqlTransaction, ReadOnlySqlTransaction

from odoo.exceptions import UserError
from odoo.sql_db import Cursor
from odoo.tests import tagged
from odoo.tools import mute_logger

from .public_methods import PublicMethods
from .screens import ScreensMixin

#: of how many records each method is called on one
SAMPLES = 3
DATES = ("date", "datetime")
#: what finds nothing to write on the records that the test calls it on
WRITES = {
    ("segmentation.campaign.wizard", "action_new_rule"),
    ("segmentation.harvest.wizard", "action_create_harvests"),
    ("segmentation.hygiene.wizard", "action_apply"),
    ("segmentation.relation.wizard", "action_apply"),
    ("segmentation.zone", "action_propose_zones"),
    ("utm.campaign", "action_segmentation_drop_waves"),
}


@tagged("post_install", "-at_install")
class TestReplica(ScreensMixin, PublicMethods):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["segmentation.refresh"]._refresh_pending(cls.company)
        cls.user = cls.users["system"]

    # -- Methods

    def _methods_of(self):
        """Return {model: its public methods of ours}."""
        methods = {}
        for name, models in self._methods().items():
            for model in models:
                methods.setdefault(model, []).append(name)
        return methods

    def _works(self, model, name, ids):
        """Whether a call works where nothing can be written; None if it is refused."""
        with self.env.cr.savepoint() as savepoint, mute_logger("odoo.sql_db"):
            self._forbid_writing()
            try:
                self._call(self.user, model, name, ids)
                self.env.flush_all()
                return True
            except (ReadOnlySqlTransaction, InFailedSqlTransaction):
                return False
            except (UserError, ValueError):  # on what no screen calls it
                return None
            finally:
                self.env.clear()
                savepoint.rollback()

    def _is_reader(self, model, name, samples):
        """Whether a method only reads, whichever of the samples it is called on.

        None if it is refused on all of them.
        """
        if self._is_of_model(model, name):
            return self._works(model, name, [])
        outcomes = {self._works(model, name, record.ids) for record in samples}
        return (True in outcomes or None) if False not in outcomes else False

    def _is_marked(self, model, name):
        """Whether Odoo calls a method on a replica; see its controller DataSet."""
        methods = (getattr(each, name, None) for each in type(self.env[model]).mro())
        return any(hasattr(method, "_readonly") for method in methods)

    def test_readers_are_marked(self):
        """What only reads is marked, and what is marked only reads."""
        marked = 0
        for model, names in self._methods_of().items():
            is_abstract = self.env[model]._abstract
            with self._undone():
                samples = () if is_abstract else self._dealer_s(model)[:SAMPLES]
                for name in names:
                    is_marked = self._is_marked(model, name)
                    marked += is_marked
                    with self.subTest(model=model, method=name):
                        is_reader = self._is_reader(model, name, samples)
                        if (model, name) in WRITES:
                            is_reader = False
                        self.assertIn(is_reader, (is_marked, None))
        self.assertGreater(marked, 50)

    # -- Screens

    def _shown(self, arch, fields):
        """Return what the web client asks for to show a view: {field: {}}."""
        view = etree.fromstring(arch)
        names = {
            node.get("name")
            for node in view.iter("field")
            if not any(True for _ in node.iterancestors("field", "groupby"))
        }
        return {name: {} for name in names if name in fields}

    def _read_screen(self, action):
        """Read what all views of an action show, of the first records in each."""
        model = self.env[action.res_model].with_user(self.user)
        for view, mode in action.views:
            fields = model.fields_get()
            shown = self._shown(model.get_view(view, mode)["arch"], fields)
            model.search([], limit=SAMPLES).web_read(shown)
            for name in shown if mode in ("pivot", "graph") else ():
                by = f"{name}:month" if fields[name]["type"] in DATES else name
                if fields[name].get("groupable"):
                    model.formatted_read_group([], [by], ["__count"])

    def test_screens_only_read(self):
        """Every figure, text and count on a list, a form or a dashboard."""
        data = self.env["ir.model.data"].search(
            [
                ("module", "=", "agro_segmentation"),
                ("model", "=", "ir.actions.act_window"),
            ]
        )
        actions = self.env["ir.actions.act_window"].browse(data.mapped("res_id"))
        actions = actions.filtered(
            lambda action: not self.env[action.res_model]._transient
        )
        self.assertGreater(len(actions), 20)
        for action in actions:
            with self.subTest(action=action.name), self._undone():
                self._forbid_writing()
                self._read_screen(action)

    # -- Previews

    def _preview(self, model, **context):
        """Return what a form shows as it is opened to make a new record."""
        self.assertTrue(self._is_marked(model, "onchange"), model)
        records = self.env[model].with_user(self.user).with_context(**context)
        with self._undone():
            self._forbid_writing()
            result = records.onchange({}, [], {"preview_html": {}})
        return result["value"]["preview_html"]

    def test_previews_only_read(self):
        wizard = self._preview("segmentation.campaign.wizard")
        self.assertIn("Customer of employee", wizard)
        segment = self._preview("segmentation.segment", default_kind="dynamic")
        self.assertIn("Whom it finds", segment)
        self.assertIn("table", self._preview("segmentation.policy"))

    def test_a_replica_says_what_is_not_in_its_figures_yet(self):
        refresh = self.env["segmentation.refresh"]
        customers = self._found(self.env["res.partner"])[:2]
        self.assertFalse(refresh._refresh_pending(self.company))
        refresh._mark((self.company.id, customer.id) for customer in customers)
        with self._undone(), patch.object(Cursor, "readonly", True):
            self._forbid_writing()
            waiting = refresh._refresh_pending(self.company)
        self.assertIn("figures of 2 customers are being computed", waiting)
        self.assertFalse(refresh._refresh_pending(self.company))
