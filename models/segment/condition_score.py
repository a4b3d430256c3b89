from odoo import api, fields, models
from odoo.tools import SQL, formatLang

from ..common.optional_fields import OptionalFloat, is_empty
from .condition import FIGURES, PARTNER


class SegmentationCondition(models.Model):
    """A number about the contact lies between two others.

    Each is a key of ``score``; its values come from ``_score_<key>(scope)``: a SELECT
    of ``key`` and ``value``, of those in scope who have any. Other rooms add more;
    numbers about the customer as a whole are named by :meth:`_customer_scores`.
    """

    _inherit = "segmentation.condition"

    kind = fields.Selection(
        selection_add=[("score", "Score")], ondelete={"score": "cascade"}
    )
    score = fields.Selection(
        [
            ("completeness", "Completeness of key fields (%)"),
            ("probability", "Probability of the best open opportunity (%)"),
        ],
        string="Which Score",
        default="completeness",
    )
    score_from = OptionalFloat(string="Score From", help="Included. Empty: no limit.")
    score_to = OptionalFloat(string="Score To", help="Included. Empty: no limit.")

    @api.model
    def _customer_scores(self):
        """Return the scores that are about the customer as a whole."""
        return {"probability"}

    def _is_about_customers(self):
        if self.kind != "score":
            return super()._is_about_customers()
        return self.score in self._customer_scores()

    def _topics_score(self):
        return {PARTNER, FIGURES}

    def _is_timed_score(self):
        """Odoo learns probabilities anew each night."""
        return True

    def _problem_score(self):
        """None chosen, or no number between the two."""
        if not self.score:
            return self.env._("Choose the score.")
        if is_empty(self.score_from) and is_empty(self.score_to):
            return self.env._("Enter a score to begin from, or one to end at.")
        if self._is_backwards():
            return self.env._(
                "No score lies between %(low)s and %(high)s: exchange them.",
                low=self._score_words(self.score_from),
                high=self._score_words(self.score_to),
            )
        return None

    def _is_backwards(self):
        ends = (self.score_from, self.score_to)
        return not any(map(is_empty, ends)) and self.score_from > self.score_to

    # --- In words ---------------------------------------------------------------

    def _score_words(self, value):
        digits = 0 if float(value).is_integer() else 2
        return formatLang(self.env, value, digits=digits)

    def _sentence_score(self):
        labels = dict(self._fields["score"]._description_selection(self.env))
        said = {"score": labels.get(self.score)}
        low, high = self.score_from, self.score_to
        if is_empty(high) and is_empty(low):
            return ""
        if is_empty(high):
            said["low"] = self._score_words(low)
            return self.env._("%(score)s is at least %(low)s", **said)
        said["high"] = self._score_words(high)
        if is_empty(low):
            return self.env._("%(score)s is at most %(high)s", **said)
        said["low"] = self._score_words(low)
        return self.env._("%(score)s is from %(low)s to %(high)s", **said)

    def _values_score(self, values):
        return self._score_words(values["value"])

    # --- Whom it finds ----------------------------------------------------------

    def _select_score(self, scope):
        conditions = [SQL("value IS NOT NULL")]
        if not is_empty(self.score_from):
            conditions.append(SQL("value >= %s", self.score_from))
        if not is_empty(self.score_to):
            conditions.append(SQL("value <= %s", self.score_to))
        return SQL(
            """
            SELECT key, JSONB_BUILD_OBJECT('value', value) AS detail
              FROM (%s) score
             WHERE %s""",
            getattr(self, f"_score_{self.score}")(scope),
            SQL(" AND ").join(conditions),
        )

    def _score_completeness(self, scope):
        """Of the contact itself, as its author sees it."""
        partners = self.env["res.partner"]
        query = partners._search([])
        query.add_where(scope.members(SQL("res_partner.id")))
        value = partners._field_to_sql(
            "res_partner", "segmentation_completeness", query
        )
        return query.select(SQL("res_partner.id AS key"), SQL("%s AS value", value))

    def _score_probability(self, scope):
        """Of open opportunities, the highest; rights on them do not matter."""
        return SQL(
            """
            SELECT partner.commercial_partner_id AS key, MAX(lead.probability) AS value
              FROM crm_lead lead
              JOIN res_partner partner ON partner.id = lead.partner_id
             WHERE lead.active AND lead.type = 'opportunity'
               AND lead.won_status = 'pending'
               AND COALESCE(lead.company_id, %(company)s) = %(company)s
               AND %(in_scope)s
          GROUP BY 1""",
            company=self.company_id.id,
            in_scope=scope.customers(SQL("partner.commercial_partner_id")),
        )
