"""Two servers of Odoo's, each with workers and cron workers, on one database.

    dev/faults/run workers

Figures, a segment, a handover and a mailing are to be done again and again, and every
job of ours is woken all the time, so that four cron workers ask for each. What is there
in the end must be what one worker alone leaves, and no e-mail may leave twice. By what
the servers log, no job ever ran in two workers at once, though different jobs did, and
in both servers. By what PostgreSQL sees, no worker waited for another longer than a
moment.

ROUNDS in the environment says how often the work is given.
"""

import collections
import os
import re
import socketserver
import threading
import time
from datetime import datetime

import psycopg2
from faults.kill import Handover, Refresh, Segment, Sending
from faults.processes import Database, Transaction, make_dealer
from faults.servers import Server, free_port

ROUNDS = int(os.environ.get("ROUNDS", 8))
#: seconds that a worker may wait for another: one statement of a batch
MOMENT = 1
#: seconds that a round may take
PATIENCE = 240
#: seconds between two looks
LOOK = 0.1
#: what Odoo logs when a job begins and ends
JOB = re.compile(
    r"^(?P<time>[-\d]+ [:\d]+,\d+) (?P<pid>\d+) .*ir_cron: Job '(?P<name>.*)' \(\d+\) "
    r"(?P<what>starting|.*#loop)"
)


class Mailbox(socketserver.StreamRequestHandler):
    """Takes e-mails, and notes to whom they are."""

    def handle(self):
        self.wfile.write(b"220 here\r\n")
        for line in self.rfile:
            command = line[:4].upper()
            if command == b"DATA":
                self._take()
            elif command == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                self.wfile.write(b"250 yes\r\n")

    def _take(self):
        self.wfile.write(b"354 go on\r\n")
        for line in iter(self.rfile.readline, b".\r\n"):
            if line.startswith(b"To:"):
                with open(self.server.path, "ab") as file:
                    file.write(line[3:].strip() + b"\n")
        self.wfile.write(b"250 taken\r\n")


def open_mailbox(env, sending):
    """Have Odoo send to a mailbox of ours, which notes where the check looks."""
    port = free_port()
    mailbox = socketserver.ThreadingTCPServer(("127.0.0.1", port), Mailbox)
    mailbox.daemon_threads = True
    mailbox.path = sending.sent
    threading.Thread(target=mailbox.serve_forever, daemon=True).start()
    env["ir.mail_server"].create(
        {"name": "Mailbox", "smtp_host": "127.0.0.1", "smtp_port": port}
    )


def start(name):
    """Return a server with two workers for people and two for jobs."""
    return Server(
        name,
        {
            "workers": 2,
            "max-cron-threads": 2,
            "http-port": free_port(),
            "gevent-port": free_port(),
        },
    )


def wake(env):
    """Wake the jobs of ours that there are, and the one that sends mailings.

    But the one that has everybody computed anew at night: that would never end.
    """
    jobs = env["ir.model.data"].search(
        [
            ("model", "=", "ir.cron"),
            ("module", "in", ["agro_segmentation", "mass_mailing"]),
            ("name", "!=", "refresh_all_cron"),
        ]
    )
    for job in env["ir.cron"].browse(jobs.mapped("res_id")):
        job._trigger()


def waits(connection):
    """Return who waits for whom longer than a moment."""
    cursor = connection.cursor()
    cursor.execute(
        """
        SELECT LEFT(waiting.query, 80), LEFT(holding.query, 80)
          FROM pg_stat_activity waiting
          JOIN pg_locks lock ON lock.pid = waiting.pid AND NOT lock.granted
          JOIN pg_stat_activity holding
            ON holding.pid = ANY(pg_blocking_pids(waiting.pid))
         WHERE NOW() - lock.waitstart > %s * INTERVAL '1 second'
        """,
        [MOMENT],
    )
    return cursor.fetchall()


class Round:
    """Gives work, and looks on until it is done."""

    def __init__(self, database, works):
        self.database, self.works = database, works
        self.waits = collections.Counter()
        self.connection = psycopg2.connect(dbname=database.name)
        self.connection.autocommit = True

    def play(self):
        with Transaction(self.database) as env:
            for work in self.works:
                work.prepare(env)
        end = time.monotonic() + PATIENCE
        while problem := self._problem():
            assert time.monotonic() < end, problem
            with Transaction(self.database) as env:
                wake(env)
            self._look_on()

    def _problem(self):
        """Return what is not done yet, or not as it should be."""
        with Transaction(self.database) as env:
            for work in self.works:
                try:
                    work.check(env)
                except AssertionError as error:
                    return f"{type(work).__name__}: {error}"
        return None

    def _look_on(self):
        for _look in range(10):
            self.waits.update(waits(self.connection))
            time.sleep(LOOK)


def runs(servers):
    """Return ``{job: [(start, end, server, worker)]}`` in order, from the logs."""
    found, begun = collections.defaultdict(list), {}
    for number, server in enumerate(servers):
        with open(server.log) as log:
            for match in filter(None, map(JOB.match, log)):
                moment = datetime.strptime(match["time"], "%Y-%m-%d %H:%M:%S,%f")
                worker = number, match["pid"], match["name"]
                if match["what"] == "starting":
                    begun[worker] = moment
                else:
                    found[match["name"]].append((begun.pop(worker), moment, *worker))
    return {job: sorted(some) for job, some in found.items()}


def overlaps(some):
    """Return pairs of runs that went on at the same time."""
    return [
        (one, other)
        for place, one in enumerate(some)
        for other in some[place + 1 :]
        if other[0] < one[1]
    ]


def judge(found):
    """Each job in one worker at a time, but the jobs side by side, in all workers."""
    for job, some in sorted(found.items()):
        workers = {run[2:4] for run in some}
        print(f"  {job}: {len(some)} times in {len(workers)} workers")
        assert not overlaps(some), f"{job} ran twice at once: {overlaps(some)[0]}"
    everything = sorted(run for some in found.values() for run in some)
    assert len({run[2] for run in everything}) == 2, "one server did nothing"
    assert overlaps(everything), "never two jobs at once: this proves nothing"


def run(env):
    """Work in two servers; an error ends the process with status 1."""
    name = env.cr.dbname
    make_dealer(env)
    database = Database(name)
    with Transaction(database) as env:
        works = [work(env) for work in (Refresh, Segment, Handover, Sending)]
        open_mailbox(env, works[-1])
    round_ = Round(database, works)
    with start(name) as one, start(name) as other:
        for number in range(ROUNDS):
            begin = time.monotonic()
            round_.play()
            print(f"round {number + 1} of {ROUNDS}: {time.monotonic() - begin:.1f} s")
    judge(runs([one, other]))
    assert not works[-1].doubled, f"{works[-1].doubled} e-mails left twice"
    assert not round_.waits, f"workers waited for others: {round_.waits}"
    print("no job ran twice at once, and nobody waited")
