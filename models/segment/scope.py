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
        self.is_everybody = member_ids is None
        self._members = self._any(member_ids)
        self._customers = self._any(customer_ids)

    def members(self, column):
        """Return the SQL condition that ``column`` is a contact in scope."""
        return self._condition(column, self._members)

    def customers(self, column):
        """Return the SQL condition that ``column`` is a customer in scope."""
        return self._condition(column, self._customers)

    def any_customer(self, column):
        """Return the right side of ``column =`` that says the same of customers."""
        return self._customers or column

    def _any(self, ids):
        """Return the SQL of any of some ids, as one literal.

        PostgreSQL reads a thousand ids at once, but as a thousand expressions where the
        driver writes ``ARRAY[1, 2, …]``: that takes longer than finding them.
        """
        if ids is None:
            return None
        return SQL("ANY(%s::integer[])", f"{{{','.join(map(str, ids))}}}")

    def _condition(self, column, any_of):
        return SQL("%s = %s", column, any_of) if any_of else SQL("TRUE")
