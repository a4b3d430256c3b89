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
        # position
        # campaign
    ],
    "demo": [],
    "assets": {},
    "application": True,
}
