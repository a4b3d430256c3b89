from odoo import api, models


class UtmMixin(models.AbstractModel):
    _inherit = "utm.mixin"
    _name = "utm.mixin"

    @api.model
    def _get_unique_names(self, model_name, names):
        """Count the campaigns of other companies too: their names are taken as well.

        Our record rule hides them from the user, the database's unique index does not.
        """
        model = self.sudo() if model_name == "utm.campaign" else self
        return super(UtmMixin, model)._get_unique_names(model_name, names)
