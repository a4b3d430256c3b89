from odoo import Command, api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL


class SegmentationWaterfallStep(models.Model):
    """A segment in a waterfall: its members who are in none further up fall here."""

    _name = "segmentation.waterfall.step"
    _description = "Step of a Waterfall"
    _inherit = ["segmentation.in.use"]
    _order = "waterfall_id, sequence, id"
    _rec_names_search = ["waterfall_id", "segment_id"]
    _check_company_auto = True

    waterfall_id = fields.Many2one(
        "segmentation.waterfall", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="waterfall_id.company_id")
    sequence = fields.Integer(default=10)
    segment_id = fields.Many2one(
        "segmentation.segment",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    fit_count = fields.Integer(
        string="Members",
        compute="_compute_counts",
        help="Members of the segment now, of those you may see.",
    )
    fall_count = fields.Integer(
        string="Fall Here",
        compute="_compute_counts",
        help="Those of them who are in no segment further up.",
    )

    _segment_uniq = models.Constraint(
        "UNIQUE(waterfall_id, segment_id)",
        "A segment stands in a waterfall once: nobody would fall into it further down.",
    )

    @api.depends("waterfall_id.name", "segment_id.name")
    def _compute_display_name(self):
        for step in self:
            step.display_name = self.env._(
                "%(waterfall)s: %(segment)s",
                waterfall=step.waterfall_id.name,
                segment=step.segment_id.name,
            )

    @api.depends(
        "segment_id",
        "sequence",
        "waterfall_id.step_ids.segment_id",
        "waterfall_id.step_ids.sequence",
    )
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_counts(self):
        steps = self | self.waterfall_id.step_ids
        counts = steps._counts()
        for step in self:
            step.fit_count, step.fall_count = counts.get(step, (0, 0))

    def _counts(self):
        """Return ``{step: (members, members who fall there)}``, in one statement.

        The steps are those on screen, in the order there, saved or not.
        """
        waterfalls = list(self.waterfall_id)
        steps = [step for step in self.sorted("sequence") if step.segment_id]
        if not steps:
            return {}
        places = [
            (place, waterfalls.index(step.waterfall_id), step.segment_id._origin.id)
            for place, step in enumerate(steps)
        ]
        memberships = self.env["segmentation.membership"]._search(
            Domain("date_to", "=", False)
        )
        rows = self.env.execute_query(
            SQL(
                """
                SELECT place, COUNT(*), COUNT(*) FILTER (WHERE is_first)
                  FROM (SELECT step.place,
                               ROW_NUMBER() OVER (
                                   PARTITION BY waterfall, partner_id
                                   ORDER BY step.place) = 1 AS is_first
                          FROM (VALUES %(places)s) step (place, waterfall, segment_id)
                          JOIN segmentation_membership membership
                               USING (segment_id)
                         WHERE membership.id IN %(readable)s) fallen
              GROUP BY place""",
                places=SQL(", ").join(places),
                readable=memberships.subselect(),
            )
        )
        return {steps[place]: (fit, fall) for place, fit, fall in rows}

    @api.constrains("segment_id", "waterfall_id")
    def _check_level(self):
        """Customers and contacts would not be the same people."""
        for waterfall in self.waterfall_id:
            by_level = waterfall.step_ids.segment_id.grouped("level")
            if len(by_level) > 1:
                raise ValidationError(
                    self.env._(
                        "“%(customers)s” lists customers, “%(contacts)s” contacts: a "
                        "waterfall is made of segments that list the same.",
                        customers=by_level["customer"][0].name,
                        contacts=by_level["contact"][0].name,
                    )
                )

    # --- Segments that ask who falls where --------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Have those looked at who fall elsewhere now."""
        steps = super().create(vals_list)
        steps.waterfall_id._steps_changed()
        return steps

    def write(self, vals):
        """Have those looked at who fall elsewhere now."""
        waterfalls = self.waterfall_id
        result = super().write(vals)
        (waterfalls | self.waterfall_id)._steps_changed()
        return result

    def unlink(self):
        """Have those looked at who fall elsewhere now."""
        waterfalls = self.waterfall_id
        result = super().unlink()
        waterfalls._steps_changed()
        return result

    # --- What is opened ---------------------------------------------------------

    def _earlier(self):
        """Return the steps of the waterfall before this one."""
        return self.waterfall_id.step_ids.filtered(
            lambda step: (step.sequence, step.id) < (self.sequence, self.id)
        )

    @api.readonly
    def action_view_contacts(self):
        """Open the contacts who fall into the step."""
        self.ensure_one()
        domain = [("segmentation_segment_ids", "in", self.segment_id.ids)]
        if earlier := self._earlier().segment_id:
            domain.append(("segmentation_segment_ids", "not in", earlier.ids))
        return {
            "type": "ir.actions.act_window",
            "name": self.display_name,
            "res_model": "res.partner",
            "view_mode": "list,kanban,form",
            "domain": domain,
        }

    def action_new_segment(self):
        """Make a segment of those who fall into the step, and open it."""
        self.ensure_one()
        condition = {"kind": "waterfall", "waterfall_step_id": self.id}
        segment = self.env["segmentation.segment"].create(
            {
                "name": self.display_name,
                "company_id": self.company_id.id,
                "level": self.segment_id.level,
                "condition_ids": [Command.create(condition)],
            }
        )
        return segment._action_open_form()
