{
    "name": "Agro Segmentation",
    "version": "19.0.1.0.0",
    "category": "Marketing",
    "summary": "Set what each customer was billed against what the customer could buy,"
    " and run the campaign",
    "author": "Agro Segmentation",
    "license": "LGPL-3",
    "depends": [
        "account",
        "contacts",
        "crm",
        "mass_mailing",
        "mass_mailing_crm",
        "mass_mailing_sms",
    ],
    "data": [
        "security/groups.xml",
        "views/menus.xml",
        # cadastre
        "security/cadastre/ir.model.access.csv",
        "security/cadastre/rules.xml",
        "views/cadastre/zone_views.xml",
        "views/cadastre/crop_views.xml",
        "views/cadastre/business_unit_views.xml",
        "views/cadastre/harvest_views.xml",
        "views/cadastre/parcel_views.xml",
        "views/cadastre/planting_views.xml",
        "views/cadastre/rate_views.xml",
        "views/cadastre/res_partner_views.xml",
        "views/cadastre/res_config_settings_views.xml",
        "views/cadastre/menus.xml",
        # position
        # campaign
    ],
    "demo": [],
    "assets": {},
    "application": True,
}
