"""The addon's jobs, for every room."""


def wake(env, name, at=None):
    """Wake a job, now or ``at`` a moment in UTC, unless somebody deleted it.

    :param str name: the job's name in the addon's data
    """
    cron = env.ref(f"agro_segmentation.{name}", raise_if_not_found=False)
    if cron:
        cron.sudo()._trigger(at)
