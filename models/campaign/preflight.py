from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, formatLang, plaintext2html

from ..common.job import take, tries_again, wake
from .exclusion import SILENT

#: messages written in one transaction
BATCH = 1000
#: messages shown as they will be read
SAMPLES = 5
#: those who are written to by no means: their messages are not even looked at
NOT_WRITTEN = ("hold_out", "gone", "no_address", "invalid_address")


class SegmentationPreflight(models.Model):
    """The check of one message before it leaves.

    It says who gets the message, who does not and why, and writes the message of
    everybody who might, to find what would go wrong. The message may leave only on a
    check that is still true: of the very same text, and of all its recipients.
    Large checks are done in batches by a job, which goes on where it was interrupted.
    """

    _name = "segmentation.preflight"
    _description = "Check Before Sending"
    _order = "id desc"
    _rec_name = "mailing_id"

    mailing_id = fields.Many2one(
        "mailing.mailing",
        string="Message",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    mailing_type = fields.Selection(related="mailing_id.mailing_type")
    campaign_id = fields.Many2one(
        related="mailing_id.campaign_id", string="Campaign", store=True, index=True
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    fingerprint = fields.Char(
        required=True, readonly=True, help="Stands for the text that was checked."
    )
    state = fields.Selection(
        [("running", "Running"), ("done", "Done")],
        string="Status",
        required=True,
        readonly=True,
        default="running",
    )
    date_done = fields.Datetime(string="Checked At", readonly=True)
    confirmed_count = fields.Integer(
        string="Confirmed",
        readonly=True,
        help="The number of messages that somebody has confirmed.",
    )
    line_ids = fields.One2many("segmentation.preflight.line", "preflight_id")
    sample_ids = fields.One2many(
        "segmentation.preflight.line",
        "preflight_id",
        string="Samples",
        domain=[("is_sample", "=", True)],
    )
    line_count = fields.Integer(string="In the Audience", compute="_compute_counts")
    waiting_count = fields.Integer(string="Still to Check", compute="_compute_counts")
    goes_count = fields.Integer(string="Leave", compute="_compute_counts")
    excluded_count = fields.Integer(string="Left Out", compute="_compute_counts")
    problem_count = fields.Integer(string="Go Wrong", compute="_compute_counts")
    sms_parts = fields.Integer(
        string="SMS Parts",
        compute="_compute_counts",
        help="What all messages that leave take together; each is paid.",
    )
    needs_confirmation = fields.Boolean(compute="_compute_verdict")
    is_clear = fields.Boolean(
        string="May Leave",
        compute="_compute_verdict",
        help="Nothing stands against it.",
    )
    verdict = fields.Char(compute="_compute_verdict")
    reasons_html = fields.Html(
        string="Left Out Because", compute="_compute_reasons_html", sanitize=False
    )

    # -- Computes

    @api.depends("state", "line_ids.reason", "line_ids.problem", "line_ids.is_checked")
    def _compute_counts(self):
        totals = self._totals()
        for preflight in self:
            total = totals.get(preflight.id, {})
            for name in COUNTED:
                preflight[name] = total.get(name, 0)

    def _totals(self):
        """Return {check: {count: number}}, in one statement."""
        self.env["segmentation.preflight.line"].flush_model()
        columns = SQL(", ").join(
            SQL("%s AS %s", sql, SQL.identifier(name)) for name, sql in COUNTED.items()
        )
        rows = self.env.execute_query_dict(
            SQL(
                """SELECT preflight_id, %s FROM segmentation_preflight_line
                    WHERE preflight_id = ANY(%s) GROUP BY preflight_id""",
                columns,
                self.ids,
            )
        )
        return {row.pop("preflight_id"): row for row in rows}

    @api.depends("state", "confirmed_count", "line_ids", "goes_count", "problem_count")
    @api.depends_context("lang")
    def _compute_verdict(self):
        for preflight in self:
            problem = preflight._problem()
            preflight.needs_confirmation = preflight._needs_confirmation()
            preflight.is_clear = not problem
            preflight.verdict = problem or self.env._(
                "All %s messages may leave.", preflight._number(preflight.goes_count)
            )

    @api.depends("line_ids.reason")
    @api.depends_context("lang")
    def _compute_reasons_html(self):
        line = self.env["segmentation.preflight.line"]
        labels = dict(line._fields["reason"]._description_selection(self.env))
        counts = {}
        for preflight, reason, count in line._read_group(
            [("preflight_id", "in", self.ids), ("reason", "!=", False)],
            ["preflight_id", "reason"],
            ["__count"],
        ):
            counts.setdefault(preflight, {})[reason] = count
        for preflight in self:
            found = counts.get(preflight, {})
            preflight.reasons_html = self.env["ir.qweb"]._render(
                "agro_segmentation.preflight_reasons",
                {
                    "reasons": [
                        (label, preflight._number(found[reason]))
                        for reason, label in labels.items()
                        if reason in found
                    ]
                },
            )

    def _number(self, count):
        """A number as the user writes it."""
        return formatLang(self.env, count, digits=0)

    # -- Is it still true?

    def _problem(self, mailing=None):
        """What keeps a message from leaving on this check, in words; else False.

        :param mailing: another message of the same text than the one checked
        """
        self.ensure_one()
        if self.state == "running":
            return self.env._(
                "%(count)s messages are still to be checked: wait until that is done.",
                count=self._number(self.waiting_count),
            )
        mailing = mailing or self.mailing_id
        if mailing._segmentation_fingerprint() != self.fingerprint:
            return self._outdated()
        if self.problem_count:
            return self.env._(
                "%(count)s messages would go wrong: change the text, then check again.",
                count=self._number(self.problem_count),
            )
        # one that has begun goes on, though somebody has got an address meanwhile
        is_begun = mailing.state == "sending"
        if not is_begun and mailing._segmentation_has_unchecked(self):
            return self._outdated()
        if not self.goes_count:
            return self.env._("Nobody would get this message.")
        if self._needs_confirmation():
            return self.env._(
                "%(count)s messages would leave: confirm that number first.",
                count=self._number(self.goes_count),
            )
        return False

    def _outdated(self):
        return self.env._(
            "The message or its recipients have changed since it was checked: check it"
            " again."
        )

    def _needs_confirmation(self):
        """Whether so many messages leave that somebody has to confirm the number."""
        limit = self.company_id.segmentation_confirm_from
        return limit <= self.goes_count and self.confirmed_count < self.goes_count

    # -- Doing it

    @api.model
    def _start(self, mailing):
        """Return a new check of a message, in place of earlier ones, begun."""
        preflights = self.sudo()
        mailing.lock_for_update()
        preflights.search([("mailing_id", "=", mailing.id)]).unlink()
        preflight = preflights.create(
            {
                "mailing_id": mailing.id,
                "company_id": mailing.campaign_id.segmentation_company_id.id,
                "fingerprint": mailing._segmentation_fingerprint(),
            }
        )
        preflight._list_recipients()
        preflight._advance()
        if preflight.state == "running":
            wake(self.env, "preflight_cron")
        return preflight

    def _list_recipients(self):
        """Write a line for each row of the audience that the message is for."""
        self.flush_recordset()
        self.env.execute_query(
            SQL(
                """
                INSERT INTO segmentation_preflight_line (
                    preflight_id, company_id, partner_id, address, reason,
                    create_uid, create_date, write_uid, write_date)
                SELECT %(preflight)s, %(company)s, recipient_id, address, reason,
                       %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM (%(exclusions)s) excluded
                 WHERE audience_id IN %(rows)s
                   AND (reason = ANY(%(silent)s) OR recipient_id IN %(domain)s)
              ORDER BY audience_id""",
                preflight=self.id,
                company=self.company_id.id,
                uid=self.env.uid,
                now=self.env.cr.now(),
                silent=list(SILENT),
                **self.mailing_id._segmentation_checked_rows(),
            )
        )
        self.invalidate_recordset()

    def _advance(self):
        """Check one batch of messages; when there is none left, the check is done."""
        lines = self.line_ids.search(self._waiting_domain(), limit=BATCH)
        self._check(lines)
        if len(lines) < BATCH:
            self._take_samples()
            self.write({"state": "done", "date_done": fields.Datetime.now()})

    def _waiting_domain(self):
        """The messages that nobody has looked at yet."""
        return (
            Domain("preflight_id", "=", self.id)
            & Domain("is_checked", "=", False)
            & Domain("reason", "not in", NOT_WRITTEN)
        )

    def _check(self, lines):
        """Write the messages of some lines, and note what is wrong with them."""
        found = self._spoken()._segmentation_check_messages(lines.partner_id)
        alike = {}
        for line in lines:
            values = found[line.partner_id]
            key = tuple(values.items())
            alike.setdefault(key, self.env[lines._name])
            alike[key] |= line
        for key, members in alike.items():
            members.write({**dict(key), "is_checked": True})
        self.invalidate_recordset()

    def _take_samples(self):
        """Keep some of the messages that leave as they will be read, ever the same."""
        self.line_ids.flush_model()
        ids = self.env.execute_query(
            SQL(
                """
                SELECT id FROM segmentation_preflight_line
                 WHERE preflight_id = %s AND reason IS NULL AND problem IS NULL
              ORDER BY MD5(id::text) LIMIT %s""",
                self.id,
                SAMPLES,
            )
        )
        lines = self.line_ids.browse(id_ for (id_,) in ids)
        messages = self._spoken()._segmentation_messages(lines.partner_id)
        for line in lines:
            texts = messages[line.partner_id]
            line.write(
                {
                    "is_sample": True,
                    "sample_subject": texts.get("subject"),
                    "sample_body": plaintext2html(texts["body"])
                    if self.mailing_type == "sms"
                    else texts["body"],
                }
            )

    def _spoken(self):
        """The message in the language in which it is sent."""
        mailing = self.mailing_id
        author = mailing.user_id or mailing.create_uid
        return mailing.with_context(
            **self.env["res.users"].with_user(author).context_get()
        )

    @api.model
    @tries_again("preflight_cron")
    def _cron_advance(self):
        """Go on with the checks that are not done, batch by batch."""
        progress = self.env["ir.cron"]._commit_progress
        running = self.search([("state", "=", "running")], order="id")
        progress(remaining=len(running))
        for preflight in running:
            while preflight.exists() and preflight.state == "running":
                if not take(preflight, "preflight_cron"):
                    break
                preflight._advance()
                if not progress():
                    wake(self.env, "preflight_cron")
                    return
            progress(1)

    # -- Actions

    def action_check_again(self):
        """Check the message anew."""
        self.ensure_one()
        return self.mailing_id.action_segmentation_preflight()

    @api.readonly
    def action_confirm(self):
        """Ask to confirm the number of messages that leave."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Confirm the Number"),
            "res_model": "segmentation.preflight.confirm",
            "view_mode": "form",
            "target": "new",
            "context": {"default_preflight_id": self.id},
        }

    @api.readonly
    def action_open_message(self):
        """Open the message."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "mailing.mailing",
            "res_id": self.mailing_id.id,
            "view_mode": "form",
        }

    @api.readonly
    def action_open_lines(self):
        """Open the messages: all, or those of a filter that the context names."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "agro_segmentation.segmentation_preflight_line_action"
        )
        name = self.env.context.get("segmentation_filter")
        return {
            **action,
            "domain": [("preflight_id", "=", self.id)],
            "context": {f"search_default_{name}": 1} if name else {},
        }


#: name of a count: its SQL over the lines of a check
COUNTED = {
    "line_count": SQL("COUNT(*)"),
    "waiting_count": SQL(
        """COUNT(*) FILTER (WHERE is_checked IS NOT TRUE
                              AND (reason IS NULL OR reason <> ALL(%s)))""",
        list(NOT_WRITTEN),
    ),
    "goes_count": SQL("COUNT(*) FILTER (WHERE reason IS NULL AND problem IS NULL)"),
    "excluded_count": SQL("COUNT(reason)"),
    "problem_count": SQL("COUNT(problem) FILTER (WHERE reason IS NULL)"),
    "sms_parts": SQL("COALESCE(SUM(sms_parts) FILTER (WHERE reason IS NULL), 0)"),
}
