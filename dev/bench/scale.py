#!/usr/bin/env python3
"""What does the addon cost on a large base? Each measure against a baseline.

    dev/bench/run scale [--customers N ...] [--json FILE]

Makes a dealer (``dealer.py``), one of a tenth of its size beside it, and two small
databases, with and without the addon, for the cost of posting. Then measures by turns
what the addon does and what does the same, or less, without it: plain SQL written by
hand (``plain_sql.py``) or Odoo's own. A ratio is of the seconds that the processor has
worked, for Odoo and for PostgreSQL, so that other work on the machine does not count;
queries run in one process each (no parallel workers), on both sides. Memory is the most
that the Python process has taken meanwhile, temporary files are those of PostgreSQL.

The role on PostgreSQL must be a superuser, and the server on this machine.
"""

import argparse
import contextlib
import dataclasses
import datetime
import functools
import json
import os
import platform
import re
import shlex
import statistics
import subprocess
import sys
import time
from unittest.mock import patch

from bench import plain_sql
from bench.dealer import Dealer, accounts_of
from dateutil.relativedelta import relativedelta

from odoo import Command, api, fields
from odoo.modules.registry import Registry

MEASURES = {}
MEGABYTE = 2**20
SMALL = {
    "customers": 1_000,
    "invoices": 5_000,
    "lines": 7_500,
    "plantings": 2_000,
    "harvests": 6,
    "zones": 10,
}


def measure(function):
    """Have a function of a :class:`Bench` run, under its name."""
    MEASURES[function.__name__] = function
    return function


@dataclasses.dataclass
class Cost:
    """What an action has cost: seconds of the processor and of the clock, bytes."""

    seconds: float
    elapsed: float
    memory: int
    temporary: int


def median(costs):
    """Return the cost in the middle; memory and files are the most of all."""
    return Cost(
        statistics.median(cost.seconds for cost in costs),
        statistics.median(cost.elapsed for cost in costs),
        max(cost.memory for cost in costs),
        max(cost.temporary for cost in costs),
    )


class Meter:
    """Measures what actions cost in one database."""

    def __init__(self, env):
        self.env = env
        self.execute = env.cr.execute
        self.execute("SET max_parallel_workers_per_gather = 0")
        self.execute("SELECT pg_backend_pid(), current_database()")
        self._pid, self._database = env.cr.fetchone()
        env.cr.commit()

    def cost(self, action, before=None, keep=False, tables=()):
        """Return what an action costs; it is taken back unless it is to be kept.

        :param before: what is done first, in the same transaction, and costs nothing
        :param tables: those that are vacuumed afterwards
        """
        self.env.cr.commit()
        files = self._temporary()
        if before:
            before()
            self.env.flush_all()
        self.env.invalidate_all()
        with open("/proc/self/clear_refs", "w") as peak:
            peak.write("5")
        memory = status("VmRSS")
        start, clock = time.perf_counter(), self._worked()
        action()
        self.env.flush_all()
        cost = Cost(
            self._worked() - clock,
            time.perf_counter() - start,
            max(status("VmHWM") - memory, 0),
            0,
        )
        self.env.cr.commit() if keep else self.env.cr.rollback()
        self.env.invalidate_all()
        cost.temporary = self._temporary() - files
        self.vacuum(tables)
        return cost

    def _worked(self):
        """Return the seconds that the processor has worked for us and PostgreSQL."""
        with open(f"/proc/{self._pid}/stat") as stat:
            user, system = stat.read().rsplit(")", 1)[1].split()[11:13]
        ticks = int(user) + int(system)
        return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")

    def _temporary(self):
        """Return how many bytes of temporary files were written so far."""
        if self.env.cr._cnx.server_version >= 150000:
            self.execute("SELECT pg_stat_force_next_flush()")
        self.env.cr.commit()
        self.execute("SELECT pg_stat_clear_snapshot()")
        self.execute(
            "SELECT temp_bytes FROM pg_stat_database WHERE datname = %s",
            [self._database],
        )
        [[written]] = self.env.cr.fetchall()
        self.env.cr.commit()
        return written

    def vacuum(self, tables):
        """Vacuum and analyse tables: nobody else does it in a database of ours."""
        self.env.cr.commit()
        self.env.cr._cnx.autocommit = True
        for table in tables:
            self.execute(f"VACUUM ANALYZE {table}")
        self.env.cr._cnx.autocommit = False

    def rows(self, query, *values):
        """Return the rows of a query."""
        self.execute(query, values or None)
        return self.env.cr.fetchall()

    def count(self, table, condition="TRUE"):
        """Return how many rows of a table meet a condition."""
        [[count]] = self.rows(f"SELECT COUNT(*) FROM {table} WHERE {condition}")
        return count


def status(name):
    """Return a number of bytes from what the system tells of this process."""
    with open("/proc/self/status") as lines:
        for line in lines:
            if line.startswith(name):
                return int(line.split()[1]) * 1024
    raise LookupError(name)


class Bench:
    """The dealer, its meter, and the rows of the table."""

    def __init__(self, env, options, say):
        self.env = env
        self.options = options
        self.say = say
        self.rows, self.faults = [], []
        self.costs = {}  # of refreshing everybody
        self.meter = Meter(env)
        self.company = env.company  # the one that sells most
        self.harvest = self.company._segmentation_reference_harvest()
        self.today = fields.Datetime.now()
        self.user_env = self._administrator()

    def _administrator(self):
        """Return the environment of somebody who may do it all, with record rules."""
        user = self.env.ref("base.user_admin")
        companies = self.env["res.company"].search([])
        group = self.env.ref("agro_segmentation.group_segmentation_administrator")
        user.write(
            {
                "group_ids": [Command.link(group.id)],
                "company_ids": [Command.set(companies.ids)],
            }
        )
        self.env.cr.commit()
        return api.Environment(
            self.env.cr, user.id, {"allowed_company_ids": self.company.ids}
        )

    def customers(self, count):
        """Return so many customers of the company, from all over the base."""
        rows = self.meter.rows(
            """
            SELECT partner_id FROM segmentation_position
             WHERE harvest_id = %s AND billing > 0
          ORDER BY hashint8(partner_id) LIMIT %s""",
            self.harvest.id,
            count,
        )
        return self.env["res.partner"].browse(sorted(id_ for (id_,) in rows))

    def settle(self):
        """Compute everybody's figures, unless they are."""
        if not self.meter.count("segmentation_position"):
            refreshed(self)
        self.meter.execute("DELETE FROM segmentation_refresh_mark")
        self.env.cr.commit()

    def audience(self, number=0):
        """Return one of the campaigns that are launched, with an audience as asked."""
        self.settle()
        title = f"Bench {number}"
        campaigns = self.user_env["utm.campaign"]
        campaign = campaigns.search([("title", "=", title)])
        if not campaign:
            campaign = campaign_of(self, title, self.options.audience)
            campaign._segmentation_launch()
            self.env.cr.commit()
            self.meter.vacuum(["segmentation_audience"])
        return campaign

    def posting(self):
        """Return environments of small databases with the addon and without."""
        return beside(self.env, "with"), beside(self.env, "without")

    def compare(self, name, ours, plain, **row):
        """Measure an action against another by turns, and note a row.

        :param row: ``goal``, ``rows`` (what there are of, for a rate), ``runs``,
            ``tables`` to vacuum, ``against`` (what the baseline is), ``note``
        """
        runs = min(row.pop("runs", self.options.runs), self.options.runs)
        tables = row.pop("tables", ())
        turns = [
            (
                self.meter.cost(plain, tables=tables),
                self.meter.cost(ours, tables=tables),
            )
            for _turn in range(runs)
        ]
        plains, costs = zip(*turns, strict=True)
        return self.note(name, median(costs), median(plains), **row)

    def note(self, name, cost, plain, goal=None, rows=None, against="", note=""):
        """Note a row of the table, and print it."""
        # what takes no tick of the processor's clock has taken half of one
        ratio = max(cost.seconds, 0.005) / max(plain.seconds, 0.005)
        row = {
            "measure": name,
            "seconds": round(cost.seconds, 4),
            "elapsed": round(cost.elapsed, 4),
            "baseline_seconds": round(plain.seconds, 4),
            "baseline_elapsed": round(plain.elapsed, 4),
            "against": against,
            "ratio": round(ratio, 4),
            "goal": goal,
            "ok": None if goal is None else ratio <= goal,
            "rows": rows,
            "rows_per_second": rows and round(rows / max(cost.seconds, 0.005)),
            "memory_mb": round(cost.memory / MEGABYTE, 1),
            "temporary_mb": round(cost.temporary / MEGABYTE, 1),
            "note": note,
        }
        self.rows.append(row)
        self.say(line(row))
        return row

    def sql(self, statement, **values):
        """Return an action that runs a statement."""
        values = {"company": self.company.id, "harvest": self.harvest.id, **values}
        return lambda: self.meter.execute(statement, values)


say = functools.partial(print, flush=True)
TITLES = (
    f"{'measure':<41} {'ours':>9} {'baseline':>9} {'ratio':>8} {'goal':>6}    "
    f"{'rows/s':>9} {'MB':>6} {'temp MB':>8}  against"
)


def line(row):
    """Return a row of the table as text; seconds are those of the processor."""
    goal = "" if row["goal"] is None else f"{row['goal']:g}"
    verdict = {None: "", True: "ok", False: "OVER"}[row["ok"]]
    return (
        f"{row['measure']:<41} {row['seconds']:9.3f} {row['baseline_seconds']:9.3f}"
        f" {row['ratio']:8.3f} {goal:>6} {verdict:<4}"
        f"{row['rows_per_second'] or '':>9} {row['memory_mb']:6.0f}"
        f" {row['temporary_mb']:8.0f}  {row['against']}"
    )


# --- Positions --------------------------------------------------------------------

POSITION_TABLES = (
    "segmentation_position",
    "segmentation_position_line",
    "segmentation_cut_point",
    "segmentation_relation",
    "segmentation_change",
)
PLAIN_TABLES = ("bench_lines", "bench_positions", "bench_relations")


def compute_plainly(bench):
    """Compute positions and relations into new tables."""
    execute = bench.meter.execute
    execute("DROP TABLE IF EXISTS " + ", ".join(PLAIN_TABLES))
    execute(plain_sql.LINES)
    execute("ANALYZE bench_lines")
    execute(plain_sql.POSITIONS)
    execute(plain_sql.RELATIONS)


def refresh_everybody(bench):
    """Refresh all companies as the job does, and commit each batch."""
    refreshes = bench.env["segmentation.refresh"]
    companies = refreshes._companies()
    bench.meter.execute("DELETE FROM segmentation_refresh_mark")
    refreshes._mark_companies(companies)
    for refresh in refreshes._of(companies):
        while refresh._step():
            bench.env.cr.commit()


def refreshed(bench, empty=False):
    """Return what refreshing everybody costs, with figures as they are or from none."""
    if empty:
        bench.meter.execute("TRUNCATE " + ", ".join(POSITION_TABLES))
        bench.meter.execute("UPDATE segmentation_refresh SET date_fresh = NULL")
    key = "fill" if empty else "refresh"
    bench.costs[key] = bench.meter.cost(
        lambda: refresh_everybody(bench), keep=True, tables=POSITION_TABLES
    )
    return bench.costs[key]


@measure
def refresh(bench):
    """Everybody's figures, at first and again, against plain SQL into new tables."""
    customers = bench.meter.count("res_partner", "id = commercial_partner_id")
    fill = refreshed(bench, empty=True)
    again = refreshed(bench)
    plain = bench.meter.cost(lambda: compute_plainly(bench), keep=True)
    row = {"rows": customers, "against": "plain SQL into new tables"}
    bench.note("refresh, nothing changed", again, plain, goal=1.5, **row)
    bench.note("refresh, first fill", fill, plain, **row)
    [[differences]] = bench.meter.rows(plain_sql.DISAGREEMENTS)
    if differences:
        bench.faults.append(f"{differences} positions differ from the plain SQL")
    bench.meter.execute("DROP TABLE " + ", ".join(PLAIN_TABLES))
    bench.env.cr.commit()


@measure
def total_invoiced(bench):
    """A customer's figures in all harvests, against what Odoo sums up for the form."""
    customers = bench.meter.count("res_partner", "id = commercial_partner_id")
    again = bench.costs.get("refresh") or refreshed(bench)
    partners = bench.customers(80)

    def one_by_one():
        return sum(partners.browse(id_).total_invoiced for id_ in partners.ids)

    def of_odoo():
        return sum(partners.mapped("total_invoiced"))

    def of_ours():
        return sum(partners.mapped("segmentation_billing"))

    share = len(partners) / customers
    ours = dataclasses.replace(again, seconds=again.seconds * share, memory=0)
    stock = bench.meter.cost(one_by_one)
    against = "total_invoiced, one by one"
    bench.note(
        "refresh of 80 customers' share", ours, stock, goal=0.01, against=against
    )
    bench.compare(
        "reading billing of 80", of_ours, of_odoo, goal=0.01, against="total_invoiced"
    )


@measure
def changed(bench):
    """Customers that were billed more, against their share of refreshing everybody."""
    customers = bench.meter.count("res_partner", "id = commercial_partner_id")
    again = bench.costs.get("refresh") or refreshed(bench)
    for count in (1, 100, 10_000):
        if count > customers / 4:
            continue
        cost = median(
            [refresh_changed(bench, count) for _turn in range(bench.options.runs)]
        )
        share = dataclasses.replace(again, seconds=again.seconds * count / customers)
        bench.note(
            f"refresh of {count} changed",
            cost,
            share,
            rows=count,
            against="their share of all",
        )


def refresh_changed(bench, count):
    """Return what refreshing some customers costs that were billed a little more."""
    partners = bench.customers(count)

    def bill():
        bench.meter.execute("DELETE FROM segmentation_refresh_mark")
        bench.meter.execute(
            """
            UPDATE account_move_line SET balance = balance * 1.1
             WHERE display_type = 'product' AND move_id IN (
                   SELECT MAX(move.id) FROM account_move move
                    WHERE move.partner_id = ANY(%s) AND company_id = %s
                 GROUP BY move.partner_id)""",
            [partners.ids, bench.company.id],
        )
        marks = bench.env["segmentation.refresh"]
        marks._mark((bench.company.id, partner) for partner in partners.ids)

    def compute():
        refresh = bench.env["segmentation.refresh"]._of(bench.company)
        while refresh._step():
            pass

    return bench.meter.cost(compute, before=bill, tables=("segmentation_position",))


# --- Posting ----------------------------------------------------------------------


class Poster:
    """Posts invoices in a small database of its own."""

    def __init__(self, env):
        self.env = env
        self.meter = Meter(env)
        journals = env["account.journal"].search([("code", "=", "BENCH")])
        self._journal = journals or accounts_of(env.company)[0]
        self._product = env["product.product"].create({"name": "Goods"})
        self._partners = env["res.partner"].create(
            [{"name": f"Customer {n}", "is_company": True} for n in range(200)]
        )
        self._drafts = None
        env.cr.commit()

    def post(self, count):
        """Return what posting invoices costs, their commit included."""
        return self.meter.cost(self._post, before=lambda: self._draft(count), keep=True)

    def _draft(self, count):
        self._drafts = self.env["account.move"].create(
            [
                {
                    "move_type": "out_invoice",
                    "partner_id": partner.id,
                    "journal_id": self._journal.id,
                    "invoice_date": "2026-01-15",
                    "invoice_line_ids": [
                        Command.create(
                            {
                                "product_id": self._product.id,
                                "price_unit": 100 + n,
                                "tax_ids": [],
                            }
                        )
                        for n in range(2)
                    ],
                }
                for partner in self._partners[:count]
            ]
        )
        self.env.cr.commit()
        self.env.invalidate_all()

    def _post(self):
        self._drafts.action_post()
        self.env.cr.commit()


@measure
def posting(bench):
    """Posting invoices with the addon and without, each in a small database."""
    with_addon, without = map(Poster, bench.posting())
    for count, runs in (
        ((1, 2), (10, 1)) if bench.options.small else ((1, 60), (200, 5))
    ):
        turns = [(with_addon.post(count), without.post(count)) for _ in range(runs + 1)]
        ours, stock = (
            dataclasses.replace(median(costs), seconds=sum(c.seconds for c in costs))
            for costs in zip(*turns[1:], strict=True)  # the first warms up
        )
        bench.note(
            f"posting {count}, {runs} times",
            ours,
            stock,
            goal=1.03,
            rows=count * runs,
            against="without the addon",
        )


# --- Reading ----------------------------------------------------------------------


def wizard_of(bench, strategy="all", **values):
    """Return a campaign wizard on the reference harvest."""
    wizards = bench.user_env["segmentation.campaign.wizard"]
    return wizards.new(
        {
            **wizards._segmentation_default_criteria(),
            "segmentation_strategy": strategy,
            "segmentation_mode": "quadrant",
            **values,
        }
    )


def with_queries(bench, action):
    """Return how many queries an action takes."""
    bench.env.invalidate_all()
    before = bench.env.cr.sql_log_count
    action()
    return bench.env.cr.sql_log_count - before


@measure
def preview(bench):
    """The wizard's preview and the matrix, against plain SQL.

    Against the count alone, and the preview also against all that it says.
    """
    bench.settle()
    positions = bench.user_env["segmentation.position"]
    rows = bench.meter.count(
        "segmentation_position", f"harvest_id = {bench.harvest.id}"
    )

    def matrix():
        positions.get_matrix(bench.harvest.id)

    matrix()  # caches
    bench.compare(
        "matrix",
        matrix,
        bench.sql(plain_sql.MATRIX),
        goal=2,
        rows=rows,
        against="the plain count",
        note=f"{with_queries(bench, matrix)} queries",
    )
    for name, strategy in (
        ("preview of everybody", "all"),
        ("preview of a quadrant", "investment"),
    ):
        look = functools.partial(preview_of, bench, strategy)
        look()  # caches
        row = {
            "goal": 2,
            "rows": rows,
            "note": f"{with_queries(bench, look)} queries",
        }
        bench.compare(
            name,
            look,
            bench.sql(plain_sql.PREVIEW),
            against="the plain count",
            **row,
        )
        plain = plain_preview(bench, strategy)
        bench.compare(
            f"{name}, all it says", look, plain, against="the same in plain SQL", **row
        )
        check_preview(bench, look(), plain)
    zones = bench.env["segmentation.zone"].search([("child_ids", "=", False)])
    some = {"segmentation_zone_ids": [Command.set(zones[::2].ids)]}
    bench.compare(
        "preview of half of the zones, figures found anew",
        lambda: preview_of(bench, "investment", **some),
        bench.sql(plain_sql.PREVIEW),
        rows=rows,
        against="the plain count of all",
    )


def preview_of(bench, strategy, **values):
    """Return the preview of a new campaign."""
    return wizard_of(bench, strategy, **values)._segmentation_preview()


def plain_preview(bench, strategy):
    """Return an action that finds in plain SQL all that a preview says."""
    wizard = wizard_of(bench, strategy)
    year = relativedelta(years=1)
    first, last = wizard._segmentation_outcome_window()
    return bench.sql(
        plain_sql.PREVIEW_SAYS,
        quadrant=None if strategy == "all" else strategy,
        topic=wizard.segmentation_topic_id.id,
        first=first - year,
        last=last - year,
    )


def check_preview(bench, preview, plain):
    """Note a fault where the preview and the plain SQL disagree on a number."""
    plain()
    total = dict(zip(plain_sql.PREVIEW_NAMES, bench.env.cr.fetchone(), strict=False))
    for name, number in total.items():
        if abs(float(number or 0) - float(preview[name] or 0)) > 0.01:
            bench.faults.append(f"preview, {name}: {preview[name]}, plainly {number}")
    bench.env.cr.rollback()


@measure
def partner_list(bench):
    """The list of customers grouped by quadrant, against by country."""
    partners = bench.user_env["res.partner"]
    companies = [("is_company", "=", True)]

    def by(name):
        return lambda: partners.formatted_read_group(companies, [name], ["__count"])

    bench.compare(
        "customers by quadrant",
        by("segmentation_quadrant"),
        by("country_id"),
        rows=bench.meter.count("res_partner", "is_company"),
        against="by country",
    )


# --- Launching --------------------------------------------------------------------


def campaign_of(bench, title, limit=None):
    """Return a draft campaign for everybody in the harvest, or the first so many."""
    campaigns = bench.user_env["utm.campaign"]
    values = {
        "title": title,
        **campaigns._segmentation_default_criteria(),
        "segmentation_hold_out_proposed": False,
    }
    if limit:
        [[last]] = bench.meter.rows(
            """
            SELECT MAX(partner_id)
              FROM (SELECT partner_id FROM segmentation_position
                     WHERE harvest_id = %s ORDER BY partner_id LIMIT %s) first""",
            bench.harvest.id,
            limit,
        )
        values["segmentation_partner_domain"] = repr([("id", "<=", last)])
    return campaigns.create(values)


@measure
def launch(bench):
    """Launching a campaign, against the same rows into a new table."""
    bench.settle()
    everybody = bench.meter.count(
        "segmentation_position", f"harvest_id = {bench.harvest.id}"
    )
    if bench.options.audience < everybody:
        launched(bench, f"launch of {bench.options.audience}", bench.options.audience)
    launched(bench, "launch of everybody", everybody)
    customers = bench.meter.count("res_partner", "id = commercial_partner_id")
    launched(bench, "launch of both companies' customers", customers, give_positions)


def give_positions(bench):
    """Give every customer of the base a position in the harvest."""
    bench.sql(
        """
        INSERT INTO segmentation_position
               (company_id, partner_id, harvest_id, hectares, billing, quadrant,
                is_potential_known, is_lower_bound, is_carried)
        SELECT %(company)s, id, %(harvest)s, 0, 0, 'unknown', FALSE, FALSE, FALSE
          FROM res_partner WHERE id = commercial_partner_id
   ON CONFLICT DO NOTHING"""
    )()


def launched(bench, name, size, prepare=None):
    """Note what launching a campaign for so many customers costs.

    :param prepare: called with the bench before each turn, at no cost
    """
    plain = bench.sql(plain_sql.LAUNCH, limit=size)

    def ours():
        bench.campaign._segmentation_launch()

    def before():
        if prepare:
            prepare(bench)

    def draft():
        before()
        bench.campaign = campaign_of(bench, name, size)

    turns = [
        (bench.meter.cost(plain, before), bench.meter.cost(ours, draft))
        for _turn in range(min(bench.options.runs, 2))
    ]
    plains, costs = zip(*turns, strict=True)
    rows = {"rows": size, "against": "plain SQL into a new table"}
    bench.note(name, median(costs), median(plains), **rows)


# --- Segments ---------------------------------------------------------------------


def segment_of(bench, condition):
    """Return a segment of one condition, whose members are not found yet."""
    segments = bench.user_env["segmentation.segment"]
    found = segments.with_context(tracking_disable=True).create(
        {"name": "Bench", "company_id": bench.company.id, "active": False}
    )
    found.write({"condition_ids": [Command.create(condition)]})
    bench.env.flush_all()
    bench.meter.execute(
        "UPDATE segmentation_segment SET active = TRUE WHERE id = %s", [found.id]
    )
    bench.env.invalidate_all()
    bench.env.cr.commit()
    return found


QUADRANT = {"kind": "quadrant", "is_investment": True}


@measure
def segments(bench):
    """Members by quadrant: all, against plain SQL; of the changed, against all."""
    one = segment_of(bench, QUADRANT)
    tables = ("segmentation_membership",)
    plain = bench.sql(plain_sql.MEMBERS, segment=one.id)
    row = bench.compare(
        "segment, all members",
        one._rebuild,
        plain,
        goal=1.5,
        tables=tables,
        against="plain SQL, the same write",
    )
    one._rebuild()
    bench.env.cr.commit()
    changed = bench.customers(1_000)

    def mark():
        bench.meter.execute("DELETE FROM segmentation_segment_mark")
        bench.env["segmentation.segment.mark"]._mark("figures", changed.ids)

    def follow():
        while bench.env["segmentation.segment"]._follow_marks():
            pass

    full = Cost(row["seconds"], row["elapsed"], 0, 0)
    followed = median(
        [bench.meter.cost(follow, before=mark) for _turn in range(bench.options.runs)]
    )
    bench.note(
        f"segment, {len(changed)} changed",
        followed,
        full,
        rows=len(changed),
        against="all members",
    )
    one.unlink()
    bench.env.cr.commit()


@measure
def median_segment(bench):
    """Customers below the median of their zone and size, against plain SQL."""
    one = segment_of(bench, {"kind": "median", "median_of": "ticket"})
    first = bench.today - relativedelta(months=12)
    bench.compare(
        "segment, below the median",
        one._rebuild,
        bench.sql(plain_sql.BELOW_MEDIAN, segment=one.id, first=first),
        goal=1.5,
        tables=("segmentation_membership",),
        against="plain SQL, the same write",
    )
    one.unlink()
    bench.env.cr.commit()


# --- Audiences --------------------------------------------------------------------


@measure
def affinity(bench):
    """What sells together, against counting pairs in plain SQL."""
    first = bench.today - relativedelta(months=24)

    def plainly():
        for item in ("claim.unit_id", "template.categ_id"):
            bench.meter.execute("DROP TABLE IF EXISTS bench_pairs")
            statement = plain_sql.PAIRS.format(item=item)
            bench.sql(statement, first=first)()

    bench.compare(
        "what sells together",
        lambda: bench.env["segmentation.affinity"]._find(bench.company),
        plainly,
        goal=2,
        runs=2,
        against="counting pairs",
    )


@measure
def overlap(bench):
    """Customers in two running campaigns, against the plain count."""
    overlaps = bench.user_env["segmentation.campaign.overlap"]
    one, other = bench.audience(), bench.audience(1)
    bench.compare(
        "overlap of two campaigns",
        lambda: overlaps.search_fetch([("campaign_id", "=", one.id)], ["shared"]),
        bench.sql(plain_sql.SHARED, campaigns=(one.id, other.id)),
        goal=2,
        rows=2 * one.audience_count,
        against="the plain count",
    )


@measure
def outcome(bench):
    """Measuring a campaign, intervals included, against the same sums and write."""
    campaign = bench.audience()
    campaign.segmentation_launched_at = bench.today - relativedelta(days=60)
    first, last = campaign._segmentation_outcome_window(
        campaign.segmentation_launched_at.date()
    )
    bench.env.cr.commit()
    bench.compare(
        "outcome of a campaign",
        campaign._segmentation_measure,
        bench.sql(plain_sql.OUTCOME, campaign=campaign.id, first=first, last=last),
        goal=2.5,
        rows=campaign.audience_count,
        tables=("segmentation_audience",),
        against="the same sums, the same write",
    )


def outreach_of(bench, channel):
    """Return a wizard that asks for calls or opportunities of a whole audience."""
    wizards = bench.user_env["segmentation.outreach.wizard"]
    return wizards.with_context(
        default_campaign_id=bench.audience().id, default_channel=channel
    ).create({"per_day": 100_000})


@measure
def calls(bench):
    """Planning calls of an audience, against plain SQL; making 500 against Odoo's."""
    outreach = type(bench.env["segmentation.outreach"])
    campaign = bench.audience()

    def plan():
        with patch.object(outreach, "_step", return_value=False):
            outreach_of(bench, "call").action_apply()

    def plainly():
        made = bench.env["segmentation.outreach"].create(
            {
                "campaign_id": campaign.id,
                "channel": "call",
                "user_id": bench.env.uid,
                "date": bench.today,
            }
        )
        bench.sql(
            plain_sql.LEDGER, outreach=made.id, campaign=campaign.id, day=bench.today
        )()

    bench.compare(
        "planning calls",
        plan,
        plainly,
        rows=campaign.audience_count,
        runs=2,
        against="the ledger in plain SQL",
    )
    make(bench, "call", "activity_id", "calls made")


@measure
def opportunities(bench):
    """Making opportunities, against creating the same ones as Odoo does."""
    make(bench, "opportunity", "lead_id", "opportunities made")


def make(bench, channel, field, name):
    """Note what making a batch costs, against creating such records by themselves."""
    outreaches = bench.env["segmentation.outreach"]
    mine = [("campaign_id", "=", bench.audience().id), ("channel", "=", channel)]
    outreaches.search(mine).unlink()  # of a run that stopped
    with patch.object(type(outreaches), "_step", return_value=False):
        outreach_of(bench, channel).action_apply()
    asked = outreaches.search(mine)
    bench.env.cr.commit()
    step = asked._author()._step
    step()
    made = asked.touch_ids.filtered(field)[field]
    names = {
        "call": "res_model_id res_id activity_type_id summary note date_deadline "
        "user_id",
        "opportunity": "name type partner_id company_id user_id expected_revenue "
        "campaign_id team_id stage_id description",
    }[channel].split()
    values = [
        {
            key: record._fields[key].convert_to_write(record[key], record)
            for key in names
        }
        for record in made
    ]
    creator = bench.env[made._name].with_context(
        mail_activity_quick_update=True,
        mail_auto_subscribe_no_notify=True,
        mail_create_nosubscribe=True,
        default_iap_enrich_done=True,
    )
    bench.env.cr.rollback()
    bench.compare(
        name,
        step,
        lambda: creator.create([dict(vals) for vals in values]),
        goal=2,
        rows=len(values),
        against="creating them by themselves",
    )
    asked.unlink()
    bench.env.cr.commit()


# --- Growth -----------------------------------------------------------------------

CHANGED = re.compile(r".* \d+ changed")
#: whose rows tell how large the dealer is
TABLES = (
    "res_partner",
    "account_move",
    "account_move_line",
    "segmentation_planting",
    "segmentation_harvest",
    "segmentation_zone",
)
GROWING = (refresh, changed, preview, partner_list, launch, segments)


@measure
def growth(bench):
    """The same measures with a tenth of the data: how costs grow."""
    tenth = Bench(beside(bench.env, "tenth"), bench.options, say=lambda row: None)
    for function in GROWING:
        function(tenth)
    bench.faults += tenth.faults
    large = {row["measure"]: row for row in bench.rows}
    times = bench.meter.count("account_move") / tenth.meter.count("account_move")
    for row in tenth.rows:
        name = row["measure"]
        if name in large:
            bench.note(
                f"growth: {name}",
                cost_of(large[name]),
                cost_of(row),
                # what hangs on the change alone must not grow with the base
                goal=1.5 if CHANGED.fullmatch(name) else times * 1.1,
                against=f"{times:.0f} times less data",
            )


def cost_of(row):
    return Cost(row["seconds"], row["elapsed"], row["memory_mb"] * MEGABYTE, 0)


# --- Running it -------------------------------------------------------------------


def parse(arguments):
    """Return the options; see ``--help``."""
    parser = argparse.ArgumentParser(
        "dev/bench/run scale",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    sizes = {field.name: field for field in dataclasses.fields(Dealer)}
    for name in SMALL:
        parser.add_argument(
            f"--{name}", type=int, metavar="N", help=f"(default {sizes[name].default})"
        )
    parser.add_argument(
        "--until",
        type=datetime.date.fromisoformat,
        metavar="DATE",
        default=fields.Date.today(),
        help="last day of the dealer (default today)",
    )
    parser.add_argument(
        "--audience",
        type=int,
        metavar="N",
        default=100_000,
        help="customers of a campaign (default 100000)",
    )
    parser.add_argument("--small", action="store_true", help="a dealer made in seconds")
    parser.add_argument(
        "--only",
        action="append",
        choices=list(MEASURES),
        metavar="NAME",
        help=f"one measure, may be given again: {', '.join(MEASURES)}",
    )
    parser.add_argument("--json", metavar="FILE", help="where the rows are written too")
    parser.add_argument(
        "--database",
        metavar="NAME",
        help="make the dealer in this database, or use the one that is there; keep it",
    )
    options = parser.parse_args(arguments)
    options.audience = 50 if options.small else options.audience
    options.runs = 1 if options.small else 3
    for name in SMALL:
        if getattr(options, name) is None:
            default = SMALL[name] if options.small else sizes[name].default
            setattr(options, name, default)
    return options


def dealers(env, options):
    """Make the dealer, and one of a tenth beside it, unless they are there."""
    tenth = beside(env, "tenth")
    for where, part in ((env, 1), (tenth, 10)):
        if not where["segmentation.harvest"].search_count([]):
            sizes = {name: getattr(options, name) for name in SMALL}
            for name in ("customers", "invoices", "lines", "plantings"):
                sizes[name] //= part
            Dealer(where, **sizes, until=options.until).make(
                lambda text: say(f"[{time.perf_counter() - started:5.0f} s] {text}")
            )


def beside(env, name):
    """Return the environment of a database beside this one."""
    cursor = cursors.enter_context(Registry(f"{env.cr.dbname}_{name}").cursor())
    return api.Environment(cursor, api.SUPERUSER_ID, {})


def machine(env):
    """Return where it was measured."""
    with open("/proc/cpuinfo") as lines:
        models = [text.split(": ")[1].strip() for text in lines if "model name" in text]
    env.cr.execute("SELECT name, current_setting(name) FROM pg_settings")
    settings = dict(env.cr.fetchall())
    commit = subprocess.run(
        ["git", "-C", os.path.dirname(__file__), "rev-parse", "--short", "HEAD"],
        capture_output=True,
        text=True,
    )
    processor = models[0] if models else platform.machine()
    return {
        "processor": f"{os.cpu_count()} × {processor}",
        "memory_gb": round(
            os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
        ),
        "load": os.getloadavg()[0],
        "python": platform.python_version(),
        "postgresql": {
            name: settings[name]
            for name in (
                "server_version",
                "shared_buffers",
                "work_mem",
                "random_page_cost",
                "fsync",
            )
        },
        "odoo": os.environ.get("ODOO_VERSION", "").partition("\n")[0],
        "commit": commit.stdout.strip(),
    }


def size_of(env):
    env.cr.execute("SELECT pg_database_size(current_database())")
    return env.cr.fetchone()[0]


def run(env):
    """Make the dealer, measure, and print the table; exit with 1 if numbers differ."""
    options = parse(shlex.split(os.environ.get("BENCH_ARGUMENTS", "")))
    with cursors:
        dealers(env, options)
        bench = Bench(env, options, say)
        say(TITLES)
        for name, function in MEASURES.items():
            if not options.only or name in options.only:
                function(bench)
    report = {
        "date": fields.Date.today().isoformat(),
        "machine": machine(env),
        "sizes": {table: bench.meter.count(table) for table in TABLES},
        "until": options.until.isoformat(),
        "database_mb": size_of(env) // MEGABYTE,
        "seconds": round(time.perf_counter() - started),
        "rows": bench.rows,
        "faults": bench.faults,
    }
    if options.json:
        with open(options.json, "w") as file:
            json.dump(report, file, indent=1)
    missed = [row["measure"] for row in bench.rows if row["ok"] is False]
    say(f"over their goals: {', '.join(missed) or 'none'}")
    if bench.faults:
        sys.exit("\n".join(bench.faults))


started = time.perf_counter()
cursors = contextlib.ExitStack()  # of the databases beside
if __name__ == "__main__":
    parse(["--help"])
