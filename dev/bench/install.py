"""For Odoo's shell, by dev/bench/install: install the addon where many invoices are.

An invoice of one line is copied as often as ``INVOICES`` says, for a tenth as many
customers. Then Odoo installs the addon, while a second connection looks 20 times a
second at who locks the large tables, and how.
"""

import os
import subprocess
import sys
import time
from collections import defaultdict
from contextlib import closing

import psycopg2

env = globals()["env"]
INVOICES = int(os.environ["INVOICES"])
TABLES = ("account_move", "account_move_line", "res_partner")
#: what keeps others from reading, and from writing
LOCKS = {
    "AccessExclusiveLock": "reading and writing",
    "ShareRowExclusiveLock": "writing",
    "ShareLock": "writing",
}
INTERVAL = 0.05  # seconds


def invoice():
    """Post the invoice that is copied; return its id, and its customer's."""
    env["account.chart.template"].try_loading(
        "generic_coa", company=env.company, install_demo=False
    )
    line = {"name": "Seed", "price_unit": 100, "tax_ids": False}
    move = env["account.move"].create(
        {
            "move_type": "out_invoice",
            "invoice_date": "2026-01-01",
            "partner_id": env["res.partner"].create({"name": "A customer"}).id,
            "invoice_line_ids": [(0, 0, line)],
        }
    )
    move.action_post()
    ids = move.id, move.partner_id.id
    env.cr.commit()  # which leaves nothing locked by this connection
    return ids


def copy(cursor, table, where, values):
    """Insert copies of the rows of a table, numbered ``i``, with other values."""
    cursor.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass"
        " AND attnum > 0 AND NOT attisdropped AND attname <> 'id'",
        [table],
    )
    columns = [name for (name,) in cursor.fetchall()]
    chosen = ", ".join(values.get(name, f'row."{name}"') for name in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    cursor.execute(
        f"INSERT INTO {table} ({names}) SELECT {chosen} FROM {table} row {where}"
    )


def fill(cursor, move_id, partner_id):
    """Copy the customer, the invoice and its lines; foreign keys hold by themselves."""
    cursor.execute("SET session_replication_role = replica")
    customers = max(INVOICES // 10, 1)
    cursor.execute("SELECT nextval('res_partner_id_seq')")
    first = cursor.fetchone()[0] + 1
    copy(
        cursor,
        "res_partner",
        f"CROSS JOIN generate_series(1, {customers}) i WHERE row.id = {partner_id}",
        {"commercial_partner_id": f"{first} + i - 1"},
    )
    partner = f"{first} + i % {customers}"
    copy(
        cursor,
        "account_move",
        f"CROSS JOIN generate_series(1, {INVOICES}) i WHERE row.id = {move_id}",
        {
            "name": "'COPY/' || i",
            "sequence_number": "i",
            "sequence_prefix": "'COPY/'",
            "invoice_date": "DATE '2014-01-01' + i % 4380",
            "date": "DATE '2014-01-01' + i % 4380",
            **dict.fromkeys(
                ("partner_id", "commercial_partner_id", "partner_shipping_id"), partner
            ),
        },
    )
    copy(
        cursor,
        "account_move_line",
        f"JOIN account_move move ON move.sequence_prefix = 'COPY/'"
        f" WHERE row.move_id = {move_id}",
        {
            "move_id": "move.id",
            "move_name": "move.name",
            "date": "move.date",
            "invoice_date": "move.invoice_date",
            "partner_id": "move.partner_id",
        },
    )
    cursor.execute("SET session_replication_role = DEFAULT")
    for table in TABLES:
        cursor.execute(f"VACUUM (ANALYZE) {table}")


def files(cursor):
    """Return {table: its file, which a rewrite would change}."""
    cursor.execute(
        "SELECT relname, relfilenode FROM pg_class WHERE relname = ANY(%s)",
        [list(TABLES)],
    )
    return dict(cursor.fetchall())


def rewritten_rows(cursor):
    """Return {table: rows that were written again since the database was made}."""
    cursor.execute(
        "SELECT relname, n_tup_upd FROM pg_stat_user_tables WHERE relname = ANY(%s)",
        [list(TABLES)],
    )
    return dict(cursor.fetchall())


def locks(cursor):
    """Return the (table, mode) that somebody holds now."""
    cursor.execute(
        "SELECT DISTINCT relation::regclass::text, mode FROM pg_locks"
        " JOIN pg_database ON pg_database.oid = database"
        " WHERE datname = current_database() AND granted"
        " AND relation = ANY(%s::regclass[]) AND mode = ANY(%s)",
        [list(TABLES), list(LOCKS)],
    )
    return set(cursor.fetchall())


def install(cursor):
    """Install the addon; return how long it took, and each lock at the longest."""
    command = [sys.executable, os.environ["ODOO_BIN"], "server", "-d", env.cr.dbname]
    options = ["-i", "agro_segmentation", "--stop-after-init", "--no-http"]
    start = time.monotonic()
    process = subprocess.Popen([*command, *options, "--log-level=warn"])
    since, longest = {}, defaultdict(float)
    while process.poll() is None:
        held, now = locks(cursor), time.monotonic()
        since = {lock: since.get(lock, now) for lock in held}
        for lock, began in since.items():
            longest[lock] = max(longest[lock], now - began + INTERVAL)
        time.sleep(INTERVAL)
    assert process.returncode == 0, "it did not install"
    return time.monotonic() - start, longest


ids = invoice()
with closing(psycopg2.connect(dbname=env.cr.dbname)) as connection:
    connection.autocommit = True
    cursor = connection.cursor()
    start = time.monotonic()
    fill(cursor, *ids)
    print(f"{INVOICES} invoices made in {time.monotonic() - start:.0f} s")
    before, written = files(cursor), rewritten_rows(cursor)
    seconds, longest = install(cursor)
    print(f"installed in {seconds:.1f} s")
    for table in TABLES:
        rewritten = "rewritten" if files(cursor)[table] != before[table] else "kept"
        rows = rewritten_rows(cursor)[table] - written[table]
        print(f"{table}: file {rewritten}, {rows} rows written")
        for (locked, mode), span in longest.items():
            if locked == table:
                print(f"  {mode}, against {LOCKS[mode]}: {span:.1f} s")
