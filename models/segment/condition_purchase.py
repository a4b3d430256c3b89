from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL, format_amount, format_date

from ..common.limits import MOST
from ..common.optional_fields import OptionalMonetary, is_empty
from .condition import FIGURES


class SegmentationCondition(models.Model):
    """What the customer bought in a window, how often and for how much.

    Counted are invoices of which something is left, less the credit notes that reverse
    them, by the date of the invoice. The amount is what was billed in the window,
    untaxed, in company currency: each credit note is subtracted at its own date.
    """

    _inherit = "segmentation.condition"

    kind = fields.Selection(
        selection_add=[("purchase", "Purchases")], ondelete={"purchase": "cascade"}
    )
    purchase_of = fields.Selection(
        [
            ("anything", "Anything"),
            ("unit", "Something of business units"),
            ("category", "Something of product categories"),
            ("product", "Certain products"),
        ],
        string="Bought",
        default="anything",
        help="Of several, any one will do. Categories bring those below them along.",
    )
    category_ids = fields.Many2many(
        "product.category", string="Categories", ondelete="restrict"
    )
    product_ids = fields.Many2many(
        "product.template",
        string="Products",
        ondelete="restrict",
        check_company=True,
        context={"active_test": False},
    )
    purchase_window = fields.Selection(
        [
            ("ever", "At any time"),
            ("last", "In the last…"),
            ("dates", "Between two dates"),
            ("harvest", "In a harvest"),
        ],
        string="When",
        default="last",
    )
    last_count = fields.Integer(string="How Many", default=12)
    last_unit = fields.Selection(
        [("days", "Days"), ("months", "Months"), ("years", "Years")],
        string="Days, Months or Years",
        default="months",
    )
    purchase_from = fields.Date(string="First Day", help="Empty: open.")
    purchase_to = fields.Date(string="Last Day", help="Empty: open.")
    purchase_times = fields.Integer(
        string="At Least so Many Invoices",
        default=1,
        help="Invoices that were credited in full do not count.",
    )
    purchase_amount = OptionalMonetary(
        string="At Least for",
        help="Untaxed, credit notes subtracted, in company currency. Empty: any.",
    )

    @api.model
    def _customer_kinds(self):
        return super()._customer_kinds() | {"purchase"}

    def _topics_purchase(self):
        return {FIGURES}

    def _is_timed_purchase(self):
        if self.purchase_window == "harvest":
            return self._is_harvest_timed()
        return self.purchase_window == "last"

    # --- What is wrong with it --------------------------------------------------

    def _problem_purchase(self):
        """Nothing to be bought, or nowhen."""
        if self.purchase_of != "anything" and not self._purchased():
            return self.env._("Choose what was bought: at least one.")
        if self.purchase_times < 1:
            return self.env._("A purchase is made at least once: put 1 or more.")
        problem = getattr(self, f"_window_problem_{self.purchase_window}", None)
        return problem and problem()

    def _window_problem_last(self):
        if not self.last_unit or not 1 <= self.last_count <= MOST:
            return self.env._(
                "Say how many days, months or years to look back: 1 to %s.", MOST
            )
        return None

    def _window_problem_dates(self):
        first, last = self.purchase_from, self.purchase_to
        if not first and not last:
            return self.env._("Choose the first or the last day.")
        if first and last and first > last:
            return self.env._(
                "The first day, %(first)s, is after the last one, %(last)s: change one "
                "of them.",
                first=format_date(self.env, first),
                last=format_date(self.env, last),
            )
        return None

    def _window_problem_harvest(self):
        return self._harvest_problem()

    # --- In words ---------------------------------------------------------------

    def _purchased(self):
        """Return the units, categories or products of which something was bought."""
        chosen = {
            "unit": "unit_ids",
            "category": "category_ids",
            "product": "product_ids",
        }
        name = chosen.get(self.purchase_of)
        return self.sudo()[name] if name else self.browse()

    def _purchase_words(self):
        """Return what was bought, when, how often and for how much, in words."""
        return {
            "what": self._any_name(self._purchased()),
            "when": self._window_words(),
            "times": self.purchase_times,
            "amount": format_amount(
                self.env, self.purchase_amount or 0, self.currency_id
            ),
        }

    def _sentence_purchase(self):
        if self._problem_purchase():
            return ""
        values = self._purchase_words()
        if self.purchase_of == "anything":
            values["what"] = self.env._("something")
        is_often, is_much = self.purchase_times > 1, not is_empty(self.purchase_amount)
        if is_often and is_much:
            return self.env._(
                "bought %(what)s %(when)s, at least %(times)s times and for at least "
                "%(amount)s",
                **values,
            )
        if is_often:
            return self.env._(
                "bought %(what)s %(when)s, at least %(times)s times", **values
            )
        if is_much:
            return self.env._(
                "bought %(what)s %(when)s, for at least %(amount)s", **values
            )
        return self.env._("bought %(what)s %(when)s", **values)

    def _denial_purchase(self):
        if self.purchase_times > 1 or not is_empty(self.purchase_amount):
            return None
        values = self._purchase_words()
        if self.purchase_of == "anything":
            return self.env._("bought nothing %(when)s", **values)
        return self.env._("did not buy %(what)s %(when)s", **values)

    def _window_words(self):
        """Return when something was bought, in words."""
        if self.purchase_window == "last":
            return self._last_words()
        if self.purchase_window == "dates":
            return self._dates_words()
        if self.purchase_window == "harvest":
            return self.env._("in %s", self._harvest_words())
        return self.env._("at any time")

    def _last_words(self):
        count = self.last_count
        if count == 1:
            return {
                "days": self.env._("since yesterday"),
                "months": self.env._("in the last month"),
                "years": self.env._("in the last year"),
            }[self.last_unit]
        return {
            "days": self.env._("in the last %s days", count),
            "months": self.env._("in the last %s months", count),
            "years": self.env._("in the last %s years", count),
        }[self.last_unit]

    def _dates_words(self):
        values = {
            "first": format_date(self.env, self.purchase_from),
            "last": format_date(self.env, self.purchase_to),
        }
        if not self.purchase_to:
            return self.env._("since %(first)s", **values)
        if not self.purchase_from:
            return self.env._("until %(last)s", **values)
        return self.env._("from %(first)s to %(last)s", **values)

    def _values_purchase(self, values):
        words = {
            "times": values["times"],
            "amount": format_amount(self.env, values["amount"], self.currency_id),
            "date": format_date(self.env, values["last"]),
        }
        if values["times"] == 1:
            return self.env._("1 invoice, %(amount)s, on %(date)s", **words)
        return self.env._(
            "%(times)s invoices, %(amount)s, the last on %(date)s", **words
        )

    # --- Who --------------------------------------------------------------------

    def _select_purchase(self, scope):
        """Customers by what was billed to them and their contacts."""
        return SQL(
            """
            SELECT bought.partner_id AS key,
                   JSONB_BUILD_OBJECT('times', bought.times, 'amount', bought.amount,
                                      'last', bought.last) AS detail
              FROM (SELECT partner_id, SUM(amount) AS amount, MAX(day) AS last,
                           COUNT(day) AS times
                      FROM (%(sales)s) sale
                  GROUP BY partner_id) bought
             WHERE bought.times >= %(times)s AND %(for_amount)s""",
            sales=self._sales(scope),
            times=self.purchase_times,
            for_amount=SQL("TRUE")
            if is_empty(self.purchase_amount)
            else SQL("bought.amount >= %s", self.purchase_amount),
        )

    def _sales(self, scope):
        """Return a SELECT of partner_id, amount and day, one row an invoice.

        With the invoice stand the credit notes that reverse it, whatever their date.
        ``amount`` is what was billed in the window; ``day`` is empty where the invoice
        is not of the window, or nothing is left of it.
        """
        figures = self.env["segmentation.figures"]
        in_window = self._in_window("move")
        return SQL(
            """
            SELECT partner.commercial_partner_id AS partner_id,
                   COALESCE(-SUM(line.balance) FILTER (WHERE %(in_window)s), 0)
                       AS amount,
                   CASE WHEN SUM(line.balance) < 0
                        THEN MAX(move.invoice_date) FILTER (
                             WHERE move.move_type = 'out_invoice' AND %(in_window)s)
                         END AS day
                   %(billed)s
               AND %(of_these)s
               AND %(counted)s
          GROUP BY 1, COALESCE(move.reversed_entry_id, move.id)""",
            billed=figures._billed_lines(
                self.company_id,
                scope.any_customer(SQL("partner.commercial_partner_id")),
            ),
            of_these=self._of_these(),
            in_window=in_window,
            counted=self._counted(scope),
        )

    def _counted(self, scope):
        """Return the SQL condition that a move is of the window, or reverses such.

        The moves are chosen before their lines are read, among those of customers in
        scope: a short window costs little, and so do few customers.
        """
        if self.purchase_window == "ever":
            return SQL("TRUE")
        return SQL(
            """
            move.id IN (
            SELECT UNNEST(ARRAY[sold.id, credit.id])
              FROM res_partner buyer
              JOIN account_move sold ON sold.partner_id = buyer.id
         LEFT JOIN account_move credit ON credit.reversed_entry_id = sold.id
             WHERE %(in_scope)s AND %(in_window)s)""",
            in_scope=scope.customers(SQL("buyer.commercial_partner_id")),
            in_window=self._in_window("sold"),
        )

    def _of_these(self):
        """Return the SQL condition that a billed line is of what was chosen."""
        ids = tuple(self._purchased().ids)
        if self.purchase_of == "unit":
            return SQL("claimed.unit_id IN %s", ids)
        if self.purchase_of == "category":
            return SQL(
                """
                template.categ_id IN (
                SELECT below.id
                  FROM product_category chosen
                  JOIN product_category below
                    ON below.parent_path LIKE chosen.parent_path || '%%'
                 WHERE chosen.id IN %s)""",
                ids,
            )
        if self.purchase_of == "product":
            return SQL("template.id IN %s", ids)
        return SQL("TRUE")

    def _in_window(self, alias):
        """Return the SQL condition that an invoice is of the window."""
        date = SQL.identifier(alias, "invoice_date")
        if self.purchase_window == "harvest":
            harvest = SQL.identifier(alias, "segmentation_harvest_id")
            return SQL("%s = %s", harvest, self._harvest().id or None)
        first, last = self._window_dates()
        conditions = [
            SQL("%s >= %s", date, first) if first else None,
            SQL("%s <= %s", date, last) if last else None,
        ]
        return SQL(" AND ").join(filter(None, conditions)) or SQL("TRUE")

    def _window_dates(self):
        """Return the first and the last day, both of the window; empty: open."""
        if self.purchase_window == "last":
            today = self._today()
            return today - relativedelta(**{self.last_unit: self.last_count}), today
        if self.purchase_window == "dates":
            return self.purchase_from, self.purchase_to
        return False, False
