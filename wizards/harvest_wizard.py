import re

from dateutil.relativedelta import relativedelta

from odoo import Command, api, fields, models
from odoo.exceptions import ValidationError

MOST_YEARS = 20


class SegmentationHarvestWizard(models.TransientModel):
    """Makes the next harvests of a company after the pattern of its latest ones.

    The latest harvest of each kind is repeated a year later, two years later and so on;
    the proposed lines may be changed before they are created.
    """

    _name = "segmentation.harvest.wizard"
    _description = "Make the Next Harvests"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    years = fields.Integer(
        default=1, required=True, help="How many years ahead to make harvests for."
    )
    line_ids = fields.One2many(
        "segmentation.harvest.wizard.line",
        "wizard_id",
        string="Harvests",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )

    @api.depends("company_id", "years")
    def _compute_line_ids(self):
        for wizard in self:
            latest = wizard._get_latest_harvests()
            wizard.line_ids = [Command.clear()] + [
                Command.create(self._prepare_line(harvest, ahead))
                for ahead in range(1, min(wizard.years, MOST_YEARS) + 1)
                for harvest in latest
            ]

    @api.constrains("years")
    def _check_years(self):
        for wizard in self:
            if not 1 <= wizard.years <= MOST_YEARS:
                raise ValidationError(
                    self.env._("Make harvests for 1 to 20 years, not %s.", wizard.years)
                )

    def _get_latest_harvests(self):
        """Return the latest harvest of each kind, in the order of their dates."""
        self.ensure_one()
        by_kind = (
            self.env["segmentation.harvest"]
            .search([("company_id", "=", self.company_id.id)])
            .grouped("kind")
        )
        latest = [harvests[0].id for harvests in by_kind.values()]
        return self.env["segmentation.harvest"].browse(latest).sorted("date_start")

    @api.model
    def _prepare_line(self, harvest, ahead):
        """Return the values of `harvest` repeated `ahead` years later."""
        return {
            "name": self._shift_name(harvest.name, ahead),
            "kind": harvest.kind,
            "date_start": harvest.date_start + relativedelta(years=ahead),
            "date_end": self._shift_last_day(harvest.date_end, ahead),
        }

    @api.model
    def _shift_last_day(self, day, ahead):
        """Return `day` moved by years; the last of February stays the last."""
        is_last = (day + relativedelta(days=1)).day == 1
        return day + relativedelta(years=ahead, day=31 if is_last else None)

    @api.model
    def _shift_name(self, name, ahead):
        """Move the years in a name: “Summer 2024–25” becomes “Summer 2025–26”."""

        def shift(match):
            digits = match.group()
            return str(int(digits) + ahead)[-len(digits) :].zfill(len(digits))

        return re.sub(r"\b\d{4}\b|(?<=\d[-–/])\d{2}\b", shift, name)

    def action_create_harvests(self):
        """Create the harvests of the lines and show them."""
        self.ensure_one()
        harvests = self.env["segmentation.harvest"].create(
            [line._prepare_harvest() for line in self.line_ids]
        )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "agro_segmentation.segmentation_harvest_action"
        )
        action["domain"] = [("id", "in", harvests.ids)]
        return action


class SegmentationHarvestWizardLine(models.TransientModel):
    """One harvest to be made; both dates belong to it."""

    _name = "segmentation.harvest.wizard.line"
    _description = "Harvest to Make"

    wizard_id = fields.Many2one(
        "segmentation.harvest.wizard", required=True, index=True, ondelete="cascade"
    )
    name = fields.Char(required=True)
    kind = fields.Selection(
        [("summer", "Summer"), ("winter", "Winter"), ("annual", "Annual")],
        required=True,
        default="summer",
    )
    date_start = fields.Date(string="First Day", required=True)
    date_end = fields.Date(string="Last Day", required=True)

    def _prepare_harvest(self):
        self.ensure_one()
        return {
            "name": self.name,
            "kind": self.kind,
            "date_start": self.date_start,
            "date_end": self.date_end,
            "company_id": self.wizard_id.company_id.id,
        }
