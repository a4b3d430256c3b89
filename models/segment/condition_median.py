from odoo import api, fields, models
from odoo.tools import SQL, format_amount, formatLang

from .condition import FIGURES


class SegmentationCondition(models.Model):
    """Customers who buy less at a time, or less often, than others like them.

    Others like them are the customers of the same zone and size who bought anything in
    the same months, themselves included. Size is what they sowed in the reference
    harvest: small, medium or large by hectares, or not known. An invoice counts by its
    date with what the credit notes that reverse it have left of it, untaxed and in
    company currency.

    The median moves with every customer, so everybody is looked at again every hour.
    """

    _inherit = "segmentation.condition"

    kind = fields.Selection(
        selection_add=[("median", "Below others like them")],
        ondelete={"median": "cascade"},
    )
    median_of = fields.Selection(
        [
            ("ticket", "Average amount of an invoice"),
            ("frequency", "Number of invoices"),
        ],
        string="Below the Median in",
        default="ticket",
    )
    medium_from = fields.Float(
        string="Medium from (ha)",
        default=50,
        help="Who sows less is small.",
    )
    large_from = fields.Float(
        string="Large from (ha)",
        default=1000,
        help="Who sows as much or more is large.",
    )

    @api.model
    def _customer_kinds(self):
        return super()._customer_kinds() | {"median"}

    def _topics_median(self):
        return {FIGURES}

    def _is_timed_median(self):
        return True

    def _is_untold_median(self):
        return True

    # --- In words ---------------------------------------------------------------

    def _problem_median(self):
        """No measure, no months, or sizes the wrong way round."""
        if not self.median_of:
            return self.env._(
                "Choose what to compare: the amount or the number of invoices."
            )
        if not 0 < self.medium_from < self.large_from:
            return self.env._(
                "Sizes are small, medium and large: medium must begin above 0 ha, and "
                "large above medium."
            )
        return self._window_problem_last()

    def _sentence_median(self):
        if self._problem_median():
            return ""
        values = {
            "when": self._last_words(),
            "medium": formatLang(self.env, self.medium_from, digits=0),
            "large": formatLang(self.env, self.large_from, digits=0),
        }
        if self.median_of == "ticket":
            return self.env._(
                "buys for less at a time, %(when)s, than half of those of the same "
                "zone and size (small below %(medium)s ha, large from %(large)s ha)",
                **values,
            )
        return self.env._(
            "buys less often, %(when)s, than half of those of the same zone and size "
            "(small below %(medium)s ha, large from %(large)s ha)",
            **values,
        )

    def _values_median(self, values):
        return self.env._(
            "%(value)s against a median of %(median)s among %(peers)s customers",
            value=self._median_words(values["value"]),
            median=self._median_words(values["median"]),
            peers=values["peers"],
        )

    def _median_words(self, value):
        """Return an average amount, or a number of invoices, in words."""
        if self.median_of == "ticket":
            return format_amount(self.env, value, self.currency_id)
        digits = 0 if float(value).is_integer() else 1
        return self.env._("%s invoices", formatLang(self.env, value, digits=digits))

    # --- Who --------------------------------------------------------------------

    def _select_median(self, scope):
        """Customers below the median of their zone and size.

        Looked at are those in scope, and all others of the same zones and sizes.
        """
        values = {
            "ticket": SQL("(SUM(sale.amount) / COUNT(*))::float8"),
            "frequency": SQL("COUNT(*)::float8"),
        }
        return SQL(
            """
            WITH sized AS MATERIALIZED (%(sized)s),
            member AS MATERIALIZED (
                SELECT * FROM sized
                 WHERE (zone, size) IN (SELECT zone, size FROM sized WHERE %(asked)s)),
            peer AS MATERIALIZED (
                SELECT member.partner_id, member.zone, member.size, %(value)s AS value
                  FROM member
                  JOIN (%(sales)s) sale ON sale.partner_id = member.partner_id
              GROUP BY 1, 2, 3)
            SELECT peer.partner_id AS key,
                   JSONB_BUILD_OBJECT('value', peer.value, 'median', middle.median,
                                      'peers', middle.peers) AS detail
              FROM peer
              JOIN (SELECT zone, size, COUNT(*) AS peers,
                           PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY value) AS median
                      FROM peer
                  GROUP BY zone, size) middle
                ON middle.zone = peer.zone AND middle.size = peer.size
             WHERE peer.value < middle.median AND %(in_scope)s""",
            sized=self._sized(),
            asked=scope.customers(SQL("sized.partner_id")),
            value=values[self.median_of],
            sales=self._sales_lately(),
            in_scope=scope.customers(SQL("peer.partner_id")),
        )

    def _sized(self):
        """Return a SELECT of partner_id, zone (0: none) and size of all customers.

        Sizes: 0 not known, 1 small, 2 medium, 3 large.
        """
        company = self.company_id.sudo()
        company = company.with_context(tz=company._segmentation_tz())
        return SQL(
            """
            SELECT partner_id, COALESCE(zone_id, 0) AS zone,
                   CASE WHEN hectares <= 0 THEN 0
                        WHEN hectares < %(medium)s THEN 1
                        WHEN hectares < %(large)s THEN 2
                        ELSE 3 END AS size
              FROM segmentation_position
             WHERE company_id = %(company)s AND harvest_id = %(harvest)s""",
            medium=self.medium_from,
            large=self.large_from,
            company=company.id,
            harvest=company._segmentation_reference_harvest().id or None,
        )

    def _sales_lately(self):
        """Return a SELECT of partner_id and amount, one row an invoice.

        Of the customers in ``member``, the invoices of which something is left. A
        credit note is never older than the invoice that it reverses.
        """
        first, last = self._last_dates()
        return SQL(
            """
            SELECT partner.commercial_partner_id AS partner_id,
                   -SUM(line.balance) AS amount
                   %(billed)s
               AND partner.commercial_partner_id IN (SELECT partner_id FROM member)
               AND move.invoice_date >= %(first)s
          GROUP BY 1, COALESCE(move.reversed_entry_id, move.id)
            HAVING SUM(line.balance) < 0
               AND MAX(move.invoice_date) FILTER (
                   WHERE move.move_type = 'out_invoice') <= %(last)s""",
            billed=self.env["segmentation.figures"]._billed_lines(
                self.company_id, SQL("partner.commercial_partner_id")
            ),
            first=first,
            last=last,
        )
