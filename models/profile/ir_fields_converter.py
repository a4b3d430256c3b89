from odoo import api, models


class IrFieldsConverter(models.AbstractModel):
    _inherit = "ir.fields.converter"

    @api.model
    def db_id_for(self, model, field, subfield, value, savepoint):
        """Look the name of a value up among those of the key field that is imported."""
        key_field = self.env["segmentation.field"]._of_column(field)
        within = self.with_context(segmentation_import_field_id=key_field.id)
        return super(IrFieldsConverter, within).db_id_for(
            model, field, subfield, value, savepoint
        )
