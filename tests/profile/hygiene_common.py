from odoo.tests import new_test_user

from ..position.common import PositionCommon


class HygieneCommon(PositionCommon):
    """The dealer of the positions and the shipped rules; nothing is flagged yet."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids += cls.env.ref("base.group_partner_manager")
        cls.env.user.group_ids += cls.env.ref("sales_team.group_sale_manager")
        cls.flags = cls.env["segmentation.hygiene.flag"]
        cls.country = cls.env.ref("base.bo")

    @classmethod
    def _seller(cls, login, groups="sales_team.group_sale_salesman"):
        return new_test_user(
            cls.env,
            login,
            f"agro_segmentation.group_segmentation_user,{groups}",
            company_id=cls.company.id,
            company_ids=[(6, 0, cls.company.ids)],
        )

    @classmethod
    def _rule(cls, kind):
        """Return the rule shipped for a kind."""
        return cls.env.ref(f"agro_segmentation.hygiene_rule_{kind}")

    @classmethod
    def _person(cls, name, parent=None, **values):
        return cls.env["res.partner"].create(
            {
                "name": name,
                "parent_id": parent and parent.id,
                "country_id": cls.country.id,
                **values,
            }
        )

    def _found(self, kind):
        """Return the contacts that the rule flags, checked on fresh figures."""
        self._refresh()
        rule = self._rule(kind)
        rule.action_check_now()
        self.assertFalse(rule.last_error)
        return self.flags.search([("rule_id", "=", rule.id)]).partner_id

    def _flag(self, kind, partner):
        """Return the fresh flag of the contact."""
        self._found(kind)
        return self.flags.search(
            [("rule_id", "=", self._rule(kind).id), ("partner_id", "=", partner.id)]
        )
