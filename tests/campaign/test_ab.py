from odoo import fields
from odoo.tests import tagged

from odoo.addons.mass_mailing.tests.common import MassMailCase

from .common import CampaignCommon


@tagged("post_install", "-at_install")
class TestAB(CampaignCommon, MassMailCase):
    """Odoo's A/B tests on our audiences: nobody gets two versions, nobody none."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._let_unchecked_messages_leave()
        cls.marketing.email = "marketing@example.com"
        for number in range(8):
            cls._buyer(f"East {number}", 1000, 9000)
        for number in range(4):
            cls._buyer(f"North {number}", 1000, 9000, cls.north)
        cls.campaign = cls._launch("all").with_user(cls.marketing)
        cls.held_out = cls.campaign.audience_ids[:2]
        cls.held_out.sudo().group = "hold_out"
        cls.everybody = (cls.campaign.audience_ids - cls.held_out).recipient_id
        action = cls.campaign.action_segmentation_prepare_email()
        cls.first = cls.env["mailing.mailing"].browse(action["res_id"])
        cls.first.write({"ab_testing_enabled": True, "ab_testing_pc": 30})
        cls.second = cls.first.copy({"subject": "Another", "ab_testing_pc": 20})

    def _send(self, mailings):
        """Send mailings one after another; return to whom, in that order."""
        recipients = []
        for mailing in mailings:
            with self.mock_mail_gateway():
                mailing.action_send_mail()
            recipients += self._new_mails.mapped("res_id")
        return recipients

    def _send_winner(self, mailing):
        mailing.action_select_as_winner()
        winner = self.campaign.sudo().ab_testing_winner_mailing_id
        return winner, self._send(winner.with_user(self.marketing))

    def test_everybody_gets_one_version(self):
        first, second = self._send(self.first), self._send(self.second)
        self.assertEqual((len(first), len(second)), (3, 2))
        _winner, rest = self._send_winner(self.second)
        self.assertEqual(sorted(first + second + rest), sorted(self.everybody.ids))

    def test_the_job_sends_the_winner_to_the_rest(self):
        self._send(self.first | self.second)
        self.campaign.sudo().ab_testing_schedule_datetime = fields.Datetime.now()
        self.env["utm.campaign"]._cron_process_mass_mailing_ab_testing()
        winner = self.campaign.sudo().ab_testing_winner_mailing_id
        self.assertEqual(winner.state, "in_queue")
        self.assertEqual(len(winner._get_remaining_recipients()), 5)

    def test_a_version_goes_to_the_same_people_however_often_one_looks(self):
        sample = self.first._get_recipients()
        self.assertEqual(len(sample), 3)
        self.assertEqual(self.first._get_recipients(), sample)
        self._send(self.first)
        self.assertEqual(set(self.first._get_recipients()), set(sample))
        self.assertFalse(self.first._get_remaining_recipients())

    def test_a_version_that_was_interrupted_does_not_grow(self):
        sample = self.first._get_recipients()
        with self.mock_mail_gateway():
            self.first.with_user(self.marketing)._action_send_mail(sample[:1])
        self.assertEqual(
            set(self.first._get_remaining_recipients()), set(sample) - {sample[0]}
        )

    def test_one_person_at_least(self):
        self.first.ab_testing_pc = 1
        self.assertEqual(len(self.first._get_recipients()), 1)

    def test_nobody_is_left_for_a_version_after_all_have_got_one(self):
        self.first.ab_testing_pc = 100
        self._send(self.first)
        self.assertFalse(self.second._get_recipients())

    # -- With waves

    def _plan(self, **values):
        wizard = (
            self.env["segmentation.wave.wizard"]
            .with_user(self.marketing)
            .create({"campaign_id": self.campaign.id, **values})
        )
        wizard.action_plan()
        self.campaign.invalidate_recordset()
        return self.campaign.segmentation_wave_ids.sorted("date")

    def test_versions_of_a_test_are_not_spread_over_waves(self):
        with self.assertRefused("takes part in an A/B test"):
            self._plan(mailing_ids=self.first.ids)

    def test_tested_on_one_wave_the_winner_goes_to_the_others(self):
        wave, other = self._plan()
        self.assertFalse(wave.mailing_ids, "Versions of a test are not proposed")
        (self.first | self.second).segmentation_wave_id = wave
        tested = self._send(self.first | self.second)
        winner, rest = self._send_winner(self.second)
        self.assertEqual(
            sorted(tested + rest), sorted(wave.audience_ids.recipient_id.ids)
        )
        wizard = (
            self.env["segmentation.wave.wizard"]
            .with_user(self.marketing)
            .create({"campaign_id": self.campaign.id, "mailing_ids": winner.ids})
        )
        wizard.line_ids.filtered(lambda line: line.wave_id == wave).unlink()
        wizard.action_plan()
        self.assertEqual(other.mailing_ids.subject, "Another")
        others = self._send(other.mailing_ids)
        self.assertEqual(sorted(others), sorted(other.audience_ids.recipient_id.ids))
        self.assertEqual(
            sorted(tested + rest + others), sorted(self.everybody.ids), "Each once"
        )
