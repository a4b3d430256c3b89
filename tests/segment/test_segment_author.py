from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import SegmentCommon

MARKETING = "agro_segmentation.group_segmentation_marketing"


@tagged("post_install", "-at_install")
class TestSegmentAuthor(SegmentCommon):
    """With whose rights a rule runs, and what becomes of it without them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ana = cls.env["res.partner"].create({"name": "Ana", "city": "Montero"})
        cls.montero = [("city", "=", "Montero")]
        cls.segment = cls._segment(cls.montero)
        cls.boss = cls.mia.copy({"name": "Boss", "login": "boss"})

    def test_who_wrote_the_rule_last_is_its_author(self):
        self.assertEqual(self.segment.rule_user_id, self.mia)
        self.segment.with_user(self.boss).condition_ids.is_negated = True
        self.assertEqual(self.segment.rule_user_id, self.boss)

    def test_a_name_is_no_rule(self):
        self.segment.with_user(self.boss).name = "Another"
        self.assertEqual(self.segment.rule_user_id, self.mia)

    def test_nobody_names_another_as_the_author(self):
        for values in (
            {"rule_user_id": self.boss.id},
            {"member_count": 7},
            {"kind": "frozen"},
            {"error": "Made up"},
        ):
            with self.subTest(values=values):
                with self.assertRaisesRegex(AccessError, "Nobody writes"):
                    self.segment.write(values)
                with self.assertRaisesRegex(AccessError, "Nobody writes"):
                    self.segment.create({"name": "New", **values})

    def test_no_context_hides_who_changed_a_condition(self):
        passed = self.segment.with_user(self.boss).with_context(
            segmentation_writing_rule=True
        )
        passed.condition_ids.is_negated = True
        self.assertEqual(self.segment.rule_user_id, self.boss)

    def test_who_chose_by_hand_is_who_did(self):
        choice = (
            self.env["segmentation.choice"]
            .with_user(self.mia)
            .create(
                {
                    "segment_id": self.segment.id,
                    "partner_id": self.ana.id,
                    "user_id": self.boss.id,
                }
            )
        )
        self.assertEqual(choice.user_id, self.mia)

    def test_the_author_is_archived(self):
        """Members stay, the segment says why, and others go on."""
        other = self._segment(self.montero)
        other.with_user(self.boss).match = "any"
        self._follow()
        self.mia.active = False
        bruno = self.env["res.partner"].create({"name": "Bruno", "city": "Montero"})
        self._follow()
        self.assertRegex(self.segment.error, "Mia Marketing, who may not write rules")
        self.assertMembers(self.segment, self.ana)
        self.assertFalse(other.error)
        self.assertMembers(other, self.ana | bruno)

    def test_the_author_may_not_write_rules_any_more(self):
        self.mia.group_ids = [Command.unlink(self.env.ref(MARKETING).id)]
        with self.assertRaisesRegex(UserError, "let somebody else save the rule"):
            self.segment.with_user(self.boss).action_refresh()

    def test_the_author_left_the_company(self):
        away = self.env["res.company"].create({"name": "Away"})
        self.mia.write({"company_ids": [Command.set(away.ids)], "company_id": away.id})
        with self.assertRaisesRegex(UserError, f"rules of {self.company.name}"):
            self.segment.with_user(self.boss).action_refresh()

    def test_the_author_is_deleted(self):
        self.segment.sudo().rule_user_id = False
        with self.assertRaisesRegex(UserError, "a deleted user"):
            self.segment.with_user(self.boss).action_refresh()

    def test_another_saves_the_rule(self):
        self.mia.active = False
        bruno = self.env["res.partner"].create({"name": "Bruno", "city": "Montero"})
        self._follow()
        self.assertTrue(self.segment.error)
        self.segment.with_user(self.boss).match = "any"
        self.assertFalse(self.segment.error)
        self.assertMembers(self.segment, self.ana | bruno)

    def test_rules_that_come_with_a_module_run(self):
        root = self.env.ref("base.user_root")
        condition = {"kind": "domain", "partner_domain": repr(self.montero)}
        segments = self.env["segmentation.segment"].with_user(root)
        segment = segments.create(
            {
                "name": "Ours",
                "company_id": self.company.id,
                "condition_ids": [Command.create(condition)],
            }
        )
        self.assertEqual(segment.rule_user_id, root)
        self.assertMembers(segment, self.ana)

    def test_days_are_those_of_the_company(self):
        self.company.resource_calendar_id.tz = "Pacific/Auckland"
        self.mia.tz = "America/La_Paz"
        rule = self.segment._rule_self()
        self.assertEqual(rule.env.context["tz"], "Pacific/Auckland")
        self.assertEqual(rule.env.companies, self.company)

    def test_words_are_those_of_the_author(self):
        self.env["res.lang"]._activate_lang("es_ES")
        self.mia.lang = "es_ES"
        rule = self.segment.with_user(self.boss)._rule_self()
        self.assertEqual(rule.env.lang, "es_ES")
