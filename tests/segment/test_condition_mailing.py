from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .condition_common import ConditionCommon


@tagged("post_install", "-at_install")
class TestConditionMailing(ConditionCommon):
    """Opened, clicked, replied to or bounced: k of the last n e-mails of mailings."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mailing = cls.env["mailing.mailing"].create(
            {
                "subject": "News",
                "mailing_model_id": cls.env["ir.model"]._get_id("res.partner"),
                "mailing_domain": "[]",
            }
        )
        cls._send(cls.farmer, "sent", "sent", "sent", "open")
        cls._send(cls.east_farmer, "open", "reply", "sent")
        cls._send(cls.west_farmer, "sent")

    @classmethod
    def _send(cls, record, *statuses, **values):
        """E-mails of mailings to the record, the newest first."""
        return cls.env["mailing.trace"].create(
            [
                {
                    "mass_mailing_id": cls.mailing.id,
                    "model": record._name,
                    "res_id": record.id,
                    "email": "x@example.com",
                    "trace_status": status,
                    "sent_datetime": f"2025-03-{20 - age} 12:00:00",
                    **values,
                }
                for age, status in enumerate(statuses)
            ]
        )

    def _asked(self, event, bound, count, last):
        return {
            "kind": "mailing",
            "mailing_event": event,
            "mailing_bound": bound,
            "mailing_count": count,
            "mailing_last": last,
        }

    def test_opened(self):
        self.assertFindsAndSays(
            self._asked("opened", "least", 1, 3),
            self.east_farmer,
            "opened at least 1 of the last 3 mailings",
        )
        segment = self.assertFindsAndSays(
            self._asked("opened", "least", 1, 4),
            self.farmer | self.east_farmer,
            "opened at least 1 of the last 4 mailings",
        )
        self.assertIn("(1 of 4)", self._reason(segment, self.farmer))
        self.assertIn("(2 of 3)", self._reason(segment, self.east_farmer))

    def test_opened_none(self):
        """Who received fewer than asked for does not count as opening none."""
        self.assertFindsAndSays(
            self._asked("opened", "most", 0, 3),
            self.farmer,
            "opened none of the last 3 mailings",
        )

    def test_replied(self):
        self.assertFindsAndSays(
            self._asked("replied", "least", 1, 3),
            self.east_farmer,
            "replied to at least 1 of the last 3 mailings",
        )

    def test_clicked(self):
        self._send(self.west_farmer, "open", links_click_datetime="2025-03-21")
        self.assertFindsAndSays(
            self._asked("clicked", "least", 1, 2),
            self.west_farmer,
            "clicked in at least 1 of the last 2 mailings",
        )
        self.assertFindsAndSays(
            self._asked("clicked", "most", 1, 2),
            self.farmer | self.east_farmer | self.west_farmer,
            "clicked in at most 1 of the last 2 mailings",
        )

    def test_bounced(self):
        """What bounced was not received, but where one asks whether it bounces."""
        self._send(self.west_farmer, "bounce", "bounce", "error", "cancel", "outgoing")
        self.assertFindsAndSays(
            self._asked("bounced", "least", 2, 3),
            self.west_farmer,
            "at least 2 of the last 3 mailings bounced",
        )
        self.assertFindsAndSays(
            self._asked("opened", "most", 0, 1),
            self.farmer | self.west_farmer,
            "did not open the last mailing",
        )
        self.assertFindsAndSays(
            self._asked("opened", "least", 1, 1),
            self.east_farmer,
            "opened the last mailing",
        )

    def test_sms_do_not_count(self):
        self._send(self._customer("By SMS"), "sent", "sent", "sent", trace_type="sms")
        self.assertFinds(self._asked("opened", "most", 0, 3), self.farmer)

    def test_contacts_together_make_the_customer(self):
        self._send(self.ana, "open", "open")
        self.assertFinds(self._asked("opened", "least", 3, 6), self.farmer)
        self.assertFinds(
            self._asked("opened", "least", 2, 5),
            self.ana | self.east_farmer,
            level="contact",
        )

    def test_mailings_about_opportunities_count(self):
        lead = self.env["crm.lead"].create(
            {"name": "Sprayer", "partner_id": self.west_farmer.id}
        )
        self._send(lead, "open", "open")
        self.assertFinds(
            self._asked("opened", "least", 2, 3), self.east_farmer | self.west_farmer
        )

    def test_what_happens_to_mailings_is_followed(self):
        segment = self.assertFinds(self._asked("opened", "most", 0, 3), self.farmer)
        traces = self._send(self.west_farmer, "sent", "sent")
        self._follow()
        self.assertMembers(segment, self.farmer | self.west_farmer)
        traces[0].set_opened()
        self._follow()
        self.assertMembers(segment, self.farmer)

    def test_numbers_that_make_no_sense_are_refused(self):
        for condition, message in (
            (self._asked("opened", "least", 0, 5), "from 1 to 5 can be asked"),
            (self._asked("opened", "least", 6, 5), "from 1 to 5 can be asked"),
            (self._asked("opened", "most", 5, 5), "from 0 to 4 can be asked"),
            (self._asked("opened", "most", 0, 0), "looks at the last 1 to 100"),
            (self._asked(False, "most", 0, 5), "Choose what happened"),
        ):
            with self.assertRaisesRegex(ValidationError, message):
                self._segment(condition)
