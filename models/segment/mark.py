from odoo import api, fields, models
from odoo.tools import SQL

from ..common.job import mark_and_wake, wake

#: what a mark's partner says beside the id of one
EVERYBODY = 0
#: topic of marks that hold the id of a segment: whose rule was written
RULES = "rules"
#: topic of marks that hold the id of a segment: whose members were deleted or merged
COUNTS = "counts"


class SegmentationSegmentMark(models.Model):
    """A contact to whom something happened: the queue of the refresh of segments.

    Two topics are about segments instead: what the job is to do about these. Bare
    integers on purpose, as in :class:`SegmentationRefreshMark`: a mark is inserted
    while somebody else's work goes on, which must never wait or fail because of us.
    """

    _name = "segmentation.segment.mark"
    _description = "Contact Whose Segments May Change"
    _log_access = False

    partner = fields.Integer(
        required=True,
        default=EVERYBODY,
        help="Id of a contact, or of a segment; 0 stands for everybody.",
    )
    topic = fields.Char(
        required=True, help="What happened, so that only those segments follow it."
    )

    @api.model
    def _mark(self, topic, partner_ids):
        """Note that something happened to contacts; never computes, waits or fails.

        :param str topic: one of ``condition.TOPICS``, or of those above
        :param partner_ids: iterable of ids; :data:`EVERYBODY` for all
        """
        if ids := sorted(set(partner_ids)):
            self._mark_selected(topic, SQL("SELECT UNNEST(%s)", ids))

    @api.model
    def _mark_selected(self, topic, ids):
        """Note that something happened to whom a SELECT of ids finds.

        Not where no segment follows anything.
        """
        marks = SQL(
            """
            INSERT INTO segmentation_segment_mark (partner, topic)
            SELECT DISTINCT marked.id, %(topic)s
              FROM (%(ids)s) AS marked (id)
             WHERE marked.id IS NOT NULL
               AND EXISTS (SELECT FROM segmentation_segment
                            WHERE active AND kind = 'dynamic')
         RETURNING id""",
            topic=topic,
            ids=ids,
        )
        mark_and_wake(self.env, "segment_cron", marks)
        self.invalidate_model(flush=False)

    @api.model
    def _trigger(self):
        """Wake the job after this transaction, once however often it is called."""
        precommit = self.env.cr.precommit
        if precommit.data.get("agro_segmentation.segment"):
            return
        precommit.data["agro_segmentation.segment"] = True
        precommit.add(lambda: wake(self.env, "segment_cron"))
