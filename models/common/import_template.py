from odoo import api, models


class SegmentationImportTemplate(models.AbstractModel):
    """What dealers have in spreadsheets: a template says which columns to fill in."""

    _name = "segmentation.import.template"
    _description = "Importable from a Template"

    @api.model
    def get_import_templates(self):
        """Offer the template where Odoo's import asks for a file."""
        label, file = self._import_template()
        return [
            {
                "label": label,
                "template": f"/agro_segmentation/static/import/{file}",
            }
        ]

    @api.model
    def _import_template(self):
        """Return what the template is called, and its file in ``static/import``."""
        raise NotImplementedError
