from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL, formatLang

from .timeline import Source

# what tells of somebody having been in touch with the customer
CONTACT_KINDS = ("call", "visit", "meeting", "email_in", "email_out", "sms")


class SegmentationTimeline(models.AbstractModel):
    """Messages as a source of timelines: e-mails, done activities, SMS, notes.

    Core lets an employee read a message when he may read the document it is on, and
    applies that in Python, after the query: searching a page of ten thousand messages
    that way reads all ten thousand. Here the documents are searched instead, with the
    rules of their own models, and messages are joined to them: a page of the messages
    of readable documents, in one statement. Messages of unreadable documents that were
    addressed to the user are left out, and so are those that core shows to nobody but
    their recipients. Describing a page reads it through the ORM, which checks again.
    """

    _inherit = "segmentation.timeline"

    @api.model
    def _sources(self):
        kinds = (*CONTACT_KINDS, "activity", "note", "cadastre")
        message = Source(
            "mail.message", kinds, "_select_messages", "_describe_messages"
        )
        return {"message": message, **super()._sources()}

    @api.model
    def _documents(self):
        """Return the models whose messages count, each with its field of the contact.

        Messages of models that are not installed are left out.
        """
        return {
            "res.partner": "id",
            "crm.lead": "partner_id",
            "account.move": "partner_id",
            "sale.order": "partner_id",
            "segmentation.parcel": "partner_id",
        }

    @api.model
    def _select_messages(self, contacts):
        """Return the messages on documents of the contacts that the user may read."""
        return SQL(" UNION ALL ").join(
            self._select_messages_on(
                documents._search([(field, "in", contacts.ids)]), documents, field
            )
            for documents, field in self._installed_documents()
            if documents.has_access("read")
        )

    @api.model
    def _installed_documents(self):
        """Return ``[(model, field of the contact)]``; archived records count too."""
        return [
            (self.env[model].with_context(active_test=False), field)
            for model, field in self._documents().items()
            if model in self.env
        ]

    @api.model
    def _select_messages_on(self, query, documents, field):
        """Return a SELECT of the id, date, kind and customer of messages on documents.

        :param query: the search of the documents
        :param field: their field of the contact
        """
        return SQL(
            """
            SELECT message.id, message.date, %s AS kind,
                   contact.commercial_partner_id AS customer_id
              FROM (%s) document
              JOIN res_partner contact ON contact.id = document.contact_id
              JOIN mail_message message
                ON message.model = %s AND message.res_id = document.id
         LEFT JOIN mail_activity_type activity
                ON activity.id = message.mail_activity_type_id
         LEFT JOIN res_partner author ON author.id = message.author_id""",
            self._message_kind(),
            query.select(
                SQL("%s AS id", SQL.identifier(query.table, "id")),
                SQL("%s AS contact_id", SQL.identifier(query.table, field)),
            ),
            documents._name,
        )

    @api.model
    def _message_kind(self):
        """Return the kind of a message as SQL; empty for what timelines do not show.

        An e-mail was sent to the customer if one of its contacts was notified by
        e-mail: without, it is a note among colleagues. What mailings keep on the
        document is left out, as their traces are shown, and so is what Odoo sends by
        itself.
        """
        email = self.env["ir.model.data"]._xmlid_to_res_id(
            "mail.mail_activity_data_email", raise_if_not_found=False
        )
        return SQL(
            """
            CASE
            WHEN activity.category = 'phonecall' THEN 'call'
            WHEN activity.category IN ('visit', 'meeting') THEN activity.category
            WHEN activity.id = %s THEN 'email_out'
            WHEN activity.id IS NOT NULL THEN 'activity'
            WHEN message.message_type = 'sms' THEN CASE WHEN %s THEN 'sms' END
            WHEN message.message_type = 'notification'
                THEN CASE message.model WHEN 'segmentation.parcel' THEN 'cadastre' END
            WHEN message.message_type NOT IN ('comment', 'email') THEN NULL
            WHEN author.partner_share IS NOT FALSE THEN 'email_in'
            WHEN %s THEN 'email_out'
            ELSE 'note'
            END""",
            email or None,
            self._was_notified_by("sms"),
            self._was_notified_by("email"),
        )

    @api.model
    def _was_notified_by(self, notification_type):
        return SQL(
            """EXISTS (
                SELECT FROM mail_notification notification
                  JOIN res_partner recipient
                    ON recipient.id = notification.res_partner_id
                 WHERE notification.mail_message_id = message.id
                   AND notification.notification_type = %s
                   AND recipient.commercial_partner_id = contact.commercial_partner_id
            )""",
            notification_type,
        )

    # --- What is shown ----------------------------------------------------------

    @api.model
    def _describe_messages(self, messages):
        changes = self._tracked_changes(messages)
        return {
            message.id: self._event(
                message,
                message.subject or message.record_name,
                detail=message.preview or changes.get(message.id, ""),
                author=message.author_id.name or message.email_from or "",
                res_model=message.model,
                res_id=message.res_id,
            )
            for message in messages
        }

    @api.model
    def _tracked_changes(self, messages):
        """Return, by message, what was changed in fields that the user may read."""
        changes = {}
        trackings = messages.sudo().tracking_value_ids
        trackings = trackings._filter_has_field_access(self.env)
        message_of = {
            tracking.id: tracking.mail_message_id.id for tracking in trackings
        }
        for value in trackings._tracking_value_format():
            change = self.env._(
                "%(field)s: %(old)s → %(new)s",
                field=value["fieldInfo"]["changedField"],
                old=self._tracked_text(value["oldValue"]),
                new=self._tracked_text(value["newValue"]),
            )
            changes.setdefault(message_of[value["id"]], []).append(change)
        return {message: "; ".join(texts) for message, texts in changes.items()}

    @api.model
    def _tracked_text(self, value):
        if isinstance(value, float):
            return formatLang(self.env, value)
        return str(value) if value else "–"

    # --- Last contact -----------------------------------------------------------

    @api.model
    def _select_contacts(self):
        """Return a SELECT of customer_id, date and kind of all that was contact.

        Contact is what a person did: mailings do not count. Rights do not either: when
        a customer was last heard of is one fact for all who segment by it, and nothing
        but the moment and the kind is told. Documents of companies other than those
        the user has switched on are left out, and so are private meetings.
        """
        return SQL(
            "SELECT customer_id, date, kind FROM (%s UNION ALL %s) contact"
            " WHERE kind = ANY(%s) AND customer_id IS NOT NULL",
            SQL(" UNION ALL ").join(
                self._select_messages_on(
                    documents._search(
                        self._company_domain(documents), bypass_access=True
                    ),
                    documents,
                    field,
                )
                for documents, field in self._installed_documents()
            ),
            self._select_customer_meetings(),
            list(CONTACT_KINDS),
        )

    @api.model
    def _company_domain(self, documents):
        if documents._name == "res.partner":
            return Domain.TRUE
        return Domain("company_id", "in", [*self.env.companies.ids, False])

    @api.model
    def _select_customer_meetings(self):
        """Return the same for past meetings, once for each customer that attends.

        A meeting without a privacy of its own has the one that its owner's have.
        """
        default = self.env["res.users"]._default_user_calendar_default_privacy()
        return SQL(
            """
            SELECT event.id, event.start AS date,
                   CASE WHEN event.segmentation_is_visit
                   THEN 'visit' ELSE 'meeting' END AS kind,
                   partner.commercial_partner_id AS customer_id
              FROM calendar_event event
              JOIN calendar_event_res_partner_rel attendee
                ON attendee.calendar_event_id = event.id
              JOIN res_partner partner ON partner.id = attendee.res_partner_id
         LEFT JOIN res_users_settings settings ON settings.user_id = event.user_id
             WHERE event.active
               AND event.start <= now() AT TIME ZONE 'UTC'
               AND CASE WHEN event.user_id IS NULL THEN event.privacy
                   ELSE COALESCE(event.privacy, settings.calendar_default_privacy, %s)
                   END IS DISTINCT FROM 'private'""",
            default,
        )
