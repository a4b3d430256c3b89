from odoo import api, fields, models
from odoo.tools import SQL

from ..position.position import QUADRANTS
from .condition import FIGURES


class SegmentationCondition(models.Model):
    """In which quadrant the customer is in a harvest, and from which it came."""

    _inherit = "segmentation.condition"

    kind = fields.Selection(
        selection_add=[("quadrant", "Quadrant")], ondelete={"quadrant": "cascade"}
    )
    is_retention = fields.Boolean(string="Retention")
    is_investment = fields.Boolean(string="Investment")
    is_revision = fields.Boolean(string="Revision")
    is_no_investment = fields.Boolean(string="No Investment")
    is_unknown = fields.Boolean(string="Potential Unknown")
    quadrant_moved = fields.Boolean(
        string="Moved from Another",
        help="Only those who were in another quadrant in the harvest before, of the "
        "same kind: in one of these, or in any if none is chosen.",
    )
    was_retention = fields.Boolean(string="From Retention")
    was_investment = fields.Boolean(string="From Investment")
    was_revision = fields.Boolean(string="From Revision")
    was_no_investment = fields.Boolean(string="From No Investment")
    was_unknown = fields.Boolean(string="From Potential Unknown")

    @api.model
    def _customer_kinds(self):
        return super()._customer_kinds() | {"quadrant"}

    def _topics_quadrant(self):
        return {FIGURES}

    def _is_timed_quadrant(self):
        return self._is_harvest_timed()

    def _problem_quadrant(self):
        """None chosen, or a move from a quadrant to itself."""
        now, before = self._quadrants()
        if not now and not self.quadrant_moved:
            return self.env._("Choose at least one quadrant.")
        if len(now) == 1 and now == before:
            return self.env._(
                "Nobody moves from a quadrant to itself (%s): choose another one.",
                self._quadrant_words(now),
            )
        return self._harvest_problem()

    def _quadrants(self):
        """Return the quadrants to be in, and those to have been in before."""
        before = self._chosen("was", QUADRANTS) if self.quadrant_moved else []
        return self._chosen("is", QUADRANTS), before

    def _quadrant_words(self, quadrants):
        """Return the names of quadrants; of none, that any other will do."""
        labels = self.env["segmentation.position"]._fields["quadrant"]
        labels = dict(labels._description_selection(self.env))
        words = [labels[quadrant] for quadrant in quadrants]
        return self._any_of(words) or self.env._("another quadrant")

    def _sentence_quadrant(self):
        if self._problem_quadrant():
            return ""
        now, before = self._quadrants()
        values = {
            "quadrants": self._quadrant_words(now),
            "before": self._quadrant_words(before),
            "harvest": self._harvest_words(),
        }
        if self.quadrant_moved:
            return self.env._(
                "moved from %(before)s to %(quadrants)s between the harvest before and "
                "%(harvest)s",
                **values,
            )
        return self.env._("quadrant %(quadrants)s in %(harvest)s", **values)

    def _values_quadrant(self, values):
        words = {
            "quadrant": self._quadrant_words([values["quadrant"]]),
            "harvest": values["harvest"],
        }
        if "before" not in values:
            return self.env._("%(quadrant)s in %(harvest)s", **words)
        return self.env._(
            "%(before)s in %(harvest_before)s, %(quadrant)s in %(harvest)s",
            before=self._quadrant_words([values["before"]]),
            harvest_before=values["harvest_before"],
            **words,
        )

    def _select_quadrant(self, scope):
        """Customers by their quadrant, of those that moved with the one before."""
        harvest = self._harvest()
        before = self._harvest_before(harvest)
        now_in, was_in = self._quadrants()
        return SQL(
            """
            SELECT position.partner_id AS key,
                   JSONB_BUILD_OBJECT('harvest', %(harvest_name)s::text,
                                      'harvest_before', %(before_name)s::text,
                                      'quadrant', position.quadrant,
                                      'before', before.quadrant) AS detail
              FROM segmentation_position position
         LEFT JOIN segmentation_position before
                ON %(moved)s
               AND before.company_id = position.company_id
               AND before.partner_id = position.partner_id
               AND before.harvest_id = %(before)s
             WHERE position.company_id = %(company)s
               AND position.harvest_id = %(harvest)s
               AND %(now_in)s
               AND (NOT %(moved)s
                    OR before.quadrant <> position.quadrant AND %(was_in)s)
               AND %(in_scope)s""",
            harvest_name=harvest.name or "",
            before_name=before.name if self.quadrant_moved else None,
            moved=self.quadrant_moved,
            before=before.id or None,
            company=self.company_id.id,
            harvest=harvest.id or None,
            now_in=self._in_quadrants("position", now_in),
            was_in=self._in_quadrants("before", was_in),
            in_scope=scope.customers(SQL("position.partner_id")),
        )

    @api.model
    def _in_quadrants(self, alias, quadrants):
        """Return the SQL condition that a position is in one of them; none: in any."""
        column = SQL.identifier(alias, "quadrant")
        if not quadrants:
            return SQL("%s IS NOT NULL", column)
        return SQL("%s IN %s", column, tuple(quadrants))
