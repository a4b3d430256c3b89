"""The addon's jobs, for every room."""

from odoo.tools import SQL


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


def go_through(records, step, name):
    """Work off records in a job, batch by batch, and commit each batch.

    Records that somebody else is working on are left to them. When the job's time is
    up, it is woken to go on.

    :param step: function that does a record's next batch and returns whether there is
        another one
    :param str name: the job's name in the addon's data
    """
    progress = records.env["ir.cron"]._commit_progress
    progress(remaining=len(records))
    for record in records:
        while record.try_lock_for_update() and step(record):
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
