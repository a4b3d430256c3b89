from odoo import api, fields, models
from odoo.exceptions import UserError

from ..common.groups import USER
from ..common.ruled_fields import RuledOne2many


class ResPartner(models.Model):
    _inherit = "res.partner"

    segmentation_zone_id = fields.Many2one(
        "segmentation.zone",
        string="Growing Zone",
        index="btree_not_null",
        ondelete="restrict",
        groups="base.group_user",
        help="Where the partner grows; proposed for its parcels.",
    )
    segmentation_parcel_ids = RuledOne2many(
        "segmentation.parcel",
        "partner_id",
        string="Parcels",
        groups=USER,
    )
    segmentation_parcel_count = fields.Integer(
        compute="_compute_segmentation_land",
        groups=USER,
        help="Parcels of the whole customer, with its contacts and farms.",
    )
    segmentation_hectares = fields.Float(
        string="Hectares",
        compute="_compute_segmentation_land",
        digits=(16, 4),
        groups=USER,
        help="Hectares of the whole customer, with its contacts and farms.",
    )
    segmentation_planting_totals = fields.Html(
        string="Plantings per Harvest",
        compute="_compute_segmentation_planting_totals",
        sanitize=False,
        groups=USER,
    )

    @api.depends("commercial_partner_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_segmentation_land(self):
        land = self.env["segmentation.parcel"]._read_group(
            [("customer_id", "in", self.commercial_partner_id._origin.ids)],
            ["customer_id"],
            ["__count", "hectares:sum"],
        )
        totals = {customer: (count, hectares) for customer, count, hectares in land}
        for partner in self:
            customer = partner.commercial_partner_id._origin
            count, hectares = totals.get(customer, (0, 0))
            partner.segmentation_parcel_count = count
            partner.segmentation_hectares = hectares

    @api.depends("commercial_partner_id")
    @api.depends_context("uid", "allowed_company_ids", "lang")
    def _compute_segmentation_planting_totals(self):
        """Hectares of the whole customer: a row per harvest, a column per crop."""
        plantings = self.env["segmentation.planting"]._read_group(
            [("customer_id", "in", self.commercial_partner_id._origin.ids)],
            ["customer_id", "harvest_id", "crop_id"],
            ["hectares:sum"],
        )
        totals = {}
        for customer, harvest, crop, hectares in plantings:
            rows = totals.setdefault(customer, {})
            rows.setdefault(harvest, {})[crop] = hectares
        for partner in self:
            customer = partner.commercial_partner_id._origin
            partner.segmentation_planting_totals = self._render_planting_totals(
                totals.get(customer)
            )

    @api.model
    def _check_segmentation_searched(self, name):
        """Raise AccessError if the user may not search by a field of ours.

        Odoo leaves the groups of a field that has a search method to that method.
        """
        self._check_field_access(self._fields[name], "read")

    @api.model
    def _render_planting_totals(self, rows):
        """Return the table of `rows`, ``{harvest: {crop: hectares}}``, newest first."""
        if not rows:
            return False
        crops = self.env["segmentation.crop"].union(
            *(crop for by_crop in rows.values() for crop in by_crop)
        )
        return self.env["ir.qweb"]._render(
            "agro_segmentation.planting_totals",
            {
                "rows": sorted(
                    rows.items(), key=lambda row: row[0].date_start, reverse=True
                ),
                "crops": crops.sorted(),
                "format_hectares": self.env["segmentation.parcel"]._format_hectares,
            },
        )

    def action_propose_segmentation_zones(self):
        """Give the best fitting zone to those of the contacts that have none."""
        if not self.has_access("write"):
            raise UserError(
                self.env._(
                    "A proposed zone is written on the contact, and you may not modify"
                    " contacts: ask your administrator for the right to create them."
                )
            )
        return self.env["segmentation.zone"]._propose_zones(self)

    @api.readonly
    def action_view_segmentation_parcels(self):
        """Open the parcels of the whole customer."""
        return self._get_cadastre_action("segmentation_parcel_action")

    @api.readonly
    def action_view_segmentation_plantings(self):
        """Open the plantings of the whole customer."""
        return self._get_cadastre_action("segmentation_planting_action")

    def _get_cadastre_action(self, name):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            f"agro_segmentation.{name}"
        )
        action["domain"] = [("customer_id", "in", self.commercial_partner_id.ids)]
        return action
