"""Numbers that may be left empty: to Odoo's own fields, empty and zero are the same.

The end of a range may be open, which is not zero ("billing up to 0" is a question of
its own), and a potential may be unknown, which is not zero either. A second boolean
beside each number would say it too, but could contradict it and would have to be
remembered by every import, export, filter and test; here NULL in the database is
False in Python and an empty cell on the screen.
"""

from odoo import fields


def is_empty(value):
    """Whether the value stands for no number at all; 0 is a number."""
    return value is None or value is False or value == ""


class OptionalNumber:
    """Keeps an empty value apart from zero, over a numeric field of Odoo."""

    falsy_value = None

    def convert_to_column(self, value, record, values=None, validate=True):
        if is_empty(value):
            return None
        return super().convert_to_column(value, record, values, validate)

    def convert_to_column_insert(self, value, record, values=None, validate=True):
        if is_empty(value):
            return None
        return super().convert_to_column_insert(value, record, values, validate)

    def convert_to_cache(self, value, record, validate=True):
        if is_empty(value):
            return None
        return super().convert_to_cache(value, record, validate)

    def convert_to_record(self, value, record):
        return False if value is None else value

    def convert_to_read(self, value, record, use_display_name=True):
        return False if value is None else value

    def convert_to_export(self, value, record):
        return "" if is_empty(value) else value


class OptionalMonetary(OptionalNumber, fields.Monetary):
    """An amount that may be empty."""


class OptionalFloat(OptionalNumber, fields.Float):
    """A number that may be empty."""
