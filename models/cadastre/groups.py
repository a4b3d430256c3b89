"""The groups of users that rooms give fields and actions to."""

#: reads segments, and the figures and members of own customers
USER = "agro_segmentation.group_segmentation_user"
#: of all customers; writes segments and campaigns
MARKETING = "agro_segmentation.group_segmentation_marketing"
#: Odoo's own: sends mailings
MAILING = "mass_mailing.group_mass_mailing_user"
