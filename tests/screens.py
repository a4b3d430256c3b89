"""What a user of a group finds on the screen: shared by the tests of all rooms."""

from odoo.tools.safe_eval import safe_eval

#: who works with the dealer's Odoo, and the groups each has
GROUPS = {
    "employee": "base.group_user",
    "accountant": "account.group_account_manager",
    "mailer": "mass_mailing.group_mass_mailing_user",
    "user": "agro_segmentation.group_segmentation_user",
    "billing_user": "agro_segmentation.group_segmentation_user,"
    "account.group_account_invoice",
    "manager": "agro_segmentation.group_segmentation_manager",
    "marketing": "agro_segmentation.group_segmentation_marketing",
    "administrator": "agro_segmentation.group_segmentation_administrator",
    "system": "agro_segmentation.group_segmentation_administrator,base.group_system",
}


class ScreensMixin:
    """Opens actions as the web client does, without a browser."""

    def _open_action(self, action, user):
        """Open a window action with all its views, and the first records it lists.

        :param dict action: as the server hands it to the web client
        """
        if action.get("type") != "ir.actions.act_window":
            return
        context = action.get("context") or {}
        if isinstance(context, str):
            context = safe_eval(context, self._client_values(user))
        model = self.env[action["res_model"]].with_user(user).with_context(**context)
        views = action.get("views") or [
            (False, mode) for mode in action["view_mode"].split(",")
        ]
        descriptions = model.get_views([*views, (False, "search")])["views"]
        self.assertEqual(set(descriptions), {*(mode for _id, mode in views), "search"})
        if action.get("res_id"):
            model.browse(action["res_id"]).web_read({"display_name": {}})
        elif not model._transient:
            domain = action.get("domain") or []
            if isinstance(domain, str):
                domain = safe_eval(domain, self._client_values(user))
            model.web_search_read(domain, {"display_name": {}}, limit=5)

    def _client_values(self, user):
        """What expressions of an action may name."""
        return {
            "uid": user.id,
            "allowed_company_ids": user.company_ids.ids,
            "active_id": False,
            "active_ids": [],
        }
