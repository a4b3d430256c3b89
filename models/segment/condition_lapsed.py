from odoo import api, fields, models
from odoo.tools import SQL, format_amount, format_date, format_list

from .condition import FIGURES

#: how many harvests may go by without a purchase
MOST = 20


class SegmentationCondition(models.Model):
    """Customers who are lost: they bought, but nothing in the last harvests.

    The last harvests are the reference harvest and those before it, of any kind.
    Nothing was billed in them, and nothing bought since the first of them began,
    between harvests either. What they used to buy is all that was billed to them:
    untaxed, credit notes subtracted, in company currency.
    """

    _inherit = "segmentation.condition"

    kind = fields.Selection(
        selection_add=[("lapsed", "Lost customers")], ondelete={"lapsed": "cascade"}
    )
    lapsed_harvests = fields.Integer(
        string="Harvests without a Purchase",
        default=2,
        help="The reference harvest counts, and those before it, of any kind.",
    )

    @api.model
    def _customer_kinds(self):
        return super()._customer_kinds() | {"lapsed"}

    def _topics_lapsed(self):
        return {FIGURES}

    def _is_timed_lapsed(self):
        """The reference harvest moves on by the date, unless it is set."""
        return not self.company_id.sudo().segmentation_harvest_id

    def _problem_lapsed(self):
        """No harvest to look at."""
        if not 1 <= self.lapsed_harvests <= MOST:
            return self.env._(
                "Say for how many harvests they bought nothing: 1 to %s.", MOST
            )
        return None

    def _last_harvests(self):
        """Return the harvests in which nothing was bought, the oldest first."""
        company = self.company_id.sudo()
        company = company.with_context(tz=company._segmentation_tz())
        reference = company._segmentation_reference_harvest()
        begun = [
            harvest_id
            for start, _end, harvest_id in reference._calendar(company.id)
            if reference and start <= reference.date_start
        ]
        return reference.browse(begun[-self.lapsed_harvests :])

    def _sentence_lapsed(self):
        if self._problem_lapsed():
            return ""
        harvests = self._last_harvests().mapped("name")
        if not harvests:
            return self.env._("bought before, but nothing since (there is no harvest)")
        if len(harvests) == 1:
            return self.env._(
                "bought before, but nothing in the last harvest (%s)", harvests[0]
            )
        return self.env._(
            "bought before, but nothing in the last %(count)s harvests (%(harvests)s)",
            count=len(harvests),
            harvests=format_list(self.env, harvests),
        )

    def _values_lapsed(self, values):
        return self.env._(
            "%(amount)s before, the last on %(date)s",
            amount=format_amount(self.env, values["amount"], self.currency_id),
            date=format_date(self.env, values["last"]),
        )

    def _select_lapsed(self, scope):
        """Customers by their last purchase and what was billed in each harvest."""
        harvests = self._last_harvests()
        return SQL(
            """
            SELECT relation.partner_id AS key,
                   JSONB_BUILD_OBJECT('amount', SUM(position.billing),
                                      'last', MAX(relation.date_last)) AS detail
              FROM segmentation_relation relation
              JOIN segmentation_position position
                ON position.company_id = relation.company_id
               AND position.partner_id = relation.partner_id
             WHERE relation.company_id = %(company)s AND relation.unit_id IS NULL
               AND relation.date_last < %(first)s
               AND %(in_scope)s
          GROUP BY relation.partner_id
            HAVING SUM(position.billing) > 0
               AND COUNT(*) FILTER (WHERE position.harvest_id = ANY(%(last)s)
                                      AND position.billing > 0) = 0""",
            company=self.company_id.id,
            first=harvests[:1].date_start or None,
            last=harvests.ids,
            in_scope=scope.customers(SQL("relation.partner_id")),
        )
