"""Processes that work on one database, each with a connection of its own."""

import os
import tempfile
import time
import traceback
from contextlib import closing

import psycopg2
from bench.dealer import Dealer

from odoo import SUPERUSER_ID, api, sql_db
from odoo.modules.registry import Registry

CUSTOMERS = 3000
#: seconds that PostgreSQL may take to recover, on a busy machine
RECOVERY = 120


def make_dealer(env):
    """Make a small dealer and close the cursor: others work from now on."""
    Dealer(
        env,
        customers=CUSTOMERS,
        invoices=3 * CUSTOMERS,
        lines=4 * CUSTOMERS,
        plantings=2 * CUSTOMERS,
        harvests=4,  # a parcel is planted in four
        zones=6,
        companies=1,
    ).make()
    env.cr.close()


def scratch_file():
    """Return the path of a new file that goes away with the server."""
    handle, path = tempfile.mkstemp(dir=os.environ["PGHOST"])
    os.close(handle)
    return path


class Database:
    """A database that processes of their own work on, and that may be killed."""

    def __init__(self, name):
        self.name = name

    def cursor(self):
        """Return a cursor, to be used by ``with``, and closed at its end."""
        return Registry(self.name).cursor()

    def start(self, work):
        """Do work in a process of its own, which ends with status 0 if it succeeds."""
        sql_db.close_all()  # else both would use the connections there are
        pid = os.fork()
        if pid:
            return pid
        status = 1
        try:
            # what is connected from now on bears this process's name, not its parent's
            Registry(self.name)._db = sql_db.db_connect(self.name)
            with self.cursor() as cr:
                work(api.Environment(cr, SUPERUSER_ID, {}))
            status = 0
        except psycopg2.Error as error:  # the server went away
            print(f"    {type(error).__name__}: {str(error).splitlines()[:1]}")
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)

    def backend(self):
        """Return the process of PostgreSQL that works on the database, if any does."""
        with closing(psycopg2.connect(dbname=self.name)) as connection:
            cursor = connection.cursor()
            cursor.execute(
                "SELECT pid FROM pg_stat_activity"
                " WHERE datname = %s AND pid <> pg_backend_pid()"
                " AND backend_type = 'client backend'"
                " ORDER BY state = 'active' DESC LIMIT 1",
                [self.name],
            )
            return next(iter(cursor.fetchone() or ()), None)

    def wait(self):
        """Wait until the server has recovered, and forget its old connections."""
        sql_db.close_all()
        end = time.monotonic() + RECOVERY
        while time.monotonic() < end:
            try:
                psycopg2.connect(dbname=self.name).close()
                return
            except psycopg2.OperationalError:
                time.sleep(0.2)
        raise TimeoutError("PostgreSQL does not come back")


class Transaction:
    """An environment of the administrator's, committed at the end of the block."""

    def __init__(self, database):
        self.cursor = database.cursor()

    def __enter__(self):
        return api.Environment(self.cursor, SUPERUSER_ID, {})

    def __exit__(self, kind, *_error):
        if kind is None:
            self.cursor.commit()
        self.cursor.close()
