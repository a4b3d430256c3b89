from odoo import api, models
from odoo.tools import SQL

from ..common.columns import listed, taken_over
from ..common.staging import analyze, stage
from .formulas import GAP, SHARE

SALE_TYPES = ("out_invoice", "out_refund")


class SegmentationFigures(models.AbstractModel):
    """Computes positions, set-based, for some customers of one company.

    The rules are those of ``engine/billing.py`` and ``engine/potential.py``; a test
    holds the two against each other. Invoices, their lines, billing and potential are
    staged in temporary tables, each read once; what comes of them is set against what
    stands, and only rows that changed are written. They name no user: a job writes
    them, and PostgreSQL would look the user up twice for each of millions of rows.
    """

    _name = "segmentation.figures"
    _description = "Computation of Segmentation Figures"

    @api.model
    def _compute(self, company, customer_ids):
        """Compute the positions of the customers in every harvest of the company.

        :param list customer_ids: ids of commercial partners; those that are none any
            more lose their positions
        :return: the harvests in which something changed
        """
        self.env.flush_all()
        scope = self._stage_customers(customer_ids)
        self._stage_invoices(company, scope)
        self._attribute_invoices(company)
        self._stage_sales(company)
        self._create_stage()
        self._stage_billing()
        self._stage_potential(company, scope)
        analyze(self.env, "segmentation_stage", "partner_id", "harvest_id")
        changed = self._write_positions(company, scope)
        self._count_moved(company)
        self._write_lines(company, scope)
        self._follow(company, scope)
        self._forget()
        return changed

    @api.model
    def _count_moved(self, company):
        """Have the cut points count the positions just written as they are now."""

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
    def _attribute_invoices(self, company):
        """Set harvest and zone of the staged invoices where rule and row differ.

        Those set by hand stay. A row that somebody is working on is skipped rather
        than waited for: it counts as it stands, and its customer is marked again.
        """
        cr = self.env.cr
        cr.execute("SELECT COUNT(*) FROM segmentation_invoice WHERE is_stale")
        [stale] = cr.fetchone()
        if not stale:
            return
        cr.execute(
            SQL("""
            WITH free AS (
                SELECT id FROM account_move
                 WHERE id IN (SELECT id FROM segmentation_invoice WHERE is_stale)
                   FOR NO KEY UPDATE SKIP LOCKED
            )
            UPDATE account_move move
               SET segmentation_harvest_id = invoice.harvest_id,
                   segmentation_zone_id = invoice.zone_id
              FROM segmentation_invoice invoice
              JOIN free ON free.id = invoice.id
             WHERE move.id = invoice.id""")
        )
        if cr.rowcount < stale:
            self._mark_skipped(company)

    @api.model
    def _mark_skipped(self, company):
        """Mark the customers whose invoices are left, to be looked at in a minute."""
        rows = self.env.execute_query(
            SQL("""
            UPDATE segmentation_invoice invoice
               SET harvest_id = move.segmentation_harvest_id,
                   zone_id = move.segmentation_zone_id
              FROM account_move move
             WHERE invoice.is_stale
               AND move.id = invoice.id
               AND (move.segmentation_harvest_id, move.segmentation_zone_id)
                   IS DISTINCT FROM (invoice.harvest_id, invoice.zone_id)
         RETURNING invoice.partner_id""")
        )
        self.env["segmentation.refresh"]._mark_later(
            (company.id, partner) for (partner,) in rows
        )

    @api.model
    def _stage_invoices(self, company, scope):
        """Stage the customers' posted invoices, with harvest and zone by rule 3.

        ``is_stale`` tells that the invoice itself has others; ``sale_id`` is the
        invoice, or the one that a credit note reverses. They are in the order in which
        their lines lie on disk, as lines are made with them.
        """
        stage(
            self.env,
            "segmentation_invoice",
            SQL(
                """
                SELECT move.id, customer.id AS partner_id,
                       COALESCE(move.reversed_entry_id, move.id) AS sale_id,
                       move.move_type, move.invoice_date, wanted.*,
                       (move.segmentation_harvest_id, move.segmentation_zone_id)
                           IS DISTINCT FROM (wanted.harvest_id, wanted.zone_id)
                           AS is_stale
                  FROM res_partner partner
                  JOIN res_partner customer
                    ON customer.id = partner.commercial_partner_id
                  JOIN account_move move ON move.partner_id = partner.id
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
                   AND %(is_billed)s
              ORDER BY move.id""",
                scope=scope,
                is_billed=self._is_billed(company),
            ),
            "id",
        )

    # --- Staging ----------------------------------------------------------------

    def _stage_customers(self, customer_ids):
        """Stage the ids of customers; return them as the right side of an ``=``."""
        stage(
            self.env,
            "segmentation_customer",
            SQL("SELECT DISTINCT UNNEST(%s::int[]) AS id", list(customer_ids)),
            "id",
        )
        return SQL("ANY (SELECT id FROM segmentation_customer)")

    def _create_stage(self):
        """Make the temporary table that figures are gathered in.

        A row of it holds billing, or potential, or hectares of a customer, harvest and
        zone, or a crop without a rate; ``first_date`` tells since when the customer is
        one.
        """
        self.env.cr.execute(
            SQL("""
            DROP TABLE IF EXISTS segmentation_stage;
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
    def _is_billed(self, company):
        """Return the SQL condition on ``move``: an invoice of the company counts."""
        return SQL(
            "move.company_id = %s AND move.state = 'posted' AND move.move_type IN %s",
            company.id,
            SALE_TYPES,
        )

    @api.model
    def _claims(self, company):
        """Return the joins that find for a ``line`` the unit it is ``claimed`` by."""
        return SQL(
            """
             LEFT JOIN product_product product ON product.id = line.product_id
             LEFT JOIN product_template template
                    ON template.id = product.product_tmpl_id
             LEFT JOIN (%s) claimed ON claimed.category_id = template.categ_id""",
            self._category_units(company),
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
                       %(claims)s
                 WHERE partner.commercial_partner_id = %(scope)s
                   AND %(is_billed)s
                   AND line.display_type = 'product'""",
            claims=self._claims(company),
            scope=scope,
            is_billed=self._is_billed(company),
        )

    @api.model
    def _stage_sales(self, company):
        """Stage the lines of the staged invoices: what :meth:`_billed_lines` counts.

        They are read once, for billing and for what follows from purchases.
        """
        stage(
            self.env,
            "segmentation_sale",
            SQL(
                """
                SELECT invoice.partner_id, invoice.harvest_id, invoice.zone_id,
                       invoice.sale_id, invoice.move_type, invoice.invoice_date,
                       claimed.unit_id, -line.balance AS amount
                  FROM segmentation_invoice invoice
                  JOIN account_move_line line ON line.move_id = invoice.id
                       %s
                 WHERE line.display_type = 'product'""",
                self._claims(company),
            ),
            "partner_id",
            "sale_id",
        )

    @api.model
    def _stage_billing(self):
        """Stage what was billed, credits negative."""
        self.env.cr.execute(
            SQL("""
            INSERT INTO segmentation_stage
                   (partner_id, harvest_id, zone_id, unit_id, billing, first_date)
            SELECT partner_id, harvest_id, zone_id, unit_id, SUM(amount),
                   MIN(invoice_date)
              FROM segmentation_sale
          GROUP BY 1, 2, 3, 4""")
        )

    @api.model
    def _stage_potential(self, company, scope):
        """Stage what could be sold: the plantings that stand × the rates that win."""
        stage(
            self.env,
            "segmentation_sown",
            self._sown(company, scope),
            "crop_id",
            "zone_id",
        )
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
    def _moved(self, table, fresh, company, scope, keys, columns):
        """Return a SELECT of the rows that are to be written, changed or deleted.

        Most stand as they are. Those are left out here, as one that comes to a conflict
        is locked and takes a number from the sequence of ids, and a large base would
        use those up in months.

        :param str table: that holds the rows, one by company and keys
        :param SQL fresh: SELECT of keys and columns as they ought to be
        :return: the keys, the columns, those as they stood (``old_``), ``old_id``
            (NULL: new) and ``is_gone``
        """
        return SQL(
            """
            SELECT old.id AS old_id, fresh.partner_id IS NULL AS is_gone,
                   %(keys)s, %(fresh)s, %(kept)s
              FROM (%(rows)s) fresh
         FULL JOIN (SELECT * FROM %(table)s
                     WHERE company_id = %(company)s AND partner_id = %(scope)s) old
                ON %(same)s
             WHERE fresh.partner_id IS NULL
                OR (%(old)s) IS DISTINCT FROM (%(fresh)s)""",
            keys=SQL(", ").join(
                SQL("COALESCE(old.%(key)s, fresh.%(key)s) AS %(key)s", key=key)
                for key in map(SQL.identifier, keys)
            ),
            same=SQL(" AND ").join(
                SQL("COALESCE(old.%(key)s, 0) = COALESCE(fresh.%(key)s, 0)", key=key)
                for key in map(SQL.identifier, keys)
            ),
            fresh=listed(columns, "fresh"),
            old=listed(columns, "old"),
            kept=SQL(", ").join(
                SQL(
                    "%s AS %s",
                    SQL.identifier("old", name),
                    SQL.identifier(f"old_{name}"),
                )
                for name in columns
            ),
            rows=fresh,
            table=SQL.identifier(table),
            company=company.id,
            scope=scope,
        )

    def _delete_gone(self, table, moved):
        """Delete rows that have no ground any more."""
        self.env.cr.execute(
            SQL(
                "DELETE FROM %(table)s USING %(moved)s moved "
                "WHERE moved.is_gone AND %(table)s.id = moved.old_id",
                table=SQL.identifier(table),
                moved=SQL.identifier(moved),
            )
        )

    @api.model
    def _write_positions(self, company, scope):
        """Write the staged customers' positions; return the harvests that changed.

        Quadrants are found afterwards (``classification.py``); new positions have none
        yet. Rows that were written stay staged until the next customers are computed.
        """
        columns = (
            "zone_id hectares billing potential is_potential_known is_lower_bound "
            "is_carried missing_rates share gap"
        ).split()
        table, moved = "segmentation_position", "segmentation_moved"
        figures = self._derived(self._figures(company))
        keys = ("partner_id", "harvest_id")
        stage(
            self.env,
            moved,
            self._moved(table, figures, company, scope, keys, columns),
            "old_id",
            *keys,
        )
        self._delete_gone(table, moved)
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO segmentation_position AS position
                       (company_id, partner_id, harvest_id, %(names)s,
                        create_date, write_date)
                SELECT %(company)s, partner_id, harvest_id, %(names)s, %(now)s, %(now)s
                  FROM segmentation_moved
                 WHERE NOT is_gone
              ORDER BY partner_id, harvest_id
           ON CONFLICT (company_id, partner_id, (COALESCE(harvest_id, 0)))
             DO UPDATE SET %(assignments)s""",
                company=company.id,
                names=listed(columns),
                now=self.env.cr.now(),
                assignments=taken_over([*columns, "write_date"]),
            )
        )
        rows = self.env.execute_query(
            SQL(
                "SELECT DISTINCT harvest_id FROM segmentation_moved "
                "WHERE harvest_id IS NOT NULL"
            )
        )
        harvests = self.env["segmentation.harvest"].sudo()
        return harvests.browse(harvest_id for (harvest_id,) in rows)

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
                   %(share)s AS share, %(gap)s AS gap
              FROM (%(figures)s) figure""",
            share=SHARE,
            gap=GAP,
            figures=figures,
        )

    @api.model
    def _figures(self, company):
        """Return a SELECT of each staged customer's figures in each harvest."""
        return SQL(
            """
            SELECT spine.partner_id, spine.harvest_id,
                   COALESCE(partner.segmentation_zone_id, main.zone_id) AS zone_id,
                   COALESCE(spine.hectares, 0) AS hectares,
                   COALESCE(spine.billing, 0) AS billing,
                   spine.potential, COALESCE(spine.carried, FALSE) AS carried,
                   missing.rates AS missing
              FROM (%(spine)s) spine
              JOIN res_partner partner ON partner.id = spine.partner_id
         LEFT JOIN (%(main_zones)s) main ON main.partner_id = spine.partner_id
         LEFT JOIN (SELECT partner_id, harvest_id,
                           jsonb_agg(DISTINCT jsonb_build_array(
                                         missing_crop_id, zone_id)) AS rates
                      FROM segmentation_stage
                     WHERE missing_crop_id IS NOT NULL
                  GROUP BY 1, 2) missing
                ON missing.partner_id = spine.partner_id
               AND missing.harvest_id = spine.harvest_id""",
            spine=self._spine(company),
            main_zones=SQL(
                """
                SELECT DISTINCT ON (stage.partner_id) stage.partner_id, stage.zone_id
                  FROM segmentation_stage stage
                  JOIN res_partner partner ON partner.id = stage.partner_id
                 WHERE stage.zone_id IS NOT NULL
                   AND partner.segmentation_zone_id IS NULL
              GROUP BY stage.partner_id, stage.zone_id
              ORDER BY stage.partner_id, SUM(stage.hectares) DESC NULLS LAST,
                       SUM(stage.billing) DESC NULLS LAST, stage.zone_id"""
            ),
        )

    @api.model
    def _spine(self, company):
        """Return a SELECT of what is staged of each customer in each harvest.

        Every harvest that had not ended when the customer became one, and any other
        with figures; harvest NULL where something was billed outside any.
        """
        return SQL(
            """
            WITH summed AS (
                SELECT partner_id, harvest_id, SUM(hectares) AS hectares,
                       SUM(billing) AS billing, SUM(potential) AS potential,
                       BOOL_OR(carried) AS carried, MIN(first_date) AS first_date
                  FROM segmentation_stage
              GROUP BY partner_id, harvest_id
            ),
            span AS (
                SELECT customer.partner_id, harvest.id AS harvest_id
                  FROM (SELECT partner_id, MIN(first_date) AS first_date
                          FROM summed GROUP BY partner_id) customer
                  JOIN segmentation_harvest harvest
                    ON harvest.company_id = %s
                   AND harvest.date_end >= customer.first_date
            )
            SELECT COALESCE(span.partner_id, summed.partner_id) AS partner_id,
                   COALESCE(span.harvest_id, summed.harvest_id) AS harvest_id,
                   hectares, billing, potential, carried
              FROM span
         FULL JOIN summed ON summed.partner_id = span.partner_id
                         AND summed.harvest_id = span.harvest_id""",
            company.id,
        )

    @api.model
    def _write_lines(self, company, scope):
        """Write the staged customers' lines where they changed."""
        columns = "billing potential is_potential_known share gap".split()
        table, moved = "segmentation_position_line", "segmentation_moved_line"
        keys = ("partner_id", "harvest_id", "zone_id", "unit_id")
        # PostgreSQL takes what a grouping gives for a tenth of the rows, so that it
        # would sort both sides: a third dearer than hashing them.
        self.env.cr.execute("SET LOCAL enable_mergejoin = off")
        stage(
            self.env,
            moved,
            self._moved(table, self._lines(), company, scope, keys, columns),
            "old_id",
            *keys,
        )
        self.env.cr.execute("SET LOCAL enable_mergejoin TO DEFAULT")
        self._delete_gone(table, moved)
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO segmentation_position_line AS line
                       (position_id, company_id, partner_id, harvest_id, zone_id,
                        unit_id, %(names)s, create_date, write_date)
                SELECT position.id, %(company)s, moved.partner_id, moved.harvest_id,
                       moved.zone_id, moved.unit_id, %(values)s, %(now)s, %(now)s
                  FROM segmentation_moved_line moved
                  JOIN segmentation_position position
                    ON position.company_id = %(company)s
                   AND position.partner_id = moved.partner_id
                   AND COALESCE(position.harvest_id, 0) = COALESCE(moved.harvest_id, 0)
                 WHERE NOT moved.is_gone
              ORDER BY position.id, moved.zone_id, moved.unit_id
           ON CONFLICT (position_id, (COALESCE(zone_id, 0)), (COALESCE(unit_id, 0)))
             DO UPDATE SET %(assignments)s""",
                names=listed(columns),
                values=listed(columns, "moved"),
                company=company.id,
                now=self.env.cr.now(),
                assignments=taken_over([*columns, "write_date"]),
            )
        )

    def _lines(self):
        """Return a SELECT of the staged figures by zone and business unit."""
        return SQL(
            """
            SELECT split.*, potential IS NOT NULL AS is_potential_known,
                   %(share)s AS share, %(gap)s AS gap
              FROM (SELECT partner_id, harvest_id, zone_id, unit_id,
                           COALESCE(SUM(billing), 0) AS billing,
                           SUM(potential) AS potential
                      FROM segmentation_stage
                     WHERE billing IS NOT NULL OR potential IS NOT NULL
                  GROUP BY 1, 2, 3, 4) split""",
            share=SHARE,
            gap=GAP,
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
        """Let PostgreSQL know how many positions there are, after the first fill.

        It finds out by itself, but not at once. Until then it takes thousands for a
        few, and compares each with each: a campaign launched right after the first
        refresh would take minutes for 3000 customers, and grow with the square.
        """
        self.env.cr.execute("ANALYZE segmentation_position, segmentation_position_line")
