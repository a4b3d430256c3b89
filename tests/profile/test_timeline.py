from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .timeline_common import TimelineCommon

CALL = "mail.mail_activity_data_call"
VISIT = "agro_segmentation.mail_activity_type_visit"


@tagged("post_install", "-at_install")
class TestTimeline(TimelineCommon):
    # --- Kinds ------------------------------------------------------------------

    def test_invoices_and_credit_notes(self):
        """Posted ones of the customer and its contacts, also of those who left."""
        self._invoice(self.farmer, 100, "2025-01-10")
        self._invoice(self.gone, -40, "2025-01-12")
        self._invoice(self.farmer, 100, "2025-01-11", post=False)
        events = self._events()["events"]
        self.assertEqual([e["kind"] for e in events], ["credit_note", "invoice"])
        self.assertEqual([e["day"] for e in events], ["2025-01-12", "2025-01-10"])
        move = self.env["account.move"].browse(events[1]["res_id"])
        self.assertEqual(events[1]["title"], move.name)
        self.assertEqual(
            (events[1]["amount"], events[1]["currency_id"]),
            (move.amount_total, self.company.currency_id.id),
        )
        self.assertLess(events[0]["amount"], 0)

    def test_payments(self):
        """Money that came in, not drafts of it."""
        payments = self.env["account.payment"].create(
            [
                {
                    "partner_id": self.buyer.id,
                    "payment_type": "inbound",
                    "partner_type": "customer",
                    "amount": amount,
                    "date": "2025-02-01",
                }
                for amount in (70, 30)
            ]
        )
        payments[0].action_post()
        (event,) = self._events()["events"]
        self.assertEqual((event["kind"], event["amount"]), ("payment", 70))

    def test_opportunities_open_and_close(self):
        """With the reason they were lost for."""
        lead = self._lead(self.buyer, self.seller)
        reason = self.env["crm.lost.reason"].create({"name": "Price too high"})
        self.assertEqual(self._kinds_of(kinds=["opportunity"]), ["opportunity"])
        lead.action_set_lost(lost_reason_id=reason.id)
        events = self._events(kinds=["opportunity"])["events"]
        self.assertEqual(
            {event["detail"] for event in events}, {"Lost: Price too high", "Opened"}
        )
        won = self._lead(self.farmer, self.seller, name="Planter")
        won.action_set_won()
        details = [
            event["detail"]
            for event in self._events(kinds=["opportunity"])["events"]
            if event["title"] == "Planter"
        ]
        self.assertEqual(set(details), {"Won", "Opened"})

    def test_done_activities(self):
        self._done(self.farmer, "2025-03-01 12:00:00", CALL)
        self._done(self.buyer, "2025-03-02 12:00:00", VISIT)
        self._done(self.farmer, "2025-03-03 12:00:00", "mail.mail_activity_data_todo")
        self._done(self.farmer, "2025-03-04 12:00:00", "mail.mail_activity_data_email")
        self.assertEqual(self._kinds_of(), ["email_out", "activity", "visit", "call"])
        self.assertEqual(self._events()["events"][-1]["detail"], "It went well")

    def test_meetings(self):
        """Those that have begun; private ones stay with those who take part."""
        self._meeting(self.buyer, "2025-03-01 12:00:00")
        self._meeting(self.farmer, "2025-03-02 12:00:00", segmentation_is_visit=True)
        self._meeting(self.farmer, "2999-03-02 12:00:00")
        self._meeting(self.farmer, "2025-03-03 12:00:00", privacy="private")
        kinds = ["visit", "meeting"]
        self.assertEqual(self._kinds_of(self.rival, kinds=kinds), kinds)
        self.assertEqual(self._kinds_of(self.seller, kinds=kinds), ["meeting", *kinds])

    def test_emails(self):
        """In from outside; out if the customer was notified; else a note."""
        self._message(self.farmer, "2025-03-01 12:00:00")
        self._sent(self.farmer, "2025-03-02 12:00:00", subject="Our offer")
        self._message(
            self.farmer,
            "2025-03-03 12:00:00",
            message_type="comment",
            author_id=self.seller.partner_id.id,
        )
        self._message(self.farmer, "2025-03-04 12:00:00", message_type="auto_comment")
        stranger = self._customer("Stranger")
        self._sent(self.farmer, "2025-03-05 12:00:00", to=stranger)
        self.assertEqual(self._kinds_of(), ["note", "note", "email_out", "email_in"])
        self.assertEqual(self._events()["events"][2]["title"], "Our offer")

    def test_messages_on_documents(self):
        """Those on opportunities, invoices and parcels count as well."""
        lead = self._lead(self.buyer, self.seller)
        move = self._invoice(self.farmer, 100, "2025-01-10")
        parcel = self._plant(self.farmer, self.east, self.soy, 10, self.summer_25)
        self._message(lead, "2025-04-03 12:00:00")
        self._sent(move, "2025-04-02 12:00:00")
        self._done(parcel, "2025-04-01 12:00:00", VISIT)
        events = self._events(kinds=["email_in", "email_out", "visit"])["events"]
        self.assertEqual(
            [(event["res_model"], event["res_id"]) for event in events],
            [(record._name, record.id) for record in (lead, move, parcel)],
        )

    def _trace(self, record, kind="mail", status="sent", **values):
        mailing = self.env["mailing.mailing"].create(
            {
                "subject": "Harvest news",
                "mailing_type": kind,
                "body_plaintext": "News",
                "mailing_model_id": self.env["ir.model"]._get_id(record._name),
            }
        )
        return self.env["mailing.trace"].create(
            {
                "model": record._name,
                "res_id": record.id,
                "mass_mailing_id": mailing.id,
                "trace_type": kind,
                "trace_status": status,
                "sent_datetime": "2025-05-01 12:00:00",
                **values,
            }
        )

    def test_mailings(self):
        """To contacts and to their opportunities, with what became of them."""
        self._trace(
            self.buyer,
            status="open",
            open_datetime="2025-05-02 12:00:00",
            links_click_datetime="2025-05-03 12:00:00",
        )
        self._trace(self._lead(self.buyer, self.seller), kind="sms", status="pending")
        self._trace(self.buyer, status="cancel")
        self._trace(self.buyer, is_test_trace=True)
        self._trace(self._customer("Stranger"))
        events = self._events(self.marketer, kinds=["mailing", "sms"])["events"]
        self.assertEqual([e["kind"] for e in events], ["sms", "mailing"])
        self.assertEqual(events[1]["title"], "Harvest news")
        self.assertEqual(events[1]["opened"], "2025-05-02 12:00:00")
        self.assertEqual(events[1]["clicked"], "2025-05-03 12:00:00")

    def test_sms_by_hand(self):
        self._sent(self.buyer, "2025-05-01 12:00:00", kind="sms")
        self._message(self.buyer, "2025-05-02 12:00:00", message_type="sms")
        self.assertEqual(self._kinds_of(), ["sms"])

    def test_cadastre(self):
        """Plantings, and what was changed on parcels."""
        parcel = self._plant(self.buyer, self.east, self.soy, 10, self.summer_25)
        parcel.planting_ids.date = "2025-01-05"
        message = self._message(
            parcel,
            "2025-01-06 12:00:00",
            message_type="notification",
            author_id=self.seller.partner_id.id,
            body=False,
        )
        field = self.env["ir.model.fields"]._get(parcel._name, "hectares")
        self.env["mail.tracking.value"].sudo().create(
            {
                "mail_message_id": message.id,
                "field_id": field.id,
                "old_value_float": 10,
                "new_value_float": 12,
            }
        )
        events = self._events(kinds=["cadastre"], date_to="2025-01-06")["events"]
        self.assertEqual(
            [event["detail"] or event["title"] for event in events],
            ["Hectares: 10.00 → 12.00", "Field: 10 ha of Soy in Summer 24–25"],
        )

    def test_changes(self):
        """Of quadrant and relation, of own customers as of any position."""
        self.env["segmentation.change"].sudo().create(
            [
                {
                    "partner_id": self.farmer.id,
                    "company_id": self.company.id,
                    "date": "2025-01-06 12:00:00",
                    "kind": "quadrant",
                    "harvest_id": self.summer_25.id,
                    "old_value": "investment",
                    "new_value": "retention",
                },
                {
                    "partner_id": self.farmer.id,
                    "company_id": self.company.id,
                    "date": "2025-01-07 12:00:00",
                    "kind": "relation",
                    "unit_id": self.unit_inputs.id,
                    "old_value": "prospect",
                    "new_value": "competitor",
                    "user_id": self.seller.id,
                    "reason": "Told us so",
                },
            ]
        )
        kinds = ["quadrant", "relation"]
        events = self._events(kinds=kinds)["events"]
        self.assertEqual(
            [(e["kind"], e["title"], e["detail"]) for e in events],
            [
                (
                    "relation",
                    "Prospect → Competitor's customer",
                    "Inputs, Told us so",
                ),
                ("quadrant", "Investment → Retention", "Summer 24–25"),
            ],
        )
        self.assertEqual(self._kinds_of(self.rival, kinds=kinds), [])
        self.farmer.user_id = self.seller
        self.assertEqual(
            self._kinds_of(self.seller, kinds=kinds), ["relation", "quadrant"]
        )

    # --- Sources ----------------------------------------------------------------

    def test_sources_of_missing_models_are_left_out(self):
        """Kinds of addons that are not installed are neither offered nor hidden."""
        timeline = self.env["segmentation.timeline"]
        with patch.dict(self.env.registry.models):
            self.env.registry.models.pop("sale.order", None)
            self.env.registry.models.pop("survey.user_input", None)
            readable, _hidden = timeline._readable_sources()
            kinds = {kind["key"] for kind in timeline._shown_kinds(readable)}
        self.assertTrue({"invoice", "email_in"} <= kinds)
        self.assertFalse({"quotation", "survey"} & kinds)

    # --- Rights -----------------------------------------------------------------

    def test_only_users_of_segmentation(self):
        stranger = new_test_user(self.env, "nobody", "base.group_user")
        with self.assertRaises(AccessError):
            self._events(stranger)

    def test_unreadable_partner(self):
        other = self.env["res.company"].sudo().create({"name": "Elsewhere"})
        self.farmer.sudo().company_id = other
        with (
            self.assertRaises(AccessError),
            mute_logger("odoo.addons.base.models.ir_rule"),
        ):
            self._events(self.seller)

    def test_models_without_access_are_named(self):
        """A salesperson without Invoicing sees no invoices, and is told so."""
        self._invoice(self.farmer, 100, "2025-01-10")
        page = self._events(self.seller)
        self.assertNotIn("invoice", [event["kind"] for event in page["events"]])
        self.assertIn("Invoice", page["hidden"])
        self.assertIn("Mailing", page["hidden"])
        self.assertNotIn("Call", page["hidden"])

    def test_rules_of_documents_hold(self):
        """The opportunity of another salesperson, and what is written on it."""
        lead = self._lead(self.farmer, self.rival)
        self._message(lead, "2025-04-03 12:00:00")
        kinds = ["opportunity", "email_in"]
        self.assertEqual(
            self._kinds_of(self.rival, kinds=kinds), ["opportunity", "email_in"]
        )
        self.assertEqual(self._kinds_of(self.seller, kinds=kinds), [])

    def test_other_companies(self):
        """Invoices of companies that are not switched on stay away."""
        move = self._invoice(self.farmer, 100, "2025-01-11")
        self.assertEqual(self._kinds_of(), ["invoice"])
        other = self.setup_other_company()["company"]
        move.flush_recordset()
        self.env.cr.execute(
            "UPDATE account_move SET company_id = %s WHERE id = %s", [other.id, move.id]
        )
        self.assertEqual(self._kinds_of(), [])

    # --- Order, pages, filters --------------------------------------------------

    def test_pages_neither_repeat_nor_lose(self):
        """Also where many things have one date, of one source and of several."""
        same = "2025-01-10 12:00:00"
        for number in range(7):
            self._message(self.farmer, same, subject=f"Mail {number}")
            self._meeting(self.farmer, same)
        self._message(self.farmer, "2025-01-09 12:00:00")
        everything = [event["key"] for event in self._events()["events"]]
        self.assertEqual(len(everything), 15)
        seen, cursor = [], None
        while True:
            page = self._events(limit=4, before=cursor)
            seen += [event["key"] for event in page["events"]]
            cursor = page["next"]
            if not cursor:
                break
        self.assertEqual(seen, everything)

    def test_moments_within_a_second(self):
        """Microseconds, which cursors do not hold, make no row come twice."""
        leads = [self._lead(self.farmer, self.seller) for _number in range(3)]
        for number, lead in enumerate(leads):
            lead.flush_recordset()
            self.env.cr.execute(
                "UPDATE crm_lead SET create_date = %s WHERE id = %s",
                [f"2025-01-10 12:00:00.{number}", lead.id],
            )
        first = self._events(limit=2)
        second = self._events(limit=2, before=first["next"])
        ids = [event["res_id"] for page in (first, second) for event in page["events"]]
        self.assertEqual(sorted(ids), sorted(lead.id for lead in leads))

    def test_days_are_those_of_the_user(self):
        """In La Paz the evening of the 10th is the 11th in UTC."""
        self.env.user.tz = "America/La_Paz"
        self._message(self.farmer, "2025-01-11 02:00:00")
        self._invoice(self.farmer, 100, "2025-01-11")
        days = {event["kind"]: event["day"] for event in self._events()["events"]}
        self.assertEqual(days, {"email_in": "2025-01-10", "invoice": "2025-01-11"})
        self.assertEqual(self._kinds_of(date_to="2025-01-10"), ["email_in"])
        self.assertEqual(self._kinds_of(date_from="2025-01-11"), ["invoice"])

    def test_kinds_are_filtered(self):
        self._message(self.farmer, "2025-01-11 02:00:00")
        self._invoice(self.farmer, 100, "2025-01-11")
        self.assertEqual(self._kinds_of(kinds=["invoice"]), ["invoice"])
        self.assertEqual(self._kinds_of(kinds=["nonsense"]), [])

    def test_contacts_show_their_customer(self):
        self._message(self.farmer, "2025-01-11 02:00:00")
        self.assertEqual(self._kinds_of(partner=self.buyer), ["email_in"])

    # --- Speed ------------------------------------------------------------------

    def _fill(self, number):
        """Add ``number`` things of several kinds to the customer and its documents."""
        lead = self._lead(self.buyer, self.seller)
        for day in range(number):
            date = f"2024-{day % 12 + 1:02}-{day % 28 + 1:02} 12:00:00"
            self._message(self.farmer, date)
            self._message(lead, date)
            self._sent(self.buyer, date)
            self._done(lead, date, CALL)
            self._lead(self.buyer, self.seller, name=f"Need {day}")
        parcel = self._plant(self.farmer, self.east, self.soy, 10, self.summer_25)
        self._done(parcel, "2024-01-01 12:00:00", VISIT)

    def _count_queries(self, *kinds):
        """Return the number of queries of a page, and of the events on it."""
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        events = self._events(self.seller, kinds=kinds, limit=200)["events"]
        return self.env.cr.sql_log_count - before, len(events)

    def test_queries_do_not_grow(self):
        """A dozen things or hundreds are read by the same number of queries."""
        messages, leads = ("email_in", "email_out", "call", "visit"), ("opportunity",)
        self._fill(2)
        self._count_queries()  # what is cached outside of records
        few = [self._count_queries(*kinds) for kinds in (messages, leads)]
        self._fill(50)
        many = [self._count_queries(*kinds) for kinds in (messages, leads)]
        self.assertEqual([events for _queries, events in few], [8, 3])
        self.assertEqual([events for _queries, events in many], [200, 54])
        self.assertEqual(
            [queries for queries, _events in many],
            [queries for queries, _events in few],
        )
