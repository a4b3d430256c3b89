from datetime import time, timedelta

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..engine.waves import wave_days, wave_sizes
from ..models.common.clock import begins, local_time
from ..models.common.limits import MOST

#: more waves than these are a mistake in the number of customers
MOST_WAVES = 100
MORNING = time(9)


class SegmentationWaveWizard(models.TransientModel):
    """Plans the waves of a campaign, each with its messages.

    The proposed lines may be changed before they are made. Where a campaign has waves
    already, the wizard adds messages to them. Times are those of the user.
    """

    _name = "segmentation.wave.wizard"
    _description = "Send in Waves"

    campaign_id = fields.Many2one(
        "utm.campaign", required=True, readonly=True, ondelete="cascade"
    )
    has_waves = fields.Boolean(compute="_compute_has_waves")
    by = fields.Selection(
        [("zone", "Zone"), ("size", "Number of customers")],
        string="One Wave per",
        required=True,
        default="zone",
    )
    size = fields.Integer(string="Customers in a Wave", required=True, default=100)
    date_start = fields.Datetime(
        string="First Wave On",
        required=True,
        default=lambda self: self._default_date_start(),
    )
    every = fields.Integer(string="Days from Wave to Wave", required=True, default=1)
    is_on_working_days = fields.Boolean(
        string="On Working Days Only",
        default=True,
        help="Those of the company's working schedule.",
    )
    mailing_ids = fields.Many2many(
        "mailing.mailing",
        string="Messages",
        compute="_compute_mailing_ids",
        store=True,
        readonly=False,
        domain="[('campaign_id', '=', campaign_id),"
        " ('mailing_model_name', '=', 'res.partner')]",
        help="Each of these texts is sent to every wave, at the wave's date.",
    )
    line_ids = fields.One2many(
        "segmentation.wave.wizard.line",
        "wizard_id",
        string="Waves",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )
    customer_count = fields.Integer(
        string="Customers to Contact", compute="_compute_customer_count"
    )
    left_out_count = fields.Integer(
        string="In No Wave", compute="_compute_left_out_count"
    )
    has_unchecked = fields.Boolean(compute="_compute_has_unchecked")
    problem = fields.Char(compute="_compute_problem")

    @api.model
    def _default_date_start(self):
        """Tomorrow morning, where the user is."""
        tomorrow = fields.Date.context_today(self) + timedelta(days=1)
        return begins(tomorrow, self.env.tz, MORNING)

    # -- Computes

    @api.depends("campaign_id")
    def _compute_has_waves(self):
        for wizard in self:
            wizard.has_waves = bool(wizard.campaign_id.segmentation_wave_ids)

    @api.depends("campaign_id")
    def _compute_mailing_ids(self):
        """The drafts for the whole audience."""
        for wizard in self:
            wizard.mailing_ids = self.env["mailing.mailing"].search(
                [
                    ("campaign_id", "=", wizard.campaign_id.id),
                    ("mailing_model_name", "=", "res.partner"),
                    ("state", "=", "draft"),
                    ("segmentation_wave_id", "=", False),
                    ("ab_testing_enabled", "=", False),
                ]
            )

    @api.depends("campaign_id")
    def _compute_customer_count(self):
        for wizard in self:
            wizard.customer_count = sum(count for _zone, count in wizard._zones())

    @api.depends("line_ids.size", "customer_count")
    def _compute_left_out_count(self):
        for wizard in self:
            placed = sum(wizard.line_ids.mapped("size"))
            wizard.left_out_count = wizard.customer_count - placed

    @api.depends("mailing_ids")
    def _compute_has_unchecked(self):
        """Whether a message has not passed the check before sending yet."""
        for wizard in self:
            wizard.has_unchecked = any(
                mailing._segmentation_preflight_problem()
                for mailing in wizard.mailing_ids._origin
            )

    @api.depends("by", "size", "every", "left_out_count", "line_ids", "mailing_ids")
    @api.depends_context("lang")
    def _compute_problem(self):
        for wizard in self:
            wizard.problem = wizard._problem()

    @api.depends(
        "campaign_id", "by", "size", "date_start", "every", "is_on_working_days"
    )
    def _compute_line_ids(self):
        for wizard in self:
            lines = [] if wizard._number_problem() else wizard._lines()
            wizard.line_ids = [
                Command.clear(),
                *(Command.create(values) for values in lines),
            ]

    # -- The proposal

    def _zones(self):
        """Return ``(zone, customers to contact)``, the largest first."""
        rows = self.env["segmentation.audience"]._read_group(
            [("campaign_id", "=", self.campaign_id.id), ("group", "=", "contact")],
            ["zone_id"],
            ["__count"],
        )
        return sorted(rows, key=lambda row: (-row[1], row[0].id or 0))

    def _lines(self):
        """Return the values of the lines."""
        if self.has_waves:
            return [
                {
                    "wave_id": wave.id,
                    "name": wave.name,
                    "date": max(wave.date, self.date_start),
                    "size": wave.size,
                }
                for wave in self.campaign_id.segmentation_wave_ids.sorted("date")
            ]
        lines = self._zone_lines() if self.by == "zone" else self._size_lines()
        for line, date in zip(lines, self._dates(len(lines)), strict=True):
            line["date"] = date
        return lines

    def _zone_lines(self):
        return [
            {
                "name": zone.name or self.env._("Without zone"),
                "zone_id": zone.id,
                "size": count,
            }
            for zone, count in self._zones()
        ]

    def _size_lines(self):
        return [
            {"name": self.env._("Wave %s", number), "size": size}
            for number, size in enumerate(
                wave_sizes(self.customer_count, self.size), start=1
            )
        ]

    def _dates(self, count):
        """Return when the waves go, each at the time of the first."""
        zone = self.env.tz
        local = local_time(self.date_start, zone)
        days = wave_days(local.date(), count, self.every, self._weekdays())
        return [begins(day, zone, local.time()) for day in days]

    def _weekdays(self):
        """Return the days of the week that count; none for all of them."""
        if not self.is_on_working_days:
            return set()
        calendar = self.campaign_id.segmentation_company_id.sudo().resource_calendar_id
        return {int(day) for day in calendar.attendance_ids.mapped("dayofweek")}

    # -- What is wrong, in words

    def _problem(self):
        """Return what to change before the waves are made, else False."""
        return (
            self._number_problem()
            or self._line_problem()
            or self._message_problem()
            or False
        )

    def _number_problem(self):
        if not 1 <= self.every <= MOST or self.size < 1:
            return self.env._(
                "Days from wave to wave go from 1 to %s, customers from 1 up.", MOST
            )
        count = len(wave_sizes(self.customer_count, self.size))
        if self.by == "size" and count > MOST_WAVES:
            return self.env._(
                "%(customers)s customers in waves of %(size)s are %(count)s waves, more"
                " than %(most)s: put more customers into a wave.",
                customers=self.customer_count,
                size=self.size,
                count=count,
                most=MOST_WAVES,
            )
        return False

    def _line_problem(self):
        if not self.line_ids:
            return self.env._("There is nobody to contact, hence no wave.")
        if self.left_out_count < 0 or any(line.size < 0 for line in self.line_ids):
            return self.env._(
                "The waves want %(wanted)s customers, but there are %(customers)s to"
                " contact: take some out of a wave.",
                wanted=self.customer_count - self.left_out_count,
                customers=self.customer_count,
            )
        return False

    def _message_problem(self):
        """A message that cannot go to every wave."""
        if self.has_waves and not self.mailing_ids:
            return self.env._("Choose the message to send to the waves.")
        for mailing in self.mailing_ids._origin:
            if mailing.ab_testing_enabled and not mailing.ab_testing_is_winner_mailing:
                return self.env._(
                    "“%s” takes part in an A/B test: let all its versions go to one"
                    " wave, chosen in each message, and send the winner to the other"
                    " waves.",
                    mailing.subject,
                )
        return False

    # -- Actions

    def action_plan(self):
        """Make the waves, with a draft of each message for each of them."""
        self.ensure_one()
        campaign = self.campaign_id
        campaign._check_segmentation_marketing()
        campaign._segmentation_lock()
        if self.has_waves != any(line.wave_id for line in self.line_ids):
            raise UserError(
                self.env._(
                    "Somebody else has changed the waves of %s meanwhile: close this,"
                    " and start again.",
                    campaign.title,
                )
            )
        if problem := self._problem():
            raise UserError(problem)
        waves = self._existing_waves() if self.has_waves else self._make_waves()
        for mailing in self.mailing_ids:
            self._plan(mailing, waves)
        return {"type": "ir.actions.act_window_close"}

    def _existing_waves(self):
        """Return the waves, each with the date chosen for what goes now."""
        for line in self.line_ids:
            line.wave_id.date = line.date
        return self.line_ids.wave_id

    def _make_waves(self):
        waves = self.env["segmentation.wave"].create(
            [
                {
                    "name": line.name,
                    "date": line.date,
                    "campaign_id": self.campaign_id.id,
                }
                for line in self.line_ids
            ]
        )
        zones = [line.zone_id.id or None for line in self.line_ids]
        waves._assign(self.by == "zone" and zones, self.line_ids.mapped("size"))
        return waves

    def _plan(self, mailing, waves):
        """Make one mailing a wave; a draft for the whole audience becomes the first."""
        if mailing.state == "draft" and not mailing.segmentation_wave_id:
            mailing.write(waves[0]._schedule())
            waves = waves[1:]
        for wave in waves:
            mailing.copy({**wave._schedule(), "ab_testing_enabled": False})


class SegmentationWaveWizardLine(models.TransientModel):
    """One wave to be made, or to be written to."""

    _name = "segmentation.wave.wizard.line"
    _description = "Wave to Plan"

    wizard_id = fields.Many2one(
        "segmentation.wave.wizard", required=True, index=True, ondelete="cascade"
    )
    wave_id = fields.Many2one("segmentation.wave", ondelete="cascade")
    zone_id = fields.Many2one("segmentation.zone", ondelete="cascade")
    name = fields.Char(required=True)
    date = fields.Datetime(string="Send On", required=True)
    size = fields.Integer(string="Customers")
