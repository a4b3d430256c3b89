"""What people do in a database in the course of its life: scripts for Odoo's shell."""

#: Before the addon comes: an invoice, which it must find.
ACCOUNTING = """
env["account.chart.template"].try_loading(
    "generic_coa", company=env.company, install_demo=False
)
customer = env["res.partner"].create({
    "name": "A customer", "email": "ana@example.com", "phone": "+1 202 555 0101",
})
move = env["account.move"].create({
    "move_type": "out_invoice", "invoice_date": "2026-08-01",
    "partner_id": customer.id,
    "invoice_line_ids": [(0, 0, {"name": "Seed", "price_unit": 100, "tax_ids": False})],
})
move.action_post()
admin = env.ref("base.user_admin")
admin.email = "admin@example.com"
admin.group_ids += env.ref("sales_team.group_sale_salesman_all_leads")
admin.group_ids += env.ref("mass_mailing.group_mass_mailing_user")
env.cr.commit()
"""

SEASON = """
customer = env["res.partner"].search([("name", "=", "A customer")])
harvest = env["segmentation.harvest"].create({
    "name": "Summer", "kind": "summer", "company_id": env.company.id,
    "date_start": "2026-07-01", "date_end": "2026-12-31",
})
"""

FIGURES = """
crop = env["segmentation.crop"].create({"name": "Soy"})
zone = env["segmentation.zone"].create({"name": "East"})
env["segmentation.rate"].create({"crop_id": crop.id, "amount_per_hectare": 70})
parcel = env["segmentation.parcel"].create({
    "name": "The farm", "partner_id": customer.id, "zone_id": zone.id, "hectares": 10,
})
env["segmentation.planting"].create({
    "parcel_id": parcel.id, "harvest_id": harvest.id, "crop_id": crop.id,
    "hectares": 10,
})
env["segmentation.refresh"]._refresh_pending(env.company)
position = env["segmentation.position"].search([])
assert (position.potential, position.billing) == (700, 100)
invoice = env["account.move"].search([("move_type", "=", "out_invoice")])
assert invoice.segmentation_harvest_id == harvest
"""

KEY_FIELDS = """
fields = env["segmentation.field"].search([("state", "=", "draft")])
fields.action_switch_on()
for field in fields.filtered(lambda field: field.type in ("choice", "choices")):
    customer[field.technical_name] = field.value_ids[0]
key = fields.filtered(lambda field: field.type == "choice")[0].technical_name
"""

#: A campaign with its messages, calls and opportunities.
CAMPAIGN = """
env.company.segmentation_harvest_id = harvest
wizard = env["segmentation.campaign.wizard"].create({
    "title": "A campaign", "segmentation_strategy": "all",
})
wizard.action_launch()
campaign = wizard.campaign_id
campaign.action_segmentation_prepare_email()
campaign.action_segmentation_prepare_sms()
for channel in ("call", "opportunity"):
    env["segmentation.outreach.wizard"].with_context(
        default_campaign_id=campaign.id, default_channel=channel
    ).create({"user_ids": [(6, 0, env.user.ids)]}).action_apply()
email = campaign.mailing_mail_ids
env["mailing.trace"].create({
    "mass_mailing_id": email.id, "model": "res.partner", "res_id": customer.id,
    "trace_status": "cancel", "failure_type": "segmentation_cap",
})
email.state = "in_queue"
"""

#: What people make of other addons' models, with fields and types of ours.
OWN = """
contacts = env["ir.model"]._get_id("res.partner")
domain = repr([("segmentation_quadrant", "=", "investment"), (key, "!=", False)])
env["mailing.mailing"].create({
    "subject": "For {{ object.segmentation_campaign_customer ||| you }}",
    "mailing_model_id": contacts, "mailing_domain": domain, "state": "done",
    "body_html": f'<p>A <t t-out="object.{key}.name"/>customer</p>',
})
env["mailing.filter"].create({
    "name": "Ours", "mailing_model_id": contacts, "mailing_domain": domain,
})
env["mail.template"].create({
    "name": "Ours", "model_id": contacts,
    "subject": "For {{object.segmentation_campaign_customer|||you}}",
    "body_html": '<p><t t-out="object.segmentation_campaign_gap">a "lot"</t>!</p>',
})
env["sms.template"].create({
    "name": "Ours", "model_id": contacts, "body": "{{ object.%s.name }}!" % key,
})
env["ir.filters"].create([
    {"name": "Ours", "model_id": "res.partner", "domain": domain, "is_default": True},
    {"name": "Grouped", "model_id": "res.partner",
     "context": "{'group_by': ['segmentation_zone_id']}"},
    {"name": "Of ours", "model_id": "segmentation.position"},
    {"name": "Companies", "model_id": "res.partner",
     "domain": "[('is_company', '=', True)]"},
])
env["ir.exports"].create([
    {"name": "Contacts", "resource": "res.partner", "export_fields": [
        (0, 0, {"name": "name"}), (0, 0, {"name": "segmentation_zone_id/name"}),
    ]},
    {"name": "Ours", "resource": "segmentation.parcel"},
])
env["base_import.mapping"].create({
    "res_model": "res.partner", "column_name": "Zone",
    "field_name": "segmentation_zone_id",
})
visit = env.ref("agro_segmentation.mail_activity_type_visit")
done = customer.activity_schedule(activity_type_id=visit.id, user_id=env.uid)
done.action_feedback("All is well")
customer.activity_schedule(activity_type_id=visit.id, user_id=env.uid)
env["mail.activity.type"].create({"name": "Farm visit", "category": "visit"})
env["ir.default"].set("res.partner", "segmentation_zone_id", zone.id)
env["ir.attachment"].create({
    "name": "Map", "res_model": "segmentation.parcel", "res_id": parcel.id, "raw": b"x",
})
env.user.action_id = env.ref("agro_segmentation.segmentation_position_action").id
"""

USE = f"""
admin = env.ref("base.user_admin")
admin.group_ids += env.ref("agro_segmentation.group_segmentation_administrator")
env = env(user=admin)
{SEASON}{FIGURES}{KEY_FIELDS}{CAMPAIGN}{OWN}
env.cr.commit()
"""

#: Without us: all that people made opens, renders and has values that exist.
AFTERWARDS = """
env = env(user=env.ref("base.user_admin"))
customer = env["res.partner"].search([("name", "=", "A customer")])
for model in (
    "utm.campaign", "mailing.mailing", "mailing.trace", "crm.lead", "mail.activity",
    "mail.activity.type", "mail.template", "sms.template", "ir.exports.line",
    "res.partner", "account.move", "res.users", "mail.message",
):
    records = env[model].with_context(active_test=False).search([])
    assert records, model
    records.read()

mailings = env["mailing.mailing"].search([])
assert set(mailings.mapped("state")) == {"draft", "done"}
assert set(mailings.mapped("mailing_domain")) == {"[('id', 'in', [])]"}
for mailing in mailings:
    assert not mailing._get_recipients()
    if mailing.mailing_type == "mail":
        text = mailing._render_field("body_html", customer.ids)[customer.id]
        print("mail:", " ".join(text.split()))
        print("subject:", mailing._render_field("subject", customer.ids)[customer.id])
    else:
        print("sms:", mailing._render_field("body_plaintext", customer.ids))
template = env["mail.template"].search([("name", "=", "Ours")])
for field in ("subject", "body_html"):
    print("template:", template._render_field(field, customer.ids)[customer.id])
template = env["sms.template"].search([("name", "=", "Ours")])
print("template:", template._render_field("body", customer.ids)[customer.id])

for activity in env["mail.activity"].with_context(active_test=False).search([]):
    print("activity:", activity.activity_type_id.name, activity.summary)
for name in ("ir.filters", "ir.exports.line", "mailing.trace", "crm.lead"):
    field = "failure_type" if name == "mailing.trace" else "name"
    print(f"{name}:", env[name].search([("create_uid", "=", env.uid)]).mapped(field))

for model in env.registry.values():
    if model._auto and not model._abstract:
        for field in model._fields.values():
            if field.type == "selection" and field.store and field.column_type:
                env.cr.execute(f'SELECT DISTINCT "{field.name}" FROM "{model._table}"')
                values = {value for (value,) in env.cr.fetchall() if value}
                strange = values - {str(v) for v in field.get_values(env)}
                assert not strange, (field, strange)
print("all is readable")
"""

AGAIN = f"""
admin = env.ref("base.user_admin")
admin.group_ids += env.ref("agro_segmentation.group_segmentation_administrator")
env = env(user=admin)
{SEASON}{FIGURES}
print("the figures are back")
"""
