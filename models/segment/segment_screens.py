from odoo import api, fields, models
from odoo.tools import format_date


class SegmentationSegment(models.Model):
    """What the screens of segments open, count and make."""

    _inherit = "segmentation.segment"

    own_count = fields.Integer(
        string="Your Customers",
        compute="_compute_own_count",
        help="Members that you may see: of marketing all, else those of whom you or "
        "your team are the salespeople.",
    )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_own_count(self):
        counts = dict(
            self.env["segmentation.membership"]._read_group(
                [("segment_id", "in", self.ids), ("date_to", "=", False)],
                ["segment_id"],
                ["__count"],
            )
        )
        for segment in self:
            segment.own_count = counts.get(segment._origin, 0)

    def copy_data(self, default=None):
        """Say in the name that it is a copy, unless another name is given."""
        vals_list = super().copy_data(default)
        if "name" not in (default or {}):
            for segment, vals in zip(self, vals_list, strict=True):
                vals["name"] = self.env._("%s (copy)", segment.name)
        return vals_list

    def action_freeze_copy(self):
        """Keep the members of now in a frozen segment beside this one; open it."""
        self.ensure_one()
        today = format_date(self.env, fields.Date.context_today(self))
        name = self.env._("%(segment)s on %(date)s", segment=self.name, date=today)
        copy = self.copy({"name": name})
        copy.action_freeze()
        return copy._action_open_form()

    def _action_open_form(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
        }

    @api.readonly
    def action_view_flow(self):
        """Open the size of the segment over time."""
        return self._action_report("agro_segmentation.segmentation_segment_flow_action")

    @api.readonly
    def action_view_overlap(self):
        """Open the other segments in which its members are."""
        return self._action_report(
            "agro_segmentation.segmentation_segment_overlap_action"
        )

    def _action_report(self, xml_id):
        """Return a report on this segment alone."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(xml_id)
        return {
            **action,
            "domain": [("segment_id", "=", self.id)],
            "context": {},
        }


class SegmentationMembership(models.Model):
    """Rows of members lead to the contact."""

    _name = "segmentation.membership"
    _inherit = "segmentation.membership"

    @api.readonly
    def action_open_partner(self):
        """Open the contact."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "res_id": self.partner_id.id,
            "views": [(False, "form")],
        }
