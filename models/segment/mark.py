from odoo import api, fields, models
from odoo.tools import SQL

from ..cadastre.job import wake

#: what a mark's partner says beside the id of one
EVERYBODY = 0


class SegmentationSegmentMark(models.Model):
    """A contact to whom something happened: the queue of the refresh of segments.

    Bare integers on purpose, as in :class:`SegmentationRefreshMark`: a mark is inserted
    while somebody else's work goes on, which must never wait or fail because of us.
    """

    _name = "segmentation.segment.mark"
    _description = "Contact Whose Segments May Change"
    _log_access = False

    partner = fields.Integer(
        required=True,
        default=EVERYBODY,
        help="Id of a contact; 0 stands for everybody.",
    )
    topic = fields.Char(
        required=True, help="What happened, so that only those segments follow it."
    )

    @api.model
    def _mark(self, topic, partner_ids):
        """Note that something happened to contacts; never computes, waits or fails.

        :param str topic: one of ``condition.TOPICS``
        :param partner_ids: iterable of ids; :data:`EVERYBODY` for all
        """
        rows = [(partner, topic) for partner in sorted(set(partner_ids))]
        if not rows:
            return
        self.env.cr.execute(
            SQL(
                "INSERT INTO segmentation_segment_mark (partner, topic) VALUES %s",
                SQL(", ").join(rows),
            )
        )
        self.invalidate_model()
        self._trigger()

    @api.model
    def _trigger(self):
        """Wake the job after this transaction, once however often it is called."""
        precommit = self.env.cr.precommit
        if precommit.data.get("agro_segmentation.segment"):
            return
        precommit.data["agro_segmentation.segment"] = True
        precommit.add(lambda: wake(self.env, "segment_cron"))
