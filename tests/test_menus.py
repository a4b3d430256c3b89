from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools.safe_eval import safe_eval

GROUPS = {
    "user": "agro_segmentation.group_segmentation_user",
    "marketing": "agro_segmentation.group_segmentation_marketing",
    "administrator": "agro_segmentation.group_segmentation_administrator,"
    "base.group_system",
}


@tagged("post_install", "-at_install")
class TestMenus(TransactionCase):
    """Every menu that a group sees opens, with every view it offers."""

    def _menus(self, user):
        """Return our menus with an action that the user sees."""
        visible = self.env["ir.ui.menu"].with_user(user).load_menus(debug=False)
        ours = self.env["ir.model.data"].search(
            [("module", "=", "agro_segmentation"), ("model", "=", "ir.ui.menu")]
        )
        menus = self.env["ir.ui.menu"].browse(
            {menu["id"] for menu in visible.values() if menu["id"] != "root"}
            & set(ours.mapped("res_id"))
        )
        return menus.filtered("action")

    def _open(self, menu, user):
        action = menu.action
        if action._name != "ir.actions.act_window":
            return
        model = self.env[action.res_model].with_user(user)
        views = [(False, mode) for mode in action.view_mode.split(",")]
        descriptions = model.get_views([*views, (False, "search")])["views"]
        self.assertEqual(set(descriptions), {*dict(map(reversed, views)), "search"})
        context = safe_eval(action.context or "{}", {"uid": user.id})
        model.with_context(**context).web_search_read([], {"display_name": {}}, limit=5)

    def test_each_group_opens_its_menus(self):
        seen = {}
        for login, groups in GROUPS.items():
            user = new_test_user(self.env, f"menus_{login}", groups)
            menus = self._menus(user)
            seen[login] = set(menus)
            for menu in menus:
                with self.subTest(group=login, menu=menu.complete_name):
                    self._open(menu, user)
        self.assertLess(seen["user"], seen["marketing"])
        self.assertLess(seen["marketing"], seen["administrator"])

    def test_others_see_no_menu_of_ours(self):
        user = new_test_user(self.env, "menus_other", "account.group_account_manager")
        self.assertFalse(self._menus(user))
