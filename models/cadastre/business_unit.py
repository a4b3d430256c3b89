from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ...engine import billing
from ..common.race import claim


class SegmentationBusinessUnit(models.Model):
    """A line of business (seed, agrochemicals, workshop…) and the product categories
    it claims.

    A claimed category brings its descendants along, unless a nearer one is claimed by
    another unit. An archived unit keeps its claims: what was billed stays where it was.
    """

    _name = "segmentation.business.unit"
    _inherit = ["segmentation.in.use", "segmentation.import.template"]
    _description = "Business Unit"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    color = fields.Integer(aggregator=None)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", index=True, help="Leave empty to share the unit."
    )
    category_ids = fields.Many2many(
        "product.category",
        relation="segmentation_business_unit_category_rel",
        column1="unit_id",
        column2="category_id",
        string="Product Categories",
        copy=False,
        help="Products of these categories and of those below them belong to the unit.",
    )

    @api.constrains("category_ids", "company_id")
    def _check_categories(self):
        """Refuse a category claimed by two units that serve the same company."""
        claim(self.category_ids)
        self.flush_model(["category_ids", "company_id"])
        clashes = self.env.execute_query(
            SQL(
                """
                SELECT mine.category_id, mine.unit_id, other.unit_id
                  FROM segmentation_business_unit_category_rel mine
                  JOIN segmentation_business_unit_category_rel other
                    ON other.category_id = mine.category_id
                   AND other.unit_id != mine.unit_id
                  JOIN segmentation_business_unit unit ON unit.id = mine.unit_id
                  JOIN segmentation_business_unit rival ON rival.id = other.unit_id
                 WHERE mine.unit_id IN %s
                   AND (unit.company_id = rival.company_id
                        OR unit.company_id IS NULL OR rival.company_id IS NULL)
              ORDER BY mine.category_id
                 LIMIT 1
                """,
                tuple(self.ids),
            )
        )
        for category_id, unit_id, rival_id in clashes:
            units = self.browse([unit_id, rival_id])
            raise ValidationError(
                self.env._(
                    "The category “%(category)s” of the business unit “%(unit)s” is"
                    " already claimed by “%(rival)s”: take it away from one of them.",
                    category=self.env["product.category"]
                    .browse(category_id)
                    .display_name,
                    unit=units[0].display_name,
                    rival=units[1].display_name,
                )
            )

    @api.constrains("company_id")
    def _check_company_of_users(self):
        """Refuse a company that cannot see what already uses the record."""
        self._check_no_user_elsewhere(self._links())

    def copy_data(self, default=None):
        """Say in the name that it is a copy, unless another name is given."""
        vals_list = super().copy_data(default)
        if "name" not in (default or {}):
            for unit, vals in zip(self, vals_list, strict=True):
                vals["name"] = self.env._("%s (copy)", unit.name)
        return vals_list

    @api.model
    def _for_categories(self, categories, company):
        """Return ``{category: unit}`` for `company`, by the nearest claimed ancestor.

        Categories that nobody claims map to an empty unit.
        """
        units = self.with_context(active_test=False).search(
            [
                ("company_id", "in", [company.id, False]),
                ("category_ids", "parent_of", categories.ids),
            ]
        )
        claims = {
            category.id: unit.id for unit in units for category in unit.category_ids
        }
        parents = {}
        for category in categories:
            line = [int(part) for part in category.parent_path.split("/") if part]
            parents.update(zip(line[1:], line, strict=False))
        return {
            category: self.browse(billing.unit_of(category.id, claims, parents))
            for category in categories
        }

    @api.model
    def _import_template(self):
        return self.env._("Import Template for Business Units"), "business_units.xlsx"
