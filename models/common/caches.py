from functools import partial


def clear_caches(env, *names):
    """Have what is cached found again, by all workers.

    Again after the commit: another thread may have filled the caches meanwhile with
    what it could still read.

    :param names: of Odoo's caches; the common one without
    """
    clear = partial(env.registry.clear_cache, *names)
    clear()
    env.cr.postcommit.add(clear)
