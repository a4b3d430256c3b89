"""Share and gap in SQL: rule 5 of the design; in Python: engine/classification.py."""

from odoo.tools import SQL

#: of the potential that was billed, 1 is all of it; NULL where the potential is unknown
#: or 0
SHARE = SQL("(billing / NULLIF(potential, 0))::float8")
#: what is left to sell, in company currency; NULL where the share is
GAP = SQL("NULLIF(potential, 0) - billing")


def share_of_sums(model, query, known):
    """Return the SQL of a group's share: its billing over its potential.

    :param SQL known: holds for rows of customers whose potential is known; what others
        were billed has nothing to be set against
    """
    return SQL(
        "(SUM(%(billing)s) FILTER (WHERE %(known)s) "
        "/ NULLIF(SUM(%(potential)s), 0))::float8",
        billing=model._field_to_sql(model._table, "billing", query),
        potential=model._field_to_sql(model._table, "potential", query),
        known=known,
    )
