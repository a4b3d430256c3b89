from odoo import fields, models
from odoo.tools import SQL

from ..common.groups import USER


class SegmentationCampaignCriteria(models.AbstractModel):
    """A campaign may be for the members of segments, at the moment of the launch.

    They are its customers in scope, also those that were billed nothing and of whom no
    land is known. A segment of contacts stands for their customers, each once; it is
    written to the member then.
    """

    _name = "segmentation.campaign.criteria"
    _inherit = "segmentation.campaign.criteria"

    segmentation_segment_ids = fields.Many2many(
        "segmentation.segment",
        string="Segments",
        # without one that was archived, the campaign would be for everybody
        context={"active_test": False},
        ondelete="restrict",
        groups=USER,
        help="Only members of any of these segments, those included that were billed "
        "nothing and of whom no land is known. Empty: every customer.",
    )

    def _segmentation_segments(self):
        """Return the segments, those included that the user may not read."""
        return self.sudo().segmentation_segment_ids._origin

    # -- What is wrong, in words

    def _segmentation_scope_problem(self):
        return (
            super()._segmentation_scope_problem()
            or self._segmentation_segment_problem()
        )

    def _segmentation_segment_problem(self):
        """A segment whose members are not right now."""
        for segment in self._segmentation_segments():
            if not segment.active:
                return self.env._(
                    "“%s” is archived, so its members are not right any more: restore "
                    "it, or choose another segment.",
                    segment.name,
                )
            if segment.error:
                return self.env._(
                    "The members of “%(segment)s” could not be found: %(error)s",
                    segment=segment.name,
                    error=segment.error,
                )
        return False

    def _segmentation_rule_sentence(self):
        sentence = super()._segmentation_rule_sentence()
        everybody = self._segmentation_everybody_sentence()
        segments = self._segmentation_segments()
        if not segments or sentence == everybody:
            return sentence
        return self.env._(
            "%(rule)s Only members of %(segments)s.",
            rule=sentence,
            segments=segments.mapped("name"),
        )

    def _segmentation_everybody_sentence(self):
        segments = self._segmentation_segments()
        if not segments:
            return super()._segmentation_everybody_sentence()
        return self.env._("Every member of %s.", segments.mapped("name"))

    # -- Which customers

    def _segmentation_refresh(self):
        """Bring the segments up to date too, on figures that are."""
        waiting = super()._segmentation_refresh()
        self._segmentation_segments()._bring_up_to_date()
        return waiting

    def _segmentation_figures(self):
        """Keep members only, with what figures there are of them.

        Zones keep those only that have figures there.
        """
        figures = super()._segmentation_figures()
        is_member = self._segmentation_is_member(SQL("contact.id"))
        if not is_member:
            return figures
        return SQL(
            """
            SELECT member.partner_id, figures.zone_id,
                   COALESCE(figures.billing, 0) AS billing, figures.potential,
                   figures.share, figures.gap,
                   COALESCE(figures.is_lower_bound, FALSE) AS is_lower_bound,
                   figures.unknown_harvest_ids,
                   figures.billing_cut, figures.potential_cut,
                   COALESCE(figures.quadrant, 'unknown') AS quadrant
              FROM (SELECT DISTINCT contact.commercial_partner_id AS partner_id
                      FROM res_partner contact
                     WHERE %(is_member)s) member
         %(joined)s JOIN (%(figures)s) figures
                   ON figures.partner_id = member.partner_id""",
            is_member=is_member,
            joined=SQL("INNER") if self.segmentation_zone_ids else SQL("LEFT"),
            figures=figures,
        )

    def _segmentation_is_member(self, contact_id):
        """SQL condition: a contact is a member now of one of the segments.

        None: the campaign is not for members only.

        :param SQL contact_id: its id
        """
        segments = self._segmentation_segments()
        if not segments:
            return None
        return SQL(
            """
            %s IN (SELECT partner_id FROM segmentation_membership
                    WHERE segment_id = ANY(%s) AND date_to IS NULL)""",
            contact_id,
            segments.ids,
        )

    def _segmentation_preferred(self):
        """Members first."""
        preferred = super()._segmentation_preferred()
        if not self._segmentation_segments():
            return preferred
        is_member = self._segmentation_is_member(SQL("contact.id"))
        return SQL("(%s) DESC, %s", is_member, preferred)

    def _segmentation_is_recipient(self):
        """Only members are sure to come first."""
        is_recipient = super()._segmentation_is_recipient()
        if not self._segmentation_segments():
            return is_recipient
        is_member = self._segmentation_is_member(SQL("customer.id"))
        return SQL("(%s AND %s)", is_recipient, is_member)
