import logging
from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..common.domains import check_domain, read_domain
from ..common.job import PASSING, take, tries_again, wake
from ..common.limits import MOST
from ..position.refresh import MAX_ID

_logger = logging.getLogger(__name__)

#: contacts checked in one transaction
BATCH = 50_000
DUPLICATES = (
    "duplicate_vat",
    "duplicate_email",
    "duplicate_phone",
    "duplicate_name",
)
#: what a rule finds follows from these
CRITERIA = {"kind", "months", "partner_domain", "active"}


class SegmentationHygieneRule(models.Model):
    """What is wrong with a contact; those found wrong are flagged, never deleted.

    A nightly job checks all contacts, rule by rule, and writes only what changed: each
    batch is one statement (:meth:`_check`) and is committed, so that a check goes on
    where it stopped. An error ends the check of its rule, which shows it, and no other.
    What a kind of rule looks for stands in ``hygiene_finding.py``.
    """

    _name = "segmentation.hygiene.rule"
    _description = "Hygiene Rule"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(
        default=True,
        help="A rule that is archived flags nobody; its flags are dropped.",
    )
    kind = fields.Selection(
        [
            ("no_address", "No reachable address"),
            ("bounced", "E-mails come back"),
            ("invalid_email", "Invalid e-mail address"),
            ("invalid_phone", "Invalid phone number"),
            ("inactive", "No purchase or contact for months"),
            ("incomplete", "Mandatory key fields empty"),
            ("duplicate_vat", "Likely duplicate: tax ID"),
            ("duplicate_email", "Likely duplicate: e-mail address"),
            ("duplicate_phone", "Likely duplicate: phone number"),
            ("duplicate_name", "Likely duplicate: name and place"),
        ],
        string="Looks for",
        required=True,
    )
    months = fields.Integer(
        default=24,
        help="Flags customers without a purchase, a contact with a person of ours "
        "or an open opportunity for so many months.",
    )
    partner_domain = fields.Char(
        string="Only Contacts",
        default="[]",
        help="Checks the contacts that meet these conditions; empty: all. Archived "
        "contacts, addresses, users and the companies of this database are never "
        "checked.",
    )
    flag_ids = fields.One2many("segmentation.hygiene.flag", "rule_id")
    flag_count = fields.Integer(string="Flagged", compute="_compute_flag_count")
    last_partner = fields.Integer(
        readonly=True,
        copy=False,
        default=-1,
        help="Id of the last contact checked by the check under way; -1: none is.",
    )
    date_checked = fields.Datetime(string="Last Checked", readonly=True, copy=False)
    last_error = fields.Text(
        string="Error",
        readonly=True,
        copy=False,
        help="What stopped the last check; empty if it went through.",
    )

    _months_range = models.Constraint(
        f"CHECK(kind <> 'inactive' OR months BETWEEN 1 AND {MOST})",
        "Set the number of months to 1 to 1000.",
    )

    @api.depends("flag_ids")
    def _compute_flag_count(self):
        counts = dict(
            self.env["segmentation.hygiene.flag"]._read_group(
                [("rule_id", "in", self.ids), ("is_kept", "=", False)],
                ["rule_id"],
                ["__count"],
            )
        )
        for rule in self:
            rule.flag_count = counts.get(rule, 0)

    @api.constrains("partner_domain")
    def _check_partner_domain(self):
        for rule in self:
            try:
                check_domain(rule._condition(), self.env["res.partner"])
            except ValueError as error:
                raise ValidationError(
                    self.env._(
                        "The condition on contacts of “%(rule)s” cannot be used: "
                        "choose existing fields and plain values. (%(error)s)",
                        rule=rule.name,
                        error=error,
                    )
                ) from error

    @api.model_create_multi
    def create(self, vals_list):
        """Have new rules checked by the job."""
        rules = super().create(vals_list)
        self._trigger()
        return rules

    def write(self, vals):
        """Have rules checked anew whose criteria change, and drop flags of others."""
        if not CRITERIA & vals.keys():
            return super().write(vals)
        if "kind" in vals or not vals.get("active", True):
            self.sudo().flag_ids.unlink()
        result = super().write({**vals, "last_partner": 0})
        self._trigger()
        return result

    # --- Whom -------------------------------------------------------------------

    def _condition(self):
        """Return the rule's condition on contacts; ValueError if it is no domain."""
        return read_domain(self.partner_domain)

    def _eligible(self):
        """Return the SQL condition on ``partner``: the rule concerns the contact."""
        domain = self._condition() & Domain(
            [
                ("active", "=", True),
                ("partner_share", "=", True),
                ("type", "=", "contact"),
                ("ref_company_ids", "=", False),
            ]
        )
        partners = self.env["res.partner"].sudo()._search(domain)
        return SQL("partner.id IN %s", partners.subselect())

    # --- Checking ---------------------------------------------------------------

    def _check(self, in_scope):
        """Flag the contacts in scope that the rule finds, and no others of them.

        One statement. A flag that stays keeps its date and what was decided about it.

        :param in_scope: function that returns, of the SQL of a contact's id, the SQL
            condition that the contact is to be checked
        """
        self.ensure_one()
        self.env.flush_all()
        eligible = self._eligible()
        found = getattr(self, f"_find_{self.kind}")(
            eligible, in_scope(SQL("partner.id"))
        )
        self.env.cr.execute(
            SQL(
                """
                WITH found AS MATERIALIZED (%(found)s),
                gone AS (
                    DELETE FROM segmentation_hygiene_flag flag
                     WHERE rule_id = %(rule)s AND %(in_scope)s
                       AND NOT EXISTS (SELECT FROM found
                                        WHERE found.partner_id = flag.partner_id))
                INSERT INTO segmentation_hygiene_flag AS flag
                       (rule_id, partner_id, value, detail, since,
                        create_uid, create_date, write_uid, write_date)
                SELECT %(rule)s, partner_id, value, detail, %(today)s,
                       %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM found
              ORDER BY partner_id
           ON CONFLICT (rule_id, partner_id)
             DO UPDATE SET value = EXCLUDED.value, detail = EXCLUDED.detail,
                           write_uid = %(uid)s, write_date = %(now)s
                 WHERE (flag.value, flag.detail)
                       IS DISTINCT FROM (EXCLUDED.value, EXCLUDED.detail)""",
                found=found,
                in_scope=in_scope(SQL("flag.partner_id")),
                rule=self.id,
                today=fields.Date.context_today(self),
                uid=self.env.uid,
                now=self.env.cr.now(),
            )
        )
        self.env["segmentation.hygiene.flag"].invalidate_model()
        self.invalidate_recordset(["flag_ids", "flag_count"])

    def _check_next(self):
        """Check the next batch of all contacts.

        :return: id of the last contact checked; -1 after the last batch
        """
        first = max(self.last_partner, 0)
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM res_partner WHERE id > %s ORDER BY id LIMIT %s",
                first,
                BATCH,
            )
        )
        is_last = len(rows) < BATCH
        last = MAX_ID if is_last else rows[-1][0]
        self._check(lambda id_: SQL("%s > %s AND %s <= %s", id_, first, id_, last))
        return -1 if is_last else last

    def _attempt(self, check, *args):
        """Call a check of the rule; an error is noted on the rule and goes no further.

        :return: what the check returned; None after an error
        """
        try:
            with self.env.cr.savepoint():
                return check(*args)
        except PASSING:
            raise
        except Exception as error:
            _logger.warning("Hygiene rule %s stopped: %s", self.id, error)
            self.sudo().last_error = str(error).strip()
            return None

    def _step(self):
        """Check the next batch.

        :return: whether there is more to check
        """
        self.sudo().write({"last_error": False, "date_checked": self.env.cr.now()})
        last = self._attempt(self._check_next)
        self.sudo().last_partner = -1 if last is None else last
        return self.last_partner >= 0

    @api.model
    def _check_partners(self, partner_ids):
        """Check some contacts now, and those flagged as duplicates of them."""
        self.env.flush_all()
        duplicates = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT flag.partner_id
                  FROM segmentation_hygiene_flag flag,
                       JSONB_ARRAY_ELEMENTS(flag.detail -> 'others') other
                 WHERE other::int = ANY(%s)""",
                list(partner_ids),
            )
        )
        ids = [*partner_ids, *(id_ for (id_,) in duplicates)]
        for rule in self.sudo().search([("active", "=", True)]):
            rule._attempt(rule._check, lambda id_: SQL("%s = ANY(%s)", id_, ids))

    # --- The job ----------------------------------------------------------------

    @api.model
    def _trigger(self):
        """Wake the job."""
        wake(self.env, "hygiene_cron")

    @api.model
    def _due(self):
        """Return the rules under way, and those not checked for half a day."""
        half_a_day_ago = fields.Datetime.now() - timedelta(hours=12)
        return self.search(
            [
                ("active", "=", True),
                "|",
                "|",
                ("last_partner", ">=", 0),
                ("date_checked", "=", False),
                ("date_checked", "<", half_a_day_ago),
            ]
        )

    @api.model
    @tries_again("hygiene_cron")
    def _cron_check(self):
        """Check the rules that are due, committing each batch.

        A rule that somebody else is checking is left to them.
        """
        due = self._due()
        progress = self.env["ir.cron"]._commit_progress
        progress(remaining=len(due))
        for rule in due:
            try:
                remaining_time = rule._run(progress)
            except psycopg2.extensions.TransactionRollbackError as error:
                # Here rather than for the whole job, so that the other rules are
                # checked; at once, as who was in the way has committed.
                self.env.cr.rollback()
                _logger.info("Hygiene rule %s comes later: %s", rule.id, error)
                self._trigger()
                remaining_time = progress(1)
            if not remaining_time:
                break

    def _run(self, progress):
        """Check one rule to its end, or until the time is up.

        :return: the time left
        """
        while take(self, "hygiene_cron", allow_referencing=True):
            if not self._step():
                break
            if not progress():
                return 0
        return progress(1)

    # --- Actions ----------------------------------------------------------------

    def action_check_now(self):
        """Check the first contacts now, which are all of most databases.

        What is left is for the job, which is woken.
        """
        self.check_access("write")
        for rule in self:
            rule.last_partner = 0
            if rule._step():
                self._trigger()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    @api.readonly
    def action_view_flags(self):
        """Open the queue of what the rule flagged."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "agro_segmentation.segmentation_hygiene_flag_action"
        )
        return {
            **action,
            "domain": [("rule_id", "=", self.id)],
            "context": {"search_default_open": 1},
        }
