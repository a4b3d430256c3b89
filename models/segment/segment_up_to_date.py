from odoo import models
from odoo.tools import SQL

from .mark import EVERYBODY
from .segment_refresh import MARKS


class SegmentationSegment(models.Model):
    """Brings members up to date for who uses them now and cannot wait for the job."""

    _name = "segmentation.segment"
    _inherit = "segmentation.segment"

    def _bring_up_to_date(self):
        """Follow what happened to contacts since the job last ran, in these segments.

        The segments that they are made of come first. Marks are left to the job, which
        other segments wait for. An error is noted on its segment.
        """
        for segment in self.sudo()._from_the_inside():
            if segment.active and segment.kind == "dynamic":
                segment._catch_up()

    def _from_the_inside(self, outer=None):
        """Return these segments, each after all those that it is made of."""
        ordered = self.browse()
        for segment in self - (outer or ordered):
            inner = segment.condition_ids._made_of()
            ordered |= inner._from_the_inside(segment | (outer or ordered.browse()))
            ordered |= segment
        return ordered

    def _catch_up(self):
        """Look at everybody if that is due, else at whom something happened to."""
        marked = self._marked()
        is_due = self.date_next and self.date_next <= self.env.cr.now()
        if is_due or EVERYBODY in marked or len(marked) > MARKS:
            self._attempt(self._rebuild)
        elif marked:
            self._attempt(self._look_at, sorted(self._families(marked)))

    def _marked(self):
        """Return ids of contacts to whom happened what the rule hangs on."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT partner FROM segmentation_segment_mark
                 WHERE topic = ANY(%s) LIMIT %s""",
                sorted(self._topics()),
                MARKS + 1,
            )
        )
        return {partner for (partner,) in rows}
