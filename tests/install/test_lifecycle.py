"""Installing, updating and uninstalling leaves no warning, and in the end no trace."""

import re

import pytest
from conftest import ADDON, REPOSITORY, SERVER, TRACES, Database, complaints, run
from scripts import ACCOUNTING, AFTERWARDS, AGAIN, USE

#: what people made, by table, and stays: rows. Nothing else may come in addition.
MADE = {
    "utm_campaign": 1,
    "utm_source": 3,  # Odoo makes one for each mailing
    "mailing_mailing": 3,
    "mailing_trace": 1,
    "mail_template": 1,
    "sms_template": 1,
    "crm_lead": 1,
    "crm_tag": 1,
    "crm_tag_rel": 1,
    "mail_activity": 3,
    "mail_activity_type": 1,
    "ir_filters": 1,
    "ir_exports": 1,
    "ir_exports_line": 1,
}
#: what Odoo notes down of whatever happens, in any number
LOGS = {
    "bus_bus",  # tells browsers; emptied daily
    "ir_cron_trigger",  # wakes Odoo's jobs; emptied weekly
    "mail_followers",
    "mail_followers_mail_message_subtype_rel",
    "mail_message",
    "mail_message_res_partner_rel",
    "mail_notification",
    "mail_tracking_value",
    "orm_signaling_registry",  # tells workers that modules came and went
}
OUR_NAMES = re.compile(r"(?<![a-z])(x_)?segmentation[._][a-z]|agro_segmentation")
#: where the addon is still named: as one that could be installed
ON_OFFER = ("ir_module_module", "ir_model_data", "bus_bus")


@pytest.fixture(scope="module")
def life():
    """The logs of a whole life of the addon, and the database before and after it."""
    with Database("life") as database:
        database.copy_template()
        database.odoo("shell", "--no-http", script=ACCOUNTING)
        yield {
            "schema before": database.schema(),
            "rows before": database.rows(),
            "install": database.odoo("server", "-i", ADDON, *SERVER),
            "installed": database.query(TRACES),
            "use": database.odoo("shell", "--no-http", script=USE),
            "update": database.odoo("server", "-u", ADDON, *SERVER),
            "uninstall": database.odoo("module uninstall", ADDON),
            "uninstalled": database.query(TRACES),
            "schema after": database.schema(),
            "rows after": database.rows(),
            "afterwards": database.odoo("shell", "--no-http", script=AFTERWARDS),
            "install again": database.odoo("server", "-i", ADDON, *SERVER),
            "use again": database.odoo("shell", "--no-http", script=AGAIN),
        }


@pytest.mark.parametrize(
    "step",
    [
        *("install", "use", "update", "uninstall", "afterwards"),
        *("install again", "use again"),
    ],
)
def test_the_log_is_free_of_complaints(life, step):
    assert "Modules loaded." in life[step]
    assert complaints(life[step]) == []


def test_uninstalling_restores_the_schema(life):
    assert life["schema after"] == life["schema before"]


def test_uninstalling_takes_all_records_along(life):
    assert life["installed"], "the query finds what an installed addon has"
    assert life["uninstalled"] == set()
    assert "could not be deleted ([])" in life["uninstall"]


def test_what_was_there_before_is_as_it_was(life):
    """Every row of every table, but for those of modules, which are our own state."""
    changed = {
        table: rows - life["rows after"][table]
        for table, rows in life["rows before"].items()
        if table != "ir_module_module"
    }
    assert {table: rows for table, rows in changed.items() if rows} == {}


def test_of_what_came_only_what_people_made_stays(life):
    new = {
        table: rows - life["rows before"][table]
        for table, rows in life["rows after"].items()
        if table not in LOGS | {"ir_module_module"}
    }
    assert {table: len(rows) for table, rows in new.items() if rows} == MADE, new


def test_nothing_names_us_any_more(life):
    """Neither in domains and texts, nor in references to models and fields."""
    named = {
        row
        for table, rows in life["rows after"].items()
        if table not in ON_OFFER
        for row in rows
        if OUR_NAMES.search(row)
    }
    assert named == set()


def test_what_people_made_is_readable_without_us(life):
    printed = life["afterwards"]
    for sentence in (
        "mail: <p>A customer</p>",
        "subject: For you",
        "in the last harvest we supplied your farm with <b>what you ordered</b>",
        "template: For you",
        'template: <p>a "lot"!</p>',
        "template: !",
        "activity: To-Do Visit",
        "activity: Call A campaign",
        "ir.filters: ['Companies']",
        "ir.exports.line: ['name']",
        "mailing.trace: [False]",
        "all is readable",
    ):
        assert sentence in printed


def test_it_may_come_back(life):
    assert "the figures are back" in life["use again"]


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
