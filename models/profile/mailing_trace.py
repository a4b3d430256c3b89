from odoo import models


class MailingTrace(models.Model):
    _inherit = "mailing.trace"

    # core finds traces by mailing alone; timelines ask for those of a contact
    _segmentation_document_idx = models.Index("(res_id, model)")
