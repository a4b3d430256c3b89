import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, sql

from odoo.addons.base.models.ir_model import MODULE_UNINSTALL_FLAG

from ..common.job import tries_again

VALUE = "segmentation.value"
COLUMNS = {
    "choice": {"ttype": "many2one", "relation": VALUE, "index": True},
    "choices": {"ttype": "many2many", "relation": VALUE},
    "number": {"ttype": "float", "index": True},
    "date": {"ttype": "date", "index": True},
    "yes_no": {"ttype": "selection", "index": True},
    "text": {"ttype": "char"},
    "band": {"ttype": "many2one", "relation": VALUE, "index": True, "readonly": True},
}
LOCK_TIMEOUT = "4s"


class SegmentationField(models.Model):
    """How a key field becomes a column of contacts, and ceases to be one.

    Altering the table of contacts needs it for a moment with nobody else in it. All
    columns asked for are made in one go, and where the table does not come free within
    seconds the user is asked to try again: nobody waits behind a long transaction.
    """

    _inherit = "segmentation.field"

    filled_count = fields.Integer(
        string="Contacts",
        compute="_compute_filled_count",
        help="Contacts, archived ones too, that have the key field filled in.",
    )

    @api.depends("state")
    def _compute_filled_count(self):
        counts = self._filled_counts()
        for field in self:
            field.filled_count = counts.get(field._origin, 0)

    def _filled_counts(self):
        """Return ``{key field: contacts that have it}`` in one query."""
        switched_on = self._origin.filtered(lambda field: field.state == "on")
        if not switched_on:
            return {}
        partner = self.env["res.partner"]
        partner.flush_model(switched_on.mapped("technical_name"))
        counts = [field._filled_count_sql(partner) for field in switched_on]
        row = self.env.execute_query(
            SQL("SELECT %s FROM res_partner", SQL(", ").join(counts))
        )[0]
        return dict(zip(switched_on, row, strict=True))

    def _filled_count_sql(self, partner):
        column = partner._fields[self.technical_name]
        if column.type == "many2many":
            return SQL(
                "(SELECT COUNT(DISTINCT %s) FROM %s)",
                SQL.identifier(column.column1),
                SQL.identifier(column.relation),
            )
        name = SQL.identifier(column.name)
        if column.type == "float":
            return SQL("COUNT(NULLIF(%s, 0))", name)
        return SQL("COUNT(%s)", name)

    # --- Making columns -------------------------------------------------------------

    def _switch_on(self):
        """Make columns for the key fields that have none yet, bands after sources."""
        wanted = (self | self.source_id).filtered(lambda field: field.state == "draft")
        if not wanted:
            return
        wanted._check_labels()
        self.env.flush_all()
        self._lock_contacts()
        bands = wanted.filtered(lambda field: field.type == "band")
        for band in bands:
            # Made before its field is, the column is filled by `_fill_bands` and not
            # contact by contact.
            sql.create_column(self.env.cr, "res_partner", band.technical_name, "int4")
        for group in filter(None, (wanted - bands, bands)):
            self.env["ir.model.fields"].sudo().create(
                [field._column_values() for field in group]
            )
        wanted.sudo().write({"state": "on"})
        wanted._sync_labels()
        wanted._fill_bands()

    def _column_values(self):
        """Return the values of the `ir.model.fields` of the key field."""
        name = self.technical_name
        values = {
            "name": name,
            "field_description": self.with_context(lang="en_US").name,
            "state": "manual",
            "model_id": self.env["ir.model"]._get_id("res.partner"),
            **COLUMNS[self.type],
        }
        if values["ttype"] in ("many2one", "many2many"):
            values["domain"] = repr([("field_id", "=", self.id)])
        if values["ttype"] == "many2one":
            values["on_delete"] = "restrict"
        if values["ttype"] == "many2many":
            values["relation_table"] = f"{name}_rel"
            values["column1"], values["column2"] = "partner_id", "value_id"
        if self.type == "band":
            values["depends"] = self.source_id.technical_name
            values["compute"] = f"self._compute_segmentation_band({name!r})"
        return values

    @api.model
    def _lock_contacts(self):
        """Take the tables that are altered, or say that they are busy."""
        try:
            with self.env.cr.savepoint(flush=False):
                self.env.cr.execute(SQL("SET LOCAL lock_timeout = %s", LOCK_TIMEOUT))
                self.env.cr.execute(
                    "LOCK TABLE res_partner, segmentation_value"
                    " IN ACCESS EXCLUSIVE MODE"
                )
                self.env.cr.execute("SET LOCAL lock_timeout TO DEFAULT")
        except psycopg2.errors.LockNotAvailable as error:
            raise UserError(
                self.env._(
                    "The contacts are busy: an import, a mailing or another long task"
                    " is working on them. Nothing was changed; try again in a moment."
                )
            ) from error

    def _check_labels(self):
        """Refuse a label that another field of contacts has: people could not tell."""
        used = {
            field.string: field.name
            for field in self.env["res.partner"]._fields.values()
            if field.name not in self.mapped("technical_name")
        }
        for field in self.with_context(lang="en_US"):
            if (
                used.setdefault(field.name, field.technical_name)
                != field.technical_name
            ):
                raise UserError(
                    self.env._(
                        "Contacts already have a field “%s”: give the key field another"
                        " label.",
                        field.name,
                    )
                )

    def _sync_labels(self):
        """Give columns the labels and helps of their key fields, in all languages."""
        self.env.flush_all()
        changed = self.env.execute_query(
            SQL(
                """
                UPDATE ir_model_fields field
                   SET field_description = key_field.name, help = key_field.help
                  FROM segmentation_field key_field
                 WHERE key_field.state = 'on'
                   AND field.model = 'res.partner'
                   AND field.name = key_field.technical_name
                   AND (field.field_description, field.help)
                       IS DISTINCT FROM (key_field.name, key_field.help)
             RETURNING field.id
                """
            )
        )
        if changed:
            self.env["ir.model.fields"].invalidate_model(["field_description", "help"])
            self.env.registry.clear_cache("stable", "templates")
            self.env.registry._setup_models__(self.env.cr, ["res.partner"])

    # --- Dropping columns -----------------------------------------------------------

    @api.ondelete(at_uninstall=False)
    def _unlink_except_filled(self):
        for field, count in self._filled_counts().items():
            if count:
                raise UserError(
                    self.env._(
                        "“%(field)s” is filled in on %(count)s contacts: archive it to"
                        " hide it, or open it and press “Delete with Its Values”.",
                        field=field.name,
                        count=count,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_source(self):
        bands = self.with_context(active_test=False).search(
            [("source_id", "in", self.ids), ("id", "not in", self.ids)], limit=1
        )
        if bands:
            raise UserError(
                self.env._(
                    "“%(band)s” is derived from “%(origin)s”: delete it first.",
                    band=bands.name,
                    origin=bands.source_id.name,
                )
            )

    def unlink(self):
        bands = self.filtered(lambda field: field.type == "band")
        columns = [group._columns() for group in (bands, self - bands)]
        super(SegmentationField, bands).unlink()
        super(SegmentationField, self - bands).unlink()
        self._clear_caches()
        self._unlink_columns(columns)
        return True

    def _drop_columns(self, uninstalling=False):
        """Drop the columns with all that contacts have in them."""
        bands = self.filtered(lambda field: field.type == "band")
        columns = [group._columns() for group in (bands, self - bands)]
        if not uninstalling:
            self._unlink_except_source()
        self.sudo().write({"state": "draft"})
        self._unlink_columns(columns, uninstalling)

    def _columns(self):
        domain = [
            ("model", "=", "res.partner"),
            ("state", "=", "manual"),
            ("name", "in", self.mapped("technical_name")),
        ]
        return self.env["ir.model.fields"].sudo().search(domain)

    @api.model
    def _unlink_columns(self, groups, uninstalling=False):
        """Drop the groups of columns one by one: bands go before their sources."""
        if not any(groups):
            return
        self.env.flush_all()
        self._lock_contacts()
        for columns in groups:
            columns.with_context(**{MODULE_UNINSTALL_FLAG: uninstalling}).unlink()

    # --- Bands ----------------------------------------------------------------------

    def _bands(self):
        """Return ``[(lower bound, value id)]`` of a band field, ascending."""
        values = self.value_ids.filtered("active").sorted("lower")
        return [(value.lower, value.id) for value in values]

    def _fill_bands(self):
        """Put all contacts in their band of today; write only those that change."""
        partner = self.env["res.partner"]
        bands = self.filtered(
            lambda field: field.type == "band" and field.state == "on"
        )
        for band in bands:
            name = band.technical_name
            partner.flush_model([name, band.source_id.technical_name])
            rows = self.env.execute_query(
                SQL(
                    "UPDATE res_partner SET %(name)s = %(band)s"
                    " WHERE %(name)s IS DISTINCT FROM %(band)s RETURNING id",
                    name=SQL.identifier(name),
                    band=band._band_sql(),
                )
            )
            partner.invalidate_model([name])
            self._after_fill([id_ for (id_,) in rows])

    @api.model
    def _after_fill(self, partner_ids):
        """Do what follows from SQL having given contacts other values; for other rooms.

        They are in another band, or their values were merged.
        """

    def _band_sql(self):
        """Return the id of the value whose band the source of a contact is in."""
        source = SQL.identifier(self.source_id.technical_name)
        if self.source_id.type == "date":
            today = fields.Date.today()
            measure = SQL("date_part('year', age(%s::date, %s))", today, source)
        else:
            measure = SQL("NULLIF(%s, 0)", source)
        whens = [
            SQL("WHEN %s >= %s THEN %s", measure, lower, value_id)
            for lower, value_id in reversed(self._bands())
        ]
        if not whens:
            return SQL("NULL::int")
        return SQL("CASE %s ELSE NULL END", SQL(" ").join(whens))

    @api.model
    @tries_again("key_field_bands_cron")
    def _cron_fill_bands(self):
        """Let the bands of dates follow the calendar: people have birthdays."""
        self._switched_on()._fill_bands()
