from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..models.common.optional_fields import OptionalMonetary


class SegmentationSegmentTemplate(models.TransientModel):
    """Starts a segment from an example: the dealer says what only the dealer can.

    Each example stands in a method of its own, found by its key: ``_start_<template>``
    returns the values of the segment.
    """

    _name = "segmentation.segment.template"
    _description = "New Segment from a Template"
    _check_company_auto = True

    template = fields.Selection(
        [
            ("one_not_other", "Customers of one unit who are not customers of another"),
            (
                "lost_before",
                "Prospects lost for a certain reason, last contacted one to two years "
                "ago",
            ),
            ("best_not_billed", "Best customers not billed this harvest"),
            ("large_gap", "Investment customers with a large gap in one unit"),
            ("no_salesperson", "Contacts without a salesperson"),
            ("birthday", "Birthday this week"),
            ("never_opened", "Opened none of the last five mailings"),
        ],
        required=True,
        default="one_not_other",
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    unit_id = fields.Many2one(
        "segmentation.business.unit",
        string="Business Unit",
        ondelete="cascade",
        check_company=True,
        help="New machines, for example.",
    )
    other_unit_id = fields.Many2one(
        "segmentation.business.unit",
        string="Not Customers of",
        ondelete="cascade",
        check_company=True,
        domain="[('id', '!=', unit_id)]",
        help="Used machines or the workshop, for example.",
    )
    lost_reason_ids = fields.Many2many(
        "crm.lost.reason",
        string="Lost Because of",
        help="“Too expensive”, for example.",
    )
    gap = OptionalMonetary(
        string="Gap of at Least",
        help="Potential less billing of the reference harvest, in company currency.",
    )
    birth_date = fields.Selection(
        selection="_selection_birth_date",
        string="Date of Birth",
        help="In which field contacts have it. The key field “Birth Date” is here "
        "once it is switched on.",
    )

    @api.model
    def _selection_birth_date(self):
        """Return the dates of contacts that the user may read."""
        return self.env["segmentation.condition"]._selection_anniversary_field()

    def action_start(self):
        """Make the segment, and open it to be named or changed."""
        self.ensure_one()
        values = getattr(self, f"_start_{self.template}")()
        segment = self.env["segmentation.segment"].create(
            {"company_id": self.company_id.id, **values}
        )
        return segment._action_open_form()

    # --- The examples -----------------------------------------------------------

    def _start_one_not_other(self):
        self._check_filled("unit_id", "other_unit_id")
        units = {"include": self.unit_id, "exclude": self.other_unit_id}
        return {
            "name": self.env._(
                "Customers of %(unit)s, not of %(other)s",
                unit=self.unit_id.name,
                other=self.other_unit_id.name,
            ),
            "condition_ids": self._conditions(
                *(
                    {
                        "kind": "relation",
                        "role": role,
                        "relation_customer": True,
                        "unit_ids": [Command.set(unit.ids)],
                    }
                    for role, unit in units.items()
                )
            ),
        }

    def _start_lost_before(self):
        self._check_filled("lost_reason_ids")
        return {
            "name": self.env._("Prospects to win back"),
            "condition_ids": self._conditions(
                {"kind": "relation", "relation_prospect": True},
                {
                    "kind": "lost",
                    "lost_reason_ids": [Command.set(self.lost_reason_ids.ids)],
                },
                {
                    "kind": "last_contact",
                    "ago_most": 2,
                    "ago_least": 1,
                    "ago_unit": "year",
                },
            ),
        }

    def _start_best_not_billed(self):
        """Best are those of high billing in the harvest before, of the same kind."""
        return {
            "name": self.env._("Best customers not billed this harvest"),
            "condition_ids": self._conditions(
                {
                    "kind": "quadrant",
                    "harvest_choice": "before",
                    "is_retention": True,
                    "is_revision": True,
                },
                {
                    "kind": "purchase",
                    "purchase_window": "harvest",
                    "is_negated": True,
                },
            ),
        }

    def _start_large_gap(self):
        self._check_filled("unit_id", "gap")
        return {
            "name": self.env._(
                "Investment customers with a gap in %s", self.unit_id.name
            ),
            "condition_ids": self._conditions(
                {"kind": "quadrant", "is_investment": True},
                {
                    "kind": "figure",
                    "figure": "gap",
                    "unit_ids": [Command.set(self.unit_id.ids)],
                    "amount_from": self.gap,
                },
            ),
        }

    def _start_no_salesperson(self):
        return {
            "name": self.env._("Contacts without a salesperson"),
            "level": "contact",
            "condition_ids": self._conditions(
                {"kind": "domain", "partner_domain": "[('user_id', '=', False)]"}
            ),
        }

    def _start_birthday(self):
        self._check_filled("birth_date")
        return {
            "name": self.env._("Birthday this week"),
            "level": "contact",
            "condition_ids": self._conditions(
                {
                    "kind": "anniversary",
                    "anniversary_field": self.birth_date,
                    "anniversary_when": "week",
                }
            ),
        }

    def _start_never_opened(self):
        return {
            "name": self.env._("Opened none of the last five mailings"),
            "level": "contact",
            "condition_ids": self._conditions(
                {
                    "kind": "mailing",
                    "mailing_event": "opened",
                    "mailing_bound": "most",
                    "mailing_count": 0,
                    "mailing_last": 5,
                }
            ),
        }

    # --- Tools ------------------------------------------------------------------

    def _conditions(self, *conditions):
        """Return the commands that make the conditions of a new segment."""
        return [Command.create(values) for values in conditions]

    def _check_filled(self, *names):
        """Refuse to guess what the example cannot know."""
        for name in names:
            if not self[name]:
                label = self._fields[name]._description_string(self.env)
                raise UserError(self.env._("Fill in “%s” first.", label))
