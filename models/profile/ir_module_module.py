from odoo import api, models


class IrModuleModule(models.Model):
    _inherit = "ir.module.module"

    @api.model
    def _load_module_terms(self, modules, langs, overwrite=False):
        """Let the columns of key fields follow the labels of a new language."""
        result = super()._load_module_terms(modules, langs, overwrite=overwrite)
        self.env["segmentation.field"]._sync_labels()
        return result
