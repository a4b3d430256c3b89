from odoo import fields, models
from odoo.fields import Domain


class MailingMailing(models.Model):
    """A message may be for those of the audience who speak one language."""

    _name = "mailing.mailing"
    _inherit = "mailing.mailing"

    segmentation_lang = fields.Selection(
        selection=lambda self: self.env["res.lang"].get_installed(),
        string="Language of Recipients",
        help="Only recipients who speak it. The message in the company's language also"
        " goes to everybody for whom the campaign has no other one. Empty: everybody.",
    )

    def _segmentation_audience_domain(self):
        domain = super()._segmentation_audience_domain()
        code = self.segmentation_lang
        if not code:
            return domain
        if code != self.campaign_id._segmentation_language():
            return domain & Domain("recipient_id.lang", "=", code)
        others = self._segmentation_siblings().mapped("segmentation_lang")
        return domain & Domain(
            "recipient_id.lang", "not in", [lang for lang in others if lang != code]
        )

    def _segmentation_siblings(self):
        """The campaign's messages of the same kind that are for one language."""
        return self.search(
            [
                ("campaign_id", "=", self.campaign_id.id),
                ("mailing_type", "=", self.mailing_type),
                ("segmentation_lang", "!=", False),
            ]
        )
