from datetime import timedelta

from odoo import Command, fields
from odoo.fields import Domain
from odoo.tests import tagged

from ..campaign.common import CampaignCommon

#: Per model with a link to contacts: what two merged contacts together had, and the
#: contact that stays must have. Aggregates of `_read_group`.
KEPT = {
    "segmentation.parcel": ["__count", "hectares:sum"],
    "segmentation.planting": ["__count", "hectares:sum"],
    "segmentation.position": ["harvest_id:count_distinct", "billing:sum", "gap:sum"],
    "segmentation.position.line": ["unit_id:count_distinct", "billing:sum"],
    "segmentation.change": ["__count"],
    "segmentation.relation": [
        "unit_id:count_distinct",
        "user_id:count_distinct",
        "manual_reason:count",
        "date_first:min",
        "date_last:max",
    ],
    "segmentation.handover.line": ["__count", "hectares:sum"],
    "segmentation.handover.item": ["__count"],
    "segmentation.hygiene.flag": [
        "rule_id:count_distinct",
        "keep_until:max",
        "keep_reason:count",
        "since:min",
    ],
    "segmentation.membership": [
        "segment_id:count_distinct",
        "date_from:min",
        "origin:count",
    ],
    "segmentation.choice": ["segment_id:count_distinct", "date:max"],
    "segmentation.opt.out": ["topic_id:count_distinct", "email:count_distinct"],
    "segmentation.preflight.line": ["__count"],
    "segmentation.audience": [
        "campaign_id:count_distinct",
        "billing:sum",
        "gap:sum",
        "invoiced:sum",
        "invoice_count:sum",
    ],
}
#: the models that have it only once the refresh has computed the one that stays
COMPUTED = {
    "segmentation.position",
    "segmentation.position.line",
    "segmentation.relation",
}
HELP = """
%(model)s links to contacts (%(fields)s), and merging contacts may lose its rows.
1. Let it inherit segmentation.merge; if a contact has one row at most, override
   _merge_partners.
2. Add to KEPT in %(file)s what must not change when contacts are merged.
3. Make rows of it for a contact in TestMergeEverything._fill.
"""


def links(model):
    """Return the names of the stored fields of a model that point at contacts."""
    return [
        name
        for name, field in model._fields.items()
        if field.store
        and (
            (
                field.type in ("many2one", "many2many")
                and field.comodel_name == "res.partner"
            )
            or field.type in ("many2one_reference", "reference")
        )
    ]


@tagged("post_install", "-at_install")
class TestMergeEverything(CampaignCommon):
    """Two contacts with rows in all our models become one, and nothing is lost."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.context_today(cls.company)
        cls.kept = cls._buyer("Kept", 1000, 4000)
        cls.source = cls._buyer("Source", 500, 1000)
        cls.kept_person, cls.source_person = cls.env["res.partner"].create(
            [
                {"name": "Ana", "parent_id": cls.kept.id},
                {"name": "Eva", "parent_id": cls.source.id},
            ]
        )
        cls._hand_over(cls.kept | cls.source)
        cls._flag()
        cls._segments()
        campaigns = cls._launch("all") | cls._launch("free", (None, (500, 500)))
        cls.marketing.email = "marketing@example.com"
        messages = campaigns[0].with_user(cls.marketing)._segmentation_prepare("mail")
        cls.env["segmentation.preflight"]._start(messages)
        cls._fill(cls.kept, cls.unit_machines, cls.tractor, "2023-11-01")
        cls._fill(cls.source, cls.unit_inputs, cls.seed, cls.today)
        cls._invoice(cls.kept, 20, cls.today)
        for campaign in campaigns.sudo():
            campaign._segmentation_measure()
        cls.env["segmentation.refresh"]._refresh_pending(cls.company)

    @classmethod
    def _fill(cls, partner, unit, product, date):
        """Make rows of every model about the partner."""
        cls._invoice(partner, 10, date, product)
        cls._plant(partner, cls.north, cls.maize, 30, cls.winter_24)
        cls.env["segmentation.refresh"]._refresh_pending(cls.company)
        relations = cls.env["segmentation.relation"]
        relations._set_manual(partner, unit, "competitor", "Said so")
        relations._set_salesperson(partner, unit, cls.salesman)
        topic = cls.env.ref("agro_segmentation.topic_news")
        cls.env["segmentation.opt.out"].create(
            {"partner_id": partner.id, "topic_id": topic.id}
        )

    @classmethod
    def _hand_over(cls, partners):
        """Give the partners' accounts from marketing to the salesman."""
        partners.user_id = cls.marketing
        handover = cls.env["segmentation.handover"].create(
            {
                "company_id": cls.company.id,
                "reason": "Moves on",
                "source_user_ids": [Command.set(cls.marketing.ids)],
                "target_ids": [Command.create({"user_id": cls.salesman.id})],
            }
        )
        handover.action_list()
        handover.action_execute()

    @classmethod
    def _flag(cls):
        """Flag both for their phone numbers; the decision is about the source."""
        (cls.kept | cls.source).phone = "12"
        cls.env.ref("agro_segmentation.hygiene_rule_invalid_phone").action_check_now()
        flags = cls.source.segmentation_hygiene_flag_ids
        flags._keep(cls.today + timedelta(days=9), "The number of a radio")
        flags.sudo().since = cls.today - timedelta(days=9)

    @classmethod
    def _segments(cls):
        """Choose each of both for a segment of its own."""
        for partner in cls.kept | cls.source:
            cls.env["segmentation.segment"].create(
                {
                    "name": f"{partner.name} and others",
                    "choice_ids": [Command.create({"partner_id": partner.id})],
                }
            )

    @classmethod
    def _models(cls):
        """Return our models with rows of their own about contacts that last."""
        return [
            cls.env[name]
            for name in cls.env.registry
            if name.startswith("segmentation.")
            and not cls.env[name]._abstract
            and not cls.env[name]._transient
            and cls.env[name]._auto
            and links(cls.env[name])
        ]

    def _domain(self, model, name, partners):
        """Return the domain of the rows whose field points at the partners."""
        field = model._fields[name]
        if field.type == "reference":
            return Domain(name, "in", [f"res.partner,{id_}" for id_ in partners.ids])
        domain = Domain(name, "in", partners.ids)
        if field.type == "many2one_reference":
            domain &= Domain(field.model_field, "=", "res.partner")
        return domain

    def _kept(self, partners):
        """Return ``{model: aggregates}`` of the rows about the partners."""
        result = {}
        for model in self._models():
            domain = Domain.OR(
                self._domain(model, name, partners) for name in links(model)
            )
            rows = model.sudo().with_context(active_test=False)
            [result[model._name]] = rows._read_group(
                domain, [], KEPT.get(model._name, ["__count"])
            )
        return result

    def _merge(self):
        wizard = self.env["base.partner.merge.automatic.wizard"].with_user(
            self.env.ref("base.user_admin")
        )
        wizard._merge([self.kept.id, self.source.id], self.kept)
        self.env.invalidate_all()

    def test_every_model_takes_part(self):
        for model in self._models():
            with self.subTest(model=model._name):
                names = links(model)
                self.assertIn(
                    model._name,
                    KEPT,
                    HELP
                    % {
                        "model": model._name,
                        "fields": ", ".join(names),
                        "file": "tests/profile/test_merge_everything.py",
                    },
                )

    def test_both_have_rows_in_every_model(self):
        """Else the test below could not fail."""
        for model in self._models():
            for name in links(model):
                for partner in (self.kept, self.source):
                    with self.subTest(model=model._name, field=name, of=partner.name):
                        family = partner | partner.child_ids
                        rows = model.sudo().with_context(active_test=False)
                        self.assertTrue(
                            rows.search_count(self._domain(model, name, family)),
                            "Let _fill make such a row.",
                        )

    def test_nothing_is_lost(self):
        before = self._kept(self.kept | self.source)
        before_relations = self.env["segmentation.relation"].search(
            [("partner_id", "in", (self.kept | self.source).ids)]
        )
        self._merge()
        after = self._kept(self.kept)
        self._refresh()
        computed = self._kept(self.kept)
        after.update((name, computed[name]) for name in COMPUTED)
        for name, figures in before.items():
            with self.subTest(model=name):
                self.assertEqual(after[name], figures, KEPT[name])
        self.assertEqual(len(before_relations.exists()), 3)

    def test_invoices_stay_with_their_sums(self):
        moves = self.env["account.move"].search(
            [("partner_id", "in", (self.kept | self.source).ids)]
        )
        total = sum(moves.mapped("amount_untaxed_signed"))
        self._merge()
        self.assertEqual(moves.exists().partner_id, self.kept)
        self.assertEqual(sum(moves.mapped("amount_untaxed_signed")), total)
        self.assertEqual(self.kept.total_invoiced, total)

    def test_what_they_were_mailed_comes_along(self):
        trace = self.env["mailing.trace"].create(
            {"model": "res.partner", "res_id": self.source.id, "email": "s@example.com"}
        )
        self._merge()
        self.assertEqual(trace.res_id, self.kept.id)

    def test_contacts_come_along(self):
        self._merge()
        self.assertEqual(self.source_person.commercial_partner_id, self.kept)

    def test_one_message_tells_what_was_done(self):
        self._merge()
        [message] = self.kept.message_ids.filtered(
            lambda message: "Taken over from Source" in message.body
        )
        for sentence in (
            "Parcel: 2 taken over.",
            "Planting: 2 taken over.",
            "Commercial Relation: 2 taken over.",
            "Campaign Audience: 1 taken over.",
            "Audiences: figures summed in 1 campaigns.",
            "Positions: computed anew",
        ):
            self.assertIn(sentence, message.body)

    def test_nothing_to_say_of_empty_contacts(self):
        twins = self.env["res.partner"].create([{"name": "Twin"}, {"name": "Twin"}])
        wizard = self.env["base.partner.merge.automatic.wizard"]
        wizard.with_user(self.env.ref("base.user_admin"))._merge(twins.ids, twins[0])
        self.assertFalse(
            twins[0].message_ids.filtered(lambda m: "Taken over from" in m.body)
        )
