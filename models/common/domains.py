"""Filters that people typed, for every room; kept as text, as Odoo's widget does."""

from ast import literal_eval

import psycopg2

from odoo.fields import Domain
from odoo.tools import SQL, mute_logger

from .job import PASSING


def read_domain(text):
    """Return the domain that a text says, which must be plain values.

    :raise ValueError: it says none
    """
    try:
        return Domain(literal_eval(text or "[]"))
    except (SyntaxError, TypeError, RecursionError, MemoryError) as error:
        raise ValueError(str(error)) from error


def translate_domain(domain, model):
    """Return the SQL of a search for a domain, by its user; no query is made.

    :raise ValueError: Odoo cannot search for it
    :raise AccessError: the user may not read a field that it names
    """
    try:
        domain.validate(model)
        return model._search(domain).select()
    except (TypeError, AssertionError, OverflowError) as error:
        raise ValueError(str(error)) from error


def check_domain(domain, model):
    """Have Odoo and PostgreSQL plan a search for a domain; nothing is searched for.

    Only so is it known whether fields can be compared as it says.

    :raise ValueError: it cannot be searched for
    :raise AccessError: the user may not read a field that it names
    """
    search = translate_domain(domain, model)
    if domain.is_true():
        return
    try:
        with mute_logger("odoo.sql_db"), model.env.cr.savepoint(flush=False):
            model.env.cr.execute(SQL("EXPLAIN %s", search))
    except PASSING:
        raise
    except psycopg2.Error as error:
        raise ValueError(error.diag.message_primary) from error
