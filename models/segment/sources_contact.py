from odoo import api, models

from .condition import CONTACT, FIGURES, MAILING

#: types of messages that people write, beside those that done activities leave
WRITTEN = ("comment", "email", "sms")
#: what is known of an e-mail of a mailing
TRACE = {
    "links_click_datetime",
    "model",
    "open_datetime",
    "reply_datetime",
    "res_id",
    "sent_datetime",
    "trace_status",
}
#: what a meeting counts by
EVENT = {"active", "partner_ids", "privacy", "segmentation_is_visit", "start"}


class MailMessage(models.Model):
    """Somebody wrote to, or heard from, the contact of a document."""

    _inherit = "mail.message"

    @api.model_create_multi
    def create(self, vals_list):
        """Have segments look at the contacts; what Odoo writes by itself is none."""
        messages = super().create(vals_list)
        messages.sudo()._segmentation_mark()
        return messages

    def unlink(self):
        """Have segments look at the contacts."""
        self.sudo()._segmentation_mark()
        return super().unlink()

    def _segmentation_mark(self):
        """Mark the contacts of the documents of what people wrote."""
        timeline = self.env["segmentation.timeline"]
        documents = {
            records._name: (records, contact)
            for records, contact in timeline._installed_documents()
        }
        written = self.filtered(
            lambda message: message.model in documents
            and message.res_id
            and (message.message_type in WRITTEN or message.mail_activity_type_id)
        )
        for model, messages in written.grouped("model").items():
            records, contact = documents[model]
            records = records.browse(messages.mapped("res_id")).exists()
            contacts = records.mapped(contact)
            ids = contacts if contact == "id" else contacts.ids
            self.env["segmentation.segment.mark"]._mark(CONTACT, ids)


class CalendarEvent(models.Model):
    """Who takes part in a meeting is in touch when it takes place."""

    _inherit = "calendar.event"

    @api.model_create_multi
    def create(self, vals_list):
        """Have segments look at those who take part."""
        events = super().create(vals_list)
        events._segmentation_mark()
        return events

    def write(self, vals):
        """Have segments look at those who took part and at those who do now."""
        if not EVENT & vals.keys():
            return super().write(vals)
        self._segmentation_mark()
        result = super().write(vals)
        self._segmentation_mark()
        return result

    def unlink(self):
        """Have segments look at those who took part."""
        self._segmentation_mark()
        return super().unlink()

    def _segmentation_mark(self):
        self.env["segmentation.segment.mark"]._mark(
            CONTACT, self.sudo().partner_ids.ids
        )


class MailingTrace(models.Model):
    """What a mailing sent to a contact, and what the contact did about it."""

    _inherit = "mailing.trace"

    @api.model_create_multi
    def create(self, vals_list):
        """Have segments look at the contacts."""
        traces = super().create(vals_list)
        traces._segmentation_mark()
        return traces

    def write(self, vals):
        """Have segments look at the contacts."""
        result = super().write(vals)
        if TRACE & vals.keys():
            self._segmentation_mark()
        return result

    def _segmentation_mark(self):
        """Mark contacts that were mailed, and those of opportunities that were."""
        ids_of = {
            model: traces.mapped("res_id")
            for model, traces in self.sudo().grouped("model").items()
        }
        leads = self.env["crm.lead"].sudo().browse(ids_of.get("crm.lead")).exists()
        self.env["segmentation.segment.mark"]._mark(
            MAILING, [*ids_of.get("res.partner", ()), *leads.partner_id.ids]
        )


class CrmLead(models.Model):
    """Why an opportunity was lost is no matter of figures, but one of segments."""

    _inherit = "crm.lead"

    def write(self, vals):
        """Have segments look at the contacts."""
        result = super().write(vals)
        if {"date_closed", "lost_reason_id", "segmentation_unit_id"} & vals.keys():
            self.env["segmentation.segment.mark"]._mark(
                FIGURES, self.sudo().partner_id.ids
            )
        return result
