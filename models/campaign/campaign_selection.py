from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ...engine import strategy

#: rows that the preview shows
FIRST_ROWS = 8
#: shares of the customers between which the distribution is shown
QUANTILES = (0.0, 0.25, 0.5, 0.75, 1.0)


class SegmentationCampaignCriteria(models.AbstractModel):
    """Finds the customers that the criteria choose, in SQL.

    The preview counts the very rows that the launch freezes: both read
    :meth:`_segmentation_selection`. Each is one statement, whatever the number of
    customers.
    """

    _name = "segmentation.campaign.criteria"
    _inherit = "segmentation.campaign.criteria"

    # -- Which customers

    def _segmentation_selection(self):
        """Return a SELECT of all customers in scope, with what becomes of each.

        Columns: those of ``segmentation.position._classified``, and

        - ``fate``: ``chosen``; ``archived``, would be chosen were it not archived;
          ``no_potential``, would be were its potential known; else ``outside``
        - ``user_id``: the salesperson
        - of chosen customers only: ``recipient_id`` (whom to write to or call),
          ``email_fate`` (``reached``, ``missing``, ``blacklisted``, ``opted_out``, or
          ``shared`` with a customer who already gets the message) and ``has_phone``, of
          the recipient

        Amounts are in the currency of the criteria's company. Everything is flushed.
        """
        self.ensure_one()
        return SQL(
            """
            SELECT fated.*,
                   recipient.id AS recipient_id,
                   %(email_fate)s AS email_fate,
                   %(has_phone)s AS has_phone
              FROM (%(fated)s) fated
         LEFT JOIN LATERAL (%(recipient)s) recipient ON TRUE
            """,
            email_fate=self._segmentation_email_fate(),
            has_phone=self._segmentation_has_phone(),
            fated=self._segmentation_fated(),
            recipient=self._segmentation_recipient(),
        )

    def _segmentation_fated(self):
        """Return a SELECT of the customers in scope, each with its ``fate``.

        With their own addresses, too, and whether they come before all their contacts.
        """
        return SQL(
            """
            SELECT figures.*, customer.user_id, customer.email_normalized AS email,
                   customer.phone, customer.phone_sanitized,
                   %(is_recipient)s AS is_recipient,
                   CASE WHEN NOT (%(in_filter)s) THEN 'outside'
                        WHEN %(matches)s AND customer.active THEN 'chosen'
                        WHEN %(matches)s THEN 'archived'
                        WHEN %(needs_potential)s AND customer.active
                        THEN 'no_potential'
                        ELSE 'outside'
                   END AS fate
              FROM (%(figures)s) figures
              JOIN res_partner customer ON customer.id = figures.partner_id
            """,
            in_filter=self._segmentation_in_filter(),
            is_recipient=self._segmentation_is_recipient(),
            matches=self._segmentation_matches(),
            needs_potential=self._segmentation_needs_potential(),
            figures=self._segmentation_figures(),
        )

    def _segmentation_figures(self):
        """Return a SELECT of the customers in scope, with their figures."""
        position = self.env["segmentation.position"]
        return position._classified(*self._segmentation_scope())

    def _segmentation_scope(self):
        """Arguments of the position room's figures: company, harvest, window…"""
        return (
            self.segmentation_company_id,
            self.segmentation_harvest_id,
            self.segmentation_window,
            self.segmentation_zone_ids._origin,
            self.segmentation_unit_ids._origin,
        )

    def _segmentation_in_filter(self):
        """SQL condition: the customer meets the extra filter.

        It is searched with the user's own rights; archived customers are found too, to
        be counted as such.
        """
        domain = self._segmentation_domain()
        if domain.is_true():
            return SQL("TRUE")
        partners = self.env["res.partner"].with_context(active_test=False)
        return SQL("figures.partner_id IN %s", partners._search(domain).subselect())

    def _segmentation_matches(self):
        """SQL condition: ``engine.strategy.matches`` of the customer's figures.

        Ranges that contradict the strategy choose nobody.
        """
        criteria = self._segmentation_criteria()
        if strategy.check(criteria):
            return SQL("FALSE")
        if criteria.strategy == strategy.ALL:
            return SQL("TRUE")
        if criteria.follows_quadrant:
            return SQL("figures.quadrant = %s", criteria.strategy)
        return SQL(
            "(%s) AND (%s)",
            self._segmentation_holds("potential", criteria.potential),
            self._segmentation_holds("billing", criteria.billing),
        )

    def _segmentation_needs_potential(self):
        """SQL condition: only the missing potential keeps the customer out."""
        criteria = self._segmentation_criteria()
        if criteria.strategy == strategy.ALL or strategy.check(criteria):
            return SQL("FALSE")
        if criteria.follows_quadrant:
            return SQL("figures.potential IS NULL")
        if criteria.potential is None:
            return SQL("FALSE")
        return SQL(
            "figures.potential IS NULL AND (%s)",
            self._segmentation_holds("billing", criteria.billing),
        )

    @api.model
    def _segmentation_holds(self, figure, amounts):
        """SQL condition: the figure is known and lies in the range, if there is one."""
        if amounts is None:
            return SQL("TRUE")
        column = SQL("figures.%s", SQL.identifier(figure))
        conditions = [SQL("%s IS NOT NULL", column)]
        if amounts.start is not None:
            conditions.append(SQL("%s >= %s", column, amounts.start))
        if amounts.end is not None:
            conditions.append(SQL("%s <= %s", column, amounts.end))
        return SQL(" AND ").join(conditions)

    # -- Whom to write to

    def _segmentation_contacts(self, partner_id, contact):
        """SQL condition: an active contact of the customer, or itself.

        Contacts that belong to another company are left alone.

        :param SQL partner_id: the customer
        :param SQL contact: the table
        """
        return SQL(
            """%(contact)s.commercial_partner_id = %(customer)s AND %(contact)s.active
               AND COALESCE(%(contact)s.company_id, %(company)s) = %(company)s""",
            contact=contact,
            customer=partner_id,
            company=self.segmentation_company_id.id,
        )

    def _segmentation_recipient(self):
        """Return a SELECT of whom to write to or call, with the normalised address.

        Of chosen customers: the customer itself if it has an e-mail, else its first
        contact that has one; where nobody has, the same by phone. Nobody looks for
        another contact when the customer is on the blacklist. Contacts are looked up
        only where they matter.
        """
        return SQL(
            """
            SELECT fated.partner_id AS id, fated.email, fated.phone,
                   fated.phone_sanitized
             WHERE fated.fate = 'chosen' AND fated.is_recipient
         UNION ALL
           (SELECT contact.id, contact.email_normalized, contact.phone,
                   contact.phone_sanitized
              FROM res_partner contact
             WHERE fated.fate = 'chosen' AND NOT fated.is_recipient AND %s
          ORDER BY contact.email_normalized IS NULL,
                   contact.email_normalized IS NULL
                   AND COALESCE(contact.phone, '') = '',
                   %s, contact.id
             LIMIT 1)
            """,
            self._segmentation_contacts(SQL("fated.partner_id"), SQL("contact")),
            self._segmentation_preferred(),
        )

    def _segmentation_is_recipient(self):
        """SQL condition: ``customer`` is sure to come first, whatever its contacts."""
        return SQL(
            "(customer.email_normalized IS NOT NULL AND %s)",
            self._segmentation_contacts(SQL("customer.id"), SQL("customer")),
        )

    def _segmentation_preferred(self):
        """SQL order of those who can be reached alike: the customer itself first."""
        return SQL("contact.id = fated.partner_id DESC")

    def _segmentation_email_fate(self):
        """SQL of ``email_fate``, as :meth:`_segmentation_selection` explains it."""
        return SQL(
            """
            CASE WHEN fated.fate <> 'chosen' THEN NULL
                 WHEN recipient.email IS NULL THEN 'missing'
                 WHEN EXISTS (SELECT FROM mail_blacklist
                               WHERE email = recipient.email AND active)
                 THEN 'blacklisted'
                 WHEN %s THEN 'opted_out'
                 WHEN ROW_NUMBER() OVER (
                          PARTITION BY fated.fate, recipient.email COLLATE "C"
                              ORDER BY fated.partner_id) > 1
                 THEN 'shared'
                 ELSE 'reached'
            END
            """,
            self._segmentation_opted_out(),
        )

    def _segmentation_opted_out(self):
        """SQL condition: the recipient wants no such messages."""
        return SQL("FALSE")

    def _segmentation_has_phone(self):
        """SQL: the recipient, to whom an SMS goes as well, has a number to use."""
        return SQL(
            """
            recipient.phone <> ''
            AND NOT EXISTS (SELECT FROM phone_blacklist
                             WHERE number = recipient.phone_sanitized AND active)
            AND (%s) IS NOT TRUE
            """,
            self._segmentation_opted_out(),
        )

    # -- Preview

    def _segmentation_preview(self):
        """Return the numbers of what a launch would do now.

        :return: the totals of :meth:`_segmentation_measures`, those of
            :meth:`_segmentation_details`, ``quadrants`` ({quadrant: the same measures})
            and ``waiting`` (a sentence when the figures are not up to date, else empty)
        """
        waiting = self._segmentation_refresh()
        results = self.env.execute_query_dict(
            SQL(
                """
                WITH selection AS MATERIALIZED (
                    SELECT partner_id, quadrant, billing, potential, gap,
                           is_lower_bound, unknown_harvest_ids, fate, email_fate,
                           has_phone
                      FROM (%(selection)s) selected)
                SELECT quadrant, GROUPING(quadrant) = 1 AS is_total, %(measures)s,
                       %(details)s
                  FROM selection
              GROUP BY GROUPING SETS ((quadrant), ())
                """,
                selection=self._segmentation_selection(),
                measures=self._segmentation_measures(),
                details=self._segmentation_details(),
            )
        )
        total = next(result for result in results if result["is_total"])
        return {
            **total,
            "waiting": waiting,
            "rows": total["rows"] or [],
            "unknown_harvests": total["unknown_harvests"] or [],
            "quadrants": {
                result["quadrant"]: result
                for result in results
                if not result["is_total"]
            },
        }

    def _segmentation_refresh(self):
        """Bring the figures up to date before they are used.

        Only of a company that the user works in: the figures know no record rules.

        :return: a sentence when there are too many to wait for, else empty
        """
        if problem := self._segmentation_access_problem():
            raise AccessError(problem)
        return self.env["segmentation.refresh"]._refresh_pending(
            self.segmentation_company_id
        )

    def _segmentation_access_problem(self):
        """A sentence when the user does not work in the company now, else False."""
        company = self.segmentation_company_id
        if company in self.env.companies:
            return False
        return self.env._(
            "The campaign belongs to %(company)s: choose that company in the company"
            " menu first.",
            company=company.sudo().name,
        )

    @api.model
    def _segmentation_measures(self):
        """SQL columns that sum up a group of customers.

        Amounts are floats; None where there is nothing known to sum.
        """

        def counted(condition):
            return SQL("COUNT(*) FILTER (WHERE %s)", condition)

        def summed(figure):
            return SQL(
                "(SUM(%s) FILTER (WHERE fate = 'chosen'))::float8",
                SQL.identifier(figure),
            )

        measures = {
            "customers": counted(SQL("fate = 'chosen'")),
            "billing": summed("billing"),
            "potential": summed("potential"),
            "gap": summed("gap"),
            "reached": counted(SQL("email_fate = 'reached'")),
            "missing": counted(SQL("email_fate = 'missing'")),
            "blacklisted": counted(SQL("email_fate = 'blacklisted'")),
            "opted_out": counted(SQL("email_fate = 'opted_out'")),
            "shared": counted(SQL("email_fate = 'shared'")),
            "phones": counted(SQL("has_phone")),
            "archived": counted(SQL("fate = 'archived'")),
            "no_potential": counted(SQL("fate = 'no_potential'")),
            "lower_bound": counted(SQL("fate = 'chosen' AND is_lower_bound")),
            "in_scope": SQL("COUNT(*)"),
        }
        return SQL(", ").join(
            SQL("%s AS %s", sql, SQL.identifier(name)) for name, sql in measures.items()
        )

    @api.model
    def _segmentation_details(self):
        """SQL columns that only the total has.

        ``billing_quantiles`` and ``potential_quantiles`` (amounts at ``QUANTILES``,
        over all customers in scope), ``rows`` (the largest customers chosen) and
        ``unknown_harvests`` (names of those in which the potential of chosen customers
        is not known though it is in others).
        """
        details = {
            "billing_quantiles": self._segmentation_quantiles("billing"),
            "potential_quantiles": self._segmentation_quantiles("potential"),
            "rows": self._segmentation_first_rows(),
            "unknown_harvests": self._segmentation_unknown_harvests(),
        }
        return SQL(", ").join(
            SQL(
                "CASE WHEN GROUPING(quadrant) = 1 THEN (%s) END AS %s",
                select,
                SQL.identifier(name),
            )
            for name, select in details.items()
        )

    @api.model
    def _segmentation_quantiles(self, figure):
        """Return a SELECT of the quantiles; unknown figures do not count."""
        return SQL(
            """
            SELECT percentile_disc(%s::float8[]) WITHIN GROUP (ORDER BY %s::float8)
              FROM selection""",
            list(QUANTILES),
            SQL.identifier(figure),
        )

    @api.model
    def _segmentation_unknown_harvests(self):
        """Return a SELECT of the harvests of unknown potential, as one JSON list."""
        return SQL(
            """
            SELECT JSON_AGG(harvest.name ORDER BY harvest.date_start)
              FROM segmentation_harvest harvest
             WHERE harvest.id IN (SELECT UNNEST(unknown_harvest_ids) FROM selection
                                   WHERE fate = 'chosen' AND is_lower_bound)
            """
        )

    @api.model
    def _segmentation_first_rows(self):
        """Return a SELECT of the largest customers chosen, as one JSON list."""
        return SQL(
            """
            SELECT JSON_AGG(first ORDER BY first.size DESC, first.partner_id)
              FROM (SELECT largest.partner_id, customer.complete_name AS name,
                           largest.billing::float8, largest.potential::float8,
                           largest.gap::float8, largest.quadrant,
                           largest.email_fate, largest.size
                      FROM (SELECT *, GREATEST(billing, potential) AS size
                              FROM selection WHERE fate = 'chosen'
                          ORDER BY size DESC, partner_id
                             LIMIT %s) largest
                      JOIN res_partner customer ON customer.id = largest.partner_id
                   ) first
            """,
            FIRST_ROWS,
        )
