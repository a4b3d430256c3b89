from odoo import api, models


class SegmentationImportTemplate(models.AbstractModel):
    """What dealers have in spreadsheets: a template says which columns to fill in.

    A model sets ``_import_template``: what its template is called, and the file's name
    in ``static/import``.
    """

    _name = "segmentation.import.template"
    _description = "Importable from a Template"

    @api.model
    def get_import_templates(self):
        """Offer the template where Odoo's import asks for a file."""
        label, file = self._import_template
        return [
            {
                "label": self.env._(label),
                "template": f"/agro_segmentation/static/import/{file}",
            }
        ]
