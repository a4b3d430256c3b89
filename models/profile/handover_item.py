from odoo import api, fields, models
from odoo.tools import SQL


class SegmentationHandoverItem(models.Model):
    """One change that a handover made to one record: what an undo needs.

    ``old_values`` and ``new_values`` are raw values by field name, of a record that
    changed hands; of somebody who ceased or began to follow a record they are the
    subtypes followed before and after.
    """

    _name = "segmentation.handover.item"
    _description = "Change Made by a Handover"
    _inherit = ["segmentation.merge"]
    _order = "line_id, id"

    line_id = fields.Many2one(
        "segmentation.handover.line",
        string="Account",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    handover_id = fields.Many2one(related="line_id.handover_id", store=True, index=True)
    company_id = fields.Many2one(related="handover_id.company_id", store=True)
    kind = fields.Selection(
        [("owner", "Salesperson"), ("follower", "Follower")],
        required=True,
        readonly=True,
    )
    res_model = fields.Char(string="Model", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        string="Record", model_field="res_model", required=True, readonly=True
    )
    document = fields.Char(
        compute="_compute_document", help="What changed hands, by name."
    )
    from_user_id = fields.Many2one(
        "res.users", string="From", readonly=True, ondelete="set null"
    )
    to_user_id = fields.Many2one(
        "res.users", string="To", readonly=True, ondelete="set null"
    )
    old_values = fields.Json(readonly=True)
    new_values = fields.Json(readonly=True)
    state = fields.Selection(
        [("done", "Done"), ("undone", "Undone"), ("left", "Changed since, left")],
        string="Status",
        default="done",
        required=True,
        readonly=True,
    )

    _record_idx = models.Index("(res_model, res_id)")

    @api.depends("res_model", "res_id")
    def _compute_document(self):
        """Name documents as superuser: some are not for who hands accounts over."""
        for model, items in self.grouped("res_model").items():
            label = self.env["ir.model"]._get(model).name or model
            names = {}
            if model in self.env:  # its addon may be gone
                records = self.env[model].sudo().browse(items.mapped("res_id"))
                names = {record.id: record.display_name for record in records.exists()}
            for item in items:
                name = names.get(item.res_id, self.env._("deleted since"))
                item.document = f"{label}: {name}"

    @api.model
    def _merge_partners(self, sources, destination):
        """Let an undo find in the destination what a handover gave away."""
        self.flush_model()
        self.env.execute_query(
            SQL(
                """UPDATE segmentation_handover_item SET res_id = %s
                    WHERE res_model = 'res.partner' AND res_id IN %s""",
                destination.id,
                tuple(sources.ids),
            )
        )
        count = self.env.cr.rowcount
        self.invalidate_model(["res_id"])
        return self._merge_sentences(count)
