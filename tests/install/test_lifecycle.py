"""Installing, updating and uninstalling leaves no warning, and in the end no trace."""

import pytest
from conftest import ADDON, complaints

SERVER = ("--stop-after-init", "--no-http")
SCHEMA = """
    SELECT 'column', table_name || '.' || column_name, data_type || is_nullable
      FROM information_schema.columns WHERE table_schema = 'public'
     UNION ALL
    SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
     UNION ALL
    SELECT 'constraint', conname, pg_get_constraintdef(oid) FROM pg_constraint
     UNION ALL
    SELECT 'sequence', sequence_name, '' FROM information_schema.sequences
     UNION ALL
    SELECT 'trigger', tgname, '' FROM pg_trigger WHERE NOT tgisinternal
"""
TRACES = f"""
    SELECT 'reference', name FROM ir_model_data WHERE module = '{ADDON}'
     UNION ALL
    SELECT 'model', model FROM ir_model WHERE model LIKE 'segmentation.%'
     UNION ALL
    SELECT 'field', model || '.' || name FROM ir_model_fields
     WHERE model LIKE 'segmentation.%' OR name LIKE 'segmentation\\_%'
     UNION ALL
    SELECT 'parameter', key FROM ir_config_parameter WHERE key LIKE '{ADDON}.%'
     UNION ALL
    SELECT 'view', key FROM ir_ui_view WHERE arch_db::text LIKE '%segmentation\\_%'
"""


@pytest.fixture(scope="module")
def life(database):
    """The logs of a whole life of the addon, and the schema before and after it."""
    before = database.query(SCHEMA)
    return {
        "install": database.odoo("server", "-i", ADDON, *SERVER),
        "installed": database.query(TRACES),
        "update": database.odoo("server", "-u", ADDON, *SERVER),
        "uninstall": database.odoo("module uninstall", ADDON),
        "uninstalled": database.query(TRACES),
        "changed": database.query(SCHEMA) ^ before,
    }


@pytest.mark.parametrize("step", ["install", "update", "uninstall"])
def test_the_log_is_free_of_complaints(life, step):
    assert "Modules loaded." in life[step]
    assert complaints(life[step]) == []


def test_uninstalling_restores_the_schema(life):
    assert life["changed"] == set()


def test_uninstalling_takes_all_records_along(life):
    assert life["installed"], "the query finds what an installed addon has"
    assert life["uninstalled"] == set()
    assert "could not be deleted ([])" in life["uninstall"]
