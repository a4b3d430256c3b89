"""Kill whoever works, at random moments, and look what is left of the work.

    dev/faults/run kill

Five kinds of work are begun over and over by a process of their own: the refresh of
positions, a segment found anew, the launch of a campaign, a handover, the sending of a
mailing. Every second time the process is killed with SIGKILL, else the PostgreSQL
backend that works for it, which makes the whole server recover. Then the job runs as it
does every minute, and what is there must be what an undisturbed run leaves: nothing
lost, doubled or half done.

An e-mail that is just leaving is the exception: nobody can tell whether the mail server
got it, so that it may be sent once more. At most one a kill is.

KILLS and SEED in the environment change how often, and which moments. Kills that come
when the work is done already do not count.
"""

import collections
import itertools
import os
import random
import signal
import time
from contextlib import suppress
from unittest.mock import patch

from faults.processes import Database, Transaction, make_dealer, scratch_file

from odoo import Command

from odoo.addons.base.models.ir_mail_server import IrMail_Server

KILLS = int(os.environ.get("KILLS", 100))
SEED = int(os.environ.get("SEED", 1))
VICTIMS = ("worker", "backend")
RECIPIENTS = 60
#: how often a job may be taken up again after one kill
ATTEMPTS = 5


def query(env, statement, *values):
    env.cr.execute(statement, values)
    return env.cr.fetchall()


class Refresh:
    """The figures of all customers are computed anew."""

    FIGURES = """
        SELECT MD5(STRING_AGG(CONCAT_WS('|', partner_id, harvest_id, billing, potential,
                                        share, gap, quadrant),
                              ',' ORDER BY harvest_id, partner_id))
          FROM segmentation_position
    """

    def __init__(self, env):
        self.work(env)
        self.figures = query(env, self.FIGURES)

    def prepare(self, env):
        env.cr.execute("UPDATE segmentation_position SET billing = billing + 1")
        env.cr.execute("DELETE FROM segmentation_position WHERE partner_id % 3 = 0")
        env["segmentation.refresh"]._mark_companies(env.company)

    def work(self, env):
        env["segmentation.refresh"]._cron_refresh()

    def check(self, env):
        assert query(env, self.FIGURES) == self.figures, "figures differ"
        marks = env["segmentation.refresh.mark"].search_count([])
        assert not marks, f"{marks} marks are left"


class Segment:
    """Another threshold: members leave or come."""

    def __init__(self, env):
        self.amounts = [100, 5000]
        self.segment = (
            env["segmentation.segment"]
            .create(
                {
                    "name": "Large",
                    "condition_ids": [
                        Command.create(
                            {
                                "kind": "figure",
                                "figure": "billing",
                                "amount_from": self.amounts[0],
                            }
                        )
                    ],
                }
            )
            .id
        )

    def prepare(self, env):
        self.amounts.reverse()
        segment = env["segmentation.segment"].browse(self.segment)
        segment.condition_ids.amount_from = self.amounts[0]
        segment._run_soon()

    def work(self, env):
        env["segmentation.segment"]._cron_refresh()

    def check(self, env):
        segment = env["segmentation.segment"].browse(self.segment)
        now = query(
            env,
            """SELECT partner_id FROM segmentation_membership
                WHERE segment_id = %s AND date_to IS NULL ORDER BY 1""",
            segment.id,
        )
        wanted = query(
            env,
            """SELECT partner_id FROM segmentation_position
                WHERE harvest_id = %s AND billing >= %s ORDER BY 1""",
            env.company.segmentation_harvest_id.id,
            self.amounts[0],
        )
        assert now == wanted, f"{len(now)} members instead of {len(wanted)}"


class Launch:
    """A campaign to all customers."""

    def __init__(self, env):
        self.expected = env["segmentation.position"].search_count(
            [("harvest_id", "=", env.company.segmentation_harvest_id.id)]
        )

    def prepare(self, env):
        wizard = env["segmentation.campaign.wizard"].create({"title": "All"})
        wizard.action_save_draft()
        self.campaign = wizard.campaign_id.id

    def work(self, env):
        campaign = env["utm.campaign"].browse(self.campaign)
        rows = env["segmentation.audience"].search_count(
            [("campaign_id", "=", campaign.id)]
        )
        if campaign.segmentation_state == "launched":
            assert rows, "launched without an audience"
            return
        assert not rows, "half an audience"
        action = campaign.action_segmentation_wizard()
        context = action.get("context", {})
        wizards = env["segmentation.campaign.wizard"].with_context(**context)
        wizards.create(wizards.default_get(list(wizards._fields))).action_launch()

    def check(self, env):
        [[rows, customers]] = query(
            env,
            """SELECT COUNT(*), COUNT(DISTINCT partner_id)
                 FROM segmentation_audience WHERE campaign_id = %s""",
            self.campaign,
        )
        assert rows == customers >= self.expected, f"{rows} rows of {customers}"


class Handover:
    """All accounts go from one salesperson to another, and back the next time."""

    def __init__(self, env):
        salespeople = env["res.users"].search([("login", "like", "salesperson")])
        self.users = salespeople[:2].ids
        env.cr.execute(
            "UPDATE res_partner SET user_id = %s WHERE user_id IS NOT NULL",
            self.users[:1],
        )

    def prepare(self, env):
        source, target = self.users
        handover = env["segmentation.handover"].create(
            {
                "reason": "Leaves",
                "source_user_ids": [Command.set([source])],
                "target_ids": [Command.create({"user_id": target})],
            }
        )
        handover.action_list()
        self.accounts = len(handover.line_ids)
        handover._check_ready()
        handover._start()
        self.handover = handover.id
        self.users.reverse()

    def work(self, env):
        env["segmentation.handover"]._cron_run()

    def check(self, env):
        handover = env["segmentation.handover"].browse(self.handover)
        assert handover.state == "done", handover.state
        states = collections.Counter(handover.line_ids.mapped("state"))
        assert states == {"done": self.accounts}, states
        [[left]] = query(
            env, "SELECT COUNT(*) FROM res_partner WHERE user_id = %s", self.users[1]
        )
        assert not left, f"{left} accounts were left behind"


class Sending:
    """An e-mail to an audience; those sent are noted in a file."""

    def __init__(self, env):
        self.sent = scratch_file()
        customers = (
            env["segmentation.position"]
            .search(
                [("harvest_id", "=", env.company.segmentation_harvest_id.id)],
                limit=RECIPIENTS,
            )
            .partner_id
        )
        for customer in customers:
            customer.email = f"customer{customer.id}@example.com"
        segment = env["segmentation.segment"].create(
            {
                "name": "With an address",
                "condition_ids": [
                    Command.create(
                        {
                            "kind": "domain",
                            "partner_domain": repr([("id", "in", customers.ids)]),
                        }
                    )
                ],
            }
        )
        wizard = env["segmentation.campaign.wizard"].create(
            {
                "title": "News",
                "segmentation_segment_ids": [Command.set(segment.ids)],
                "segmentation_hold_out_proposed": False,
                "segmentation_hold_out": 0,
            }
        )
        wizard.action_launch()
        self.campaign = wizard.campaign_id.id
        self.wanted = set(customers.mapped("email"))
        self.doubled = 0

    def prepare(self, env):
        open(self.sent, "w").close()
        mailing = env["mailing.mailing"].create(
            {
                "subject": f"News {time.time()}",
                "body_html": "<p>Dear <t t-out='object.name'>customer</t></p>",
                "email_from": "dealer@example.com",
                "mailing_model_id": env["ir.model"]._get_id("res.partner"),
                "mailing_domain": "[]",
                "campaign_id": self.campaign,
            }
        )
        preflight = env["segmentation.preflight"]._start(mailing)
        while preflight.state == "running":
            preflight._advance()
        preflight.confirmed_count = preflight.goes_count
        mailing.action_put_in_queue()
        self.mailing = mailing.id

    def work(self, env):
        def send_email(_server, message, *_args, **_options):
            time.sleep(0.005)
            with open(self.sent, "a") as file:
                file.write(f"{message['To']}\n")
            return message["Message-Id"]

        with (
            patch.object(IrMail_Server, "_connect__", return_value=None),
            patch.object(IrMail_Server, "send_email", send_email),
        ):
            env["mailing.mailing"]._process_mass_mailing_queue()
            env["mail.mail"].process_email_queue()

    def check(self, env):
        mailing = env["mailing.mailing"].browse(self.mailing)
        assert mailing.state == "done", mailing.state
        traces = collections.Counter(mailing.mailing_trace_ids.mapped("email"))
        assert set(traces) == self.wanted, "not exactly the audience"
        assert set(traces.values()) == {1}, "written to twice"
        with open(self.sent) as file:
            sent = collections.Counter(
                line.partition("<")[2].strip(">\n") or line.strip() for line in file
            )
        assert set(sent) == self.wanted, f"{len(self.wanted - set(sent))} got nothing"
        doubled = sum(sent.values()) - len(sent)
        assert doubled <= 1, f"{doubled} e-mails left twice"
        self.doubled += doubled


class Trial:
    """Works, kills and checks."""

    WORKS = (Refresh, Segment, Launch, Handover, Sending)

    def __init__(self, database):
        self.database = database
        with self._env() as env:
            self.works = [work(env) for work in self.WORKS]
        self.seconds = {}
        self.killed = collections.Counter()
        self.at_work = 0

    def _env(self):
        return Transaction(self.database)

    def _prepare(self, work):
        with self._env() as env:
            work.prepare(env)

    def _finish(self, work):
        """Run the job until its work is done, as the scheduler does.

        The backend of a killed process works on to the end of its statement, and keeps
        its locks till then: the job leaves the work to it, and comes back.
        """
        for attempt in range(ATTEMPTS):
            os.waitpid(self.database.start(work.work), 0)
            try:
                with self._env() as env:
                    work.check(env)
                return
            except AssertionError:
                if attempt == ATTEMPTS - 1:
                    raise
                time.sleep(attempt)

    def undisturbed(self, work):
        """Find out how long the work takes: the shorter of two times."""
        self.seconds[work] = min(self._duration(work) for _time in range(2))

    def _duration(self, work):
        self._prepare(work)
        start = time.monotonic()
        os.waitpid(self.database.start(work.work), 0)
        seconds = time.monotonic() - start
        self._finish(work)
        return seconds

    def disturbed(self, work, victim):
        """Kill the worker, or its backend, at some moment."""
        self._prepare(work)
        pid = self.database.start(work.work)
        time.sleep(random.uniform(0, self.seconds[work]))
        target = pid if victim == "worker" else self.database.backend()
        if target:
            with suppress(ProcessLookupError):  # it has just ended
                os.kill(target, signal.SIGKILL)
        _pid, status = os.waitpid(pid, 0)
        moment = "at work" if status else "too late"
        self.killed[type(work).__name__, victim, moment] += 1
        self.at_work += bool(status)
        # so that moments keep to the time that it takes now, up to its end and beyond
        self.seconds[work] *= 1.05 if status else 0.9
        self.database.wait()
        self._finish(work)


def run(env):
    """Kill as often as asked for; the process ends with status 1 if a check fails."""
    random.seed(SEED)
    name = env.cr.dbname
    make_dealer(env)
    database = Database(name)
    trial = Trial(database)
    for work in trial.works:
        trial.undisturbed(work)
        print(f"{type(work).__name__}: {trial.seconds[work]:.1f} s undisturbed")
    for number in itertools.count():
        work = trial.works[number % len(trial.works)]
        victim = VICTIMS[number // len(trial.works) % 2]
        trial.disturbed(work, victim)
        print(f"  {trial.at_work} of {KILLS}: {type(work).__name__}, {victim} killed")
        if trial.at_work == KILLS:
            break
    for (name, victim, moment), count in sorted(trial.killed.items()):
        print(f"{name:>10}: {count} times its {victim} killed {moment}")
    for work, victim in itertools.product(trial.works, VICTIMS):
        name = type(work).__name__
        assert trial.killed[name, victim, "at work"], f"{name}: no {victim} killed"
    print(f"e-mails that left twice: {trial.works[-1].doubled}")
