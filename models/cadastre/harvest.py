from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL, format_date

from ..common.race import check_now


class SegmentationHarvest(models.Model):
    """A season of one company. Both dates belong to it; seasons do not overlap."""

    _name = "segmentation.harvest"
    _inherit = ["segmentation.in.use", "segmentation.import.template"]
    _description = "Harvest"
    _order = "date_start desc, id desc"

    name = fields.Char(required=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    kind = fields.Selection(
        [("summer", "Summer"), ("winter", "Winter"), ("annual", "Annual")],
        required=True,
        default="summer",
        help="Plantings are carried forward between harvests of the same kind only.",
    )
    date_start = fields.Date(string="First Day", required=True)
    date_end = fields.Date(string="Last Day", required=True)
    state = fields.Selection(
        [("open", "Open"), ("closed", "Closed")],
        string="Status",
        required=True,
        default="open",
        help="Only administrators may change the plantings of a closed harvest.",
    )

    # Deferred, so that the sentence of _check_dates comes first; this one only ends
    # races. Dates in the wrong order must not break the range before they are refused.
    _dates_excl = models.Constraint(
        """EXCLUDE USING gist (
            int4range(company_id, company_id, '[]') WITH &&,
            daterange(LEAST(date_start, date_end), GREATEST(date_start, date_end), '[]')
            WITH &&
        ) DEFERRABLE INITIALLY DEFERRED""",
        "Somebody else has just saved a harvest with some of these days: reload the"
        " page and change the dates, so that each day belongs to one harvest.",
    )

    @api.constrains("company_id", "date_start", "date_end")
    def _check_dates(self):
        """Refuse reversed dates and harvests of one company that share a day."""
        for harvest in self.filtered(lambda h: h.date_end < h.date_start):
            raise ValidationError(
                self.env._(
                    "The harvest “%(harvest)s” ends on %(end)s, before it starts on"
                    " %(start)s: set a last day after the first.",
                    harvest=harvest.name,
                    start=format_date(self.env, harvest.date_start),
                    end=format_date(self.env, harvest.date_end),
                )
            )
        self.flush_model(["company_id", "date_start", "date_end"])
        overlaps = self.env.execute_query(
            SQL(
                """
                SELECT mine.id, other.id
                  FROM segmentation_harvest mine
                  JOIN segmentation_harvest other
                    ON other.company_id = mine.company_id
                   AND other.id != mine.id
                   AND other.date_start <= mine.date_end
                   AND other.date_end >= mine.date_start
                 WHERE mine.id IN %s
              ORDER BY mine.date_start
                 LIMIT 1
                """,
                tuple(self.ids),
            )
        )
        for ids in overlaps:
            harvest, other = self.browse(ids)
            raise ValidationError(
                self.env._(
                    "The harvest “%(harvest)s” (%(start)s – %(end)s) overlaps"
                    " “%(other)s” (%(other_start)s – %(other_end)s): change the dates"
                    " so that each day belongs to one harvest.",
                    harvest=harvest.name,
                    start=format_date(self.env, harvest.date_start),
                    end=format_date(self.env, harvest.date_end),
                    other=other.name,
                    other_start=format_date(self.env, other.date_start),
                    other_end=format_date(self.env, other.date_end),
                )
            )
        check_now(self, "_dates_excl")

    @api.constrains("company_id")
    def _check_company_of_users(self):
        """Refuse a company that cannot see what already uses the record.

        Figures do not count: they are found anew.
        """
        self.env["segmentation.planting"].sudo().search(
            [("harvest_id", "in", self.ids)]
        )._check_company()
        self._check_no_user_elsewhere(self._restricting_links())

    @api.model
    def _import_template(self):
        return self.env._("Import Template for Harvests"), "harvests.xlsx"
