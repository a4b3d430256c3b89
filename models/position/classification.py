from odoo import api, models
from odoo.tools import SQL

from ..common.columns import listed, taken_over
from ..common.staging import stage
from .policy import FIGURES


class SegmentationFigures(models.AbstractModel):
    """Finds cut points and quadrants of harvests, from those that stand.

    The cut of a harvest depends on all of its customers. So that a few that change do
    not have all of them read, a cut point keeps what its policy weighs, in all and of
    those who are high (:class:`SegmentationCutPoint`). From that it is known whether
    the cut stands and, if it does not, in which direction the next ones lie: an index
    leads from one to the other. Only customers between the two change sides.
    """

    _name = "segmentation.figures"
    _inherit = "segmentation.figures"

    @api.model
    def _count_moved(self, company):
        """Have the cut points count the positions just written as they are now."""
        result = super()._count_moved(company)
        policies = self.env["segmentation.policy"].sudo()
        policies = policies.search([("company_id", "=", company.id)])
        if policies:
            moved = SQL("""
                SELECT old_zone_id AS zone_id, harvest_id, old_billing AS billing,
                       old_potential AS potential, -1 AS times
                  FROM segmentation_moved
                 WHERE old_id IS NOT NULL AND harvest_id IS NOT NULL
             UNION ALL
                SELECT zone_id, harvest_id, billing, potential, 1
                  FROM segmentation_moved
                 WHERE NOT is_gone AND harvest_id IS NOT NULL""")
            self._write_counts(policies, moved, is_difference=True)
        return result

    @api.model
    def _classify(self, company, harvests):
        """Find the cut points and quadrants of harvests, from end to end."""
        self.env.flush_all()
        if not harvests:
            return
        policies = self.env["segmentation.policy"]._of(company)
        self.env.flush_all()
        figures = self._harvests_figures(company, harvests)
        self._count(policies, figures)
        self._find_cut_points(company, policies, harvests, figures)
        self._write_quadrants(policies, harvests, figures)
        self._classified(company, harvests)

    @api.model
    def _reclassify(self, company, harvests):
        """Find the cut points and quadrants that the figures just computed change.

        :param harvests: those that :meth:`_compute` said have changed
        """
        self.env.flush_all()
        if not harvests:
            return
        policies = self.env["segmentation.policy"]._of(company)
        self.env.flush_all()
        moved = SQL("SELECT * FROM segmentation_moved WHERE NOT is_gone")
        anew = self._find_cut_points(company, policies, harvests, moved)
        if anew:
            figures = self._harvests_figures(company, anew)
            self._write_quadrants(policies, anew, figures)
        if others := harvests - anew:
            figures = self._moved_figures(company, others)
            self._write_quadrants(policies, others, figures)
        self._classified(company, harvests)

    @api.model
    def _classified(self, company, harvests):
        """Leave nothing stale behind; for other rooms, too."""
        self._delete_cut_points(harvests)
        self._forget()

    # --- Figures ----------------------------------------------------------------

    @api.model
    def _harvests_figures(self, company, harvests):
        """Return a SELECT of every position in the harvests."""
        return SQL(
            """SELECT id, zone_id, harvest_id, billing, potential,
                      quadrant AS old_quadrant, cut_point_id AS old_cut_point_id
                 FROM segmentation_position
                WHERE company_id = %s AND harvest_id = ANY(%s)""",
            company.id,
            harvests.ids,
        )

    @api.model
    def _moved_figures(self, company, harvests):
        """Return a SELECT of the positions in the harvests that may change quadrant.

        Those just written, and those between an old cut and its new one.
        """
        passed = SQL(" UNION ").join(
            SQL(
                """
                SELECT position.id
                  FROM segmentation_shift shift
                  JOIN segmentation_position position
                    ON position.harvest_id = shift.harvest_id
                   AND position.%(figure)s >= LEAST(shift.old_cut, shift.cut)
                   AND position.%(figure)s < GREATEST(shift.old_cut, shift.cut)
                 WHERE shift.figure = %(name)s AND shift.cut <> shift.old_cut""",
                figure=SQL.identifier(figure),
                name=figure,
            )
            for figure in FIGURES
        )
        stage(
            self.env,
            "segmentation_moved_id",
            SQL(
                """
                SELECT position.id
                  FROM segmentation_moved moved
                  JOIN segmentation_position position
                    ON position.company_id = %s
                   AND position.partner_id = moved.partner_id
                   AND COALESCE(position.harvest_id, 0) = COALESCE(moved.harvest_id, 0)
                 UNION %s""",
                company.id,
                passed,
            ),
            "id",
        )
        return SQL(
            "%s AND id IN (SELECT id FROM segmentation_moved_id)",
            self._harvests_figures(company, harvests),
        )

    # --- Cut points -------------------------------------------------------------

    @api.model
    def _find_cut_points(self, company, policies, harvests, figures):
        """Find the cut points of harvests from those that stand, else from all figures.

        :param SQL figures: those that must be governed by a cut point
        :return: the harvests whose cuts were found from all figures
        """
        self._shift_cut_points(policies, harvests)
        anew = self._harvests_anew(policies, harvests, figures)
        if anew:
            figures = self._harvests_figures(company, anew)
            self._write_cut_points(policies, figures)
            self._count(policies, figures)
        return anew

    @api.model
    def _shift_cut_points(self, policies, harvests):
        """Lead the cuts of the harvests to where the counts say they are."""
        cut_points = self.env["segmentation.cut.point"]
        stage(
            self.env,
            "segmentation_shift",
            SQL(" UNION ALL ").join(
                cut_points._shifts_sql(policies, harvests, figure) for figure in FIGURES
            ),
            "id",
        )
        for figure in FIGURES:
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE segmentation_cut_point cut_point
                       SET %(cut)s = COALESCE(shift.cut, cut_point.%(cut)s),
                           %(high)s = shift.high,
                           write_date = %(now)s
                      FROM segmentation_shift shift
                     WHERE shift.id = cut_point.id AND shift.figure = %(figure)s
                       AND (cut_point.%(cut)s, cut_point.%(high)s)
                           IS DISTINCT FROM (shift.cut, shift.high)""",
                    cut=SQL.identifier(f"{figure}_cut"),
                    high=SQL.identifier(f"{figure}_high"),
                    figure=figure,
                    now=self.env.cr.now(),
                )
            )

    @api.model
    def _harvests_anew(self, policies, harvests, figures):
        """Return the harvests of which a cut cannot be found from the one before.

        There is none yet, or none any more, or nothing was counted, or it was fixed
        otherwise.

        :param SQL figures: those that must be governed by a cut point
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT cut_point.harvest_id
                  FROM segmentation_cut_point cut_point
                  JOIN %(policies)s ON policy.id = cut_point.policy_id
                 WHERE cut_point.harvest_id = ANY(%(harvests)s)
                   AND CASE WHEN billing_high IS NULL OR potential_high IS NULL
                            THEN TRUE
                            WHEN policy.method = 'fixed'
                            THEN (billing_cut, potential_cut) IS DISTINCT FROM
                                 (policy.billing_amount, policy.potential_amount)
                            ELSE (billing_cut IS NULL) = (billing_total > 0)
                              OR (potential_cut IS NULL) = (potential_total > 0) END
                 UNION
                SELECT governed.harvest_id
                  FROM (%(governed)s) governed
                 WHERE governed.harvest_id = ANY(%(harvests)s)
                   AND NOT EXISTS (
                       SELECT FROM segmentation_cut_point cut_point
                        WHERE cut_point.policy_id = governed.policy_id
                          AND cut_point.harvest_id = governed.harvest_id)""",
                policies=policies._rows(),
                harvests=harvests.ids,
                governed=self.env["segmentation.cut.point"]._governed_sql(
                    policies, figures
                ),
            )
        )
        return harvests & harvests.browse(harvest_id for (harvest_id,) in rows)

    @api.model
    def _write_cut_points(self, policies, figures):
        """Write the cut points of the policies in the harvests where they changed."""
        columns = "billing_cut potential_cut has_billing_cut has_potential_cut".split()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO segmentation_cut_point AS cut_point
                       (policy_id, harvest_id, company_id, billing_cut, potential_cut,
                        has_billing_cut, has_potential_cut, create_date, write_date)
                SELECT policy_id, harvest_id, company_id, %(fresh)s, %(now)s, %(now)s
                  FROM (SELECT cut.*, policy.company_id,
                               cut.billing_cut IS NOT NULL AS has_billing_cut,
                               cut.potential_cut IS NOT NULL AS has_potential_cut
                          FROM (%(cuts)s) cut
                          JOIN segmentation_policy policy ON policy.id = cut.policy_id
                       ) fresh
                 WHERE NOT EXISTS (
                       SELECT FROM segmentation_cut_point cut_point
                        WHERE cut_point.policy_id = fresh.policy_id
                          AND cut_point.harvest_id = fresh.harvest_id
                          AND (%(old)s) IS NOT DISTINCT FROM (%(fresh)s))
              ORDER BY policy_id, harvest_id
           ON CONFLICT (policy_id, harvest_id) DO UPDATE SET %(assignments)s""",
                cuts=self.env["segmentation.cut.point"]._cuts_sql(policies, figures),
                now=self.env.cr.now(),
                fresh=listed(columns, "fresh"),
                old=listed(columns, "cut_point"),
                assignments=taken_over([*columns, "write_date"]),
            )
        )

    @api.model
    def _count(self, policies, figures):
        """Have the cut points count all the figures that they govern."""
        once = SQL("SELECT *, 1 AS times FROM (%s) figure", figures)
        self._write_counts(policies, once)

    @api.model
    def _write_counts(self, policies, figures, is_difference=False):
        """Write what is weighed of the figures to the cut points.

        :param SQL figures: see :meth:`SegmentationCutPoint._counts_sql`
        :param bool is_difference: it comes to what was counted before; what was not
            counted stays so
        """
        names = [
            SQL.identifier(f"{figure}_{part}")
            for figure in FIGURES
            for part in ("total", "high")
        ]
        values = [
            SQL("%s counted.%s", SQL("cut_point.%s +", name), name)
            if is_difference
            else SQL("counted.%s", name)
            for name in names
        ]
        self.env.cr.execute(
            SQL(
                """
                UPDATE segmentation_cut_point cut_point
                   SET %(assignments)s
                  FROM (%(counts)s) counted
                 WHERE cut_point.id = counted.id
                   AND (%(stored)s) IS DISTINCT FROM (%(values)s)""",
                assignments=SQL(", ").join(
                    SQL("%s = %s", *pair) for pair in zip(names, values, strict=True)
                ),
                counts=self.env["segmentation.cut.point"]._counts_sql(
                    policies, figures
                ),
                stored=SQL(", ").join(SQL("cut_point.%s", name) for name in names),
                values=SQL(", ").join(values),
            )
        )

    @api.model
    def _delete_cut_points(self, harvests):
        """Delete cut points that govern nobody any more."""
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM segmentation_cut_point cut_point
                 WHERE harvest_id IN %s
                   AND NOT EXISTS (SELECT FROM segmentation_position position
                                    WHERE position.cut_point_id = cut_point.id)""",
                tuple(harvests.ids),
            )
        )

    # --- Quadrants --------------------------------------------------------------

    @api.model
    def _write_quadrants(self, policies, harvests, figures):
        """Write quadrant and cut point of the positions whose quadrant changed.

        A quadrant that becomes another is noted as a change of the customer.

        :param SQL figures: see :meth:`_harvests_figures`
        """
        stored_cuts = SQL(
            """SELECT policy_id, harvest_id, billing_cut, potential_cut
                 FROM segmentation_cut_point WHERE harvest_id = ANY(%s)""",
            harvests.ids,
        )
        self.env.cr.execute(
            SQL(
                """
                WITH moved AS (
                    UPDATE segmentation_position position
                       SET quadrant = classified.quadrant,
                           cut_point_id = cut_point.id,
                           write_date = %(now)s
                      FROM (%(classified)s) classified
                 LEFT JOIN segmentation_cut_point cut_point
                        ON cut_point.policy_id = classified.policy_id
                       AND cut_point.harvest_id = classified.harvest_id
                     WHERE classified.id = position.id
                       AND (old_quadrant, old_cut_point_id)
                           IS DISTINCT FROM (classified.quadrant, cut_point.id)
                 RETURNING position.partner_id, position.company_id,
                           position.harvest_id, NULL::int AS unit_id,
                           old_quadrant AS old_value, position.quadrant AS new_value,
                           NULL::int AS user_id, NULL::varchar AS reason)
                %(note)s""",
                now=self.env.cr.now(),
                classified=self.env["segmentation.cut.point"]._classified_sql(
                    policies, figures, stored_cuts
                ),
                note=self.env["segmentation.change"]._insert("quadrant", SQL("moved")),
            )
        )
