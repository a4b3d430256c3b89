from odoo import api, fields, models
from odoo.tools import SQL

from .condition import FIGURES


class SegmentationCondition(models.Model):
    """An opportunity of the customer or of one of its contacts was lost, and why.

    Rights on opportunities do not matter: that one was lost, and for which reason, is a
    fact for all who segment by it, and nothing else of it is told.
    """

    _inherit = "segmentation.condition"

    kind = fields.Selection(
        selection_add=[("lost", "Lost opportunity")], ondelete={"lost": "cascade"}
    )
    lost_reason_ids = fields.Many2many(
        "crm.lost.reason",
        string="Lost Because of",
        ondelete="restrict",
        context={"active_test": False},
        help="Any one of them will do. Empty: lost for whatever reason.",
    )

    @api.model
    def _customer_kinds(self):
        return super()._customer_kinds() | {"lost"}

    def _topics_lost(self):
        return {FIGURES}

    def _is_timed_lost(self):
        return bool(self.ago_most or self.ago_least)

    def _problem_lost(self):
        return self._period_problem()

    def _lost_words(self):
        """Return what is asked of the opportunity, in words; empty if nothing is."""
        details = [
            self.lost_reason_ids
            and self.env._("reason: %s", self._any_name(self.lost_reason_ids)),
            self.unit_ids
            and self.env._("business unit: %s", self._any_name(self.unit_ids)),
            self._period_words(),
        ]
        return "; ".join(filter(None, details))

    def _sentence_lost(self):
        if details := self._lost_words():
            return self.env._("an opportunity was lost (%s)", details)
        return self.env._("an opportunity was lost")

    def _denial_lost(self):
        if details := self._lost_words():
            return self.env._("no opportunity was lost (%s)", details)
        return self.env._("no opportunity was lost")

    def _values_lost(self, values):
        names = values.get("reason") or {}
        reason = names.get(self.env.lang) or names.get("en_US")
        told = [reason, self._moment_words(values.get("date"))]
        return ", ".join(filter(None, told))

    def _select_lost(self, scope):
        """Customers, with the opportunity that was lost last of those asked for."""
        return SQL(
            """
            SELECT DISTINCT ON (key)
                   partner.commercial_partner_id AS key,
                   JSONB_BUILD_OBJECT(
                       'date', date_trunc('second', lead.date_closed),
                       'reason', reason.name) AS detail
              FROM crm_lead lead
              JOIN res_partner partner ON partner.id = lead.partner_id
         LEFT JOIN crm_lost_reason reason ON reason.id = lead.lost_reason_id
             WHERE lead.type = 'opportunity' AND lead.won_status = 'lost'
               AND COALESCE(lead.company_id, %(company)s) = %(company)s
               AND %(reasons)s AND %(units)s AND %(in_period)s AND %(in_scope)s
          ORDER BY key, lead.date_closed DESC NULLS LAST, lead.id DESC""",
            company=self.company_id.id,
            reasons=self._is_one_of(SQL("lead.lost_reason_id"), self.lost_reason_ids),
            units=self._is_one_of(SQL("lead.segmentation_unit_id"), self.unit_ids),
            in_period=self._in_period(SQL("lead.date_closed")),
            in_scope=scope.customers(SQL("partner.commercial_partner_id")),
        )

    @api.model
    def _is_one_of(self, column, records):
        """Return the SQL condition that a column is one of the records, if any."""
        if not records:
            return SQL("TRUE")
        return SQL("%s = ANY(%s)", column, records.ids)


class CrmLostReason(models.Model):
    """A reason that segments ask for stays."""

    _name = "crm.lost.reason"
    _inherit = ["crm.lost.reason", "segmentation.in.use"]
