"""Fields of several records by which one finds out about no more than one may read.

Odoo's own look at all records where one asks whether there are any, or names ids: so a
salesperson could ask whether somebody else's customer has land.
"""

from collections.abc import Set

from odoo import fields
from odoo.fields import Domain


class RuledOne2many(fields.One2many):
    """Records that are searched by with the rights of the user, whatever is asked."""

    def condition_to_sql(self, field_expr, operator, value, model, alias, query):
        # a query stands for records found with somebody's rights already
        if operator in ("in", "not in") and isinstance(value, (list, tuple, Set)):
            if set(value) == {False}:
                # none of them is the opposite of any of them
                operator = "not any" if operator == "in" else "any"
                value = Domain.TRUE
            elif False not in value:
                operator = "any" if operator == "in" else "not any"
                value = Domain("id", "in", list(value))
        return super().condition_to_sql(
            field_expr, operator, value, model, alias, query
        )
