from odoo.tests import tagged

from .common import CampaignCommon


@tagged("post_install", "-at_install")
class TestMerge(CampaignCommon):
    """Merging customers keeps every campaign's audience and totals."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kept = cls._buyer("Kept", 1000, 4000)
        cls.source = cls._buyer("Source", 500, 1000)
        cls.both = cls._launch("all")

    def _merge(self, *partners):
        wizard = self.env["base.partner.merge.automatic.wizard"].with_user(
            self.env.ref("base.user_admin")
        )
        wizard._merge([partner.id for partner in partners], partners[0])
        self.env.invalidate_all()

    def test_rows_of_one_campaign_become_one_with_the_sums(self):
        row = self.both.audience_ids.filtered(lambda r: r.partner_id == self.kept)
        self._merge(self.kept, self.source)
        self.assertRecordValues(
            self.both.audience_ids,
            [
                {
                    "id": row.id,
                    "partner_id": self.kept.id,
                    "recipient_id": self.kept.id,
                    "billing": 1500,
                    "potential": 5000,
                    "share": 0.3,
                    "gap": 3500,
                }
            ],
        )

    def test_rows_of_other_campaigns_move_along(self):
        only_source = self._launch("free", (None, (500, 500)))
        only_kept = self._launch("free", (None, (1000, 1000)))
        self._merge(self.kept, self.source)
        self.assertEqual(only_source.audience_ids.partner_id, self.kept)
        self.assertEqual(only_source.audience_ids.recipient_id, self.kept)
        self.assertEqual(only_source.audience_ids.billing, 500)
        self.assertEqual(only_kept.audience_ids.billing, 1000)
        self.assertEqual(len(self.both.audience_ids), 1)

    def test_two_sources_without_a_row_of_the_destination(self):
        other = self._buyer("Other", 700)
        late = self._buyer("Late")
        campaign = self._launch("free", (None, (500, 700)))
        self.assertEqual(len(campaign.audience_ids), 2)
        self._merge(late, self.source, other)
        self.assertEqual(campaign.audience_ids.partner_id, late)
        self.assertEqual(campaign.audience_ids.billing, 1200)
        self.assertEqual(campaign.audience_ids.potential, 1000)

    def test_unknown_potential_stays_unknown(self):
        first = self._buyer("First", 1)
        second = self._buyer("Second", 2)
        campaign = self._launch("free", (None, (1, 2)))
        self._merge(first, second)
        self.assertIs(campaign.audience_ids.potential, False)
        self.assertIs(campaign.audience_ids.gap, False)
        self.assertFalse(campaign.audience_ids.is_potential_known)

    def test_recipient_follows_the_merge_of_contacts(self):
        buyer = self._buyer("Farm", 100, email=False)
        old, new = self.env["res.partner"].create(
            [
                {"name": "Ana", "parent_id": buyer.id, "email": "ana@example.com"},
                {"name": "Ana P.", "parent_id": buyer.id, "email": "ana@example.com"},
            ]
        )
        campaign = self._launch("free", (None, (100, 100)))
        self.assertEqual(campaign.audience_ids.recipient_id, old)
        self._merge(new, old)
        self.assertEqual(campaign.audience_ids.recipient_id, new)
        self.assertEqual(campaign.audience_ids.partner_id, buyer)
