from markupsafe import Markup

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_amount

from .utm_campaign import USER_GROUP


class ResPartner(models.Model):
    """The contact as recipient of campaigns, and what a message may tell it.

    The figures to tell are those frozen in the audience of one campaign: that of the
    message being written (context ``segmentation_campaign_id``), else the latest. They
    are texts in the recipient's language, so that a message needs no code to format
    them, which only template editors may write.
    """

    _name = "res.partner"
    _inherit = "res.partner"

    segmentation_audience_count = fields.Integer(
        string="Campaigns",
        compute="_compute_segmentation_audience_count",
        groups=USER_GROUP,
        help="Campaigns whose audience the customer is in.",
    )
    segmentation_campaign_ids = fields.Many2many(
        "utm.campaign",
        string="Recipient of Campaigns",
        compute="_compute_segmentation_campaign_ids",
        search="_search_segmentation_campaign_ids",
        groups="mass_mailing.group_mass_mailing_user",
        help="Campaigns whose message to the customer goes to this contact.",
    )
    segmentation_campaign_customer = fields.Char(
        string="Campaign: Customer",
        compute="_compute_segmentation_campaign",
        groups=USER_GROUP,
        help="Name of the customer that the contact stands for.",
    )
    segmentation_campaign_harvest = fields.Char(
        string="Campaign: Harvest",
        compute="_compute_segmentation_campaign",
        groups=USER_GROUP,
    )
    segmentation_campaign_billing = fields.Char(
        string="Campaign: Billing",
        compute="_compute_segmentation_campaign",
        groups=USER_GROUP,
        help="Billing of the customer at the launch, written in its language.",
    )
    segmentation_campaign_potential = fields.Char(
        string="Campaign: Potential",
        compute="_compute_segmentation_campaign",
        groups=USER_GROUP,
        help="Potential of the customer at the launch, written in its language; empty"
        " when it was not known.",
    )
    segmentation_campaign_gap = fields.Char(
        string="Campaign: Gap",
        compute="_compute_segmentation_campaign",
        groups=USER_GROUP,
        help="Potential less billing at the launch, written in the customer's"
        " language; empty when the potential was not known.",
    )

    # -- Customers in audiences

    def _compute_segmentation_audience_count(self):
        counts = dict(
            self.env["segmentation.audience"]._read_group(
                [("partner_id", "in", self.ids)], ["partner_id"], ["__count"]
            )
        )
        for partner in self:
            partner.segmentation_audience_count = counts.get(partner._origin, 0)

    def action_segmentation_audience(self):
        """Open the campaigns whose audience the customer is in, with its figures."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "agro_segmentation.segmentation_audience_action"
        )
        return {
            **action,
            "domain": [("partner_id", "=", self.id)],
            "context": {},
        }

    # -- Recipients

    def _compute_segmentation_campaign_ids(self):
        rows = (
            self.env["segmentation.audience"]
            .sudo()
            ._read_group(
                self._segmentation_recipient_domain()
                & Domain("recipient_id", "in", self.ids),
                ["recipient_id"],
                ["campaign_id:recordset"],
            )
        )
        campaigns = {recipient.id: found for recipient, found in rows}
        for partner in self:
            found = campaigns.get(partner._origin.id, self.env["utm.campaign"])
            partner.segmentation_campaign_ids = found.with_env(
                self.env
            )._filtered_access("read")

    def _search_segmentation_campaign_ids(self, operator, value):
        """Find recipients for any mailing user: mailings keep this as their domain.

        Who received a mailing is no secret to them; the figures are, and stay so:
        conditions on the campaigns are searched with the user's own rights.
        """
        if operator not in ("in", "any"):
            return NotImplemented
        # Odoo leaves the groups of a field that has a search method to that method.
        self._check_field_access(self._fields["segmentation_campaign_ids"], "read")
        if operator == "in" and False in value:
            return ~self._segmentation_recipients(Domain.TRUE) | (
                self._segmentation_recipients(Domain("campaign_id", "in", list(value)))
            )
        if operator == "any":
            value = self.env["utm.campaign"]._search(Domain(value))
        return self._segmentation_recipients(Domain("campaign_id", "in", value))

    @api.model
    def _segmentation_recipients(self, wanted):
        """Return the domain of the contacts that campaigns write to."""
        audience = self.env["segmentation.audience"].sudo()
        rows = audience._search(self._segmentation_recipient_domain() & wanted)
        return Domain("id", "in", rows.subselect("recipient_id"))

    @api.model
    def _segmentation_recipient_domain(self):
        """Rows of the audience to write to."""
        return Domain("group", "=", "contact") & Domain("recipient_id", "!=", False)

    # -- What a message may tell

    @api.depends_context("segmentation_campaign_id", "uid")
    def _compute_segmentation_campaign(self):
        rows = self._segmentation_campaign_rows()
        for partner in self:
            row = rows.get(partner._origin.id)
            for name, text in partner._segmentation_campaign_texts(row).items():
                partner[f"segmentation_campaign_{name}"] = text

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
        if not row:
            return dict.fromkeys(self._segmentation_placeholder_names(), False)

        def money(amount):
            if amount is False:
                return False
            return format_amount(self.env, amount, row.currency_id, self.lang)

        return {
            "customer": row.partner_id.name,
            "harvest": row.campaign_id.segmentation_harvest_id.name,
            "billing": money(row.billing),
            "potential": money(row.potential),
            "gap": money(row.gap),
        }

    @api.model
    def _segmentation_placeholder_names(self):
        return ("customer", "harvest", "billing", "potential", "gap")

    @api.model
    def _segmentation_placeholder(self, name):
        """Return the placeholder that stands for a text in the body of a message."""
        field = "name"
        if name in self._segmentation_placeholder_names():
            field = f"segmentation_campaign_{name}"
        return Markup('<t t-out="object.%s"></t>') % field

    @api.model
    def mail_allowed_qweb_expressions(self):
        """Let marketing users who are no template editors use the campaign's texts."""
        return (
            *super().mail_allowed_qweb_expressions(),
            *(
                f"object.segmentation_campaign_{name}"
                for name in self._segmentation_placeholder_names()
            ),
        )
