from odoo import api, fields, models
from odoo.tools import SQL

from ..common.optional_fields import OptionalFloat, OptionalMonetary
from ..position.position import QUADRANTS


class SegmentationAudience(models.Model):
    """A customer in a launched campaign, with its figures at the launch.

    The figures are frozen: they say why the customer was chosen, and later what has
    changed since. Amounts are in the currency of the campaign's company.
    """

    _name = "segmentation.audience"
    _description = "Campaign Audience"
    _inherit = ["segmentation.merge"]
    _order = "campaign_id desc, gap desc NULLS LAST, id"
    _rec_name = "partner_id"

    campaign_id = fields.Many2one(
        "utm.campaign", required=True, readonly=True, index=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    recipient_id = fields.Many2one(
        "res.partner",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="Whom to write to or call: the customer if it has an e-mail address, else"
        " its first contact that has one; where nobody has, the same by phone.",
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="restrict"
    )
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    group = fields.Selection(
        [("contact", "To contact"), ("hold_out", "Hold-out")],
        required=True,
        readonly=True,
        help="The hold-out is not contacted, so that the campaign's effect can be"
        " measured against it.",
    )
    quadrant = fields.Selection(QUADRANTS, readonly=True)
    billing = fields.Monetary(readonly=True, help="Billing at the launch.")
    potential = OptionalMonetary(
        readonly=True, help="Potential at the launch; empty when it was not known."
    )
    is_potential_known = fields.Boolean(string="Potential Known", readonly=True)
    share = OptionalFloat(
        readonly=True, aggregator=None, help="Billing / potential at the launch."
    )
    gap = OptionalMonetary(
        readonly=True, help="Potential less billing at the launch: what was to sell."
    )
    zone_id = fields.Many2one("segmentation.zone", readonly=True, ondelete="set null")
    user_id = fields.Many2one(
        "res.users",
        string="Salesperson",
        readonly=True,
        ondelete="set null",
        help="The customer's salesperson at the launch.",
    )
    email = fields.Char(related="recipient_id.email", string="E-mail")
    phone = fields.Char(related="recipient_id.phone")

    _campaign_partner_uniq = models.Constraint(
        "UNIQUE(campaign_id, partner_id)",
        "A customer can be in the audience of a campaign only once.",
    )

    def _freeze(self, campaign):
        """Write the audience of a campaign, as chosen and with its figures right now.

        The caller holds a lock on the campaign.

        :return: the number of customers in it
        """
        self.env.execute_query(
            SQL(
                """
                INSERT INTO segmentation_audience (
                    campaign_id, partner_id, recipient_id, company_id, currency_id,
                    "group", quadrant, billing, potential, is_potential_known,
                    share, gap, zone_id, user_id,
                    create_uid, write_uid, create_date, write_date)
                SELECT %(campaign)s, partner_id, COALESCE(recipient_id, partner_id),
                       %(company)s, %(currency)s,
                       'contact', quadrant, billing, potential, potential IS NOT NULL,
                       share, gap, zone_id, user_id,
                       %(uid)s, %(uid)s, %(now)s, %(now)s
                  FROM (%(selection)s) selection
                 WHERE fate = 'chosen'
              ORDER BY partner_id
                """,
                campaign=campaign.id,
                company=campaign.segmentation_company_id.id,
                currency=campaign.segmentation_currency_id.id,
                uid=self.env.uid,
                now=self.env.cr.now(),
                selection=campaign._segmentation_selection(),
            )
        )
        count = self.env.cr.rowcount
        self.invalidate_model()
        campaign.invalidate_recordset()
        return count

    @api.model
    def _merge_partners(self, sources, destination):
        """Fold rows of one campaign, and let the others be handed over."""
        folded = self._fold(sources | destination, destination)
        sentences = super()._merge_partners(sources, destination)
        if folded:
            sentences.append(
                self.env._("Audiences: figures summed in %s campaigns.", folded)
            )
        return sentences

    @api.model
    def _fold(self, partners, destination):
        """Make one row of those of several partners in one campaign.

        Only campaigns that hold several of the partners are concerned. The row of the
        destination stays, else the oldest. Its billing and potential become the sums:
        the merged customer was all of them at the launch, and the campaign's totals
        must not change. Its quadrant and recipient stay as frozen; its group too,
        unless one of them is held out: who must not be contacted stays so.

        :return: in how many campaigns
        """
        self.flush_model()
        self.env.execute_query(
            SQL(
                """
                WITH family AS (
                    SELECT id, FIRST_VALUE(id) OVER one AS kept_id,
                           SUM(billing) OVER one AS billing,
                           SUM(potential) OVER one AS potential,
                           BOOL_OR("group" = 'hold_out') OVER one AS is_held_out,
                           COUNT(*) OVER one AS size
                      FROM segmentation_audience
                     WHERE partner_id IN %(partners)s
                    WINDOW one AS (
                        %(family)s
                        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
                ), folded AS (
                    DELETE FROM segmentation_audience
                     USING family
                     WHERE family.id = segmentation_audience.id
                       AND family.id <> family.kept_id
                )
                UPDATE segmentation_audience kept
                   SET "group" = CASE WHEN family.is_held_out
                                      THEN 'hold_out' ELSE kept."group" END,
                       billing = family.billing,
                       potential = family.potential,
                       is_potential_known = family.potential IS NOT NULL,
                       share = family.billing / NULLIF(family.potential, 0),
                       gap = NULLIF(family.potential, 0) - family.billing
                  FROM family
                 WHERE family.id = kept.id AND kept.id = family.kept_id
                   AND family.size > 1
                """,
                partners=tuple(partners.ids),
                family=self._family(destination),
            )
        )
        folded = self.env.cr.rowcount
        self.invalidate_model()
        return folded

    @api.model
    def _family(self, destination):
        """SQL window over rows that become one; the first of them is the one kept."""
        return SQL(
            "PARTITION BY campaign_id ORDER BY partner_id = %s DESC, id", destination.id
        )
