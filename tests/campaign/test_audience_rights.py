from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import GOLDEN, CampaignCommon


@tagged("post_install", "-at_install")
class TestRights(CampaignCommon):
    """Who may see audiences and launch campaigns, and who is left in peace."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.own = cls._buyer("Own", 1000, 10000, user_id=cls.salesman.id)
        cls.foreign = cls._buyer("Foreign", 2000, 9000)
        cls.campaign = cls._launch("investment", GOLDEN["investment"])
        cls.mailer = cls._plain_user("mailer", "mass_mailing.group_mass_mailing_user")
        cls.accountant = cls._plain_user("accountant", "account.group_account_invoice")

    @classmethod
    def _plain_user(cls, login, group):
        return new_test_user(
            cls.env,
            login=login,
            groups=f"base.group_user,{group}",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
            email=f"{login}@example.com",
        )

    def _as(self, user, model):
        return self.env[model].with_user(user)

    def test_matrix(self):
        administrator = self._user("admin2", "group_segmentation_administrator")
        for user, model, operations in (
            (self.salesman, "segmentation.audience", "read"),
            (self.marketing, "segmentation.audience", "read"),
            (administrator, "segmentation.audience", "read write create unlink"),
            (self.mailer, "segmentation.audience", ""),
            (self.accountant, "segmentation.audience", ""),
            (self.salesman, "segmentation.outcome", "read"),
            (self.marketing, "segmentation.outcome", "read"),
            (self.mailer, "segmentation.outcome", ""),
            (self.accountant, "segmentation.outcome", ""),
            (self.salesman, "segmentation.campaign.wizard", ""),
            (self.mailer, "segmentation.campaign.wizard", ""),
            (self.accountant, "segmentation.campaign.wizard", ""),
            (
                self.marketing,
                "segmentation.campaign.wizard",
                "read write create unlink",
            ),
        ):
            with self.subTest(user=user.login, model=model):
                allowed = [
                    operation
                    for operation in ("read", "write", "create", "unlink")
                    if self._as(user, model).has_access(operation)
                ]
                self.assertEqual(allowed, operations.split())

    def test_salesperson_sees_own_customers_only(self):
        rows = self._as(self.salesman, "segmentation.audience").search([])
        self.assertEqual(rows.partner_id, self.own)
        self.assertEqual(rows.billing, 1000)
        self.foreign.user_id = self.salesman
        rows = self._as(self.salesman, "segmentation.audience").search([])
        self.assertEqual(len(rows), 2)

    def test_salesperson_reads_the_campaign_with_the_sums_of_own_customers(self):
        campaign = self.campaign.with_user(self.salesman)
        campaign.invalidate_recordset()
        self.assertEqual(campaign.audience_count, 1)
        self.assertEqual(campaign.segmentation_potential, 10000)

    def test_only_marketing_decides_and_launches(self):
        draft = self._wizard()
        draft.action_save_draft()
        for user in (self.salesman, self.mailer, self.accountant):
            with self.subTest(user=user.login):
                campaign = draft.campaign_id.with_user(user)
                with self.assertRefused("Only Segmentation / Marketing", AccessError):
                    campaign.segmentation_strategy = "free"
                with self.assertRefused("Only Segmentation / Marketing", AccessError):
                    campaign._segmentation_launch()
                with self.assertRefused("Only Segmentation / Marketing", AccessError):
                    self._as(user, "utm.campaign").create(
                        {"title": "Mine", "segmentation_company_id": self.company.id}
                    )

    def test_others_work_with_stock_campaigns(self):
        for user in (self.salesman, self.mailer, self.accountant):
            with self.subTest(user=user.login):
                campaign = self._as(user, "utm.campaign").create({"title": "Stock"})
                campaign.title = "Renamed"
                campaign.read(["title", "stage_id", "segmentation_strategy"])
                self.assertTrue(
                    self._as(user, "utm.campaign").search_count(
                        [("title", "=", "Renamed")]
                    )
                )

    def test_figures_are_hidden_from_others(self):
        for user in (self.mailer, self.accountant):
            fields = self._as(user, "utm.campaign").fields_get()
            for name in ("audience_ids", "audience_count", "segmentation_billing"):
                self.assertNotIn(name, fields)
            fields = self._as(user, "res.partner").fields_get()
            self.assertNotIn("segmentation_campaign_billing", fields)

    def test_conditions_on_campaigns_do_not_get_around_the_figures(self):
        figures = [("segmentation_campaign_ids.audience_ids.billing", ">", 0)]
        partners = self._as(self.mailer, "res.partner")
        with self.assertRaises(AccessError):
            partners.search(figures)
        self.assertTrue(partners.search([("segmentation_campaign_ids", "!=", False)]))
        self.assertTrue(self._as(self.marketing, "res.partner").search(figures))
        with self.assertRaises(AccessError):
            self._as(self.accountant, "res.partner").search(
                [("segmentation_campaign_ids", "in", self.campaign.ids)]
            )

    def test_views_open_for_everyone_and_show_figures_to_ours(self):
        views = [(False, "form"), (False, "list"), (False, "kanban")]
        for user, is_ours in (
            (self.salesman, True),
            (self.marketing, True),
            (self.mailer, False),
            (self.accountant, False),
        ):
            with self.subTest(user=user.login):
                shown = self._as(user, "utm.campaign").get_views(views)["models"]
                fields = shown["utm.campaign"]["fields"]
                self.assertIn("title", fields)
                self.assertEqual("segmentation_billing" in fields, is_ours)
                shown = self._as(user, "res.partner").get_views(views[:1])["models"]
                fields = shown["res.partner"]["fields"]
                self.assertIn("name", fields)
                self.assertEqual("segmentation_opt_out_ids" in fields, is_ours)

    def test_mailing_user_may_look_at_our_mailing_and_sees_no_figures(self):
        self.marketing.email = "marketing@example.com"
        action = self.campaign.action_segmentation_prepare_email()
        mailing = self._as(self.mailer, "mailing.mailing").browse(action["res_id"])
        self.assertEqual(mailing.total, 2)
        with self.assertRefused("enough rights to access the field", AccessError):
            mailing._render_field("body_html", self.own.ids)
        stock = self._as(self.mailer, "mailing.mailing").create(
            {
                "subject": "Stock",
                "mailing_model_id": self.env["ir.model"]._get_id("res.partner"),
                "mailing_domain": f"[('id', 'in', {self.own.ids})]",
                "body_html": "<p>Hello</p>",
            }
        )
        self.assertEqual(stock.total, 1)
        self.assertIn(
            "Hello", stock._render_field("body_html", self.own.ids)[self.own.id]
        )

    # --- companies

    def test_campaigns_and_audiences_stay_in_their_company(self):
        other = self.env["res.company"].create({"name": "Other Dealer"})
        stranger = new_test_user(
            self.env,
            login="stranger",
            groups="base.group_user,agro_segmentation.group_segmentation_marketing",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        self.assertFalse(self._as(stranger, "segmentation.audience").search([]))
        self.assertNotIn(self.campaign, self._as(stranger, "utm.campaign").search([]))
        stock = self.env["utm.campaign"].create({"title": "Stock"})
        self.assertIn(stock, self._as(stranger, "utm.campaign").search([]))
        self.assertFalse(
            self._as(stranger, "res.partner")
            .browse(self.own.id)
            .segmentation_campaign_ids
        )

    def test_names_taken_by_another_company_are_counted(self):
        other = self.env["res.company"].create({"name": "Other Dealer"})
        stranger = new_test_user(
            self.env,
            login="stranger",
            groups="base.group_user",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        campaign = self._as(stranger, "utm.campaign").create({"title": "investment"})
        self.assertEqual(self.campaign.name, "investment")
        self.assertEqual(campaign.name, "investment [2]")
