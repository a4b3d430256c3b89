"""Domains in words."""

from typing import NamedTuple

from babel.dates import get_month_names

from odoo import fields
from odoo.fields import Domain
from odoo.tools import format_list, formatLang

from .date_words import DateWords

SAME = {"==": "=", "<>": "!=", "=?": "="}
EQUAL = {"=": True, "in": True, "!=": False, "not in": False}
SUBDOMAIN = ("any", "not any")


def values_of(value):
    """Return the values that a condition compares with, as a list."""
    return list(value) if isinstance(value, (list, tuple, set)) else [value]


def named_records(domain, model):
    """Return the records that a domain names by id, ``{model name: ids}``.

    :param model: of the records that the domain is about
    """
    named = {}
    for condition in domain.iter_conditions():
        target = _target(model, condition.field_expr)
        if target is None:
            continue
        if condition.operator in SUBDOMAIN:
            inner = named_records(Domain(condition.value), target)
        else:
            ids = {id_ for id_ in values_of(condition.value) if type(id_) is int}
            inner = {target._name: ids}
        for name, ids in inner.items():
            named.setdefault(name, set()).update(ids - {0})
    return named


def _target(model, path):
    """Return the model that a path of fields leads to; None if to a plain value."""
    for name in path.split("."):
        field = model._fields.get(name)
        if name == "id":
            return model
        if field is None or not field.relational:
            return None
        model = model.env[field.comodel_name]
    return model


def names_of(env, named):
    """Return ``{(model name, id): name}`` of those that the user may read.

    :param named: ``{model name: ids}``
    """
    return {
        (model, record.id): record.display_name
        for model, ids in named.items()
        if env[model].has_access("read")
        for record in env[model]
        .with_context(active_test=False)
        .search([("id", "in", list(ids))])
    }


def is_condition(domain):
    """Whether the domain is one field compared with a value."""
    return hasattr(domain, "field_expr")


class Leaf(NamedTuple):
    """What one condition is about."""

    field: fields.Field
    label: str
    part: str  # of a date: ``month_number``…
    model: str  # that a relational field leads to, and ``id``


class DomainWords:
    """Says domains in the language of an environment's user."""

    def __init__(self, env, currency, names):
        """Tell amounts in the currency, and records by ``{(model name, id): name}``."""
        self.env = env
        self.currency = currency
        self.names = names
        self.dates = DateWords(env)

    def say(self, domain, model):
        """Return the domain in words.

        :param model: of the records that it is about
        """
        if domain.is_true():
            return self.env._("everybody")
        if domain.is_false():
            return self.env._("nobody")
        if is_condition(domain):
            return self._condition(domain, model)
        if domain.OPERATOR == "!":
            return self.env._("not (%s)", self.say(domain.child, model))
        joint = self.env._(" and ") if domain.OPERATOR == "&" else self.env._(" or ")
        return joint.join(self._parts(domain, model))

    def _parts(self, domain, model):
        """Say what is joined; the two ends of a range as one."""
        parts, children = [], list(domain.children)
        while children:
            child = children.pop(0)
            if domain.OPERATOR == "&" and children:
                if words := self._range(child, children[0], model):
                    parts.append(words)
                    del children[0]
                    continue
            words = self.say(child, model)
            is_joint = not is_condition(child) and child.OPERATOR != "!"
            parts.append(f"({words})" if is_joint else words)
        return parts

    def label(self, path, model):
        """Return the labels of the fields on a path from ``model`` on."""
        return self._leaf(path, model).label

    # --- One condition ----------------------------------------------------------

    def _condition(self, condition, model):
        """Return field, operator and value in words."""
        leaf = self._leaf(condition.field_expr, model)
        operator = SAME.get(condition.operator, condition.operator)
        if operator in SUBDOMAIN:
            return self._subdomain(leaf, operator, Domain(condition.value))
        values = values_of(condition.value)
        if operator in EQUAL:
            return self._equal(leaf, EQUAL[operator], values)
        if operator.endswith("like"):
            return self._like(leaf.label, operator, str(condition.value))
        said = {"field": leaf.label, "value": self._any_of(leaf, values)}
        return self._compared(leaf, operator, said)

    def _leaf(self, path, model):
        """Return what a path of fields is about, with the labels on the way."""
        labels, part, field = [], None, None
        for name in path.split("."):
            if field is not None and field.type in ("date", "datetime"):
                part = name
                labels.append(self._part_label(name))
            elif field is not None and field.type == "properties":
                labels.append(self._property_label(field, name))
            else:
                field = model._fields[name]
                labels.append(self._label(model, field))
                model = self.env[field.comodel_name] if field.relational else model
        leads_to = model._name if field.relational or field.name == "id" else ""
        return Leaf(field, " → ".join(labels), part, leads_to)

    def _label(self, model, field):
        if field.name == "id":
            return self.env["ir.model"].sudo()._get(model._name).name
        return field.get_description(self.env, ["string"])["string"]

    def _part_label(self, name):
        parts = {
            "year_number": self.env._("year"),
            "quarter_number": self.env._("quarter"),
            "month_number": self.env._("month"),
            "iso_week_number": self.env._("week"),
            "day_of_year": self.env._("day of the year"),
            "day_of_month": self.env._("day of the month"),
            "day_of_week": self.env._("day of the week"),
            "hour_number": self.env._("hour"),
            "minute_number": self.env._("minute"),
            "second_number": self.env._("second"),
        }
        return parts[name]

    def _property_label(self, field, name):
        model = self.env[field.model_name]
        return model.get_property_definition(f"{field.name}.{name}").get("string", name)

    # --- Operators --------------------------------------------------------------

    def _subdomain(self, leaf, operator, domain):
        said = {
            "field": leaf.label,
            "conditions": self.say(domain, self.env[leaf.model]),
        }
        if domain.is_true():
            return self._equal(leaf, operator == "not any", [False])
        if operator == "any":
            return self.env._("has %(field)s where (%(conditions)s)", **said)
        return self.env._("has no %(field)s where (%(conditions)s)", **said)

    def _equal(self, leaf, is_equal, values):
        """Say that the field is, or is not, any of the values."""
        field = {"field": leaf.label}
        if leaf.field.type == "boolean":
            if is_equal == (True in values):
                return self.env._("%(field)s: yes", **field)
            return self.env._("%(field)s: no", **field)
        if values == [False] and is_equal:
            return self.env._("%(field)s is empty", **field)
        if values == [False]:
            return self.env._("%(field)s is filled in", **field)
        said = {**field, "value": self._any_of(leaf, values)}
        if leaf.field.type in ("one2many", "many2many"):
            if is_equal:
                return self.env._("%(field)s include %(value)s", **said)
            return self.env._("%(field)s do not include %(value)s", **said)
        if is_equal:
            return self.env._("%(field)s is %(value)s", **said)
        return self.env._("%(field)s is not %(value)s", **said)

    def _like(self, label, operator, text):
        """Say that the field contains the text, or is like it."""
        said = {"field": label, "text": text}
        if not operator.endswith("=like") and not operator.endswith("=ilike"):
            if operator.startswith("not"):
                return self.env._("%(field)s does not contain “%(text)s”", **said)
            return self.env._("%(field)s contains “%(text)s”", **said)
        if operator.startswith("not"):
            return self.env._("%(field)s does not match “%(text)s”", **said)
        if text.endswith("%") and "%" not in text[:-1]:
            said["text"] = text[:-1]
            return self.env._("%(field)s starts with “%(text)s”", **said)
        return self.env._("%(field)s matches “%(text)s”", **said)

    def _compared(self, leaf, operator, said):
        """Say how the field stands to the value."""
        words = {
            "child_of": self.env._("%(field)s is %(value)s or below", **said),
            "parent_of": self.env._("%(field)s is %(value)s or above", **said),
            "<": self.env._("%(field)s is less than %(value)s", **said),
            "<=": self.env._("%(field)s is at most %(value)s", **said),
            ">": self.env._("%(field)s is more than %(value)s", **said),
            ">=": self.env._("%(field)s is at least %(value)s", **said),
        }
        if leaf.field.type in ("date", "datetime") and not leaf.part:
            words |= {
                "<": self.env._("%(field)s is before %(value)s", **said),
                "<=": self.env._("%(field)s is until %(value)s", **said),
                ">": self.env._("%(field)s is after %(value)s", **said),
                ">=": self.env._("%(field)s is from %(value)s on", **said),
            }
        return words[operator]

    def _range(self, low, high, model):
        """Say in one what the two are the ends of; nothing if they are not."""
        if not is_condition(low) or not is_condition(high):
            return None
        ends = (low.operator, high.operator)
        if low.field_expr != high.field_expr or ends not in ((">=", "<="), (">=", "<")):
            return None
        leaf = self._leaf(low.field_expr, model)
        if ends == (">=", "<") and (named := self._named_range(leaf, low, high)):
            return named
        said = {
            "field": leaf.label,
            "low": self._value(leaf, low.value),
            "high": self._value(leaf, high.value),
        }
        if ends == (">=", "<="):
            return self.env._("%(field)s is from %(low)s to %(high)s", **said)
        return self.env._(
            "%(field)s is from %(low)s to before %(high)s",
            **said,
        )

    def _named_range(self, leaf, low, high):
        """Say a range that Odoo's screens offer by a name of its own."""
        said = {"field": leaf.label}
        words = {
            ("today", "today +1d"): self.env._("%(field)s is today", **said),
            ("today -7d", "today"): self.env._(
                "%(field)s is in the last 7 days", **said
            ),
            ("today -30d", "today"): self.env._(
                "%(field)s is in the last 30 days", **said
            ),
            ("today =1d", "today +1d"): self.env._(
                "%(field)s is in this month, until today", **said
            ),
            ("today =1d -1m", "today =1d"): self.env._(
                "%(field)s is in last month", **said
            ),
            ("today =1m =1d", "today +1d"): self.env._(
                "%(field)s is in this year, until today", **said
            ),
            ("today =1d -12m", "today =1d"): self.env._(
                "%(field)s is in the last 12 whole months", **said
            ),
        }
        ends = (low.value, high.value)
        return words.get(ends) if all(isinstance(end, str) for end in ends) else None

    # --- Values -----------------------------------------------------------------

    def _any_of(self, leaf, values):
        """Return the values in words, any of them."""
        words = [self._value(leaf, value) for value in values]
        return format_list(self.env, words, style="or") if words else "–"

    def _value(self, leaf, value):
        """Return a value in words."""
        kind = leaf.field.type
        if value is False or value is None:
            return self.env._("empty")
        if leaf.model and type(value) is int:
            return self._name(leaf.model, value)
        if leaf.part == "month_number":
            return get_month_names("wide", locale=self.dates.locale)[int(value)]
        if kind in ("date", "datetime") and not leaf.part:
            return self.dates.say(value)
        if kind == "selection":
            labels = dict(
                leaf.field.get_description(self.env, ["selection"])["selection"]
            )
            value = labels.get(value, value)
        elif isinstance(value, (int, float)) and kind != "boolean":
            return self._number(leaf, value)
        return f"“{value}”"

    def _number(self, leaf, value):
        if leaf.field.type == "monetary":
            return formatLang(self.env, value, currency_obj=self.currency)
        is_whole = float(value).is_integer()
        return formatLang(self.env, value, digits=0 if is_whole else 2)

    def value_of(self, model, name, value):
        """Return a field and the value that it has, as JSON has it, in words."""
        leaf = self._leaf(name, model)
        return self.env._(
            "%(field)s: %(value)s", field=leaf.label, value=self._value(leaf, value)
        )

    def _name(self, model, id_):
        name = self.names.get((model, id_))
        if name is None:
            return self.env._("something deleted or hidden from you")
        return f"“{name}”"
