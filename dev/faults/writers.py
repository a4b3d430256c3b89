"""Eight people write while figures are computed and campaigns launched.

    dev/faults/run writers

They post, cancel and credit invoices, change hectares and merge contacts, as fast as
they can. The refresh and the launch of campaigns run beside them without a pause. No
invoice may fail or wait for either of them (a merge writes on the same positions as the
refresh, and may), and in the end the figures must be those of a refresh from scratch.

DURATION (seconds) and SEED in the environment change how long, and what is written.
"""

import collections
import functools
import json
import os
import random
import statistics
import time

import psycopg2
from faults.kill import Refresh, query
from faults.processes import Database, Transaction, make_dealer, scratch_file

from odoo import Command, fields
from odoo.service.model import retrying

from odoo.addons.agro_segmentation.models.common.job import PASSING

DURATION = int(os.environ.get("DURATION", 60))
SEED = int(os.environ.get("SEED", 1))
WRITERS = 8
#: seconds between two looks at who waits for whom
LOOK = 0.02
#: what must not wait
INVOICING = {"post", "cancel", "credit"}


class Writer:
    """Somebody with customers and a journal of their own."""

    def __init__(self, number, until, log):
        self.number, self.until, self.log = number, until, log
        self.posted = []

    def work(self, env):
        random.seed(f"{SEED} {self.number}")
        self.journal = self._journal(env)
        self.account = self.journal.default_account_id.id
        self.customers = [
            id_
            for (id_,) in query(
                env,
                """SELECT DISTINCT partner_id FROM segmentation_parcel
                    WHERE partner_id %% %s = %s ORDER BY 1""",
                WRITERS,
                self.number,
            )
        ]
        env.cr.commit()
        tasks = [self.post] * 6
        tasks += [self.cancel, self.credit, self.till, self.till, self.merge]
        with open(self.log, "a") as log:
            while time.time() < self.until:
                task = random.choice(tasks)
                log.write(json.dumps([task.__name__, *self._try(env, task)]) + "\n")

    def _journal(self, env):
        """Return a journal of the writer's own: numbers are given out one by one."""
        journals = env["account.journal"]
        code = f"W{self.number}"
        return journals.search([("code", "=", code)]) or journals.create(
            {
                "name": f"Writer {self.number}",
                "code": code,
                "type": "sale",
                "default_account_id": journals.search(
                    [("code", "=", "BENCH")]
                ).default_account_id.id,
            }
        )

    def _try(self, env, task):
        """Return how many seconds it took, and the error, if any.

        Whoever looks on sees by the name of the connection what it is at.
        """
        start = time.monotonic()
        try:
            env.cr.execute("SET application_name = %s", [task.__name__])
            env.cr.commit()
            retrying(functools.partial(task, env), env)
            return time.monotonic() - start, None
        except Exception as error:  # whatever it is, it is a failure
            env.cr.rollback()
            return time.monotonic() - start, repr(error)

    def _move(self, env):
        """Return an invoice of the writer's own that is still posted, if any."""
        moves = env["account.move"].browse(self.posted)
        return moves.filtered(lambda move: move.state == "posted")[-1:]

    def post(self, env):
        move = env["account.move"].create(
            {
                "move_type": "out_invoice",
                "journal_id": self.journal.id,
                "partner_id": random.choice(self.customers),
                "invoice_date": fields.Date.today(),
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Seed",
                            "price_unit": 100,
                            "tax_ids": [],
                            "account_id": self.account,
                        }
                    )
                ],
            }
        )
        move.action_post()
        self.posted.append(move.id)

    def cancel(self, env):
        move = self._move(env)
        move.button_draft()
        move.button_cancel()

    def credit(self, env):
        if move := self._move(env):
            move._reverse_moves([{"invoice_date": fields.Date.today()}])._post()

    def till(self, env):
        parcel = env["segmentation.parcel"].search(
            [("partner_id", "=", random.choice(self.customers))], limit=1
        )
        parcel.hectares += 100  # enough for what grows there

    def merge(self, env):
        source, target = self.customers.pop(), self.customers[-1]
        env["base.partner.merge.automatic.wizard"]._merge(
            [source, target], env["res.partner"].browse(target)
        )


def refresh(until, env):
    """Compute what is marked, over and over."""
    while time.time() < until:
        env["segmentation.refresh"]._cron_refresh()
        env.cr.commit()
        time.sleep(0.05)


def launch(until, env):
    """Launch one campaign after another.

    Who is refused even after Odoo has tried five times is told to try again.
    """
    told = collections.Counter()
    while time.time() < until:
        try:
            retrying(functools.partial(launch_one, env), env)
            told["launched"] += 1
        except PASSING:
            env.cr.rollback()
            told["to be tried again"] += 1
    print(f"  campaigns: {dict(told)}")
    assert told["launched"]


def launch_one(env):
    wizards = env["segmentation.campaign.wizard"]
    wizards.create({"title": f"Campaign {time.time()}"}).action_launch()


def blocked(connection, ours):
    """Return what waits for one of our processes at this moment: tasks and queries."""
    cursor = connection.cursor()
    cursor.execute(
        """
        SELECT waiting.application_name, LEFT(TRIM(waiting.query), 60)
          FROM pg_stat_activity waiting
          JOIN pg_stat_activity holding
            ON holding.pid = ANY(pg_blocking_pids(waiting.pid))
         WHERE waiting.wait_event_type = 'Lock'
           AND holding.application_name = ANY(%s)
           AND waiting.application_name <> ALL(%s)
        """,
        [ours, ours],
    )
    return cursor.fetchall()


def connected(connection, ours):
    """Return which of our processes are connected at this moment."""
    cursor = connection.cursor()
    cursor.execute(
        "SELECT application_name FROM pg_stat_activity"
        " WHERE application_name = ANY(%s)",
        [ours],
    )
    return {name for (name,) in cursor.fetchall()}


def look_on(database, until, ours):
    """Count what waits for our processes, until the end."""
    waits, seen = collections.Counter(), set()
    connection = psycopg2.connect(dbname=database.name)
    connection.autocommit = True
    while time.time() < until:
        seen |= connected(connection, ours)
        waits.update(blocked(connection, ours))
        time.sleep(LOOK)
    connection.close()
    assert seen == set(ours), "our processes were not found: this proves nothing"
    return waits


def phase(database, title, jobs):
    """Let everybody write for a while beside jobs.

    :return: the median seconds of a posting
    """
    until = time.time() + DURATION
    log = scratch_file()
    ours = [database.start(functools.partial(job, until)) for job in jobs]
    writers = [
        database.start(Writer(number, until, log).work) for number in range(WRITERS)
    ]
    waits = look_on(database, until, [f"odoo-{pid}" for pid in ours])
    failed = [pid for pid in ours + writers if os.waitpid(pid, 0)[1]]
    assert not failed, f"{len(failed)} processes failed"
    waited = {task: count * LOOK for (task, _query), count in waits.items()}
    assert not waited.keys() & INVOICING, f"an invoice waited for us: {waits}"
    print(f"  seconds that others waited: {waited}")
    return report(title, log)


def report(title, log):
    """Print what was done, and fail if anything was not."""
    seconds, errors = collections.defaultdict(list), []
    with open(log) as lines:
        for name, duration, error in map(json.loads, lines):
            seconds[name].append(duration)
            if error:
                errors.append((name, error))
    print(title)
    for name, some in sorted(seconds.items()):
        print(f"  {name:>7}: {len(some):5}, median {statistics.median(some):.3f} s")
    assert not errors, errors[:5]
    return statistics.median(seconds["post"])


def run(env):
    """Write with and without our jobs; an error ends the process with status 1."""
    name = env.cr.dbname
    make_dealer(env)
    database = Database(name)
    with Transaction(database) as env:
        Refresh(env)
    alone = phase(database, "Eight writers alone", [])
    beside = phase(database, "Beside refresh and launch", [refresh, launch])
    print(f"a posting beside our jobs takes {beside / alone:.2f} times as long")
    with Transaction(database) as env:
        env["segmentation.refresh"]._cron_refresh()
        figures = query(env, Refresh.FIGURES)
    with Transaction(database) as env:
        env["segmentation.refresh"]._mark_companies(env.company)
        env["segmentation.refresh"]._cron_refresh()
        assert figures == query(env, Refresh.FIGURES), "figures differ from scratch"
    print("the figures are those of a refresh from scratch")
