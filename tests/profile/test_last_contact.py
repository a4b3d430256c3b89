from freezegun import freeze_time

from odoo import fields
from odoo.tests import Form, tagged

from .timeline_common import TimelineCommon

CALL = "mail.mail_activity_data_call"
VISIT = "agro_segmentation.mail_activity_type_visit"
LAST = "segmentation_last_contact"


@tagged("post_install", "-at_install")
class TestLastContact(TimelineCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.silent, cls.old = cls._customer("Silent"), cls._customer("Old")
        cls.everybody = cls.farmer | cls.silent | cls.old
        cls._done(cls.buyer, "2025-03-01 12:00:00", CALL)
        cls._sent(cls.farmer, "2025-03-05 12:00:00")
        cls._done(cls.old, "2023-06-01 12:00:00", VISIT)

    def _search(self, *domain, **options):
        found = self.env["res.partner"].search(
            [("id", "in", self.everybody.ids), *domain], **options
        )
        return found.mapped("name")

    def test_last_contact_and_its_kind(self):
        """On the customer and on all its contacts."""
        for partner in self.farmer | self.buyer | self.gone:
            self.assertEqual(
                partner[LAST], fields.Datetime.to_datetime("2025-03-05 12:00:00")
            )
            self.assertEqual(partner.segmentation_last_contact_kind, "email_out")
            self.assertEqual(str(partner.segmentation_last_call), "2025-03-01 12:00:00")
            self.assertFalse(partner.segmentation_last_visit)
        self.assertFalse(
            self.silent[LAST] or self.silent.segmentation_last_contact_kind
        )

    def test_mailings_notes_and_automatic_messages_do_not_count(self):
        self._message(self.silent, "2025-03-05 12:00:00", message_type="auto_comment")
        self._message(self.silent, "2025-03-05 12:00:00", message_type="email_outgoing")
        self._message(
            self.silent,
            "2025-03-05 12:00:00",
            message_type="comment",
            author_id=self.seller.partner_id.id,
        )
        self._done(self.silent, "2025-03-05 12:00:00", "mail.mail_activity_data_todo")
        self.assertFalse(self.silent[LAST])

    def _seller_meetings_are(self, privacy):
        self.seller.with_user(self.seller).calendar_default_privacy = privacy

    def test_meetings_are_as_private_as_their_owner_has_them(self):
        """Where they say nothing else."""
        self._meeting(self.silent, "2025-03-06 12:00:00", privacy="public")
        self._meeting(self.silent, "2025-03-07 12:00:00", privacy=False)
        self._meeting(self.old, "2025-03-08 12:00:00", privacy=False, user_id=False)
        for privacy, day in (("public", 7), ("private", 6), ("confidential", 7)):
            with self.subTest(privacy):
                self._seller_meetings_are(privacy)
                self.everybody.invalidate_recordset()
                self.assertEqual(self.silent.segmentation_last_meeting.day, day)
                self.assertEqual(self.old.segmentation_last_meeting.day, 8)

    def test_meetings_are_as_private_as_those_of_new_users(self):
        """Where their owner has never said anything."""
        self._meeting(self.silent, "2025-03-07 12:00:00", privacy=False)
        self.seller.sudo().res_users_settings_ids.unlink()
        self.assertEqual(self.silent.segmentation_last_meeting.day, 7)
        self.env["ir.config_parameter"].sudo().set_param(
            "calendar.default_privacy", "private"
        )
        self.silent.invalidate_recordset()
        self.assertFalse(self.silent.segmentation_last_meeting)

    def test_meetings_and_sms_count(self):
        self._meeting(self.silent, "2025-03-06 12:00:00")
        self._meeting(self.silent, "2025-03-07 12:00:00", segmentation_is_visit=True)
        self._meeting(self.silent, "2025-03-08 12:00:00", privacy="private")
        self._meeting(self.silent, "2999-03-08 12:00:00")
        self._sent(self.silent, "2025-03-09 12:00:00", kind="sms", to=self.silent)
        self.assertRecordValues(
            self.silent,
            [
                {
                    "segmentation_last_meeting": fields.Datetime.to_datetime(
                        "2025-03-06 12:00:00"
                    ),
                    "segmentation_last_visit": fields.Datetime.to_datetime(
                        "2025-03-07 12:00:00"
                    ),
                    "segmentation_last_sms": fields.Datetime.to_datetime(
                        "2025-03-09 12:00:00"
                    ),
                    "segmentation_last_contact_kind": "sms",
                }
            ],
        )

    def test_rights_do_not_matter(self):
        """The moment is told where the opportunity itself may not be read."""
        lead = self._lead(self.silent, self.rival)
        self._message(lead, "2025-03-06 12:00:00")
        silent = self.silent.with_user(self.seller)
        self.assertEqual(str(silent[LAST]), "2025-03-06 12:00:00")

    def test_other_companies(self):
        """What happened in a company that is not switched on does not count."""
        other = self.setup_other_company()["company"]
        lead = self._lead(self.silent, self.env["res.users"], company_id=other.id)
        self._message(lead, "2025-03-06 12:00:00")
        silent = self.silent.with_user(self.env.user)
        here = silent.with_context(allowed_company_ids=self.company.ids)
        both = silent.with_context(allowed_company_ids=(self.company | other).ids)
        self.assertFalse(here[LAST])
        self.assertTrue(both[LAST])

    @freeze_time("2025-03-10")
    def test_search_by_relative_dates(self):
        self.assertEqual(self._search((LAST, "<", "today -12m")), ["Old"])
        self.assertEqual(self._search((LAST, ">=", "today -12m")), ["Agro Norte"])
        self.assertEqual(
            self._search((LAST, ">=", "today -24m"), (LAST, "<", "today -12m")), ["Old"]
        )
        self.assertEqual(
            self._search(("segmentation_last_call", ">", "2025-02-28")), ["Agro Norte"]
        )

    def test_search_never(self):
        self.assertEqual(self._search((LAST, "=", False)), ["Silent"])
        self.assertEqual(
            self._search((LAST, "!=", False), order="name"), ["Agro Norte", "Old"]
        )
        self.assertEqual(
            self._search(("segmentation_last_visit", "=", False), order="name"),
            ["Agro Norte", "Silent"],
        )

    def test_search_a_moment(self):
        self.assertEqual(
            self._search((LAST, "=", "2025-03-05 12:00:00")), ["Agro Norte"]
        )

    def test_search_contacts(self):
        """A contact is found as its customer is."""
        found = self.env["res.partner"].search(
            [("id", "=", self.buyer.id), (LAST, ">", "2025-01-01")]
        )
        self.assertEqual(found, self.buyer)

    def test_search_by_kind(self):
        kind = "segmentation_last_contact_kind"
        self.assertEqual(self._search((kind, "=", "visit")), ["Old"])
        self.assertEqual(self._search((kind, "=", "call")), [])
        self.assertEqual(self._search((kind, "=", False)), ["Silent"])
        self.assertEqual(
            self._search((kind, "!=", "visit"), order="name"),
            ["Agro Norte", "Silent"],
        )

    def test_sort(self):
        self.assertEqual(
            self._search(order=f"{LAST} DESC NULLS LAST"),
            ["Agro Norte", "Old", "Silent"],
        )

    def test_group(self):
        partners = self.env["res.partner"]
        domain = [("id", "in", self.everybody.ids)]
        by_month = partners.formatted_read_group(domain, [f"{LAST}:month"], ["__count"])
        self.assertEqual(
            [(group[f"{LAST}:month"] or [False])[0] for group in by_month],
            ["2023-06-01 00:00:00", "2025-03-01 00:00:00", False],
        )
        for group in by_month:
            found = partners.search_count(domain + group["__extra_domain"])
            self.assertEqual(found, 1)
        by_kind = dict(
            partners._read_group(
                domain, ["segmentation_last_contact_kind"], ["__count"]
            )
        )
        self.assertEqual(by_kind, {"email_out": 1, "visit": 1, False: 1})

    def test_one_query_for_all(self):
        def count(partners):
            self.env.invalidate_all()
            partners.mapped("commercial_partner_id")
            before = self.env.cr.sql_log_count
            partners.mapped(LAST)
            return self.env.cr.sql_log_count - before

        more = self.env["res.partner"].create([{"name": str(i)} for i in range(100)])
        count(more)
        self.assertEqual(count(more), count(self.farmer))

    def test_new_partner(self):
        """A form that is not saved yet shows none."""
        self.assertFalse(Form(self.env["res.partner"]).segmentation_last_contact)
