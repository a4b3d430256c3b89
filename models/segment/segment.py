import psycopg2

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL

from ..common.groups import MARKETING
from ..common.job import PASSING
from .mark import RULES

#: what decides who is a member: changing it is changing the rule
RULE = {"level", "match", "condition_ids", "choice_ids", "company_id"}
#: what only the addon writes: whose rights the rule has, what is frozen, what was found
OWN = {
    "kind",
    "date_frozen",
    "rule_user_id",
    "date_rule",
    "membership_ids",
    "member_count",
    "date_computed",
    "date_next",
    "error",
}
#: in the context of whoever writes a rule; no call from outside can pass it
WRITING_RULE = object()


def writing_rule(records):
    """Have conditions and choices written as part of a rule, which is run once."""
    return records.with_context(segmentation_writing_rule=WRITING_RULE)


class SegmentationSegment(models.Model):
    """A list of customers, or of contacts, that explains itself.

    Members are those of whom the conditions to include hold, all or any of them, and
    none of those to exclude; what somebody chose by hand beats both. A dynamic segment
    follows what happens; a frozen one stays as it was at a moment.

    The rule is run with the rights of whoever wrote it last, in the segment's company:
    it finds nobody by what its author may not read. Who was a member from when to when,
    and why, is kept (:class:`SegmentationMembership`). How members are found stands in
    ``segment_members.py``, when in ``segment_refresh.py``, what each kind of condition
    says in ``condition_<kind>.py``.
    """

    _name = "segmentation.segment"
    _description = "Segment"
    _inherit = ["mail.thread", "mail.activity.mixin", "segmentation.in.use"]
    _order = "sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True, tracking=True)
    sequence = fields.Integer(default=10)
    color = fields.Integer()
    active = fields.Boolean(
        default=True,
        help="An archived segment keeps its members but is not refreshed.",
    )
    note = fields.Text(string="Description", translate=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
        help="Whose figures and relations the conditions are about.",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        default=lambda self: self.env.user,
        ondelete="set null",
        domain="[('share', '=', False)]",
        tracking=True,
    )
    level = fields.Selection(
        [("customer", "Customers"), ("contact", "Contacts")],
        string="Lists",
        required=True,
        default="customer",
        help="Customers: companies, and persons without a company. Contacts: "
        "everybody, the companies and the people in them.",
    )
    kind = fields.Selection(
        [("dynamic", "Dynamic"), ("frozen", "Frozen")],
        required=True,
        default="dynamic",
        readonly=True,
        copy=False,
        help="Dynamic: people enter and leave as the rule says. Frozen: the members of "
        "one moment.",
    )
    date_frozen = fields.Datetime(string="Frozen on", readonly=True, copy=False)
    # Rule
    match = fields.Selection(
        [("all", "All of them"), ("any", "Any of them")],
        string="Conditions That Must Hold",
        required=True,
        default="all",
    )
    condition_ids = fields.One2many(
        "segmentation.condition", "segment_id", string="Conditions", copy=True
    )
    choice_ids = fields.One2many(
        "segmentation.choice", "segment_id", string="Chosen by Hand"
    )
    rule_user_id = fields.Many2one(
        "res.users",
        string="Runs with the Rights of",
        readonly=True,
        copy=False,
        ondelete="set null",
        help="Who wrote the rule last. It finds nobody by what this user may not read.",
    )
    date_rule = fields.Datetime(string="Rule Changed on", readonly=True, copy=False)
    sentence = fields.Text(
        string="Rule",
        compute="_compute_sentence",
        help="The rule read back in words.",
    )
    # Members
    membership_ids = fields.One2many(
        "segmentation.membership", "segment_id", string="Memberships"
    )
    member_count = fields.Integer(
        string="Members",
        readonly=True,
        copy=False,
        groups=MARKETING,
    )
    # Freshness
    date_computed = fields.Datetime(string="Computed at", readonly=True, copy=False)
    date_next = fields.Datetime(
        string="Next Full Run",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="When everybody is looked at again: what the rule says changes with the "
        "date, or follows records whose changes are not told. Other changes are "
        "followed within a minute.",
    )
    error = fields.Text(
        readonly=True,
        copy=False,
        help="What stopped the last run; members are those of the run before.",
    )

    _name_company_idx = models.Index("(company_id, name)")

    @api.depends("level", "match", "condition_ids")
    @api.depends_context("lang")
    def _compute_sentence(self):
        for segment in self:
            segment.sentence = segment._rule_sentence()

    def _rule_sentence(self):
        """Read the rule back: who is included, who is not."""
        included = self._conditions("include")
        if not included:
            return self.env._("Nobody but those chosen by hand.")
        labels = [condition.sentence or "" for condition in included]
        if self.match == "any":
            joined = self.env._(" or ").join(labels)
        else:
            joined = self.env._(" and ").join(labels)
        values = {
            "who": self._who(),
            "conditions": joined,
            "others": self.env._(" or ").join(
                condition.sentence or "" for condition in self._conditions("exclude")
            ),
        }
        if values["others"]:
            return self.env._("%(who)s: %(conditions)s; but not: %(others)s.", **values)
        return self.env._("%(who)s: %(conditions)s.", **values)

    def _who(self):
        """Return what the segment lists, in words."""
        levels = self._fields["level"]._description_selection(self.env)
        return dict(levels).get(self.level, "")

    def _conditions(self, role):
        """Return the conditions to ``include`` or to ``exclude``, in order."""
        conditions = self.condition_ids
        return conditions.filtered(
            lambda condition: condition.role == role
        ).with_prefetch(conditions._prefetch_ids)

    @api.constrains("company_id")
    def _check_company_of_users(self):
        """Refuse a company that cannot see what already uses the record."""
        self._check_no_user_elsewhere(self._links())

    # --- Writing the rule -------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Find the members at once."""
        self._check_own({name for vals in vals_list for name in vals})
        segments = super(SegmentationSegment, writing_rule(self)).create(vals_list)
        segments = segments.with_env(self.env)
        segments._rule_changed()
        return segments

    def write(self, vals):
        """Find the members anew where the rule changes."""
        self._check_own(vals)
        if not RULE & vals.keys():
            result = super().write(vals)
            if vals.get("active"):
                self._run_now()
            return result
        self._check_dynamic()
        result = super(SegmentationSegment, writing_rule(self)).write(vals)
        self._rule_changed()
        return result

    def _check_own(self, names):
        """Refuse to have written from outside what only the addon writes.

        Who could write the author of a rule would find what that one may read.
        """
        written = OWN.intersection(names)
        if written and not self.env.su:
            labels = [self._fields[name].string for name in sorted(written)]
            raise AccessError(
                self.env._("Nobody writes these fields of a segment: %s.", labels)
            )

    def _is_writing_rule(self):
        """Return whether conditions and choices are written as part of a rule."""
        return self.env.context.get("segmentation_writing_rule") is WRITING_RULE

    def _conditions_changed(self):
        """Run the rule anew, unless that is going to be done for the whole of it."""
        if not self._is_writing_rule():
            self._rule_changed()

    def _chosen(self, partner_ids):
        """Let contacts enter or leave that somebody chose by hand."""
        if not self._is_writing_rule():
            self._check_dynamic()
            self._look_at(partner_ids)

    def _check_dynamic(self):
        """Refuse to change what is frozen."""
        for segment in self:
            if segment.kind == "frozen":
                raise UserError(
                    self.env._(
                        "“%s” is frozen: duplicate it to change its rule or members.",
                        segment.name,
                    )
                )

    def _rule_changed(self):
        """Run the rule from now on with the rights of this user, and run it now."""
        self.sudo().write(
            {"rule_user_id": self.env.uid, "date_rule": self.env.cr.now()}
        )
        for segment in self:
            segment._rule_self().condition_ids._check_rule()
        self.filtered("active")._run_now(is_new_rule=True)

    def _run_now(self, is_new_rule=False):
        """Find the members while somebody waits, and once more after that.

        What others have changed but not yet committed is not seen here, and their marks
        may be followed before this segment is there to be looked at.
        """
        try:
            self._rebuild(is_new_rule)
        except PASSING:
            raise
        except (psycopg2.Error, ValueError) as error:
            raise ValidationError(self._problem_of_run(error)) from error
        self.env["segmentation.segment.mark"]._mark(RULES, self.ids)

    def _problem_of_run(self, error):
        """Return in words that PostgreSQL refused to run the rule."""
        return self.env._(
            "The rule cannot be run: check the values of its conditions. (%(error)s)",
            error=str(error).strip().partition("\n")[0],
        )

    def _rule_self(self):
        """Return segments that are alike with the rights with which their rule is run.

        Days are those of the company, words and weeks those of the author's language,
        whoever has it run.

        :raise UserError: who wrote the rule may not write one any more
        """
        user, company = self.sudo().rule_user_id, self.sudo().company_id
        if not user or not user._may_write_rules(company):
            raise UserError(
                self.env._(
                    "“%(segment)s” is run with the rights of %(user)s, who may not "
                    "write rules of %(company)s any more: let somebody else save the "
                    "rule.",
                    segment=self[:1].name,
                    user=user.name or self.env._("a deleted user"),
                    company=company.name,
                )
            )
        return self.with_user(user)._as_rule_runs()

    def _as_rule_runs(self):
        """Return the segment in the company, language and time of its rule."""
        return self.with_context(
            allowed_company_ids=self.sudo().company_id.ids,
            active_test=True,
            lang=self.env.user.lang,
            tz=self.company_id._segmentation_tz(),
        )

    # --- Actions ----------------------------------------------------------------

    def action_refresh(self):
        """Find the members now, whatever is known to have changed."""
        self.check_access("write")
        self.filtered(lambda segment: segment.kind == "dynamic")._rebuild()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_freeze(self):
        """Keep the members as they are now."""
        self.check_access("write")
        self._check_dynamic()
        self._rebuild()
        self.sudo().write(
            {"kind": "frozen", "date_frozen": self.env.cr.now(), "date_next": False}
        )

    @api.readonly
    def action_view_members(self):
        """Open the members, each with since when and why."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "agro_segmentation.segmentation_membership_action"
        )
        return {
            **action,
            "domain": [("segment_id", "=", self.id)],
            "context": {"search_default_current": 1, "segmentation_one_segment": True},
        }

    def _lock(self):
        """Wait for whoever finds the members of these segments, then keep others out.

        It is an update, though of nothing: PostgreSQL then refuses the transaction that
        has waited, and Odoo's retry starts it again on what the other one has left. All
        take them in the same order, so that no two wait for each other.
        """
        self.flush_recordset()
        self.env.execute_query(
            SQL(
                """
                UPDATE segmentation_segment SET active = active
                 WHERE id = ANY(ARRAY(SELECT id
                                        FROM segmentation_segment
                                       WHERE id = ANY(%s)
                                    ORDER BY id
                                         FOR NO KEY UPDATE))""",
                self.ids,
            )
        )
