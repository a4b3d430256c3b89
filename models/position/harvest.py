from odoo import api, fields, models, tools
from odoo.exceptions import AccessError, ValidationError

from ..common.caches import clear_caches
from ..common.groups import ADMINISTRATOR


class SegmentationHarvest(models.Model):
    _name = "segmentation.harvest"
    _inherit = ["segmentation.harvest", "segmentation.refresh.source"]

    is_reference = fields.Boolean(
        string="Reference",
        compute="_compute_is_reference",
        help="Customers show the figures of this harvest.",
    )

    def _compute_is_reference(self):
        references = {
            company: company._segmentation_reference_harvest()
            for company in self.company_id
        }
        for harvest in self:
            harvest.is_reference = harvest == references.get(harvest.company_id)

    @api.model
    @tools.ormcache("company_id")
    def _calendar(self, company_id):
        """Return the company's harvests as ``((start, end, id), …)`` by start.

        Dates are inclusive. Cached, for it is read at each invoice that is dated.
        """
        self.flush_model(["company_id", "date_start", "date_end"])
        harvests = self.sudo().search_fetch(
            [("company_id", "=", company_id)],
            ["date_start", "date_end"],
            order="date_start",
        )
        return tuple((h.date_start, h.date_end, h.id) for h in harvests)

    @api.constrains("company_id")
    def _check_company_of_invoices(self):
        """Refuse a company other than that of invoices set to the harvest by hand.

        They are counted only: who edits harvests may not be allowed to read them.
        """
        by_hand = (
            self.env["account.move"]
            .sudo()
            ._read_group(
                [
                    ("segmentation_harvest_id", "in", self.ids),
                    ("segmentation_harvest_manual", "=", True),
                ],
                ["segmentation_harvest_id", "company_id"],
                ["__count"],
            )
        )
        for harvest, company, count in by_hand:
            if harvest.company_id != company:
                raise ValidationError(
                    self.env._(
                        "The harvest “%(harvest)s” was set by hand on %(count)s "
                        "invoices of %(company)s: have accounting set another harvest "
                        "on them first, or make a new harvest for %(other)s.",
                        harvest=harvest.name,
                        count=count,
                        company=company.name,
                        other=harvest.company_id.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        """Forget the cached calendar."""
        harvests = super().create(vals_list)
        clear_caches(self.env)
        return harvests

    def write(self, vals):
        """Forget the cached calendar when dates or company change."""
        result = super().write(vals)
        if {"date_start", "date_end", "company_id"} & vals.keys():
            clear_caches(self.env)
        return result

    def unlink(self):
        """Give invoices set to these harvests by hand back to their dates."""
        self.env["account.move"]._segmentation_release("harvest", self)
        result = super().unlink()
        clear_caches(self.env)
        return result

    def _refresh_fields(self):
        return {"date_start", "date_end", "kind", "company_id"}

    def _refresh_marks(self):
        """Dates and kinds decide for every customer of the company."""
        return [(company.id, None) for company in self.company_id]

    def _window(self, window):
        """Return the harvests summed for a billing window, oldest first.

        :param str window: ``in``, this harvest alone; ``since``, this one and every
            later one begun by today (the user's day)
        """
        self.ensure_one()
        if window == "in":
            return self
        return self.search(
            [
                ("company_id", "=", self.company_id.id),
                ("date_start", ">=", self.date_start),
                "|",
                ("id", "=", self.id),
                ("date_start", "<=", fields.Date.context_today(self)),
            ],
            order="date_start",
        )

    def action_set_reference(self):
        """Make this the harvest whose figures customers of its company show."""
        self.ensure_one()
        if not self.env.user.has_group(ADMINISTRATOR):
            raise AccessError(
                self.env._(
                    "Only segmentation administrators set the reference harvest."
                )
            )
        self.check_access("write")
        self.company_id.sudo().segmentation_harvest_id = self
