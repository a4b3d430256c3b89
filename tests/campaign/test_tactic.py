from datetime import date
from statistics import median

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import html2plaintext

from .common import CampaignCommon

TODAY = date(2025, 2, 15)


class TacticCommon(CampaignCommon):
    """A dealer of seed and tractors on 15 February 2025, in the summer harvest."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time(TODAY))
        cls.env.user.group_ids += cls.env.ref("sales_team.group_sale_manager")

    @classmethod
    def _wizard(cls, tactic="custom", strategy="all", ranges=None, **values):
        """A wizard with a tactic, as marketing has filled it in.

        :param values: of the tactic if named so, else of the criteria
        """
        parameters = {
            name: values.pop(name) for name in list(values) if name[:7] == "tactic_"
        }
        wizard = super()._wizard(strategy, ranges, tactic=tactic, **values)
        wizard.write({"title": f"The {tactic}", **parameters})
        return wizard

    @classmethod
    def _sell(cls, customer, *sales, product=None):
        """Invoices of a customer, each (day, amount)."""
        for day, amount in sales:
            cls._invoice(customer, amount, day, product)

    def _sales(self, product=None):
        """Return [(customer, day, amount)] by reading the posted invoices."""
        lines = self.env["account.move.line"].search(
            [
                ("parent_state", "=", "posted"),
                ("display_type", "=", "product"),
                ("move_type", "=", "out_invoice"),
                ("company_id", "=", self.company.id),
            ]
        )
        if product:
            lines = lines.filtered(lambda line: line.product_id == product)
        return [
            (
                line.partner_id.commercial_partner_id,
                line.move_id.invoice_date,
                line.price_subtotal,
            )
            for line in lines
        ]

    def assertAudience(self, wizard, expected):
        """The wizard shows as many, and launching reaches these in this order.

        :return: the audience by rank
        """
        self.assertFalse(wizard.problem)
        self.assertEqual(wizard.preview["customers"], len(expected))
        self.assertNotIn(f"of {len(expected)}", html2plaintext(wizard.preview_html))
        self.assertFalse(wizard.segmentation_segment_ids)
        wizard.action_launch()
        audience = wizard.campaign_id.audience_ids.sorted("rank")
        self.assertEqual(audience.mapped("rank"), list(range(1, len(expected) + 1)))
        self.assertEqual(
            audience.partner_id.mapped("name"), [row.name for row in expected]
        )
        return audience


@tagged("post_install", "-at_install")
class TestTactics(TacticCommon):
    """Each tactic gives the audience that one finds by reading the invoices."""

    def test_retention_finds_the_best_and_the_new(self):
        self._policy(5000, 5000)
        best = self._buyer("Best", 6000, 6000)
        self._sell(best, ("2023-11-10", 10))
        old = self._buyer("Old", 100, 8000)
        self._sell(old, ("2024-02-14", 10))
        new = self._buyer("New", potential=900)
        self._sell(new, ("2024-02-15", 10))
        self._buyer("Never", 0, 9000)
        wizard = self._wizard("retention")
        first = {}
        for customer, day, _amount in self._sales():
            first[customer] = min(day, first.get(customer, day))
        self.assertEqual(
            {customer for customer in first if first[customer] >= date(2024, 2, 15)},
            {new},
        )
        self.assertEqual(
            wizard.tactic_sentence,
            "Customers: quadrant Retention in the reference harvest (Summer 24–25) or "
            "bought for the first time in the last 12 months.",
        )
        audience = self.assertAudience(wizard, [new, best])
        self.assertEqual(audience.mapped("rank_amount"), [900, 0])
        self.assertEqual(wizard.campaign_id.segmentation_ranked_by, "gap")
        wizard = self._wizard("retention", tactic_months=13)
        self.assertAudience(wizard, [old, new, best])

    def test_a_rule_that_finds_nobody_says_what_to_change(self):
        wizard = self._wizard("recovery")
        self.assertFalse(wizard.preview["customers"])
        self.assertIn(
            "Change what the tactic asks", html2plaintext(wizard.preview_html)
        )

    def test_retention_follows_the_harvest_of_the_campaign(self):
        self._policy(50, 50)
        best = self._customer("Best then")
        self._sell(best, ("2023-11-10", 80))
        self._plant(best, self.east, self.soy, 90, self.summer_24)
        wizard = self._wizard("retention", harvest_id=self.summer_24.id)
        self.assertIn("quadrant Retention in Summer 23–24", wizard.tactic_sentence)
        self.assertAudience(wizard, [best])

    def test_recovery_finds_the_lost_and_ranks_them_by_what_they_used_to_buy(self):
        lost = [self._buyer(f"Lost {number}") for number in range(3)]
        self._sell(lost[0], ("2023-11-10", 300))
        self._sell(lost[1], ("2023-11-10", 400), ("2024-01-10", 500))
        self._sell(lost[2], ("2023-12-10", 600))
        self._sell(self._buyer("In winter"), ("2023-11-10", 900), ("2024-06-10", 1))
        self._buyer("This summer", 900)
        self._buyer("Never", 0, 9000)
        start = self.winter_24.date_start
        before, since = {}, set()
        for customer, day, amount in self._sales():
            before[customer] = before.get(customer, 0) + amount
            since |= {customer} if day >= start else set()
        by_hand = {
            customer: before[customer] for customer in before if customer not in since
        }
        ranked = sorted(by_hand, key=by_hand.get, reverse=True)
        self.assertEqual(ranked, [lost[1], lost[2], lost[0]])
        wizard = self._wizard("recovery", tactic_harvests=2)
        audience = self.assertAudience(wizard, ranked)
        self.assertEqual(audience.mapped("rank_amount"), [900, 600, 300])
        self.assertEqual(wizard.campaign_id.segmentation_ranked_by, "before")
        self.assertEqual(
            audience[0].rank_reason.replace("\N{NO-BREAK SPACE}", " "),
            "$ 900.00 billed before",
        )

    def _cross_sellers(self):
        """Customers who bought seed lately but no tractor, and others."""
        for unit, amount in ((self.unit_inputs, 1), (self.unit_machines, 3)):
            self.env["segmentation.rate"].create(
                {
                    "crop_id": self.maize.id,
                    "unit_id": unit.id,
                    "amount_per_hectare": amount,
                    "company_id": self.company.id,
                }
            )
        buyers = []
        for number, hectares in enumerate((100, 300, 200, None)):
            buyer = self._buyer(f"Sower {number}")
            self._sell(buyer, ("2024-11-10", 50))
            if hectares:
                self._plant(buyer, self.east, self.maize, hectares, self.harvest)
            buyers.append(buyer)
        both = self._buyer("Both", 50, 1000)
        self._sell(both, ("2024-11-10", 9000), product=self.tractor)
        self._sell(self._buyer("Long ago"), ("2023-11-10", 50))
        once = buyers[0]
        self._sell(once, ("2023-11-10", 20), product=self.tractor)
        return buyers

    def test_cross_selling_finds_who_lacks_the_other_and_ranks_by_its_gap(self):
        buyers = self._cross_sellers()
        wizard = self._wizard(
            "cross_selling",
            tactic_unit_id=self.unit_inputs.id,
            tactic_offer_unit_id=self.unit_machines.id,
        )
        lately = {
            product: {
                customer
                for customer, day, _amount in self._sales(product)
                if day >= date(2024, 2, 15)
            }
            for product in (self.seed, self.tractor)
        }
        self.assertEqual(lately[self.seed] - lately[self.tractor], set(buyers))
        ranked = [buyers[1], buyers[2], buyers[0], buyers[3]]
        audience = self.assertAudience(wizard, ranked)
        self.assertEqual(audience.mapped("rank_amount"), [900, 600, 300, False])
        self.assertEqual(wizard.campaign_id.segmentation_offer, "Machines")
        self.assertEqual(
            audience[0].rank_reason.replace("\N{NO-BREAK SPACE}", " "),
            "Gap of $ 900.00 in Machines",
        )
        self.assertEqual(audience[3].rank_reason, "Gap not known")

    def test_salespeople_read_the_rank_of_their_customers(self):
        buyers = self._cross_sellers()
        buyers[1].user_id = self.salesman
        campaign = self._launch(
            "cross_selling",
            tactic_unit_id=self.unit_inputs.id,
            tactic_offer_unit_id=self.unit_machines.id,
        )
        rows = self.env["segmentation.audience"].with_user(self.salesman).search([])
        self.assertEqual(rows.partner_id, buyers[1])
        self.assertEqual(rows.rank, 1)
        self.assertIn("in Machines", rows.rank_reason)
        seen = campaign.with_user(self.salesman)
        self.assertEqual(seen.segmentation_offer, "Machines")
        self.assertIn("bought Inputs", seen.segmentation_tactic_sentence)

    def test_cross_selling_by_category_in_the_harvest(self):
        buyers = self._cross_sellers()
        wizard = self._wizard(
            "cross_selling",
            tactic_of="category",
            tactic_category_id=self.inputs.id,
            tactic_offer_category_id=self.machines.id,
            tactic_window="harvest",
        )
        ranked = [buyers[1], buyers[2], buyers[0], buyers[3]]
        audience = self.assertAudience(wizard, ranked)
        self.assertEqual(audience.mapped("rank_amount"), [900, 600, 300, False])
        self.assertEqual(wizard.campaign_id.segmentation_ranked_by, "offer")

    def test_cross_selling_asks_for_two_different_things(self):
        wizard = self._wizard("cross_selling")
        self.assertIn("Choose what they bought", wizard.problem)
        wizard.tactic_unit_id = wizard.tactic_offer_unit_id = self.unit_inputs
        self.assertIn("They bought Inputs already", wizard.problem)
        with self.assertRefused("They bought Inputs already"):
            wizard.action_launch()
        self.assertFalse(wizard.campaign_id)

    def test_up_selling_finds_who_buys_less_than_others_like_them(self):
        peers = [self._buyer(f"Peer {number}", 0, 20 + number) for number in range(5)]
        for peer, amounts in zip(
            peers, ((100, 100), (90,), (300,), (20, 30, 10), (500,)), strict=True
        ):
            days = ("2024-11-10", "2024-12-10", "2025-01-10")
            self._sell(peer, *zip(days, amounts, strict=False))
        other = self._buyer("Elsewhere", 0, 20, zone=self.north)
        self._sell(other, ("2024-11-10", 1))
        for measure, ranked, amounts in (
            ("ticket", [peers[3], peers[1]], [80, 10]),
            ("frequency", [], []),
        ):
            own = {
                peer: [amount for buyer, _day, amount in self._sales() if buyer == peer]
                for peer in peers
            }
            value = {
                peer: sum(own[peer]) / len(own[peer])
                if measure == "ticket"
                else len(own[peer])
                for peer in peers
            }
            below = {peer: median(value.values()) - value[peer] for peer in peers}
            by_hand = sorted(
                (peer for peer in peers if below[peer] > 0),
                key=below.get,
                reverse=True,
            )
            self.assertEqual(by_hand, ranked)
            wizard = self._wizard("up_selling", tactic_measure=measure)
            if not ranked:
                self.assertEqual(wizard.preview["customers"], 0)
                continue
            audience = self.assertAudience(wizard, ranked)
            self.assertEqual(audience.mapped("rank_amount"), amounts)
            self.assertEqual(wizard.campaign_id.segmentation_ranked_by, measure)

    def test_up_selling_by_frequency_says_how_many_invoices_are_missing(self):
        peers = [self._buyer(f"Peer {number}", 0, 20 + number) for number in range(3)]
        days = ["2024-11-10", "2024-12-10", "2025-01-10", "2025-01-20"]
        for peer, times in zip(peers, (1, 3, 4), strict=True):
            self._sell(peer, *((day, 10) for day in days[:times]))
        wizard = self._wizard("up_selling", tactic_measure="frequency")
        audience = self.assertAudience(wizard, [peers[0]])
        self.assertEqual(audience.rank_amount, 2)
        self.assertEqual(audience.rank_reason, "2 fewer invoices than the median")

    def test_acquisition_finds_reachable_prospects_who_never_bought(self):
        prospects = [
            self._buyer("Large", potential=900),
            self._buyer("Small", potential=100),
            self._buyer("By phone", email=False, phone="+1 212 555 0101"),
            self._buyer("Silent", email=False),
            self._buyer("Left alone", email="alone@example.com"),
            self._buyer("Buyer", 100),
        ]
        self.env["mail.blacklist"]._add("alone@example.com")
        self._buyer("Stranger", 0, 5000)
        self.env["crm.lead"].create(
            [
                {"name": "Offer", "type": "opportunity", "partner_id": prospect.id}
                for prospect in prospects
            ]
        )
        billed = {customer for customer, _day, _amount in self._sales()}
        self.assertEqual(billed, {prospects[5]})
        self.assertAudience(self._wizard("acquisition"), prospects[:3])
        wizard = self._wizard("acquisition", tactic_by_phone=False)
        self.assertAudience(wizard, prospects[:2])
        wizard = self._wizard("acquisition", tactic_by_email=False)
        self.assertAudience(wizard, prospects[2:3])
        wizard.tactic_by_phone = False
        self.assertTrue(
            self._wizard(
                "acquisition", tactic_by_email=False, tactic_by_phone=False
            ).problem
        )

    def test_an_audience_of_ones_own_choice_is_ranked_by_the_gap(self):
        small = self._buyer("Small", 10, 50)
        large = self._buyer("Large", 10, 500)
        unknown = self._buyer("Unknown", 900)
        audience = self.assertAudience(self._wizard(), [large, small, unknown])
        self.assertEqual(audience.mapped("rank_amount"), [490, 40, False])


@tagged("post_install", "-at_install")
class TestTacticRule(TacticCommon):
    """The rule of a tactic becomes a segment of the campaign, once, and stays its."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lost = cls._buyer("Lost")
        cls._sell(cls.lost, ("2023-11-10", 300))
        cls.in_winter = cls._buyer("In winter")
        cls._sell(cls.in_winter, ("2024-06-10", 400))

    def _segments(self):
        return self.env["segmentation.segment"].search([])

    def test_without_a_rule_there_is_none_to_open(self):
        wizard = self._wizard()
        with self.assertRaisesRegex(UserError, "no rule to open"):
            wizard.action_open_rule()
        wizard.action_save_draft()
        with self.assertRaisesRegex(UserError, "no rule to open"):
            wizard.campaign_id.action_segmentation_rule()

    def test_saving_the_draft_makes_the_segment(self):
        wizard = self._wizard("recovery")
        self.assertFalse(self._segments())
        wizard.action_save_draft()
        segment = self._segments()
        self.assertRecordValues(
            segment,
            [
                {
                    "name": "The recovery",
                    "kind": "dynamic",
                    "campaign_id": wizard.campaign_id.id,
                    "rule_user_id": self.marketing.id,
                    "member_count": 1,
                }
            ],
        )
        self.assertEqual(wizard.campaign_id.segmentation_segment_ids, segment)
        self.assertEqual(segment.condition_ids.kind, "lapsed")

    def test_pressing_again_makes_no_second_segment(self):
        wizard = self._wizard("recovery")
        wizard.action_save_draft()
        wizard.action_save_draft()
        wizard.action_launch()
        wizard.action_launch()
        self.assertEqual(len(self._segments()), 1)
        self.assertEqual(wizard.campaign_id.audience_ids.partner_id, self.lost)

    def _continue(self, campaign):
        """Open the wizard on a draft, as its button does."""
        context = campaign.action_segmentation_wizard()["context"]
        wizards = self.env["segmentation.campaign.wizard"].with_user(self.marketing)
        wizards = wizards.with_context(**context)
        return wizards.create(wizards.default_get(list(wizards._fields)))

    def test_a_rule_that_was_changed_is_kept(self):
        wizard = self._wizard("recovery")
        wizard.action_save_draft()
        self._segments().condition_ids.lapsed_harvests = 1
        again = self._continue(wizard.campaign_id)
        self.assertEqual(again.preview["customers"], 2)
        self.assertEqual(again.tactic_sentence, self._segments().sentence)
        again.action_launch()
        audience = again.campaign_id.audience_ids
        self.assertEqual(audience.partner_id, self.lost | self.in_winter)
        self.assertEqual(
            again.campaign_id.segmentation_tactic_sentence, self._segments().sentence
        )

    def test_the_rule_can_be_started_anew_and_is_the_same_segment(self):
        wizard = self._wizard("recovery")
        wizard.action_save_draft()
        segment = self._segments()
        again = self._continue(wizard.campaign_id)
        again.action_new_rule()
        again.tactic_harvests = 1
        self.assertEqual(again.preview["customers"], 2)
        again.action_save_draft()
        self.assertEqual(self._segments(), segment)
        self.assertEqual(segment.condition_ids.lapsed_harvests, 1)
        again.segmentation_tactic = "retention"
        again.action_save_draft()
        self.assertEqual(self._segments(), segment)
        self.assertEqual(
            segment.condition_ids.mapped("kind"), ["quadrant", "first_purchase"]
        )

    def test_a_frozen_rule_is_not_changed_but_another_made(self):
        wizard = self._wizard("recovery")
        wizard.action_save_draft()
        frozen = self._segments()
        frozen.action_freeze()
        again = self._continue(wizard.campaign_id)
        self.assertEqual(again.preview["customers"], 1)
        again.action_new_rule()
        again.action_launch()
        self.assertEqual(len(self._segments()), 2)
        self.assertNotIn(frozen, again.campaign_id.segmentation_segment_ids)

    def test_a_launched_campaign_keeps_its_audience_whatever_becomes_of_the_rule(self):
        campaign = self._launch("recovery")
        self._segments().condition_ids.lapsed_harvests = 1
        self.assertEqual(campaign.audience_ids.partner_id, self.lost)
        self.assertEqual(campaign.audience_ids.rank_amount, 300)

    def test_without_the_condition_of_the_tactic_the_gap_ranks(self):
        wizard = self._wizard("recovery")
        wizard.action_save_draft()
        self._segments().condition_ids = [
            Command.clear(),
            Command.create({"kind": "purchase", "purchase_window": "ever"}),
        ]
        self._continue(wizard.campaign_id).action_launch()
        self.assertEqual(wizard.campaign_id.segmentation_ranked_by, "gap")

    def test_a_tactic_without_its_rule_is_refused(self):
        with self.assertRefused("no segment with it", ValidationError):
            self.env["utm.campaign"].with_user(self.marketing).create(
                {
                    "title": "Without a rule",
                    **self.env["utm.campaign"]._segmentation_default_criteria(),
                    "segmentation_tactic": "recovery",
                }
            )

    def test_a_target_below_nothing_is_refused(self):
        wizard = self._wizard("recovery", target_buyers=-1)
        self.assertIn("above 0", wizard.problem)

    def test_targets_stand_against_what_those_to_contact_bought(self):
        campaign = self._launch("recovery", target_buyers=4, target_billing=2000)
        self.assertFalse(campaign.segmentation_target_sentence)
        campaign.sudo().segmentation_result = {
            "groups": {
                "contact": {"buyers": 3, "invoiced": 500},
                "hold_out": {"buyers": 9, "invoiced": 900},
            }
        }
        sentence = campaign.segmentation_target_sentence
        self.assertEqual(
            sentence.replace("\N{NO-BREAK SPACE}", " "),
            "3 of 4 buyers (75 %) · $ 500.00 of $ 2,000.00 billed (25 %)",
        )

    def test_black_lists_count_up_to_the_launch(self):
        prospect = self._buyer("Prospect", email="prospect@example.com")
        self.env["crm.lead"].create(
            {"name": "Offer", "type": "opportunity", "partner_id": prospect.id}
        )
        wizard = self._wizard("acquisition")
        wizard.action_save_draft()
        self.env["mail.blacklist"]._add("prospect@example.com")
        with self.assertRefused("No customer meets", UserError):
            wizard.action_launch()

    def test_the_wizard_writes_the_rule_while_one_chooses(self):
        with self._form() as form:
            form.segmentation_strategy = "free"
            form.segmentation_tactic = "recovery"
            self.assertEqual(form.segmentation_strategy, "all")
            self.assertIn("Winter 24", form.tactic_sentence)
            self.assertEqual(form.customer_count, 1)
            form.tactic_harvests = 1
            self.assertNotIn("Winter 24", form.tactic_sentence)
            self.assertEqual(form.customer_count, 2)
            self.assertIn("Recovery", form.title_hint)
            form.tactic_harvests = 0
            self.assertIn("1 to 20", form.problem)
            form.tactic_harvests = 2
        self.assertFalse(self._segments())

    def test_of_another_company_nothing_is_offered(self):
        other = self.setup_other_company(name="Second")["company"]
        self.marketing.company_ids |= other
        unit = self._create("business.unit", [{"name": "X", "company_id": other.id}])
        wizard = self._wizard(
            "cross_selling",
            tactic_unit_id=self.unit_inputs.id,
            tactic_offer_unit_id=unit.id,
        )
        with self.assertRaises(UserError):
            wizard.action_launch()

    def test_ranking_takes_as_many_queries_for_many(self):
        def queries():
            campaign = self.env["utm.campaign"].browse(self._launch("recovery").id)
            for _time in range(2):
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                self.env["segmentation.audience"]._rank(campaign)
                reasons = campaign.audience_ids.mapped("rank_reason")
                self.env.flush_all()
            return self.env.cr.sql_log_count - before, len(reasons)

        few, size = queries()
        self.assertEqual(size, 1)
        for number in range(15):
            self._sell(self._buyer(f"More {number}"), ("2023-11-10", number + 1))
        self.assertEqual(queries(), (few, 16))
