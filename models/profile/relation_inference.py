from odoo import api, models
from odoo.tools import SQL

from ...engine.relation import RANKS
from ..common.columns import listed, taken_over
from ..common.job import tries_again
from .res_partner_key_fields import COMPLETENESS


class SegmentationRelation(models.Model):
    """Finds relations, set-based, for some customers of one company.

    The rules are those of ``engine/relation.py``; a test holds the two against each
    other. What is known of a row (purchases, opportunities, billing) is gathered from
    invoices and opportunities by one statement; what follows from it on a given day is
    settled by another, which needs neither.
    """

    _name = "segmentation.relation"
    _inherit = "segmentation.relation"

    @api.model
    def _refresh(self, company, scope):
        """Find the relations of customers whose figures were just written.

        :param SQL scope: the customers, as the right side of ``partner_id =``
        """
        self._fold_strays(company, scope)
        self._gather(company, scope)
        self._settle_scope(company, scope)
        self._delete_groundless(company, scope)
        self._forget()

    @api.model
    def _settle(self, company, customer_ids, by_hand=False):
        """Let what is known of the customers count today.

        :param bool by_hand: the user of the environment just said something
        """
        self.flush_model()
        scope = SQL("ANY(%s)", list(customer_ids))
        self._insert_overall(company, scope)
        self._settle_scope(company, scope, by_hand)
        self._forget()

    @api.model
    def _forget(self):
        """Drop what the ORM remembers of the rows written by SQL.

        Completeness too: key fields may be for customers of some units only.
        """
        self.invalidate_model()
        self.env["segmentation.change"].invalidate_model()
        partners = self.env["res.partner"]
        partners.invalidate_model(
            [*partners._segmentation_relation_fields(), *COMPLETENESS]
        )

    # --- Gathering --------------------------------------------------------------

    @api.model
    def _gather(self, company, scope):
        """Write what is known of the customers where it changed.

        Rows of units and, over all of them, the rows of customers as a whole.
        """
        columns = "date_first date_last billed has_opportunity".split()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO segmentation_relation AS relation
                       (company_id, partner_id, unit_id, date_first, date_last, billed,
                        has_opportunity, inferred, relation, create_date, write_date)
                SELECT %(company)s, partner_id, unit_id, %(fresh)s,
                       'unknown', 'unknown', %(now)s, %(now)s
                  FROM (%(gathered)s) fresh
                 WHERE NOT EXISTS (
                       SELECT FROM segmentation_relation relation
                        WHERE relation.company_id = %(company)s
                          AND relation.partner_id = %(scope)s
                          AND relation.partner_id = fresh.partner_id
                          AND COALESCE(relation.unit_id, 0) = COALESCE(fresh.unit_id, 0)
                          AND (%(old)s) IS NOT DISTINCT FROM (%(fresh)s))
              ORDER BY partner_id, unit_id
           ON CONFLICT (company_id, partner_id, (COALESCE(unit_id, 0)))
             DO UPDATE SET %(assignments)s""",
                company=company.id,
                scope=scope,
                gathered=self._gathered(self._evidence(company, scope)),
                now=self.env.cr.now(),
                fresh=listed(columns, "fresh"),
                old=listed(columns, "relation"),
                assignments=taken_over([*columns, "write_date"]),
            )
        )

    @api.model
    def _gathered(self, evidence):
        """Return a SELECT of what is known by unit and, unit NULL, of the customer.

        :param SQL evidence: see :meth:`_evidence`
        """
        return SQL(
            """
            SELECT partner_id, unit_id, MIN(date_first) AS date_first,
                   MAX(date_last) AS date_last, COALESCE(SUM(billed), 0) AS billed,
                   COALESCE(BOOL_OR(has_opportunity), FALSE) AS has_opportunity
              FROM (%s) evidence
          GROUP BY GROUPING SETS ((partner_id, unit_id), (partner_id))
            HAVING (unit_id IS NOT NULL OR GROUPING(unit_id) = 1)
               AND BOOL_OR(speaks)""",
            evidence,
        )

    @api.model
    def _evidence(self, company, scope):
        """Return a SELECT of what is known of the customers, unit by unit.

        Unit NULL stands for what no unit claims. Rows that stand are there with
        nothing known, lest what does not hold any more stay. Billing alone, which may
        be a credit note, does not speak for a row.
        """
        return SQL(
            """
            SELECT partner_id, unit_id, date_first, date_last, NULL::numeric AS billed,
                   NULL::boolean AS has_opportunity, TRUE AS speaks
              FROM (%(purchases)s) purchase
         UNION ALL
            SELECT partner_id, unit_id, NULL, NULL, NULL, TRUE, TRUE
              FROM (%(opportunities)s) opportunity
         UNION ALL
            SELECT partner_id, unit_id, NULL, NULL, billing, NULL, FALSE
              FROM segmentation_position_line
             WHERE company_id = %(company)s AND partner_id = %(scope)s
               AND harvest_id = %(harvest)s
         UNION ALL
            SELECT partner_id, unit_id, NULL, NULL, NULL, NULL, TRUE
              FROM segmentation_relation
             WHERE company_id = %(company)s AND partner_id = %(scope)s""",
            purchases=self._purchases(),
            opportunities=self._opportunities(company, scope),
            company=company.id,
            scope=scope,
            harvest=company._segmentation_reference_harvest().id or None,
        )

    @api.model
    def _purchases(self):
        """Return a SELECT of partner_id, unit_id, date_first and date_last.

        An invoice is a purchase of a unit if, less the credit notes that reverse it,
        something of the unit is left. Sales are those that figures were just made of.
        """
        return SQL("""
            SELECT partner_id, unit_id, MIN(day) AS date_first, MAX(day) AS date_last
              FROM (SELECT partner_id, unit_id,
                           MAX(invoice_date)
                               FILTER (WHERE move_type = 'out_invoice') AS day
                      FROM segmentation_sale
                  GROUP BY partner_id, unit_id, sale_id
                    HAVING SUM(amount) > 0) sale
             WHERE day IS NOT NULL
          GROUP BY partner_id, unit_id""")

    @api.model
    def _opportunities(self, company, scope):
        """Return a SELECT of partner_id and unit_id of open opportunities.

        One without company counts in every company that its unit serves.
        """
        return SQL(
            """
            SELECT DISTINCT partner.commercial_partner_id AS partner_id,
                   lead.segmentation_unit_id AS unit_id
              FROM res_partner partner
              JOIN crm_lead lead ON lead.partner_id = partner.id
         LEFT JOIN segmentation_business_unit unit
                ON unit.id = lead.segmentation_unit_id
             WHERE partner.commercial_partner_id = %(scope)s
               AND lead.type = 'opportunity'
               AND lead.active
               AND lead.won_status = 'pending'
               AND COALESCE(lead.company_id, %(company)s) = %(company)s
               AND COALESCE(unit.company_id, %(company)s) = %(company)s""",
            scope=scope,
            company=company.id,
        )

    @api.model
    def _insert_overall(self, company, scope):
        """Give customers with rows of units the one for the customer as a whole."""
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO segmentation_relation
                       (company_id, partner_id, billed, has_opportunity, inferred,
                        relation, create_date, write_date)
                SELECT DISTINCT company_id, partner_id, 0, FALSE, 'unknown', 'unknown',
                       %(now)s::timestamp, %(now)s::timestamp
                  FROM segmentation_relation
                 WHERE company_id = %(company)s AND partner_id = %(scope)s
           ON CONFLICT (company_id, partner_id, (COALESCE(unit_id, 0))) DO NOTHING""",
                company=company.id,
                scope=scope,
                now=self.env.cr.now(),
            )
        )

    # --- Settling ---------------------------------------------------------------

    @api.model
    def _wanted(self, company, scope=None):
        """Return a SELECT of what the rows should say today, by what is known.

        :param SQL scope: the customers; all of the company without
        :return: id, partner_id, inferred, relation, holds (by hand), old_inferred,
            old_relation
        """
        today = self._today(company)
        known = SQL(
            """
            SELECT row.*, %(holds)s AS holds,
                   CASE WHEN row.date_last >= (%(today)s::date - make_interval(
                            months => COALESCE(unit.active_months, %(months)s)))::date
                        THEN 'customer'
                        WHEN row.date_last IS NOT NULL THEN 'ex_customer'
                        WHEN row.has_opportunity THEN 'prospect'
                        ELSE 'unknown' END AS own
              FROM segmentation_relation row
         LEFT JOIN segmentation_business_unit unit ON unit.id = row.unit_id
             WHERE row.company_id = %(company)s AND %(in_scope)s""",
            holds=SQL(
                "(row.manual IS NOT NULL AND COALESCE(row.manual_until >= %s, TRUE))",
                today,
            ),
            today=today,
            months=company.segmentation_active_months,
            company=company.id,
            in_scope=SQL("row.partner_id = %s", scope) if scope else SQL("TRUE"),
        )
        return SQL(
            """
            SELECT id, partner_id, said AS inferred, holds, manual_reason,
                   CASE WHEN holds THEN manual ELSE said END AS relation,
                   inferred AS old_inferred, relation AS old_relation
              FROM (SELECT *, CASE WHEN unit_id IS NOT NULL THEN own
                                   ELSE %(best)s END AS said
                      FROM (%(known)s) known) settled""",
            best=self._best_of_units(),
            known=known,
        )

    @api.model
    def _best_of_units(self):
        """Return the SQL of the closest relation, in any unit or as a whole."""
        return SQL(
            """
            (%(ranks)s)[LEAST(
                array_position(%(ranks)s, own),
                MIN(array_position(%(ranks)s, CASE WHEN holds THEN manual ELSE own END))
                    FILTER (WHERE unit_id IS NOT NULL)
                    OVER (PARTITION BY partner_id))]""",
            ranks=SQL("%s::text[]", list(RANKS)),
        )

    @api.model
    def _settle_scope(self, company, scope, by_hand=False):
        """Write what the customers' rows should say today, and note what changed.

        The company's first fill notes nothing: what is found then was so before.
        """
        noted = by_hand or self.env["segmentation.refresh"]._of(company).date_fresh
        self.env.cr.execute(
            SQL(
                """
                WITH moved AS (
                    UPDATE segmentation_relation relation
                       SET inferred = wanted.inferred, relation = wanted.relation,
                           write_date = %(now)s
                      FROM (%(wanted)s) wanted
                     WHERE wanted.id = relation.id
                       AND (wanted.inferred, wanted.relation)
                           IS DISTINCT FROM (old_inferred, old_relation)
                 RETURNING relation.partner_id, relation.company_id, relation.unit_id,
                           NULL::int AS harvest_id,
                           CASE WHEN %(noted)s THEN old_relation END AS old_value,
                           relation.relation AS new_value, %(user)s::int AS user_id,
                           CASE WHEN holds THEN wanted.manual_reason END AS reason)
                %(note)s""",
                wanted=self._wanted(company, scope),
                now=self.env.cr.now(),
                user=self.env.uid if by_hand else None,
                noted=bool(noted),
                note=self.env["segmentation.change"]._insert("relation", SQL("moved")),
            )
        )

    @api.model
    def _delete_groundless(self, company, scope):
        """Delete rows that nothing speaks for any more."""
        self.env.cr.execute(
            SQL(
                """
                WITH known AS (
                    SELECT id, unit_id, partner_id,
                           date_first IS NOT NULL OR has_opportunity
                           OR manual IS NOT NULL OR user_id IS NOT NULL AS speaks
                      FROM segmentation_relation
                     WHERE company_id = %(company)s AND partner_id = %(scope)s)
                DELETE FROM segmentation_relation relation
                 USING (SELECT *, BOOL_OR(speaks) OVER (PARTITION BY partner_id)
                                      AS any_speaks
                          FROM known) row
                 WHERE row.id = relation.id
                   AND NOT (CASE WHEN row.unit_id IS NULL THEN any_speaks
                                 ELSE speaks END)""",
                company=company.id,
                scope=scope,
            )
        )

    # --- The job ----------------------------------------------------------------

    @api.model
    @tries_again("relation_cron")
    def _cron_mark_due(self):
        """Mark the customers whose relation time alone changes.

        Who did not buy for too long, and what was said by hand until yesterday.
        """
        self.flush_model()
        refresh = self.env["segmentation.refresh"]
        for company in refresh._companies():
            due = self.env.execute_query(
                SQL(
                    """
                    SELECT DISTINCT partner_id FROM (%s) wanted
                     WHERE (inferred, relation)
                           IS DISTINCT FROM (old_inferred, old_relation)""",
                    self._wanted(company),
                )
            )
            refresh._mark((company.id, partner_id) for (partner_id,) in due)
