from odoo import api, fields, models

from ..common.groups import USER
from ..common.ruled_fields import RuledOne2many


class ResPartner(models.Model):
    """What is wrong with a contact, and what stands against archiving it."""

    _inherit = "res.partner"

    segmentation_hygiene_flag_ids = RuledOne2many(
        "segmentation.hygiene.flag",
        "partner_id",
        string="Hygiene Flags",
        groups=USER,
    )
    segmentation_hygiene_count = fields.Integer(
        string="Hygiene Flags to Decide",
        compute="_compute_segmentation_hygiene_count",
        groups=USER,
    )

    @api.depends("segmentation_hygiene_flag_ids.keep_until")
    @api.depends_context("uid")
    def _compute_segmentation_hygiene_count(self):
        counts = dict(
            self.env["segmentation.hygiene.flag"]._read_group(
                [("partner_id", "in", self._origin.ids), ("is_kept", "=", False)],
                ["partner_id"],
                ["__count"],
            )
        )
        for partner in self:
            partner.segmentation_hygiene_count = counts.get(partner._origin, 0)

    @api.readonly
    def action_view_segmentation_hygiene(self):
        """Open the queue of what is wrong with the contact."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "agro_segmentation.segmentation_hygiene_flag_action"
        )
        return {**action, "domain": [("partner_id", "=", self.id)], "context": {}}

    def _segmentation_family(self):
        """Return the active contacts with those below them, as superuser."""
        return self.env["res.partner"].sudo().search([("id", "child_of", self.ids)])

    def _segmentation_in_use(self):
        """Return ``{contact: reasons}`` for those that nobody should archive now.

        What is open with a contact below counts for it, in whatever company.
        """
        family = self._segmentation_family()
        open_invoices = [
            ("state", "=", "posted"),
            ("move_type", "in", ("out_invoice", "out_refund", "in_invoice")),
            ("payment_state", "in", ("not_paid", "partial", "in_payment")),
        ]
        pending = [("type", "=", "opportunity"), ("won_status", "=", "pending")]
        reasons = {}
        invoiced = self.env._("open invoices")
        offered = self.env._("open opportunities")
        user = self.env._("is a user")
        for model, domain, reason in (
            ("account.move", open_invoices, invoiced),
            ("crm.lead", pending, offered),
            ("res.users", [], user),
        ):
            records = self.env[model].sudo()
            domain = [*domain, ("partner_id", "in", family.ids)]
            for [partner] in records._read_group(domain, ["partner_id"]):
                while partner:
                    reasons.setdefault(partner.id, {})[reason] = True
                    partner = partner.parent_id
        return {p: list(reasons[p.id]) for p in self if p.id in reasons}

    def _segmentation_archive(self):
        """Archive the contacts and those below them, with the user's own rights.

        :return: all that were archived
        """
        family = self._segmentation_family().with_env(self.env)
        family.write({"active": False})
        below = family - self
        below._message_log_batch(
            {
                partner.id: self.env._("Archived with %s.", partner.parent_id.name)
                for partner in below
            }
        )
        return family
