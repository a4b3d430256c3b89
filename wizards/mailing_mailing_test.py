from odoo import models


class MailingMailingTest(models.TransientModel):
    _name = "mailing.mailing.test"
    _inherit = "mailing.mailing.test"

    def send_mail_test(self):
        """Let the mailing show the message of a customer of its campaign's audience."""
        return super(
            MailingMailingTest, self.with_context(segmentation_test=True)
        ).send_mail_test()
