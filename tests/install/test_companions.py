"""Beside Sales, Surveys, Website and Automation Rules, the addon uses what they bring.

It depends on none of them. Scripts commit nothing: each finds the database as the
installation left it.
"""

import pytest
from conftest import ADDON, SERVER, TRACES, Database, complaints

COMPANIONS = ("base_automation", "sale_management", "survey", "website")

QUOTATION = """
from odoo import Command

farm = env["res.partner"].create({"name": "Farm", "is_company": True})
foreman = env["res.partner"].create({"name": "Foreman", "parent_id": farm.id})
survey = env["survey.survey"].create({"title": "How satisfied are you?"})
seed = env["product.product"].create({"name": "Seed", "list_price": 100})

def quotation(user, state="draft"):
    line = {"product_id": seed.id, "product_uom_qty": 2, "tax_ids": False}
    return env["sale.order"].create({
        "partner_id": foreman.id, "user_id": user.id, "state": state,
        "order_line": [Command.create(line)],
    })
"""

PEOPLE = (
    QUOTATION
    + """
def salesperson(name, *groups):
    xmlids = (
        "agro_segmentation.group_segmentation_user",
        "sales_team.group_sale_salesman", *groups,
    )
    return env["res.users"].create({
        "name": name, "login": name.lower(), "email": f"{name.lower()}@example.com",
        "group_ids": [Command.set([env.ref(xmlid).id for xmlid in xmlids])],
    })

env.user.group_ids += env.ref("agro_segmentation.group_segmentation_administrator")
ana, bea = salesperson("Ana", "survey.group_survey_user"), salesperson("Bea")
farm.user_id = ana
"""
)

TIMELINE = """
order = quotation(ana)
answer = {"survey_id": survey.id, "partner_id": foreman.id, "state": "done"}
env["survey.user_input"].create([answer, {**answer, "test_entry": True}])

def timeline(user):
    return env["segmentation.timeline"].with_user(user).get_events(
        farm.id, kinds=["quotation", "survey"]
    )

shown = timeline(ana)
titles = {event["kind"]: event["title"] for event in shown["events"]}
assert titles == {"quotation": order.name, "survey": survey.title}, shown
assert len(shown["events"]) == 2, "answers that try a survey out are left out"
[sold] = [event for event in shown["events"] if event["kind"] == "quotation"]
assert (sold["detail"], sold["amount"], sold["res_id"]) == (
    "Quotation", 200, order.id
), sold
assert "Survey" not in shown["hidden"], shown

order.user_id = bea
shown = timeline(bea)
assert [event["kind"] for event in shown["events"]] == ["quotation"], shown
assert "Survey" in shown["hidden"] and "Quotation" not in shown["hidden"], shown
assert "survey" not in {kind["key"] for kind in shown["kinds"]}, shown
"""

HANDOVER = """
draft, sent, sold = (quotation(ana, state) for state in ("draft", "sent", "sale"))
others = quotation(bea)
orders = draft + sent + sold + others
teams = [order.team_id for order in orders]
env["crm.team"].create({
    "name": "Beans", "user_id": bea.id, "member_ids": [Command.set(bea.ids)],
})
handover = env["segmentation.handover"].create({
    "source_user_ids": [Command.set(ana.ids)],
    "target_ids": [Command.create({"user_id": bea.id})],
    "reason": "Ana leaves",
})
assert handover.has_orders
handover.action_list()
handover.action_execute()
assert handover.state == "done"
assert farm.user_id == (draft + sent + others).user_id == bea
assert sold.user_id == ana, "what was sold stays with who sold it"
handover.action_undo()
assert handover.state == "undone"
assert farm.user_id == (draft + sent + sold).user_id == ana
assert others.user_id == bea
assert [order.team_id for order in orders] == teams
"""

KEY_FIELDS = """
fields = env["segmentation.field"].search([("state", "=", "draft")])
fields.action_switch_on()
source = env.ref("agro_segmentation.key_field_source")
event = env.ref("agro_segmentation.value_source_event")
column = env["ir.model.fields"]._get("res.partner", source.technical_name)
env["base.automation"].create({
    "name": "Welcome those who came to an event",
    "model_id": env["ir.model"]._get_id("res.partner"),
    "trigger": "on_create_or_write",
    "trigger_field_ids": [Command.set(column.ids)],
    "filter_domain": repr([(column.name, "=", event.id)]),
    "action_server_ids": [Command.create({
        "name": "Welcome", "state": "code", "usage": "base_automation",
        "model_id": env["ir.model"]._get_id("res.partner"),
        "code": "records.write({'function': 'Welcomed'})",
    })],
})
farm.name = "The Farm"
farm[column.name] = env.ref("agro_segmentation.value_source_referral")
assert not farm.function, farm.function
farm[column.name] = event
assert farm.function == "Welcomed", farm.function

fields.filtered(lambda field: field.type != "band").requirement = "mandatory"
fields.show_kanban = True
for view in env["ir.ui.view"].search(
    [("model", "=", "res.partner"), ("mode", "=", "primary")]
):
    env["res.partner"].get_view(view.id, view.type)
"""

AFTERWARDS = (
    QUOTATION
    + """
assert not [name for name in env if name.startswith("segmentation.")]
order = quotation(env.user)
order.action_confirm()
assert (order.state, order.amount_total) == ("sale", 200), order.state
assert survey._create_answer(partner=foreman).partner_id == foreman
for model in ("res.partner", "sale.order", "survey.survey", "utm.campaign"):
    env[model].get_views([(False, kind) for kind in ("form", "list", "search")])
"""
)


@pytest.fixture(scope="module")
def database():
    """A database with the companions, into which the addon comes."""
    with Database("companions") as database:
        database.copy_template()
        database.odoo("server", "-i", ",".join(COMPANIONS), *SERVER)
        yield database


@pytest.fixture(scope="module")
def installed(database):
    """The log of the installation of the addon."""
    return database.odoo("server", "-i", ADDON, *SERVER)


def test_the_log_is_free_of_complaints(installed):
    """Odoo would also complain of fields of one model that have the same label."""
    assert "Modules loaded." in installed
    assert complaints(installed) == []


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    "script",
    [
        pytest.param(TIMELINE, id="the timeline shows quotations and surveys"),
        pytest.param(HANDOVER, id="a handover takes quotations along"),
        pytest.param(KEY_FIELDS, id="key fields trigger automation rules"),
    ],
)
def test_together(database, script):
    log = database.odoo("shell", "--no-http", script=PEOPLE + script)
    assert complaints(log) == []


@pytest.mark.usefixtures("installed")
def test_the_companions_stay_when_the_addon_goes(database):
    log = database.odoo("module uninstall", ADDON)
    assert "could not be deleted ([])" in log
    assert database.query(TRACES) == set()
    log += database.odoo("shell", "--no-http", script=AFTERWARDS)
    assert complaints(log) == []
