"""Two sessions at once, with real cursors and committed data."""

from unittest.mock import patch

from odoo.service import model as service
from odoo.tests import TransactionCase
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_model import MODULE_UNINSTALL_FLAG


class RaceCommon(TransactionCase):
    """A test's records must be committed, and unlinked again in reverse order."""

    def setUp(self):
        super().setUp()
        self.made = []
        self.addCleanup(self._clean_up)

    def _env_of(self, cr):
        return self.env(cr=cr, user=self.env.ref("base.user_admin").id)

    def _commit(self, make):
        """Return, for later use by any session, what ``make(env)`` makes."""
        with self.registry.cursor() as cr:
            records = make(self._env_of(cr))
            self.made.append(records)
        return records

    def _clean_up(self):
        """Delete what was made, also what is kept while it is in use."""
        with self.registry.cursor() as cr:
            for records in reversed(self.made):
                made = records.with_env(self._env_of(cr)).sudo().exists()
                made.with_context(**{MODULE_UNINSTALL_FLAG: True}).unlink()

    def _race(self, early, late):
        """Let a request, ``late(env)``, begin before another, ``early(env)``, commits.

        As in a request, Odoo repeats it where PostgreSQL asks for that, and puts what
        PostgreSQL refuses into words.
        """
        with self.registry.cursor() as cr, mute_logger("odoo.sql_db"):
            env = self._env_of(cr)
            cr.execute("SELECT")  # from now on it sees nothing new
            self._commit(early)
            with patch.object(service.time, "sleep"):
                return service.retrying(lambda: late(env), env)
