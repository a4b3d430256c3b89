from odoo import api, fields, models
from odoo.tools import format_list


class SegmentationCondition(models.Model):
    """What several kinds of condition are about: a harvest, business units, a day.

    "Today" is the day where the segment's company is, whoever asks.
    """

    _inherit = "segmentation.condition"

    harvest_choice = fields.Selection(
        [
            ("reference", "The reference harvest"),
            ("before", "The harvest before the reference harvest"),
            ("named", "A harvest of your choice"),
        ],
        string="In Which Harvest",
        default="reference",
        help="The harvest before is the latest earlier one of the same kind, so that "
        "summer is set against summer. Both move on with the reference harvest.",
    )
    harvest_id = fields.Many2one(
        "segmentation.harvest",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('company_id', '=', company_id)]",
    )
    unit_ids = fields.Many2many(
        "segmentation.business.unit",
        string="Business Units",
        ondelete="restrict",
        check_company=True,
        context={"active_test": False},
    )

    def _today(self):
        """Return the day where the company is."""
        return self.env["segmentation.relation"]._today(self.company_id)

    def _harvest(self):
        """Return the harvest that the condition is about; empty if there is none."""
        if self.harvest_choice == "named":
            return self.harvest_id.sudo()
        company = self.company_id.sudo()
        company = company.with_context(tz=company._segmentation_tz())
        reference = company._segmentation_reference_harvest()
        if self.harvest_choice == "before":
            return self._harvest_before(reference)
        return reference

    @api.model
    def _harvest_before(self, harvest):
        """Return the latest earlier harvest of the same kind; empty if none is."""
        calendar = harvest._calendar(harvest.company_id.id)
        earlier = harvest.browse(
            id_ for start, _end, id_ in calendar if start < harvest.date_start
        )
        return earlier.filtered(lambda other: other.kind == harvest.kind)[-1:]

    def _is_harvest_timed(self):
        """Return whether the condition is about another harvest once one begins."""
        company = self.company_id.sudo()
        return self.harvest_choice != "named" and not company.segmentation_harvest_id

    def _harvest_problem(self):
        """None named, or one of another company."""
        if self.harvest_choice != "named":
            return None
        if not self.harvest_id:
            return self.env._("Choose the harvest that the condition is about.")
        harvest = self.harvest_id.sudo()
        if harvest.company_id != self.company_id:
            return self.env._(
                "The harvest “%(harvest)s” is one of %(other)s: choose a harvest of "
                "%(company)s.",
                harvest=harvest.name,
                other=harvest.company_id.name,
                company=self.company_id.name,
            )
        return None

    def _harvest_words(self):
        """Return which harvest the condition is about, in words."""
        name = self._harvest().name or self.env._("there is none yet")
        if self.harvest_choice == "reference":
            return self.env._("the reference harvest (%s)", name)
        if self.harvest_choice == "before":
            return self.env._("the harvest before the reference harvest (%s)", name)
        return name

    def _any_name(self, records):
        """Return the names of records that the condition was given, joined by "or"."""
        return self._any_of(records.sudo().mapped("display_name"))

    def _any_of(self, words):
        """Return words joined by "or" as the user's language does."""
        return format_list(self.env, words, style="or")

    def _chosen(self, prefix, selection):
        """Return the keys of a selection whose box, ``<prefix>_<key>``, is ticked."""
        return [key for key, _label in selection if self[f"{prefix}_{key}"]]
