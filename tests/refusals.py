from contextlib import contextmanager

from odoo.exceptions import UserError


class Refusals:
    """Tests of what is refused, and with which sentence."""

    #: the error that is expected where a test names none
    refusal = UserError

    @contextmanager
    def assertRefused(self, sentence, error=None):
        """The block must raise ``error`` with a text that matches ``sentence``."""
        with self.assertRaises(error or self.refusal) as caught:
            yield
        self.assertRegex(str(caught.exception), sentence)
