from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class SegmentationCondition(models.Model):
    """Who was in the audience of a campaign when it was launched."""

    _inherit = "segmentation.condition"

    kind = fields.Selection(
        selection_add=[("campaign", "Audience of a campaign")],
        ondelete={"campaign": "cascade"},
    )
    campaign_id = fields.Many2one(
        "utm.campaign", index="btree_not_null", ondelete="restrict"
    )

    def _problem_campaign(self):
        """None named, a stock one, or one of another company."""
        campaign = self.campaign_id
        if not campaign.segmentation_state:
            return self.env._("Choose a campaign that has an audience.")
        company = campaign.segmentation_company_id
        if company != self.segment_id.company_id:
            return self.env._(
                "%(campaign)s belongs to %(other)s, the segment to %(company)s: choose "
                "a campaign of %(company)s.",
                campaign=campaign.title,
                other=company.name,
                company=self.segment_id.company_id.name,
            )
        return None

    def _topics_campaign(self):
        """Nothing: the launch has the segments found anew."""
        return set()

    @api.model
    def _customer_kinds(self):
        return super()._customer_kinds() | {"campaign"}

    def _sentence_campaign(self):
        if not self.campaign_id:
            return ""
        return self.env._("in the audience of “%s”", self.campaign_id.title)

    def _select_campaign(self, scope):
        return SQL(
            """
            SELECT partner_id AS key, '{}'::jsonb AS detail
              FROM segmentation_audience
             WHERE campaign_id = %s AND %s""",
            self.campaign_id.id,
            scope.customers(SQL("partner_id")),
        )


class UtmCampaign(models.Model):
    """Segments may ask who was in the audience of a campaign."""

    _name = "utm.campaign"
    _inherit = "utm.campaign"

    def _segmentation_conditions(self):
        """Return the conditions of segments that ask for these campaigns' audiences."""
        conditions = self.env["segmentation.condition"].sudo()
        return conditions.search([("campaign_id", "in", self.ids)])

    def _segmentation_launch(self):
        """Have segments that ask for the audience found anew, soon."""
        result = super()._segmentation_launch()
        self._segmentation_conditions().segment_id._run_soon()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_segments(self):
        """Say which segment asks for the audience, rather than the database's words."""
        for condition in self._segmentation_conditions():
            raise UserError(
                self.env._(
                    "The segment “%(segment)s” asks who was in the audience of "
                    "%(campaign)s: take that condition out first.",
                    segment=condition.segment_id.name,
                    campaign=condition.campaign_id.title,
                )
            )
