from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import SQL

#: what may have happened to a contact; a condition tells which of it concerns it
PARTNER = "partner"  #: it was written on
FIGURES = "figures"  #: positions, invoices, relations or opportunities
CONTACT = "contact"  #: somebody was in touch with it
MAILING = "mailing"  #: it was mailed, or did something about a mailing
SEGMENT = "segment"  #: it entered or left another segment
TOPICS = {PARTNER, FIGURES, CONTACT, MAILING, SEGMENT}


class SegmentationCondition(models.Model):
    """One condition of a segment's rule.

    Each ``kind`` stands in a file of its own, ``condition_<kind>.py``, which adds the
    kind, its fields and these methods, found by the kind's name:

    - ``_select_<kind>(scope)``: the SELECT of those of whom it holds, see
      :meth:`_select`
    - ``_sentence_<kind>()``: the condition in words; nothing while it is incomplete
    - ``_problem_<kind>()``: what is wrong with it in words, or nothing
    - ``_values_<kind>(values)``: in words, the values because of which it held

    and, where the default does not fit, ``_denial_<kind>()`` (that it must not hold,
    in words), ``_topics_<kind>()``, ``_is_timed_<kind>()`` and
    ``_is_untold_<kind>()``.
    """

    _name = "segmentation.condition"
    _description = "Condition of a Segment"
    _order = "sequence, id"
    _check_company_auto = True

    segment_id = fields.Many2one(
        "segmentation.segment", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="segment_id.company_id")
    currency_id = fields.Many2one(related="segment_id.company_id.currency_id")
    sequence = fields.Integer(default=10)
    role = fields.Selection(
        [("include", "Include"), ("exclude", "Exclude")],
        required=True,
        default="include",
        help="Include: members are those of whom it holds. Exclude: whoever it holds "
        "of is no member.",
    )
    kind = fields.Selection(
        [],
        string="About",
        required=True,
    )
    is_negated = fields.Boolean(
        string="Must Not Hold",
        help="The condition is met by those of whom it is false.",
    )
    sentence = fields.Char(
        string="In Words", compute="_compute_sentence", compute_sudo=False
    )

    @api.depends(lambda self: self._parameters())
    @api.depends_context("lang")
    def _compute_sentence(self):
        for condition in self:
            condition.sentence = condition._sentence()

    @api.depends("sentence")
    def _compute_display_name(self):
        for condition in self:
            condition.display_name = condition.sentence or self.env._("Condition")

    @api.model
    def _parameters(self):
        """Return the names of the fields that say what the condition is."""
        return [
            name
            for name, field in self._fields.items()
            if field.store
            and name not in (*models.MAGIC_COLUMNS, "segment_id", "sequence")
        ]

    # --- What a kind says, by its name ------------------------------------------

    def _call(self, what, *args, default=None):
        """Call the kind's method of that name."""
        method = getattr(self, f"_{what}_{self.kind}", None)
        return method(*args) if method else default

    def _sentence(self):
        """Return the condition in words, without a full stop."""
        if not self.kind:
            return ""
        sentence = self._call("sentence")
        if self.is_negated and sentence:
            return self._call("denial") or self.env._("not (%s)", sentence)
        return sentence

    def _problem(self):
        """Return what is wrong with the condition and how to mend it, else None.

        Whatever Odoo makes of a text that is no condition at all is told in words.
        """
        try:
            return self._call("problem")
        except AccessError as error:
            return str(error)
        except (RecursionError, MemoryError):
            return self.env._("A condition is too long: make it of several.")
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            return self.env._("A condition cannot be used: %(error)s", error=error)

    def _values(self, values):
        """Return in words the values because of which it held; empty if there is none.

        :param dict values: what :meth:`_select` told as ``detail``
        """
        return self._call("values", values, default="") if values else ""

    def _reason(self, values):
        """Return the condition in words, with the values because of which it held."""
        told = self._values(values)
        return f"{self.display_name} ({told})" if told else self.display_name

    def _topics(self):
        """Return what may happen to a contact that the condition hangs on."""
        return self._call("topics", default=TOPICS)

    def _is_timed(self):
        """Return whether it may come true or false without any change, by the date."""
        return self._call("is_timed", default=False)

    def _is_untold(self):
        """Return whether it hangs on records whose changes are told to nobody."""
        return self._call("is_untold", default=False)

    def _select(self, scope):
        """Return the SELECT of those of whom the condition holds.

        Columns: ``key``, and ``detail``: a JSON object of the values because of which
        it holds, never NULL. The key is a contact, or a customer where the condition is
        about customers (:meth:`_is_about_customers`), each once. Everything that it
        reads is flushed by the caller, but for searches of the ORM, which flush.

        :param Scope scope: whom to look at
        """
        return self._call("select", scope)

    def _is_about_customers(self):
        """Return whether the condition is about the customer as a whole.

        It then holds for all contacts of the customer alike.
        """
        return self.kind in self._customer_kinds()

    @api.model
    def _customer_kinds(self):
        """Return the kinds that are about the customer as a whole."""
        return set()

    def _joined_column(self):
        """Return the SQL of the column of contacts that the condition's key is."""
        if self._is_about_customers():
            return SQL("commercial_partner_id")
        return SQL("id")

    def _key(self):
        """Return the SQL of whom the row ``partner`` of contacts stands for.

        For conditions about contacts: in a segment of customers, what holds of any of
        its contacts holds of the customer.
        """
        if self.segment_id.level == "customer":
            return SQL("partner.commercial_partner_id")
        return SQL("partner.id")

    def _key_in_scope(self, scope):
        """Return the SQL condition that :meth:`_key` is in scope."""
        if self.segment_id.level == "customer":
            return scope.customers(self._key())
        return scope.members(self._key())

    # --- Writing ----------------------------------------------------------------

    def _check_rule(self):
        """Refuse conditions that their author may not ask, or that make no sense.

        Or that name what belongs to another company, as after the segment moved.
        """
        self.sudo()._check_company()
        for condition in self:
            if problem := condition._problem():
                raise ValidationError(problem)

    @api.model_create_multi
    def create(self, vals_list):
        """Run the segments' rules anew, unless they are being made themselves."""
        self.env["segmentation.segment"].browse(
            {vals["segment_id"] for vals in vals_list if vals.get("segment_id")}
        )._check_dynamic()
        conditions = super().create(vals_list)
        conditions.segment_id._conditions_changed()
        return conditions

    def write(self, vals):
        """Run the segments' rules anew."""
        segments = self.segment_id
        segments |= segments.browse(vals.get("segment_id"))
        segments._check_dynamic()
        result = super().write(vals)
        if vals.keys() - {"sequence"}:
            segments._conditions_changed()
        return result

    def unlink(self):
        """Run the segments' rules anew."""
        segments = self.segment_id
        segments._check_dynamic()
        result = super().unlink()
        segments.exists()._conditions_changed()
        return result
