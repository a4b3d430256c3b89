from odoo import fields, models
from odoo.tools import SQL

from .condition import SEGMENT


class SegmentationCondition(models.Model):
    """Who falls into a step of a waterfall now."""

    _inherit = "segmentation.condition"

    kind = fields.Selection(
        selection_add=[("waterfall", "Step of a waterfall")],
        ondelete={"waterfall": "cascade"},
    )
    waterfall_step_id = fields.Many2one(
        "segmentation.waterfall.step",
        string="Step",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )

    def _problem_waterfall(self):
        """None named, or made of its own segment."""
        if not self.waterfall_step_id:
            return self.env._("Choose the step of a waterfall.")
        return self._circle_problem()

    def _topics_waterfall(self):
        return {SEGMENT}

    def _sentence_waterfall(self):
        if not self.waterfall_step_id:
            return ""
        return self.env._(
            "falls into “%(segment)s” of the waterfall “%(waterfall)s”",
            segment=self.waterfall_step_id.segment_id.name,
            waterfall=self.waterfall_step_id.waterfall_id.name,
        )

    def _made_of(self):
        asked = self.filtered(lambda condition: condition.kind == "waterfall")
        steps = asked.waterfall_step_id.waterfall_id.step_ids
        return super()._made_of() | steps.segment_id

    def _members_of(self):
        if self.kind != "waterfall":
            return super()._members_of()
        return self.waterfall_step_id.segment_id

    def _select_waterfall(self, scope):
        """Members of the step's segment, but of none further up."""
        return self._select_members(
            scope,
            SQL(
                """
                NOT EXISTS (SELECT FROM segmentation_membership earlier
                             WHERE earlier.partner_id = membership.partner_id
                               AND earlier.segment_id = ANY(%s)
                               AND earlier.date_to IS NULL)""",
                self.waterfall_step_id._earlier().segment_id.ids,
            ),
        )


class SegmentationSegment(models.Model):
    """Who enters a segment of a waterfall falls into no later one."""

    _inherit = "segmentation.segment"

    def _asked_for(self):
        conditions = self.env["segmentation.condition"].sudo()
        asking = conditions.search(
            [("waterfall_step_id.waterfall_id.step_ids.segment_id", "in", self.ids)]
        )
        steps = asking.waterfall_step_id.waterfall_id.step_ids
        return super()._asked_for() | self & steps.segment_id
