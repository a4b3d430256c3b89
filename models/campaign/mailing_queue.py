from odoo import models
from odoo.tools import SQL, split_every

from .mailing_recipients import FAILURES

#: what may have become true of a message while it waited; the others stay as they were
MEANWHILE = (
    "hold_out",
    "stopped",
    "other_campaign",
    "gone",
    "blacklisted",
    "opted_out",
)
#: mails sent between two looks at who may still get them
MAILS_AT_ONCE = 50


class MailMail(models.Model):
    """Looks again at who may get a message, right before it leaves."""

    _name = "mail.mail"
    _inherit = "mail.mail"

    def _send(self, auto_commit=False, *args, **kwargs):
        """Send mails of mailings one by one, to see what others did meanwhile.

        An opt-out comes in time for the next few, a stop for the very next: each mail
        sent is committed, and the next one reads anew. Others leave as Odoo sends them.
        """
        if not self.mailing_id._segmentation_is_watched() or self.env.context.get(
            "mailing_test_mail"
        ):
            return super()._send(auto_commit, *args, **kwargs)
        for ids in split_every(MAILS_AT_ONCE, self.ids):
            self.browse(ids)._segmentation_cancel_excluded()
            if auto_commit:  # what was just written; writing it took a while
                self.env["ir.cron"]._commit_progress()
            for id_ in ids:
                mail = self.browse(id_)
                mail._segmentation_cancel_stopped()
                super(MailMail, mail)._send(auto_commit, *args, **kwargs)
        return True

    def _segmentation_cancel_stopped(self):
        """Cancel a mail whose campaign is stopped by now."""
        stopped = self.env.execute_query(
            SQL(
                """
                SELECT FROM mail_mail mail
                  JOIN mailing_mailing mailing ON mailing.id = mail.mailing_id
                  JOIN utm_campaign campaign ON campaign.id = mailing.campaign_id
                 WHERE mail.id = %s AND mail.state = 'outgoing'
                   AND campaign.segmentation_stopped_at IS NOT NULL""",
                self.id,
            )
        )
        if stopped:
            self._segmentation_cancel("stopped")

    def _segmentation_cancel(self, reason):
        """Let mails not leave; the traces say why."""
        self.cancel()
        self.mailing_trace_ids._segmentation_cancel(reason)

    def _segmentation_cancel_excluded(self):
        """Cancel what somebody must not get any more; the traces say why."""
        waiting = self.filtered(
            lambda mail: mail.state == "outgoing" and mail.mailing_trace_ids
        )
        for mailing, mails in waiting.grouped("mailing_id").items():
            reasons = mailing._segmentation_meanwhile(mails.mapped("res_id"))
            for reason, batch in mails.grouped(
                lambda mail, reasons=reasons: reasons[mail.res_id]
            ).items():
                if reason:
                    batch._segmentation_cancel(reason)

    def _prepare_outgoing_list(self, *args, **kwargs):
        """Write to the one address that was looked at, where a contact has several.

        The mail is locked before it leaves, and not only after: else a stop would take
        it for one that waits, and send it again when resumed.
        """
        if self.mailing_id._segmentation_is_watched():
            self.flush_recordset(["state"])
        emails = super()._prepare_outgoing_list(*args, **kwargs)
        if self.mailing_id and self.mailing_id._segmentation_is_ours():
            for email in emails:
                for name in ("email_to", "email_to_normalized"):
                    email[name] = email[name][:1]
        return emails


class SmsSms(models.Model):
    """Looks again at who may get an SMS, right before it leaves."""

    _name = "sms.sms"
    _inherit = "sms.sms"

    def _send(self, *args, **kwargs):
        batch = self - self._segmentation_cancel_excluded()
        return super(SmsSms, batch)._send(*args, **kwargs) if batch else None

    def _segmentation_cancel_excluded(self):
        """Cancel what somebody must not get any more; the traces say why.

        :return: the messages cancelled
        """
        cancelled = self.browse()
        waiting = (
            self.env["mailing.trace"]
            .sudo()
            .search([("sms_id_int", "in", self.ids), ("is_test_trace", "=", False)])
        )
        for mailing, traces in waiting.grouped("mass_mailing_id").items():
            if not mailing._segmentation_is_watched():
                continue
            reasons = mailing._segmentation_meanwhile(traces.mapped("res_id"))
            if mailing.campaign_id._segmentation_is_stopped_by_now():
                reasons = dict.fromkeys(reasons, "stopped")
            for reason, batch in traces.grouped(
                lambda trace, reasons=reasons: reasons[trace.res_id]
            ).items():
                if reason:
                    batch._segmentation_cancel(reason)
                    cancelled |= self.browse(batch.mapped("sms_id_int"))
        cancelled.write({"state": "canceled"})
        return cancelled


class MailingTrace(models.Model):
    _name = "mailing.trace"
    _inherit = "mailing.trace"

    def _segmentation_cancel(self, reason):
        """Say that the message did not leave, and why.

        :param reason: a key of ``EXCLUSIONS``
        """
        for kind, traces in self.grouped("trace_type").items():
            mail, sms = FAILURES[reason]
            failure_type = sms if kind == "sms" else mail
            traces.write({"trace_status": "cancel", "failure_type": failure_type})


class MailingMailing(models.Model):
    _name = "mailing.mailing"
    _inherit = "mailing.mailing"

    def _segmentation_is_watched(self):
        """Whether some of it may have to be held back while the mailings are sent."""
        return any(
            mailing.segmentation_topic_id
            or mailing.campaign_id.segmentation_state == "launched"
            for mailing in self
        )

    def _segmentation_meanwhile(self, res_ids):
        """Return {id: why it must not get what waits for it any more, or None}."""
        # mails are committed one by one: what others changed meanwhile must be seen
        self.campaign_id.invalidate_recordset()
        reasons = self._segmentation_reasons(res_ids, reasons=MEANWHILE)
        return {res_id: reasons.get(res_id, "gone") for res_id in res_ids}
