from odoo import models
from odoo.exceptions import UserError

from odoo.addons.base.models.ir_model import MODULE_UNINSTALL_FLAG

from .field import PREFIX


class IrModelFields(models.Model):
    _inherit = "ir.model.fields"

    def _instanciate_attrs(self, field_data):
        """Give key fields what a field described in the database cannot have."""
        attrs = super()._instanciate_attrs(field_data)
        is_key_field = field_data["name"].startswith(PREFIX)
        if attrs and is_key_field and field_data["model"] == "res.partner":
            attrs["groups"] = "base.group_user"
            if attrs["index"]:
                attrs["index"] = "btree_not_null"
            if field_data["ttype"] == "selection":
                attrs["selection"] = "_selection_segmentation_yes_no"
            if field_data["ttype"] == "many2many":
                attrs["context"] = {"active_test": False}
        return attrs

    def _prepare_update(self):
        """Refuse to drop or rename the column of a key field behind its back."""
        names = [
            field.name
            for field in self
            if field.model == "res.partner" and field.name.startswith(PREFIX)
        ]
        if names and not self.env.context.get(MODULE_UNINSTALL_FLAG):
            key_fields = self.env["segmentation.field"]._switched_on()
            for key_field in key_fields.filtered(lambda f: f.technical_name in names):
                raise UserError(
                    self.env._(
                        "“%s” is a key field of contacts: archive or delete it among"
                        " the key fields of the segmentation.",
                        key_field.name,
                    )
                )
        return super()._prepare_update()
