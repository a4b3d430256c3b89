import re

from odoo import models

#: the placeholder of what a business unit could still sell
UNIT_GAP = re.compile(r"object\.segmentation_campaign_gaps\.unit_\d+")


class IrQweb(models.AbstractModel):
    """Allows placeholders of the gap in any business unit to who edits no templates.

    They are not among the allowed expressions by name: each is asked for with every
    message, and those would have to be read from the units each time.
    """

    _name = "ir.qweb"
    _inherit = "ir.qweb"

    def _is_expression_allowed(self, expression, model):
        return super()._is_expression_allowed(expression, model) or (
            model == "res.partner" and bool(UNIT_GAP.fullmatch(expression.strip()))
        )
