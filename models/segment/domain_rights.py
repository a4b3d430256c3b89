"""Whether a domain asks for what its author may not read."""

from odoo.fields import Domain

from .domain_words import EQUAL, SUBDOMAIN


def unreadable(domain, model):
    """Return the path to the first field by which the domain asks for too much.

    Whoever asks "has any invoice" learns of invoices. Odoo refuses to have fields of
    records compared that the user may not read, but not to have the records themselves
    counted, nor fields of some groups that have a search of their own.

    :param model: of the records that the domain is about, with the author's rights
    :return: the path, as ``child_ids.invoice_ids``, else None
    """
    for condition in domain.iter_conditions():
        names = condition.field_expr.split(".")
        if found := _unreadable_from(model, names, condition):
            return found
    return None


def _unreadable_from(model, names, condition):
    """Return the path to a field that may not be read, from ``model`` on."""
    name, *rest = names
    field = model._fields.get(name)
    if field is None:
        return None  # there is nothing to read
    if not model._has_field_access(field, "read"):
        return name
    if not field.relational or not rest and _is_own_value(field, condition):
        return None
    target = model.env[field.comodel_name]
    if not target.has_access("read"):
        return name
    found = None
    if rest:
        found = _unreadable_from(target, rest, condition)
    elif condition.operator in SUBDOMAIN:
        found = unreadable(Domain(condition.value), target)
    return f"{name}.{found}" if found else None


def _is_own_value(field, condition):
    """Whether only the id is compared that the record itself holds."""
    return field.type == "many2one" and condition.operator in EQUAL
