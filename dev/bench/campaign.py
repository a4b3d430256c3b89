#!/usr/bin/env python3
"""What does it cost that a message goes to an audience, less the excluded?

    dev/bench/run campaign

Makes launched campaigns by plain SQL; some customers have opted out, some are on the
black list, and the contact cap is on. Then:

- how long it takes to say for each of a large audience why it gets nothing
- the same e-mail to the same contacts as a stock mailing and through an audience, from
  composing to leaving the queue (only the mail server is left out), by turns: through
  the audience must cost at most 5 % more

What sending costs is the processor's time, here and in PostgreSQL where it runs on this
machine, so that other work does not count. AUDIENCE, MAILS and RUNS in the environment
change the size. The role on PostgreSQL must be a superuser: it leaves the checks of
foreign keys out for contacts.
"""

import os
import statistics
import time
import warnings
from unittest.mock import patch

from odoo.tools import SQL

from odoo.addons.base.models.ir_mail_server import IrMail_Server

AUDIENCE = int(os.environ.get("AUDIENCE", 100_000))
MAILS = int(os.environ.get("MAILS", 500))
RUNS = int(os.environ.get("RUNS", 5))
FIRST = 1_000_000
LIMIT = 1.05

env = globals()["env"]  # of the shell


def fill():
    """Insert customers, campaigns, opt-outs and what they were sent lately.

    :return: campaigns: to all customers, to those that mails are sent to, a stock one
    """
    large, small, stock = env["utm.campaign"].create(
        [{"title": title} for title in ("Large", "Small", "Stock")]
    )
    env.company.segmentation_cap_messages = 3
    values = {
        "first": FIRST,
        "customers": AUDIENCE,
        "company": env.company.id,
        "currency": env.company.currency_id.id,
        "topic": env.ref("agro_segmentation.topic_news").id,
        "mailing": mailing(stock).id,
    }
    env.flush_all()
    env.cr.execute("SET LOCAL session_replication_role = replica")
    for statement in CUSTOMERS:
        env.cr.execute(statement, values)
    for campaign, size in ((large, AUDIENCE), (small, MAILS)):
        for statement in LAUNCH:
            env.cr.execute(statement, {**values, "campaign": campaign.id, "size": size})
    env.cr.execute("SET LOCAL session_replication_role = DEFAULT")
    env.cr.commit()
    env.cr._cnx.autocommit = True
    env.cr.execute("VACUUM ANALYZE res_partner, segmentation_audience, mailing_trace")
    env.cr._cnx.autocommit = False
    env.invalidate_all()
    return large, small, stock


LAUNCH = (
    """
    INSERT INTO segmentation_audience (campaign_id, partner_id, recipient_id,
                                       company_id, currency_id, "group", billing)
         SELECT %(campaign)s, %(first)s + n, %(first)s + n, %(company)s, %(currency)s,
                'contact', n
           FROM generate_series(1, %(size)s) n
    """,
    """
    UPDATE utm_campaign
       SET segmentation_state = 'launched', segmentation_company_id = %(company)s,
           segmentation_topic_id = %(topic)s
     WHERE id = %(campaign)s
    """,
)
CUSTOMERS = (
    """
    INSERT INTO res_partner (id, commercial_partner_id, name, complete_name, active,
                             is_company, type, autopost_bills, partner_share,
                             email, email_normalized)
         SELECT %(first)s + n, %(first)s + n, 'Bench ' || n, 'Bench ' || n, TRUE,
                TRUE, 'contact', 'ask', TRUE,
                'bench' || n || '@example.com', 'bench' || n || '@example.com'
           FROM generate_series(1, %(customers)s) n
    """,
    """
    INSERT INTO segmentation_opt_out (topic_id, partner_id, email, date, origin)
         SELECT %(topic)s, %(first)s + n, 'bench' || n || '@example.com', NOW(), 'page'
           FROM generate_series(%(customers)s / 2, %(customers)s, 100) n
    """,
    """
    INSERT INTO mail_blacklist (email, active)
         SELECT 'bench' || n || '@example.com', TRUE
           FROM generate_series(%(customers)s / 2 + 1, %(customers)s, 100) n
    """,
    """
    INSERT INTO mailing_trace (model, res_id, email, mass_mailing_id, trace_type,
                               trace_status, sent_datetime, create_date)
         SELECT 'res.partner', %(first)s + n, 'bench' || n || '@example.com',
                %(mailing)s, 'mail', 'sent', NOW(), NOW()
           FROM generate_series(1, %(customers)s) n
    """,
)


def mailing(campaign):
    """Return an e-mail to the customers that mails are sent to."""
    return env["mailing.mailing"].create(
        {
            "subject": "Bench {{ object.name }}",
            "body_html": "<p>Dear <t t-out='object.name'/>, "
            "<a href='https://example.com'>look</a></p>",
            "email_from": "bench@example.com",
            "mailing_model_id": env["ir.model"]._get_id("res.partner"),
            "mailing_domain": repr([("id", ">", FIRST), ("id", "<=", FIRST + MAILS)]),
            "campaign_id": campaign.id,
        }
    )


def clock():
    """Return the seconds that the processor has worked, else those of the clock."""
    [[pid]] = env.execute_query(SQL("SELECT pg_backend_pid()"))
    if not os.path.exists(f"/proc/{pid}/stat"):
        return time.perf_counter()
    with open(f"/proc/{pid}/stat") as stat:
        user, system = stat.read().rsplit(")", 1)[1].split()[11:13]
    ticks = int(user) + int(system)
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


def check(message):
    """Check a message before it is sent, if it is to an audience, and confirm it."""
    if not message._segmentation_is_ours():
        return
    found = env["segmentation.preflight"]._start(message)
    while found.state == "running":
        found._advance()
    found.confirmed_count = found.goes_count


def seconds_to_send(campaign):
    """Return how long an e-mail takes from composing to leaving the queue."""
    sent = mailing(campaign)
    check(sent)
    env.cr.commit()
    env.invalidate_all()
    start = clock()
    sent.action_send_mail()
    while env["mail.mail"].search_count([("state", "=", "outgoing")], limit=1):
        env["mail.mail"].process_email_queue()
    seconds = clock() - start
    assert len(sent.mailing_trace_ids) == MAILS, "not everybody was written to"
    assert set(sent.mailing_trace_ids.mapped("trace_status")) == {"sent"}
    return seconds


def send(campaign, stock):
    """Send by turns; return the median seconds through stock and audience."""
    times = {stock: [], campaign: []}
    with (
        patch.object(IrMail_Server, "_connect__", return_value=None),
        patch.object(IrMail_Server, "send_email", lambda *_args, **_kw: "<sent>"),
    ):
        for turn in range(RUNS + 1):
            for sender in sorted(times, key=lambda one: (one.id + turn) % 2):
                times[sender].append(seconds_to_send(sender))
    for name, sender in (("stock", stock), ("audience", campaign)):
        times[sender].pop(0)  # warmed caches up
        print(f"  {name:>8}: " + " ".join(f"{one:6.2f}" for one in times[sender]))
    return statistics.median(times[stock]), statistics.median(times[campaign])


def explain(campaign):
    """Say for each of the audience why it gets nothing."""
    select = campaign._segmentation_exclusions("email")
    start = time.perf_counter()
    rows = env.execute_query(
        SQL("SELECT reason, COUNT(*) FROM (%s) rows GROUP BY 1", select)
    )
    print(f"exclusions of {AUDIENCE}: {time.perf_counter() - start:.2f} s")
    for reason, count in sorted(rows, key=str):
        print(f"  {reason or 'to contact':>12}: {count}")


warnings.simplefilter("ignore", DeprecationWarning)  # of Odoo's own
large, small, stock = fill()
explain(large)
print(f"{MAILS} e-mails, seconds of the processor:")
plain, ours = send(small, stock)
print(f"through the audience: {ours / plain:.3f} of stock (limit {LIMIT})")
assert ours <= plain * LIMIT, "sending through the audience costs too much"
