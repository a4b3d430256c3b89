#!/usr/bin/env python3
"""Do segments cost what their rules cost, and following changes what changed?

    dev/bench/run segments

Makes a million contacts by plain SQL. Then, side by side:

- a full rebuild of one segment that finds a tenth of them, against the plain SQL of its
  rule with the same write of memberships: must stay within 1.5 times
- many segments after a thousand contacts changed, against the full rebuild of all of
  them: must stay below 2 %

CONTACTS, SEGMENTS, CHANGED and RUNS in the environment change the size. The role on
PostgreSQL must be a superuser: it leaves the checks of foreign keys out for contacts.
"""

import os
import statistics
import time

CONTACTS = int(os.environ.get("CONTACTS", 1_000_000))
SEGMENTS = int(os.environ.get("SEGMENTS", 200))
CHANGED = int(os.environ.get("CHANGED", 1_000))
RUNS = int(os.environ.get("RUNS", 3))
FIRST = 1_000_000
REBUILD_LIMIT = 1.5
FOLLOW_LIMIT = 0.02
#: contacts whose colour is this make up a tenth, those of a city a thousandth
RULE = [("color", "=", 3), ("email", "!=", False)]

env = globals()["env"]  # of the shell
Segment = env["segmentation.segment"]


def fill():
    """Insert contacts, spread over colours and cities."""
    env.cr.execute("SET LOCAL session_replication_role = replica")
    env.cr.execute(
        f"""
        INSERT INTO res_partner (id, commercial_partner_id, name, complete_name, active,
                                 is_company, type, autopost_bills, partner_share,
                                 color, city, email)
             SELECT {FIRST} + n, {FIRST} + n, 'Bench ' || n, 'Bench ' || n, TRUE,
                    TRUE, 'contact', 'ask', TRUE,
                    n % 10, 'City ' || n % 1000, 'bench' || n || '@example.com'
               FROM generate_series(1, {CONTACTS}) n
        """
    )
    env.cr.execute("SET LOCAL session_replication_role = DEFAULT")
    env.cr.commit()
    vacuum()


def vacuum():
    env.cr.commit()
    env.cr._cnx.autocommit = True
    env.cr.execute("VACUUM ANALYZE res_partner, segmentation_membership")
    env.cr._cnx.autocommit = False


def segment(name, domain):
    """Return a segment whose members are not found yet."""
    found = Segment.with_context(tracking_disable=True).create(
        {"name": name, "company_id": env.company.id, "active": False}
    )
    condition = {"kind": "domain", "partner_domain": repr(domain)}
    found.write({"condition_ids": [(0, 0, condition)]})
    env.cr.execute("UPDATE segmentation_segment SET active = TRUE")
    env.invalidate_all()
    return found


def rolled_back(action):
    """Return the seconds that an action takes, and take it back."""
    env.invalidate_all()
    with env.cr.savepoint() as savepoint:
        start = time.perf_counter()
        action()
        seconds = time.perf_counter() - start
        savepoint.rollback()
    return seconds


def plainly(one):
    """Find and write the members as one would by hand."""
    env.cr.execute(
        """
        INSERT INTO segmentation_membership
               (segment_id, partner_id, date_from, origin, why)
        SELECT %s, id, now() AT TIME ZONE 'UTC', 'rule', '{}'::jsonb
          FROM res_partner
         WHERE color = 3 AND email IS NOT NULL AND active AND type = 'contact'
           AND partner_share AND (parent_id IS NULL OR is_company)
           AND (company_id IS NULL OR company_id = %s)
           AND NOT EXISTS (SELECT FROM res_company WHERE partner_id = res_partner.id)
      ORDER BY id""",
        [one.id, one.company_id.id],
    )


def verdict(ratio, limit):
    return "ok" if ratio <= limit else f"over {limit}"


def bench_rebuild():
    """One segment against plain SQL, in turns: load then falls on both alike."""
    one = segment("A tenth", RULE)
    times = [
        (rolled_back(lambda: plainly(one)), rolled_back(one._rebuild))
        for _run in range(RUNS + 1)
    ][1:]  # the first one warms up
    plain, rebuild = (
        statistics.median(seconds) for seconds in zip(*times, strict=True)
    )
    one._rebuild()
    again = rolled_back(one._rebuild)
    ratio = rebuild / plain
    print(
        f"full rebuild, {one.member_count} enter: {rebuild:.2f} s, plain SQL"
        f" {plain:.2f} s, ratio {ratio:.2f}  {verdict(ratio, REBUILD_LIMIT)}"
        f"   (again, nobody enters: {again:.2f} s)"
    )


def follow():
    while Segment._follow_marks():
        pass


def bench_follow():
    """Many segments: all anew, then only what changed."""
    many = Segment.browse(
        segment(
            f"City {n}",
            [("city", "=", f"City {n}")] if n % 4 else [("color", "=", n % 10)],
        ).id
        for n in range(SEGMENTS)
    )
    start = time.perf_counter()
    many._rebuild()
    full = time.perf_counter() - start
    vacuum()
    start = time.perf_counter()
    many._rebuild()
    again = time.perf_counter() - start
    vacuum()
    env.cr.execute("DELETE FROM segmentation_segment_mark")
    changed = env["res.partner"].browse(range(FIRST + 1, FIRST + CHANGED + 1))
    changed.with_context(tracking_disable=True).write({"city": "City 1", "color": 8})
    env.cr.flush()
    start = time.perf_counter()
    follow()
    seconds = time.perf_counter() - start
    ratio = seconds / min(full, again)
    print(
        f"{SEGMENTS} segments: all anew {full:.1f} s (again {again:.1f} s); "
        f"{CHANGED} changed contacts followed in {seconds:.2f} s, "
        f"{ratio:.1%} of the less  {verdict(ratio, FOLLOW_LIMIT)}"
    )


def main():
    start = time.perf_counter()
    fill()
    print(f"{CONTACTS} contacts in {time.perf_counter() - start:.0f} s")
    bench_rebuild()
    bench_follow()


main()
