from odoo import api, models

from .condition import PARTNER


class SegmentationSegmentSource(models.AbstractModel):
    """What conditions of segments hang on: a change marks the contacts it concerns.

    Models that take part tell what happens to contacts by it, which fields count
    (:meth:`_segment_fields`), and whom it concerns (:meth:`_segment_contacts`): those
    before a change and those after it, in one insert a call.
    """

    _name = "segmentation.segment.source"
    _description = "What Segments Hang on"

    #: the topic of the marks, of ``condition.TOPICS``
    _segment_topic = PARTNER

    def _segment_fields(self):
        """Return the names of the fields whose change concerns segments."""
        return set()

    def _segment_contacts(self):
        """Return the ids of the contacts concerned."""
        return []

    def _segment_mark(self, before=()):
        """Mark the contacts concerned now, and those concerned before."""
        self.env["segmentation.segment.mark"]._mark(
            self._segment_topic, {*before, *self.sudo()._segment_contacts()}
        )

    @api.model_create_multi
    def create(self, vals_list):
        """Have segments look at the contacts that the new records concern."""
        records = super().create(vals_list)
        records._segment_mark()
        return records

    def write(self, vals):
        """Have segments look at the contacts concerned before and after the change."""
        if not self._segment_fields() & vals.keys():
            return super().write(vals)
        before = self.sudo()._segment_contacts()
        result = super().write(vals)
        self._segment_mark(before)
        return result

    def unlink(self):
        """Have segments look at the contacts that the records concerned."""
        self._segment_mark()
        return super().unlink()
