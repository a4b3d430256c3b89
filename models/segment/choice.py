from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .segment import writing_rule


class SegmentationChoice(models.Model):
    """A contact that somebody put into a segment, or keeps out of it, by hand.

    It beats the rule, whatever the rule finds now or later, until the choice is
    deleted.
    """

    _name = "segmentation.choice"
    _description = "Choice by Hand"
    _inherit = ["segmentation.merge"]
    _order = "segment_id, choice, id"
    _rec_name = "partner_id"

    segment_id = fields.Many2one(
        "segmentation.segment", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="segment_id.company_id", related_sudo=True)
    partner_id = fields.Many2one(
        "res.partner", string="Contact", required=True, index=True, ondelete="cascade"
    )
    choice = fields.Selection(
        [("in", "In"), ("out", "Out")],
        required=True,
        default="in",
        help="In: is a member though the rule does not find it. Out: is none though it "
        "does.",
    )
    reason = fields.Char()
    user_id = fields.Many2one(
        "res.users",
        string="Chosen by",
        readonly=True,
        default=lambda self: self.env.user,
        ondelete="set null",
    )
    date = fields.Datetime(
        string="Chosen on", readonly=True, default=lambda self: self.env.cr.now()
    )

    _contact_uniq = models.Constraint(
        "UNIQUE(segment_id, partner_id)",
        "A contact is chosen by hand once in a segment: change that choice.",
    )

    @api.constrains("segment_id", "partner_id")
    def _check_level(self):
        for choice in self:
            partner = choice.partner_id
            if (
                choice.segment_id.level == "customer"
                and partner.commercial_partner_id != partner
            ):
                raise ValidationError(
                    self.env._(
                        "“%(segment)s” lists customers: choose %(customer)s instead of "
                        "its contact %(contact)s.",
                        segment=choice.segment_id.name,
                        customer=partner.commercial_partner_id.display_name,
                        contact=partner.display_name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        """Let the chosen enter or leave at once."""
        by_whom = {"user_id": self.env.uid, "date": self.env.cr.now()}
        choices = super().create([{**vals, **by_whom} for vals in vals_list])
        for segment, ids in choices._by_segment().items():
            segment._chosen(ids)
        return choices

    def write(self, vals):
        """Let the chosen enter or leave at once; who chose last answers for it."""
        chosen_before = self._by_segment()
        result = super().write(
            {**vals, "user_id": self.env.uid, "date": self.env.cr.now()}
        )
        for chosen in (chosen_before, self._by_segment()):
            for segment, ids in chosen.items():
                segment._chosen(ids)
        return result

    def unlink(self):
        """Let the rule decide again."""
        chosen = self._by_segment()
        result = super().unlink()
        for segment, ids in chosen.items():
            segment._chosen(ids)
        return result

    def _by_segment(self):
        """Return ``{segment: ids of the contacts chosen}``."""
        return {
            segment: choices.partner_id.ids
            for segment, choices in self.grouped("segment_id").items()
        }

    @api.model
    def _merge_partners(self, sources, destination):
        """Of several choices in one segment the last one stays."""
        sentences = super()._merge_partners(sources, destination)
        choices = self.search(
            [("partner_id", "in", (sources | destination).ids)],
            order="date desc, id desc",
        )
        beaten = [rows[1:] for rows in choices.grouped("segment_id").values()]
        writing_rule(self.union(*beaten)).unlink()
        return sentences
