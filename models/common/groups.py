"""The groups of users that rooms give fields and actions to."""

#: reads segments, and the figures and members of own customers
USER = "agro_segmentation.group_segmentation_user"
#: of all customers; writes segments and campaigns
MARKETING = "agro_segmentation.group_segmentation_marketing"
#: configures: harvests, zones, crops, units, rates, policies, key fields
ADMINISTRATOR = "agro_segmentation.group_segmentation_administrator"
#: Odoo's own: sends mailings
MAILING = "mass_mailing.group_mass_mailing_user"
