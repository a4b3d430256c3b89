from lxml.builder import E

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ...engine.bands import age_on, band_of
from ..common.groups import USER
from .field import PREFIX

COMPLETENESS = [
    "segmentation_completeness",
    "segmentation_completeness_band",
    "segmentation_missing_fields",
]
COMPARISONS = {"<": SQL("<"), "<=": SQL("<="), ">": SQL(">"), ">=": SQL(">=")}


class ResPartner(models.Model):
    _inherit = "res.partner"

    segmentation_customer_rank = fields.Integer(
        related="commercial_partner_id.customer_rank",
        string="Customer Rank of the Company",
        groups="base.group_user",
    )
    segmentation_completeness = fields.Integer(
        string="Completeness",
        compute="_compute_segmentation_completeness",
        search="_search_segmentation_completeness",
        aggregator="avg",
        groups=USER,
        help="Of the mandatory and recommended key fields that are for this contact,"
        " the share that is filled in, in percent, rounded down.",
    )
    segmentation_missing_fields = fields.Char(
        string="Missing Key Fields",
        compute="_compute_segmentation_completeness",
        groups=USER,
        help="The mandatory key fields that are empty, then the recommended ones.",
    )

    # --- Values ---------------------------------------------------------------------

    @api.model
    def _key_field_names(self):
        return [name for name in self._fields if name.startswith(PREFIX)]

    @api.model
    def _key_field_value_names(self):
        return [
            name
            for name in self._key_field_names()
            if self._fields[name].comodel_name == "segmentation.value"
        ]

    @api.model
    def _selection_segmentation_yes_no(self):
        """Yes, no, and empty for what nobody asked yet."""
        return [("yes", self.env._("Yes")), ("no", self.env._("No"))]

    @api.constrains(lambda self: self._key_field_value_names())
    def _check_segmentation_values(self):
        """Refuse a value of another key field, as imports and the API may give."""
        fetched = self.sudo()
        fetched.fetch(self._key_field_value_names())
        for field in self.env["segmentation.field"]._switched_on():
            if field.technical_name not in self._key_field_value_names():
                continue
            for value in fetched[field.technical_name]:
                if value.field_id != field:
                    raise ValidationError(
                        self.env._(
                            "“%(value)s” is a value of “%(other)s”: choose one of"
                            " “%(field)s”.",
                            value=value.name,
                            other=value.field_id.name,
                            field=field.name,
                        )
                    )

    def _compute_segmentation_band(self, name):
        """Put contacts in the band of the number or of the years since the date."""
        band = self.env["segmentation.field"]._of_column(self._fields[name])
        bands = band._bands()
        today = fields.Date.today()
        for partner in self:
            measure = partner[band.source_id.technical_name]
            if not measure:
                partner[name] = False
                continue
            if band.source_id.type == "date":
                measure = age_on(today, measure)
            partner[name] = band_of(measure, bands)

    def write(self, vals):
        """Have the completeness computed anew."""
        result = super().write(vals)
        if any(name.startswith(PREFIX) for name in vals):
            self.invalidate_recordset(COMPLETENESS, flush=False)
        return result

    # --- Completeness ---------------------------------------------------------------

    # Key fields come and go, dependencies cannot: `write` stands in for them.
    @api.depends("is_company", "country_id", "segmentation_customer_rank")
    @api.depends_context("company", "lang", "uid")
    def _compute_segmentation_completeness(self):
        counted = self.env["segmentation.field"]._counted()
        self._origin.fetch(counted.mapped("technical_name"))
        asked = dict.fromkeys(self, 0)
        missing = {partner: [] for partner in self}
        for field in counted:
            for partner in self.filtered_domain(field._applies_domain()):
                asked[partner] += 1
                if not partner[field.technical_name]:
                    missing[partner].append(field.name)
        for partner in self:
            filled = asked[partner] - len(missing[partner])
            partner.segmentation_completeness = (
                100 * filled // asked[partner] if asked[partner] else 100
            )
            partner.segmentation_missing_fields = ", ".join(missing[partner])

    def _search_segmentation_completeness(self, operator, value):
        self._check_segmentation_searched("segmentation_completeness")
        if operator not in ("in", *COMPARISONS):
            return NotImplemented

        def to_sql(model, alias, query):
            completeness = model._completeness_sql(alias, query)
            if operator == "in":
                return SQL("%s IN %s", completeness, tuple(map(int, value)))
            return SQL("%s %s %s", completeness, COMPARISONS[operator], value)

        return Domain.custom(to_sql=to_sql)

    def _field_to_sql(self, alias, field_expr, query=None):
        """Let the completeness be grouped and sorted by."""
        if field_expr != "segmentation_completeness":
            return super()._field_to_sql(alias, field_expr, query)
        self._check_field_access(self._fields[field_expr], "read")
        return self._completeness_sql(alias, query)

    def _completeness_sql(self, alias, query):
        """Return the completeness in SQL: what `_compute_segmentation_completeness`
        says of each contact, from the same key fields."""
        partners = self.sudo()
        if query is None:  # and not "if query": that would run it
            query = partners._as_query()
        asked, filled = [SQL("0")], [SQL("0")]
        for field in self.env["segmentation.field"]._counted():
            applies = field._applies_domain()
            is_filled = applies & Domain(field.technical_name, "!=", False)
            for domain, terms in ((applies, asked), (is_filled, filled)):
                condition = domain.optimize_full(partners)._to_sql(
                    partners, alias, query
                )
                terms.append(SQL("CASE WHEN %s THEN 1 ELSE 0 END", condition))
        return SQL(
            "COALESCE(100 * (%s) / NULLIF(%s, 0), 100)",
            SQL(" + ").join(filled),
            SQL(" + ").join(asked),
        )

    # --- Messages -------------------------------------------------------------------

    @api.model
    def mail_allowed_qweb_expressions(self):
        """Let marketing users who are no template editors write of key fields."""
        return (
            *super().mail_allowed_qweb_expressions(),
            *self.env["segmentation.field"]._shown()._placeholders(),
        )

    # --- Views ----------------------------------------------------------------------

    @api.model
    def fields_get(self, allfields=None, attributes=None):
        """Keep archived key fields from filters, exports and imports."""
        result = super().fields_get(allfields, attributes)
        for field in self.env["segmentation.field"]._switched_on():
            if not field.active and field.technical_name in result:
                hidden = {
                    "searchable": False,
                    "sortable": False,
                    "groupable": False,
                    "exportable": False,
                    "readonly": True,
                }
                description = result[field.technical_name]
                description.update(
                    {key: hidden[key] for key in hidden if key in description}
                )
        return result

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        """Add the key fields; the views are cached until a key field changes."""
        arch, view = super()._get_view(view_id, view_type, **options)
        shown = self.env["segmentation.field"]._shown()
        add = getattr(self, f"_add_key_fields_to_{view_type}", None)
        if shown and add:
            add(arch, shown)
        return arch, view

    @api.model
    def _add_key_fields_to_form(self, arch, shown):
        """Add them before the tabs, and to the contacts of a company.

        Small forms, made for a name and an address, get those nobody may leave out.
        """
        shown = shown.filtered("show_form")
        notebook = arch.find(".//notebook")
        if notebook is not None and shown:
            notebook.addprevious(shown._form_group())
            for sheet in arch.iterfind(".//field[@name='child_ids']/form/sheet"):
                sheet.append(shown._form_group())
        mandatory = shown.filtered(lambda field: field.requirement == "mandatory")
        if notebook is None and mandatory:
            sheet = arch.find(".//sheet")
            (arch if sheet is None else sheet).append(mandatory._form_group())

    @api.model
    def _add_key_fields_to_list(self, arch, shown):
        """Add them as the last columns, which would leave few letters of the name."""
        listed = shown.filtered("show_list")
        arch.extend(field._list_node() for field in listed)
        name = arch.find("./field[@name='complete_name']")
        if listed and name is not None:
            name.set("width", "220px")

    @api.model
    def _add_key_fields_to_kanban(self, arch, shown):
        footer = arch.find(".//t[@t-name='card']//footer")
        if footer is not None:
            for field in shown.filtered("show_kanban"):
                footer.addprevious(field._card_node())

    @api.model
    def _add_key_fields_to_search(self, arch, shown):
        group = arch.find("./group")
        for field in shown.filtered("show_search"):
            if group is None:
                arch.append(field._search_node())
            else:
                group.addprevious(field._search_node())
                group.append(field._group_by_node())
        panel = shown.filtered("show_search_panel")
        if panel:
            self._add_key_fields_to_search_panel(arch, panel)

    @api.model
    def _add_key_fields_to_search_panel(self, arch, shown):
        panel = arch.find("./searchpanel")
        if panel is None:
            panel = E.searchpanel()
            arch.append(panel)
        panel.extend(field._search_panel_node() for field in shown)
