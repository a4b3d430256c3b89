"""The segmentation of the reference harvest as text: dev/run prints it."""

AGGREGATES = ["__count", "potential:sum", "billing:sum", "share:avg", "gap:sum"]
QUARTERS = (
    ("high billing", ("revision", "retention")),
    ("low billing", ("no_investment", "investment")),
)
CELL = 32
MARGIN = 15


def show(env):
    """Print the matrix and the zones of each company that has a reference harvest."""
    companies = env["res.company"].search([], order="id")
    env = env(context=dict(env.context, allowed_company_ids=companies.ids))
    positions = env["segmentation.position"]
    env["segmentation.refresh"]._refresh_pending(companies)
    env.cr.commit()
    for company in companies.with_env(env):
        harvest = company._segmentation_reference_harvest()
        if harvest:
            print(f"\n{company.name}, {harvest.name}, in {company.currency_id.name}\n")
            show_matrix(positions, harvest)
            show_zones(positions, harvest)


def show_matrix(positions, harvest):
    """Print the four quadrants as a 2×2, and below it the customers outside it."""
    quadrants = {
        quadrant: figures
        for quadrant, *figures in positions._read_group(
            [("harvest_id", "=", harvest.id)], ["quadrant"], AGGREGATES
        )
    }
    labels = dict(positions._fields["quadrant"]._description_selection(positions.env))
    rule = " " * MARGIN + "+" + ("-" * CELL + "+") * 2
    print(" " * MARGIN + f" {'low potential':^{CELL}} {'high potential':^{CELL}}")
    for side, row in QUARTERS:
        cells = [cell(labels[name], quadrants.get(name)) for name in row]
        print(rule)
        for number, (left, right) in enumerate(zip(*cells, strict=True)):
            print(f"{side if number == 0 else '':{MARGIN}}|{left}|{right}|")
    print(rule)
    unknown = quadrants.get("unknown", [0, 0, 0])
    print(
        f"{labels['unknown']} potential: {count(unknown[0])},"
        f" billed {amount(unknown[2])}\n"
    )


def cell(title, figures):
    """Return the lines of one quadrant."""
    customers, potential, billing, share, gap = figures or (0, 0, 0, None, 0)
    rows = [
        (title, count(customers)),
        ("  potential", amount(potential)),
        ("  billing", amount(billing)),
        ("  share", percentage(share, potential)),
        ("  gap", amount(gap)),
    ]
    return [f" {name:<14}{value:>{CELL - 16}} " for name, value in rows]


def show_zones(positions, harvest):
    """Print a line for each zone, and the total."""
    domain = [("harvest_id", "=", harvest.id)]
    zones = positions._read_group(domain, ["zone_id"], AGGREGATES, order="zone_id")
    total = positions._read_group(domain, [], AGGREGATES)[0]
    line = "{:<30}{:>10}{:>15}{:>15}{:>8}{:>15}".format
    print(line("zone", "customers", "potential", "billing", "share", "gap"))
    rows = [(zone.complete_name or "no zone", *figures) for zone, *figures in zones]
    for name, customers, potential, billing, share, gap in [*rows, ("total", *total)]:
        ratio = percentage(share, potential)
        figures = amount(potential), amount(billing), ratio, amount(gap)
        print(line(name[:30], customers, *figures))


def count(customers):
    return f"{customers} customer{'' if customers == 1 else 's'}"


def amount(value):
    return f"{value or 0:,.0f}"


def percentage(share, potential):
    return f"{100 * share:.0f} %" if potential else "-"
