from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import float_compare

from ..common.groups import ADMINISTRATOR
from ..common.race import check_now, claim


class SegmentationPlanting(models.Model):
    """Hectares of one crop on one parcel in one harvest. Zero is known fallow."""

    _name = "segmentation.planting"
    _description = "Planting"
    _inherit = ["segmentation.merge", "segmentation.import.template"]
    _order = "harvest_id, parcel_id, crop_id, id"
    _check_company_auto = True

    parcel_id = fields.Many2one(
        "segmentation.parcel",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    customer_id = fields.Many2one(
        related="parcel_id.customer_id", string="Customer", store=True, index=True
    )
    zone_id = fields.Many2one(related="parcel_id.zone_id", string="Zone")
    harvest_id = fields.Many2one(
        "segmentation.harvest", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        related="harvest_id.company_id", store=True, index=True
    )
    crop_id = fields.Many2one(
        "segmentation.crop",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    hectares = fields.Float(digits=(16, 4), required=True)
    source = fields.Selection(
        [
            ("statement", "Customer's Statement"),
            ("visit", "Visit"),
            ("registry", "Public Registry"),
            ("satellite", "Satellite"),
            ("estimate", "Estimate"),
            ("import", "Import"),
        ],
        help="Where the figure comes from.",
    )
    date = fields.Date(
        default=fields.Date.context_today, help="Day the figure was learnt."
    )
    confidence = fields.Selection(
        [("low", "Low"), ("medium", "Medium"), ("high", "High")],
        help="How far the figure can be trusted.",
    )

    # Deferred, so that the sentence that names the records comes first.
    _planting_uniq = models.Constraint(
        "UNIQUE (parcel_id, harvest_id, crop_id) DEFERRABLE INITIALLY DEFERRED",
        "Somebody else has just saved a planting of the same crop on this parcel in"
        " this harvest: reload the page and change the hectares of that one.",
    )

    @api.constrains("parcel_id", "harvest_id", "hectares")
    def _check_hectares(self):
        """Refuse negative hectares, and more than the parcel has in that harvest."""
        for planting in self:
            if float_compare(planting.hectares, 0, precision_digits=4) < 0:
                raise ValidationError(
                    self.env._(
                        "The planting of %(crop)s on parcel “%(parcel)s” in %(harvest)s"
                        " has negative hectares: enter what was planted, or zero for"
                        " land left fallow.",
                        crop=planting.crop_id.name,
                        parcel=planting.parcel_id.name,
                        harvest=planting.harvest_id.name,
                    )
                )
        claim(self.parcel_id)
        self.parcel_id._check_planted()

    @api.constrains("parcel_id", "harvest_id", "crop_id")
    def _check_duplicates(self):
        """Refuse a second planting of one crop on one parcel in one harvest."""
        duplicates = self._read_group(
            [
                ("parcel_id", "in", self.parcel_id.ids),
                ("harvest_id", "in", self.harvest_id.ids),
            ],
            ["parcel_id", "harvest_id", "crop_id"],
            having=[("__count", ">", 1)],
        )
        for parcel, harvest, crop in duplicates:
            raise ValidationError(
                self.env._(
                    "Parcel “%(parcel)s” already has a planting of %(crop)s in"
                    " %(harvest)s: change the hectares of that one.",
                    parcel=parcel.name,
                    crop=crop.name,
                    harvest=harvest.name,
                )
            )
        check_now(self, "_planting_uniq")

    @api.model_create_multi
    def create(self, vals_list):
        plantings = super().create(vals_list)
        plantings._check_harvest_open()
        return plantings

    def write(self, vals):
        self._check_harvest_open()
        result = super().write(vals)
        if "harvest_id" in vals:
            self._check_harvest_open()
        if "parcel_id" in vals:
            # one may not move a planting to land that one may not edit
            self.check_access("write")
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_closed_harvest(self):
        self._check_harvest_open()

    def _check_harvest_open(self):
        """Raise when the user changes plantings of a closed harvest, unless an
        administrator of the segmentation does."""
        if self.env.user.has_group(ADMINISTRATOR):
            return
        for harvest in self.harvest_id.filtered(lambda h: h.state == "closed"):
            raise UserError(
                self.env._(
                    "The harvest “%s” is closed: ask an administrator to change its"
                    " plantings, or to open it again.",
                    harvest.name,
                )
            )

    @api.model
    def _import_template(self):
        return self.env._("Import Template for Plantings"), "plantings.xlsx"
