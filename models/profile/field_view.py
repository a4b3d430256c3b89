from lxml.builder import E

from odoo import models

from ..common.groups import USER


class SegmentationField(models.Model):
    """How key fields are shown on contacts: in their views, and in messages."""

    _inherit = "segmentation.field"

    def _node(self, **attributes):
        """Return the key field as a node; values can be chosen, not made up."""
        self.ensure_one()
        if self.unit_ids:
            # Nobody else can read whose customer a contact is.
            attributes["groups"] = USER
        if self.type == "choices":
            attributes["widget"] = "many2many_tags"
            attributes["options"] = "{'color_field': 'color', 'no_create': True}"
        elif self.type in ("choice", "band"):
            attributes["widget"] = "segmentation_choice"
            colors = {value.id: value.color for value in self._all_values()}
            attributes["options"] = repr(
                {"no_create": True, "no_open": True, "colors": colors}
            )
        return E.field(name=self.technical_name, **attributes)

    def _all_values(self):
        return self.with_context(active_test=False).value_ids

    def _modifiers(self):
        """Return what a mandatory key field asks of those who edit a contact."""
        if self.requirement != "mandatory":
            return {}
        return {"required": self._applies_expression() or "True"}

    def _form_node(self):
        """Return the node of forms; a value is never hidden where there is one."""
        applies = self._applies_expression()
        modifiers = self._modifiers()
        if applies:
            modifiers["invisible"] = f"not ({applies}) and not {self.technical_name}"
        return self._node(**modifiers)

    def _form_group(self):
        """Return the key fields in two columns, read downwards."""
        half = (len(self) + 1) // 2
        return E.group(
            E.group(*(field._form_node() for field in self[:half])),
            E.group(*(field._form_node() for field in self[half:])),
            name="segmentation_key_fields",
        )

    def _list_node(self):
        return self._node(optional="show", **self._modifiers())

    def _card_node(self):
        return self._node()

    def _search_node(self):
        return E.field(name=self.technical_name)

    def _group_by_node(self):
        name = self.technical_name
        return E.filter(
            name=f"group_by_{name}",
            string=self.name,
            context=repr({"group_by": name}),
        )

    def _search_panel_node(self):
        """Return the node of the search panel; its values are not counted: that would
        read all contacts."""
        return E.field(
            name=self.technical_name,
            domain=repr([("field_id", "=", self.id)]),
            select="multi",
            icon="fa-tag",
        )

    def _placeholders(self):
        """Return the expressions for messages; several choices are not one text.

        Where a value is meant, the field by itself is there to be offered: choosing
        it writes the name of the value (placeholder.js).
        """
        expressions = []
        for field in self.filtered(lambda field: field.type != "choices"):
            expression = f"object.{field.technical_name}"
            expressions.append(expression)
            if field.type in ("choice", "band"):
                expressions.append(f"{expression}.name")
                expressions.append(f"{expression}.display_name")
        return expressions

    def _placeholder_paths(self):
        """Return {name of the field: what to write of it}, where it is one text."""
        return {
            field.technical_name: f"{field.technical_name}.name"
            if field.type in ("choice", "band")
            else field.technical_name
            for field in self
            if field.type != "choices"
        }
