from odoo import api, fields, models
from odoo.tools import SQL

from .policy import FIGURES


class SegmentationCutPoint(models.Model):
    """Where high billing and high potential begin, as found for one harvest.

    Written by the refresh. A cut that could not be found is empty and makes nobody
    high. What the policy weighs is kept beside it: amounts where it is Pareto's,
    customers whose figure is not zero where it is a percentile. The cut is the value at
    which what is high comes to the policy's aim (:meth:`_aim`), so that it is known,
    without reading anybody, whether it still is.
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
    # Numeric, as they are added to and taken from for years; empty: not counted
    billing_total = fields.Float(string="Billing Weighed", digits=(16, 2))
    billing_high = fields.Float(string="High Billing Weighed", digits=(16, 2))
    potential_total = fields.Float(string="Potential Weighed", digits=(16, 2))
    potential_high = fields.Float(string="High Potential Weighed", digits=(16, 2))

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
         LEFT JOIN (%(nearest)s) nearest ON nearest.zone_id = figure.zone_id
        CROSS JOIN (SELECT MIN(id) AS id FROM %(policies)s WHERE zone_id IS NULL
                   ) general""",
            figures=figures,
            nearest=self._nearest_sql(policies),
            policies=policies._rows(),
        )

    @api.model
    def _nearest_sql(self, policies):
        """Return a SELECT of zone_id and the policy_id of the nearest zone with one."""
        return SQL(
            """
            SELECT DISTINCT ON (zone.id) zone.id AS zone_id, policy.id AS policy_id
              FROM segmentation_zone zone
              JOIN segmentation_zone above
                ON zone.parent_path LIKE above.parent_path || '%%'
              JOIN %s ON policy.zone_id = above.id
          ORDER BY zone.id, length(above.parent_path) DESC""",
            policies._rows(),
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

    # --- Counts -----------------------------------------------------------------

    @api.model
    def _weight(self, figure):
        """Return the SQL of what a row's figure weighs for its ``policy``."""
        return SQL(
            """CASE policy.method WHEN 'pareto' THEN %(figure)s
                                  WHEN 'percentile' THEN (%(figure)s <> 0)::int END""",
            figure=SQL.identifier(figure),
        )

    @api.model
    def _aim(self, figure):
        """Return the SQL of the weight that those who are high come to, at the least.

        Those above the cut alone come to less. Follows :meth:`_cut_column`.
        """
        return SQL(
            """CASE policy.method
                   WHEN 'pareto' THEN policy.%(pareto)s * %(total)s
                   ELSE %(total)s + 1 - GREATEST(
                       ceil(policy.%(percentile)s * %(total)s::float8), 1)::numeric
               END""",
            pareto=SQL.identifier(f"{figure}_pareto"),
            percentile=SQL.identifier(f"{figure}_percentile"),
            total=SQL.identifier(f"{figure}_total"),
        )

    @api.model
    def _counts_sql(self, policies, figures):
        """Return what the stored cut points weigh of the figures.

        :param SQL figures: zone_id, harvest_id, billing, potential and ``times``: 1, or
            -1 for what counts no more
        :return: SELECT of id and for each figure total and high
        """
        return SQL(
            """
            SELECT cut_point.id, %(columns)s
              FROM (%(governed)s) governed
              JOIN %(policies)s ON policy.id = governed.policy_id
              JOIN segmentation_cut_point cut_point
                ON cut_point.policy_id = governed.policy_id
               AND cut_point.harvest_id = governed.harvest_id
          GROUP BY cut_point.id""",
            columns=SQL(", ").join(
                SQL(
                    """COALESCE(SUM(times * %(weight)s), 0) AS %(total)s,
                       COALESCE(SUM(times * %(weight)s) FILTER (
                                    WHERE %(figure)s >= %(cut)s), 0) AS %(high)s""",
                    weight=self._weight(figure),
                    figure=SQL.identifier(figure),
                    cut=SQL.identifier(f"{figure}_cut"),
                    total=SQL.identifier(f"{figure}_total"),
                    high=SQL.identifier(f"{figure}_high"),
                )
                for figure in FIGURES
            ),
            governed=self._governed_sql(policies, figures),
            policies=policies._rows(),
        )

    @api.model
    def _shifts_sql(self, policies, harvests, figure):
        """Return where the cuts of a figure are by their counts.

        From the stored cut upwards, its own ties first, or downwards: the value at
        which the aim is met, and above which it is not.

        :return: SELECT of id, harvest_id, figure, old_cut, cut and high (empty if it
            is nowhere)
        """
        return SQL(
            """
            SELECT stored.id, stored.harvest_id, %(name)s AS figure,
                   stored.cut AS old_cut, found.value AS cut, found.high
              FROM (SELECT cut_point.*, policy.method, %(cut)s AS cut,
                           %(high)s AS high, %(aim)s AS aim
                      FROM segmentation_cut_point cut_point
                      JOIN %(policies)s ON policy.id = cut_point.policy_id
                     WHERE cut_point.harvest_id = ANY(%(harvests)s)
                       AND policy.method <> 'fixed' AND %(total)s > 0) stored
   LEFT JOIN LATERAL ((SELECT value, stored.high - before AS high
                         FROM (%(up)s) up
                        WHERE stored.high >= stored.aim
                          AND stored.high - before >= stored.aim
                          AND stored.high - through < stored.aim LIMIT 1)
                      UNION ALL
                      (SELECT value, stored.high + through
                         FROM (%(down)s) down
                        WHERE stored.high < stored.aim
                          AND stored.high + before < stored.aim
                          AND stored.high + through >= stored.aim LIMIT 1)
                     ) found ON TRUE
             WHERE stored.cut IS NOT NULL""",
            name=figure,
            cut=SQL.identifier(f"{figure}_cut"),
            high=SQL.identifier(f"{figure}_high"),
            total=SQL.identifier(f"{figure}_total"),
            aim=self._aim(figure),
            policies=policies._rows(),
            harvests=harvests.ids,
            up=self._running(policies, figure, SQL(">="), SQL("ASC")),
            down=self._running(policies, figure, SQL("<"), SQL("DESC")),
        )

    @api.model
    def _running(self, policies, figure, side, order):
        """Return the values on a side of the ``stored`` cut, and what they come to.

        ``before`` the value and ``through`` it and its ties. Asked for one value,
        PostgreSQL reads them in the order of an index, no further than that.
        """
        return SQL(
            """
            SELECT value, SUM(weight) OVER (ORDER BY value %(order)s) AS through,
                   COALESCE(SUM(weight) OVER (
                       ORDER BY value %(order)s
                       GROUPS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
              FROM (%(values)s) weighed
             WHERE value %(side)s stored.cut""",
            order=order,
            side=side,
            values=self._values(policies, figure),
        )

    @api.model
    def _values(self, policies, figure):
        """Return the values that are weighed for the ``stored`` cut point.

        Of a CASE PostgreSQL expects that it holds for every other row; of an equality,
        for hardly any, and it would rather sort all values than follow the index.
        """
        return SQL(
            """
            SELECT position.%(figure)s AS value,
                   CASE stored.method WHEN 'pareto' THEN position.%(figure)s
                                      ELSE 1 END AS weight
              FROM segmentation_position position
             WHERE position.harvest_id = stored.harvest_id
               AND position.%(figure)s <> 0
               AND CASE WHEN COALESCE((SELECT nearest.policy_id
                                         FROM (%(nearest)s) nearest
                                        WHERE nearest.zone_id = position.zone_id),
                                      %(general)s) = stored.policy_id
                        THEN TRUE ELSE FALSE END""",
            figure=SQL.identifier(figure),
            nearest=self._nearest_sql(policies),
            general=policies.filtered(lambda policy: not policy.zone_id).id,
        )
