#!/usr/bin/env python3
"""Does measuring a campaign cost what its sums cost, and stay within bounds?

    dev/bench/run outcome

Makes a campaign of a hundred thousand customers by plain SQL, with an invoice of two
lines for every other one, an opened e-mail for most, and a tenth held out. Then, side
by side and taken back each time:

- measuring, intervals included, against the plain SQL of the same sums with the same
  write of the audience: must stay within 2.5 times
- the memory of this process before and after: measuring may take 64 MB at most

MEMBERS and RUNS in the environment change the size. The role on PostgreSQL must be a
superuser: it leaves the checks of foreign keys out.
"""

import os
import resource
import statistics
import time

MEMBERS = int(os.environ.get("MEMBERS", 100_000))
RUNS = int(os.environ.get("RUNS", 3))
FIRST = 10_000_000
RATIO_LIMIT = 2.5
MEMORY_LIMIT = 64

env = globals()["env"]  # of the shell


def fill(campaign, mailing):
    """Insert customers, the campaign's audience, invoices and traces."""
    env.flush_all()
    company = env.company
    values = {
        "first": FIRST,
        "members": MEMBERS,
        "company": company.id,
        "currency": company.currency_id.id,
        "campaign": campaign.id,
        "mailing": mailing.id,
        "journal": env["account.journal"]
        .create({"name": "Bench", "code": "BNCH", "type": "general"})
        .id,
        "account": env["account.account"]
        .create({"name": "Bench", "code": "BNCH", "account_type": "income"})
        .id,
    }
    env.flush_all()
    env.cr.execute("SET LOCAL session_replication_role = replica")
    for statement in FILL:
        env.cr.execute(statement, values)
    env.cr.execute("SET LOCAL session_replication_role = DEFAULT")
    env.cr.commit()
    vacuum()


FILL = (
    """
    INSERT INTO res_partner (id, commercial_partner_id, name, complete_name, active,
                             is_company, type, autopost_bills, partner_share)
         SELECT %(first)s + n, %(first)s + n, 'Bench ' || n, 'Bench ' || n, TRUE,
                TRUE, 'contact', 'ask', TRUE
           FROM generate_series(1, %(members)s) n
    """,
    """
    INSERT INTO segmentation_audience (campaign_id, partner_id, recipient_id,
                                       company_id, currency_id, "group", quadrant)
         SELECT %(campaign)s, %(first)s + n, %(first)s + n,
                %(company)s, %(currency)s,
                CASE WHEN n %% 10 = 0 THEN 'hold_out' ELSE 'contact' END, 'retention'
           FROM generate_series(1, %(members)s) n
    """,
    """
    INSERT INTO account_move (id, name, partner_id, commercial_partner_id, company_id,
                              currency_id, journal_id, date, invoice_date, state,
                              move_type, auto_post, amount_untaxed_signed)
         SELECT %(first)s + n, 'BENCH/' || n, %(first)s + n, %(first)s + n, %(company)s,
                %(currency)s, %(journal)s, '2025-01-20', '2025-01-20', 'posted',
                'out_invoice', 'no', 2 * (n %% 1000)
           FROM generate_series(1, %(members)s, 2) n
    """,
    """
    INSERT INTO account_move_line (move_id, partner_id, company_id, currency_id,
                                   account_id, display_type, parent_state, date,
                                   balance, amount_currency, credit)
         SELECT %(first)s + n, %(first)s + n, %(company)s, %(currency)s,
                %(account)s, 'product', 'posted', '2025-01-20',
                -(n %% 1000), -(n %% 1000), n %% 1000
           FROM generate_series(1, %(members)s, 2) n, generate_series(1, 2)
    """,
    """
    INSERT INTO mailing_trace (mass_mailing_id, campaign_id, model, res_id, trace_type,
                               trace_status, open_datetime)
         SELECT %(mailing)s, %(campaign)s, 'res.partner', %(first)s + n, 'mail',
                CASE WHEN n %% 3 = 0 THEN 'sent' ELSE 'open' END,
                CASE WHEN n %% 3 > 0 THEN '2025-01-21'::timestamp END
           FROM generate_series(1, %(members)s) n
          WHERE n %% 10 > 0
    """,
)

PLAIN = """
    UPDATE segmentation_audience audience
       SET invoiced = COALESCE(billed.amount, 0), invoice_count = COALESCE(count, 0),
           is_buyer = COALESCE(billed.amount > 0, FALSE),
           is_written = COALESCE(written, FALSE), is_opened = COALESCE(opened, FALSE),
           is_clicked = FALSE, is_replied = FALSE, is_called = FALSE, is_won = FALSE
      FROM segmentation_audience member
 LEFT JOIN (SELECT move.partner_id, -SUM(line.balance) AS amount,
                   COUNT(DISTINCT move.id) AS count
              FROM account_move move
              JOIN account_move_line line ON line.move_id = move.id
             WHERE move.state = 'posted' AND line.display_type = 'product'
               AND move.move_type IN ('out_invoice', 'out_refund')
               AND move.invoice_date BETWEEN '2025-01-10' AND '2025-02-28'
          GROUP BY 1) billed ON billed.partner_id = member.partner_id
 LEFT JOIN (SELECT res_id, BOOL_OR(trace_status IN ('sent', 'open')) AS written,
                   BOOL_OR(open_datetime IS NOT NULL) AS opened
              FROM mailing_trace
             WHERE campaign_id = %(campaign)s AND model = 'res.partner'
          GROUP BY 1) trace ON trace.res_id = member.partner_id
     WHERE member.campaign_id = %(campaign)s AND member.id = audience.id
"""


def vacuum():
    env.cr.commit()
    env.cr._cnx.autocommit = True
    env.cr.execute(
        "VACUUM ANALYZE res_partner, segmentation_audience, account_move,"
        " account_move_line, mailing_trace"
    )
    env.cr._cnx.autocommit = False


def rolled_back(action):
    """Return the seconds that an action takes, and take it back."""
    env.invalidate_all()
    with env.cr.savepoint() as savepoint:
        start = time.perf_counter()
        action()
        seconds = time.perf_counter() - start
        savepoint.rollback()
    vacuum()
    return seconds


def verdict(value, limit):
    return "ok" if value <= limit else f"over {limit}"


def megabytes():
    """Return the most memory that this process has had so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def make_campaign():
    """Return a campaign of January 2025, launched, and its e-mail."""
    harvest = env["segmentation.harvest"].create(
        {
            "name": "Summer",
            "kind": "summer",
            "company_id": env.company.id,
            "date_start": "2024-10-01",
            "date_end": "2025-03-31",
        }
    )
    campaigns = env["utm.campaign"]
    campaign = campaigns.create(
        {
            "title": "Bench",
            **campaigns._segmentation_default_criteria(),
            "segmentation_harvest_id": harvest.id,
            "segmentation_date_start": "2025-01-01",
            "segmentation_date_end": "2025-02-08",
            "segmentation_attribution_days": 20,
        }
    )
    campaign.segmentation_launched_at = "2025-01-10 12:00:00"
    mailing = env["mailing.mailing"].create(
        {
            "subject": "Bench",
            "campaign_id": campaign.id,
            "mailing_model_id": env["ir.model"]._get_id("res.partner"),
            "mailing_domain": "[]",
        }
    )
    return campaign, mailing


def main():
    campaign, mailing = make_campaign()
    start = time.perf_counter()
    fill(campaign, mailing)
    print(f"{MEMBERS} customers in {time.perf_counter() - start:.0f} s")

    def plainly():
        env.cr.execute(PLAIN, {"campaign": campaign.id})

    before = megabytes()
    times = [
        (rolled_back(plainly), rolled_back(campaign._segmentation_measure))
        for _run in range(RUNS + 1)
    ][1:]  # the first warms up
    plain, ours = (statistics.median(column) for column in zip(*times, strict=True))
    ratio, memory = ours / plain, megabytes() - before
    print(
        f"outcome: plain SQL {plain:.2f} s, measured {ours:.2f} s, "
        f"ratio {ratio:.2f}  {verdict(ratio, RATIO_LIMIT)}; "
        f"{memory:.0f} MB  {verdict(memory, MEMORY_LIMIT)}"
    )
    campaign._segmentation_measure()
    print(campaign.segmentation_result["groups"])


main()
