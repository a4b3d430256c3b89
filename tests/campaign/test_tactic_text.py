from odoo.tests import tagged

from .test_tactic import TacticCommon


@tagged("post_install", "-at_install")
class TestTacticTexts(TacticCommon):
    """Each tactic starts from words of its own, on each channel."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.email = "admin@example.com"
        cls.marketing.email = "marketing@example.com"
        cls._policy(5, 5)
        cls._sell(cls._buyer("Lost"), ("2023-11-10", 300))
        cls._buyer("Best", 60, 60)
        small = cls._buyer("Small", potential=60)
        cls._sell(small, ("2024-11-10", 1))
        prospect = cls._buyer("Prospect")
        cls.env["crm.lead"].create(
            {"name": "Offer", "type": "opportunity", "partner_id": prospect.id}
        )

    def _launch_tactic(self, tactic):
        return self._launch(
            tactic,
            tactic_unit_id=self.unit_inputs.id,
            tactic_offer_unit_id=self.unit_machines.id,
        ).with_user(self.marketing)

    def test_what_to_say_on_the_phone(self):
        for tactic, words in (
            ("retention", "Was everything right"),
            ("recovery", "Why did they stop buying"),
            ("cross_selling", "Where do they get"),
            ("up_selling", "for the whole season"),
            ("acquisition", "Agree on a visit"),
        ):
            script = self._launch_tactic(tactic)._segmentation_script("call")
            self.assertIn(words, script)
        self.assertIn("Machines", self._offer()._segmentation_script("call"))

    def _offer(self):
        return self._launch_tactic("cross_selling")

    def test_without_a_tactic_the_words_are_those_for_everybody(self):
        script = self._launch("custom")._segmentation_script("call")
        self.assertIn("How is the harvest going", script)

    def test_messages_have_the_words_of_the_tactic(self):
        for tactic, subject, body, sms in (
            ("retention", "thank you", "for your trust", "for your trust"),
            ("recovery", "we miss you", "offer to come back for", "we miss you!"),
            ("cross_selling", "from us", "Machines", "Machines"),
            ("up_selling", "plan your season", "orders more at a time", "pay less"),
            ("acquisition", "a first offer?", "May we visit you", "May we visit you"),
        ):
            campaign = self._launch_tactic(tactic)
            email = campaign._segmentation_message_values("mail")
            self.assertIn(subject, email["subject"])
            self.assertIn(body, email["body_html"])
            text = campaign._segmentation_message_values("sms")["body_plaintext"]
            self.assertIn(sms, text)
            self.assertNotIn("<t", text)
