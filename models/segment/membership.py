from odoo import api, fields, models
from odoo.tools import SQL

from .condition import PARTNER
from .mark import COUNTS


class SegmentationMembership(models.Model):
    """A contact in a segment: from when to when, by rule or by hand, and why.

    Written by the refresh of segments only. ``why`` holds, by the id of each condition
    that held on entry, the values because of which it did; ``why_left`` likewise what
    held on leaving, from which follows what did not any more.
    """

    _name = "segmentation.membership"
    _description = "Membership of a Segment"
    _inherit = ["segmentation.merge"]
    _order = "date_from desc, id desc"
    _rec_names_search = ["partner_id", "segment_id"]
    _log_access = False

    segment_id = fields.Many2one(
        "segmentation.segment", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="segment_id.company_id", related_sudo=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Member",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    user_id = fields.Many2one(
        related="partner_id.user_id", string="Salesperson", related_sudo=True
    )
    date_from = fields.Datetime(string="From", required=True, readonly=True)
    date_to = fields.Datetime(
        string="To",
        readonly=True,
        help="Empty: is a member now. No member any more then.",
    )
    origin = fields.Selection(
        [("rule", "By rule"), ("hand", "By hand")],
        string="How",
        required=True,
        readonly=True,
    )
    why = fields.Json(string="Values on Entry", readonly=True)
    why_left = fields.Json(string="Values on Leaving", readonly=True)
    reason = fields.Text(
        string="Why", compute="_compute_reason", help="What held on entry, with values."
    )
    reason_left = fields.Text(string="Why Left", compute="_compute_reason")

    _current_uniq = models.UniqueIndex(
        "(segment_id, partner_id) WHERE date_to IS NULL",
        "A contact is a member of a segment once at a time.",
    )
    _history_idx = models.Index("(segment_id, date_from)")

    @api.depends("why", "why_left")
    @api.depends_context("lang")
    def _compute_reason(self):
        """Tell from the conditions as they are worded now."""
        choices = self._choices_that_stand()
        for membership in self:
            choice = choices.get((membership.segment_id, membership.partner_id))
            membership.reason = membership._reason(choice)
            membership.reason_left = membership.date_to and membership._reason_left(
                choice
            )

    def _choices_that_stand(self):
        """Return ``{(segment, contact): choice}`` of those moved by hand."""
        by_hand = self.filtered(
            lambda row: row.origin == "hand" or "hand" in (row.why_left or ())
        )
        choices = self.env["segmentation.choice"].search(
            [
                ("segment_id", "in", by_hand.segment_id.ids),
                ("partner_id", "in", by_hand.partner_id.ids),
            ]
        )
        return choices.grouped(lambda choice: (choice.segment_id, choice.partner_id))

    def _reason(self, choice):
        """Return which conditions held on entry, and with which values.

        Or why it was chosen by hand, as long as that choice stands.
        """
        if self.origin != "hand":
            return self.segment_id._reason_found(self.why or {})
        if choice and choice.reason and not self.date_to:
            return self.env._("Chosen by hand: %s", choice.reason)
        return self.segment_id._reason_found(None)

    def _reason_left(self, choice):
        """Return which conditions held no more on leaving, or held that exclude.

        Or why it was taken out by hand, as long as that choice stands.
        """
        why = self.why_left
        if not isinstance(why, dict):
            return self.env._("Is no active contact of the company any more.")
        if "hand" in why:
            if choice and choice.reason and choice.date == self.date_to:
                return self.env._("Taken out by hand: %s", choice.reason)
            return self.env._("Taken out by hand.")
        if "rule" in why:
            return self.env._("The rule was changed.")
        return "\n".join(
            self._held_no_more(condition, why.get(str(condition.id)))
            for condition in self.segment_id.condition_ids
            if (str(condition.id) in why) == (condition.role == "exclude")
        )

    def _held_no_more(self, condition, values):
        """Say of a condition that it does not hold now, or that one to exclude does."""
        reason = condition._reason(values)
        if condition.role == "exclude":
            return self.env._("Now: %s", reason)
        return self.env._("No longer: %s", reason)

    @api.model
    def _merge_partners(self, sources, destination):
        """Unite memberships: who was in a segment as any of them was in it.

        Nobody finds members of these segments meanwhile.
        """
        sentences = super()._merge_partners(sources, destination)
        partners = sources | destination
        self.search([("partner_id", "in", partners.ids)]).segment_id._lock()
        self._fold(partners)
        return sentences

    @api.model
    def _fold(self, partners):
        """Make one membership of those in a segment that overlap or touch.

        Of several current ones the first stays, else the first of all.
        """
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                WITH united AS (%s),
                gone AS (
                    DELETE FROM segmentation_membership membership
                     USING united
                     WHERE united.id = membership.id AND united.id <> united.kept_id)
                UPDATE segmentation_membership membership
                   SET date_from = united.date_from
                  FROM united
                 WHERE united.id = membership.id AND united.id = united.kept_id""",
                self._united(partners),
            )
        )
        self.invalidate_model()

    @api.model
    def _united(self, partners):
        """Return the SELECT of contacts' memberships, and the one that each becomes.

        A run of memberships begins with one that begins after all before it have ended;
        it has begun with its first and ends with its last.
        """
        return SQL(
            """
            SELECT id, MIN(date_from) OVER run AS date_from,
                   FIRST_VALUE(id) OVER (
                       run ORDER BY ended DESC, date_from, id) AS kept_id
              FROM (SELECT *, COUNT(*) FILTER (WHERE begins) OVER (
                                  PARTITION BY segment_id ORDER BY date_from, id
                              ) AS number
                      FROM (SELECT id, segment_id, date_from,
                                   COALESCE(date_to, 'infinity') AS ended,
                                   COALESCE(date_from > MAX(COALESCE(
                                       date_to, 'infinity')) OVER (
                                           PARTITION BY segment_id
                                               ORDER BY date_from, id
                                               ROWS BETWEEN UNBOUNDED PRECEDING
                                                        AND 1 PRECEDING),
                                       TRUE) AS begins
                              FROM segmentation_membership
                             WHERE partner_id = ANY(%s)) membership) numbered
            WINDOW run AS (PARTITION BY segment_id, number)""",
            partners.ids,
        )

    @api.model
    def _after_merge(self, partners):
        """Have segments look at whoever is left, and count their members anew."""
        marks = self.env["segmentation.segment.mark"]
        marks._mark(PARTNER, partners.ids)
        current = [("partner_id", "in", partners.ids), ("date_to", "=", False)]
        marks._mark(COUNTS, self.search(current).segment_id.ids)
