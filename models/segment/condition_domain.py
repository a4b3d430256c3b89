from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..common.domains import check_domain, read_domain, translate_domain
from .domain_reach import Reach
from .domain_rights import unreadable
from .domain_segments import NO_DOMAIN, segments_asked
from .domain_words import EQUAL, DomainWords, named_records, names_of, values_of

#: types of fields whose value tells something, where it is not what was asked for
TELLING = {"char", "date", "datetime", "float", "integer", "monetary", "selection"}


class SegmentationCondition(models.Model):
    """What the contact is, by any of its fields and records, as Odoo filters say it."""

    _inherit = "segmentation.condition"

    kind = fields.Selection(
        selection_add=[("domain", "Fields of the contact")],
        ondelete={"domain": "cascade"},
    )
    partner_domain = fields.Char(string="Conditions on the Contact", default="[]")

    def _domain_asked(self):
        """Return the domain of the condition as text, and the model that it is on."""
        return self.partner_domain, "res.partner"

    def _domain(self):
        """Return the condition's domain; ValueError if it cannot be read as one."""
        text, _model = self._domain_asked()
        return read_domain(text)

    def _problem_domain(self):
        """Not literal, unknown, by a field that its author may not read, or deleted."""
        return self._domain_problem(check_domain)

    def _domain_problem(self, check):
        """Return a sentence on what is wrong with the domain, else nothing.

        :param check: one of ``common/domains.py``
        """
        _text, model = self._domain_asked()
        try:
            domain = self._domain()
            if path := unreadable(domain, self.env[model]):
                return self._problem_unreadable(path)
            check(domain, self.env[model])
        except AccessError:
            return self.env._(
                "A condition uses a field that you may not read: remove it."
            )
        except ValueError as error:
            return self.env._(
                "The condition cannot be used: choose existing fields and plain "
                "values. (%(error)s)",
                error=error,
            )
        return self._problem_deleted(domain) or self._circle_problem()

    def _problem_unreadable(self, path):
        """Return that the author may not read what a path of fields leads to."""
        _text, model = self._domain_asked()
        return self.env._(
            "%(user)s may not read “%(field)s”, which the condition asks for: take it "
            "out, or ask an administrator for access.",
            user=self.env.user.name,
            field=DomainWords(self.env, self.currency_id, {}).label(
                path, self.env[model]
            ),
        )

    def _check_domain(self):
        """Stop the run with a sentence where fields or records are gone since.

        :raise UserError: as :meth:`_problem_domain` has it
        """
        if problem := self._domain_problem(translate_domain):
            raise UserError(problem)

    def _problem_deleted(self, domain):
        """Return that the domain names a record that is no more, else nothing."""
        _text, model = self._domain_asked()
        for name, ids in named_records(domain, self.env[model]).items():
            records = self.env[name].browse(ids)
            if len(records.exists()) < len(records):
                return self.env._(
                    "The condition “%(sentence)s” names a record that was deleted "
                    "(%(model)s): choose another one.",
                    sentence=self._sentence(),
                    model=self.env["ir.model"].sudo()._get(name).name,
                )
        return None

    # --- In words ---------------------------------------------------------------

    @api.depends(lambda self: self._parameters())
    @api.depends_context("lang", "uid")
    def _compute_sentence(self):
        """Read the names that the domains need at once, and not one by one."""
        named = self.with_context(segmentation_names=self._domain_names())
        return super(SegmentationCondition, named)._compute_sentence()

    def _domain_names(self):
        """Return the names of the records that the domains name by id."""
        named = {}
        for condition in self:
            for model, ids in condition._domain_named().items():
                named.setdefault(model, set()).update(ids)
        return names_of(self.env, named)

    def _domain_named(self):
        """Return the records named, ``{model: ids}``; none where it cannot be read."""
        if self.kind not in self._domain_kinds():
            return {}
        _text, model = self._domain_asked()
        try:
            return named_records(self._domain(), self.env[model])
        except (KeyError, ValueError):
            return {}

    @api.model
    def _domain_kinds(self):
        """Return the kinds that have a domain."""
        return {"domain"}

    def _domain_words(self):
        names = self.env.context.get("segmentation_names")
        if names is None:
            names = self._domain_names()
        return DomainWords(self.env, self.currency_id, names)

    def _sentence_domain(self):
        """Return the domain in words, or as it is where it cannot be read."""
        text, model = self._domain_asked()
        try:
            return self._domain_words().say(self._domain(), self.env[model])
        except (KeyError, ValueError):
            return text

    def _values_domain(self, values):
        partners = self.env["res.partner"]
        words = DomainWords(self.env, self.currency_id, {})
        return "; ".join(
            words.value_of(partners, name, value)
            for name, value in values.items()
            if name in partners._fields
            and partners._has_field_access(partners._fields[name], "read")
        )

    # --- What it hangs on -------------------------------------------------------

    def _reach(self, told=()):
        """Return what the domain hangs on.

        :param told: see :class:`Reach`
        """
        _text, model = self._domain_asked()
        return Reach(self._domain(), self.env[model], told)

    def _topics_domain(self):
        return self._reach().topics

    def _is_timed_domain(self):
        return self._reach().is_timed

    def _is_untold_domain(self):
        return self._reach().is_untold

    def _segments_asked(self):
        """Return the domain of the segments on whose members the domain hangs."""
        if self.kind not in self._domain_kinds():
            return Domain.FALSE
        _text, model = self._domain_asked()
        try:
            return segments_asked(self._domain(), self.env[model])
        except NO_DOMAIN:
            return Domain.FALSE  # the run tells

    # --- Whom it finds ----------------------------------------------------------

    def _select_domain(self, scope):
        """Contacts, searched with the rights of the rule's author."""
        self._check_domain()
        domain = self._domain()
        partners = self.env["res.partner"]
        query = partners._search(domain)
        query.add_where(scope.members(SQL("res_partner.id")))
        pairs = [
            SQL("%s, %s", name, partners._field_to_sql("res_partner", name, query))
            for name in self._telling_fields(domain)
        ]
        return query.select(
            SQL("res_partner.id AS key"),
            SQL("JSONB_BUILD_OBJECT(%s) AS detail", SQL(", ").join(pairs)),
        )

    @api.model
    def _telling_fields(self, domain):
        """Return the contact's own fields whose value says more than the condition."""
        own = self.env["res.partner"]._fields
        return sorted(
            {
                condition.field_expr
                for condition in domain.iter_conditions()
                if condition.field_expr in own
                and own[condition.field_expr].store
                and own[condition.field_expr].type in TELLING
                and not (
                    condition.operator in EQUAL
                    and EQUAL[condition.operator]
                    and len(values_of(condition.value)) == 1
                )
            }
        )
