from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import GOLDEN, CampaignCommon


@tagged("post_install", "-at_install")
class TestOverlap(CampaignCommon):
    """Campaigns that run at the same time, who is in several, and who keeps them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.both = cls._buyer("Both", 1000, 9000)
        cls.own = cls._buyer("Own", 1500, 8000, user_id=cls.salesman.id)
        cls.only_all = cls._buyer("Only all", 6000, 6000)
        cls.all = cls._launch("all")
        cls.invest = cls._launch("investment", GOLDEN["investment"])
        cls.today = fields.Date.context_today(cls.company)

    def _row(self, campaign, partner):
        return campaign.audience_ids.filtered(lambda row: row.partner_id == partner)

    def _excluded(self, campaign, channel="email"):
        """Return {customer: reason} of those who get nothing."""
        rows = self.env.execute_query(campaign._segmentation_exclusions(channel))
        audience = self.env["segmentation.audience"]
        return {
            audience.browse(row).partner_id: reason
            for row, _recipient, _address, reason in rows
            if reason
        }

    # -- Which run

    def test_runs_from_the_first_to_the_last_day(self):
        day = timedelta(days=1)
        for start, end, runs in (
            (self.today, False, True),
            (self.today, self.today, True),
            (self.today - day, self.today + day, True),
            (self.today + day, False, False),
            (self.today - 2 * day, self.today - day, False),
            (False, False, True),
        ):
            with self.subTest(start=start, end=end):
                campaign = self._wizard("all")._save_campaign()
                campaign.write(
                    {"segmentation_date_start": start, "segmentation_date_end": end}
                )
                self.assertFalse(campaign.segmentation_is_running, "It is a draft")
                campaign._segmentation_launch()
                campaign.invalidate_recordset()
                self.assertEqual(campaign.segmentation_is_running, runs)
                found = self.env["utm.campaign"].search(
                    [("segmentation_is_running", "=", True)]
                )
                self.assertEqual(campaign in found, runs)

    def test_calendar_shows_campaigns_without_an_end_up_to_today(self):
        day = timedelta(days=1)
        for start, end, last in (
            (self.today - 9 * day, False, self.today),
            (self.today + day, False, self.today + day),
            (self.today, self.today + day, self.today + day),
            (self.today - 9 * day, self.today - day, self.today - day),
        ):
            with self.subTest(start=start, end=end):
                campaign = self._wizard("all")._save_campaign()
                campaign.write(
                    {"segmentation_date_start": start, "segmentation_date_end": end}
                )
                self.assertEqual(campaign.segmentation_last_day, last)
                for value, found in ((last, True), (last + day, False)):
                    domain = [
                        ("id", "=", campaign.id),
                        ("segmentation_last_day", ">=", value),
                    ]
                    count = self.env["utm.campaign"].search_count(domain)
                    self.assertEqual(bool(count), found)

    def test_archived_and_stopped_campaigns_do_not_run(self):
        self.all.active = False
        self.invest.action_segmentation_stop()
        self.assertFalse(self.all.segmentation_is_running)
        self.assertFalse(self.invest.segmentation_is_running)
        self.assertFalse(self._row(self.all, self.both).other_campaign_ids)

    # -- Who is in several

    def test_how_many_are_in_two(self):
        self.assertEqual(self.all.segmentation_overlap_count, 2)
        self.assertEqual(self.invest.segmentation_overlap_count, 2)
        overlaps = self.env["segmentation.campaign.overlap"].search(
            [("campaign_id", "in", (self.all | self.invest).ids)]
        )
        self.assertRecordValues(
            overlaps,
            [
                {"campaign_id": one.id, "other_campaign_id": other.id, "shared": 2}
                for one, other in ((self.all, self.invest), (self.invest, self.all))
            ],
        )

    def test_drill_down(self):
        overlap = self.env["segmentation.campaign.overlap"].search(
            [("campaign_id", "=", self.all.id)]
        )
        action = overlap.action_view_shared()
        rows = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(rows.partner_id, self.both | self.own)
        self.assertEqual(rows.campaign_id, self.all)
        self.assertEqual(action["display_name"], "all and investment")

    def test_rows_say_where_else_the_customer_is(self):
        self.assertEqual(self._row(self.all, self.both).other_campaign_ids, self.invest)
        self.assertFalse(self._row(self.all, self.only_all).other_campaign_ids)
        rows = self.env["segmentation.audience"]
        for operator, value, expected in (
            ("!=", False, self.both | self.own),
            ("=", False, self.only_all),
            ("in", self.invest.ids, self.both | self.own),
            ("not in", self.invest.ids, self.only_all),
        ):
            with self.subTest(operator=operator, value=value):
                found = rows.search(
                    [
                        ("campaign_id", "=", self.all.id),
                        ("other_campaign_ids", operator, value),
                    ]
                )
                self.assertEqual(found.partner_id, expected)

    def test_campaigns_that_are_over_share_nobody(self):
        self.env.cr.execute(
            "UPDATE utm_campaign SET segmentation_date_start = NULL,"
            " segmentation_date_end = %s WHERE id = %s",
            [self.today - timedelta(days=1), self.invest.id],
        )
        self.env.invalidate_all()
        self.assertFalse(self.all.segmentation_overlap_count)
        self.assertFalse(
            self.env["segmentation.campaign.overlap"].search(
                [("campaign_id", "=", self.all.id)]
            )
        )

    def test_salespeople_count_own_customers(self):
        campaign = self.all.with_user(self.salesman)
        self.assertEqual(campaign.segmentation_overlap_count, 1)
        overlaps = self.env["segmentation.campaign.overlap"].with_user(self.salesman)
        overlap = overlaps.search([("campaign_id", "=", self.all.id)])
        self.assertEqual((overlap.shared, overlap.audience_count), (1, 1))

    def test_queries_do_not_grow_with_the_audience(self):
        counts = []
        for number in (1, 2, 30):
            for index in range(number):
                self._buyer(f"More {number} {index}", 1200, 9500)
            campaign = self._launch("investment", GOLDEN["investment"])
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            self.env["segmentation.audience"].search_read(
                [("campaign_id", "=", campaign.id)], ["other_campaign_ids"]
            )
            self.assertTrue(campaign.segmentation_overlap_count)
            counts.append(self.env.cr.sql_log_count - start)
        self.assertEqual(counts[1], counts[2])

    # -- Who keeps them

    def test_nobody_gives_way_unasked(self):
        self.invest.segmentation_priority = "3"
        self.assertFalse(self._excluded(self.all))
        self.assertFalse(self._excluded(self.invest))

    def test_the_less_important_campaign_gives_way(self):
        (self.all | self.invest).segmentation_gives_way = True
        self.invest.segmentation_priority = "1"
        for channel in ("email", "sms", "call"):
            with self.subTest(channel=channel):
                excluded = self._excluded(self.all, channel)
                kept = [
                    partner
                    for partner, reason in excluded.items()
                    if reason == "other_campaign"
                ]
                self.assertEqual(set(kept), {self.both, self.own})
        self.assertFalse(self._excluded(self.invest))

    def test_of_equals_the_one_launched_earlier_keeps_them(self):
        (self.all | self.invest).segmentation_gives_way = True
        self.all.sudo().segmentation_launched_at -= timedelta(hours=1)
        self.assertFalse(self._excluded(self.all))
        self.assertEqual(
            self._excluded(self.invest),
            dict.fromkeys(self.both | self.own, "other_campaign"),
        )

    def test_they_come_back_when_the_other_campaign_stops(self):
        self.all.segmentation_gives_way = True
        self.invest.segmentation_priority = "1"
        self.assertTrue(self._excluded(self.all))
        self.invest.action_segmentation_stop()
        self.assertFalse(self._excluded(self.all))
        self.invest.action_segmentation_resume()
        self.assertTrue(self._excluded(self.all))

    def test_held_out_of_the_other_they_are_not_written_to_either(self):
        """Else the other campaign would be measured against customers of this one."""
        self.all.segmentation_gives_way = True
        self.invest.segmentation_priority = "1"
        self._row(self.invest, self.both).sudo().group = "hold_out"
        self.assertEqual(self._excluded(self.all)[self.both], "other_campaign")

    def test_only_marketing_says_how_important_a_campaign_is(self):
        for values in (
            {"segmentation_priority": "3"},
            {"segmentation_gives_way": True},
            {"segmentation_stopped_at": fields.Datetime.now()},
        ):
            with (
                self.subTest(**values),
                self.assertRefused("Only Segmentation / Marketing", AccessError),
            ):
                self.all.with_user(self.salesman).write(values)
        self.all.with_user(self.marketing).segmentation_priority = "3"
