from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL, format_date

from ..common.domains import check_domain, read_domain
from ..common.groups import ADMINISTRATOR

#: accounts a transaction hands over or back
BATCH = 500
#: what only the steps of a handover may write
STEPS = {"state", "user_id", "date_done", "date_undone"}
#: what the list of accounts depends on
CRITERIA = {
    "company_id",
    "source_user_ids",
    "unit_ids",
    "partner_domain",
    "rule",
    "target_ids",
}
#: what decides how much comes along with an account
OPTIONS = {"move_contacts", "move_leads", "move_activities", "move_orders"}


class SegmentationHandover(models.Model):
    """Accounts of one or several salespeople given to others: who, to whom and why.

    A draft lists who gets what (the dry run) before anything is changed. It is executed
    at once, or planned for a day on which the job does it. What was done is kept item
    by item (:class:`SegmentationHandoverItem`), so that it can be undone. Amounts are
    in the currency of the company, in its reference harvest.

    Managers hand over between the members of the teams they lead, administrators
    between all salespeople; it is checked when accounts are listed, when the handover
    is planned, executed and undone, and by the job for whoever planned it.
    """

    _name = "segmentation.handover"
    _description = "Handover of Accounts"
    _inherit = [
        "mail.thread",
        "segmentation.handover.dry.run",
        "segmentation.handover.along",
        "segmentation.handover.move",
    ]
    _order = "id desc"

    name = fields.Char(
        compute="_compute_name", store=True, readonly=False, precompute=True
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("planned", "Planned"),
            ("running", "In progress"),
            ("done", "Done"),
            ("undoing", "Being undone"),
            ("undone", "Undone"),
        ],
        string="Status",
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
        help="Customers of this company and those shared by all companies.",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    source_user_ids = fields.Many2many(
        "res.users",
        "segmentation_handover_source_rel",
        "handover_id",
        "user_id",
        string="From",
        context={"active_test": False},
        domain="[('share', '=', False)]",
        help="Salespeople whose accounts are handed over, also archived ones.",
    )
    unit_ids = fields.Many2many(
        "segmentation.business.unit",
        "segmentation_handover_unit_rel",
        "handover_id",
        "unit_id",
        string="Business Units",
        ondelete="restrict",
        # without one that was archived, the handover would be of whole customers
        context={"active_test": False},
        domain="[('company_id', 'in', (company_id, False)), ('active', '=', True)]",
        help="Hands over who looks after the customers in these units, and the open "
        "opportunities of these units. Empty: the customers as a whole.",
    )
    partner_domain = fields.Char(
        string="Only Customers",
        default="[]",
        help="Hands over the customers that meet these conditions; empty: all. "
        "Archived customers stay with whom they are, even if the conditions include "
        "them.",
    )
    rule = fields.Selection(
        [
            ("one", "All to one person"),
            ("zone", "By zone"),
            ("count", "Same number of accounts each"),
            ("hectares", "Same hectares each"),
            ("potential", "Same potential each"),
            ("round_robin", "In turn, from the largest down"),
        ],
        string="Split",
        required=True,
        default="one",
        help="How the accounts are split over the people who take them.",
    )
    target_ids = fields.One2many(
        "segmentation.handover.target", "handover_id", string="To", copy=True
    )
    reason = fields.Text(help="Written into the chatter of every customer.")
    date_effective = fields.Date(
        string="Effective Date",
        copy=False,
        help="The day on which a planned handover is executed, in the time zone of who "
        "plans it. Not needed to execute it now.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Handed Over by",
        readonly=True,
        copy=False,
        ondelete="restrict",
        help="Who executed or planned it: the job acts with the rights of this user.",
    )
    date_done = fields.Datetime(string="Done at", readonly=True, copy=False)
    date_undone = fields.Datetime(string="Undone at", readonly=True, copy=False)
    line_ids = fields.One2many(
        "segmentation.handover.line", "handover_id", string="Accounts", copy=False
    )
    total_ids = fields.One2many(
        "segmentation.handover.total",
        "handover_id",
        string="Totals",
        readonly=True,
        copy=False,
    )
    account_count = fields.Integer(string="Accounts Listed", compute="_compute_counts")
    open_count = fields.Integer(
        string="Nobody Takes",
        compute="_compute_counts",
        help="Accounts for which no person is set.",
    )
    left_count = fields.Integer(
        string="Left as They Are",
        compute="_compute_counts",
        help="Accounts that somebody changed meanwhile: skipped, or not undone.",
    )
    progress = fields.Float(compute="_compute_counts", help="Percent.")

    @api.depends("source_user_ids", "target_ids.user_id")
    def _compute_name(self):
        for handover in self:
            sources = handover.source_user_ids.mapped("name")
            targets = handover.target_ids.user_id.mapped("name")
            if sources and targets:
                handover.name = f"{', '.join(sources)} → {', '.join(targets)}"

    @api.depends("line_ids.state", "line_ids.to_user_id", "state")
    def _compute_counts(self):
        self.account_count = self.open_count = self.left_count = 0
        self.progress = 0
        lines = self.env["segmentation.handover.line"]
        groups = lines._read_group(
            [("handover_id", "in", self.ids)],
            ["handover_id", "state"],
            ["__count", "to_user_id:count"],
        )
        for handover, state, count, taken in groups:
            handover.account_count += count
            handover.open_count += count - taken
            if state in ("skipped", "left"):
                handover.left_count += count
            if state not in ("todo", "done" if handover.state == "undoing" else "todo"):
                handover.progress += count
        for handover in self.filtered("account_count"):
            handover.progress *= 100 / handover.account_count

    @api.constrains("partner_domain")
    def _check_partner_domain(self):
        for handover in self:
            try:
                check_domain(handover._customer_domain(), self.env["res.partner"])
            except ValueError as error:
                raise ValidationError(
                    self.env._(
                        "The condition on customers of “%(handover)s” cannot be used: "
                        "choose existing fields and plain values. (%(error)s)",
                        handover=handover.name,
                        error=error,
                    )
                ) from error

    def _customer_domain(self):
        """Return the condition on customers; raises ValueError if it is no domain."""
        return read_domain(self.partner_domain)

    # --- Writing ----------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_steps(vals)
        handovers = super().create(vals_list)
        handovers._check_new()
        return handovers

    def write(self, vals):
        """Keep steps to the buttons, and the list of accounts to its criteria."""
        self._check_steps(vals)
        if "date_effective" in vals:
            self._check_draft()
        if CRITERIA & vals.keys():
            self._criteria_changed()
        result = super().write(vals)
        if OPTIONS & vals.keys():
            self._options_changed()
        return result

    def _options_changed(self):
        """Count anew what comes along, where accounts are listed and not moved yet."""
        for handover in self:
            if handover.line_ids and handover.state in ("draft", "planned"):
                handover._count_along(handover.line_ids)
                handover._total()

    def _criteria_changed(self):
        """Drop the list of accounts, which no longer follows from the criteria."""
        self._check_draft()
        lists = self.sudo()
        lists.line_ids.unlink()
        lists.total_ids.unlink()

    def _check_steps(self, vals):
        """Refuse to set by hand what only planning, executing and undoing may set."""
        if STEPS & vals.keys() and not self.env.su:
            raise AccessError(
                self.env._(
                    "The state of a handover changes by its buttons only: plan it, "
                    "execute it or undo it."
                )
            )

    def _check_new(self):
        """Refuse steps that defaults, of the context or the user, have set."""
        for handover in self:
            taken = {name: handover[name] for name in STEPS if handover[name]}
            if taken != {"state": "draft"}:
                handover._check_steps(taken)

    def _check_draft(self):
        for handover in self:
            if handover.state != "draft":
                raise UserError(
                    self.env._(
                        "“%(handover)s” is no draft any more (%(state)s): make a new "
                        "handover, or take a planned one back to draft first.",
                        handover=handover.name,
                        state=handover._state_label(),
                    )
                )

    def _state_label(self):
        return dict(self._fields["state"]._description_selection(self.env))[self.state]

    @api.ondelete(at_uninstall=False)
    def _unlink_except_executed(self):
        for handover in self:
            if handover.state not in ("draft", "planned"):
                raise UserError(
                    self.env._(
                        "“%s” stays in the register, for it was executed: it is what "
                        "an undo needs, and what others look up.",
                        handover.name,
                    )
                )

    # --- Rights -----------------------------------------------------------------

    @api.model
    def _led_users(self):
        """Return whom the user may hand accounts over from and to: the user's teams.

        The user too, as in Odoo's own teams the leader counts as one. An archived user
        has lost all memberships: the last ones count.
        """
        members = self.env["crm.team.member"].sudo().with_context(active_test=False)
        led = members.search([("crm_team_id.user_id", "=", self.env.uid)])
        current = led.filtered("active").user_id
        gone = led.user_id.filtered(lambda user: not user.active) - current
        for user, history in (
            members.search([("user_id", "in", gone.ids)]).grouped("user_id").items()
        ):
            ended = max(history.mapped("write_date"))
            if history.filtered(lambda m, ended=ended: m.write_date == ended) & led:
                current |= user
        return self.env["res.users"].browse(current.ids) | self.env.user

    def _people(self):
        """Return the users whom the handover gives accounts to."""
        return self.target_ids.user_id | self.line_ids.to_user_id

    def _check_rights(self):
        """Refuse people whom the user may not hand accounts over from or to."""
        self.ensure_one()
        self.check_access("write")
        if self.env.user.has_group(ADMINISTRATOR):
            return
        strangers = (self.source_user_ids | self._people()).sudo() - self._led_users()
        if strangers:
            raise AccessError(
                self.env._(
                    "You may hand accounts over between members of the sales teams "
                    "that you lead. These are not: %s. Choose others, or ask an "
                    "administrator to hand the accounts over.",
                    strangers.mapped("name"),
                )
            )

    def _check_people(self):
        """Refuse a handover without people, or to people who cannot work with it."""
        if not self.source_user_ids:
            raise UserError(
                self.env._("Choose whose accounts “%s” hands over.", self.name)
            )
        if not self.target_ids:
            raise UserError(
                self.env._("Choose who takes the accounts of “%s” over.", self.name)
            )
        for user in self._people().sudo():
            if not user.active:
                raise UserError(
                    self.env._(
                        "%s is archived and cannot take accounts over: choose "
                        "somebody else, or bring the user back from the archive.",
                        user.name,
                    )
                )
            if self.company_id not in user.company_ids:
                raise UserError(
                    self.env._(
                        "%(user)s may not enter %(company)s and would not see the "
                        "accounts: allow the company to the user, or choose somebody "
                        "else.",
                        user=user.name,
                        company=self.company_id.name,
                    )
                )

    def _check_archived(self):
        """Refuse units and zones that are archived: they may not be meant any more."""
        zones = self.target_ids.zone_ids if self.rule == "zone" else ()
        for record in (*self.unit_ids.sudo(), *zones):
            if not record.sudo().active:
                raise UserError(
                    self.env._(
                        "“%(record)s” is archived: restore it, or take it out of "
                        "“%(handover)s”.",
                        record=record.sudo().display_name,
                        handover=self.name,
                    )
                )

    def _check_criteria(self):
        """Refuse criteria by which the user cannot list accounts as they were meant."""
        self._check_rights()
        self._check_people()
        self._check_archived()
        self._check_partner_domain()

    def _check_ready(self):
        """Refuse to execute what is not as it was meant, or not listed to the end."""
        self._check_criteria()
        self._check_listed()

    def _check_listed(self):
        """Refuse to execute what nobody has looked at, or leaves accounts to nobody."""
        if not self.line_ids:
            raise UserError(
                self.env._("List the accounts of “%s” and check them first.", self.name)
            )
        if not self.reason:
            raise UserError(
                self.env._(
                    "Say why “%s” hands accounts over: the reason goes into the "
                    "chatter of every customer.",
                    self.name,
                )
            )
        if self.open_count:
            raise UserError(
                self.env._(
                    "%(count)s accounts of “%(handover)s” go to nobody: set who takes "
                    "them in the list, or add a person without zones, who takes the "
                    "rest.",
                    count=self.open_count,
                    handover=self.name,
                )
            )

    # --- Actions ----------------------------------------------------------------

    def _lock(self):
        """Wait for whoever works on the handover, then keep others out.

        If they changed it meanwhile, PostgreSQL refuses with a serialization failure,
        upon which Odoo repeats the request on fresh data.
        """
        self.check_access("write")
        self.env.execute_query(
            SQL(
                "SELECT id FROM segmentation_handover WHERE id = %s FOR UPDATE",
                self.id,
            )
        )

    def action_list(self):
        """List who gets what, changing nothing: the dry run."""
        self.ensure_one()
        self._check_draft()
        self._check_criteria()
        self._list_accounts()
        if not self.line_ids:
            raise UserError(
                self.env._(
                    "Nothing to hand over: %(sources)s have no accounts in %(company)s "
                    "that meet the conditions.",
                    sources=self.source_user_ids.mapped("name"),
                    company=self.company_id.name,
                )
            )

    def action_plan(self):
        """Let the job execute the handover on its effective date."""
        self.ensure_one()
        self._lock()
        self._check_draft()
        today = fields.Date.context_today(self)
        if not self.date_effective or self.date_effective <= today:
            raise UserError(
                self.env._(
                    "Set an effective date after today (%s) to plan the handover, or "
                    "execute it now.",
                    format_date(self.env, today),
                )
            )
        self._check_ready()
        self.sudo().write({"state": "planned", "user_id": self.env.uid})
        self._trigger_job(self._effective_moment())

    def action_draft(self):
        """Take a planned handover back to draft."""
        self.ensure_one()
        self._lock()
        self.check_access("write")
        if self.state == "planned":
            self.sudo().write({"state": "draft"})

    def action_execute(self):
        """Hand the listed accounts over: the first batch now, the job does the rest."""
        self.ensure_one()
        self._lock()
        if self.state not in ("draft", "planned"):
            self._refuse()
        self._check_ready()
        self._start()
        self._continue()

    def action_undo(self):
        """Give back what was handed over and has not been changed since."""
        self.ensure_one()
        self._lock()
        if self.state != "done":
            self._refuse()
        self._check_rights()
        self.sudo().write({"state": "undoing"})
        self._continue()

    def _refuse(self):
        """Say that somebody was faster, or that it is too early."""
        raise UserError(
            self.env._(
                "“%(handover)s” is not in the state for this (%(state)s): somebody may "
                "have executed or undone it meanwhile. Reload the page.",
                handover=self.name,
                state=self._state_label(),
            )
        )

    @api.readonly
    def action_open_lines(self):
        """Open the accounts of the handover in a list of their own."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "agro_segmentation.segmentation_handover_line_action"
        )
        return {**action, "domain": [("handover_id", "=", self.id)], "context": {}}

    # --- Steps ------------------------------------------------------------------

    def _start(self):
        """Note who executes the handover, and that it has begun."""
        user = self.env.user if not self.env.su or not self.user_id else self.user_id
        self.sudo().write({"state": "running", "user_id": user.id})

    def _continue(self):
        """Do the first batch; wake the job if accounts are left."""
        if self._step():
            self._trigger_job()

    def _step(self):
        """Hand over, or back, the next batch; return whether accounts are left."""
        undoing = self.state == "undoing"
        lines = self.env["segmentation.handover.line"].sudo()
        domain = [
            ("handover_id", "=", self.id),
            ("state", "=", "done" if undoing else "todo"),
        ]
        batch = lines.search(domain, limit=BATCH)
        if batch and undoing:
            self._undo(batch)
        elif batch:
            self._move(batch)
        if len(batch) == BATCH and lines.search_count(domain, limit=1):
            return True
        self._finish()
        return False

    def _finish(self):
        """Note that the handover, or its undoing, is complete, and what it left."""
        left = self.left_count
        done = self.account_count - left
        now = fields.Datetime.now()
        if self.state == "undoing":
            self.sudo().write({"state": "undone", "date_undone": now})
            sentences = [self.env._("Undone for %s accounts.", done)]
        else:
            self.sudo().write({"state": "done", "date_done": now})
            sentences = [self.env._("Handed over %s accounts.", done)]
            self._notify_people()
        if left:
            sentences.append(
                self.env._(
                    "%s accounts had been changed by somebody and were left as they "
                    "are, in part or in whole: the list says which.",
                    left,
                )
            )
        self.sudo()._message_log(body=" ".join(sentences))

    def _notify_people(self):
        """Tell each person once how many accounts are theirs now."""
        taken = self.env["segmentation.handover.line"]._read_group(
            [("handover_id", "=", self.id), ("state", "=", "done")],
            ["to_user_id"],
            ["__count"],
        )
        for user, count in taken:
            self.env["mail.thread"].sudo().message_notify(
                partner_ids=user.partner_id.ids,
                subject=self.env._("Accounts handed over to you"),
                body=self.env._(
                    "%(count)s accounts were handed over to you from %(sources)s. "
                    "%(reason)s",
                    count=count,
                    sources=self.source_user_ids.mapped("name"),
                    reason=self.reason,
                ),
            )
