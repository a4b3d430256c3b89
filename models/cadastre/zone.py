from odoo import api, fields, models


class SegmentationZone(models.Model):
    """A growing region; zones nest, and a customer's zone is its partner's.

    A zone may state criteria (states, cities, a zip range) by which it is proposed to
    partners that have none. They are used only when somebody asks for a proposal.
    """

    _name = "segmentation.zone"
    _description = "Growing Zone"
    _parent_store = True
    _rec_name = "complete_name"
    _rec_names_search = ["complete_name", "name", "code"]
    _order = "complete_name, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    complete_name = fields.Char(
        string="Full Name",
        compute="_compute_complete_name",
        recursive=True,
        store=True,
    )
    code = fields.Char(help="Short name used in reports and files.")
    parent_id = fields.Many2one(
        "segmentation.zone",
        string="Parent Zone",
        index=True,
        ondelete="restrict",
        check_company=True,
        help="A rate set for the parent also holds in this zone, unless this zone has"
        " a rate of its own.",
    )
    parent_path = fields.Char(index=True)
    child_ids = fields.One2many("segmentation.zone", "parent_id", string="Sub-zones")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", index=True, help="Leave empty to share the zone."
    )
    # Criteria of the proposal
    state_ids = fields.Many2many(
        "res.country.state",
        relation="segmentation_zone_state_rel",
        column1="zone_id",
        column2="state_id",
        help="Propose the zone to partners of these states.",
    )
    city = fields.Char(
        string="Cities",
        help="Propose the zone to partners of these cities, separated by commas.",
    )
    zip_from = fields.Char(
        string="Zip From",
        help="Propose the zone to partners whose zip code is in this range, both ends"
        " included.",
    )
    zip_to = fields.Char(string="Zip To")

    @api.depends("name", "parent_id.complete_name")
    def _compute_complete_name(self):
        for zone in self:
            names = [zone.parent_id.complete_name, zone.name]
            zone.complete_name = " / ".join(name for name in names if name)
