"""What runs once, when the addon is installed or uninstalled."""


def post_init_hook(env):
    """Ask for the figures of everybody.

    The job attributes the invoices already there to harvests and zones, and computes
    positions, set-based and in batches: installing neither waits for nor locks them.
    """
    refresh = env["segmentation.refresh"]
    companies = refresh._companies()
    refresh._of(companies)
    refresh._mark_companies(companies)


def uninstall_hook(env):
    """Take the key fields, and what contacts have in them, out of contacts."""
    env["segmentation.field"]._switched_on()._drop_columns(uninstalling=True)
