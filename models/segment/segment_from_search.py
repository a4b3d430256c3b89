from odoo import Command, api, models
from odoo.exceptions import UserError


class SegmentationSegment(models.Model):
    """Makes a segment of what somebody has searched for in a list."""

    _name = "segmentation.segment"
    _inherit = "segmentation.segment"

    @api.model
    def action_from_search(self, model, domain):
        """Open a new segment of those whom a list shows, to be named and saved.

        :param str model: of what the list is
        :param list domain: by which it was searched
        """
        self.check_access("create")
        level, condition = self._condition_from_search(model, domain)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New Segment"),
            "res_model": self._name,
            "views": [(False, "form")],
            "context": {
                "default_level": level,
                "default_condition_ids": [Command.create(condition)],
            },
        }

    @api.model
    def _condition_from_search(self, model, domain):
        """Return what a segment of a search lists, and its condition.

        A list of contacts shows companies and people alike, so that is what is listed;
        of documents, the customers who have any of them.
        """
        if model == "res.partner":
            return "contact", {"kind": "domain", "partner_domain": repr(domain)}
        if model in self.env["segmentation.condition"]._records():
            return "customer", {
                "kind": "records",
                "records_model": model,
                "records_domain": repr(domain),
                "records_count": 1,
            }
        raise UserError(
            self.env._(
                "A segment can be made of lists of contacts, positions and invoices."
            )
        )
