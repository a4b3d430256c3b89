#!/usr/bin/env python3
"""Do key fields filter contacts as fast as a field that Odoo comes with?

    dev/bench/run key_fields

Makes twenty key fields and a million contacts. Then counts, lists and groups contacts
by a key field and by the country, a stock many2one that is given an index as Odoo's
`btree_not_null` makes it, with as many contacts to each value, and prints the ratios of
the medians. Filters must stay within 1.2. Grouping reads all contacts and is told for
comparison: a column that came later lies further back in each row.

CONTACTS and RUNS in the environment change the size. The role on PostgreSQL must be a
superuser: it leaves the checks of twenty million foreign keys out.
"""

import os
import statistics
import time

CONTACTS = int(os.environ.get("CONTACTS", 1_000_000))
RUNS = int(os.environ.get("RUNS", 15))
KEY_FIELDS = 20
VALUES = 10
FIRST = 1_000_000
LIMIT = 1.2

env = globals()["env"]  # of the shell
Partner = env["res.partner"].with_context(active_test=False)


def make_key_fields():
    fields = env["segmentation.field"].create(
        [
            {
                "name": f"Bench {number}",
                "type": "choice",
                "requirement": "recommended",
                "value_ids": [(0, 0, {"name": str(n)}) for n in range(VALUES)],
            }
            for number in range(KEY_FIELDS)
        ]
    )
    fields.action_switch_on()
    return fields


def fill(fields, countries):
    """Insert contacts whose key fields and country are spread alike."""
    env.cr.execute("SET LOCAL session_replication_role = replica")
    env.cr.execute(
        "CREATE INDEX bench_country ON res_partner (country_id)"
        " WHERE country_id IS NOT NULL"
    )
    names = fields.mapped("technical_name")
    values = [
        f"(ARRAY{field.value_ids.ids})[1 + (n * {7 + 2 * at}) % {VALUES}]"
        for at, field in enumerate(fields)
    ]
    env.cr.execute(
        f"""
        INSERT INTO res_partner (id, commercial_partner_id, name, complete_name, active,
                                 is_company, type, autopost_bills, country_id,
                                 {", ".join(names)})
             SELECT {FIRST} + n, {FIRST} + n, 'Bench ' || n, 'Bench ' || n, TRUE,
                    TRUE, 'contact', 'ask', (ARRAY{countries.ids})[1 + n % {VALUES}],
                    {", ".join(values)}
               FROM generate_series(1, {CONTACTS}) n
        """
    )
    env.cr.execute("SET LOCAL session_replication_role = DEFAULT")
    env.cr.commit()
    env.cr._cnx.autocommit = True
    env.cr.execute("VACUUM ANALYZE res_partner")
    env.cr._cnx.autocommit = False


def medians(*actions):
    """Return the median seconds of each, run in turns: load then falls on all alike."""
    times = [[] for _action in actions]
    for run in range(RUNS + 1):
        for action, seconds in zip(actions, times, strict=True):
            env.invalidate_all()
            start = time.perf_counter()
            action()
            if run:  # the first one warms up
                seconds.append(time.perf_counter() - start)
    return [statistics.median(seconds) for seconds in times]


def compare(title, by_key_field, by_country):
    key_field, country = medians(by_key_field, by_country)
    ratio = key_field / country
    verdict = "ok" if ratio <= LIMIT else f"over {LIMIT}"
    print(
        f"{title:<34} key field {key_field * 1000:8.1f} ms"
        f"   country {country * 1000:8.1f} ms   ratio {ratio:.2f}  {verdict}"
    )


def main():
    fields = make_key_fields()
    countries = env["res.country"].search([], limit=VALUES)
    start = time.perf_counter()
    fill(fields, countries)
    print(f"{CONTACTS} contacts in {time.perf_counter() - start:.0f} s")
    field = fields[KEY_FIELDS // 2]
    name, value = field.technical_name, field.value_ids[3]
    country = countries[3]
    by_key_field = [(name, "=", value.id)]
    by_country = [("country_id", "=", country.id)]
    companies = [("is_company", "=", True)]
    compare(
        "count one value of ten",
        lambda: Partner.search_count(by_key_field),
        lambda: Partner.search_count(by_country),
    )
    compare(
        "first page of a value, by id",
        lambda: Partner.search(by_key_field, limit=80, order="id"),
        lambda: Partner.search(by_country, limit=80, order="id"),
    )
    compare(
        "group all by value",
        lambda: Partner._read_group([], [name], ["__count"]),
        lambda: Partner._read_group([], ["country_id"], ["__count"]),
    )
    compare(
        "count by two conditions",
        lambda: Partner.search_count([*by_key_field, *companies]),
        lambda: Partner.search_count([*by_country, *companies]),
    )
    incomplete = [("segmentation_completeness", "<", 100)]
    (seconds,) = medians(lambda: Partner.search_count(incomplete))
    print(f"count of incomplete contacts, of all key fields: {seconds * 1000:.0f} ms")


main()
