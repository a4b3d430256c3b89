from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..common.groups import MARKETING
from ..common.job import wake

#: what may be written without answering for what the action does
ORDER = {"sequence"}


class SegmentationSegmentAction(models.Model):
    """What follows when a contact enters or leaves a segment.

    It follows once for each entry, and at most once a day for one contact, so that an
    action that makes the contact leave does not go round in circles. Members that were
    there when the action was added are left alone, unless somebody asks for them too.
    What was done for whom stands in :class:`SegmentationSegmentEffect`; what each kind
    does in ``segment_action_act.py``.

    It is done with the rights of whoever wrote the action last.
    """

    _name = "segmentation.segment.action"
    _description = "Action of a Segment"
    _order = "segment_id, sequence, id"

    segment_id = fields.Many2one(
        "segmentation.segment", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="segment_id.company_id", related_sudo=True)
    segment_kind = fields.Selection(related="segment_id.kind")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(
        string="Switched On", default=True, help="Nothing follows while it is off."
    )
    moment = fields.Selection(
        [("enter", "Entering"), ("leave", "Leaving")],
        string="On",
        required=True,
        default="enter",
    )
    kind = fields.Selection(
        [
            ("activity", "Plan an activity"),
            ("key_field", "Set a key field"),
            ("tag_add", "Add tags"),
            ("tag_remove", "Remove tags"),
            ("mailing_list", "Add to a mailing list"),
            ("server_action", "Run a server action"),
        ],
        string="What to Do",
        required=True,
        default="activity",
        help="Activities are for the customer's salesperson, else for the person "
        "responsible for the segment. Whoever opted out of a mailing list stays out. "
        "Server actions are for administrators of Odoo.",
    )
    author_id = fields.Many2one(
        "res.users",
        string="Runs with the Rights of",
        readonly=True,
        copy=False,
        ondelete="set null",
        help="Who wrote the action last. It does nothing that this user may not do.",
    )
    # Activity
    activity_type_id = fields.Many2one(
        "mail.activity.type",
        ondelete="restrict",
        domain="[('res_model', 'in', (False, 'res.partner'))]",
    )
    summary = fields.Char()
    note = fields.Html()
    days = fields.Integer(
        string="Due after (Days)", help="0: on the day on which the contact comes."
    )
    # Key field
    key_field_id = fields.Many2one(
        "segmentation.field",
        ondelete="cascade",
        domain="[('state', '=', 'on'), ('type', '!=', 'band')]",
    )
    key_field_type = fields.Selection(related="key_field_id.type")
    is_emptied = fields.Boolean(
        string="Empty It", help="Remove what the contact has in the key field."
    )
    value_id = fields.Many2one(
        "segmentation.value",
        ondelete="restrict",
        domain="[('field_id', '=', key_field_id)]",
    )
    value_ids = fields.Many2many(
        "segmentation.value",
        string="Values to Add",
        domain="[('field_id', '=', key_field_id)]",
        help="Added to those that the contact has.",
    )
    number = fields.Float()
    date = fields.Date(help="Leave empty for the day on which it is done.")
    yes_no = fields.Selection([("yes", "Yes"), ("no", "No")], string="Yes or No")
    text = fields.Char()
    # Others
    tag_ids = fields.Many2many("res.partner.category", string="Tags")
    mailing_list_id = fields.Many2one("mailing.list", ondelete="restrict")
    server_action_id = fields.Many2one(
        "ir.actions.server",
        ondelete="restrict",
        domain="[('model_id.model', '=', 'res.partner')]",
        groups="base.group_system",
    )
    sentence = fields.Char(string="In Words", compute="_compute_sentence")
    # What was done
    effect_ids = fields.One2many(
        "segmentation.segment.effect", "action_id", string="Effects"
    )
    done_count = fields.Integer(string="Done", compute="_compute_counts")
    pending_count = fields.Integer(string="Waiting", compute="_compute_counts")
    failed_count = fields.Integer(string="Failed", compute="_compute_counts")
    error = fields.Text(
        string="Last Error",
        compute="_compute_counts",
        help="Why it failed, for the contact that failed last.",
    )

    @api.depends(
        "moment",
        "kind",
        "activity_type_id",
        "summary",
        "days",
        "key_field_id",
        "is_emptied",
        "value_id",
        "value_ids",
        "number",
        "date",
        "yes_no",
        "text",
        "tag_ids",
        "mailing_list_id",
        "server_action_id",
    )
    @api.depends_context("lang")
    def _compute_sentence(self):
        for action in self:
            what = getattr(action, f"_sentence_{action.kind}")() if action.kind else ""
            if action.moment == "leave":
                action.sentence = self.env._("On leaving: %s", what)
            else:
                action.sentence = self.env._("On entering: %s", what)

    @api.depends("sentence")
    def _compute_display_name(self):
        for action in self:
            action.display_name = action.sentence

    @api.depends("effect_ids.state")
    def _compute_counts(self):
        """Count what was done, and find the error of the contact that failed last."""
        effects = self.env["segmentation.segment.effect"]
        found = {
            (action, state): (count, last)
            for action, state, count, last in effects._read_group(
                [("action_id", "in", self.ids)],
                ["action_id", "state"],
                ["__count", "id:max"],
            )
        }
        last_failed = effects.browse(
            last for (_, state), (_, last) in found.items() if state == "failed"
        )
        errors = {effect.action_id: effect.error for effect in last_failed}
        for action in self:
            key = action._origin
            action.done_count = found.get((key, "done"), (0, 0))[0]
            action.pending_count = found.get((key, "pending"), (0, 0))[0]
            action.failed_count = found.get((key, "failed"), (0, 0))[0]
            action.error = errors.get(key)

    # --- In words, by kind ------------------------------------------------------

    def _sentence_activity(self):
        label = self.summary or self.activity_type_id.name or "…"
        if not self.days:
            return self.env._("plan “%s” for the same day", label)
        return self.env._(
            "plan “%(activity)s” for %(days)s days later",
            activity=label,
            days=self.days,
        )

    def _sentence_key_field(self):
        name = self.key_field_id.name or "…"
        if self.is_emptied:
            return self.env._("empty “%s”", name)
        return self.env._(
            "set “%(field)s” to %(value)s", field=name, value=self._value_label()
        )

    def _value_label(self):
        """Return the value for the key field, in words."""
        kind = self.key_field_id.type
        if kind == "choices":
            return ", ".join(self.value_ids.mapped("name")) or "…"
        if kind == "date" and not self.date:
            return self.env._("the day on which it is done")
        values = {
            "choice": self.value_id.name,
            "number": f"{self.number:g}",
            "date": fields.Date.to_string(self.date),
            "yes_no": dict(self._fields["yes_no"]._description_selection(self.env)).get(
                self.yes_no
            ),
            "text": self.text,
        }
        return values.get(kind) or "…"

    def _sentence_tag_add(self):
        return self.env._("add the tags %s", self._tag_names())

    def _sentence_tag_remove(self):
        return self.env._("remove the tags %s", self._tag_names())

    def _tag_names(self):
        return ", ".join(self.tag_ids.mapped("name")) or "…"

    def _sentence_mailing_list(self):
        return self.env._(
            "add to the mailing list “%s”", self.mailing_list_id.name or "…"
        )

    def _sentence_server_action(self):
        return self.env._("run “%s”", self.sudo().server_action_id.name or "…")

    # --- Writing ----------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Have it done with the rights of whoever makes it."""
        author = {"author_id": self.env.uid}
        actions = super().create([{**vals, **author} for vals in vals_list])
        actions._check_action()
        return actions

    def write(self, vals):
        """Have it done from now on with the rights of whoever writes it.

        Superuser answers for nothing: what the system writes keeps its author.
        """
        if self.env.su or vals.keys() <= ORDER:
            return super().write(vals)
        result = super().write({**vals, "author_id": self.env.uid})
        self._check_action()
        return result

    def _check_action(self):
        """Refuse what is not said in full, or what who says it may not do."""
        for action in self:
            if problem := action._problem():
                raise ValidationError(problem)

    # --- Actions ----------------------------------------------------------------

    def action_apply_to_members(self):
        """Do it for those too who are members now, once each."""
        self.check_access("write")
        for action in self:
            if action.segment_id.kind == "frozen":
                raise UserError(
                    self.env._(
                        "“%s” is frozen: actions follow dynamic segments only.",
                        action.segment_id.name,
                    )
                )
        self.env["segmentation.segment.effect"].sudo()._queue_members(self)
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_retry(self):
        """Do it again for the contacts for whom it failed."""
        self.check_access("write")
        effects = self.env["segmentation.segment.effect"].sudo()
        failed = effects.search(
            [("action_id", "in", self.ids), ("state", "=", "failed")]
        )
        failed.write({"state": "pending", "error": False})
        wake(self.env, "segment_cron")
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    @api.readonly
    def action_view_effects(self):
        """Open for whom it was done, and for whom not and why."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "agro_segmentation.segmentation_segment_effect_action"
        )
        return {**action, "domain": [("action_id", "=", self.id)]}


class SegmentationSegment(models.Model):
    """Something may follow when contacts enter or leave."""

    _inherit = "segmentation.segment"

    action_ids = fields.One2many(
        "segmentation.segment.action",
        "segment_id",
        string="Actions",
        copy=False,
        groups=MARKETING,
        context={"active_test": False},
    )
    action_failed_count = fields.Integer(
        string="Failed Effects",
        compute="_compute_action_failed_count",
        groups=MARKETING,
    )

    @api.depends("action_ids.failed_count")
    def _compute_action_failed_count(self):
        for segment in self:
            segment.action_failed_count = sum(segment.action_ids.mapped("failed_count"))


class SegmentationValue(models.Model):
    """What actions set follows values that are merged."""

    _inherit = "segmentation.value"

    def _merge_into(self, destination):
        """Have actions set what the values become."""
        sources = (self - destination).ids
        actions = self.env["segmentation.segment.action"].sudo()
        actions = actions.with_context(active_test=False)
        actions.search([("value_id", "in", sources)]).value_id = destination
        several = actions.search([("value_ids", "in", sources)])
        several.value_ids = [Command.link(destination.id)]
        return super()._merge_into(destination)
