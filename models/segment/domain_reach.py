"""What it hangs on, whom a domain finds."""

from odoo.fields import Domain

from .condition import CONTACT, FIGURES, PARTNER, SEGMENT, TOPICS
from .date_words import is_relative
from .domain_words import SUBDOMAIN, values_of

#: fields that lead to contacts of the same customer, which are looked at together
FAMILY = {"child_ids", "commercial_partner_id", "id", "parent_id"}
#: fields of contacts that are not written on them, or not by people, and what tells
TOLD = {
    "customer_rank": {FIGURES},
    "supplier_rank": {FIGURES},
    "segmentation_billing": {FIGURES},
    "segmentation_competitor_unit_ids": {FIGURES},
    "segmentation_completeness": {PARTNER, FIGURES},
    "segmentation_completeness_band": {PARTNER, FIGURES},
    "segmentation_customer_unit_ids": {FIGURES},
    "segmentation_ex_customer_unit_ids": {FIGURES},
    "segmentation_gap": {FIGURES},
    "segmentation_is_account": {PARTNER},
    "segmentation_last_call": {CONTACT},
    "segmentation_last_contact": {CONTACT},
    "segmentation_last_contact_band": {CONTACT},
    "segmentation_last_contact_kind": {CONTACT},
    "segmentation_last_email": {CONTACT},
    "segmentation_last_meeting": {CONTACT},
    "segmentation_last_sms": {CONTACT},
    "segmentation_last_visit": {CONTACT},
    "segmentation_membership_ids": {SEGMENT},
    "segmentation_position_id": {FIGURES},
    "segmentation_potential": {FIGURES},
    "segmentation_prospect_unit_ids": {FIGURES},
    "segmentation_quadrant": {FIGURES},
    "segmentation_relation": {FIGURES},
    "segmentation_segment_ids": {SEGMENT},
    "segmentation_share": {FIGURES},
}
#: of those, what the date alone changes too
TIMED = {
    "segmentation_completeness",
    "segmentation_completeness_band",
    *(name for name, topics in TOLD.items() if CONTACT in topics),
}


class Reach:
    """What a domain on contacts hangs on.

    - ``topics``: what may happen to a contact that it concerns
    - ``is_timed``: the date alone may change whom it finds
    - ``is_untold``: so may changes of other records, which nobody tells
    """

    def __init__(self, domain, model, told=()):
        """Look at the domain on ``model``: contacts, or documents of contacts.

        :param told: names of the fields of documents whose change is told to those
            whom the documents are of
        """
        self.topics = {PARTNER}
        self.is_timed = self.is_untold = False
        self._told = {model._name: told}
        self._look_at(domain, model)

    def _look_at(self, domain, model):
        for condition in domain.iter_conditions():
            self._follow(condition, model)

    def _follow(self, condition, model):
        """Follow the path of the condition's fields as long as it is among contacts."""
        name, _dot, rest = condition.field_expr.partition(".")
        field = model._fields.get(name)
        if field is None:
            return None  # gone since; the run tells
        if field.related and not field.store and name not in TOLD:
            path = ".".join(filter(None, (field.related, rest)))
            return self._follow(
                Domain(path, condition.operator, condition.value), model
            )
        if field.type in ("date", "datetime"):
            self.is_timed |= any(map(is_relative, values_of(condition.value)))
        is_subdomain = condition.operator in SUBDOMAIN
        if model._name != "res.partner":
            self._hang_on_document(field, condition, rest)
        elif name not in FAMILY:
            self._hang_on(field, condition, is_path=bool(rest) and field.relational)
        if not field.relational and name != "id":
            return None
        model = model if name == "id" else model.env[field.comodel_name]
        if rest:
            return self._follow(self._on(rest, condition), model)
        if is_subdomain:
            self._look_at(Domain(condition.value), model)
        return None

    def _on(self, path, condition):
        return Domain(path, condition.operator, condition.value)

    def _hang_on_document(self, field, condition, rest):
        """Note whether the field of a document, and whatever is beyond it, is told."""
        if field.name not in self._told.get(field.model_name, ()):
            self.is_untold = True
        elif not rest:
            self.is_untold |= self._is_beyond(field, condition)
        elif field.relational:
            self.is_untold |= field.comodel_name != "res.partner"

    def _is_beyond(self, field, condition):
        """Return whether the condition is about more than which records are linked."""
        return field.relational and (
            field.type == "one2many"
            or condition.operator not in ("=", "!=", "in", "not in")
            or any(isinstance(value, str) for value in values_of(condition.value))
        )

    def _hang_on(self, field, condition, is_path):
        """Note what changes the contact's own field, and what is beyond it."""
        self.is_untold |= is_path or self._is_beyond(field, condition)
        self.is_timed |= field.name in TIMED
        if field.name in TOLD:
            self.topics |= TOLD[field.name]
        elif not field.store:
            self.topics |= TOPICS
            self.is_untold = True
