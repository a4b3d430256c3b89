from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged

from .timeline_common import TimelineCommon


@tagged("post_install", "-at_install")
class TestProfileTours(TimelineCommon, HttpCase):
    def test_salesperson_reads_the_timeline(self):
        """Pages, kinds, periods and links, with the header above."""
        self.farmer.user_id = self.seller
        now = fields.Datetime.now()
        reason = self.env["crm.lost.reason"].create({"name": "Price too high"})
        lead = self._lead(self.buyer, self.seller)
        lead.action_set_lost(lost_reason_id=reason.id)
        lead.date_closed = now - timedelta(days=60)
        lead.flush_recordset()
        self.env.cr.execute(
            "UPDATE crm_lead SET create_date = %s WHERE id = %s",
            [now - timedelta(days=70), lead.id],
        )
        for day in range(1, 45):
            self._done(
                self.farmer,
                now - timedelta(days=day),
                "mail.mail_activity_data_call",
                f"Call {day}.",
            )
        self.farmer.activity_schedule(
            "mail.mail_activity_data_call",
            summary="Offer a planter",
            user_id=self.seller.id,
        )
        self.start_tour(
            f"/odoo/contacts/{self.farmer.id}",
            "agro_segmentation_timeline_tour",
            login="seller",
        )
