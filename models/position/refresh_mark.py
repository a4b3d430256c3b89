from odoo import fields, models

#: what a mark's partner says beside the id of one
EVERYBODY = 0
CLASSIFY = -1


class SegmentationRefreshMark(models.Model):
    """A customer whose figures are stale: the queue of the refresh.

    Bare integers on purpose: a mark is inserted while an invoice is posted, and a
    foreign key would make that insert wait for whoever holds the partner's row.
    Several marks of one customer are as good as one. See :class:`SegmentationRefresh`.
    """

    _name = "segmentation.refresh.mark"
    _description = "Customer to Refresh"
    _log_access = False

    company = fields.Integer(required=True, index=True, help="Id of the company.")
    partner = fields.Integer(
        default=EVERYBODY,
        help="Id of any partner of the customer; 0 stands for every customer, -1 for "
        "the quadrants alone.",
    )
    not_before = fields.Datetime(
        help="Left alone until then, for what was locked a moment ago. Empty: at once."
    )
