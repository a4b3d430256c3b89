"""What runs once, when the addon is installed."""


def post_init_hook(env):
    """Ask for the figures of everybody.

    The job attributes the invoices already there to harvests and zones, and computes
    positions, set-based and in batches: installing neither waits for nor locks them.
    """
    refresh = env["segmentation.refresh"]
    companies = refresh._companies()
    refresh._of(companies)
    refresh._mark_companies(companies)
