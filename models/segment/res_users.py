from odoo import models

from ..common.groups import MARKETING


class ResUsers(models.Model):
    """Who may write rules."""

    _name = "res.users"
    _inherit = "res.users"

    def _may_write_rules(self, company):
        """Return whether the user may still write the rules of a company's segments.

        So may OdooBot, whose rules are those that come with a module.
        """
        self.ensure_one()
        return self._is_superuser() or (
            self.active and company in self.company_ids and self.has_group(MARKETING)
        )
