"""The addon's jobs, for every room."""

import functools
import logging
from datetime import timedelta

from psycopg2 import errors
from psycopg2.extensions import TransactionRollbackError

from odoo.tools import SQL

_logger = logging.getLogger(__name__)

#: what keeps PostgreSQL from anything for a while, through nobody's fault: others who
#: write on the same rows or hold them, and a server without space
NO_SPACE = (errors.DiskFull, errors.ConfigurationLimitExceeded, errors.OutOfMemory)
PASSING = (TransactionRollbackError, errors.LockNotAvailable, *NO_SPACE)


def wake(env, name, at=None):
    """Wake a job, now or ``at`` a moment in UTC, unless somebody deleted it.

    :param str name: the job's name in the addon's data
    """
    cron = env.ref(f"agro_segmentation.{name}", raise_if_not_found=False)
    if cron:
        cron.sudo()._trigger(at)


def mark_and_wake(env, name, marks):
    """Insert marks and wake the job that works them off, in one statement.

    For what happens while an invoice is posted, which must not be slower for it. The
    trigger is one of Odoo's, one a transaction; a savepoint that is rolled back takes
    marks and trigger along. No job, or no mark inserted: nobody is woken.

    :param str name: the job's name in the addon's data
    :param SQL marks: an INSERT that returns its rows
    """
    now = env.cr.now()
    env.cr.execute(
        SQL(
            """
            WITH mark AS (%(marks)s)
            INSERT INTO ir_cron_trigger (cron_id, call_at, create_date)
            SELECT id, %(second)s, %(now)s FROM ir_cron
             WHERE id = %(job)s AND active AND EXISTS (SELECT FROM mark)
               AND NOT EXISTS (SELECT FROM ir_cron_trigger
                                WHERE cron_id = %(job)s AND call_at = %(second)s
                                  AND create_date = %(now)s)""",
            marks=marks,
            second=now.replace(microsecond=0),  # as jobs clear their triggers
            now=now,
            job=env["ir.model.data"]._xmlid_to_res_id(f"agro_segmentation.{name}") or 0,
        )
    )
    if env.cr.rowcount:
        env["ir.cron.trigger"].invalidate_model(flush=False)
        _notify_workers(env)


def _notify_workers(env):
    """Have cron workers look for jobs after this transaction, once."""
    postcommit = env.cr.postcommit
    if not postcommit.data.get("agro_segmentation.notified"):
        postcommit.data["agro_segmentation.notified"] = True
        postcommit.add(env["ir.cron"]._notifydb)


def wake_in_a_minute(env, name):
    """Wake a job that cannot do its work now; trying at once would keep it busy."""
    wake(env, name, env.cr.now() + timedelta(minutes=1))


def take(record, name, **options):
    """Lock a record that a job is to work on; return whether that was possible.

    Whoever has it may be another worker at the same job, or just somebody who writes:
    the job comes back in a minute.

    :param options: those of ``try_lock_for_update``
    """
    if record.try_lock_for_update(**options):
        return True
    wake_in_a_minute(record.env, name)
    return False


def tries_again(name):
    """Decorate a job: what :data:`PASSING` stops is taken back, and done in a minute.

    What was committed stays done. It is no failure of the job's, of which Odoo counts a
    few before it switches the job off.

    :param str name: the job's name in the addon's data
    """

    def decorate(job):
        @functools.wraps(job)
        def run(self):
            try:
                return job(self)
            except PASSING as error:
                self.env.cr.rollback()
                _logger.warning("%s goes on in a minute: %s", name, error)
                wake_in_a_minute(self.env, name)
                return self.env["ir.cron"]._commit_progress(remaining=0)

        return run

    return decorate


def go_through(records, step, name):
    """Work off records in a job, batch by batch, and commit each batch.

    Records that somebody else is working on are left to them, and looked at again in a
    minute. When the job's time is up, it is woken to go on.

    :param step: function that does a record's next batch and returns whether there is
        another one
    :param str name: the job's name in the addon's data
    """
    progress = records.env["ir.cron"]._commit_progress
    progress(remaining=len(records))
    for record in records:
        while take(record, name) and step(record):
            if not progress(0):
                wake(records.env, name)
                return
        if not progress(1):
            wake(records.env, name)
            return


def act_as(record, user, company):
    """Return a record with the rights, language and time zone of a user.

    For jobs that act for whoever asked for it, in one company.
    """
    return record.with_user(user).with_context(
        lang=user.lang, tz=user.tz, allowed_company_ids=company.ids
    )
