import re
import unicodedata

from odoo import api, fields, models, tools
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ..common.caches import clear_caches

PREFIX = "x_segmentation_"
# PostgreSQL's names have 63 characters; those of indexes and tables add to this one.
MAX_NAME = 45
WITH_VALUES = ("choice", "choices", "band")
FIXED = ("technical_name", "type", "source_id")


class SegmentationField(models.Model):
    """A key field: what the firm wants to know about each contact.

    Administrators describe it; once switched on it is a real field of contacts, named
    ``x_segmentation_…``, that filters, lists, imports, mailings and the API use like
    any other. It belongs to all companies, as contacts do.

    Mandatory is a matter of the screens on which people edit contacts: imports, the API
    and sign-ups go through, and `res.partner.segmentation_completeness` reports them.
    """

    _name = "segmentation.field"
    _description = "Key Field"
    _order = "sequence, id"

    name = fields.Char(string="Label", required=True, translate=True)
    help = fields.Text(translate=True, help="Shown to those who hover over the label.")
    technical_name = fields.Char(
        required=True,
        copy=False,
        help="The name of the field for imports, e-mail placeholders and the API. It"
        " follows from the first label and is fixed once the key field is switched on.",
    )
    type = fields.Selection(
        [
            ("choice", "Single Choice"),
            ("choices", "Several Choices"),
            ("number", "Number"),
            ("date", "Date"),
            ("yes_no", "Yes or No"),
            ("text", "Text"),
            ("band", "Band of a Number or Date"),
        ],
        required=True,
        default="choice",
        help="A band follows from a number or from the years since a date, such as an"
        " age from a birth date, by the bounds of its values. A number of 0 counts as"
        " not known.",
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(
        default=True, help="An archived key field is hidden; its values are kept."
    )
    state = fields.Selection(
        [("draft", "Not Switched On"), ("on", "In Use")],
        string="Status",
        required=True,
        readonly=True,
        copy=False,
        default="draft",
    )
    value_ids = fields.One2many(
        "segmentation.value", "field_id", string="Values", copy=True
    )
    source_id = fields.Many2one(
        "segmentation.field",
        string="Derived from",
        domain="[('type', 'in', ('number', 'date'))]",
        index="btree_not_null",
        ondelete="restrict",
        help="The number that is put into bands, or the date whose whole years are.",
    )
    requirement = fields.Selection(
        [
            ("mandatory", "Mandatory"),
            ("recommended", "Recommended"),
            ("optional", "Optional"),
        ],
        required=True,
        default="optional",
        help="Mandatory: people cannot save a contact without it; imports and sign-ups"
        " can. Mandatory and recommended ones count for the completeness of contacts.",
    )
    applies_to = fields.Selection(
        [
            ("both", "Companies and Persons"),
            ("companies", "Companies"),
            ("persons", "Persons"),
        ],
        string="For",
        required=True,
        default="both",
    )
    customers_only = fields.Boolean(
        help="Only for contacts of customers that were invoiced or made as customers."
    )
    country_ids = fields.Many2many(
        "res.country",
        string="Countries",
        ondelete="restrict",
        help="Leave empty for all countries.",
    )
    unit_ids = fields.Many2many(
        "segmentation.business.unit",
        string="Customers of",
        ondelete="restrict",
        # without one that was archived, the key field would be for everybody
        context={"active_test": False},
        help="Only for customers of one of these business units; leave empty for all.",
    )
    show_form = fields.Boolean(string="In Form", default=True)
    show_list = fields.Boolean(string="In List", default=True)
    show_kanban = fields.Boolean(
        string="On Cards",
        help="On the cards of contacts; single choices are counted on those of"
        " salespeople.",
    )
    show_search = fields.Boolean(
        string="In Search", default=True, help="Search, filter and group by it."
    )
    show_search_panel = fields.Boolean(
        string="In Search Panel", help="Values beside the list, for single choices."
    )

    _technical_name_uniq = models.Constraint(
        "UNIQUE(technical_name)", "Another key field has this technical name."
    )

    @api.constrains("technical_name")
    def _check_technical_name(self):
        for field in self:
            name = field.technical_name
            if len(name) > MAX_NAME or not re.fullmatch(PREFIX + "[a-z0-9_]+", name):
                raise ValidationError(
                    self.env._(
                        "“%(name)s” cannot be the technical name of “%(field)s”: it"
                        " begins with %(prefix)s, followed by small letters, digits and"
                        " underscores, up to %(length)s characters in all.",
                        name=name,
                        field=field.name,
                        prefix=PREFIX,
                        length=MAX_NAME,
                    )
                )

    @api.constrains("type", "source_id", "requirement")
    def _check_source(self):
        for field in self:
            is_band = field.type == "band"
            if is_band and field.source_id.type not in ("number", "date"):
                raise ValidationError(
                    self.env._(
                        "The band “%s” needs a key field to be derived from: choose one"
                        " that is a number or a date.",
                        field.name,
                    )
                )
            if is_band and field.requirement != "optional":
                raise ValidationError(
                    self.env._(
                        "Nobody fills in the band “%(band)s”, so make it optional, and"
                        " make “%(origin)s” mandatory or recommended instead.",
                        band=field.name,
                        origin=field.source_id.name,
                    )
                )
            if field.source_id and not is_band:
                raise ValidationError(
                    self.env._(
                        "“%s” is not a band: leave “Derived from” empty.", field.name
                    )
                )

    @api.constrains("type", "value_ids")
    def _check_values(self):
        for field in self:
            if field.type not in WITH_VALUES and field.value_ids:
                raise ValidationError(
                    self.env._(
                        "“%s” takes no predefined values: delete them, or make it a"
                        " choice.",
                        field.name,
                    )
                )

    @api.onchange("type")
    def _onchange_type(self):
        if self.type == "band":
            self.requirement = "optional"
        else:
            self.source_id = False
        if self.type != "choice":
            self.show_search_panel = False

    @api.model_create_multi
    def create(self, vals_list):
        all_fields = self.sudo().with_context(active_test=False)
        named = all_fields.search([("technical_name", "!=", False)])
        taken = set(named.mapped("technical_name"))
        for vals in vals_list:
            if not vals.get("technical_name"):
                vals["technical_name"] = self._propose_name(vals.get("name"), taken)
            taken.add(vals["technical_name"])
        result = super().create(vals_list)
        if "on" in result.mapped("state"):
            result._check_state()
        self._clear_caches()
        return result

    def write(self, vals):
        self._check_fixed(vals)
        if "state" in vals:
            self._check_state()
        result = super().write(vals)
        self._clear_caches()
        if {"name", "help"} & vals.keys():
            self._check_labels()
            self._sync_labels()
        return result

    def copy_data(self, default=None):
        whole = self.with_context(segmentation_copies_field=True)
        vals_list = super(SegmentationField, whole).copy_data(default)
        if not (default or {}).get("name"):
            for field, vals in zip(self, vals_list, strict=True):
                vals["name"] = self.env._("%s (copy)", field.name)
        return vals_list

    def _update_field_translations(
        self, field_name, translations, digest=None, source_lang=""
    ):
        result = super()._update_field_translations(
            field_name, translations, digest, source_lang
        )
        self._sync_labels()
        return result

    def _check_state(self):
        """Refuse to say, rather than have made, that contacts have the key fields."""
        if not self.env.su:
            raise UserError(
                self.env._(
                    "Press “Switch On” to make a key field a field of contacts: its "
                    "state cannot be set otherwise."
                )
            )

    def _check_fixed(self, vals):
        """Refuse to change what the column of a key field in use is made of."""
        for field in self.filtered(lambda field: field.state == "on"):
            current = field._convert_to_write(
                {name: field[name] for name in FIXED if name in vals}
            )
            if any(vals[name] != value for name, value in current.items()):
                raise UserError(
                    self.env._(
                        "“%s” is in use: its technical name, its type and what it is"
                        " derived from are fixed. Archive it and make another key"
                        " field.",
                        field.name,
                    )
                )

    @api.model
    def _propose_name(self, label, taken):
        """Return a technical name for ``label`` that is not ``taken``."""
        plain = unicodedata.normalize("NFKD", label or "").encode("ascii", "ignore")
        slug = re.sub("[^a-z0-9]+", "_", plain.decode().lower()).strip("_") or "field"
        base = (PREFIX + slug)[: MAX_NAME - 3].strip("_")
        name, number = base, 1
        while name in taken:
            number += 1
            name = f"{base}_{number}"
        return name

    # --- Key fields in use --------------------------------------------------------

    @api.model
    def _clear_caches(self):
        """Have views and the lists of key fields made again, by all workers."""
        clear_caches(self.env, "stable", "templates")

    @api.model
    @tools.ormcache(cache="stable")
    def _switched_on_names(self):
        """Return ``{id: technical name}``."""
        domain = Domain("state", "=", "on")
        found = self.sudo().with_context(active_test=False).search(domain)
        return {field.id: field.technical_name for field in found}

    @api.model
    def _switched_on(self):
        """Return the key fields that contacts have, archived ones included."""
        columns = self.env["res.partner"]._fields
        names = self._switched_on_names()
        return self.sudo().browse(key for key, name in names.items() if name in columns)

    @api.model
    def _shown(self):
        """Return the key fields that people see, in their order."""
        return self._switched_on().filtered("active")

    @api.model
    def _of_column(self, column):
        """Return the key field whose column is `column`, a field of contacts."""
        return self._switched_on().filtered(
            lambda field: column.model_name == "res.partner"
            and field.technical_name == column.name
        )

    @api.model
    def _counted(self):
        """Return the key fields a complete contact has, mandatory ones first."""
        shown = self._shown()
        return shown.filtered(
            lambda field: field.requirement == "mandatory"
        ) + shown.filtered(lambda field: field.requirement == "recommended")

    def _applies_domain(self):
        """Return the domain of the contacts that the key field is for."""
        self.ensure_one()
        domain = Domain.TRUE
        if self.applies_to != "both":
            domain &= Domain("is_company", "=", self.applies_to == "companies")
        if self.customers_only:
            domain &= Domain("segmentation_customer_rank", ">", 0)
        if self.country_ids:
            domain &= Domain("country_id", "in", self.country_ids.ids)
        if self.unit_ids:
            # contacts do not show archived units
            units = self.unit_ids.filtered("active")
            domain &= Domain("segmentation_customer_unit_ids", "in", units.ids)
        return domain

    def _applies_expression(self):
        """Return `_applies_domain` as views have it, empty where it holds for all."""
        self.ensure_one()
        parts = []
        if self.applies_to != "both":
            parts.append(
                "is_company" if self.applies_to == "companies" else "not is_company"
            )
        if self.customers_only:
            parts.append("segmentation_customer_rank > 0")
        if self.country_ids:
            parts.append(f"country_id in {self.country_ids.ids}")
        if self.unit_ids:
            units = [
                f"{unit} in segmentation_customer_unit_ids"
                for unit in self.unit_ids.ids
            ]
            parts.append(f"({' or '.join(units)})")
        return " and ".join(parts)

    # --- Actions ------------------------------------------------------------------

    def action_switch_on(self):
        """Make the key fields, and what they are derived from, fields of contacts."""
        self.check_access("write")
        self._switch_on()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_delete_with_values(self):
        """Delete the key fields and what contacts have in them, for good."""
        self.check_access("unlink")
        self._drop_columns()
        self.unlink()
        return self.env["ir.actions.act_window"]._for_xml_id(
            "agro_segmentation.segmentation_field_action"
        )

    @api.readonly
    def action_view_contacts(self):
        """Open the contacts that have the key field filled in."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": "res.partner",
            "view_mode": "list,kanban,form",
            "domain": [(self.technical_name, "!=", False)],
            "context": {"active_test": False},
        }
