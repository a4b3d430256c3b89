from odoo.exceptions import AccessError
from odoo.tests import tagged

from ...engine import statistics
from .outcome_common import OutcomeCommon


@tagged("post_install", "-at_install")
class TestResult(OutcomeCommon):
    """What the campaign changed, in numbers and in words."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customers = [
            cls._buyer(f"Farmer {n}", 0, 100, user_id=n == 0 and cls.salesman.id)
            for n in range(40)
        ]
        cls.campaign = cls._launched()
        cls._hold_out(cls.campaign, *cls.customers[20:])
        cls.campaign.sudo()._segmentation_measure()

    def _buy(self, numbers, amount=100):
        """Let these customers have bought for so much each, as measuring finds it."""
        bought = self.env["res.partner"].union(*(self.customers[n] for n in numbers))
        rows = self.campaign.audience_ids.sudo()
        rows.filtered(lambda row: row.partner_id in bought).write(
            {"is_buyer": True, "invoiced": amount, "invoice_count": 1}
        )

    def _result(self):
        self.campaign.sudo()._segmentation_conclude()
        return self.campaign.segmentation_result

    # --- numbers

    def test_measuring_draws_the_conclusions(self):
        self._invoice(self.customers[0], 100, "2025-01-20")
        self._measure(self.campaign)
        groups = self.campaign.segmentation_result["groups"]
        self.assertEqual(groups["contact"]["buyers"], 1)
        self.assertEqual(groups["contact"]["invoiced"], 100)
        self.assertEqual(groups["hold_out"]["buyers"], 0)

    def test_groups(self):
        self._buy([0, 1, 2, 20], 50)
        result = self._result()
        self.assertEqual(
            {
                name: (figures["customers"], figures["buyers"], figures["invoiced"])
                for name, figures in result["groups"].items()
            },
            {"contact": (20, 3, 150), "hold_out": (20, 1, 50)},
        )
        for name, figures in result["groups"].items():
            parts = [groups[name] for groups in result["quadrants"].values()]
            for key in figures:
                self.assertEqual(sum(part[key] for part in parts), figures[key])

    def test_numbers_are_those_of_the_engine(self):
        self._buy([0, 1, 2, 20], 50)
        result = self._result()
        buyers = statistics.newcombe(3, 20, 1, 20)
        billing = statistics.bootstrap_difference([50] * 3, 20, [50], 20)
        for name, estimate in (("buyers", buyers), ("billing", billing)):
            for key in ("difference", "low", "high"):
                self.assertAlmostEqual(result[name][key], getattr(estimate, key))
        self.assertAlmostEqual(
            result["p_value"], statistics.two_proportion_p_value(3, 20, 1, 20)
        )

    def test_measuring_again_gives_the_same_interval(self):
        self._buy([0, 1, 2, 20])
        self.assertEqual(self._result(), self._result())

    def test_groups_are_compared_as_they_were_frozen(self):
        """Who got no message in the end stays in the group."""
        self.customers[0].email = False
        self.env["mail.blacklist"]._add(self.customers[1].email)
        self.assertEqual(self._result()["groups"]["contact"]["customers"], 20)

    # --- in words

    def _sentences(self):
        campaign = self.campaign.with_user(self.marketing)
        return (
            campaign.segmentation_result_sentence,
            campaign.segmentation_billing_sentence,
        )

    def test_effect(self):
        self._buy(range(18))
        self._result()
        buyers, billing = self._sentences()
        self.assertRegex(
            buyers, r"^\+90\.0 points of buyers \(95 % interval \d+\.\d to \d+\.\d\)$"
        )
        self.assertRegex(billing, r"^\+\$\s90\.00 billed per customer \(95 % interval")

    def test_effect_for_the_worse(self):
        self._buy(range(20, 40))
        self._result()
        self.assertRegex(self._sentences()[0], r"^-100\.0 points of buyers")

    def test_hillstrom(self):
        """21 307 mailed, 3 894 visits; 21 306 held out, 2 262 visits."""
        contact = {"customers": 21307, "buyers": 3894}
        hold_out = {"customers": 21306, "buyers": 2262}
        result = self.campaign._segmentation_comparison(contact, hold_out)
        self.assertEqual(
            self.campaign._segmentation_buyers_sentence(result),
            "+7.7 points of buyers (95 % interval 7.0 to 8.3)",
        )

    def test_not_conclusive(self):
        self._buy([0, 1, 20])
        result = self._result()
        points = round(100 * result["detectable"])
        self.assertEqual(
            self._sentences()[0],
            f"Not conclusive: with 40 customers only differences above {points} points"
            " show.",
        )
        self.assertRegex(self._sentences()[1], r"^Not conclusive: \+\$\s5\.00 billed")

    def test_too_few_for_anything_to_show(self):
        self._hold_out(self.campaign, self.customers[0])
        self._result()
        self.assertIn("1 of them held out, no difference", self._sentences()[0])

    def test_nobody_held_out(self):
        self._hold_out(self.campaign)
        self._buy([0])
        self.assertNotIn("buyers", self._result())
        self.assertIn("Nobody was held out", self._sentences()[0])
        self.assertFalse(self._sentences()[1])

    def test_not_measured_yet(self):
        self.campaign.sudo().segmentation_result = False
        self.assertEqual(self._sentences(), ("Not measured yet.", False))
        self.assertFalse(self.campaign.segmentation_result_html)

    # --- on the screen

    def test_screen(self):
        self._buy([0, 1, 2, 20], 1000)
        self._result()
        html = self.campaign.with_user(self.marketing).segmentation_result_html
        for text in (
            "Held out",
            "15.0",
            "$\N{NO-BREAK SPACE}3,000.00",
            "Written to",
            "+10.0",
        ):
            self.assertIn(text, html)

    def test_screen_without_a_hold_out(self):
        self._hold_out(self.campaign)
        self._result()
        html = self.campaign.with_user(self.marketing).segmentation_result_html
        self.assertNotIn("Held out", html)

    def test_only_marketing_sees_results_of_all(self):
        self._result()
        campaign = self.campaign.with_user(self.salesman)
        for name in ("segmentation_result", "segmentation_result_sentence"):
            with self.assertRaises(AccessError):
                campaign.read([name])
        with self.assertRaises(AccessError):
            campaign.action_segmentation_measure()

    # --- over campaigns

    def _sums(self, user, *groupby):
        return (
            self.env["segmentation.outcome"]
            .with_user(user)
            ._read_group(
                [("campaign_id", "=", self.campaign.id)],
                groupby,
                ["customers:sum", "buyers:sum", "buyer_share:avg", "invoiced:sum"],
            )
        )

    def test_pivot(self):
        self._buy([0, 1, 2, 20], 50)
        self._result()
        self.assertEqual(
            self._sums(self.marketing, "group"),
            [("contact", 20, 3, 15, 150), ("hold_out", 20, 1, 5, 50)],
        )
        for name in (
            "strategy",
            "tactic",
            "quadrant",
            "zone_id",
            "user_id",
            "date:month",
        ):
            rows = self._sums(self.marketing, name)
            self.assertEqual(sum(row[1] for row in rows), 40, name)

    def test_pivot_of_a_salesperson(self):
        self._result()
        self.assertEqual(self._sums(self.salesman), [(1, 0, 0, 0)])

    def test_pivot_shows_what_was_just_written(self):
        self._row(self.campaign, self.customers[0]).sudo().is_buyer = True
        self.assertEqual(self._sums(self.marketing)[0][1], 1)
