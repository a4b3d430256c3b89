import random

from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged

from ...engine import strategy as rules
from .common import GOLDEN, CampaignCommon


@tagged("post_install", "-at_install")
class TestRanges(CampaignCommon):
    """Which customers a campaign chooses, and which ranges it refuses."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.loyal = cls._buyer("Loyal", 8000, 5000)
        cls.elsewhere = cls._buyer("Elsewhere", 1000, 10000)
        cls.unrecorded = cls._buyer("Unrecorded", 8000, 1000)
        cls.small = cls._buyer("Small", 1000, 1000)
        cls.idle = cls._buyer("Idle", 0, 0)
        cls.landless = cls._buyer("Landless", 1500)

    def assertAudience(self, campaign, customers):
        self.assertEqual(campaign.audience_ids.partner_id, customers)

    # --- golden cells, end to end

    def test_golden_cells(self):
        for strategy, customers in (
            ("retention", self.loyal),
            ("investment", self.elsewhere),
            ("revision", self.unrecorded),
            ("no_investment", self.small + self.idle),
        ):
            with self.subTest(strategy=strategy):
                campaign = self._launch(strategy, GOLDEN[strategy])
                self.assertEqual(campaign.segmentation_state, "launched")
                self.assertAudience(campaign, customers)
                self.assertEqual(campaign.audience_count, len(customers))

    def test_figures_are_frozen(self):
        campaign = self._launch("investment", GOLDEN["investment"])
        self.elsewhere.user_id = self.salesman
        self._invoice(self.elsewhere, 500, "2024-12-01")
        self._refresh()
        self.assertRecordValues(
            campaign.audience_ids,
            [
                {
                    "partner_id": self.elsewhere.id,
                    "recipient_id": self.elsewhere.id,
                    "group": "contact",
                    "billing": 1000,
                    "potential": 10000,
                    "is_potential_known": True,
                    "share": 0.1,
                    "gap": 9000,
                    "zone_id": self.east.id,
                    "user_id": False,
                    "company_id": self.company.id,
                    "currency_id": self.company.currency_id.id,
                }
            ],
        )
        self.assertEqual(campaign.segmentation_billing, 1000)
        self.assertEqual(campaign.segmentation_gap, 9000)

    def test_ends_are_inclusive_and_open(self):
        for ranges, customers in (
            (((10000, False), None), self.elsewhere),
            (((10000.01, False), None), self.env["res.partner"]),
            (((False, 1000), None), self.unrecorded + self.small + self.idle),
            (((False, 999.99), None), self.idle),
            ((None, (8000, 8000)), self.loyal + self.unrecorded),
        ):
            with self.subTest(ranges=ranges):
                wizard = self._wizard("free", ranges)
                self.assertEqual(wizard.customer_count, len(customers))
                if customers:
                    wizard.action_launch()
                    self.assertAudience(wizard.campaign_id, customers)

    def test_zero_is_not_an_open_end(self):
        campaign = self._launch("free", ((False, 0), None))
        self.assertAudience(campaign, self.idle)
        self.assertEqual(campaign.segmentation_potential_to, 0)
        self.assertIsNot(campaign.segmentation_potential_to, False)
        self.assertIs(campaign.segmentation_potential_from, False)

    def test_unknown_potential_is_in_no_range_and_not_zero(self):
        wizard = self._wizard("free", ((False, False), None))
        self.assertEqual(wizard.preview["no_potential"], 1)
        wizard.action_launch()
        self.assertNotIn(self.landless, wizard.campaign_id.audience_ids.partner_id)
        everyone = self._launch("all")
        row = everyone.audience_ids.filtered(lambda r: r.partner_id == self.landless)
        self.assertIs(row.potential, False)
        self.assertIs(row.gap, False)
        self.assertIs(row.share, False)
        self.assertFalse(row.is_potential_known)
        self.assertEqual(row.quadrant, "unknown")

    def test_both_answers_no_is_every_customer(self):
        everyone = (
            self.loyal
            + self.elsewhere
            + self.unrecorded
            + self.small
            + self.idle
            + self.landless
        )
        self.assertAudience(self._launch("all"), everyone)
        self.assertAudience(self._launch("free"), everyone)

    def test_several_campaigns_of_one_strategy(self):
        first = self._launch("revision", GOLDEN["revision"])
        second = self._launch("revision", ((0, 1500), (7000, 9000)))
        self.assertNotEqual(first, second)
        self.assertAudience(first, self.unrecorded)
        self.assertAudience(second, self.unrecorded)

    # --- the policy's quadrants instead of ranges

    def test_quadrant_mode(self):
        self._policy(billing=5000, potential=5000)
        for strategy, customers in (
            ("retention", self.loyal),
            ("investment", self.elsewhere),
            ("revision", self.unrecorded),
            ("no_investment", self.small + self.idle),
        ):
            with self.subTest(strategy=strategy):
                campaign = self._launch(strategy, mode="quadrant")
                self.assertAudience(campaign, customers)
                self.assertEqual(
                    set(campaign.audience_ids.mapped("quadrant")), {strategy}
                )
                self.assertIn("quadrant", campaign.segmentation_rule)

    def test_the_two_ways_can_disagree_and_the_campaign_says_which(self):
        self._policy(billing=9000, potential=5000)
        by_ranges = self._launch("retention", GOLDEN["retention"])
        self.assertAudience(by_ranges, self.loyal)
        self.assertEqual(by_ranges.audience_ids.quadrant, "investment")
        self.assertRegex(by_ranges.segmentation_rule, "Ranges: potential from .*5,000")
        by_quadrant = self._launch("investment", mode="quadrant")
        self.assertIn(self.loyal, by_quadrant.audience_ids.partner_id)
        self.assertEqual(
            by_quadrant.segmentation_rule, "The policy's quadrant: Investment."
        )

    def test_sql_and_engine_choose_the_same_customers(self):
        ends = random.Random(7)
        position = self.env["segmentation.position"]
        for _turn in range(60):
            ranges = [self._any_range(ends) for _figure in ("potential", "billing")]
            wizard = self._wizard(
                ends.choice(rules.STRATEGIES),
                ranges,
                mode=ends.choice(("ranges", "quadrant")),
            )
            criteria = wizard._segmentation_criteria()
            figures = self.env.execute_query_dict(
                position._classified(*wizard._segmentation_scope())
            )
            expected = {
                row["partner_id"]
                for row in figures
                if not rules.check(criteria)
                and rules.matches(
                    criteria, row["billing"], row["potential"], row["quadrant"]
                )
            }
            chosen = self.env.execute_query_dict(wizard._segmentation_selection())
            self.assertEqual(
                {row["partner_id"] for row in chosen if row["fate"] == "chosen"},
                expected,
                criteria,
            )

    @staticmethod
    def _any_range(ends):
        """Ends about the customers' figures, either may be open; or no range."""
        amounts = (False, 0, 500, 1000, 1500, 5000, 8000, 10000)
        pair = tuple(ends.choice(amounts) for _end in range(2))
        return ends.choice((pair, pair, pair, None))

    # --- refused

    def test_contradictions_say_what_to_change(self):
        for strategy, ranges, sentence in (
            ("retention", ((5000, 8000), (5000, 9000)), "Retention wants equal ranges"),
            ("retention", ((5000, 8000), None), "answer yes to both"),
            ("investment", ((1000, 2000), (1000, 2000)), "raise the potential"),
            ("revision", ((1000, 2000), (1000, 2000)), "lower the potential"),
            ("no_investment", ((0, 1000), (False, 1000)), "make both ranges the same"),
            ("free", ((2000, 1000), None), "potential goes from .*2,000.* to .*1,000"),
            ("free", (None, (2000, 1000)), "billing goes from .*2,000.* to .*1,000"),
        ):
            with self.subTest(strategy=strategy, ranges=ranges):
                wizard = self._wizard(strategy, ranges)
                self.assertRegex(wizard.problem, sentence)
                self.assertEqual(wizard.customer_count, 0)
                self.assertIn("Highest", wizard.distribution_html)
                self.assertIn("alert", wizard.preview_html)
                with self.assertRefused(sentence):
                    wizard.action_launch()

    def test_a_contradiction_names_the_amounts(self):
        wizard = self._wizard("investment", ((1000, 2000), (1500, False)))
        for amount in ("1,000.00", "2,000.00", "1,500.00"):
            self.assertIn(amount, wizard.problem)

    def test_dates_reversed(self):
        wizard = self._wizard(date_start="2025-02-01", date_end="2025-01-31")
        self.assertRegex(wizard.problem, "01/31/2025, before it starts on 02/01/2025")
        with self.assertRefused("before it starts"):
            wizard.action_save_draft()
        wizard.segmentation_date_end = "2025-02-01"
        wizard.action_launch()

    def test_nothing_found_launches_nothing(self):
        wizard = self._wizard("free", ((500000, False), None))
        self.assertFalse(wizard.problem)
        self.assertEqual(wizard.customer_count, 0)
        with self.assertRefused("No customer meets these conditions"):
            wizard.action_launch()
        self.assertFalse(
            self.env["utm.campaign"].search(
                [("segmentation_company_id", "=", self.company.id)]
            )
        )

    def test_harvest_of_another_company(self):
        other = self.env["res.company"].create({"name": "Other Dealer"})
        harvest = self._harvests(other)[0]
        wizard = self._wizard()
        wizard.sudo().segmentation_harvest_id = harvest
        self.assertRegex(wizard.sudo().problem, "Summer 23–24 belongs to Other Dealer")

    # --- proposals

    def test_proposals_follow_the_cut_points_and_never_contradict(self):
        self._policy(billing=3000, potential=5000)
        for strategy, potential, billing in (
            ("retention", (5000, False), (5000, False)),
            ("investment", (5000, False), (False, 2999.99)),
            ("revision", (False, 4999.99), (3000, False)),
            ("no_investment", (False, 2999.99), (False, 2999.99)),
        ):
            with self.subTest(strategy=strategy):
                form = self._form()
                form.segmentation_strategy = strategy
                self.assertTrue(form.segmentation_filter_potential)
                self.assertTrue(form.segmentation_filter_billing)
                self.assertEqual(
                    (form.segmentation_potential_from, form.segmentation_potential_to),
                    potential,
                )
                self.assertEqual(
                    (form.segmentation_billing_from, form.segmentation_billing_to),
                    billing,
                )
                self.assertFalse(form.problem)

    def test_propose_again_after_a_change(self):
        self._policy(billing=3000, potential=5000)
        wizard = self._wizard("retention", ((1, 2), (1, 2)))
        wizard.action_propose()
        self.assertEqual(wizard.segmentation_billing_from, 5000)
        self.assertIs(wizard.segmentation_billing_to, False)

    def test_every_customer_again_takes_the_filters_away(self):
        form = self._form()
        form.segmentation_strategy = "retention"
        form.segmentation_strategy = "all"
        self.assertFalse(form.segmentation_filter_billing)
        self.assertEqual(form.customer_count, 6)

    def test_the_form_warns_while_the_user_types(self):
        form = self._form()
        form.segmentation_strategy = "investment"
        form.segmentation_potential_from = 10
        form.segmentation_potential_to = 20
        self.assertRegex(form.problem, "Investment wants the potential above")
        self.assertIn("raise the potential", form.preview_html)

    def test_draft_campaign_refuses_a_contradiction_too(self):
        wizard = self._wizard("retention", GOLDEN["retention"])
        wizard.action_save_draft()
        with self.assertRefused("equal ranges", ValidationError):
            wizard.campaign_id.segmentation_billing_to = 9000

    def test_empty_ends_survive_form_and_export(self):
        wizard = self._wizard("free", ((0, False), None))
        wizard.action_save_draft()
        campaign = wizard.campaign_id
        with Form(campaign) as form:
            form.title = "Renamed"
        self.assertEqual(campaign.segmentation_potential_from, 0)
        self.assertIs(campaign.segmentation_potential_to, False)
        self.env.user.group_ids += self.env.ref("base.group_allow_export")
        exported = campaign.with_user(self.env.user).export_data(
            ["segmentation_potential_from", "segmentation_potential_to"]
        )["datas"][0]
        self.assertEqual(exported, [0, ""])
        found = self.env["utm.campaign"].search(
            [
                ("segmentation_potential_from", "=", 0),
                ("segmentation_potential_to", "=", False),
            ]
        )
        self.assertEqual(found, campaign)
