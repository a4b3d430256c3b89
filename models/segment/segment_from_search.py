from odoo import Command, api, models
from odoo.exceptions import UserError

#: longest name that is proposed
NAME_LENGTH = 80


class SegmentationSegment(models.Model):
    """Makes a segment of what somebody has searched for in a list."""

    _name = "segmentation.segment"
    _inherit = "segmentation.segment"

    @api.model
    def action_from_search(self, model, domain, labels=()):
        """Make a segment of those whom a list shows, and open it.

        :param str model: of what the list is
        :param list domain: by which it was searched
        :param list labels: what the search bar shows, of which the name is made;
            without any it is made of the rule
        """
        self.check_access("create")
        level, condition = self._condition_from_search(model, domain)
        name = self.env._(" and ").join(labels)
        segment = self.with_context(mail_notrack=True).create(
            {
                "name": self._short(name or self.env._("New Segment")),
                "level": level,
                "condition_ids": [Command.create(condition)],
            }
        )
        if not name:
            segment.name = self._short(segment.condition_ids.sentence)
        return segment.with_env(self.env)._action_open_form()

    @api.model
    def _short(self, name):
        """Return a name that is proposed, cut where it is too long to be read."""
        if len(name) <= NAME_LENGTH:
            return name
        return name[: NAME_LENGTH - 1].rstrip() + "…"

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
