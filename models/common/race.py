"""What two sessions write at once, neither seeing the other, is refused in words.

Cursors are REPEATABLE READ: a check in Python sees what was there when its transaction
began. Who comes second must hear of the first before the request ends, for Odoo
explains no error that PostgreSQL raises at commit.
"""

from odoo.tools import SQL


def check_now(model, constraint):
    """Let PostgreSQL check a deferred constraint of the model now, not at commit.

    For the end of the check in Python that names the records: what that has not seen
    is another session's. Odoo shows the constraint's own message then.

    :param str constraint: the constraint's attribute of the model
    """
    name = SQL.identifier(getattr(type(model), constraint).full_name(model))
    model.env.cr.execute(
        SQL(
            "SET CONSTRAINTS %(name)s IMMEDIATE; SET CONSTRAINTS %(name)s DEFERRED",
            name=name,
        )
    )


def claim(records):
    """Make sure that of two sessions that claim a record, one sees the other's work.

    A lock would let the later one go on with what it saw before. An update fails with
    a serialization failure instead, upon which Odoo repeats the request on fresh data.
    """
    if records:
        records.env.cr.execute(
            SQL(
                """
                UPDATE %(table)s SET write_date = write_date
                 WHERE id IN (SELECT id FROM %(table)s WHERE id IN %(ids)s
                            ORDER BY id FOR NO KEY UPDATE)""",
                table=SQL.identifier(records._table),
                ids=tuple(records.ids),
            )
        )
