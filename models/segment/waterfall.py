from odoo import fields, models


class SegmentationWaterfall(models.Model):
    """An ordered group of segments: each contact falls into the first that fits.

    So nobody is addressed twice: the best offer comes first. It follows the members of
    its segments as they are now.
    """

    _name = "segmentation.waterfall"
    _description = "Waterfall of Segments"
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
    note = fields.Text(string="Description", translate=True)
    step_ids = fields.One2many(
        "segmentation.waterfall.step", "waterfall_id", string="Steps", copy=True
    )

    def unlink(self):
        """Delete the steps as such, which refuses those that segments ask for."""
        self.step_ids.unlink()
        return super().unlink()

    def _steps_changed(self):
        """Have segments found anew that ask who falls where; refuse circles."""
        conditions = (
            self.env["segmentation.condition"]
            .sudo()
            .search([("waterfall_step_id.waterfall_id", "in", self.ids)])
        )
        conditions._check_rule()
        conditions.segment_id._run_soon()
