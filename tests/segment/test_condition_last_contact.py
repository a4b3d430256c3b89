from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ..profile.timeline_common import TimelineCommon
from .condition_common import ConditionCommon

CALL = "mail.mail_activity_data_call"
VISIT = "agro_segmentation.mail_activity_type_visit"


@tagged("post_install", "-at_install")
class TestConditionLastContact(ConditionCommon, TimelineCommon):
    """Last in touch between two relative dates, by kind, or never."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.silent, cls.old = cls._customer("Silent"), cls._customer("Old")
        cls._done(cls.buyer, "2025-03-05 12:00:00", CALL)
        cls._sent(cls.farmer, "2025-03-01 12:00:00")
        cls._done(cls.old, "2023-06-01 12:00:00", VISIT)
        cls.ours = [("id", "in", (cls.farmer | cls.silent | cls.old).ids)]

    def _last(self, most=0, least=0, unit="month", **values):
        return {
            "kind": "last_contact",
            "ago_most": most,
            "ago_least": least,
            "ago_unit": unit,
            **values,
        }

    def assertLast(self, condition, expected, sentence):
        """On 31 March 2025, of the three customers, these were last in touch so."""
        with self._at("2025-03-31 12:00:00"):
            segment = self._segment(self.ours, condition)
            self.assertMembers(segment, expected)
            self.assertSameByContact(segment)
        condition = segment.condition_ids.filtered(lambda c: c.kind == "last_contact")
        self.assertEqual(condition.sentence, sentence)
        return segment

    def test_within_a_period(self):
        self.assertLast(
            self._last(most=1), self.farmer, "last contact in the last 1 month"
        )
        self.assertLast(
            self._last(most=24, least=12),
            self.old,
            "last contact between 24 months ago and 12 months ago",
        )
        self.assertLast(
            self._last(least=1, unit="year"),
            self.old,
            "last contact 1 year ago or earlier",
        )
        self.assertLast(self._last(), self.farmer | self.old, "ever in touch")

    def test_by_kind(self):
        self.assertLast(
            self._last(contact_visit=True), self.old, "ever in touch by visit"
        )
        self.assertLast(
            self._last(most=26, unit="day", contact_email=True, contact_sms=True),
            self.nobody,
            "last e-mail or SMS in the last 26 days",
        )
        self.assertLast(
            self._last(most=30, unit="day", contact_email=True),
            self.farmer,
            "last e-mail in the last 30 days",
        )

    def test_never(self):
        self.assertLast(self._last(contact_never=True), self.silent, "never in touch")
        self.assertLast(
            self._last(contact_never=True, contact_visit=True),
            self.farmer | self.silent,
            "never in touch by visit",
        )

    def test_not(self):
        self.assertLast(
            self._last(most=1, is_negated=True),
            self.silent | self.old,
            "no contact in the last 1 month",
        )
        self.assertLast(
            self._last(most=1, is_negated=True, contact_call=True),
            self.silent | self.old,
            "no call in the last 1 month",
        )
        self.assertLast(
            self._last(least=1, is_negated=True),
            self.farmer | self.silent,
            "not (last contact 1 month ago or earlier)",
        )

    def test_both_ends_are_days_of_the_company(self):
        """In La Paz it is still the 5th, two hours into the 6th of UTC."""
        self.company.resource_calendar_id.tz = "America/La_Paz"
        self._done(self.silent, "2025-03-06 02:00:00", CALL)
        with self._at("2025-03-31 12:00:00"):
            fifth = self._segment(self._last(26, 26, "day"))
            sixth = self._segment(self._last(25, 25, "day"))
        self.assertMembers(fifth, self.farmer | self.silent)
        self.assertMembers(sixth, self.nobody)

    def test_it_is_about_the_customer_and_holds_for_all_its_contacts(self):
        with self._at("2025-03-31 12:00:00"):
            segment = self._segment(self._last(most=1), level="contact")
            self.assertMembers(segment, self.farmer | self.buyer | self.ana)
            self.assertSameByContact(segment)

    def test_why(self):
        segment = self.assertLast(
            self._last(most=1), self.farmer, "last contact in the last 1 month"
        )
        self.assertIn("(Call on 03/05/2025)", self._reason(segment, self.farmer))

    def test_a_member_leaves_overnight_with_no_write(self):
        with self._at("2025-03-31 12:00:00"):
            segment = self._segment(self._last(most=26, unit="day"))
            self._run_job()
            self.assertMembers(segment, self.farmer)
        with self._at(segment.date_next):
            self._run_job()
        self.assertMembers(segment, self.nobody)
        left = segment.membership_ids.filtered("date_to")
        self.assertIn("last contact in the last 26 days", left.reason_left)

    def test_contact_is_followed(self):
        with self._at("2025-03-31 12:00:00"):
            segment = self._segment(self.ours, self._last(most=1))
            call = self._done(self.silent, "2025-03-30 12:00:00", CALL)
            self._follow()
            self.assertMembers(segment, self.farmer | self.silent)
            call.unlink()
            self._follow()
            self.assertMembers(segment, self.farmer)
            lead = self._lead(self.old, self.seller)
            self._done(lead, "2025-03-30 12:00:00", CALL)
            self._follow()
            self.assertMembers(segment, self.farmer | self.old)

    def test_messages_written_at_once_mark_all_their_contacts(self):
        self._segment(self._last(most=1))
        marks = self.env["segmentation.segment.mark"].sudo()
        marks.search([]).unlink()
        self.env["mail.message"].create(
            [
                {
                    "model": "res.partner",
                    "res_id": partner.id,
                    "message_type": "comment",
                    "body": "We called.",
                }
                for partner in (self.silent, self.old)
            ]
        )
        told = marks.search([("topic", "=", "contact")]).mapped("partner")
        self.assertEqual(sorted(told), sorted((self.silent | self.old).ids))

    def test_meetings_are_followed(self):
        with self._at("2025-03-31 12:00:00"):
            segment = self._segment(self.ours, self._last(most=1))
            meeting = self._meeting(self.silent, "2025-03-30 12:00:00")
            self._follow()
            self.assertMembers(segment, self.farmer | self.silent)
            meeting.with_context(dont_notify=True).start = "2024-03-30 12:00:00"
            self._follow()
            self.assertMembers(segment, self.farmer)
            meeting.with_context(dont_notify=True).start = "2025-03-30 12:00:00"
            self._follow()
            self.assertMembers(segment, self.farmer | self.silent)
            meeting.with_context(dont_notify=True).unlink()
            self._follow()
            self.assertMembers(segment, self.farmer)

    def test_what_odoo_writes_by_itself_marks_nobody(self):
        marks = self.env["segmentation.segment.mark"]
        before = marks.search_count([])
        self._message(self.silent, "2025-03-05 12:00:00", message_type="notification")
        self._message(self.silent, "2025-03-05 12:00:00", message_type="email_outgoing")
        self.assertEqual(marks.search_count([]), before)

    def test_documents_of_other_companies_do_not_count(self):
        other = self._other_company()
        lead = self._lead(self.silent, self.env.user, company_id=other.id)
        self._done(lead, "2025-03-30 12:00:00", CALL)
        condition = self._last(most=1)
        with self._at("2025-03-31 12:00:00"):
            self.assertMembers(self._segment(self.ours, condition), self.farmer)
            self.assertMembers(
                self._segment(self.ours, condition, company_id=other.id),
                self.farmer | self.silent,
            )

    def test_periods_that_make_no_sense_are_refused(self):
        for condition, message in (
            (self._last(12, 24), "the longer time under"),
            (self._last(-1), "goes from 0 to 1000"),
            (self._last(5000), "goes from 0 to 1000"),
            (self._last(1, unit=False), "Choose days"),
        ):
            with self.assertRaisesRegex(ValidationError, message):
                self._segment(condition)
