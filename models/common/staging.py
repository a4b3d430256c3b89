"""Temporary tables, for every room: what several statements need is read once."""

from odoo.tools import SQL

from .columns import listed


def stage(env, name, select, *columns):
    """Keep what a query gives in a temporary table until the transaction ends.

    PostgreSQL knows nothing of a table just filled: plans made blind compare each row
    with each, and take as long as their number squared. So it is analysed.

    :param str name: the table's; one of that name is dropped first
    :param SQL select: the query
    :param str columns: those by which the table is joined; all of them, if none
    """
    table = SQL.identifier(name)
    env.cr.execute(
        SQL(
            "DROP TABLE IF EXISTS %s; CREATE TEMPORARY TABLE %s ON COMMIT DROP AS %s",
            table,
            table,
            select,
        )
    )
    analyze(env, name, *columns)


def analyze(env, name, *columns):
    """Let PostgreSQL know what is in a temporary table; see :func:`stage`."""
    env.cr.execute(
        SQL(
            "ANALYZE %s %s",
            SQL.identifier(name),
            SQL("(%s)", listed(columns)) if columns else SQL(),
        )
    )
