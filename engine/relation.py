"""How a customer stands to the firm, as a whole and in each business unit.

What was bought and what is on offer say it; whoever knows better says so by hand, for
ever or until a day. ``None`` as a unit stands for what no unit claims.
"""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

CUSTOMER = "customer"
EX_CUSTOMER = "ex_customer"
PROSPECT = "prospect"
COMPETITOR = "competitor"
UNKNOWN = "unknown"

#: from the closest relation to none
RANKS = (CUSTOMER, EX_CUSTOMER, PROSPECT, COMPETITOR, UNKNOWN)


class Line(NamedTuple):
    """A product line of a posted customer invoice or credit note."""

    customer: int
    unit: int | None
    #: the invoice, or the one that the credit note reverses
    invoice: int
    #: None on credit notes: a credit is no purchase
    day: date | None
    #: untaxed; negative where credited
    amount: Decimal


class Manual(NamedTuple):
    """What somebody said by hand."""

    relation: str
    #: the last day it holds; None for ever
    until: date | None = None


def purchases(
    lines: Iterable[Line],
) -> dict[tuple[int, int | None], tuple[date, date]]:
    """Return {(customer, unit): (first, last day bought)}.

    An invoice is a purchase of a unit if, less the credit notes that reverse it,
    something of the unit is left.
    """
    left = defaultdict(Decimal)
    day_of = {}
    for line in lines:
        sale = line.customer, line.unit, line.invoice
        left[sale] += line.amount
        if line.day:
            day_of[sale] = line.day
    days = defaultdict(list)
    for sale, amount in left.items():
        if amount > 0 and sale in day_of:
            days[sale[:2]].append(day_of[sale])
    return {key: (min(bought), max(bought)) for key, bought in days.items()}


def months_before(day: date, months: int) -> date:
    """Return the same day so many months earlier, or the last one of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def inferred(
    last: date | None, has_opportunity: bool, active_months: int, today: date
) -> str:
    """Return what purchases and opportunities say.

    :param last: day of the last purchase
    :param active_months: how long after a purchase one is a customer, the day included
    """
    if last and last >= months_before(today, active_months):
        return CUSTOMER
    if last:
        return EX_CUSTOMER
    return PROSPECT if has_opportunity else UNKNOWN


def effective(said: str, manual: Manual | None, today: date) -> str:
    """Return the relation that counts: what was said by hand while it holds."""
    if manual and (manual.until is None or manual.until >= today):
        return manual.relation
    return said


def best(relations: Iterable[str]) -> str:
    """Return the closest of the relations."""
    return min(relations, key=RANKS.index, default=UNKNOWN)


class Customer(NamedTuple):
    """What is known of one customer, by unit; ``None`` is the customer as a whole."""

    last: Mapping[int | None, date]
    opportunities: frozenset[int | None]
    manual: Mapping[int | None, Manual]


def relations(
    customer: Customer, active_months: Mapping[int | None, int], today: date
) -> dict[int | None, str]:
    """Return {unit: relation}, with that of the customer as a whole under ``None``.

    As a whole, a customer is what it is at best in any unit or over everything bought
    and offered, unless somebody says otherwise.

    :param active_months: by unit; under ``None`` for the customer as a whole
    """

    def said(unit):
        return inferred(
            customer.last.get(unit),
            unit in customer.opportunities,
            active_months[unit],
            today,
        )

    units = {*customer.last, *customer.opportunities, *customer.manual} - {None}
    result = {
        unit: effective(said(unit), customer.manual.get(unit), today) for unit in units
    }
    overall = best([said(None), *result.values()])
    return {**result, None: effective(overall, customer.manual.get(None), today)}
