from odoo import fields, models
from odoo.tools import SQL

from .formulas import share_of_sums


class CopiedMany2one(fields.Many2one):
    """Repeats a link of the position, whose foreign key speaks for its lines, too.

    They go with their position, which goes with what it links to. PostgreSQL looks each
    foreign key up for each row written: a third of the time of a first fill.
    """

    def update_db_foreign_key(self, model, column):
        """Add no foreign key."""


class SegmentationPositionLine(models.Model):
    """A position split by zone and business unit; its lines add up to it.

    Written only by the refresh, like the position. Billing stands in the zone of the
    invoice, potential in the zone of the parcel.
    """

    _name = "segmentation.position.line"
    _description = "Position by Zone and Business Unit"
    _order = "gap desc NULLS LAST, id"

    position_id = fields.Many2one(
        "segmentation.position", required=True, readonly=True, ondelete="cascade"
    )
    partner_id = CopiedMany2one(
        "res.partner",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    harvest_id = CopiedMany2one(
        "segmentation.harvest", readonly=True, ondelete="cascade"
    )
    company_id = CopiedMany2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    quadrant = fields.Selection(related="position_id.quadrant")
    zone_id = fields.Many2one("segmentation.zone", readonly=True, ondelete="cascade")
    unit_id = fields.Many2one(
        "segmentation.business.unit",
        string="Business Unit",
        readonly=True,
        ondelete="cascade",
    )
    billing = fields.Monetary(readonly=True, help="Untaxed, credit notes subtracted.")
    potential = fields.Monetary(readonly=True)
    is_potential_known = fields.Boolean(string="Potential Known", readonly=True)
    share = fields.Float(
        readonly=True, aggregator="avg", help="Billing / potential; of sums in groups."
    )
    gap = fields.Monetary(readonly=True, help="Potential less billing.")

    _split_uniq = models.UniqueIndex(
        "(position_id, COALESCE(zone_id, 0), COALESCE(unit_id, 0))"
    )
    _harvest_idx = models.Index("(company_id, harvest_id)")

    def _read_group_select(self, aggregate_spec, query):
        """A group's share is that of its sums; see the position's."""
        if aggregate_spec != "share:avg":
            return super()._read_group_select(aggregate_spec, query)
        position, alias = self._fields["position_id"].join(self, self._table, query)
        potential = position._field_to_sql(alias, "potential", query)
        return share_of_sums(self, query, SQL("%s <> 0", potential))
