from odoo import api, fields, models
from odoo.tools import SQL


class SegmentationSegmentFlow(models.Model):
    """Who came to a segment, and who went: one row for each.

    The sum of ``change`` up to a moment is how many members the segment had then, which
    a cumulated line shows.
    """

    _name = "segmentation.segment.flow"
    _description = "Segments over Time"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "partner_id"

    segment_id = fields.Many2one("segmentation.segment", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Member", readonly=True)
    user_id = fields.Many2one(
        related="partner_id.user_id", string="Salesperson", related_sudo=True
    )
    membership_id = fields.Many2one("segmentation.membership", readonly=True)
    date = fields.Datetime(readonly=True)
    movement = fields.Selection(
        [("entered", "Entered"), ("left", "Left")], readonly=True
    )
    origin = fields.Selection(
        [("rule", "By rule"), ("hand", "By hand")],
        string="How",
        readonly=True,
        help="How the member came to be one.",
    )
    entered = fields.Integer(string="Came", readonly=True)
    gone = fields.Integer(string="Went", readonly=True)
    change = fields.Integer(
        string="Members",
        readonly=True,
        help="Those who came less those who went: cumulated, how many members there "
        "are.",
    )
    reason = fields.Text(
        string="Why",
        compute="_compute_reason",
        help="What held on entry, or on leaving held no more.",
    )

    @api.depends("membership_id.reason", "membership_id.reason_left", "movement")
    @api.depends_context("lang")
    def _compute_reason(self):
        for row in self:
            membership = row.membership_id
            row.reason = (
                membership.reason_left if row.movement == "left" else membership.reason
            )

    @property
    def _table_query(self):
        """Two rows a membership: of its beginning, and of its end once there is one."""
        return SQL(
            """
            SELECT membership.id * 2 + moved.gone AS id, membership.id AS membership_id,
                   membership.segment_id, segment.company_id, membership.partner_id,
                   membership.origin, moved.date, moved.movement,
                   1 - moved.gone AS entered, moved.gone, 1 - 2 * moved.gone AS change
              FROM segmentation_membership membership
              JOIN segmentation_segment segment ON segment.id = membership.segment_id
        CROSS JOIN LATERAL (VALUES (membership.date_from, 'entered', 0),
                                   (membership.date_to, 'left', 1)
                   ) AS moved (date, movement, gone)
             WHERE moved.date IS NOT NULL"""
        )
