"""Of which segments a domain asks for the members."""

from odoo.fields import Domain

from .domain_words import EQUAL, SUBDOMAIN, is_condition, values_of

#: what comes of reading a text as a domain that is none
NO_DOMAIN = (
    AttributeError,
    LookupError,
    MemoryError,
    RecursionError,
    TypeError,
    ValueError,
)
#: models of contacts, whose fields lead to segments
CONTACTS = {"res.partner", "res.users"}
#: their fields that do
MEMBER_OF, MEMBERSHIPS = ASKING_MEMBERS = (
    "segmentation_segment_ids",
    "segmentation_membership_ids",
)


def segments_asked(domain, model):
    """Return the domain of the segments on whose members the domain hangs.

    Rather too many than too few: who asks for "no segment" asks for all of them.

    :param model: of the records that the domain is about
    """
    return Domain.OR(
        _asked_on(model, condition.field_expr, condition)
        for condition in domain.iter_conditions()
    )


def _asked_on(model, path, condition):
    """Return the domain of those that a path from ``model`` on asks for."""
    name, _dot, rest = path.partition(".")
    field = model._fields.get(name)
    if field is None or not field.relational:
        return Domain.FALSE
    target = model.env[field.comodel_name]
    if rest:
        inner = Domain(rest, condition.operator, condition.value)
    elif condition.operator in SUBDOMAIN:
        inner = Domain(condition.value)
    else:
        inner = None
    asked = segments_asked(inner, target) if inner is not None else Domain.FALSE
    if model._name not in CONTACTS:
        return asked
    if name == MEMBER_OF:
        return asked | (_named(condition) if inner is None else inner)
    if name == MEMBERSHIPS:
        return asked | _of_memberships(inner)
    return asked


def _named(condition):
    """Return the domain of the segments that a value names: by id, by name or all."""
    operator = condition.operator.removeprefix("not ")
    if operator.endswith("like"):
        return Domain("name", operator, condition.value)
    values = values_of(condition.value)
    if condition.operator not in EQUAL or not all(values):
        return Domain.TRUE
    names = [value for value in values if isinstance(value, str)]
    ids = [value for value in values if not isinstance(value, str)]
    return Domain("id", "in", ids) | Domain("name", "in", names)


def _of_memberships(domain):
    """Return the domain of the segments of memberships that meet another one.

    Of all, unless the segment is one of the things that must be met.
    """
    if domain is None or domain.is_true():
        return Domain.TRUE
    joined = not is_condition(domain) and domain.OPERATOR == "&"
    parts = domain.children if joined else [domain]
    return Domain.AND(map(_of_membership, filter(is_condition, parts)))


def _of_membership(condition):
    """Return the domain of the segments of memberships that meet one condition."""
    name, _dot, rest = condition.field_expr.partition(".")
    if name != "segment_id":
        return Domain.TRUE
    values = values_of(condition.value)
    if condition.operator in SUBDOMAIN:
        return Domain(condition.value)
    is_by_name = any(isinstance(value, str) for value in values)
    path = rest or ("name" if is_by_name else "id")
    return Domain(path, condition.operator, condition.value)
