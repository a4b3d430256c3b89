from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .exclusion import SILENT

#: per reason of ``EXCLUSIONS``: what the trace of an e-mail and of an SMS says
FAILURES = {
    "hold_out": ("segmentation_hold_out", "segmentation_hold_out"),
    "stopped": ("segmentation_stopped", "segmentation_stopped"),
    "other_campaign": ("segmentation_other", "segmentation_other"),
    "gone": ("segmentation_gone", "segmentation_gone"),
    "no_address": ("mail_email_missing", "sms_number_missing"),
    "invalid_address": ("mail_email_invalid", "sms_number_format"),
    "blacklisted": ("mail_bl", "sms_blacklist"),
    "opted_out": ("mail_optout", "sms_optout"),
    "cap": ("segmentation_cap", "segmentation_cap"),
    "shared": ("mail_dup", "sms_duplicate"),
}


class MailingTrace(models.Model):
    """Says why a message did not leave, where Odoo has no word for it."""

    _name = "mailing.trace"
    _inherit = "mailing.trace"

    failure_type = fields.Selection(
        selection_add=[
            ("segmentation_cap", "Contact cap reached"),
            ("segmentation_stopped", "Campaign stopped"),
            ("segmentation_other", "Kept for another campaign"),
            ("segmentation_hold_out", "Held out"),
            ("segmentation_gone", "Contact archived, deleted or moved"),
        ]
    )


class MailingMailing(models.Model):
    """A message of ours goes to the campaign's audience, less the excluded.

    That is a message to contacts from a launched campaign, whatever its domain says
    and however it is sent: by the queue, by hand, again, as winner of a test, or to ids
    that a program names.
    """

    _name = "mailing.mailing"
    _inherit = "mailing.mailing"

    def _segmentation_is_ours(self):
        """Whether the message is to the audience of a launched campaign."""
        self.ensure_one()
        return (
            self.campaign_id.segmentation_state == "launched"
            and self.mailing_model_real == "res.partner"
        )

    def _segmentation_channel(self):
        """Return the channel as the exclusions name it."""
        return "sms" if self.mailing_type == "sms" else "email"

    # -- Whom it is for

    def _segmentation_audience_domain(self):
        """Return the domain of the rows of the audience that the message is for."""
        return Domain("campaign_id", "=", self.campaign_id.id)

    def _get_recipients_domain(self):
        """Who is in the audience and meets the message's own domain.

        The blacklisted, opted out and the like are in: their traces say why they got
        nothing. Those who are held out are nowhere.
        """
        domain = super()._get_recipients_domain()
        if not self._segmentation_is_ours():
            return domain
        return domain & Domain("id", "in", self._segmentation_recipients())

    def _segmentation_recipients(self):
        """Return a SELECT of the recipients, in parentheses."""
        audience = self.env["segmentation.audience"].sudo()
        rows = audience._search(self._segmentation_audience_domain())
        return SQL(
            """(SELECT recipient_id FROM (%s) excluded
                 WHERE reason IS NULL AND audience_id IN %s)""",
            self.campaign_id.sudo()._segmentation_exclusions(
                self._segmentation_channel(), mailing=self, reasons=SILENT
            ),
            rows.subselect(),
        )

    # -- At the moment of sending

    def _segmentation_reasons(self, res_ids, reasons=None):
        """Return {id: why it gets nothing, or None} of those who may be recipients.

        Ids that a message of ours is not for are not in it.

        :param reasons: the keys of ``EXCLUSIONS`` to look at; all by default
        """
        self.ensure_one()
        if not self._segmentation_is_ours():
            return self._segmentation_other_reasons(res_ids)
        rows = self.env.execute_query(
            self.campaign_id.sudo()._segmentation_exclusions(
                self._segmentation_channel(),
                mailing=self,
                recipients=res_ids,
                reasons=reasons,
            )
        )
        return {recipient_id: reason for _row, recipient_id, _address, reason in rows}

    def _segmentation_other_reasons(self, res_ids):
        """The same of a message to leads, lists or whomever else.

        It may have a topic, and be of a campaign that holds people out.
        """
        result = dict.fromkeys(res_ids)
        self.campaign_id._segmentation_flush_exclusions()
        if topic := self.segmentation_topic_id:
            out = self._segmentation_found(res_ids, topic._segmentation_out)
            result.update(dict.fromkeys(out, "opted_out"))
        if self.campaign_id.segmentation_state == "launched":
            out = self._segmentation_found(
                res_ids, self.campaign_id._segmentation_held_out
            )
            result.update(dict.fromkeys(out, "hold_out"))
        return result

    def _segmentation_found(self, res_ids, select):
        """Return the ids of those who are, or have an address, among people.

        :param select: a function that returns a SELECT of the people's ``partner_id``,
            ``email`` or ``phone``
        """
        target = self.env[self.mailing_model_real].sudo()
        columns = {"email_normalized": "email", "phone_sanitized": "phone"}
        if target._name == "res.partner":
            columns["id"] = "partner_id"
        domain = Domain.OR(
            Domain(name, "in", select(column))
            for name, column in columns.items()
            if name in target._fields
        )
        return target.with_context(active_test=False)._search(
            domain & Domain("id", "in", res_ids)
        )

    def _segmentation_take(self, res_ids):
        """Return the reasons of those of the ids that nobody has written to yet.

        The lock on the message lasts until what is written to them is committed, so
        that two workers with the same ids do not both write to them.
        """
        if not self._segmentation_is_ours():
            return self._segmentation_other_reasons(res_ids)
        self.flush_recordset()
        self.env.execute_query(
            SQL(
                "UPDATE mailing_mailing SET write_date = write_date WHERE id = %s",
                self.id,
            )
        )
        traces = self.env["mailing.trace"].sudo()
        written = traces._read_group(
            [
                ("mass_mailing_id", "=", self.id),
                ("model", "=", "res.partner"),
                ("res_id", "in", res_ids),
            ],
            [],
            ["res_id:array_agg"],
        )[0][0]
        reasons = self._segmentation_reasons(list(set(res_ids) - set(written or [])))
        capped = self.campaign_id.sudo()._segmentation_capped_by_now(
            self._segmentation_channel(),
            [id_ for id_, reason in reasons.items() if not reason],
            mailing=self,
        )
        return {**reasons, **dict.fromkeys(capped, "cap")}


class MailComposeMessage(models.TransientModel):
    """Leaves out, batch by batch, who must not be written to at that moment."""

    _name = "mail.compose.message"
    _inherit = "mail.compose.message"

    def _prepare_mail_values(self, res_ids):
        if not self._is_mass_mailing():
            return super()._prepare_mail_values(res_ids)
        reasons = self.mass_mailing_id._segmentation_take(res_ids)
        composer = self.with_context(segmentation_reasons=reasons)
        return super(MailComposeMessage, composer)._prepare_mail_values(
            [id_ for id_ in res_ids if reasons.get(id_, "hold_out") not in SILENT]
        )

    def _process_mail_values_state(self, mail_values_dict):
        """Let the trace say why; the blacklist is not to be switched off."""
        values = super()._process_mail_values_state(mail_values_dict)
        reasons = self.env.context.get("segmentation_reasons", {})
        for res_id, mail_values in values.items():
            if reason := reasons.get(res_id):
                failure_type, _sms = FAILURES[reason]
                mail_values.update(state="cancel", failure_type=failure_type)
        return values


class SmsComposer(models.TransientModel):
    """Leaves out who must not be written to at that moment."""

    _name = "sms.composer"
    _inherit = "sms.composer"

    def _action_send_sms_mass(self, records=None):
        if not self._is_mass_sms():
            return super()._action_send_sms_mass(records)
        records = self._get_records() if records is None else records
        reasons = self.mailing_id._segmentation_take(records.ids)
        composer = self.with_context(segmentation_reasons=reasons)
        return super(SmsComposer, composer)._action_send_sms_mass(
            records.filtered(
                lambda record: reasons.get(record.id, "hold_out") not in SILENT
            )
        )

    def _segmentation_ids(self, *wanted):
        """Return the ids of those who get nothing for one of the reasons."""
        reasons = self.env.context.get("segmentation_reasons", {})
        return [id_ for id_, reason in reasons.items() if reason in wanted]

    def _get_blacklist_record_ids(self, records, recipients_info):
        ids = super()._get_blacklist_record_ids(records, recipients_info)
        return [*ids, *self._segmentation_ids("blacklisted")]

    def _get_optout_record_ids(self, records, recipients_info):
        ids = super()._get_optout_record_ids(records, recipients_info)
        return [*ids, *self._segmentation_ids("opted_out", "cap")]

    def _get_done_record_ids(self, records, recipients_info):
        ids = super()._get_done_record_ids(records, recipients_info)
        return [*ids, *self._segmentation_ids("shared")]

    def _prepare_mass_sms_trace_values(self, record, sms_values):
        """Let the trace tell the contact cap from an opt-out."""
        values = super()._prepare_mass_sms_trace_values(record, sms_values)
        if record.id in self._segmentation_ids("cap"):
            values["failure_type"] = FAILURES["cap"][1]
        return values
