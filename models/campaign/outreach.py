import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..common.job import act_as, go_through, tries_again, wake
from .touch import CHANNELS

_logger = logging.getLogger(__name__)

#: calls or opportunities made in one transaction
BATCH = 500
#: an opportunity is no message: it needs no address, and may share one
OPPORTUNITY_REASONS = (
    "hold_out",
    "stopped",
    "other_campaign",
    "gone",
    "blacklisted",
    "opted_out",
    "cap",
)
#: one notice a person tells of all that is new, instead of one for each record
SILENT = {
    "mail_activity_quick_update": True,
    "mail_auto_subscribe_no_notify": True,
    "mail_create_nosubscribe": True,
}


class SegmentationOutreachPlan(models.AbstractModel):
    """What to ask of salespeople, for whom in the audience and with which words.

    Shared by the wizard, which asks for it, and the outreach, which keeps it.
    """

    _name = "segmentation.outreach.plan"
    _description = "Plan of Calls or Opportunities"

    campaign_id = fields.Many2one("utm.campaign", required=True, ondelete="cascade")
    company_id = fields.Many2one(related="campaign_id.segmentation_company_id")
    channel = fields.Selection(CHANNELS, required=True)
    note = fields.Html(
        string="Script",
        sanitize="email_outgoing",
        help="What to say. Placeholders stand for the figures of each customer.",
    )

    def _exclusions(self, recipients=None):
        """Return a SELECT of the audience: ``audience_id`` and why it is left out."""
        reasons = OPPORTUNITY_REASONS if self.channel == "opportunity" else None
        campaign = self.campaign_id.sudo()
        return SQL(
            "SELECT audience_id, reason FROM (%s) excluded",
            campaign._segmentation_exclusions("call", None, recipients, reasons),
        )

    def _render_note(self, recipients):
        """Return ``{recipient id: the script for it}``, with the user's own rights.

        Placeholders other than those for everybody are for template editors only.
        """
        renderer = self.env["mail.render.mixin"].with_context(
            segmentation_campaign_id=self.campaign_id.id
        )
        return renderer._render_template(
            self.note, "res.partner", recipients.ids, engine="qweb"
        )


class SegmentationOutreach(models.Model):
    """Calls or opportunities that marketing had made for a campaign at one time.

    Who gets what is written into the ledger (:class:`SegmentationTouch`) at once; the
    records are made from it in batches, the first one right away and the others by the
    job. Each batch asks again who must be left alone. Records are made on behalf of the
    campaign's responsible: marketing need not, and cannot, work on the activities and
    opportunities of salespeople.
    """

    _name = "segmentation.outreach"
    _inherit = "segmentation.outreach.plan"
    _description = "Calls or Opportunities of a Campaign"
    _order = "id desc"

    campaign_id = fields.Many2one(readonly=True, index=True)
    company_id = fields.Many2one(store=True, index=True)
    channel = fields.Selection(readonly=True)
    note = fields.Html(readonly=True)
    user_id = fields.Many2one(
        "res.users",
        string="Asked for by",
        required=True,
        readonly=True,
        ondelete="restrict",
        help="Whose rights decide what the script may tell.",
    )
    date = fields.Datetime(required=True, readonly=True)
    touch_ids = fields.One2many("segmentation.touch", "outreach_id", readonly=True)
    touch_count = fields.Integer(string="Customers", compute="_compute_counts")
    waiting_count = fields.Integer(
        string="Being Prepared",
        compute="_compute_counts",
        help="Not yet with the salespeople: the job goes on with them.",
    )
    error = fields.Char(readonly=True, help="What keeps the job from going on.")

    @api.depends("touch_ids")
    def _compute_counts(self):
        self.touch_count = self.waiting_count = 0
        for outreach, state, count in self.env["segmentation.touch"]._read_group(
            [("outreach_id", "in", self.ids), ("reason", "=", False)],
            ["outreach_id", "state"],
            ["__count"],
        ):
            outreach.touch_count += count
            if state == "waiting":
                outreach.waiting_count = count

    # --- Asking for it ----------------------------------------------------------

    @api.model
    def _start(self, values, given):
        """Write who gets what into the ledger, and make the first batch.

        The caller has checked rights, and holds a lock on the campaign.

        :param values: of the outreach
        :param given: ``(audience id, user id or None, due date or None)`` of each
        """
        outreach = self.sudo().create(
            {**values, "user_id": self.env.uid, "date": fields.Datetime.now()}
        )
        outreach._write_ledger(given)
        outreach._notify_people()
        if outreach._author()._step():
            wake(self.env, "outreach_cron")
        return outreach.sudo(False)

    def _write_ledger(self, given):
        """Note for each customer who is to get it, and when.

        Who was left out before is asked for anew.
        """
        ids, users, dates = zip(*given, strict=True)
        touches = self.env["segmentation.touch"]
        touches.search(
            [
                ("audience_id", "in", ids),
                ("channel", "=", self.channel),
                ("reason", "!=", False),
            ]
        ).unlink()
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO segmentation_touch (
                    outreach_id, campaign_id, company_id, channel,
                    audience_id, user_id, date,
                    create_uid, write_uid, create_date, write_date)
                SELECT %(outreach)s, %(campaign)s, %(company)s, %(channel)s,
                       audience_id, user_id, date, %(uid)s, %(uid)s, %(now)s, %(now)s
                  FROM UNNEST(%(ids)s::int[], %(users)s::int[], %(dates)s::date[])
                       WITH ORDINALITY AS given(audience_id, user_id, date, number)
              ORDER BY number
                """,
                outreach=self.id,
                campaign=self.campaign_id.id,
                company=self.company_id.id,
                channel=self.channel,
                uid=self.env.uid,
                now=self.env.cr.now(),
                ids=list(ids),
                users=list(users),
                dates=list(dates),
            )
        )
        touches.invalidate_model()
        self.invalidate_recordset()

    def _notify_people(self):
        """Tell each person once how many are new, and of which campaign."""
        given = self.env["segmentation.touch"]._read_group(
            [
                ("outreach_id", "=", self.id),
                ("user_id", "not in", (False, self.env.uid)),
            ],
            ["user_id"],
            ["__count"],
        )
        for user, count in given:
            texts = {"count": count, "campaign": self.campaign_id.title}
            speaker = self.with_context(lang=user.lang)
            self.env["mail.thread"].message_notify(
                partner_ids=user.partner_id.ids,
                subject=self.campaign_id.title,
                body=speaker._notice_sentence(texts),
            )

    def _notice_sentence(self, texts):
        """Return what a salesperson is told."""
        if self.channel == "call":
            return self.env._(
                "%(count)s calls of the campaign “%(campaign)s” are among your "
                "activities.",
                **texts,
            )
        return self.env._(
            "%(count)s opportunities of the campaign “%(campaign)s” are yours.", **texts
        )

    # --- Making it, batch by batch ----------------------------------------------

    def _author(self):
        """Return the outreach with the rights and the language of who asked for it."""
        return act_as(self, self.user_id, self.company_id)

    def _step(self):
        """Make the next batch; return whether some are left that can be made now."""
        touches, reasons = self._take_next()
        if "stopped" in reasons.values():
            return False
        for reason, some in touches.grouped(
            lambda touch: reasons.get(touch.audience_id.id, "gone")
        ).items():
            if reason:
                some.reason = reason
            else:
                self._make(some)
        return len(touches) == BATCH

    def _take_next(self):
        """Return the next touches that nobody else is making, as superuser.

        :return: touches, and ``{audience id: why it must be left out by now}``
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT touch.id, audience.recipient_id
                  FROM segmentation_touch touch
                  JOIN segmentation_audience audience ON audience.id = touch.audience_id
                 WHERE touch.outreach_id = %s
                   AND touch.made_at IS NULL AND touch.reason IS NULL
              ORDER BY touch.id
                 LIMIT %s
                   FOR NO KEY UPDATE OF touch SKIP LOCKED""",
                self.id,
                BATCH,
            )
        )
        touches = self.env["segmentation.touch"].sudo().browse(id_ for id_, _r in rows)
        recipients = [recipient for _id, recipient in rows if recipient]
        if not recipients:
            return touches, {}
        reasons = dict(self.env.execute_query(self._exclusions(recipients)))
        capped = self.campaign_id.sudo()._segmentation_capped_by_now("call", recipients)
        for touch in touches:
            row = touch.audience_id
            if row.recipient_id.id in capped and not reasons.get(row.id):
                reasons[row.id] = "cap"
        return touches, reasons

    def _make(self, touches):
        """Make the records of touches, and note them in the ledger."""
        recipients = touches.recipient_id
        notes = self._render_note(recipients.with_env(self.env))
        responsible = self.campaign_id.sudo().user_id or self.user_id
        maker = self.with_env(self.env(user=responsible, su=True))
        maker = maker.with_context(**SILENT)
        made = getattr(maker, f"_make_{self.channel}")(touches, notes)
        field = "activity_id" if self.channel == "call" else "lead_id"
        now = fields.Datetime.now()
        for touch, record in zip(touches, made, strict=True):
            touch.write({field: record.id, "made_at": now})

    def _run_step(self):
        """Make the next batch for the job; what goes wrong is noted, and ends it."""
        try:
            with self.env.cr.savepoint():
                left = self._author()._step()
        except UserError as error:
            _logger.info("Outreach %s cannot go on: %s", self.id, error)
            self.error = str(error)
            return False
        self.error = False
        return left

    @api.model
    @tries_again("outreach_cron")
    def _cron_run(self):
        """Go on with what is being prepared."""
        waiting = self.search(
            [("touch_ids", "any", [("made_at", "=", False), ("reason", "=", False)])],
            order="id",
        )
        go_through(waiting, type(self)._run_step, "outreach_cron")
