from odoo import api, fields, models
from odoo.exceptions import ValidationError


class SegmentationHandoverTarget(models.Model):
    """Somebody who takes accounts over, and the zones whose accounts these are."""

    _name = "segmentation.handover.target"
    _description = "Person Who Takes Accounts Over"
    _order = "sequence, id"

    handover_id = fields.Many2one(
        "segmentation.handover", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(related="handover_id.company_id")
    user_id = fields.Many2one(
        "res.users",
        string="Salesperson",
        required=True,
        ondelete="cascade",
        domain="[('share', '=', False), ('company_ids', '=', company_id)]",
    )
    zone_ids = fields.Many2many(
        "segmentation.zone",
        "segmentation_handover_target_zone_rel",
        "target_id",
        "zone_id",
        string="Zones",
        ondelete="restrict",
        # without one that was archived, the person would take the rest
        context={"active_test": False},
        domain="[('company_id', 'in', (company_id, False)), ('active', '=', True)]",
        help="Takes the customers of these zones and of the zones below them, when "
        "accounts are split by zone. Without zones: takes the rest.",
    )

    _user_uniq = models.Constraint(
        "UNIQUE(handover_id, user_id)",
        "A person can take accounts of a handover over only once: join both lines.",
    )

    @api.constrains("zone_ids")
    def _check_zones(self):
        """Refuse a zone that two people of one handover take."""
        for handover in self.handover_id:
            taken = self.env["segmentation.zone"]
            for target in handover.target_ids:
                if twice := taken & target.zone_ids:
                    raise ValidationError(
                        self.env._(
                            "Zone “%(zone)s” is set for %(user)s and for somebody "
                            "before: leave it with one of them.",
                            zone=twice[0].display_name,
                            user=target.user_id.name,
                        )
                    )
                taken |= target.zone_ids

    @api.model_create_multi
    def create(self, vals_list):
        targets = super().create(vals_list)
        targets.handover_id._criteria_changed()
        return targets

    def write(self, vals):
        """Change drafts only: also that to which somebody is moved."""
        self.handover_id._criteria_changed()
        result = super().write(vals)
        self.check_access("write")
        self.handover_id._criteria_changed()
        return result

    def unlink(self):
        self.handover_id._criteria_changed()
        return super().unlink()
