from odoo import models

from .condition import CONTACT, FIGURES, MAILING

#: types of messages that people write, beside those that done activities leave
WRITTEN = ("comment", "email", "sms")


class MailMessage(models.Model):
    """Somebody wrote to, or heard from, the contact of a document."""

    _name = "mail.message"
    _inherit = ["mail.message", "segmentation.segment.source"]

    _segment_topic = CONTACT

    def _segment_contacts(self):
        """Of the documents of what people wrote; what Odoo writes by itself is none."""
        documents = {
            records._name: (records, contact)
            for records, contact in self.env[
                "segmentation.timeline"
            ]._installed_documents()
        }
        written = self.filtered(
            lambda message: message.model in documents
            and message.res_id
            and (message.message_type in WRITTEN or message.mail_activity_type_id)
        )
        contacts = set()
        for model, messages in written.grouped("model").items():
            records, contact = documents[model]
            records = records.browse(messages.mapped("res_id")).exists()
            found = records.mapped(contact)
            contacts.update(found if contact == "id" else found.ids)
        return contacts


class CalendarEvent(models.Model):
    """Who takes part in a meeting is in touch when it takes place."""

    _name = "calendar.event"
    _inherit = ["calendar.event", "segmentation.segment.source"]

    _segment_topic = CONTACT

    def _segment_fields(self):
        return {
            "active",
            "partner_ids",
            "privacy",
            "segmentation_is_visit",
            "start",
            "user_id",
        }

    def _segment_contacts(self):
        return self.partner_ids.ids


class MailingTrace(models.Model):
    """What a mailing sent to a contact, and what the contact did about it."""

    _name = "mailing.trace"
    _inherit = ["mailing.trace", "segmentation.segment.source"]

    _segment_topic = MAILING

    def _segment_fields(self):
        return {
            "links_click_datetime",
            "model",
            "open_datetime",
            "reply_datetime",
            "res_id",
            "sent_datetime",
            "trace_status",
        }

    def _segment_contacts(self):
        """Contacts that were mailed, and those of opportunities that were."""
        ids_of = {
            model: traces.mapped("res_id")
            for model, traces in self.grouped("model").items()
        }
        leads = self.env["crm.lead"].browse(ids_of.get("crm.lead")).exists()
        return {*ids_of.get("res.partner", ()), *leads.partner_id.ids}


class CrmLead(models.Model):
    """Why an opportunity was lost is no matter of figures, but one of segments."""

    _name = "crm.lead"
    _inherit = ["crm.lead", "segmentation.segment.source"]

    _segment_topic = FIGURES

    def _segment_fields(self):
        return {"date_closed", "lost_reason_id", "segmentation_unit_id"}

    def _segment_contacts(self):
        return self.partner_id.ids
