from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..common.groups import MAILING, USER


class ResPartner(models.Model):
    """The segments that a contact is a member of now, to search, group and export by.

    Mailings keep a condition on them as their domain, whoever sends them. So users of
    mailings find all members of a segment: recipients are no secret to them. Which
    segments there are, and what they say, is told only to who may read segments. Others
    find the memberships that they may read. Jobs, which send what waits, find all.
    """

    _name = "res.partner"
    _inherit = "res.partner"

    segmentation_segment_ids = fields.Many2many(
        "segmentation.segment",
        string="Segments",
        compute="_compute_segmentation_segment_ids",
        compute_sudo=True,
        search="_search_segmentation_segment_ids",
        groups=f"{USER},{MAILING}",
        help="Segments that list the contact now.",
    )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_segmentation_segment_ids(self):
        """Show what the user may read, rights restored even in sudo."""
        segments_of = self.sudo(False)._segmentation_segments()
        for partner in self:
            partner.segmentation_segment_ids = segments_of.get(partner._origin.id)

    def _segmentation_segments(self):
        """Return ``{contact's id: its segments now}``, of those the user may read."""
        segments = self.env["segmentation.segment"]
        if not segments.has_access("read"):
            return {}
        rows = self._segmentation_memberships()._read_group(
            self._segmentation_member_now(Domain("partner_id", "in", self.ids)),
            ["partner_id"],
            ["segment_id:array_agg"],
        )
        ids = {id_ for _partner, found in rows for id_ in found}
        shown = segments.search([("id", "in", list(ids))])
        return {partner.id: shown & shown.browse(found) for partner, found in rows}

    @api.model
    def _segmentation_memberships(self):
        """Return memberships with the rights with which contacts are found by them."""
        memberships = self.env["segmentation.membership"]
        is_sender = self.env.user.has_group(MAILING)
        return memberships.sudo() if is_sender else memberships

    @api.model
    def _segmentation_member_now(self, wanted):
        """Return the domain of memberships that last, in the user's companies."""
        current = Domain("date_to", "=", False) & wanted
        if self.env.su:
            return current
        companies = self.env.companies.ids
        return current & Domain("segment_id.company_id", "in", companies)

    def _search_segmentation_segment_ids(self, operator, value):
        """Find members; conditions on segments are searched with the user's rights."""
        if operator not in ("in", "any"):
            return NotImplemented
        self._check_segmentation_searched("segmentation_segment_ids")
        if operator == "any":
            segments = self.env["segmentation.segment"]._search(Domain(value))
            return self._segmentation_members(Domain("segment_id", "in", segments))
        ids = [id_ for id_ in value if id_]
        found = self._segmentation_members(Domain("segment_id", "in", ids))
        if False in value:
            found |= ~self._segmentation_members(Domain.TRUE)
        return found

    @api.model
    def _segmentation_members(self, wanted):
        """Return the domain of the contacts with a membership that meets ``wanted``."""
        rows = self._segmentation_memberships()._search(
            self._segmentation_member_now(wanted)
        )
        members = rows.subselect(SQL.identifier(rows.table, "partner_id"))
        return Domain("id", "in", members)

    def _read_group_groupby(self, alias, groupby_spec, query):
        """Let contacts be grouped by their segments, each in all of its own."""
        if groupby_spec != "segmentation_segment_ids":
            return super()._read_group_groupby(alias, groupby_spec, query)
        self._check_field_access(self._fields[groupby_spec], "read")
        segments = self.env["segmentation.segment"]._search([])
        rows = self._segmentation_memberships()._search(
            self._segmentation_member_now(Domain("segment_id", "in", segments))
        )
        member = query.make_alias(alias, groupby_spec)
        query.add_join(
            "LEFT JOIN",
            member,
            rows.subselect(
                SQL.identifier(rows.table, "partner_id"),
                SQL.identifier(rows.table, "segment_id"),
            ),
            SQL(
                "%s = %s",
                SQL.identifier(member, "partner_id"),
                SQL.identifier(alias, "id"),
            ),
        )
        return SQL.identifier(member, "segment_id")


class SegmentationSegment(models.Model):
    """Who enters and leaves has other segments from then on."""

    _name = "segmentation.segment"
    _inherit = "segmentation.segment"

    def _after_change(self, changes):
        """Have the contacts' segments read anew."""
        result = super()._after_change(changes)
        self.env["res.partner"].invalidate_model(["segmentation_segment_ids"])
        return result
