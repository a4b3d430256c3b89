from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL, format_date

from .condition import FIGURES


class SegmentationCondition(models.Model):
    """Customers who are new: they bought for the first time not long ago.

    Purchases are those of the relation room: an invoice of which something is left,
    less the credit notes that reverse it, by its date.
    """

    _inherit = "segmentation.condition"

    kind = fields.Selection(
        selection_add=[("first_purchase", "First purchase")],
        ondelete={"first_purchase": "cascade"},
    )

    @api.model
    def _customer_kinds(self):
        return super()._customer_kinds() | {"first_purchase"}

    def _topics_first_purchase(self):
        return {FIGURES}

    def _is_timed_first_purchase(self):
        return True

    def _problem_first_purchase(self):
        """No time to look back."""
        return self._window_problem_last()

    def _sentence_first_purchase(self):
        if self._problem_first_purchase():
            return ""
        return self.env._("bought for the first time %s", self._last_words())

    def _values_first_purchase(self, values):
        return self.env._("on %s", format_date(self.env, values["first"]))

    def _last_dates(self):
        """Return the first and the last day, both included, of the time looked back."""
        today = self._today()
        return today - relativedelta(**{self.last_unit: self.last_count}), today

    def _select_first_purchase(self, scope):
        """Customers by the day of their first purchase."""
        first, last = self._last_dates()
        return SQL(
            """
            SELECT partner_id AS key,
                   JSONB_BUILD_OBJECT('first', date_first) AS detail
              FROM segmentation_relation
             WHERE company_id = %(company)s AND unit_id IS NULL
               AND date_first BETWEEN %(first)s AND %(last)s
               AND %(in_scope)s""",
            company=self.company_id.id,
            first=first,
            last=last,
            in_scope=scope.customers(SQL("partner_id")),
        )
