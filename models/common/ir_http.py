import traceback

from psycopg2 import errors

from odoo import models
from odoo.exceptions import UserError
from odoo.http import request

from .job import NO_SPACE, PASSING

OURS = "odoo.addons.agro_segmentation."


class IrHttp(models.AbstractModel):
    """Says in a sentence what PostgreSQL refuses for a while, instead of a traceback.

    Of what our methods do only. Odoo has tried five times by then, if others were in
    the way; the error itself stands in the log.
    """

    _inherit = "ir.http"

    @classmethod
    def _handle_error(cls, exception):
        is_passing = isinstance(exception, (*PASSING, errors.QueryCanceled))
        if is_passing and cls._segmentation_is_ours(exception):
            exception = UserError(cls._segmentation_sentence(exception))
        return super()._handle_error(exception)

    @classmethod
    def _segmentation_is_ours(cls, exception):
        """Whether a method of ours was at work when it happened."""
        return any(
            frame.f_globals.get("__name__", "").startswith(OURS)
            for frame, _line in traceback.walk_tb(exception.__traceback__)
        )

    @classmethod
    def _segmentation_sentence(cls, exception):
        # the language is to be read, which a transaction that failed does not allow
        request.env.cr.rollback()
        if isinstance(exception, NO_SPACE):
            return request.env._(
                "The database server has no space left for this. Nothing was changed. "
                "Tell your administrator, and try again when there is space."
            )
        return request.env._(
            "Others are working on the same records: an import, a refresh of figures or"
            " another long task. Nothing was changed; try again in a minute."
        )
