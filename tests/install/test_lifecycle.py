"""Installing, updating and uninstalling leaves no warning, and in the end no trace."""

import pytest
from conftest import ADDON, REPOSITORY, SERVER, TRACES, Database, complaints, run

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

# What is there before the addon: an invoice, which it must find when it comes.
ACCOUNTING = """
env["account.chart.template"].try_loading(
    "generic_coa", company=env.company, install_demo=False
)
move = env["account.move"].create({
    "move_type": "out_invoice", "invoice_date": "2026-08-01",
    "partner_id": env["res.partner"].create({"name": "A customer"}).id,
    "invoice_line_ids": [(0, 0, {"name": "Seed", "price_unit": 100, "tax_ids": False})],
})
move.action_post()
env.cr.commit()
"""

USE = """
env.user.group_ids += env.ref("agro_segmentation.group_segmentation_administrator")
harvest = env["segmentation.harvest"].create({
    "name": "Summer", "kind": "summer", "company_id": env.company.id,
    "date_start": "2026-07-01", "date_end": "2026-12-31",
})
crop = env["segmentation.crop"].create({"name": "Soy"})
env["segmentation.rate"].create({"crop_id": crop.id, "amount_per_hectare": 70})
parcel = env["segmentation.parcel"].create({
    "name": "The farm",
    "partner_id": env["res.partner"].search([("name", "=", "A customer")]).id,
    "hectares": 10,
})
env["segmentation.planting"].create({
    "parcel_id": parcel.id, "harvest_id": harvest.id, "crop_id": crop.id,
    "hectares": 10,
})
env["segmentation.position"]._refresh_pending(env.company)
position = env["segmentation.position"].search([])
assert (position.potential, position.billing) == (700, 100)
invoice = env["account.move"].search([("move_type", "=", "out_invoice")])
assert invoice.segmentation_harvest_id == harvest
env["utm.campaign"].create({"title": "A campaign"})
fields = env["segmentation.field"].search([("state", "=", "draft")])
fields.action_switch_on()
customer = env["res.partner"].search([("name", "=", "A customer")])
for field in fields.filtered(lambda f: f.type in ("choice", "choices")):
    customer[field.technical_name] = field.value_ids[0]
env.cr.commit()
"""


@pytest.fixture(scope="module")
def life():
    """The logs of a whole life of the addon, and the schema before and after it."""
    with Database("life") as database:
        database.copy_template()
        database.odoo("shell", "--no-http", script=ACCOUNTING)
        before = database.query(SCHEMA)
        yield {
            "install": database.odoo("server", "-i", ADDON, *SERVER),
            "installed": database.query(TRACES),
            "use": database.odoo("shell", "--no-http", script=USE),
            "update": database.odoo("server", "-u", ADDON, *SERVER),
            "uninstall": database.odoo("module uninstall", ADDON),
            "uninstalled": database.query(TRACES),
            "changed": database.query(SCHEMA) ^ before,
        }


@pytest.mark.parametrize("step", ["install", "use", "update", "uninstall"])
def test_the_log_is_free_of_complaints(life, step):
    assert "Modules loaded." in life[step]
    assert complaints(life[step]) == []


def test_uninstalling_restores_the_schema(life):
    assert life["changed"] == set()


def test_uninstalling_takes_all_records_along(life):
    assert life["installed"], "the query finds what an installed addon has"
    assert life["uninstalled"] == set()
    assert "could not be deleted ([])" in life["uninstall"]


@pytest.fixture(scope="module")
def demo():
    """What dev/run prints and makes, and the log of an update."""
    with Database("demo") as database:
        tool = REPOSITORY / "dev" / "run"
        yield {
            "run": run(tool, "--no-serve", "--fresh", "--database", database.name),
            "with demo": database.query("SELECT name FROM ir_module_module WHERE demo"),
            "partners": database.query(
                "SELECT module FROM ir_model_data"
                " WHERE model = 'res.partner' AND noupdate GROUP BY module"
            ),
            "quadrants": database.query("SELECT quadrant FROM segmentation_position"),
            "update": database.odoo("server", "-u", ADDON, *SERVER),
        }


@pytest.mark.parametrize("step", ["run", "update"])
def test_the_log_with_the_demo_dealer_is_free_of_complaints(demo, step):
    assert complaints(demo[step]) == []


def test_only_our_own_demo_data_is_loaded(demo):
    assert demo["with demo"] == {(ADDON,)}
    assert demo["partners"] == {(ADDON,), ("base",)}


def test_the_demo_dealer_has_customers_in_every_quadrant(demo):
    quadrants = {quadrant for (quadrant,) in demo["quadrants"] if quadrant}
    assert quadrants == {
        *("retention", "investment", "revision", "no_investment", "unknown")
    }
    for title in ("Retention", "Investment", "Revision", "No investment", "total"):
        assert title in demo["run"]
