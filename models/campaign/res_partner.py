from odoo import api, fields, models
from odoo.fields import Domain

from ..common.groups import MAILING, USER


class ResPartner(models.Model):
    """The contact as customer in audiences, and as recipient of campaigns."""

    _name = "res.partner"
    _inherit = "res.partner"

    segmentation_audience_count = fields.Integer(
        string="Campaigns",
        compute="_compute_segmentation_audience_count",
        groups=USER,
        help="Campaigns whose audience the customer is in.",
    )
    segmentation_campaign_ids = fields.Many2many(
        "utm.campaign",
        string="Recipient of Campaigns",
        compute="_compute_segmentation_campaign_ids",
        search="_search_segmentation_campaign_ids",
        groups=MAILING,
        help="Campaigns whose message to the customer goes to this contact.",
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

    @api.readonly
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
        self._check_segmentation_searched("segmentation_campaign_ids")
        if operator == "in" and False in value:
            companies = Domain("company_id", "in", self.env.companies.ids)
            return ~self._segmentation_recipients(companies) | (
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
