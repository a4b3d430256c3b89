from odoo import Command, api, models
from odoo.exceptions import UserError


class SegmentationSegment(models.Model):
    """Makes a segment of what somebody has searched for in a list."""

    _name = "segmentation.segment"
    _inherit = "segmentation.segment"

    @api.model
    def action_from_search(self, model, domain):
        """Make a segment of those whom a list shows, and open it to be named.

        :param str model: of what the list is
        :param list domain: by which it was searched
        """
        self.check_access("create")
        level, condition = self._condition_from_search(model, domain)
        segment = self.create(
            {
                "name": self.env._("New Segment"),
                "level": level,
                "condition_ids": [Command.create(condition)],
            }
        )
        return segment._action_open_form()

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
