from odoo import api, fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    segmentation_harvest_id = fields.Many2one(
        "segmentation.harvest",
        string="Reference Harvest",
        domain="[('company_id', '=', id)]",
        ondelete="set null",
        help="The harvest whose figures customers show. Empty: the newest begun by "
        "today.",
    )
    segmentation_carry_harvests = fields.Integer(
        string="Carry Cadastre Forward",
        default=2,
        help="A parcel without plantings in a harvest takes those of the latest "
        "earlier harvest of the same kind, at most this many harvests back. "
        "0 carries nothing.",
    )

    _segmentation_carry_harvests_positive = models.Constraint(
        "CHECK(segmentation_carry_harvests >= 0)",
        "The cadastre cannot be carried over a negative number of harvests: "
        "use 0 to carry nothing.",
    )

    @api.private
    def _segmentation_reference_harvest(self):
        """Return the company's reference harvest, else the newest begun by today.

        "Today" is the day in the user's time zone. No company, as on a form where it
        was emptied, has none.
        """
        company = self.sudo()
        harvests = company.env["segmentation.harvest"]
        if not company:
            return harvests
        company.ensure_one()
        today = fields.Date.context_today(self)
        calendar = harvests._calendar(self.id)
        begun = [id_ for start, _end, id_ in calendar if start <= today]
        return company.segmentation_harvest_id or harvests.browse(begun[-1:])

    @api.model_create_multi
    def create(self, vals_list):
        """Give each company its refresh, so that no two sessions make the first."""
        companies = super().create(vals_list)
        self.env["segmentation.refresh"]._of(companies)
        return companies

    def write(self, vals):
        """How far the cadastre carries concerns every customer, and so does a return.

        An archived company is left alone meanwhile, by marks and by the job.
        """
        result = super().write(vals)
        if "segmentation_carry_harvests" in vals or vals.get("active"):
            self.env["segmentation.refresh"]._mark_companies(self)
        return result
