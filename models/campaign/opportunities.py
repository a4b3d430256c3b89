from odoo import models


class SegmentationOutreach(models.Model):
    """Makes opportunities: what each customer could still buy, for its salesperson."""

    _name = "segmentation.outreach"
    _inherit = "segmentation.outreach"

    def _make_opportunity(self, touches, notes):
        """Make an opportunity for each touch, in their order."""
        tag = self._campaign_tag()
        nobody = self.env["res.users"]
        places = {user: self._place_of(user) for user in (nobody, *touches.user_id)}
        # nobody pays for finding out about customers who are known
        leads = self.env["crm.lead"].with_context(default_iap_enrich_done=True)
        return leads.create(
            [
                {
                    **self._opportunity_values(touch),
                    **places[touch.user_id],
                    "description": notes[touch.recipient_id.id],
                    "tag_ids": tag.ids,
                }
                for touch in touches
            ]
        )

    def _opportunity_values(self, touch):
        """Return what is the customer's own in an opportunity."""
        row, campaign = touch.audience_id, self.campaign_id
        units = campaign.segmentation_unit_ids
        return {
            "name": f"{campaign.title}: {row.partner_id.name}",
            "type": "opportunity",
            "partner_id": row.recipient_id.id,
            "company_id": row.company_id.id,
            "user_id": touch.user_id.id,
            "expected_revenue": max(self._expected_of(row), 0),
            "campaign_id": campaign.id,
            "segmentation_unit_id": units.id if len(units) == 1 else False,
        }

    def _expected_of(self, row):
        """Return what a customer could still buy: of what is offered, if that is it."""
        is_offer = self.campaign_id.segmentation_ranked_by == "offer"
        return (row.rank_amount if is_offer else row.gap) or 0

    def _campaign_tag(self):
        """Return the tag that is called like the campaign."""
        title = self.campaign_id.title
        tags = self.env["crm.tag"]
        return tags.search([("name", "=", title)], limit=1) or tags.create(
            {"name": title}
        )

    def _place_of(self, user):
        """Return the sales team of a salesperson, and the stage where it begins.

        Odoo would look both up for each opportunity.
        """
        teams = self.env["crm.team"].with_context(
            allowed_company_ids=self.company_id.ids
        )
        if user:
            teams = teams._get_default_team_id(
                user_id=user.id, domain=[("use_opportunities", "=", True)]
            )
        stage = self.env["crm.lead"]._stage_find(
            team_id=teams.id, domain=[("fold", "=", False)]
        )
        return {"team_id": teams.id, "stage_id": stage.id}
