from odoo import Command, api, fields, models
from odoo.exceptions import UserError

#: segments that the name of a combination tells; of more it says how many
NAMED = 3


class SegmentationSegmentCombine(models.TransientModel):
    """Makes a new segment of several: of their union, intersection or difference."""

    _name = "segmentation.segment.combine"
    _description = "Combine Segments"

    segment_ids = fields.Many2many(
        "segmentation.segment", string="Segments", required=True
    )
    operation = fields.Selection(
        [
            ("union", "Whoever is in any of them"),
            ("intersection", "Whoever is in all of them"),
            ("difference", "Whoever is in the first, but in none of the others"),
        ],
        required=True,
        default="union",
    )
    first_id = fields.Many2one(
        "segmentation.segment",
        string="The First",
        compute="_compute_first_id",
        store=True,
        readonly=False,
        ondelete="cascade",
        domain="[('id', 'in', segment_ids)]",
        help="Whose members are kept, but for those of the others.",
    )

    @api.model
    def default_get(self, fields):
        """Start with the segments chosen in the list."""
        values = super().default_get(fields)
        if self.env.context.get("active_model") == "segmentation.segment":
            ids = self.env.context.get("active_ids", [])
            values.setdefault("segment_ids", [Command.set(ids)])
        return values

    @api.depends("segment_ids")
    def _compute_first_id(self):
        for wizard in self:
            if wizard.first_id not in wizard.segment_ids:
                wizard.first_id = wizard.segment_ids[:1]

    def action_combine(self):
        """Make the segment, and open it to be named otherwise."""
        self.ensure_one()
        self._check_segments()
        segment = self.env["segmentation.segment"].create(
            {
                "name": self._name_of_all(),
                "company_id": self.segment_ids.company_id.id,
                "level": self._level(),
                "match": "any" if self.operation == "union" else "all",
                "condition_ids": self._conditions(),
            }
        )
        return segment._action_open_form()

    def _check_segments(self):
        """Refuse fewer than two, or those of several companies."""
        if len(self.segment_ids) < 2:
            raise UserError(self.env._("Choose at least two segments to combine."))
        if len(self.segment_ids.company_id) > 1:
            raise UserError(
                self.env._(
                    "These segments belong to several companies (%s): choose those of "
                    "one company.",
                    self.segment_ids.company_id.mapped("name"),
                )
            )

    def _ordered(self):
        """Return the segments, the first one first."""
        return self.first_id | self.segment_ids

    def _level(self):
        """List contacts only if all of them do."""
        levels = set(self.segment_ids.mapped("level"))
        return "contact" if levels == {"contact"} else "customer"

    def _conditions(self):
        """Return the conditions of the new segment: who is in the others."""
        is_difference = self.operation == "difference"
        return [
            Command.create(
                {
                    "kind": "segment",
                    "role": "exclude" if index and is_difference else "include",
                    "other_segment_id": segment.id,
                }
            )
            for index, segment in enumerate(self._ordered())
        ]

    def _name_of_all(self):
        """Propose a name that says what is combined."""
        names = self._ordered().mapped("name")
        if self.operation == "union":
            name = self.env._(" or ").join(self._some(names))
        elif self.operation == "intersection":
            name = self.env._(" and ").join(self._some(names))
        else:
            name = self.env._(
                "%(first)s, but not %(others)s",
                first=names[0],
                others=self.env._(" or ").join(self._some(names[1:])),
            )
        return self.env["segmentation.segment"]._short(name)

    def _some(self, names):
        """Return the first names, and how many others there are."""
        others = len(names) - NAMED
        if others < 2:
            return names
        return [*names[:NAMED], self.env._("%s others", others)]
