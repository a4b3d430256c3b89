from datetime import datetime, timedelta
from unittest.mock import patch

from lxml import etree

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from odoo.addons.mass_mailing.tests.common import MassMailCase

from .common import CampaignCommon


@tagged("post_install", "-at_install")
class TestWave(CampaignCommon, MassMailCase):
    """The same text to one part of the audience after another."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._let_unchecked_messages_leave()
        cls.marketing.write({"email": "marketing@example.com", "tz": "America/La_Paz"})
        for number in range(5):
            cls._buyer(f"East {number}", 1000, 9000)
        for number in range(2):
            cls._buyer(f"North {number}", 1000, 9000, cls.north)
        cls.campaign = cls._launch("all").with_user(cls.marketing)
        cls.held_out = cls.campaign.audience_ids[:1]
        cls.held_out.sudo().group = "hold_out"
        cls.monday = datetime(2036, 11, 24, 13)  # nine in the morning in La Paz

    def _text(self):
        action = self.campaign.action_segmentation_prepare_email()
        return self.env["mailing.mailing"].browse(action["res_id"])

    def _wizard_form(self, **values):
        action = self.campaign.action_segmentation_waves()
        form = Form(
            self.env[action["res_model"]]
            .with_user(self.marketing)
            .with_context(**action["context"])
        )
        form.date_start = self.monday
        for name, value in values.items():
            setattr(form, name, value)
        return form

    def _plan(self, **values):
        self._wizard_form(**values).save().action_plan()
        self.campaign.invalidate_recordset()
        return self.campaign.segmentation_wave_ids.sorted("date")

    # -- Who is in which wave

    def test_a_wave_for_each_zone(self):
        waves = self._plan(by="zone")
        self.assertEqual(waves.mapped("name"), [self.east.name, self.north.name])
        for wave, zone in zip(waves, (self.east, self.north), strict=True):
            self.assertEqual(wave.audience_ids.zone_id, zone)
        self.assertEqual(waves.audience_ids, self.campaign.audience_ids - self.held_out)

    def test_customers_without_zone_have_a_wave_too(self):
        row = self.campaign.audience_ids[-1:]
        row.sudo().zone_id = False
        waves = self._plan(by="zone")
        without = waves.filtered(lambda wave: wave.name == "Without zone")
        self.assertEqual(without.audience_ids, row)
        self.assertEqual(sum(waves.mapped("size")), 6)

    def test_so_many_customers_a_wave(self):
        waves = self._plan(by="size", size=4)
        self.assertEqual(waves.mapped("name"), ["Wave 1", "Wave 2"])
        self.assertEqual(waves.mapped("size"), [4, 2])
        self.assertEqual(waves.audience_ids, self.campaign.audience_ids - self.held_out)

    def test_who_matters_most_is_written_to_first(self):
        rows = self.campaign.audience_ids.sudo() - self.held_out
        for rank, row in enumerate(rows.sorted("id", reverse=True), start=1):
            row.rank = rank
        waves = self._plan(by="size", size=2)
        ranks = [sorted(wave.audience_ids.mapped("rank")) for wave in waves]
        self.assertEqual(ranks, [[1, 2], [3, 4], [5, 6]])

    def test_always_the_same_customers(self):
        first = self._plan(by="size", size=2)
        rows = [wave.audience_ids for wave in first]
        self.campaign.action_segmentation_drop_waves()
        again = self._plan(by="size", size=2)
        self.assertEqual([wave.audience_ids for wave in again], rows)

    def test_sizes_may_be_changed(self):
        form = self._wizard_form(by="size", size=3)
        for index, size in enumerate((1, 5)):
            with form.line_ids.edit(index) as line:
                line.size = size
        form.save().action_plan()
        waves = self.campaign.segmentation_wave_ids.sorted("date")
        self.assertEqual(waves.mapped("size"), [1, 5])

    def test_who_is_in_no_wave_is_told(self):
        form = self._wizard_form(by="zone")
        form.line_ids.remove(1)
        self.assertEqual(form.left_out_count, 2)
        form.save().action_plan()
        self.assertEqual(self.campaign.segmentation_wave_ids.name, self.east.name)
        self.assertFalse(
            self.campaign.audience_ids.filtered(
                lambda row: row.zone_id == self.north
            ).wave_id
        )

    # -- When

    def test_dates_are_working_days_at_the_time_of_the_first(self):
        waves = self._plan(by="size", size=1, every=2)
        days = [(wave.date - self.monday).days for wave in waves]
        self.assertEqual(days, [0, 2, 4, 8, 10, 14])
        self.assertEqual({wave.date.time() for wave in waves}, {self.monday.time()})

    def test_or_any_days(self):
        waves = self._plan(by="size", size=1, is_on_working_days=False)
        days = [(wave.date - self.monday).days for wave in waves]
        self.assertEqual(days, [0, 1, 2, 3, 4, 5])

    def test_the_clock_stays_when_summer_time_ends(self):
        self.marketing.tz = "Europe/Madrid"
        waves = self._plan(
            by="size",
            size=3,
            is_on_working_days=False,
            date_start=datetime(2036, 10, 25, 7),  # nine, the night before it ends
        )
        self.assertEqual(waves[1].date, datetime(2036, 10, 26, 8))

    def test_tomorrow_at_nine_is_proposed(self):
        action = self.campaign.action_segmentation_waves()
        wizard = self.env[action["res_model"]].with_user(self.marketing)
        start = wizard.default_get(["date_start"])["date_start"]
        self.assertEqual((start.hour, start.minute), (13, 0))
        self.assertGreater(start, fields.Datetime.now())

    # -- Messages

    def test_one_scheduled_message_for_each_wave(self):
        text = self._text()
        waves = self._plan(by="zone")
        self.assertEqual(text.segmentation_wave_id, waves[0])
        for wave in waves:
            mailing = wave.mailing_ids
            self.assertRecordValues(
                mailing,
                [
                    {
                        "state": "draft",
                        "schedule_type": "scheduled",
                        "schedule_date": wave.date,
                        "subject": text.subject,
                        "campaign_id": self.campaign.id,
                    }
                ],
            )
            self.assertEqual(
                set(mailing._get_recipients()),
                set(wave.audience_ids.recipient_id.ids),
            )
        self.assertEqual(waves.mapped("state"), ["draft", "draft"])
        self.campaign.action_segmentation_schedule_waves()
        self.assertEqual(waves.mapped("state"), ["in_queue", "in_queue"])

    def test_every_customer_gets_one_message(self):
        self._text()
        waves = self._plan(by="size", size=2)
        with self.mock_mail_gateway():
            for mailing in waves.mailing_ids:
                mailing.action_send_mail()
        rows = self.campaign.audience_ids - self.held_out
        self.assertEqual(
            sorted(self._new_mails.mapped("res_id")), sorted(rows.recipient_id.ids)
        )
        self.assertEqual(set(waves.mapped("state")), {"done"})

    def test_the_job_sends_each_wave_on_its_day(self):
        self._text()
        waves = self._plan(by="zone")
        self.campaign.action_segmentation_schedule_waves()
        waves[0].date = fields.Datetime.now() - timedelta(hours=1)
        with self.mock_mail_gateway(), self.enter_registry_test_mode():
            job = self.env.ref("mass_mailing.ir_cron_mass_mailing_queue")
            job.method_direct_trigger()
        waves.invalidate_recordset()
        self.assertEqual(waves.mapped("state"), ["done", "in_queue"])
        self.assertEqual(
            set(self._new_mails.mapped("res_id")),
            set(waves[0].audience_ids.recipient_id.ids),
        )

    def test_another_date(self):
        self._text()
        wave = self._plan(by="zone")[:1]
        self.campaign.action_segmentation_schedule_waves()
        wave.date += timedelta(days=7)
        self.assertEqual(wave.mailing_ids.schedule_date, wave.date)
        self.assertEqual(wave.mailing_ids.state, "in_queue")

    def test_a_second_message_to_the_same_waves(self):
        first = self._text()
        waves = self._plan(by="zone")
        audience = [wave.audience_ids for wave in waves]
        second = self._text()
        self.assertNotIn(second, waves.mailing_ids)
        second.subject = "Again"
        form = self._wizard_form()
        with form.line_ids.edit(1) as line:
            line.date = self.monday + timedelta(days=30)
        form.save().action_plan()
        self.assertEqual(self.campaign.segmentation_wave_ids, waves)
        self.assertEqual([wave.audience_ids for wave in waves], audience)
        self.assertEqual(len(waves.mailing_ids), 4)
        self.assertEqual(waves[1].date, self.monday + timedelta(days=30))
        for wave in waves:
            self.assertEqual(
                set(wave.mailing_ids.mapped("subject")), {first.subject, "Again"}
            )

    def _buttons(self):
        campaign = self.campaign.with_user(self.marketing)
        campaign.invalidate_recordset()
        return (
            campaign.segmentation_can_schedule_waves,
            campaign.segmentation_can_drop_waves,
        )

    def test_waves_are_scheduled_or_removed_only_where_that_does_something(self):
        self.assertEqual(self._buttons(), (False, False))
        waves = self._plan(by="size", size=2)
        self.assertEqual(self._buttons(), (False, True))
        self._text()
        self._wizard_form().save().action_plan()
        self.assertEqual(self._buttons(), (True, True))
        waves[0].mailing_ids.state = "in_queue"
        self.assertEqual(self._buttons(), (True, False))
        waves.mailing_ids.state = "done"
        self.assertEqual(self._buttons(), (False, False))

    def test_removing_the_waves_keeps_each_text_once(self):
        text = self._text()
        waves = self._plan(by="size", size=2)
        self.assertEqual(len(waves.mailing_ids), 3)
        self.campaign.action_segmentation_drop_waves()
        self.assertFalse(self.campaign.segmentation_wave_ids)
        self.assertFalse(self.campaign.audience_ids.wave_id)
        mailings = self.env["mailing.mailing"].search(
            [("campaign_id", "=", self.campaign.id)]
        )
        self.assertEqual(mailings, text)
        self.assertRecordValues(
            text,
            [
                {
                    "segmentation_wave_id": False,
                    "schedule_type": "now",
                    "schedule_date": False,
                }
            ],
        )

    def test_says_that_one_check_beforehand_is_enough(self):
        text = self._text()
        for unchecked in (True, False):
            with (
                self.subTest(unchecked=unchecked),
                patch.object(
                    self.registry["mailing.mailing"],
                    "_segmentation_preflight_problem",
                    lambda mailing, found=unchecked: found,
                ),
            ):
                wizard = self.env["segmentation.wave.wizard"].with_user(self.marketing)
                plan = wizard.new(
                    {"campaign_id": self.campaign.id, "mailing_ids": text.ids}
                )
                self.assertEqual(plan.has_unchecked, unchecked)

    # -- What is refused

    def test_scheduled_waves_stay(self):
        self._text()
        self._plan(by="zone")
        self.campaign.action_segmentation_schedule_waves()
        with self.assertRefused("scheduled or sent"):
            self.campaign.action_segmentation_drop_waves()

    def test_a_wave_with_messages_is_not_deleted(self):
        """Its message would go to the whole audience."""
        self._text()
        waves = self._plan(by="zone")
        with self.assertRefused("has messages"):
            waves[0].unlink()

    def test_nothing_to_schedule(self):
        self._plan(by="zone")
        with self.assertRefused("No message of all waits to be scheduled"):
            self.campaign.action_segmentation_schedule_waves()

    def test_too_many_waves_are_told(self):
        wizard = self._wizard_form(by="size").save()
        wizard.every = 9000
        self.assertFalse(wizard.line_ids)
        self.assertIn("from 1 to 1000", wizard.problem)
        wizard.write({"every": 1, "size": 0})
        self.assertIn("from 1 to 1000", wizard.problem)
        with self.assertRefused("from 1 to 1000"):
            wizard.action_plan()

    def test_more_customers_than_there_are(self):
        form = self._wizard_form(by="size", size=3)
        with form.line_ids.edit(0) as line:
            line.size = 9
        self.assertIn("want 12 customers, but there are 6", form.problem)

    def test_waves_of_another_campaign(self):
        wave = self._plan(by="zone")[:1]
        other = self._launch("all")
        self.campaign = other.with_user(self.marketing)
        with self.assertRefused("is a wave of all, not of the campaign of"):
            self._text().segmentation_wave_id = wave

    def test_two_at_a_time(self):
        first, second = (self._wizard_form(by="zone").save() for _ in range(2))
        first.action_plan()
        second.invalidate_recordset()
        with self.assertRefused("Somebody else has changed the waves"):
            second.action_plan()

    # -- Rights

    def test_only_marketing_plans(self):
        waves = self._plan(by="zone")
        campaign = self.campaign.with_user(self.salesman)
        for action in (
            "action_segmentation_waves",
            "action_segmentation_schedule_waves",
            "action_segmentation_drop_waves",
        ):
            with (
                self.subTest(action=action),
                self.assertRefused("Only Segmentation / Marketing", AccessError),
            ):
                getattr(campaign, action)()
        with self.assertRaises(AccessError):
            waves[0].with_user(self.salesman).date = self.monday

    def test_salespeople_count_their_own_customers(self):
        row = (self.campaign.audience_ids - self.held_out)[:1]
        row.partner_id.sudo().user_id = self.salesman
        waves = self._plan(by="zone").with_user(self.salesman)
        self.assertEqual(sum(waves.mapped("size")), 1)

    def test_salespeople_open_the_campaign_with_its_waves(self):
        self._text()
        self._plan(by="zone")
        campaign = self.campaign.with_user(self.salesman)
        view = campaign.get_view(self.env.ref("utm.utm_campaign_view_form").id, "form")
        waves = {"fields": {name: {} for name in ("name", "date", "size", "state")}}
        fields = {
            node.get("name"): {}
            for node in etree.fromstring(view["arch"]).iter("field")
            if node.get("name") in campaign._fields
        }
        for name in fields:
            with self.subTest(field=name):
                self.env.invalidate_all()
                campaign.web_read({name: {}})
        [values] = campaign.web_read({"segmentation_wave_ids": waves})
        read = values["segmentation_wave_ids"]
        self.assertEqual(
            [wave["name"] for wave in read],
            self.campaign.segmentation_wave_ids.mapped("name"),
        )
        self.assertEqual({wave["state"] for wave in read}, {"draft"})

    def test_waves_of_other_companies_are_not_seen(self):
        waves = self._plan(by="zone")
        stranger = self._user("stranger", "group_segmentation_marketing")
        company = self.env["res.company"].create({"name": "Elsewhere"})
        stranger.write(
            {"company_ids": [Command.set(company.ids)], "company_id": company.id}
        )
        found = self.env["segmentation.wave"].with_user(stranger).search([])
        self.assertFalse(found & waves)

    def test_queries_do_not_grow_with_the_audience(self):
        counts = []
        for number in (1, 2, 30):
            for index in range(number):
                self._buyer(f"More {number} {index}", 1200, 9500)
            self.campaign = self._launch("all").with_user(self.marketing)
            wizard = self._wizard_form(by="size", size=50).save()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            wizard.action_plan()
            counts.append(self.env.cr.sql_log_count - start)
        self.assertEqual(counts[1], counts[2])
