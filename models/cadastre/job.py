"""The addon's jobs, for every room."""


def wake(env, name, at=None):
    """Wake a job, now or ``at`` a moment in UTC, unless somebody deleted it.

    :param str name: the job's name in the addon's data
    """
    cron = env.ref(f"agro_segmentation.{name}", raise_if_not_found=False)
    if cron:
        cron.sudo()._trigger(at)


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
