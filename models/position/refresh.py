import logging
from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from .refresh_mark import CLASSIFY, EVERYBODY

_logger = logging.getLogger(__name__)

#: customers computed in one transaction: seconds of work, megabytes of memory
BATCH = 20_000
#: marks taken from the queue at once
MARKS = 10_000


class SegmentationRefresh(models.Model):
    """How fresh a company's figures are, and the work that keeps them so.

    Changes only mark customers (:class:`SegmentationRefreshMark`). A job takes the
    marks of a company, computes those customers and commits, batch by batch; a refresh
    of everybody walks the customers in order of id and remembers how far it came, so
    that it goes on where it stopped. The row of the company is the lock: two jobs never
    compute the same company at once.
    """

    _name = "segmentation.refresh"
    _description = "Refresh of Segmentation Figures"
    _rec_name = "company_id"
    _order = "company_id"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    last_partner = fields.Integer(
        readonly=True,
        default=-1,
        help="Id of the last customer computed by the refresh of everybody that is "
        "under way; -1 when none is.",
    )
    date_fresh = fields.Datetime(
        string="Computed at",
        readonly=True,
        help="When every figure was last known to be right.",
    )
    pending = fields.Integer(
        string="Customers Waiting",
        compute="_compute_pending",
        help="Changes not yet computed.",
    )
    progress = fields.Float(compute="_compute_progress", help="Percent.")
    state = fields.Selection(
        [("fresh", "Up to date"), ("pending", "Waiting"), ("running", "Running")],
        compute="_compute_pending",
    )

    _company_uniq = models.Constraint(
        "UNIQUE(company_id)", "A company has one refresh only."
    )

    @api.depends("last_partner")
    @api.depends_context("uid")
    def _compute_pending(self):
        marks = dict(
            self.env["segmentation.refresh.mark"]
            .sudo()
            ._read_group(
                [("company", "in", self.company_id.ids)], ["company"], ["__count"]
            )
        )
        for refresh in self:
            refresh.pending = marks.get(refresh.company_id.id, 0)
            if refresh.last_partner >= 0:
                refresh.state = "running"
            else:
                refresh.state = "pending" if refresh.pending else "fresh"

    @api.depends("last_partner")
    def _compute_progress(self):
        last = self.env["res.partner"].sudo().with_context(active_test=False)
        last = last.search([], order="id desc", limit=1).id or 1
        for refresh in self:
            done = refresh.last_partner / last if refresh.last_partner >= 0 else 1
            refresh.progress = 100.0 * min(done, 1)

    @api.model
    def _companies(self):
        """Return the companies that have figures: all that are not archived."""
        return self.env["res.company"].sudo().search([("active", "=", True)])

    # --- Marking ----------------------------------------------------------------

    @api.model
    def _mark(self, marks):
        """Note customers as to be refreshed; never computes, waits or fails.

        :param marks: iterable of ``(company_id | None, partner_id | None)``; no company
            means every company, no partner every customer
        """
        marks = set(marks)
        if not marks:
            return
        if any(not company for company, _partner in marks):
            companies = self._companies().ids
        rows = {
            (company, partner or EVERYBODY)
            for some, partner in marks
            for company in ([some] if some else companies)
        }
        everybody = {company for company, partner in rows if partner == EVERYBODY}
        rows = {row for row in rows if row[0] not in everybody}
        rows |= {(company, EVERYBODY) for company in everybody}
        self.env.cr.execute(
            SQL(
                "INSERT INTO segmentation_refresh_mark (company, partner) VALUES %s",
                SQL(", ").join(sorted(rows)),
            )
        )
        self.env["segmentation.refresh.mark"].invalidate_model()
        self._trigger()

    @api.model
    def _mark_companies(self, companies):
        """Note every customer of the companies as to be refreshed."""
        self._mark((company.id, None) for company in companies)

    @api.model
    def _mark_classification(self, companies):
        """Note that the quadrants of the companies are to be found anew."""
        self._mark((company.id, CLASSIFY) for company in companies)

    @api.model
    def _trigger(self):
        """Wake the job after this transaction, once however often it is called.

        At commit, so that a savepoint rolled back meanwhile takes no trigger along.
        """
        precommit = self.env.cr.precommit
        if precommit.data.get("agro_segmentation.refresh"):
            return
        precommit.data["agro_segmentation.refresh"] = True
        precommit.add(self._trigger_job)

    @api.model
    def _trigger_job(self, at=None):
        """Wake the job, now or ``at`` a moment in UTC, unless somebody deleted it."""
        cron = self.env.ref("agro_segmentation.refresh_cron", raise_if_not_found=False)
        if cron:
            cron.sudo()._trigger(at)

    @api.model
    def _trigger_again(self):
        """Wake the job in a minute, for what it could not do now."""
        self._trigger_job(self.env.cr.now() + timedelta(minutes=1))

    # --- Computing --------------------------------------------------------------

    @api.model
    def _of(self, companies):
        """Return the refreshes of the companies, made where missing.

        By one session only: another that finds one missing starts again.
        """
        found = self.sudo().search([("company_id", "in", companies.ids)])
        missing = companies - found.company_id
        if not missing:
            return found
        self.env.cr.execute(
            SQL(
                "INSERT INTO segmentation_refresh (company_id, last_partner) VALUES %s "
                "ON CONFLICT (company_id) DO NOTHING",
                SQL(", ").join((company.id, -1) for company in missing),
            )
        )
        return self.sudo().search([("company_id", "in", companies.ids)])

    def _lock(self):
        """Wait for whoever computes these companies, then keep others out.

        If they changed something meanwhile, PostgreSQL refuses with a serialization
        failure, upon which Odoo repeats the request on fresh data.
        """
        self.env.execute_query(
            SQL(
                "SELECT id FROM segmentation_refresh WHERE id IN %s "
                "ORDER BY id FOR NO KEY UPDATE",
                tuple(self.ids),
            )
        )

    @api.model
    def _refresh_pending(self, companies):
        """Compute what is marked of the companies now, in this transaction.

        For previews, launches and exports, which must not use stale figures.
        """
        self.env.flush_all()
        marked = self.env["segmentation.refresh.mark"].sudo()
        marked = marked._read_group([("company", "in", companies.ids)], ["company"])
        stale = self.sudo().search(
            [
                ("company_id", "in", companies.ids),
                "|",
                ("last_partner", ">=", 0),
                ("company_id", "in", [company for (company,) in marked]),
            ]
        ) | self._of(companies.filtered(lambda c: (c.id,) in marked))
        if stale:
            stale._lock()
        for refresh in stale:
            while refresh._step():
                pass

    def _step(self):
        """Compute one batch; return whether more is to be done.

        Marks go before the walk through everybody, so that what people do now shows
        within a minute even while a million customers are computed; but each step
        walks on, so that marks that keep coming do not hold it up.
        """
        self.ensure_one()
        marked = self._take_marks()
        if not marked and self.last_partner < 0:
            return False
        if EVERYBODY in marked:
            self.last_partner = 0
        elif marked:
            self._compute_marked(marked)
        if self.last_partner >= 0:
            self._compute_next()
        if self.last_partner < 0 and not self._is_marked():
            self.date_fresh = self.env.cr.now()
        self.flush_recordset()
        return True

    def _is_marked(self):
        """Return whether marks of the company are left."""
        marks = self.env["segmentation.refresh.mark"].sudo()
        return bool(marks.search_count([("company", "=", self.company_id.id)], limit=1))

    def _take_marks(self):
        """Remove marks from the queue and return what they say."""
        rows = self.env.execute_query(
            SQL(
                """
                DELETE FROM segmentation_refresh_mark
                 WHERE id IN (SELECT id FROM segmentation_refresh_mark
                               WHERE company = %(company)s
                            ORDER BY partner, id LIMIT %(limit)s)
             RETURNING partner""",
                company=self.company_id.id,
                limit=MARKS,
            )
        )
        partners = {partner for (partner,) in rows}
        if EVERYBODY in partners:
            self.env.cr.execute(
                SQL(
                    "DELETE FROM segmentation_refresh_mark WHERE company = %s",
                    self.company_id.id,
                )
            )
        self.env["segmentation.refresh.mark"].invalidate_model()
        return partners

    def _customers_of(self, partner_ids):
        """Return the ids of the customers that the partners belong to today.

        The partners themselves stay in: one that is no customer any more must lose
        its figures.
        """
        partners = self.env["res.partner"].sudo().browse(partner_ids).exists()
        return {*partners.ids, *partners.commercial_partner_id.ids}

    def _compute_next(self):
        """Compute the next customers of the refresh of everybody."""
        rows = self.env.execute_query(
            SQL(
                """SELECT id FROM res_partner
                    WHERE id > %s AND id = commercial_partner_id
                 ORDER BY id LIMIT %s""",
                self.last_partner,
                BATCH,
            )
        )
        figures = self.env["segmentation.figures"]
        if rows:
            figures._compute(self.company_id, [id_ for (id_,) in rows])
        if len(rows) == BATCH:
            self.last_partner = rows[-1][0]
        else:
            self.last_partner = -1
            figures._drop_strays(self.company_id)
            figures._classify(self.company_id)

    def _compute_marked(self, marked):
        """Compute the marked customers and the cut points they may move."""
        figures = self.env["segmentation.figures"]
        customers = self._customers_of(marked - {CLASSIFY})
        harvest_ids = figures._compute(self.company_id, sorted(customers))
        if CLASSIFY in marked:
            harvest_ids = None
        figures._classify(self.company_id, harvest_ids)

    # --- The job ----------------------------------------------------------------

    @api.model
    def _cron_refresh(self):
        """Compute what is marked, company by company, committing each batch.

        A company that somebody else computes is left to them for now, and so is one
        that fails: its marks stay, it does not stop the others, and the job comes back
        to it in a minute.
        """
        companies = self._companies()
        failure = None
        progress = self.env["ir.cron"]._commit_progress
        progress(remaining=len(companies))
        for refresh in self._of(companies):
            try:
                remaining_time = refresh._run(progress)
            except psycopg2.Error as error:
                self.env.cr.rollback()
                _logger.warning("Refresh of segmentation figures stopped: %s", error)
                failure = error
                self._trigger_again()
                progress(0)
                continue
            if not remaining_time:
                break
        if failure:
            raise failure

    def _run(self, progress):
        """Compute one company until nothing is left or the time is up."""
        while self.try_lock_for_update(allow_referencing=True):
            if not self._step():
                return progress(1)
            if not progress(0):
                self._trigger_job()
                return progress(0, remaining=1)
        # What is marked now may be too new for whoever holds the lock to see.
        self._trigger_again()
        return progress(1)

    @api.model
    def _cron_refresh_all(self):
        """Mark everybody, once a night: what no event tells (dates, other SQL)."""
        self._mark_companies(self._companies())

    # --- Actions ----------------------------------------------------------------

    def action_refresh(self):
        """Ask for everybody to be computed; the job does it, this only marks."""
        if not self.env.user.has_group(
            "agro_segmentation.group_segmentation_marketing"
        ):
            raise AccessError(
                self.env._("Only marketing and administrators may refresh all figures.")
            )
        self.check_access("read")
        self._mark_companies(self.company_id)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._(
                    "The figures of all customers are being computed; "
                    "this list shows how far they are."
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }
