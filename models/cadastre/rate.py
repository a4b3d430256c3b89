from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..common.race import check_now


class SegmentationRate(models.Model):
    """What one hectare of a crop buys, in company currency.

    An empty zone, harvest or unit widens the rate: everywhere, in every harvest,
    outside any unit. Rates of different units add up. The amount is set by hand, or
    is the dose per hectare times the price of a product.
    """

    _name = "segmentation.rate"
    _inherit = ["segmentation.import.template"]
    _description = "Potential per Hectare"
    _order = "crop_id, zone_id, harvest_id, unit_id, id"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    crop_id = fields.Many2one(
        "segmentation.crop",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    zone_id = fields.Many2one(
        "segmentation.zone",
        index=True,
        ondelete="restrict",
        check_company=True,
        help="Empty: any zone that has no rate of its own.",
    )
    harvest_id = fields.Many2one(
        "segmentation.harvest",
        index=True,
        ondelete="restrict",
        check_company=True,
        help="Empty: any harvest for which neither it nor an earlier one has a rate.",
    )
    unit_id = fields.Many2one(
        "segmentation.business.unit",
        string="Business Unit",
        compute="_compute_unit_id",
        store=True,
        readonly=False,
        precompute=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        help="Empty: what a hectare buys outside any unit.",
    )
    basis = fields.Selection(
        [("amount", "Amount"), ("dose", "Dose × Price")],
        required=True,
        default="amount",
    )
    product_id = fields.Many2one(
        "product.product",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
    uom_id = fields.Many2one(related="product_id.uom_id", string="Unit of Measure")
    dose = fields.Float(
        string="Dose per Hectare",
        digits=(16, 4),
        help="Quantity per hectare, in the unit of measure of the product.",
    )
    price_unit = fields.Float(
        string="Unit Price",
        digits="Product Price",
        compute="_compute_price_unit",
        store=True,
        readonly=False,
        precompute=True,
        help="Price of one unit of the product; its sales price is proposed.",
    )
    amount_per_hectare = fields.Monetary(
        string="Amount per Hectare",
        compute="_compute_amount_per_hectare",
        store=True,
        readonly=False,
        precompute=True,
    )

    # An empty value is a value here; deferred, so that the sentence comes first.
    _rate_excl = models.Constraint(
        """EXCLUDE USING btree (
            company_id WITH =,
            crop_id WITH =,
            COALESCE(zone_id, 0) WITH =,
            COALESCE(harvest_id, 0) WITH =,
            COALESCE(unit_id, 0) WITH =
        ) DEFERRABLE INITIALLY DEFERRED""",
        "Somebody else has just saved a rate for the same crop, zone, harvest and"
        " business unit: reload the page and change that one.",
    )

    @api.depends("product_id", "company_id")
    def _compute_unit_id(self):
        """Propose the unit that claims the product; a product without category has
        none."""
        for company, rates in self.grouped("company_id").items():
            units = self.env["segmentation.business.unit"]._for_categories(
                rates.product_id.categ_id, company
            )
            for rate in rates.filtered("product_id"):
                rate.unit_id = units.get(rate.product_id.categ_id) or rate.unit_id

    @api.depends("product_id", "company_id")
    def _compute_price_unit(self):
        today = fields.Date.context_today(self)
        for rate in self.filtered("product_id"):
            product = rate.product_id.with_company(rate.company_id)
            rate.price_unit = product.currency_id._convert(
                product.lst_price,
                rate.currency_id,
                rate.company_id,
                today,
                round=False,
            )

    @api.depends("basis", "dose", "price_unit")
    def _compute_amount_per_hectare(self):
        for rate in self.filtered(lambda rate: rate.basis == "dose"):
            rate.amount_per_hectare = rate.dose * rate.price_unit

    @api.depends("crop_id", "zone_id", "harvest_id", "unit_id")
    def _compute_display_name(self):
        for rate in self:
            parts = rate.crop_id, rate.zone_id, rate.harvest_id, rate.unit_id
            rate.display_name = " · ".join(part.display_name for part in parts if part)

    @api.constrains("company_id", "crop_id", "zone_id", "harvest_id", "unit_id")
    def _check_duplicates(self):
        """Refuse a second rate for the same crop, zone, harvest and unit."""
        duplicates = self._read_group(
            [
                ("company_id", "in", self.company_id.ids),
                ("crop_id", "in", self.crop_id.ids),
            ],
            ["company_id", "crop_id", "zone_id", "harvest_id", "unit_id"],
            ["id:max"],
            having=[("__count", ">", 1)],
        )
        for *_keys, rate_id in duplicates:
            raise ValidationError(
                self.env._(
                    "There is already a rate for %s: change that one, or tell the new"
                    " one apart by zone, harvest or business unit.",
                    self.browse(rate_id).display_name,
                )
            )
        check_now(self, "_rate_excl")

    @api.constrains("basis", "product_id", "dose", "price_unit", "amount_per_hectare")
    def _check_amounts(self):
        """Refuse negative money, and a dose that cannot be worked out."""
        for rate in self:
            if rate.basis == "dose" and (not rate.product_id or rate.dose <= 0):
                raise ValidationError(
                    self.env._(
                        "The rate for %s is a dose times a price: choose a product and"
                        " a dose above zero, or set the basis to “Amount”.",
                        rate.display_name,
                    )
                )
            if rate.price_unit < 0 or rate.amount_per_hectare < 0:
                raise ValidationError(
                    self.env._(
                        "The rate for %s is negative: enter what a hectare buys, or"
                        " zero if it buys nothing.",
                        rate.display_name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        rates = super().create(vals_list)
        rates._restore_dose_amounts()
        return rates

    def write(self, vals):
        result = super().write(vals)
        if "amount_per_hectare" in vals:
            self._restore_dose_amounts()
        return result

    def _restore_dose_amounts(self):
        """An amount given along with a dose, as by an import, does not stand."""
        self.env.add_to_compute(self._fields["amount_per_hectare"], self)

    @api.model
    def _import_template(self):
        return self.env._("Import Template for Potential per Hectare"), "rates.xlsx"
