from odoo import api, models
from odoo.tools import SQL

from ..position.figures import SALE_TYPES
from .timeline import Source


class SegmentationTimeline(models.AbstractModel):
    """The sources of timelines, but for messages."""

    _inherit = "segmentation.timeline"

    @api.model
    def _kinds(self):
        return {
            "invoice": (self.env._("Invoice"), "fa-file-text-o"),
            "credit_note": (self.env._("Credit Note"), "fa-undo"),
            "payment": (self.env._("Payment"), "fa-money"),
            "quotation": (self.env._("Quotation"), "fa-shopping-cart"),
            "opportunity": (self.env._("Opportunity"), "fa-star"),
            "call": (self.env._("Call"), "fa-phone"),
            "visit": (self.env._("Visit"), "fa-map-marker"),
            "meeting": (self.env._("Meeting"), "fa-users"),
            "email_in": (self.env._("E-mail Received"), "fa-envelope-open-o"),
            "email_out": (self.env._("E-mail Sent"), "fa-envelope"),
            "mailing": (self.env._("Mailing"), "fa-bullhorn"),
            "sms": (self.env._("SMS"), "fa-mobile"),
            "quadrant": (self.env._("Quadrant"), "fa-bullseye"),
            "relation": (self.env._("Relation"), "fa-handshake-o"),
            "cadastre": (self.env._("Cadastre"), "fa-leaf"),
            "survey": (self.env._("Survey"), "fa-check-square-o"),
            "activity": (self.env._("Other Activity"), "fa-check"),
            "note": (self.env._("Note"), "fa-sticky-note-o"),
            **super()._kinds(),
        }

    @api.model
    def _sources(self):
        def source(name, model, *kinds, is_timed=True):
            return Source(
                model, kinds, f"_select_{name}", f"_describe_{name}", is_timed
            )

        return {
            "invoice": source(
                "invoices", "account.move", "invoice", "credit_note", is_timed=False
            ),
            "payment": source("payments", "account.payment", "payment", is_timed=False),
            "quotation": source("quotations", "sale.order", "quotation"),
            "lead": source("leads", "crm.lead", "opportunity"),
            "closed_lead": source("closed_leads", "crm.lead", "opportunity"),
            "meeting": source("meetings", "calendar.event", "meeting", "visit"),
            "mailing": source("mailings", "mailing.trace", "mailing", "sms"),
            "change": source("changes", "segmentation.change", "quadrant", "relation"),
            "planting": source(
                "plantings", "segmentation.planting", "cadastre", is_timed=False
            ),
            "survey": source("surveys", "survey.user_input", "survey"),
            **super()._sources(),
        }

    # --- Rows -------------------------------------------------------------------

    @api.model
    def _select(self, model, domain, date, kind):
        """Return the SELECT of the records that meet ``domain`` and the user may read.

        :param date: the moment in UTC, as SQL over the table of the model
        :param kind: the kind, as text or SQL
        """
        records = self.env[model].with_context(active_test=False)._search(domain)
        return records.select(
            SQL("%s AS id", SQL.identifier(records.table, "id")),
            SQL("%s AS date", date),
            SQL("%s AS kind", kind if isinstance(kind, SQL) else SQL("%s", kind)),
        )

    @api.model
    def _select_invoices(self, contacts):
        return self._select(
            "account.move",
            [
                ("partner_id", "in", contacts.ids),
                ("state", "=", "posted"),
                ("move_type", "in", SALE_TYPES),
            ],
            self._day_start(SQL("account_move.invoice_date")),
            SQL(
                "CASE account_move.move_type WHEN 'out_invoice' THEN 'invoice'"
                " ELSE 'credit_note' END"
            ),
        )

    @api.model
    def _select_payments(self, contacts):
        return self._select(
            "account.payment",
            [
                ("partner_id", "in", contacts.ids),
                ("partner_type", "=", "customer"),
                ("state", "in", ("in_process", "paid")),
            ],
            self._day_start(SQL("account_payment.date")),
            "payment",
        )

    @api.model
    def _select_quotations(self, contacts):
        return self._select(
            "sale.order",
            [("partner_id", "in", contacts.ids)],
            SQL("sale_order.date_order"),
            "quotation",
        )

    @api.model
    def _select_leads(self, contacts):
        return self._select(
            "crm.lead",
            [("partner_id", "in", contacts.ids)],
            SQL("crm_lead.create_date"),
            "opportunity",
        )

    @api.model
    def _select_closed_leads(self, contacts):
        return self._select(
            "crm.lead",
            [
                ("partner_id", "in", contacts.ids),
                ("won_status", "in", ("won", "lost")),
                ("date_closed", "!=", False),
            ],
            SQL("crm_lead.date_closed"),
            "opportunity",
        )

    @api.model
    def _select_meetings(self, contacts):
        """Meetings that have begun; those that are private to others are kept so."""
        events = self.env["calendar.event"]
        return self._select(
            "calendar.event",
            [
                ("partner_ids", "in", contacts.ids),
                ("start", "<=", "now"),
                *events._get_default_privacy_domain(),
            ],
            SQL("calendar_event.start"),
            SQL(
                "CASE WHEN calendar_event.segmentation_is_visit"
                " THEN 'visit' ELSE 'meeting' END"
            ),
        )

    @api.model
    def _select_mailings(self, contacts):
        """What mailings sent to the contacts, or to their opportunities."""
        leads = self.env["crm.lead"].with_context(active_test=False)
        leads = leads._search([("partner_id", "in", contacts.ids)], bypass_access=True)
        to_contacts = [("model", "=", "res.partner"), ("res_id", "in", contacts.ids)]
        to_leads = [("model", "=", "crm.lead"), ("res_id", "in", leads.subselect())]
        return self._select(
            "mailing.trace",
            [
                ("is_test_trace", "=", False),
                ("trace_status", "in", self._sent_statuses()),
                "|",
                "&",
                *to_contacts,
                "&",
                *to_leads,
            ],
            SQL("COALESCE(mailing_trace.sent_datetime, mailing_trace.create_date)"),
            SQL(
                "CASE mailing_trace.trace_type WHEN 'sms' THEN 'sms' ELSE 'mailing' END"
            ),
        )

    @api.model
    def _sent_statuses(self):
        return ["pending", "sent", "open", "reply", "bounce"]

    @api.model
    def _select_changes(self, contacts):
        return self._select(
            "segmentation.change",
            [("partner_id", "in", contacts.ids)],
            SQL("segmentation_change.date"),
            SQL("segmentation_change.kind"),
        )

    @api.model
    def _select_plantings(self, contacts):
        """Plantings, on the day the figure was learnt."""
        return self._select(
            "segmentation.planting",
            [("parcel_id.partner_id", "in", contacts.ids)],
            SQL(
                "COALESCE(%s, segmentation_planting.create_date)",
                self._day_start(SQL("segmentation_planting.date")),
            ),
            "cadastre",
        )

    @api.model
    def _select_surveys(self, contacts):
        return self._select(
            "survey.user_input",
            [
                ("partner_id", "in", contacts.ids),
                ("state", "=", "done"),
                ("test_entry", "=", False),
            ],
            SQL(
                "COALESCE(survey_user_input.end_datetime,"
                " survey_user_input.create_date)"
            ),
            "survey",
        )

    # --- What is shown ----------------------------------------------------------

    @api.model
    def _describe_invoices(self, moves):
        moves.fetch(
            ["name", "payment_state", "amount_total_in_currency_signed", "currency_id"]
        )
        return {
            move.id: self._event(
                move,
                move.name,
                detail=self._label(move, "payment_state"),
                amount=move.amount_total_in_currency_signed,
                currency_id=move.currency_id.id,
            )
            for move in moves
        }

    @api.model
    def _describe_payments(self, payments):
        payments.fetch(["name", "memo", "payment_type", "amount", "currency_id"])
        return {
            payment.id: self._event(
                payment,
                payment.name,
                detail=payment.memo or "",
                amount=payment.amount * (payment.payment_type == "inbound" or -1),
                currency_id=payment.currency_id.id,
            )
            for payment in payments
        }

    @api.model
    def _describe_quotations(self, orders):
        orders.fetch(["name", "state", "amount_total", "currency_id", "user_id"])
        return {
            order.id: self._event(
                order,
                order.name,
                detail=self._label(order, "state"),
                author=order.user_id.name or "",
                amount=order.amount_total,
                currency_id=order.currency_id.id,
            )
            for order in orders
        }

    @api.model
    def _describe_leads(self, leads, closed=False):
        return {
            lead.id: self._event(
                lead,
                lead.name,
                detail=self._outcome(lead) if closed else self.env._("Opened"),
                author=lead.user_id.name or "",
                amount=lead.expected_revenue,
                currency_id=lead.company_currency.id,
            )
            for lead in leads
        }

    @api.model
    def _describe_closed_leads(self, leads):
        return self._describe_leads(leads, closed=True)

    @api.model
    def _outcome(self, lead):
        if lead.won_status == "won":
            return self.env._("Won")
        if lead.lost_reason_id:
            return self.env._("Lost: %s", lead.lost_reason_id.name)
        return self.env._("Lost")

    @api.model
    def _describe_meetings(self, events):
        return {
            event.id: self._event(
                event,
                event.name,
                detail=event.location or "",
                author=event.user_id.name or "",
            )
            for event in events
        }

    @api.model
    def _describe_mailings(self, traces):
        return {
            trace.id: self._event(
                trace.mass_mailing_id or trace,
                trace.mass_mailing_id.subject,
                detail=self._label(trace, "trace_status"),
                opened=trace.open_datetime and str(trace.open_datetime),
                clicked=trace.links_click_datetime and str(trace.links_click_datetime),
            )
            for trace in traces
        }

    @api.model
    def _describe_changes(self, changes):
        """From what to what, in which harvest or unit, and why if by hand."""
        events = {}
        for change in changes:
            old, new = (
                self._label(change, name) for name in ("old_value", "new_value")
            )
            details = (change.unit_id.name, change.harvest_id.name, change.reason)
            events[change.id] = self._event(
                change,
                f"{old} → {new}",
                detail=", ".join(detail for detail in details if detail),
                author=change.user_id.name or "",
            )
        return events

    @api.model
    def _describe_plantings(self, plantings):
        return {
            planting.id: self._event(
                planting.parcel_id,
                self.env._(
                    "%(parcel)s: %(hectares)s ha of %(crop)s in %(harvest)s",
                    parcel=planting.parcel_id.name,
                    hectares=planting.parcel_id._format_hectares(planting.hectares),
                    crop=planting.crop_id.name,
                    harvest=planting.harvest_id.name,
                ),
                detail=self._label(planting, "source"),
            )
            for planting in plantings
        }

    @api.model
    def _describe_surveys(self, answers):
        return {
            answer.id: self._event(answer, answer.survey_id.title) for answer in answers
        }
