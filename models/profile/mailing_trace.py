from odoo import api, models


class MailingTrace(models.Model):
    _name = "mailing.trace"
    _inherit = ["mailing.trace", "segmentation.merge"]

    # core finds traces by mailing alone; timelines ask for those of a contact
    _segmentation_document_idx = models.Index("(res_id, model)")

    @api.model
    def _merge_partners(self, sources, destination):
        """Hand over what the sources were mailed, of which timelines tell.

        Core leaves it with contacts that are gone.
        """
        traces = self.search(
            [("model", "=", "res.partner"), ("res_id", "in", sources.ids)]
        )
        traces.res_id = destination.id
        return self._merge_sentences(len(traces))
