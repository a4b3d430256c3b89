from odoo import api, fields, models
from odoo.fields import Domain


class SegmentationSegment(models.Model):
    """What other programs ask of a segment; ``action_refresh`` finds its members anew.

    They see what their user sees on screen: members of own customers, or all of them.
    """

    _inherit = "segmentation.segment"

    @api.readonly
    def get_members(self, limit=None, offset=0):
        """Return who is in the segment now, since when and why, the earliest first.

        :param int limit: at most so many; none: all
        :param int offset: leave out so many of the first
        :return: ``[{"partner_id", "since", "origin", "why"}]``: the contact's id, the
            moment of entry in UTC, ``rule`` or ``hand``, and the reason in the words of
            the user's language
        """
        rows = self._memberships_now().search(
            self._of_members_now(), limit=limit, offset=offset, order="date_from, id"
        )
        return [
            {
                "partner_id": row.partner_id.id,
                "since": fields.Datetime.to_string(row.date_from),
                "origin": row.origin,
                "why": row.reason,
            }
            for row in rows
        ]

    @api.readonly
    def is_member(self, partner_ids):
        """Return of each contact asked for whether it is in the segment now.

        A contact that the user may not see as a member is none.

        :param list partner_ids: ids of contacts
        :return: ``{id: True or False}``; JSON makes texts of the ids
        """
        found = self._memberships_now()._read_group(
            self._of_members_now() & Domain("partner_id", "in", partner_ids),
            ["partner_id"],
        )
        members = {partner.id for (partner,) in found}
        return {partner_id: partner_id in members for partner_id in partner_ids}

    def _memberships_now(self):
        """Return the model of memberships, where the user may read this segment."""
        self.ensure_one().check_access("read")
        return self.env["segmentation.membership"]

    def _of_members_now(self):
        return Domain("segment_id", "=", self.id) & Domain("date_to", "=", False)
