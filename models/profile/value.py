from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL


class SegmentationValue(models.Model):
    """A predefined value of a key field.

    An archived value can no longer be chosen; contacts that have it keep and show it.
    """

    _name = "segmentation.value"
    _description = "Key Field Value"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    field_id = fields.Many2one(
        "segmentation.field",
        string="Key Field",
        required=True,
        index=True,
        ondelete="cascade",
    )
    field_type = fields.Selection(related="field_id.type")
    sequence = fields.Integer(default=10)
    color = fields.Integer(aggregator=None)
    active = fields.Boolean(default=True)
    lower = fields.Float(
        string="From",
        aggregator=None,
        help="Where the band begins, included; it ends where the next one begins. For a"
        " date: whole years since.",
    )

    @api.constrains("name", "field_id")
    def _check_name(self):
        """Refuse two values of a key field with one name: imports choose by name."""
        for field in self.field_id:
            seen = set()
            for value in field.with_context(active_test=False).value_ids:
                name = value.name.strip().lower()
                if name in seen:
                    raise ValidationError(
                        self.env._(
                            "“%(field)s” has the value “%(value)s” twice, perhaps"
                            " archived: give one of them another name.",
                            field=field.name,
                            value=value.name,
                        )
                    )
                seen.add(name)

    @api.constrains("lower", "field_id", "active")
    def _check_lower(self):
        """Refuse bands that overlap: two that begin at the same bound."""
        for field in self.field_id.filtered(lambda field: field.type == "band"):
            starts = {}
            for value in field.value_ids:
                if value.lower in starts:
                    raise ValidationError(
                        self.env._(
                            "The bands “%(one)s” and “%(other)s” of “%(field)s”"
                            " overlap: both begin at %(lower)g. Let each begin where"
                            " the one before it ends.",
                            one=starts[value.lower].name,
                            other=value.name,
                            field=field.name,
                            lower=value.lower,
                        )
                    )
                starts[value.lower] = value

    @api.model_create_multi
    def create(self, vals_list):
        result = super().create(vals_list)
        self.env["segmentation.field"]._clear_caches()
        result.field_id._fill_bands()
        return result

    def write(self, vals):
        if "field_id" in vals:
            self._check_stays(vals["field_id"])
        result = super().write(vals)
        self.env["segmentation.field"]._clear_caches()
        if {"lower", "active"} & vals.keys():
            self.field_id._fill_bands()
        return result

    def copy_data(self, default=None):
        """Say in the name that it is a copy, unless the whole key field is copied."""
        vals_list = super().copy_data(default)
        is_whole = self.env.context.get("segmentation_copies_field")
        if not is_whole and "name" not in (default or {}):
            for value, vals in zip(self, vals_list, strict=True):
                vals["name"] = self.env._("%s (copy)", value.name)
        return vals_list

    def unlink(self):
        """Delete values; contacts go from a deleted band to the one before it."""
        self.filtered(lambda value: value.field_type == "band").active = False
        return super().unlink()

    def _check_stays(self, field_id):
        """Refuse to move a value to another key field: contacts have it in this one."""
        for value in self:
            if value.field_id.id != field_id:
                raise UserError(
                    self.env._(
                        "“%(value)s” is a value of “%(field)s” and stays there: make"
                        " another one in the other key field.",
                        value=value.name,
                        field=value.field_id.name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        partners = self.env["res.partner"].sudo().with_context(active_test=False)
        for field, values in self.grouped("field_id").items():
            if field.state != "on":
                continue
            name = field.technical_name
            used = partners._read_group([(name, "in", values.ids)], [name], ["__count"])
            for value, count in used:
                if value in values:
                    raise UserError(
                        self.env._(
                            "%(count)s contacts have the value “%(value)s” of"
                            " “%(field)s”: merge it into another value, or archive it.",
                            count=count,
                            value=value.name,
                            field=field.name,
                        )
                    )

    @api.model
    def name_search(self, name="", domain=None, operator="ilike", limit=100):
        """Find, for an import, the values of the key field that is imported."""
        if field_id := self.env.context.get("segmentation_import_field_id"):
            domain = Domain(domain or []) & Domain("field_id", "=", field_id)
        return super().name_search(name, domain, operator, limit)

    # --- Merging --------------------------------------------------------------------

    @api.readonly
    def action_merge(self):
        """Open the wizard that merges the selected values into one of them."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Merge Values"),
            "res_model": "segmentation.value.merge",
            "view_mode": "form",
            "target": "new",
            "context": {"default_value_ids": self.ids},
        }

    def _merge_into(self, destination):
        """Give contacts `destination` in place of these values, and delete these."""
        sources = self - destination
        field = destination.field_id
        if sources.field_id - field:
            raise UserError(
                self.env._("Only values of one and the same key field can be merged.")
            )
        if field.type == "band":
            lowest = min((self | destination).mapped("lower"))
            sources.active = False
            destination.lower = lowest
        elif field.state == "on":
            self.env.flush_all()
            move = self._move_links if field.type == "choices" else self._move_column
            rows = self.env.execute_query(move(field, sources, destination))
            self.env["res.partner"].invalidate_model([field.technical_name])
            field._after_fill([partner_id for (partner_id,) in rows])
        sources.unlink()

    @api.model
    def _move_column(self, field, sources, destination):
        """Return the UPDATE of contacts, which returns their ids."""
        return SQL(
            """
            UPDATE res_partner
               SET %(name)s = %(destination)s, write_uid = %(uid)s,
                   write_date = now() AT TIME ZONE 'UTC'
             WHERE %(name)s IN %(sources)s
         RETURNING id""",
            name=SQL.identifier(field.technical_name),
            destination=destination.id,
            uid=self.env.uid,
            sources=tuple(sources.ids),
        )

    @api.model
    def _move_links(self, field, sources, destination):
        """Return what links contacts to `destination`, and returns the contacts' ids.

        Once, however many of `sources` they had.
        """
        column = self.env["res.partner"]._fields[field.technical_name]
        return SQL(
            """
            WITH moved AS (
                DELETE FROM %(table)s WHERE %(value)s IN %(sources)s
             RETURNING %(partner)s AS partner_id),
            linked AS (
                INSERT INTO %(table)s (%(partner)s, %(value)s)
                     SELECT DISTINCT partner_id, %(destination)s::int FROM moved
                ON CONFLICT DO NOTHING)
            SELECT DISTINCT partner_id FROM moved""",
            table=SQL.identifier(column.relation),
            partner=SQL.identifier(column.column1),
            value=SQL.identifier(column.column2),
            sources=tuple(sources.ids),
            destination=destination.id,
        )
