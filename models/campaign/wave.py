from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..common.groups import MARKETING, USER

#: how far a wave is, of what its mailings say
STATES = [
    ("empty", "No message"),
    ("draft", "To schedule"),
    ("stopped", "Stopped"),
    ("in_queue", "Scheduled"),
    ("sending", "Sending"),
    ("done", "Sent"),
]


class SegmentationWave(models.Model):
    """A part of a campaign's audience that is written to on a day of its own.

    Customers held out are in no wave. Each message of the campaign is one mailing a
    wave, which goes at the wave's date.
    """

    _name = "segmentation.wave"
    _description = "Campaign Wave"
    _order = "campaign_id desc, date, id"

    name = fields.Char(required=True)
    campaign_id = fields.Many2one(
        "utm.campaign", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="campaign_id.segmentation_company_id", store=True
    )
    date = fields.Datetime(
        string="Send On",
        required=True,
        help="When the messages go that have not gone yet.",
    )
    audience_ids = fields.One2many("segmentation.audience", "wave_id", readonly=True)
    size = fields.Integer(string="Customers", compute="_compute_size")
    mailing_ids = fields.One2many(
        "mailing.mailing",
        "segmentation_wave_id",
        string="Messages",
        readonly=True,
        groups=MARKETING,
    )
    state = fields.Selection(STATES, string="Status", compute="_compute_state")

    @api.depends("audience_ids")
    def _compute_size(self):
        """Count with the user's rights: own customers only, for salespeople."""
        sizes = dict(
            self.env["segmentation.audience"]._read_group(
                [("wave_id", "in", self.ids)], ["wave_id"], ["__count"]
            )
        )
        for wave in self:
            wave.size = sizes.get(wave._origin, 0)

    @api.depends("mailing_ids.state", "mailing_ids.segmentation_is_stopped")
    def _compute_state(self):
        """The state of the message that is least far."""
        order = [state for state, _label in STATES]
        for wave in self.sudo():
            states = {
                "stopped" if mailing.segmentation_is_stopped else mailing.state
                for mailing in wave.mailing_ids
            }
            wave.state = min(states or {"empty"}, key=order.index)

    def write(self, vals):
        result = super().write(vals)
        if "date" in vals:
            self._reschedule()
        return result

    def _reschedule(self):
        """Let the messages that have not gone yet go at the new date."""
        for wave in self.sudo():
            waiting = wave.mailing_ids.filtered(
                lambda mailing: mailing.state in ("draft", "in_queue")
            )
            waiting.write(wave._schedule())
            queued = waiting.filtered(lambda mailing: mailing.state == "in_queue")
            if queued:
                job = self.env.ref("mass_mailing.ir_cron_mass_mailing_queue")
                job.sudo()._trigger(wave.date)

    def _schedule(self):
        """Values of a mailing that goes to the wave, at its date."""
        self.ensure_one()
        return {
            "segmentation_wave_id": self.id,
            "schedule_type": "scheduled",
            "schedule_date": self.date,
        }

    @api.ondelete(at_uninstall=False)
    def _unlink_except_with_messages(self):
        """Without its wave, a message would be for the whole audience."""
        for wave in self:
            if wave.mailing_ids:
                raise UserError(
                    self.env._(
                        "%(wave)s has messages: remove all waves of the campaign,"
                        " or delete the messages first.",
                        wave=wave.name,
                    )
                )

    # -- Making waves

    def _assign(self, zones, sizes):
        """Put the customers to contact into these waves, which are of one campaign.

        :param zones: for each wave the id of its zone (None: those without one); or
            False, and the waves take as many customers each as ``sizes`` says, the
            first ranked first
        """
        self.flush_model()
        self.env["segmentation.audience"].flush_model()
        self.env.execute_query(
            SQL(
                """
                UPDATE segmentation_audience
                   SET wave_id = wave.id
                  FROM (%(ranked)s) ranked
                  JOIN UNNEST(%(waves)s, %(zones)s::int[], %(ends)s, %(sizes)s)
                    AS wave (id, zone_id, last, size) ON %(matches)s
                 WHERE ranked.id = segmentation_audience.id
                """,
                ranked=self._ranked(),
                waves=self.ids,
                zones=zones or [None] * len(self),
                sizes=sizes,
                ends=[sum(sizes[: index + 1]) for index in range(len(sizes))],
                matches=SQL("wave.zone_id IS NOT DISTINCT FROM ranked.zone_id")
                if zones
                else SQL("place > last - size AND place <= last"),
            )
        )
        self.env["segmentation.audience"].invalidate_model(["wave_id"])
        self.invalidate_recordset(["audience_ids", "size"])

    def _ranked(self):
        """SELECT of the customers to contact, with the place of each: always the same.

        Who matters most comes first; those of one rank, or of none, stand in the order
        of a hash, which favours nobody.
        """
        return SQL(
            """
            SELECT id, zone_id,
                   ROW_NUMBER() OVER (
                       ORDER BY rank, md5(campaign_id || ':' || partner_id), id
                   ) AS place
              FROM segmentation_audience
             WHERE campaign_id = %s AND "group" = 'contact'
            """,
            self.campaign_id.id,
        )

    # -- Actions

    @api.readonly
    def action_open_audience(self):
        """Open the customers of the wave."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "agro_segmentation.segmentation_audience_action"
        )
        return {
            **action,
            "display_name": self.display_name,
            "domain": [("wave_id", "=", self.id)],
            "context": {"segmentation_in_campaign": True},
        }

    @api.readonly
    def action_open_messages(self):
        """Open the messages to the wave."""
        self.ensure_one()
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.display_name,
            "res_model": "mailing.mailing",
            "views": [(False, "list"), (False, "form")],
            "domain": [("segmentation_wave_id", "=", self.id)],
        }


class SegmentationAudience(models.Model):
    """In which wave the customer is written to."""

    _name = "segmentation.audience"
    _inherit = "segmentation.audience"

    wave_id = fields.Many2one(
        "segmentation.wave", readonly=True, index="btree_not_null", ondelete="set null"
    )


class MailingMailing(models.Model):
    """A message for one wave of the audience only."""

    _name = "mailing.mailing"
    _inherit = "mailing.mailing"

    segmentation_wave_id = fields.Many2one(
        "segmentation.wave",
        string="Wave",
        index="btree_not_null",
        ondelete="set null",
        domain="[('campaign_id', '=', campaign_id)]",
        help="Only customers of this wave. Empty: the whole audience.",
    )

    segmentation_has_waves = fields.Boolean(compute="_compute_segmentation_has_waves")

    @api.depends("campaign_id.segmentation_wave_ids")
    def _compute_segmentation_has_waves(self):
        for mailing in self:
            waves = mailing.campaign_id.sudo().segmentation_wave_ids
            mailing.segmentation_has_waves = bool(waves)

    @api.constrains("segmentation_wave_id", "campaign_id")
    def _check_segmentation_wave(self):
        for mailing in self:
            wave = mailing.segmentation_wave_id
            if wave and wave.campaign_id != mailing.campaign_id:
                raise ValidationError(
                    self.env._(
                        "“%(wave)s” is a wave of %(campaign)s, not of the campaign of"
                        " “%(mailing)s”: choose one of the same campaign.",
                        wave=wave.name,
                        campaign=wave.campaign_id.title,
                        mailing=mailing.subject,
                    )
                )

    def _segmentation_drafts(self):
        """Return those that are neither scheduled nor sent."""
        return self.filtered(lambda mailing: mailing.state == "draft")

    def _segmentation_texts(self):
        """Return one message of each text."""
        texts = {}
        for mailing in self.sorted("id"):
            text = (
                mailing.mailing_type,
                mailing.subject,
                mailing.body_html,
                mailing.body_plaintext,
            )
            texts.setdefault(text, mailing)
        return self.browse([mailing.id for mailing in texts.values()])

    def _segmentation_audience_domain(self):
        domain = super()._segmentation_audience_domain()
        if self.segmentation_wave_id:
            domain &= Domain("wave_id", "=", self.segmentation_wave_id.id)
        return domain


class UtmCampaign(models.Model):
    """Sends in waves: the same text to one part of the audience after another."""

    _name = "utm.campaign"
    _inherit = "utm.campaign"

    segmentation_wave_ids = fields.One2many(
        "segmentation.wave",
        "campaign_id",
        string="Waves",
        copy=False,
        groups=USER,
    )
    segmentation_can_schedule_waves = fields.Boolean(
        string="Waves Can Be Scheduled",
        compute="_compute_segmentation_can_waves",
        groups=MARKETING,
        help="A message of the waves waits to be scheduled.",
    )
    segmentation_can_drop_waves = fields.Boolean(
        string="Waves Can Be Dropped",
        compute="_compute_segmentation_can_waves",
        groups=MARKETING,
        help="No message of the waves is scheduled or sent yet.",
    )

    @api.depends("segmentation_wave_ids.mailing_ids.state")
    def _compute_segmentation_can_waves(self):
        for campaign in self:
            waves = campaign.segmentation_wave_ids
            drafts = waves.mailing_ids._segmentation_drafts()
            campaign.segmentation_can_schedule_waves = bool(drafts)
            campaign.segmentation_can_drop_waves = (
                bool(waves) and drafts == waves.mailing_ids
            )

    def _segmentation_drafts_domain(self, mailing_type):
        return super()._segmentation_drafts_domain(mailing_type) & Domain(
            "segmentation_wave_id", "=", False
        )

    @api.readonly
    def action_segmentation_waves(self):
        """Open the wizard that plans the waves, or adds a message to them."""
        self.ensure_one()
        self._check_segmentation_marketing()
        self._check_segmentation_launched()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "agro_segmentation.segmentation_wave_wizard_action"
        )
        return {**action, "context": {"default_campaign_id": self.id}}

    def action_segmentation_schedule_waves(self):
        """Schedule all messages of the waves that are not on their way yet."""
        self.ensure_one()
        self._check_segmentation_marketing()
        drafts = self.segmentation_wave_ids.mailing_ids._segmentation_drafts()
        if not drafts:
            raise UserError(
                self.env._(
                    "No message of %s waits to be scheduled: plan its waves with a"
                    " message first.",
                    self.title,
                )
            )
        drafts.action_put_in_queue()

    def action_segmentation_drop_waves(self):
        """Plan anew: one message is kept of each text, for the whole audience."""
        self.ensure_one()
        self._check_segmentation_marketing()
        waves = self.segmentation_wave_ids
        messages = waves.mailing_ids
        if messages != messages._segmentation_drafts():
            raise UserError(
                self.env._(
                    "Messages of %s are scheduled or sent: waves can be removed only"
                    " before that.",
                    self.title,
                )
            )
        kept = messages._segmentation_texts()
        (messages - kept).unlink()
        kept.write(
            {
                "segmentation_wave_id": False,
                "schedule_type": "now",
                "schedule_date": False,
            }
        )
        waves.unlink()
