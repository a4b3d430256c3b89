from odoo import api, fields, models
from odoo.tools import SQL

from .policy import FIGURES


class SegmentationCutPoint(models.Model):
    """Where high billing and high potential begin, as found for one harvest.

    Written by the refresh. A cut that could not be found is empty and makes nobody
    high.
    """

    _name = "segmentation.cut.point"
    _description = "Segmentation Cut Point"
    _order = "harvest_id, policy_id"

    policy_id = fields.Many2one(
        "segmentation.policy", required=True, readonly=True, ondelete="cascade"
    )
    harvest_id = fields.Many2one(
        "segmentation.harvest",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="policy_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    billing_cut = fields.Monetary(string="High Billing From", readonly=True)
    potential_cut = fields.Monetary(string="High Potential From", readonly=True)
    has_billing_cut = fields.Boolean(readonly=True)
    has_potential_cut = fields.Boolean(readonly=True)

    _policy_harvest_uniq = models.UniqueIndex("(policy_id, harvest_id)")

    @api.model
    def _governed_sql(self, policies, figures):
        """Return the figures with the policy that governs each row.

        :param SQL figures: columns zone_id, harvest_id, billing, potential and others
        :return: SELECT of the figures' columns and policy_id
        """
        return SQL(
            """
            SELECT figure.*, COALESCE(nearest.policy_id, general.id) AS policy_id
              FROM (%(figures)s) figure
         LEFT JOIN (SELECT DISTINCT ON (zone.id)
                           zone.id AS zone_id, policy.id AS policy_id
                      FROM segmentation_zone zone
                      JOIN segmentation_zone above
                        ON zone.parent_path LIKE above.parent_path || '%%'
                      JOIN %(policies)s ON policy.zone_id = above.id
                  ORDER BY zone.id, length(above.parent_path) DESC
                   ) nearest ON nearest.zone_id = figure.zone_id
        CROSS JOIN (SELECT MIN(id) AS id FROM %(policies)s WHERE zone_id IS NULL
                   ) general""",
            figures=figures,
            policies=policies._rows(),
        )

    @api.model
    def _cut_column(self, figure):
        """Return the SQL of one figure's cut within a policy and harvest.

        Follows ``engine/classification.py``: :func:`percentile_cut` and
        :func:`pareto_cut`. Ranges of the running total take in whole ties.
        """
        return SQL(
            """
            CASE policy.method
                WHEN 'fixed' THEN policy.%(amount)s
                WHEN 'percentile' THEN
                    percentile_disc(policy.%(percentile)s)
                        WITHIN GROUP (ORDER BY governed.%(figure)s)
                        FILTER (WHERE governed.%(figure)s <> 0)
                ELSE MAX(governed.%(figure)s) FILTER (
                    WHERE governed.%(total)s > 0
                      AND governed.%(running)s
                          >= policy.%(pareto)s * governed.%(total)s)
            END AS %(cut)s""",
            figure=SQL.identifier(figure),
            amount=SQL.identifier(f"{figure}_amount"),
            percentile=SQL.identifier(f"{figure}_percentile"),
            pareto=SQL.identifier(f"{figure}_pareto"),
            total=SQL.identifier(f"{figure}_total"),
            running=SQL.identifier(f"{figure}_running"),
            cut=SQL.identifier(f"{figure}_cut"),
        )

    @api.model
    def _totals_columns(self, figure):
        return SQL(
            """SUM(%(figure)s) OVER (PARTITION BY policy_id, harvest_id) AS %(total)s,
               SUM(%(figure)s) OVER (PARTITION BY policy_id, harvest_id
                                         ORDER BY %(figure)s DESC) AS %(running)s""",
            figure=SQL.identifier(figure),
            total=SQL.identifier(f"{figure}_total"),
            running=SQL.identifier(f"{figure}_running"),
        )

    @api.model
    def _cuts_sql(self, policies, figures):
        """Return the cuts of each policy and harvest among the figures.

        :return: SELECT of policy_id, harvest_id, billing_cut, potential_cut
        """
        return SQL(
            """
            SELECT policy.id AS policy_id, governed.harvest_id, %(cuts)s
              FROM (SELECT *, %(totals)s FROM (%(governed)s) f) governed
              JOIN %(policies)s ON policy.id = governed.policy_id
          GROUP BY policy.id, policy.method, governed.harvest_id, %(parameters)s""",
            cuts=SQL(", ").join(map(self._cut_column, FIGURES)),
            totals=SQL(", ").join(map(self._totals_columns, FIGURES)),
            governed=self._governed_sql(policies, figures),
            policies=policies._rows(),
            parameters=SQL(", ").join(
                SQL("policy.%s", SQL.identifier(f"{figure}_{parameter}"))
                for figure in FIGURES
                for parameter in ("amount", "percentile", "pareto")
            ),
        )

    @api.model
    def _classified_sql(self, policies, figures, cuts=None):
        """Return the figures with their policy, cuts and quadrant.

        :param SQL cuts: what :meth:`_cuts_sql` gives, or stored cut points
        :return: SELECT of the figures' columns, policy_id, billing_cut, potential_cut
            and quadrant
        """
        return SQL(
            """
            SELECT governed.*, cut.billing_cut, cut.potential_cut,
                   CASE
                       WHEN governed.harvest_id IS NULL THEN NULL
                       WHEN potential IS NULL THEN 'unknown'
                       WHEN potential >= potential_cut
                       THEN CASE WHEN billing >= billing_cut
                                 THEN 'retention' ELSE 'investment' END
                       ELSE CASE WHEN billing >= billing_cut
                                 THEN 'revision' ELSE 'no_investment' END
                   END AS quadrant
              FROM (%(governed)s) governed
         LEFT JOIN (%(cuts)s) cut
                ON cut.policy_id = governed.policy_id
               AND cut.harvest_id = governed.harvest_id""",
            governed=self._governed_sql(policies, figures),
            cuts=cuts or self._cuts_sql(policies, figures),
        )
