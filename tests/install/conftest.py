"""Databases to install into, and Odoo's command line: dev/test says where they are.

These tests stand outside Odoo: they start it, and look at what it leaves behind.
"""

import os
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psycopg2

ADDON = "agro_segmentation"
REPOSITORY = Path(__file__).resolve().parents[2]
SERVER = ("--stop-after-init", "--no-http")
# What the addon has in a database, and leaves nothing of when it goes.
TRACES = f"""
    SELECT 'reference', name FROM ir_model_data WHERE module = '{ADDON}'
     UNION ALL
    SELECT 'model', model FROM ir_model WHERE model LIKE 'segmentation.%'
     UNION ALL
    SELECT 'field', model || '.' || name FROM ir_model_fields
     WHERE model LIKE 'segmentation.%' OR name LIKE 'segmentation\\_%'
        OR name LIKE 'x\\_segmentation\\_%'
     UNION ALL
    SELECT 'parameter', key FROM ir_config_parameter WHERE key LIKE '{ADDON}.%'
     UNION ALL
    SELECT 'view', key FROM ir_ui_view WHERE arch_db::text LIKE '%segmentation\\_%'
"""


class Database:
    """A database of Odoo that lives as long as the block it is opened in."""

    def __init__(self, suffix):
        self.name = f"{os.environ['DATABASE']}_{suffix}"
        self._filestore = Path(os.environ["DATA_DIR"], "filestore")

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        subprocess.run(["dropdb", "--if-exists", "--force", self.name], check=True)
        shutil.rmtree(self._filestore / self.name, ignore_errors=True)

    def copy_template(self):
        """Fill it with the modules we depend on, without demo data."""
        template = os.environ["TEMPLATE"]
        subprocess.run(["createdb", "-T", template, self.name], check=True)
        shutil.copytree(self._filestore / template, self._filestore / self.name)

    def odoo(self, command, *arguments, script=None):
        """Run a command of Odoo on this database and return what it logged.

        :param str script: what to feed to it
        """
        return run(
            sys.executable,
            REPOSITORY / "dev" / "odoo-bin",
            *command.split(),
            *("-d", self.name),
            *arguments,
            script=script,
        )

    def query(self, statement):
        """Rows of a query, as a set."""
        with closing(psycopg2.connect(dbname=self.name)) as connection:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return set(cursor.fetchall())

    def schema(self):
        """The lines of its schema, as PostgreSQL would make it anew."""
        dump = run("pg_dump", "--schema-only", "--no-owner", self.name)
        # newer versions guard each dump by a key of its own
        marks = ("\\restrict", "\\unrestrict")
        return [line for line in dump.splitlines() if not line.startswith(marks)]

    def rows(self):
        """``{table: its rows as text}``, but for who wrote them last and when."""
        tables = self.query(
            "SELECT relname FROM pg_class WHERE relkind = 'r'"
            " AND relnamespace = 'public'::regnamespace"
        )
        return {
            table: {
                row
                for (row,) in self.query(
                    "SELECT (to_jsonb(t) - '{write_uid,write_date}'::text[])::text"
                    f' FROM "{table}" t'
                )
            }
            for (table,) in tables
        }


def run(*command, script=None):
    """Run a program and return all that it printed; it has to succeed."""
    result = subprocess.run(
        command,
        input=script or "",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert result.returncode == 0, result.stdout
    return result.stdout


def complaints(log):
    """The lines of Odoo's log that somebody would have to look into."""
    signs = (" WARNING ", " ERROR ", " CRITICAL ", "Traceback (most recent call last)")
    return [line for line in log.splitlines() if any(sign in line for sign in signs)]
