from odoo import api, fields, models
from odoo.tools import SQL

from .position import QUADRANTS


class SegmentationChange(models.Model):
    """A customer that moved: from which value to which, when, and by whom.

    Written only by the addon, by set-based SQL (:meth:`_insert`), where a value that
    stood becomes another; what is computed for the first time is no change. Other rooms
    add kinds and their values.
    """

    _name = "segmentation.change"
    _description = "Change of a Customer"
    _inherit = ["segmentation.merge"]
    _order = "date desc, id desc"
    _rec_name = "partner_id"

    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    date = fields.Datetime(
        required=True, readonly=True, help="When the addon came to know of it."
    )
    kind = fields.Selection([("quadrant", "Quadrant")], required=True, readonly=True)
    harvest_id = fields.Many2one(
        "segmentation.harvest",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
    )
    unit_id = fields.Many2one(
        "segmentation.business.unit",
        string="Business Unit",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
    )
    old_value = fields.Selection(QUADRANTS, string="From", readonly=True)
    new_value = fields.Selection(QUADRANTS, string="To", readonly=True)
    user_id = fields.Many2one(
        "res.users",
        string="By Hand of",
        readonly=True,
        ondelete="set null",
        help="Empty: computed.",
    )
    reason = fields.Char(readonly=True, help="As given by whoever changed it by hand.")
    salesperson_id = fields.Many2one(related="partner_id.user_id", related_sudo=True)

    _customer_idx = models.Index("(partner_id, date)")
    _company_idx = models.Index("(company_id, date)")

    @api.depends("partner_id", "old_value", "new_value")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._fields["new_value"]._description_selection(self.env))
        for change in self:
            old, new = labels.get(change.old_value), labels.get(change.new_value)
            change.display_name = f"{change.partner_id.display_name}: {old} → {new}"

    @api.model
    def _insert(self, kind, moved):
        """Return the statement that notes changes, to end a ``WITH`` or stand alone.

        :param SQL moved: table or sub-select with partner_id, company_id, harvest_id,
            unit_id, old_value, new_value, user_id and reason; rows whose values are
            equal, or whose old value is NULL, are no changes
        """
        return SQL(
            """
            INSERT INTO segmentation_change
                   (kind, partner_id, company_id, harvest_id, unit_id, old_value,
                    new_value, user_id, reason, date, create_date, write_date)
            SELECT %(kind)s, partner_id, company_id, harvest_id, unit_id, old_value,
                   new_value, user_id, reason, %(now)s, %(now)s, %(now)s
              FROM %(moved)s
             WHERE old_value <> new_value""",
            kind=kind,
            moved=moved,
            now=self.env.cr.now(),
        )
