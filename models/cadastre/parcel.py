from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import float_compare, float_is_zero, formatLang


class SegmentationParcel(models.Model):
    """A farm or field of a partner, in hectares. Land sold is archived, not deleted."""

    _name = "segmentation.parcel"
    _description = "Parcel"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "segmentation.merge",
        "segmentation.import.template",
    ]
    _order = "name, id"
    _rec_names_search = ["name", "cadastral_reference"]

    name = fields.Char(required=True, tracking=True)
    partner_id = fields.Many2one(
        "res.partner",
        required=True,
        index=True,
        ondelete="restrict",
        tracking=True,
        help="The customer, or the contact or farm of it, that works this land.",
    )
    customer_id = fields.Many2one(
        related="partner_id.commercial_partner_id",
        string="Customer",
        store=True,
        index=True,
        help="The company or person the land counts for.",
    )
    company_id = fields.Many2one(related="partner_id.company_id", store=True)
    zone_id = fields.Many2one(
        "segmentation.zone",
        compute="_compute_zone_id",
        store=True,
        readonly=False,
        precompute=True,
        index=True,
        ondelete="restrict",
        tracking=True,
        help="Where the land lies; the zone of the partner is proposed.",
    )
    hectares = fields.Float(
        digits=(16, 4), required=True, tracking=True, help="Productive hectares."
    )
    tenure = fields.Selection(
        [("owned", "Owned"), ("rented", "Rented"), ("managed", "Managed")],
        required=True,
        default="owned",
        tracking=True,
    )
    cadastral_reference = fields.Char(index="btree_not_null")
    active = fields.Boolean(
        default=True, help="Archive land that the partner sold or gave up."
    )
    planting_ids = fields.One2many("segmentation.planting", "parcel_id")

    @api.depends("partner_id")
    def _compute_zone_id(self):
        # Land stays where it is when it changes hands: only an empty zone is filled.
        for parcel in self.filtered(lambda parcel: not parcel.zone_id):
            partner = parcel.partner_id
            parcel.zone_id = (
                partner.segmentation_zone_id
                or partner.commercial_partner_id.segmentation_zone_id
            )

    @api.depends("name", "partner_id.name")
    @api.depends_context("formatted_display_name")
    def _compute_display_name(self):
        with_partner = self.env.context.get("formatted_display_name")
        for parcel in self:
            parcel.display_name = parcel.name
            if with_partner and parcel.partner_id:
                parcel.display_name = f"{parcel.name}\t--{parcel.partner_id.name}--"

    @api.constrains("hectares", "company_id")
    def _check_hectares(self):
        """Refuse parcels without land, and sizes that can only be a slip of the pen."""
        for parcel in self:
            if float_compare(parcel.hectares, 0, precision_digits=4) <= 0:
                raise ValidationError(
                    self.env._(
                        "Parcel “%(parcel)s” has %(hectares)s ha: set its hectares to"
                        " a number above zero.",
                        parcel=parcel.name,
                        hectares=self._format_hectares(parcel.hectares),
                    )
                )
            limit = (parcel.company_id or self.env.company).segmentation_max_hectares
            if limit and float_compare(parcel.hectares, limit, precision_digits=4) > 0:
                raise ValidationError(
                    self.env._(
                        "Parcel “%(parcel)s” has %(hectares)s ha, more than the"
                        " %(limit)s ha one parcel may have: correct its hectares, or"
                        " ask an administrator to raise the limit in the settings.",
                        parcel=parcel.name,
                        hectares=self._format_hectares(parcel.hectares),
                        limit=self._format_hectares(limit),
                    )
                )

    @api.constrains("hectares")
    def _check_planted(self):
        """Refuse more planted hectares in one harvest than the parcel has.

        Constraints run as superuser: plantings of other companies count as well.
        """
        planted = self.env["segmentation.planting"]._read_group(
            [("parcel_id", "in", self.ids)],
            ["parcel_id", "harvest_id"],
            ["hectares:sum"],
        )
        for parcel, harvest, hectares in planted:
            if float_compare(hectares, parcel.hectares, precision_digits=4) > 0:
                raise ValidationError(
                    self.env._(
                        "Parcel “%(parcel)s” has %(hectares)s ha, but its plantings in"
                        " %(harvest)s come to %(planted)s ha: lower the plantings, or"
                        " correct the hectares of the parcel.",
                        parcel=parcel.name,
                        hectares=self._format_hectares(parcel.hectares),
                        harvest=harvest.name,
                        planted=self._format_hectares(hectares),
                    )
                )

    def write(self, vals):
        result = super().write(vals)
        if "partner_id" in vals:
            # one may not hand land over to a customer whose cadastre one may not edit
            self.check_access("write")
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_closed_harvest(self):
        self.sudo().planting_ids._check_harvest_open()

    @api.model
    def _format_hectares(self, hectares):
        """Return `hectares` in the user's language, with the decimals they need."""
        digits = 0
        while digits < 4 and not float_is_zero(
            hectares - round(hectares, digits), precision_digits=5
        ):
            digits += 1
        return formatLang(self.env, hectares, digits=digits)

    @api.model
    def _import_template(self):
        return self.env._("Import Template for Parcels"), "parcels.xlsx"
