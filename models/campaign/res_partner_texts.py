from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_amount, format_date

from ..common.groups import USER
from .texts import TextsField

#: the texts about a customer's row in the audience, in the order of the menu
CAMPAIGN_TEXTS = (
    "customer",
    "salesperson",
    "harvest",
    "end",
    "quadrant",
    "billing",
    "potential",
    "gap",
)


class ResPartner(models.Model):
    """What a campaign's message may tell the contact it goes to.

    The figures to tell are those frozen in the audience of one campaign: that of the
    message being written (context ``segmentation_campaign_id``), else the latest. They
    are texts in the recipient's language, so that a message needs no code to format
    them, which only template editors may write. A text that is not known is empty:
    the message then writes the placeholder's fallback.
    """

    _name = "res.partner"
    _inherit = "res.partner"

    segmentation_campaign_customer = fields.Char(
        string="Campaign: Customer",
        compute="_compute_segmentation_campaign",
        groups=USER,
        help="Name of the customer that the contact stands for.",
    )
    segmentation_campaign_salesperson = fields.Char(
        string="Campaign: Salesperson",
        compute="_compute_segmentation_campaign",
        groups=USER,
        help="Name of the customer's salesperson at the launch.",
    )
    segmentation_campaign_end = fields.Char(
        string="Campaign: Last Day",
        compute="_compute_segmentation_campaign",
        groups=USER,
        help="Last day of the campaign, written in the customer's language.",
    )
    segmentation_campaign_harvest = fields.Char(
        string="Campaign: Harvest",
        compute="_compute_segmentation_campaign",
        groups=USER,
    )
    segmentation_campaign_quadrant = fields.Char(
        string="Campaign: Quadrant",
        compute="_compute_segmentation_campaign",
        groups=USER,
        help="Quadrant of the customer at the launch, in its language.",
    )
    segmentation_campaign_billing = fields.Char(
        string="Campaign: Billing",
        compute="_compute_segmentation_campaign",
        groups=USER,
        help="Billing of the customer at the launch, written in its language.",
    )
    segmentation_campaign_potential = fields.Char(
        string="Campaign: Potential",
        compute="_compute_segmentation_campaign",
        groups=USER,
        help="Potential of the customer at the launch, written in its language; empty"
        " when it was not known.",
    )
    segmentation_campaign_gap = fields.Char(
        string="Campaign: Gap",
        compute="_compute_segmentation_campaign",
        groups=USER,
        help="Potential less billing at the launch, written in the customer's"
        " language; empty when the potential was not known, and when nothing was left"
        " to sell.",
    )
    segmentation_campaign_gap_unit = fields.Char(
        string="Campaign: Unit of the Largest Gap",
        compute="_compute_segmentation_campaign_gaps",
        groups=USER,
        help="The business unit with most left to sell to the customer.",
    )
    segmentation_campaign_gaps = TextsField(
        string="Campaign: Gap by Business Unit",
        compute="_compute_segmentation_campaign_gaps",
        groups=USER,
        help="By business unit, what was left to sell to the customer in the campaign's"
        " harvest, written in its language.",
    )

    # -- Texts

    @api.depends_context("segmentation_campaign_id", "uid")
    def _compute_segmentation_campaign(self):
        rows = self._segmentation_campaign_rows()
        for partner in self:
            row = rows.get(partner._origin.id)
            texts = partner._segmentation_campaign_texts(row) if row else {}
            for name in CAMPAIGN_TEXTS:
                partner[f"segmentation_campaign_{name}"] = texts.get(name, False)

    def _segmentation_campaign_rows(self):
        """Return {recipient id: its row in the campaign's audience, or the latest}."""
        domain = self._segmentation_recipient_domain() & Domain(
            "recipient_id", "in", self.ids
        )
        if campaign_id := self.env.context.get("segmentation_campaign_id"):
            domain &= Domain("campaign_id", "=", campaign_id)
        rows = self.env["segmentation.audience"].search(domain, order="id")
        return {row.recipient_id.id: row for row in rows}

    def _segmentation_campaign_texts(self, row):
        """Return {name: text} of an audience row, in the recipient's language."""
        campaign = row.campaign_id
        return {
            "customer": row.partner_id.name,
            "salesperson": row.user_id.sudo().name,
            "end": campaign.segmentation_date_end
            and format_date(
                self.env, campaign.segmentation_date_end, lang_code=self.lang
            ),
            "harvest": campaign.segmentation_harvest_id.name,
            "quadrant": self._segmentation_quadrant_text(row.quadrant),
            "billing": self._segmentation_money_text(row.billing, row.currency_id),
            "potential": self._segmentation_money_text(row.potential, row.currency_id),
            "gap": self._segmentation_money_text(row.gap, row.currency_id),
        }

    def _segmentation_quadrant_text(self, quadrant):
        """Return the name of a quadrant in the recipient's language."""
        field = self.env["segmentation.audience"]._fields["quadrant"]
        env = self.with_context(lang=self.lang or self.env.lang).env
        return dict(field._description_selection(env)).get(quadrant, False)

    def _segmentation_money_text(self, amount, currency):
        """Return an amount as the recipient writes it; False where there is none.

        With plain blanks: a no-break one makes an SMS 16-bit, and so twice as long.
        """
        if amount is False or currency.compare_amounts(amount, 0) <= 0:
            return False
        return " ".join(format_amount(self.env, amount, currency, self.lang).split())

    # -- Gaps by business unit

    @api.depends_context("segmentation_campaign_id", "uid")
    def _compute_segmentation_campaign_gaps(self):
        rows = self._segmentation_campaign_rows()
        gaps = self._segmentation_unit_gaps(rows.values())
        none = self.env["segmentation.business.unit"]
        for partner in self:
            row = rows.get(partner._origin.id)
            found = gaps.get((row.campaign_id, row.partner_id), {}) if row else {}
            largest = max(found, key=found.get, default=none)
            partner.segmentation_campaign_gap_unit = largest.with_context(
                lang=partner.lang or self.env.lang
            ).name
            partner.segmentation_campaign_gaps = {
                f"unit_{unit.id}": partner._segmentation_money_text(
                    gap, row.currency_id
                )
                for unit, gap in found.items()
            }

    @api.model
    def _segmentation_unit_gaps(self, rows):
        """Return {(campaign, customer): {business unit: its gap}}, where there is one.

        In the harvests, zones and units of the campaign, as they are now; in the
        currency of its company. One query for each campaign.
        """
        audience = self.env["segmentation.audience"].browse(row.id for row in rows)
        gaps = {}
        for campaign, members in audience.grouped("campaign_id").items():
            lines = self.env["segmentation.position.line"]._read_group(
                campaign._segmentation_line_domain()
                & Domain("partner_id", "in", members.partner_id.ids),
                ["partner_id", "unit_id"],
                ["potential:sum", "billing:sum", "is_potential_known:bool_or"],
            )
            for customer, unit, potential, billing, is_known in lines:
                if is_known and potential > billing:
                    found = gaps.setdefault((campaign, customer), {})
                    found[unit] = potential - billing
        return gaps

    # -- Placeholders

    @api.model
    @api.readonly
    def segmentation_placeholders(self):
        """Return what messages to contacts can name, for the menu of placeholders.

        :return: a list of ``group`` and ``label`` (in the user's language), ``path``
            (what stands behind ``object.`` in the message) and ``fallback`` (a text to
            propose for recipients of whom it is not known); only what the user may read
        """
        self.check_access("read")
        named = [
            {"group": self.env._("Contact"), **entry}
            for entry in self._segmentation_contact_placeholders()
        ]
        if self._has_field_access(
            self._fields["segmentation_campaign_customer"], "read"
        ):
            named += [
                {"group": self.env._("Campaign"), **entry}
                for entry in self._segmentation_campaign_placeholders()
            ]
        return named

    @api.model
    def _segmentation_contact_placeholders(self):
        """Name of the contact and its key fields."""
        labels = self.fields_get(attributes=["string"])
        paths = self.env["segmentation.field"]._shown()._placeholder_paths()
        return [
            {
                "label": labels["name"]["string"],
                "path": "name",
                "fallback": self._segmentation_fallbacks()["name"],
            },
            *(
                {"label": labels[name]["string"], "path": path, "fallback": ""}
                for name, path in paths.items()
                if name in labels
            ),
        ]

    @api.model
    def _segmentation_campaign_placeholders(self):
        """The figures of the campaign, and the gap of each business unit."""
        fallbacks = self._segmentation_fallbacks()
        names = (*CAMPAIGN_TEXTS, "gap_unit")
        labels = self.fields_get(
            [f"segmentation_campaign_{name}" for name in names], ["string"]
        )
        units = self.env["segmentation.business.unit"].search(
            [("company_id", "in", [False, *self.env.companies.ids])]
        )
        return [
            *(
                {
                    "label": labels[f"segmentation_campaign_{name}"]["string"],
                    "path": f"segmentation_campaign_{name}",
                    "fallback": fallbacks.get(name, ""),
                }
                for name in names
            ),
            *(
                {
                    "label": self.env._("Campaign: Gap in %s", unit.name),
                    "path": f"segmentation_campaign_gaps.unit_{unit.id}",
                    "fallback": fallbacks["gap"],
                }
                for unit in units
            ),
        ]

    @api.model
    def _segmentation_fallbacks(self):
        """Return {name of a text: what to write where it is not known}."""
        return {
            "name": self.env._("customer"),
            "customer": self.env._("your farm"),
            "salesperson": self.env._("our team"),
            "harvest": self.env._("the last harvest"),
            "billing": self.env._("what you ordered"),
            "potential": self.env._("more than that"),
            "gap": self.env._("the rest"),
            "gap_unit": self.env._("everything you need"),
        }

    @api.model
    def mail_allowed_qweb_expressions(self):
        """Let marketing users who are no template editors use the campaign's texts."""
        return (
            *super().mail_allowed_qweb_expressions(),
            *(
                f"object.segmentation_campaign_{name}"
                for name in (*CAMPAIGN_TEXTS, "gap_unit")
            ),
        )
