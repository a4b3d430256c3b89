from odoo import models
from odoo.exceptions import AccessError, UserError


class MailingMailingTest(models.TransientModel):
    _name = "mailing.mailing.test"
    _inherit = "mailing.mailing.test"

    def send_mail_test(self):
        """Let the mailing show the message of a customer of its campaign's audience."""
        campaign = self.mass_mailing_id.campaign_id
        try:
            return super(
                MailingMailingTest, self.with_context(segmentation_test=True)
            ).send_mail_test()
        except AccessError as error:
            if campaign.segmentation_state != "launched":
                raise
            raise UserError(
                self.env._(
                    "The message tells figures of the campaign's customers, which you"
                    " may not read: ask somebody of Segmentation / Marketing for a"
                    " test of it."
                )
            ) from error
