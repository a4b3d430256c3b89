from odoo.tools import SQL


class Scope:
    """The contacts whose membership is being found: all of them, or some.

    What conditions say of customers holds for all their contacts, so a scope knows both
    the contacts and the customers that they belong to. Without restriction every
    condition here is TRUE, and PostgreSQL reads whole tables once; with some contacts
    it reaches their rows by index, whatever the size of the base.
    """

    def __init__(self, member_ids=None, customer_ids=None):
        """Restrict to contacts and their customers; without arguments, to nothing."""
        self._member_ids = member_ids
        self._customer_ids = customer_ids

    def members(self, column):
        """Return the SQL condition that ``column`` is a contact in scope."""
        return self._condition(column, self._member_ids)

    def customers(self, column):
        """Return the SQL condition that ``column`` is a customer in scope."""
        return self._condition(column, self._customer_ids)

    def any_customer(self, column):
        """Return the right side of ``column =`` that says the same of customers."""
        if self._customer_ids is None:
            return column
        return SQL("ANY(%s)", list(self._customer_ids))

    def _condition(self, column, ids):
        if ids is None:
            return SQL("TRUE")
        return SQL("%s = ANY(%s)", column, list(ids))
