from odoo.tests import tagged

from .test_tactic import TacticCommon


@tagged("post_install", "-at_install")
class TestCampaignScale(TacticCommon):
    """What was just written is counted before it is joined.

    PostgreSQL takes rows that it knows nothing of for few, and compares each with each:
    with a large audience that takes hours. ``dev/bench/run scale`` measures it.
    """

    def _known_rows(self, table):
        """Return how many rows PostgreSQL believes a temporary table to have."""
        self.env.cr.execute(
            "SELECT reltuples FROM pg_class WHERE oid = %s::regclass",
            [f"pg_temp.{table}"],
        )
        return self.env.cr.fetchone()[0]

    def _count(self, table):
        self.env.cr.execute(f"SELECT COUNT(*) FROM {table}")
        return self.env.cr.fetchone()[0]

    def test_purchases_are_counted_before_they_are_paired(self):
        for number in range(3):
            buyer = self._buyer(f"Buyer {number}")
            for product in (self.seed, self.tractor):
                self._sell(buyer, ("2024-11-10", 100), product=product)
        self.env["segmentation.affinity"]._find(self.company)
        table = "segmentation_bought"
        self.assertGreater(self._count(table), 0)
        self.assertEqual(self._known_rows(table), self._count(table))

    def test_an_audience_is_counted_before_it_is_ranked(self):
        for number in range(3):
            self._sell(self._buyer(f"Buyer {number}"), ("2024-11-10", 100))
        campaign = self._launch("custom")
        for table in ("segmentation_rank_row", "segmentation_rank_amount"):
            self.assertEqual(self._count(table), campaign.audience_count)
            self.assertEqual(self._known_rows(table), campaign.audience_count)

    def test_launching_reads_nobody(self):
        """A million ids in the memory of a worker would be for nothing."""
        self._sell(self._buyer("Buyer"), ("2024-11-10", 100))
        wizard = self._wizard()
        self.env.invalidate_all()
        wizard.action_launch()
        audience = self.env["utm.campaign"]._fields["audience_ids"]
        self.assertFalse(audience._get_cache(wizard.env))
        self.assertFalse(audience._get_cache(wizard.sudo().env))
        self.assertTrue(wizard.campaign_id.audience_ids)
        self.assertTrue(audience._get_cache(wizard.env))
