from odoo import api, fields, models
from odoo.tools import SQL


class SegmentationSegmentOverlap(models.Model):
    """How many members two segments share: one row for each pair, both ways round."""

    _name = "segmentation.segment.overlap"
    _description = "Overlap of Segments"
    _auto = False
    _order = "segment_id, shared desc, other_segment_id"
    _rec_name = "other_segment_id"

    segment_id = fields.Many2one("segmentation.segment", readonly=True)
    other_segment_id = fields.Many2one("segmentation.segment", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    member_count = fields.Integer(
        string="Members", readonly=True, aggregator=None, help="Of the segment."
    )
    other_count = fields.Integer(
        string="Members of the Other", readonly=True, aggregator=None
    )
    shared = fields.Integer(string="In Both", readonly=True)
    share = fields.Float(
        string="Share of Members",
        readonly=True,
        aggregator=None,
        help="Members in the other segment too, of all members.",
    )

    @property
    def _table_query(self):
        """Current members only; a filter on the segment reads that segment's alone."""
        return SQL(
            """
            SELECT (shared.segment_id::bigint << 31) + shared.other_segment_id AS id,
                   shared.segment_id, shared.other_segment_id, shared.shared,
                   segment.company_id, segment.member_count,
                   other.member_count AS other_count,
                   shared.shared::float / NULLIF(segment.member_count, 0) AS share
              FROM (SELECT mine.segment_id, theirs.segment_id AS other_segment_id,
                           COUNT(*) AS shared
                      FROM segmentation_membership mine
                      JOIN segmentation_membership theirs
                        ON theirs.partner_id = mine.partner_id
                       AND theirs.segment_id <> mine.segment_id
                     WHERE mine.date_to IS NULL AND theirs.date_to IS NULL
                  GROUP BY 1, 2) shared
              JOIN segmentation_segment segment ON segment.id = shared.segment_id
              JOIN segmentation_segment other ON other.id = shared.other_segment_id
             WHERE segment.active AND other.active
               AND other.company_id = segment.company_id"""
        )

    @api.readonly
    def action_view_shared(self):
        """Open those who are in both."""
        self.ensure_one()
        self.check_access("read")
        other = [
            ("segment_id", "=", self.other_segment_id.id),
            ("date_to", "=", False),
        ]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._(
                "“%(segment)s” and “%(other)s”",
                segment=self.segment_id.name,
                other=self.other_segment_id.name,
            ),
            "res_model": "segmentation.membership",
            "views": [(False, "list")],
            "domain": [
                ("segment_id", "=", self.segment_id.id),
                ("date_to", "=", False),
                ("partner_id.segmentation_membership_ids", "any", other),
            ],
        }
