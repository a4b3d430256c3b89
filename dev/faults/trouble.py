"""Hold rows and tables, and take the space away, while the addon works.

    dev/faults/run trouble

The server gives up waiting for a lock after a moment (``lock_timeout``), as many set it
up. Somebody then holds customers, invoices, positions, segments or campaigns, while
figures are computed, a segment is found anew, a campaign is launched and accounts are
handed over. After that sorting may not use any space on the disk. A job must end soon
and without a failure, and have woken itself for another time if it could not do its
work. When the trouble is over, the work must come to its end, with nothing lost,
doubled or half done.
"""

import contextlib
import os
import time

import psycopg2
from faults.kill import Handover, Launch, Refresh, Segment, Trial
from faults.processes import Database, Transaction, make_dealer

#: seconds that the server waits for a lock
TIMEOUT = 1
#: seconds that a hindered work may take: it gets to a few locks, and may try again
PATIENCE = 60

LOCKS = {
    "customers": "SELECT FROM res_partner FOR UPDATE",
    "invoices": "SELECT FROM account_move FOR UPDATE",
    "positions": "SELECT FROM segmentation_position FOR UPDATE",
    "all positions": "LOCK TABLE segmentation_position IN SHARE MODE",
    "segments": "SELECT FROM segmentation_segment FOR UPDATE",
    "members": "LOCK TABLE segmentation_membership IN SHARE MODE",
    "campaigns": "LOCK TABLE utm_campaign IN SHARE MODE",
    "audiences": "LOCK TABLE segmentation_audience IN SHARE MODE",
    "handovers": "SELECT FROM segmentation_handover FOR UPDATE",
}


@contextlib.contextmanager
def held(database, statement):
    """Hold a lock in the block, as somebody who forgot to commit."""
    with psycopg2.connect(dbname=database.name) as connection:
        connection.cursor().execute(statement)
        yield
        connection.rollback()
    connection.close()


@contextlib.contextmanager
def without_space(database):
    """Let sorts and joins have next to no memory, and nothing on the disk."""
    set_up(database, work_mem="64kB", temp_file_limit="0")
    yield
    set_up(database, work_mem=None, temp_file_limit=None)


def set_up(database, **settings):
    """Change settings of the database, for sessions from now on."""
    connection = psycopg2.connect(dbname=database.name)
    connection.autocommit = True
    for name, value in settings.items():
        change = f"SET {name} = '{value}'" if value else f"RESET {name}"
        connection.cursor().execute(f"ALTER DATABASE {database.name} {change}")
    connection.close()


class Hindered(Trial):
    """Lets trouble come to each work."""

    WORKS = (Refresh, Segment, Launch, Handover)

    def hinder(self, work, name, trouble):
        """Have it work in trouble, then without.

        :param trouble: a context manager
        """
        self._prepare(work)
        self._forget_wakes()
        start = time.monotonic()
        with trouble:
            _pid, status = os.waitpid(self.database.start(work.work), 0)
        seconds = time.monotonic() - start
        assert seconds < PATIENCE, f"{work} took {seconds:.0f} s beside {name}"
        is_done = self._is_done(work)
        if not is_done and not isinstance(work, Launch):  # which people try again
            assert not status, f"{work} failed beside {name}"
            assert self._is_woken(), f"{work} beside {name}: nobody comes back to it"
        self._finish(work)
        print(f"  {name}: {'done' if is_done else 'later'} after {seconds:.1f} s")

    def _is_done(self, work):
        try:
            with self._env() as env:
                work.check(env)
            return True
        except AssertionError:
            return False

    def _forget_wakes(self):
        with self._env() as env:
            env["ir.cron.trigger"].search([]).unlink()

    def _is_woken(self):
        with self._env() as env:
            return env["ir.cron.trigger"].search_count([("call_at", ">", env.cr.now())])


def run(env):
    """Hinder each work in each way; an error ends the process with status 1."""
    name = env.cr.dbname
    make_dealer(env)
    database = Database(name)
    trial = Hindered(database)
    with Transaction(database) as env:
        env["segmentation.refresh"]._refresh_pending(env.company)
    set_up(database, lock_timeout=f"{TIMEOUT}s")
    for work in trial.works:
        print(type(work).__name__)
        for held_name, statement in LOCKS.items():
            trial.hinder(work, held_name, held(database, statement))
        trial.hinder(work, "no space", without_space(database))
    print("nothing was lost, doubled or left half done")
