from odoo import api, models
from odoo.tools import SQL

SALE_TYPES = ("out_invoice", "out_refund")


class SegmentationFigures(models.AbstractModel):
    """Computes positions, set-based, for some customers of one company.

    The rules are those of ``engine/billing.py`` and ``engine/potential.py``; a test
    holds the two against each other. Billing and potential are staged by one statement
    each in a temporary table, from which one statement each writes positions and
    lines: only rows that changed are written.
    """

    _name = "segmentation.figures"
    _description = "Computation of Segmentation Figures"

    @api.model
    def _compute(self, company, customer_ids):
        """Compute the positions of the customers in every harvest of the company.

        :param list customer_ids: ids of commercial partners; those that are none any
            more lose their positions
        :return: ids of the harvests in which something changed
        """
        self.env.flush_all()
        scope = SQL("ANY(%s)", list(customer_ids))
        self._attribute_invoices(company, scope)
        self._create_stage()
        self._stage_billing(company, scope)
        self._stage_potential(company, scope)
        self.env.cr.execute(SQL("ANALYZE segmentation_stage"))
        changed = self._write_positions(company, scope)
        changed |= self._delete_positions(company, scope)
        self._write_lines(company, scope)
        self._delete_lines(company, scope)
        self._follow(company, scope)
        self._forget()
        return changed

    @api.model
    def _follow(self, company, scope):
        """Compute what follows from the figures just written; for other rooms.

        :param SQL scope: the customers, as the right side of ``partner_id =``
        """

    def _forget(self):
        """Drop what the ORM remembers of the rows written by SQL."""
        for model in (
            "segmentation.position",
            "segmentation.position.line",
            "segmentation.cut.point",
            "segmentation.change",
        ):
            self.env[model].invalidate_model()
        self.env["account.move"].invalidate_model(
            ["segmentation_harvest_id", "segmentation_zone_id"]
        )
        self.env["res.partner"].invalidate_model(
            self.env["res.partner"]._segmentation_fields()
        )

    # --- Invoices ---------------------------------------------------------------

    @api.model
    def _attribute_invoices(self, company, scope):
        """Set harvest and zone of posted invoices where rule and row differ.

        Those set by hand stay. A row that somebody is working on is skipped rather
        than waited for, and its customer marked again.
        """
        cr = self.env.cr
        cr.execute(
            SQL(
                """
                DROP TABLE IF EXISTS segmentation_stale;
                CREATE TEMPORARY TABLE segmentation_stale ON COMMIT DROP AS %s""",
                self._stale_invoices(company, scope),
            )
        )
        stale = cr.rowcount
        if not stale:
            return
        cr.execute(SQL("ANALYZE segmentation_stale"))
        cr.execute(
            SQL("""
            WITH free AS (
                SELECT id FROM account_move
                 WHERE id IN (SELECT id FROM segmentation_stale)
                   FOR NO KEY UPDATE SKIP LOCKED
            )
            UPDATE account_move move
               SET segmentation_harvest_id = stale.harvest_id,
                   segmentation_zone_id = stale.zone_id
              FROM segmentation_stale stale
              JOIN free ON free.id = stale.id
             WHERE move.id = stale.id""")
        )
        if cr.rowcount < stale:
            self._mark_skipped(company, scope)

    @api.model
    def _mark_skipped(self, company, scope):
        """Mark the customers whose invoices are left, to be looked at in a minute."""
        rows = self.env.execute_query(
            SQL(
                "SELECT DISTINCT partner_id FROM (%s) stale",
                self._stale_invoices(company, scope),
            )
        )
        self.env["segmentation.refresh"]._mark_later(
            (company.id, partner) for (partner,) in rows
        )

    @api.model
    def _stale_invoices(self, company, scope):
        """Return a SELECT of id, partner_id and the harvest and zone by rule 3."""
        return SQL(
            """
            SELECT move.id, move.partner_id, wanted.harvest_id, wanted.zone_id
              FROM res_partner partner
              JOIN account_move move ON move.partner_id = partner.id
              JOIN res_partner customer ON customer.id = partner.commercial_partner_id
         LEFT JOIN res_partner delivery ON delivery.id = move.partner_shipping_id
         LEFT JOIN segmentation_harvest harvest
                ON harvest.company_id = move.company_id
               AND move.invoice_date BETWEEN harvest.date_start AND harvest.date_end
      CROSS JOIN LATERAL (
                SELECT CASE WHEN move.segmentation_harvest_manual
                            THEN move.segmentation_harvest_id
                            ELSE harvest.id END AS harvest_id,
                       CASE WHEN move.segmentation_zone_manual
                            THEN move.segmentation_zone_id
                            ELSE COALESCE(delivery.segmentation_zone_id,
                                          partner.segmentation_zone_id,
                                          customer.segmentation_zone_id)
                             END AS zone_id) wanted
             WHERE partner.commercial_partner_id = %(scope)s
               AND move.company_id = %(company)s
               AND move.state = 'posted'
               AND move.move_type IN %(types)s
               AND (move.segmentation_harvest_id, move.segmentation_zone_id)
                   IS DISTINCT FROM (wanted.harvest_id, wanted.zone_id)""",
            scope=scope,
            company=company.id,
            types=SALE_TYPES,
        )

    # --- Staging ----------------------------------------------------------------

    def _create_stage(self):
        """Make the temporary tables that figures are gathered in.

        A row of the stage holds billing, or potential, or hectares of a customer,
        harvest and zone, or a crop without a rate; ``first_date`` tells since when the
        customer is one. PostgreSQL knows nothing of tables just filled, so each is
        analysed before it is joined: plans made blind grow with the square.
        """
        self.env.cr.execute(
            SQL("""
            DROP TABLE IF EXISTS segmentation_sown;
            DROP TABLE IF EXISTS segmentation_stage;
            CREATE TEMPORARY TABLE segmentation_sown (
                partner_id int, zone_id int, crop_id int, hectares numeric,
                harvest_id int, date_start date, carried boolean
            ) ON COMMIT DROP;
            CREATE TEMPORARY TABLE segmentation_stage (
                partner_id int, harvest_id int, zone_id int, unit_id int,
                billing numeric, potential numeric, hectares numeric, carried boolean,
                missing_crop_id int, first_date date
            ) ON COMMIT DROP""")
        )

    @api.model
    def _category_units(self, company):
        """Return a SELECT of category_id and the unit that claims it or the nearest.

        Categories that no unit of the company claims are absent.
        """
        return SQL(
            """
            SELECT DISTINCT ON (category.id)
                   category.id AS category_id, unit.id AS unit_id
              FROM product_category category
              JOIN product_category above
                ON category.parent_path LIKE above.parent_path || '%%'
              JOIN segmentation_business_unit_category_rel claim
                ON claim.category_id = above.id
              JOIN segmentation_business_unit unit
                ON unit.id = claim.unit_id
               AND (unit.company_id IS NULL OR unit.company_id = %s)
          ORDER BY category.id, length(above.parent_path) DESC""",
            company.id,
        )

    @api.model
    def _billed_lines(self, company, scope):
        """Return FROM and WHERE of what counts as billed: rule 2 of the design.

        Product lines of posted customer invoices and credit notes. The tables are
        ``partner``, ``move``, ``line`` and ``claimed``, whose ``unit_id`` is that of
        the line; ``line.balance`` is in company currency at the invoice's own rate and,
        being credit for an invoice and debit for a credit note, has the sign turned.

        :param SQL scope: the customers, as the right side of ``=``
        """
        return SQL(
            """
                  FROM res_partner partner
                  JOIN account_move move ON move.partner_id = partner.id
                  JOIN account_move_line line ON line.move_id = move.id
             LEFT JOIN product_product product ON product.id = line.product_id
             LEFT JOIN product_template template
                    ON template.id = product.product_tmpl_id
             LEFT JOIN (%(category_units)s) claimed
                    ON claimed.category_id = template.categ_id
                 WHERE partner.commercial_partner_id = %(scope)s
                   AND move.company_id = %(company)s
                   AND move.state = 'posted'
                   AND move.move_type IN %(types)s
                   AND line.display_type = 'product'""",
            category_units=self._category_units(company),
            scope=scope,
            company=company.id,
            types=SALE_TYPES,
        )

    @api.model
    def _stage_billing(self, company, scope):
        """Stage what was billed, credits negative."""
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO segmentation_stage
                       (partner_id, harvest_id, zone_id, unit_id, billing, first_date)
                SELECT partner.commercial_partner_id, move.segmentation_harvest_id,
                       move.segmentation_zone_id, claimed.unit_id,
                       -SUM(line.balance), MIN(move.invoice_date)
                       %s
              GROUP BY 1, 2, 3, 4""",
                self._billed_lines(company, scope),
            )
        )

    @api.model
    def _stage_potential(self, company, scope):
        """Stage what could be sold: the plantings that stand × the rates that win."""
        self.env.cr.execute(
            SQL("INSERT INTO segmentation_sown %s", self._sown(company, scope))
        )
        self.env.cr.execute(SQL("ANALYZE segmentation_sown"))
        self.env.cr.execute(
            SQL(
                """
                WITH sown AS (SELECT * FROM segmentation_sown),
                rate AS (%(rates)s),
                priced AS (
                    SELECT sown.*, rate.unit_id, rate.amount_per_hectare AS amount
                      FROM sown
                 LEFT JOIN rate ON rate.crop_id = sown.crop_id
                               AND rate.zone_key = COALESCE(sown.zone_id, 0)
                               AND rate.harvest_id = sown.harvest_id
                )
                INSERT INTO segmentation_stage
                       (partner_id, harvest_id, zone_id, unit_id, potential, hectares,
                        carried, missing_crop_id, first_date)
                SELECT partner_id, harvest_id, zone_id, unit_id,
                       ROUND(SUM(hectares * amount), %(digits)s), NULL::numeric,
                       NULL::boolean, NULL::int, NULL::date
                  FROM priced WHERE amount IS NOT NULL
              GROUP BY 1, 2, 3, 4
             UNION ALL
                SELECT partner_id, harvest_id, zone_id, NULL, NULL, SUM(hectares),
                       BOOL_OR(carried), NULL, MIN(date_start)
                  FROM sown
              GROUP BY 1, 2, 3
             UNION ALL
                SELECT DISTINCT partner_id, harvest_id, zone_id, NULL::int,
                       NULL::numeric, NULL::numeric, NULL::boolean, crop_id, NULL::date
                  FROM priced WHERE amount IS NULL""",
                rates=self._best_rates(company),
                digits=company.currency_id.decimal_places,
            )
        )

    @api.model
    def _sown(self, company, scope):
        """Return the plantings that stand for each harvest, carried forward or not.

        A parcel without plantings in a harvest takes those of its latest earlier
        harvest of the same kind, as far back as the company carries; a parcel that was
        sold (archived) keeps its own plantings and carries nothing.

        :return: SELECT of partner_id, zone_id, crop_id, hectares, harvest_id,
            date_start of the harvest, carried
        """
        return SQL(
            """
            WITH season AS (
                SELECT id, kind, date_start,
                       ROW_NUMBER() OVER (PARTITION BY kind ORDER BY date_start) AS rank
                  FROM segmentation_harvest WHERE company_id = %(company)s
            ),
            recorded AS (
                SELECT DISTINCT parcel.id AS parcel_id,
                       partner.commercial_partner_id AS partner_id, parcel.zone_id,
                       parcel.active, season.id AS season_id, season.kind, season.rank
                  FROM res_partner partner
                  JOIN segmentation_parcel parcel ON parcel.partner_id = partner.id
                  JOIN segmentation_planting planting
                    ON planting.parcel_id = parcel.id
                  JOIN season ON season.id = planting.harvest_id
                 WHERE partner.commercial_partner_id = %(scope)s
            ),
            planted AS (
                SELECT *, LEAD(rank) OVER (PARTITION BY parcel_id, kind
                                               ORDER BY rank) AS next_rank
                  FROM recorded
            )
            SELECT planted.partner_id, planted.zone_id, planting.crop_id,
                   planting.hectares, season.id AS harvest_id, season.date_start,
                   season.rank > planted.rank AS carried
              FROM planted
              JOIN season
                ON season.kind = planted.kind
               AND season.rank >= planted.rank
               AND season.rank < COALESCE(planted.next_rank, season.rank + 1)
               AND season.rank <= planted.rank
                   + CASE WHEN planted.active THEN %(carry)s ELSE 0 END
              JOIN segmentation_planting planting
                ON planting.parcel_id = planted.parcel_id
               AND planting.harvest_id = planted.season_id""",
            company=company.id,
            scope=scope,
            carry=company.segmentation_carry_harvests,
        )

    @api.model
    def _best_rates(self, company):
        """Return the rate that wins for each crop, zone, harvest and unit in use.

        The nearest zone up the tree before no zone; then the exact harvest before the
        latest earlier one before none.

        :return: SELECT of crop_id, zone_key (zone, 0 for none), harvest_id, unit_id,
            amount_per_hectare
        """
        return SQL(
            """
            SELECT DISTINCT ON (asked.crop_id, asked.zone_key, asked.harvest_id,
                                rate.unit_id)
                   asked.crop_id, asked.zone_key, asked.harvest_id, rate.unit_id,
                   rate.amount_per_hectare
              FROM (SELECT DISTINCT crop_id, COALESCE(zone_id, 0) AS zone_key,
                           harvest_id, date_start
                      FROM sown) asked
         LEFT JOIN segmentation_zone zone ON zone.id = asked.zone_key
              JOIN segmentation_rate rate
                ON rate.company_id = %(company)s AND rate.crop_id = asked.crop_id
         LEFT JOIN segmentation_zone rate_zone ON rate_zone.id = rate.zone_id
         LEFT JOIN segmentation_harvest rate_harvest
                ON rate_harvest.id = rate.harvest_id
             WHERE (rate.zone_id IS NULL
                    OR zone.parent_path LIKE rate_zone.parent_path || '%%')
               AND (rate.harvest_id IS NULL
                    OR rate_harvest.date_start <= asked.date_start)
          ORDER BY asked.crop_id, asked.zone_key, asked.harvest_id, rate.unit_id,
                   length(rate_zone.parent_path) DESC NULLS LAST,
                   rate_harvest.date_start DESC NULLS LAST""",
            company=company.id,
        )

    # --- Writing ----------------------------------------------------------------

    @api.model
    def _spine(self, company):
        """Return a SELECT of (partner_id, harvest_id) that have a position.

        Every harvest that had not ended when the customer became one, and any other
        with figures; harvest NULL where something was billed outside any.
        """
        return SQL(
            """
            SELECT customer.partner_id, harvest.id AS harvest_id
              FROM (SELECT partner_id, MIN(first_date) AS first_date
                      FROM segmentation_stage GROUP BY partner_id) customer
              JOIN segmentation_harvest harvest
                ON harvest.company_id = %s AND harvest.date_end >= customer.first_date
             UNION
            SELECT partner_id, harvest_id FROM segmentation_stage""",
            company.id,
        )

    @api.model
    def _write_positions(self, company, scope):
        """Write the staged customers' positions; return ids of harvests that changed.

        Quadrants are found afterwards (:meth:`_classify`); new positions have none yet.
        """
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO segmentation_position AS position
                       (company_id, partner_id, harvest_id, zone_id, hectares, billing,
                        potential, is_potential_known, is_lower_bound, is_carried,
                        missing_rates, share, gap,
                        create_uid, create_date, write_uid, write_date)
                SELECT %(company)s, partner_id, harvest_id, %(fresh)s,
                       %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM (%(figures)s) fresh
                 WHERE NOT EXISTS (
                       SELECT FROM segmentation_position position
                        WHERE position.company_id = %(company)s
                          AND position.partner_id = %(scope)s
                          AND position.partner_id = fresh.partner_id
                          AND COALESCE(position.harvest_id, 0)
                            = COALESCE(fresh.harvest_id, 0)
                          AND (%(old)s) IS NOT DISTINCT FROM (%(fresh)s))
              ORDER BY partner_id, harvest_id
           ON CONFLICT (company_id, partner_id, (COALESCE(harvest_id, 0)))
             DO UPDATE SET %(assignments)s
             RETURNING position.harvest_id""",
                company=company.id,
                scope=scope,
                figures=self._derived(self._figures(company)),
                uid=self.env.uid,
                now=self.env.cr.now(),
                **self._upsert(
                    "position",
                    "zone_id hectares billing potential is_potential_known "
                    "is_lower_bound is_carried missing_rates share gap".split(),
                ),
            )
        )
        return {harvest_id for (harvest_id,) in rows}

    @api.model
    def _derived(self, figures):
        """Return a SELECT of figures with what follows from them, as columns have it.

        :param SQL figures: see :meth:`_figures`
        """
        return SQL(
            """
            SELECT partner_id, harvest_id, zone_id, hectares, billing, potential,
                   potential IS NOT NULL AS is_potential_known,
                   potential IS NOT NULL AND missing IS NOT NULL AS is_lower_bound,
                   carried AS is_carried, missing AS missing_rates,
                   (billing / NULLIF(potential, 0))::float8 AS share,
                   NULLIF(potential, 0) - billing AS gap
              FROM (%s) figure""",
            figures,
        )

    def _upsert(self, table, columns):
        """Return the SQL parts of an upsert that writes changed rows only.

        Rows that stand as they are (``old`` is ``fresh``) are left out beforehand: one
        that comes to a conflict is locked and takes a number from the sequence of ids,
        and a large base would use those up in months.
        """
        names = [SQL.identifier(column) for column in columns]
        touched = [*names, SQL.identifier("write_uid"), SQL.identifier("write_date")]
        return {
            "assignments": SQL(", ").join(
                SQL("%(name)s = EXCLUDED.%(name)s", name=name) for name in touched
            ),
            "old": SQL(", ").join(
                SQL("%s.%s", SQL.identifier(table), name) for name in names
            ),
            "fresh": SQL(", ").join(SQL("fresh.%s", name) for name in names),
        }

    @api.model
    def _figures(self, company):
        """Return a SELECT of each staged customer's figures in each harvest."""
        return SQL(
            """
            SELECT spine.partner_id, spine.harvest_id,
                   COALESCE(partner.segmentation_zone_id, main.zone_id) AS zone_id,
                   COALESCE(SUM(stage.hectares), 0) AS hectares,
                   COALESCE(SUM(stage.billing), 0) AS billing,
                   SUM(stage.potential) AS potential,
                   COALESCE(BOOL_OR(stage.carried), FALSE) AS carried,
                   jsonb_agg(DISTINCT jsonb_build_array(
                                 stage.missing_crop_id, stage.zone_id))
                       FILTER (WHERE stage.missing_crop_id IS NOT NULL) AS missing
              FROM (%(spine)s) spine
              JOIN res_partner partner ON partner.id = spine.partner_id
         LEFT JOIN (%(main_zones)s) main ON main.partner_id = spine.partner_id
         LEFT JOIN segmentation_stage stage
                ON stage.partner_id = spine.partner_id
               AND COALESCE(stage.harvest_id, 0) = COALESCE(spine.harvest_id, 0)
          GROUP BY spine.partner_id, spine.harvest_id,
                   partner.segmentation_zone_id, main.zone_id""",
            spine=self._spine(company),
            main_zones=SQL(
                """
                SELECT DISTINCT ON (partner_id) partner_id, zone_id
                  FROM segmentation_stage WHERE zone_id IS NOT NULL
              GROUP BY partner_id, zone_id
              ORDER BY partner_id, SUM(hectares) DESC NULLS LAST,
                       SUM(billing) DESC NULLS LAST, zone_id"""
            ),
        )

    @api.model
    def _delete_positions(self, company, scope):
        """Delete positions that have no ground any more; return their harvests."""
        rows = self.env.execute_query(
            SQL(
                """
                DELETE FROM segmentation_position position
                 WHERE position.company_id = %(company)s
                   AND position.partner_id = %(scope)s
                   AND NOT EXISTS (
                       SELECT FROM (%(spine)s) spine
                        WHERE spine.partner_id = position.partner_id
                          AND COALESCE(spine.harvest_id, 0)
                            = COALESCE(position.harvest_id, 0))
             RETURNING position.harvest_id""",
                company=company.id,
                scope=scope,
                spine=self._spine(company),
            )
        )
        return {harvest_id for (harvest_id,) in rows}

    def _split(self):
        """Return a SELECT of the staged figures by zone and business unit."""
        return SQL(
            """
            SELECT partner_id, harvest_id, zone_id, unit_id,
                   COALESCE(SUM(billing), 0) AS billing, SUM(potential) AS potential
              FROM segmentation_stage
             WHERE billing IS NOT NULL OR potential IS NOT NULL
          GROUP BY 1, 2, 3, 4"""
        )

    @api.model
    def _write_lines(self, company, scope):
        """Write the staged customers' lines where they changed."""
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO segmentation_position_line AS line
                       (position_id, company_id, partner_id, harvest_id, zone_id,
                        unit_id, billing, potential, is_potential_known, share, gap,
                        create_uid, create_date, write_uid, write_date)
                SELECT position_id, company_id, partner_id, harvest_id, zone_id,
                       unit_id, %(fresh)s, %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM (%(lines)s) fresh
                 WHERE NOT EXISTS (
                       SELECT FROM segmentation_position_line line
                        WHERE line.company_id = %(company)s
                          AND line.partner_id = %(scope)s
                          AND line.position_id = fresh.position_id
                          AND COALESCE(line.zone_id, 0) = COALESCE(fresh.zone_id, 0)
                          AND COALESCE(line.unit_id, 0) = COALESCE(fresh.unit_id, 0)
                          AND (%(old)s) IS NOT DISTINCT FROM (%(fresh)s))
              ORDER BY position_id, zone_id, unit_id
           ON CONFLICT (position_id, (COALESCE(zone_id, 0)), (COALESCE(unit_id, 0)))
             DO UPDATE SET %(assignments)s""",
                company=company.id,
                scope=scope,
                lines=self._lines(company),
                uid=self.env.uid,
                now=self.env.cr.now(),
                **self._upsert(
                    "line", "billing potential is_potential_known share gap".split()
                ),
            )
        )

    def _lines(self, company):
        """Return a SELECT of the staged figures as lines of their positions."""
        return SQL(
            """
            SELECT position.id AS position_id, position.company_id,
                   position.partner_id, position.harvest_id, split.zone_id,
                   split.unit_id, split.billing, split.potential,
                   split.potential IS NOT NULL AS is_potential_known,
                   (split.billing / NULLIF(split.potential, 0))::float8 AS share,
                   NULLIF(split.potential, 0) - split.billing AS gap
              FROM (%(split)s) split
              JOIN segmentation_position position
                ON position.company_id = %(company)s
               AND position.partner_id = split.partner_id
               AND COALESCE(position.harvest_id, 0) = COALESCE(split.harvest_id, 0)""",
            split=self._split(),
            company=company.id,
        )

    @api.model
    def _delete_lines(self, company, scope):
        """Delete lines that have no ground any more."""
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM segmentation_position_line line
                 WHERE line.company_id = %(company)s
                   AND line.partner_id = %(scope)s
                   AND NOT EXISTS (
                       SELECT FROM segmentation_stage stage
                        WHERE stage.partner_id = line.partner_id
                          AND COALESCE(stage.harvest_id, 0)
                            = COALESCE(line.harvest_id, 0)
                          AND COALESCE(stage.zone_id, 0) = COALESCE(line.zone_id, 0)
                          AND COALESCE(stage.unit_id, 0) = COALESCE(line.unit_id, 0)
                          AND (stage.billing IS NOT NULL
                               OR stage.potential IS NOT NULL))""",
                company=company.id,
                scope=scope,
            )
        )

    @api.model
    def _drop_strays(self, company):
        """Delete positions of partners that are no customers of their own any more."""
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM segmentation_position position
                 USING res_partner partner
                 WHERE partner.id = position.partner_id
                   AND partner.commercial_partner_id <> partner.id
                   AND position.company_id = %s""",
                company.id,
            )
        )
        self._forget()

    @api.model
    def _analyze(self):
        """Let PostgreSQL know how many positions there are.

        It finds out by itself, but not at once. Until then it takes thousands for a
        few, and compares each with each: a campaign launched right after the first
        refresh would take minutes for 3000 customers, and grow with the square.
        """
        self.env.cr.execute("ANALYZE segmentation_position, segmentation_position_line")

    # --- Classifying ------------------------------------------------------------

    @api.model
    def _classify(self, company, harvest_ids=None):
        """Find the cut points and quadrants of harvests (all when None) anew.

        The cuts depend on every customer of a harvest; of the customers only those
        whose quadrant changes are written.
        """
        self.env.flush_all()
        harvests = self.env["segmentation.harvest"].sudo()
        harvests = harvests.search([("company_id", "=", company.id)])
        if harvest_ids is not None:
            harvests &= harvests.browse(filter(None, harvest_ids))
        if not harvests:
            return
        policies = self.env["segmentation.policy"]._of(company)
        self.env.flush_all()
        figures = self._harvests_figures(company, harvests)
        self._write_cut_points(policies, figures)
        self._write_quadrants(policies, harvests, figures)
        self._delete_cut_points(harvests)
        self._forget()

    @api.model
    def _harvests_figures(self, company, harvests):
        return SQL(
            """SELECT id, zone_id, harvest_id, billing, potential
                 FROM segmentation_position
                WHERE company_id = %s AND harvest_id IN %s""",
            company.id,
            tuple(harvests.ids),
        )

    @api.model
    def _write_cut_points(self, policies, figures):
        """Write the cut points of the policies in the harvests where they changed."""
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO segmentation_cut_point AS cut_point
                       (policy_id, harvest_id, company_id, billing_cut, potential_cut,
                        has_billing_cut, has_potential_cut,
                        create_uid, create_date, write_uid, write_date)
                SELECT policy_id, harvest_id, company_id, %(fresh)s,
                       %(uid)s, %(now)s, %(uid)s, %(now)s
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
                uid=self.env.uid,
                now=self.env.cr.now(),
                **self._upsert(
                    "cut_point",
                    "billing_cut potential_cut "
                    "has_billing_cut has_potential_cut".split(),
                ),
            )
        )

    @api.model
    def _write_quadrants(self, policies, harvests, figures):
        """Write quadrant and cut point of the positions whose quadrant changed.

        A quadrant that becomes another is noted as a change of the customer.
        """
        stored_cuts = SQL(
            """SELECT policy_id, harvest_id, billing_cut, potential_cut
                 FROM segmentation_cut_point WHERE harvest_id IN %s""",
            tuple(harvests.ids),
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
                      JOIN segmentation_position old ON old.id = classified.id
                 LEFT JOIN segmentation_cut_point cut_point
                        ON cut_point.policy_id = classified.policy_id
                       AND cut_point.harvest_id = classified.harvest_id
                     WHERE classified.id = position.id
                       AND (old.quadrant, old.cut_point_id)
                           IS DISTINCT FROM (classified.quadrant, cut_point.id)
                 RETURNING position.partner_id, position.company_id,
                           position.harvest_id, NULL::int AS unit_id,
                           old.quadrant AS old_value, position.quadrant AS new_value,
                           NULL::int AS user_id, NULL::varchar AS reason)
                %(note)s""",
                now=self.env.cr.now(),
                classified=self.env["segmentation.cut.point"]._classified_sql(
                    policies, figures, stored_cuts
                ),
                note=self.env["segmentation.change"]._insert("quadrant", SQL("moved")),
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
