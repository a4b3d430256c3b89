"""Whatever is typed, imported or sent: it works, or a sentence says what is wrong.

Values come from hypothesis: HOSTILE_EXAMPLES in the environment says how many are tried
of each kind (a few by default).
"""

import os

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..campaign.common import CampaignCommon

few = settings(
    max_examples=int(os.environ.get("HOSTILE_EXAMPLES", 12)),
    deadline=None,
    derandomize="HOSTILE_EXAMPLES" not in os.environ,
    suppress_health_check=list(HealthCheck),
)

#: what breaks texts, queries, templates and spreadsheets
TRICKS = [
    "'; DROP TABLE res_partner; --",
    "%s %(name)s %",
    "{0} {name} {",
    "{{ object.env.cr }}",
    "<script>alert(1)</script>",
    "\\'\\",
    "=HYPERLINK(1)",
    "\u202e \u0007 \ufeff",
    " ",
    "9" * 400,
]
texts = st.one_of(
    st.sampled_from(TRICKS),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
)
#: above, Odoo itself cannot round an amount
numbers = st.one_of(
    st.integers(-(2**31), 2**31 - 1),
    st.floats(-1e15, 1e15),
    st.sampled_from([0, -0.0, 0.005, 1e-300]),
)
cells = st.one_of(
    texts,
    numbers.map(str),
    st.sampled_from(
        ["", "nan", "1e400", "1,5", "0000-00-00", "9999-12-31", "2024-02-30"]
    ),
)

PATHS = [
    "name",
    "id",
    "user_ids.password",
    "segmentation_billing",
    "segmentation_position_ids.billing",
    "invoice_ids.amount_total",
    "create_date",
    "category_id",
    "parent_id.parent_id.name",
    "__class__",
    "name; DROP TABLE res_partner",
    "name.length",
    "",
]
OPERATORS = "= != < >= in ilike =? =like child_of any not_any <=> DROP".split() + [
    "not in"
]
values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-10, 2**31), texts, st.floats()),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)
conditions = st.one_of(
    st.tuples(st.sampled_from(PATHS), st.sampled_from(OPERATORS), values),
    st.sampled_from(["&", "|", "!", "(", 1, None, ("name",)]),
)
domains = st.one_of(
    st.lists(conditions, max_size=4).map(repr),
    texts,
    st.sampled_from(
        [
            "__import__('os').system('true')",
            "[('id', 'in', [1] * 10 ** 10)]",
            "[('name', '=', name)]",
            "[" * 200,
            "lambda: 1",
            "[('create_date', '<', context_today())]",
        ]
    ),
)
#: per model what an import fills in: texts, numbers and dates as in a spreadsheet
COLUMNS = {
    "segmentation.zone": ["name", "parent_id", "code"],
    "segmentation.harvest": ["name", "date_start", "date_end", "kind"],
    "segmentation.parcel": ["name", "partner_id", "zone_id", "hectares"],
    "segmentation.planting": ["parcel_id", "harvest_id", "crop_id", "hectares"],
    "segmentation.rate": ["crop_id", "zone_id", "amount_per_hectare"],
    "segmentation.opt.out": ["partner_id", "email", "topic_id", "reason"],
}


@tagged("post_install", "-at_install")
class TestHostileValues(CampaignCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._buyer("Grower", 9000, 9000)
        cls.env["segmentation.refresh"]._refresh_pending(cls.company)
        cls.administrator = cls._user(
            "administrator", "group_segmentation_administrator"
        )

    def _try(self, call):
        """Do something with bad values, and take it back.

        :param call: a function; a UserError of any kind is a clear sentence
        """
        violation = None
        with self.env.cr.savepoint() as savepoint, mute_logger("odoo.sql_db"):
            try:
                call()
                self.env.flush_all()
            except UserError as error:
                self.assertTrue(str(error).strip())
            except IntegrityError as error:
                violation = error
            finally:
                savepoint.rollback()
        if violation:
            self.assertNotIn("violates", self._sentence(violation))

    def _sentence(self, error):
        """Return what Odoo tells the user of a constraint in the database."""
        table = error.diag.table_name
        models = {model._table: model._name for model in self.env.registry.values()}
        return self.env[models[table]]._sql_error_to_message(error)

    # -- Rules

    @few
    @example("[('category_id', '<', False)]")
    @example("[('id', '=', True)]")
    @given(domains)
    def test_domains_of_rules(self, domain):
        """Of contacts and of documents, saved, read back and looked for."""
        segments = self.env["segmentation.segment"].with_user(self.marketing)

        def make():
            segment = segments.create(
                {
                    "name": "Hostile",
                    "condition_ids": [
                        Command.create({"kind": "domain", "partner_domain": domain})
                    ],
                }
            )
            self.assertTrue(segment.condition_ids.sentence)
            segment.action_refresh()

        self._try(make)

    @few
    @example("[('category_id', '<', False)]")
    @example("[('id', '=', True)]")
    @given(domains)
    def test_filters_of_campaigns(self, domain):
        """Launched, or refused with a sentence."""

        def launch():
            wizard = self._wizard("all", partner_domain=domain)
            wizard.read()
            wizard.action_launch()

        self._try(launch)

    @few
    @example("[('category_id', '<', False)]")
    @example("[('id', '=', True)]")
    @given(domains)
    def test_conditions_of_handovers_and_hygiene(self, domain):
        """What is taken must not stop the job later."""
        handovers = self.env["segmentation.handover"].with_user(self.administrator)
        rules = self.env["segmentation.hygiene.rule"].with_user(self.administrator)
        rule = rules.search([("kind", "=", "no_address")], limit=1)

        def list_accounts():
            handover = handovers.create(
                {
                    "name": "Hostile",
                    "source_user_ids": [Command.set(self.salesman.ids)],
                    "partner_domain": domain,
                }
            )
            handover.action_list()

        def check():
            rule.partner_domain = domain
            while rule._step():
                pass
            self.assertFalse(rule.last_error)

        self.assertTrue(rule)
        self._try(list_accounts)
        self._try(check)

    @few
    @given(
        st.sampled_from(["res.partner", "account.move", "res.users", "nothing"]),
        st.lists(conditions, max_size=3),
        st.lists(texts, max_size=2),
    )
    def test_segments_from_a_search(self, model, domain, labels):
        segments = self.env["segmentation.segment"].with_user(self.marketing)
        self._try(lambda: segments.action_from_search(model, domain, labels))

    # -- Ranges

    @few
    @given(
        st.sampled_from(
            ["retention", "investment", "revision", "no_investment", "all"]
        ),
        st.tuples(numbers, numbers),
        st.tuples(numbers, numbers),
    )
    def test_ranges_of_campaigns(self, strategy, potential, billing):
        def launch():
            wizard = self._wizard(strategy, (potential, billing))
            wizard.read()
            wizard.action_launch()

        self._try(launch)

    @few
    @given(st.sampled_from(["fixed", "percentile", "pareto"]), st.data())
    def test_numbers_of_policies(self, method, data):
        policies = self.env["segmentation.policy"].with_user(self.administrator)
        policy = policies._of(self.company)
        names = [
            name for name, field in policy._fields.items() if field.type == "float"
        ]
        self.assertTrue(names)
        values = {name: data.draw(numbers, name) for name in names}
        self._try(lambda: policy.write({"method": method, **values}))

    def test_forms_without_a_company(self):
        """Emptying the company shows no figures, and is no error."""
        for model, company in (
            ("segmentation.policy", "company_id"),
            ("segmentation.segment", "company_id"),
            ("segmentation.campaign.wizard", "segmentation_company_id"),
        ):
            form = self.env[model].with_user(self.administrator)
            shown = {company: {}, "preview_html": {}}
            with self.subTest(model=model):
                form.onchange({}, [], shown)
                preview = form.onchange({company: False}, [company], shown)["value"]
                self.assertNotIn("Grower", str(preview))

    # -- Texts

    @few
    @given(texts)
    def test_names_of_things(self, name):
        """Names come to stand in sentences, messages and pages."""

        def use():
            self.harvest.name = name
            self.east.name = name
            wizard = self._wizard("all")
            wizard.title = name
            wizard.read()
            wizard.action_launch()
            campaign = self.env["utm.campaign"].with_user(self.marketing)
            campaign.search([], order="id desc", limit=1).read()

        self._try(use)

    # -- Imports

    @few
    @given(st.sampled_from(sorted(COLUMNS)), st.data())
    def test_imports(self, model, data):
        """An import says what is wrong, row by row, and never breaks."""
        columns = COLUMNS[model]
        rows = data.draw(
            st.lists(st.tuples(*[cells] * len(columns)), min_size=1, max_size=3)
        )
        target = self.env[model].with_user(self.administrator)

        def load():
            result = target.load(columns, [list(row) for row in rows])
            self.assertTrue(result["ids"] or result["messages"])
            for message in result["messages"]:
                self.assertTrue(str(message["message"]).strip())
                self.assertNotIn("psycopg2", str(message["message"]))

        self._try(load)

    # -- Other programs

    @few
    @given(st.integers(-(2**31), 2**31 - 1), st.integers(0, 2**31 - 1), texts)
    def test_arguments_of_the_api(self, number, size, text):
        user = self.salesman
        positions = self.env["segmentation.position"].with_user(user)
        timeline = self.env["segmentation.timeline"].with_user(user)
        segment = (
            self.env["segmentation.segment"]
            .with_user(self.marketing)
            .create({"name": "All"})
        )
        for call in (
            lambda: positions.get_matrix(number),
            lambda: timeline.get_events(number),
            lambda: timeline.get_events(number, kinds=[text], limit=number),
            lambda: segment.get_members(limit=size, offset=size),
            lambda: segment.is_member([number]),
        ):
            self._try(call)
