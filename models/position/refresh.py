import logging
from datetime import timedelta
from time import monotonic

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL, format_datetime, formatLang

from ..common.groups import MARKETING
from ..common.job import mark_and_wake, tries_again, wake
from .refresh_mark import CLASSIFY, EVERYBODY

_logger = logging.getLogger(__name__)

#: customers computed in one transaction: in the first, and in any at most; a batch may
#: read invoices from end to end, so fewer of them cost less
FIRST_BATCH, BATCH = 50_000, 200_000
#: seconds: a batch that took less is followed by one of twice as many; Odoo lets none
#: take more than 120
SHORT = 30
#: customers computed at most while somebody waits for the answer
AT_ONCE = 10_000
#: harvests whose quadrants are found in one transaction: seconds, too
HARVESTS = 4
#: marks taken from the queue at once
MARKS = 10_000
#: greater than the id of any partner
MAX_ID = 2**31 - 1


class SegmentationRefresh(models.Model):
    """How fresh a company's figures are, and the work that keeps them so.

    Changes only mark customers (:class:`SegmentationRefreshMark`). A job takes the
    marks of a company, computes those customers and commits, batch by batch; a refresh
    of everybody walks the customers in order of id and remembers how far it came, so
    that it goes on where it stopped. The walk is a round: asked for anew meanwhile, it
    goes on to the last customer, then from the first one to where it was. At the last
    customer, quadrants are found harvest by harvest. The row of the company is the
    lock: two jobs never compute the same company at once.
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
    until_partner = fields.Integer(
        readonly=True,
        help="Id of the customer at which the refresh of everybody ends, once it has "
        "been at the last one and begun again; 0 when it ends with the last one.",
    )
    last_harvest = fields.Integer(
        readonly=True,
        default=-1,
        help="Id of the last harvest whose quadrants were found anew; -1 when all are.",
    )
    batch = fields.Integer(
        readonly=True,
        default=FIRST_BATCH,
        help="Customers that a refresh of everybody computes in its next transaction.",
    )
    date_fresh = fields.Datetime(
        string="Computed at",
        readonly=True,
        help="When every figure was last known to be right.",
    )
    pending = fields.Integer(
        string="Changes Waiting",
        compute="_compute_pending",
        help="Changes not yet computed.",
    )
    progress = fields.Float(compute="_compute_progress", help="Percent.")
    state = fields.Selection(
        [("fresh", "Up to date"), ("pending", "Waiting"), ("running", "Running")],
        string="Status",
        compute="_compute_pending",
    )

    _company_uniq = models.Constraint(
        "UNIQUE(company_id)", "A company has one refresh only."
    )

    @api.depends("last_partner", "last_harvest")
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
            if refresh._is_under_way():
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
        mark_and_wake(self.env, "refresh_cron", self._insert_marks(rows))
        self.env["segmentation.refresh.mark"].invalidate_model()

    @api.model
    def _insert_marks(self, rows, not_before=None):
        """Return the INSERT of marks, which returns its rows.

        :param rows: ``(company_id, partner_id)``
        """
        return SQL(
            "INSERT INTO segmentation_refresh_mark (company, partner, not_before) "
            "VALUES %s RETURNING id",
            SQL(", ").join((*row, not_before) for row in sorted(rows)),
        )

    @api.model
    def _mark_later(self, rows):
        """Note customers of whom something is locked: the job comes back to them.

        In a minute, and not before: trying again at once would only keep it busy.

        :param iterable rows: ``(company_id, partner_id)``
        """
        rows = set(rows)
        if rows:
            self.env.cr.execute(self._insert_marks(rows, self._in_a_minute()))
            self.env["segmentation.refresh.mark"].invalidate_model()
            self._trigger_again()

    @api.model
    def _mark_companies(self, companies):
        """Note every customer of the companies as to be refreshed."""
        self._mark((company.id, None) for company in companies)

    @api.model
    def _mark_classification(self, companies):
        """Note that the quadrants of the companies are to be found anew."""
        self._mark((company.id, CLASSIFY) for company in companies)

    @api.model
    def _trigger_job(self, at=None):
        """Wake the job, now or ``at`` a moment in UTC."""
        wake(self.env, "refresh_cron", at)

    @api.model
    def _in_a_minute(self):
        """Return the moment in UTC, in whole seconds as triggers are kept."""
        return self.env.cr.now().replace(microsecond=0) + timedelta(minutes=1)

    @api.model
    def _trigger_again(self):
        """Wake the job in a minute, for what it could not do now."""
        self._trigger_job(self._in_a_minute())

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
                "INSERT INTO segmentation_refresh "
                "(company_id, last_partner, last_harvest, batch) VALUES %s "
                "ON CONFLICT (company_id) DO NOTHING",
                SQL(", ").join(
                    (company.id, -1, -1, FIRST_BATCH) for company in missing
                ),
            )
        )
        return self.sudo().search([("company_id", "in", companies.ids)])

    def _lock(self):
        """Wait for whoever computes these companies, then keep others out.

        If they changed something meanwhile, PostgreSQL refuses with a serialization
        failure, upon which Odoo repeats the request on fresh data.

        :return: self
        """
        if self:
            self.env.execute_query(
                SQL(
                    "SELECT id FROM segmentation_refresh WHERE id IN %s "
                    "ORDER BY id FOR NO KEY UPDATE",
                    tuple(self.ids),
                )
            )
        return self

    @api.model
    def _refresh_pending(self, companies):
        """Compute what is marked of the companies now, in this transaction.

        For previews, launches and exports, which must not use stale figures. What
        takes longer than anybody waits for is left to the job, and so is everything
        where a replica of the database answers, which cannot be written to.

        :return: a sentence on the companies left to the job, empty if there is none
        """
        stale = self._stale(companies)
        at_most = -1 if self.env.cr.readonly else AT_ONCE
        left = stale.filtered(lambda refresh: refresh._waiting() > at_most)
        for refresh in (stale - left)._lock():
            while refresh._step():
                pass
        return " ".join(refresh._waiting_sentence() for refresh in left)

    @api.model
    def _stale(self, companies):
        """Return the refreshes of those of the companies that have any work to do."""
        self.env.flush_all()
        marked = self.env["segmentation.refresh.mark"].sudo()
        marked = marked._read_group([("company", "in", companies.ids)], ["company"])
        marked = companies.browse(company for (company,) in marked)
        under_way = self.sudo().search([("company_id", "in", companies.ids)])
        under_way = under_way.filtered(lambda refresh: refresh._is_under_way())
        return under_way | self._of(marked)

    def _is_under_way(self):
        """Whether customers or harvests are left of a refresh of everybody."""
        return max(self.last_partner, self.last_harvest) >= 0

    def _waiting(self):
        """Return how many customers are to be computed.

        Everybody, when quadrants alone are to be found anew: that takes as long on a
        large base.
        """
        self.ensure_one()
        is_everybody, marks = self._count_marks()
        is_everybody = is_everybody or self.last_harvest >= 0
        if not is_everybody and self.last_partner < 0:
            return marks
        ahead = SQL("TRUE") if is_everybody else self._ahead()
        [(customers,)] = self.env.execute_query(
            SQL(
                "SELECT COUNT(*) FROM res_partner "
                "WHERE id = commercial_partner_id AND %s",
                ahead,
            )
        )
        return max(customers, marks)

    def _has_begun_again(self):
        """Return whether the walk has been at the last customer and began again."""
        return self.until_partner > self.last_partner

    def _ahead(self):
        """Return the SQL condition on ``id``: the walk has that customer to come."""
        both = SQL("AND" if self._has_begun_again() else "OR")
        return SQL("(id > %s %s id <= %s)", self.last_partner, both, self.until_partner)

    def _count_marks(self):
        """Return whether everybody is marked, and how many customers are by name."""
        [row] = self.env.execute_query(
            SQL(
                """
                SELECT COALESCE(BOOL_OR(partner IN %(everybody)s), FALSE),
                       COUNT(DISTINCT partner)
                  FROM segmentation_refresh_mark WHERE company = %(company)s""",
                everybody=(EVERYBODY, CLASSIFY),
                company=self.company_id.id,
            )
        )
        return row

    def _waiting_sentence(self):
        """Say how many customers are being computed, and how old their figures are."""
        values = {
            "company": self.company_id.name,
            "count": formatLang(self.env, self._waiting(), digits=0),
            "date": format_datetime(self.env, self.date_fresh),
        }
        if not self.date_fresh:
            return self.env._(
                "%(company)s: the figures of %(count)s customers are being computed "
                "for the first time.",
                **values,
            )
        return self.env._(
            "%(company)s: the figures of %(count)s customers are being computed; all "
            "were last up to date on %(date)s.",
            **values,
        )

    def _step(self):
        """Compute one batch; return whether more is to be done.

        Marks go before the walk through everybody, so that what people do now shows
        within a minute even while a million customers are computed; but each step
        walks on, so that marks that keep coming do not hold it up.
        """
        self.ensure_one()
        marked = self._take_marks()
        if not marked and not self._is_under_way():
            return False
        if EVERYBODY in marked:
            self.last_partner = self.until_partner = max(self.last_partner, 0)
        elif marked:
            self._compute_marked(marked)
        if self.last_harvest >= 0:
            self._classify_next()
        if self.last_partner >= 0:
            self._compute_next()
        if not self._is_under_way() and not self._is_marked():
            self.date_fresh = self.env.cr.now()
        self.flush_recordset()
        return True

    def _is_marked(self):
        """Return whether marks of the company are left."""
        marks = self.env["segmentation.refresh.mark"].sudo()
        return bool(marks.search_count([("company", "=", self.company_id.id)], limit=1))

    def _take_marks(self):
        """Remove the marks that are due from the queue and return what they say."""
        rows = self.env.execute_query(
            SQL(
                """
                DELETE FROM segmentation_refresh_mark
                 WHERE id IN (SELECT id FROM segmentation_refresh_mark
                               WHERE company = %(company)s
                                 AND COALESCE(not_before <= %(now)s, TRUE)
                            ORDER BY partner, id LIMIT %(limit)s)
             RETURNING partner""",
                company=self.company_id.id,
                now=self.env.cr.now(),
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

    def _next_customers(self, until, limit):
        rows = self.env.execute_query(
            SQL(
                """SELECT id FROM res_partner
                    WHERE id > %s AND id <= %s AND id = commercial_partner_id
                 ORDER BY id LIMIT %s""",
                self.last_partner,
                until,
                limit,
            )
        )
        return [id_ for (id_,) in rows]

    def _compute_next(self):
        """Compute the next customers of the refresh of everybody."""
        is_last_round = self._has_begun_again() or not self.until_partner
        until = self.until_partner if self._has_begun_again() else MAX_ID
        size, begun = min(self.batch, BATCH), monotonic()
        customer_ids = self._next_customers(until, size)
        figures = self.env["segmentation.figures"]
        if customer_ids:
            figures._compute(self.company_id, customer_ids)
        if len(customer_ids) == size and customer_ids[-1] != self.until_partner:
            self.last_partner = customer_ids[-1]
            if monotonic() - begun < SHORT:
                self.batch = min(2 * size, BATCH)
            return
        self.last_partner = -1 if is_last_round else 0
        figures._drop_strays(self.company_id)
        if not self.date_fresh:
            figures._analyze()
        self.last_harvest = 0

    def _classify_next(self):
        """Find the quadrants of the next harvests, from end to end."""
        harvests = self.env["segmentation.harvest"].sudo()
        harvests = harvests.search(
            [("company_id", "=", self.company_id.id), ("id", ">", self.last_harvest)],
            order="id",
            limit=HARVESTS,
        )
        self.env["segmentation.figures"]._classify(self.company_id, harvests)
        self.last_harvest = harvests[-1].id if len(harvests) == HARVESTS else -1

    def _compute_marked(self, marked):
        """Compute the marked customers and the cut points they may move.

        Customers that were deleted have taken positions along that no cut point has
        counted off: all are counted anew, as when quadrants alone are marked.
        """
        figures = self.env["segmentation.figures"]
        customers = self._customers_of(marked - {CLASSIFY})
        harvests = figures._compute(self.company_id, sorted(customers))
        if marked - customers:
            self.last_harvest = 0
        else:
            figures._reclassify(self.company_id, harvests)

    # --- The job ----------------------------------------------------------------

    @api.model
    @tries_again("refresh_cron")
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
        while self._lock_for_batch(progress):
            if not self._step():
                return progress(1)
            if not progress(0):
                self._trigger_job()
                return progress(0, remaining=1)
        # What is marked now may be too new for whoever holds the lock to see.
        self._trigger_again()
        return progress(1)

    def _lock_for_batch(self, progress):
        """Keep others out, unless they were first; return whether that could be done.

        Where everybody is computed, half the size of the batch is committed before: one
        that is ended half-way (time limit, memory, disk) is tried again with half as
        many customers.
        """
        if not self.try_lock_for_update(allow_referencing=True):
            return False
        if self.last_partner < 0 and not self._count_marks()[0]:
            return True
        size = self.batch
        self.batch = max(size // 2, 1)
        progress(0)
        if not self.try_lock_for_update(allow_referencing=True):
            return False
        self.batch = size
        return True

    @api.model
    def _cron_refresh_all(self):
        """Mark everybody, once a night: what no event tells (dates, other SQL)."""
        self._mark_companies(self._companies())

    # --- Actions ----------------------------------------------------------------

    def action_refresh(self):
        """Ask for everybody to be computed; the job does it, this only marks."""
        if not self.env.user.has_group(MARKETING):
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
