from ast import literal_eval

from odoo import fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL


class SegmentationCondition(models.Model):
    """What the contact is, by any of its fields and records, as Odoo filters say it."""

    _inherit = "segmentation.condition"

    kind = fields.Selection(
        selection_add=[("domain", "Fields of the contact")],
        ondelete={"domain": "cascade"},
    )
    partner_domain = fields.Char(string="Conditions on the Contact", default="[]")

    def _domain(self):
        """Return the condition as a domain; ValueError if it cannot be read as one."""
        try:
            return Domain(literal_eval(self.partner_domain or "[]"))
        except (SyntaxError, TypeError) as error:
            raise ValueError(str(error)) from error

    def _problem_domain(self):
        """Not literal, unknown, or by a field that its author may not read."""
        partners = self.env["res.partner"]
        try:
            domain = self._domain()
            domain.validate(partners)
            partners._search(domain).select()
        except AccessError:
            return self.env._(
                "A condition uses a field that you may not read: remove it."
            )
        except (ValueError, TypeError) as error:
            return self.env._(
                "The condition on contacts cannot be used: choose existing fields and "
                "plain values. (%(error)s)",
                error=error,
            )
        return None

    def _sentence_domain(self):
        return self.partner_domain

    def _select_domain(self, scope):
        """Contacts, searched with the rights of the rule's author."""
        query = self.env["res.partner"]._search(self._domain())
        query.add_where(scope.members(SQL("res_partner.id")))
        return query.select(SQL("res_partner.id AS key"), SQL("'{}'::jsonb AS detail"))
