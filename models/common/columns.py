"""Lists of columns, for statements that write the same ones in several places."""

from odoo.tools import SQL


def listed(names, table=None):
    """Return the columns, of the table or alias if one is given, joined by commas."""
    place = [table] if table else []
    return SQL(", ").join(SQL.identifier(*place, name) for name in names)


def taken_over(names):
    """Return what an ``ON CONFLICT DO UPDATE SET`` takes over of the row it refused."""
    return SQL(", ").join(
        SQL("%(name)s = EXCLUDED.%(name)s", name=SQL.identifier(name)) for name in names
    )
