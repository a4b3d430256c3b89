from freezegun import freeze_time

from odoo import Command
from odoo.tests import tagged

from ..profile.timeline_common import TimelineCommon
from .common import SegmentCommon


@tagged("post_install", "-at_install")
class TestContactMarks(SegmentCommon, TimelineCommon):
    """What tells segments of contact, mailings, tags and birthdays, and its cost."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._segment([])  # without any there is nobody to tell

    def setUp(self):
        super().setUp()
        self.env.flush_all()
        self.marks = self.env["segmentation.segment.mark"].sudo()
        self.marks.search([]).unlink()

    def _told(self, topic):
        """Return the contacts that were marked."""
        self.env.flush_all()
        ids = self.marks.search([("topic", "=", topic)]).mapped("partner")
        return self.env["res.partner"].browse(sorted(set(ids)))

    def _queries(self, run, *args):
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        run(*args)
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def test_posting_an_invoice_tells_of_no_contact(self):
        """What Odoo notes on invoices by itself is none."""
        move = self._invoice(self.farmer, 100, "2025-01-10", post=False)
        move.action_post()
        self.assertFalse(self._told("contact"))

    def test_who_is_written_to(self):
        lead = self._lead(self.buyer, self.seller)
        self.marks.search([]).unlink()
        self._message(lead, "2025-03-01 12:00:00")
        self.assertEqual(self._told("contact"), self.buyer)

    def test_what_is_left_of_other_addons_stops_nobody(self):
        message = self._message(self.farmer, "2025-03-01 12:00:00")
        message.flush_recordset()
        self.env.cr.execute(
            "UPDATE mail_message SET model = 'some.document' WHERE id = %s",
            [message.id],
        )
        message.invalidate_recordset()
        self.marks.search([]).unlink()
        message.sudo().unlink()
        self.assertFalse(self._told("contact"))

    def test_messages_cost_no_more_queries_the_more_there_are(self):
        """Those of marking: Odoo's own are not looked at."""
        partners = self.env["res.partner"].create([{"name": "X"}] * 100)
        messages = self.env["mail.message"].concat(
            *(self._message(partner, "2025-03-01 12:00:00") for partner in partners)
        )
        counts = []
        for few in (messages[:1], messages[:1], messages):
            self.env.invalidate_all()
            few.mapped("model")
            counts.append(self._queries(few._segment_mark))
        self.assertEqual(counts[1], counts[2])

    def test_traces_cost_no_more_queries_the_more_there_are(self):
        partners = self.env["res.partner"].create([{"name": "X"}] * 100)
        lead = self._lead(self.buyer, self.seller)
        traces = self.env["mailing.trace"].create(
            [
                {"model": record._name, "res_id": record.id, "email": "x@example.com"}
                for records in (lead, partners)
                for record in records
            ]
        )
        counts = [
            self._queries(few._segment_mark) for few in (traces[:2], traces[:2], traces)
        ]
        self.assertEqual(counts[1], counts[2])
        self.assertEqual(self._told("mailing"), partners | self.buyer)

    def _key_field(self, name, kind, **values):
        """Return a key field that is switched on until the test ends."""
        if not self._registry_patched:  # as it is in tests over HTTP
            self.registry_enter_test_mode()
        self.addCleanup(setattr, self.registry, "registry_invalidated", True)
        self.addCleanup(self.registry.reset_changes)
        field = self.env["segmentation.field"].create(
            {"name": name, "type": kind, **values}
        )
        field._switch_on()
        return field

    def test_who_has_a_value_that_is_merged(self):
        """SQL moves contacts to the value that stays; segments that name it follow."""
        for kind, given in (("choice", int), ("choices", lambda id_: [id_])):
            with self.subTest(kind=kind):
                values = [Command.create({"name": name}) for name in ("Old", "New")]
                field = self._key_field(f"Crop as {kind}", kind, value_ids=values)
                old, new = field.value_ids
                self.farmer[field.technical_name] = given(old.id)
                self.buyer[field.technical_name] = given(new.id)
                segment = self._segment(
                    [(field.technical_name, "in", new.ids)], level="contact"
                )
                self.assertMembers(segment, self.buyer)
                self._follow()
                (old | new)._merge_into(new)
                self.assertEqual(self._told("partner"), self.farmer)
                self._follow()
                self.assertMembers(segment, self.farmer | self.buyer)

    def test_who_is_in_another_band(self):
        """Bands follow birthdays by SQL, which no write tells of."""
        founded = self._key_field("Founded On", "date")
        self._key_field(
            "Age",
            "band",
            source_id=founded.id,
            value_ids=[
                Command.create({"name": f"from {lower}", "lower": lower})
                for lower in (0, 10)
            ],
        )
        with freeze_time("2025-03-01"):
            self.farmer[founded.technical_name] = "2015-03-02"
            self.buyer[founded.technical_name] = "2015-06-02"
            self.env.flush_all()
        self.marks.search([]).unlink()
        with freeze_time("2025-03-02"):
            self.env["segmentation.field"]._cron_fill_bands()
        self.assertEqual(self._told("partner"), self.farmer)
