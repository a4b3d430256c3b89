from contextlib import suppress

from psycopg2.errors import SerializationFailure

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .mailing_recipients import FAILURES

#: what a trace says of a message that was taken out of the queue
STOPPED = FAILURES["stopped"][0]
#: the jobs that send on after a campaign is resumed
SENDERS = (
    "mail.ir_cron_mail_scheduler_action",
    "sms.ir_cron_sms_scheduler_action",
    "mass_mailing.ir_cron_mass_mailing_ab_testing",
    "agro_segmentation.outreach_cron",
)


class CampaignStopped(UserError):
    """Nothing may be sent: the campaign is stopped, maybe while it was being sent."""


class UtmCampaign(models.Model):
    """A launched campaign can be stopped at once, and resumed.

    Stopping waits for nobody, though a mailing may be on its way by another worker:
    what that worker holds it puts back itself, as soon as it looks (before each batch
    it writes, each e-mail it sends and each batch of SMS).
    """

    _name = "utm.campaign"
    _inherit = "utm.campaign"

    segmentation_stopped_at = fields.Datetime(
        string="Stopped At", readonly=True, copy=False
    )
    segmentation_stopped_by_id = fields.Many2one(
        "res.users", string="Stopped By", readonly=True, copy=False
    )

    def _segmentation_steering_fields(self):
        return super()._segmentation_steering_fields() | {
            "segmentation_stopped_at",
            "segmentation_stopped_by_id",
        }

    def _segmentation_excluded_stopped(self, channel, mailing):
        if self.env.context.get("segmentation_stop_aside"):
            return SQL("FALSE")
        return SQL("TRUE") if self.segmentation_stopped_at else SQL("FALSE")

    # -- Stop

    def action_segmentation_stop(self):
        """Let nothing more of these campaigns leave; see the class."""
        self._check_segmentation_marketing()
        self._check_segmentation_launched()
        running = self.filtered(lambda campaign: not campaign.segmentation_stopped_at)
        running.write(
            {
                "segmentation_stopped_at": fields.Datetime.now(),
                "segmentation_stopped_by_id": self.env.uid,
            }
        )
        # who sent some of it since this began does the rest: the next is not sent
        with suppress(SerializationFailure), self.env.cr.savepoint():
            mailings = running._segmentation_queued_mailings()
            mailings.try_lock_for_update(allow_referencing=True)._segmentation_hold()
        with suppress(SerializationFailure), self.env.cr.savepoint():
            running._segmentation_cancel_outgoing()

    def _check_segmentation_launched(self):
        for campaign in self:
            if campaign.segmentation_state != "launched":
                raise UserError(
                    self.env._(
                        "%s has not been launched: nothing is being sent for it.",
                        campaign.title,
                    )
                )

    def _check_segmentation_not_stopped(self):
        for campaign in self:
            if campaign.segmentation_stopped_at:
                raise CampaignStopped(
                    self.env._(
                        "%s is stopped: resume the campaign before you send anything.",
                        campaign.title,
                    )
                )

    def _segmentation_is_stopped_by_now(self):
        """Whether it is, for a transaction that began before and sends for a while."""
        with self.env.registry.cursor() as latest:
            latest.execute(
                SQL(
                    """SELECT FROM utm_campaign
                        WHERE id = ANY(%s) AND segmentation_stopped_at IS NOT NULL""",
                    self.ids,
                )
            )
            return bool(latest.rowcount)

    def _segmentation_queued_mailings(self):
        """Return the mailings that are on their way."""
        return self.env["mailing.mailing"].search(
            [("campaign_id", "in", self.ids), ("state", "in", ("in_queue", "sending"))]
        )

    def _segmentation_cancel_outgoing(self):
        """Take the messages out of the queues that nobody sends at this moment."""
        self.env.flush_all()
        for table, key, cancelled in self._segmentation_queues():
            self.env.execute_query(
                SQL(
                    """
                    WITH waiting AS (
                        SELECT message.id
                          FROM %(table)s message
                          JOIN mailing_mailing mailing
                            ON mailing.id = message.mailing_id
                         WHERE mailing.campaign_id = ANY(%(campaigns)s)
                           AND message.state = 'outgoing'
                           FOR NO KEY UPDATE OF message SKIP LOCKED
                    ), cancelled AS (
                        UPDATE %(table)s SET state = %(cancelled)s
                         WHERE id IN (SELECT id FROM waiting)
                    )
                    UPDATE mailing_trace
                       SET trace_status = 'cancel', failure_type = %(reason)s
                     WHERE %(key)s IN (SELECT id FROM waiting)
                    """,
                    table=table,
                    campaigns=self.ids,
                    cancelled=cancelled,
                    reason=STOPPED,
                    key=key,
                )
            )
        self.env.invalidate_all()

    # -- Resume

    def action_segmentation_resume(self):
        """Send on: what was taken out of the queues goes back to them."""
        self._check_segmentation_marketing()
        self._check_segmentation_launched()
        self.write(
            {"segmentation_stopped_at": False, "segmentation_stopped_by_id": False}
        )
        held = self.env["mailing.mailing"].search(
            [("campaign_id", "in", self.ids), ("segmentation_is_stopped", "=", True)]
        )
        held.segmentation_is_stopped = False
        held.filtered(lambda mailing: mailing.state == "draft").action_put_in_queue()
        self._segmentation_restore_outgoing()
        for name in SENDERS:
            if job := self.env.ref(name, raise_if_not_found=False):
                job.sudo()._trigger()

    def _segmentation_restore_outgoing(self):
        """Put the messages back into the queues that the stop took out of them."""
        self.env.flush_all()
        for table, key, cancelled in self._segmentation_queues():
            self.env.execute_query(
                SQL(
                    """
                    WITH restored AS (
                        UPDATE %(table)s message SET state = 'outgoing'
                          FROM mailing_trace trace
                         WHERE trace.%(key)s = message.id
                           AND trace.campaign_id = ANY(%(campaigns)s)
                           AND trace.trace_status = 'cancel'
                           AND trace.failure_type = %(reason)s
                           AND message.state = %(cancelled)s
                     RETURNING message.id
                    )
                    UPDATE mailing_trace
                       SET trace_status = 'outgoing', failure_type = NULL
                     WHERE %(key)s IN (SELECT id FROM restored)
                    """,
                    table=table,
                    campaigns=self.ids,
                    cancelled=cancelled,
                    reason=STOPPED,
                    key=key,
                )
            )
        self.env.invalidate_all()

    @api.model
    def _segmentation_queues(self):
        """Of each queue: its table, the traces' column for it, its state cancelled."""
        return (
            (SQL("mail_mail"), SQL("mail_mail_id"), "cancel"),
            (SQL("sms_sms"), SQL("sms_id_int"), "canceled"),
        )

    @api.model
    def _cron_process_mass_mailing_ab_testing(self):
        """The winners of stopped campaigns wait; see ``action_send_winner_mailing``."""
        campaigns = self.with_context(segmentation_skip_stopped=True)
        return super(UtmCampaign, campaigns)._cron_process_mass_mailing_ab_testing()


class MailingMailing(models.Model):
    """Is held while its campaign is stopped, whoever sends it and by whatever way."""

    _name = "mailing.mailing"
    _inherit = "mailing.mailing"

    segmentation_is_stopped = fields.Boolean(
        string="Stopped",
        readonly=True,
        copy=False,
        help="It was on its way when its campaign was stopped, and goes on when the"
        " campaign is resumed.",
    )

    def _segmentation_hold(self):
        """Back to draft, to go on when the campaign is resumed."""
        self.write({"state": "draft", "segmentation_is_stopped": True})

    def action_put_in_queue(self):
        self.campaign_id._check_segmentation_not_stopped()
        return super().action_put_in_queue()

    def action_send_mail(self, res_ids=None):
        self.campaign_id._check_segmentation_not_stopped()
        return super().action_send_mail(res_ids)

    def action_send_winner_mailing(self):
        """The job comes back for the winner once the campaign is resumed."""
        is_job = self.env.context.get("segmentation_skip_stopped")
        if is_job and self.campaign_id.segmentation_stopped_at:
            return False
        self.campaign_id._check_segmentation_not_stopped()
        return super().action_send_winner_mailing()

    def _get_recipients_domain(self):
        """Those of a stopped campaign are still its recipients, though held.

        Were there none left, the job would take the mailing for done.
        """
        mailing = self.with_context(segmentation_stop_aside=True)
        return super(MailingMailing, mailing)._get_recipients_domain()

    def _segmentation_checked_rows(self):
        """A message is checked for when the campaign is resumed."""
        mailing = self.with_context(segmentation_stop_aside=True)
        return super(MailingMailing, mailing)._segmentation_checked_rows()

    def _action_send_mail(self, res_ids=None):
        for mailing in self:
            try:
                mailing.campaign_id._check_segmentation_not_stopped()
                super(MailingMailing, mailing)._action_send_mail(res_ids)
            except CampaignStopped:
                mailing._segmentation_hold()
        return True


class MailComposeMessage(models.TransientModel):
    """Looks before each batch whether the campaign was stopped meanwhile."""

    _name = "mail.compose.message"
    _inherit = "mail.compose.message"

    def _prepare_mail_values(self, res_ids):
        self.mass_mailing_id.campaign_id._check_segmentation_not_stopped()
        return super()._prepare_mail_values(res_ids)
