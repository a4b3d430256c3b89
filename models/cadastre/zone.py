from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ...engine.zone_match import (
    Address,
    ZoneRule,
    best_zones,
    normalise_city,
    normalise_zip,
)


class SegmentationZone(models.Model):
    """A growing region; zones nest, and a customer's zone is its partner's.

    A zone may state criteria (states, cities, a zip range) by which it is proposed to
    partners that have none. They are used only when somebody asks for a proposal.
    """

    _name = "segmentation.zone"
    _inherit = ["segmentation.in.use", "segmentation.import.template"]
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
        string="States",
        help="Propose the zone to partners of these states.",
    )
    city = fields.Char(
        string="Cities",
        help="Propose the zone to partners of these cities, separated by commas.",
    )
    zip_from = fields.Char(
        help="Propose the zone to partners whose zip code is in this range, both ends"
        " included.",
    )
    zip_to = fields.Char()

    @api.depends("name", "parent_id.complete_name")
    def _compute_complete_name(self):
        for zone in self:
            names = [zone.parent_id.complete_name, zone.name]
            zone.complete_name = " / ".join(name for name in names if name)

    @api.constrains("zip_from", "zip_to")
    def _check_zip_range(self):
        """Refuse a zip range that runs backwards."""
        for zone in self.filtered(lambda zone: zone.zip_from and zone.zip_to):
            if normalise_zip(zone.zip_from) > normalise_zip(zone.zip_to):
                raise ValidationError(
                    self.env._(
                        "The zip range of zone “%(zone)s” runs backwards, from"
                        " %(start)s to %(end)s: swap its ends.",
                        zone=zone.name,
                        start=zone.zip_from,
                        end=zone.zip_to,
                    )
                )

    @api.constrains("company_id")
    def _check_company_of_users(self):
        """Refuse a company that cannot see what already uses the record."""
        self._check_no_user_elsewhere(self._links())

    def write(self, vals):
        """Refuse a circle of zones by name; Odoo would only speak of a recursion."""
        if vals.get("parent_id"):
            self._check_parent(self.browse(vals["parent_id"]))
        return super().write(vals)

    def _check_parent(self, parent):
        line = {int(part) for part in parent.parent_path.split("/") if part}
        for zone in self.filtered(lambda zone: zone.id in line):
            if zone == parent:
                raise ValidationError(
                    self.env._(
                        "The zone “%s” cannot lie in itself: choose another parent"
                        " zone, or none.",
                        zone.name,
                    )
                )
            raise ValidationError(
                self.env._(
                    "The zone “%(zone)s” cannot lie in “%(parent)s”, which lies in it:"
                    " choose another parent zone, or move “%(parent)s” out first.",
                    zone=zone.name,
                    parent=parent.name,
                )
            )

    def action_propose_zones(self):
        """Propose these zones, or all if none is selected, to partners without one."""
        partners = self.env["res.partner"].search(
            Domain("segmentation_zone_id", "=", False)
            & Domain.OR([[(name, "!=", False)] for name in ("state_id", "city", "zip")])
        )
        return self._propose_zones(partners)

    def _propose_zones(self, partners):
        """Give the best fitting of these zones, or of all, to `partners` without one.

        A zone that is set stays. Partners that fit several zones equally well are
        left alone. Return a notification that counts them.
        """
        partners = partners.filtered(lambda partner: not partner.segmentation_zone_id)
        partner_ids_by_zone = defaultdict(list)
        counts = {"assigned": 0, "tied": 0, "unmatched": 0}
        for company, company_partners in partners.grouped("company_id").items():
            rules = self._get_rules(company or self.env.company)
            for partner in company_partners:
                zones = best_zones(rules, self._get_address(partner))
                if len(zones) == 1:
                    partner_ids_by_zone[zones[0]].append(partner.id)
                outcomes = ("unmatched", "assigned", "tied")
                counts[outcomes[min(len(zones), 2)]] += 1
        for zone_id, partner_ids in partner_ids_by_zone.items():
            partners.browse(partner_ids).segmentation_zone_id = zone_id
        return self._notify_proposal(counts)

    def _get_rules(self, company):
        """Return the criteria of these zones, or of all, that serve `company`."""
        criteria = ("state_ids", "city", "zip_from", "zip_to")
        zones = self or self.search(
            Domain.OR([[(name, "!=", False)] for name in criteria])
        )
        return [
            ZoneRule(
                zone=zone.id,
                depth=zone.parent_path.count("/"),
                states=frozenset(zone.state_ids.ids),
                cities=frozenset(
                    filter(None, map(normalise_city, (zone.city or "").split(",")))
                ),
                zip_from=normalise_zip(zone.zip_from),
                zip_to=normalise_zip(zone.zip_to),
            )
            for zone in zones
            if not zone.company_id or zone.company_id == company
        ]

    @api.model
    def _get_address(self, partner):
        return Address(
            state=partner.state_id.id,
            city=normalise_city(partner.city),
            zip=normalise_zip(partner.zip),
        )

    @api.model
    def _notify_proposal(self, counts):
        message = self.env._(
            "Partners that got a zone: %(assigned)s. Left alone: %(unmatched)s that fit"
            " no zone, %(tied)s that fit several equally well.",
            **counts,
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._("Zones Proposed"),
                "message": message,
                "type": "success" if counts["assigned"] else "warning",
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    @api.model
    def _import_template(self):
        return self.env._("Import Template for Zones"), "zones.xlsx"
