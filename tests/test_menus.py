import re

from lxml import etree

from odoo.tests import TransactionCase, new_test_user, tagged

from .screens import GROUPS, ScreensMixin


@tagged("post_install", "-at_install")
class TestMenus(ScreensMixin, TransactionCase):
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

    def test_each_group_opens_its_menus(self):
        seen = {}
        for login, groups in GROUPS.items():
            user = new_test_user(self.env, f"menus_{login}", groups)
            menus = self._menus(user)
            seen[login] = set(menus)
            for menu in menus:
                with self.subTest(group=login, menu=menu.complete_name):
                    action = menu.action
                    self._open_action(action._get_action_dict(), user)
        for outsider in ("employee", "accountant", "mailer"):
            self.assertFalse(seen[outsider], outsider)
        self.assertTrue(seen["user"])
        self.assertLessEqual(seen["user"], seen["manager"])
        self.assertLess(seen["user"], seen["marketing"])
        self.assertLess(seen["manager"] | seen["marketing"], seen["administrator"])
        self.assertLess(seen["administrator"], seen["system"])

    def test_cards_of_an_outsider_name_only_what_is_sent(self):
        """A field of a group is not sent to others, and its card cannot read it."""
        employee = new_test_user(self.env, "cards_employee", "base.group_user")
        looked_at = 0
        for view in self._kanbans():
            model = self.env[view.model].with_user(employee)
            if not model.has_access("read"):
                continue
            arch = etree.fromstring(model.get_view(view.id, "kanban")["arch"])
            sent = {field.get("name") for field in arch.iter("field")}
            code = etree.tostring(arch, encoding="unicode")
            read = set(re.findall(r"\brecord\.(\w+)", code))
            self.assertLessEqual(read, sent, view.name)
            looked_at += 1
        self.assertTrue(looked_at)

    def _kanbans(self):
        """Return the kanban views that are ours, or changed by us."""
        ours = self.env["ir.model.data"].search(
            [("module", "=", "agro_segmentation"), ("model", "=", "ir.ui.view")]
        )
        views = self.env["ir.ui.view"].browse(ours.mapped("res_id"))
        views = views.filtered(lambda view: view.type == "kanban")
        while views.inherit_id - views:
            views |= views.inherit_id
        return views.filtered(lambda view: view.mode == "primary")
