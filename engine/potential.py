"""What a customer could buy: hectares planted × what a hectare buys."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal


@dataclass(frozen=True)
class Harvest:
    """A season of one company, ``start`` and ``end`` inclusive."""

    id: int
    kind: str
    start: date
    end: date


@dataclass(frozen=True)
class Parcel:
    """A field of a customer; ``active`` is False once it is sold."""

    id: int
    customer: int
    zone: int | None
    active: bool = True


@dataclass(frozen=True)
class Planting:
    """``hectares`` of ``crop`` on a parcel in a harvest."""

    parcel: int
    harvest: int
    crop: int
    hectares: Decimal


@dataclass(frozen=True)
class Rate:
    """What a hectare of ``crop`` buys; None of zone or harvest means any."""

    crop: int
    zone: int | None
    harvest: int | None
    unit: int | None
    amount: Decimal


@dataclass
class Potential:
    """The potential of one customer in one harvest.

    :ivar lines: (zone, unit) → amount, rounded
    :ivar hectares: hectares planted, rated or not
    :ivar carried: some plantings come from an earlier harvest
    :ivar missing: (crop, zone) that no rate covers: the amount is a lower bound
    """

    lines: dict = field(default_factory=dict)
    hectares: Decimal = Decimal(0)
    carried: bool = False
    missing: set = field(default_factory=set)

    @property
    def amount(self) -> Decimal | None:
        """Sum of the lines; None when no planting has a rate: unknown, not zero."""
        return sum(self.lines.values(), Decimal(0)) if self.lines else None


def zone_path(zone: int | None, parents: Mapping[int, int | None]) -> list:
    """Return the zone and its ancestors, nearest first, then None for "any zone"."""
    path = []
    while zone is not None:
        path.append(zone)
        zone = parents.get(zone)
    return [*path, None]


def best_rates(
    rates: Iterable[Rate],
    crop: int,
    zone: int | None,
    harvest: Harvest,
    harvests: Mapping[int, Harvest],
    parents: Mapping[int, int | None],
) -> dict[int | None, Decimal]:
    """Return the amount per hectare that applies, for each business unit with a rate.

    The nearest zone up the tree wins before no zone; among those the exact harvest
    before the latest earlier one before none. Later harvests never apply.
    """
    path = zone_path(zone, parents)
    best: dict[int | None, tuple] = {}
    for rate in rates:
        if rate.crop != crop or rate.zone not in path:
            continue
        start = harvests[rate.harvest].start if rate.harvest is not None else date.min
        if start > harvest.start:
            continue
        rank = (-path.index(rate.zone), start)
        if rate.unit not in best or rank > best[rate.unit][0]:
            best[rate.unit] = (rank, rate.amount)
    return {unit: amount for unit, (_rank, amount) in best.items()}


def sown(
    parcel: Parcel,
    plantings: Iterable[Planting],
    harvest: Harvest,
    harvests: Mapping[int, Harvest],
    carry: int,
) -> tuple[list[Planting], bool]:
    """Return the plantings that stand for a parcel in a harvest, and if carried.

    Without one of its own, the latest earlier harvest *of the same kind* stands in, at
    most ``carry`` harvests of that kind back; a sold parcel carries nothing forward.
    """
    season = sorted(
        (h for h in harvests.values() if h.kind == harvest.kind), key=lambda h: h.start
    )
    index = season.index(harvest)
    by_harvest = defaultdict(list)
    for planting in plantings:
        if planting.parcel == parcel.id:
            by_harvest[planting.harvest].append(planting)
    reach = carry if parcel.active else 0
    for earlier in reversed(season[max(index - reach, 0) : index + 1]):
        if earlier.id in by_harvest:
            return by_harvest[earlier.id], earlier != harvest
    return [], False


def potentials(
    parcels: Iterable[Parcel],
    plantings: Iterable[Planting],
    rates: Iterable[Rate],
    harvests: Mapping[int, Harvest],
    parents: Mapping[int, int | None],
    carry: int,
    digits: int = 2,
) -> dict[tuple[int, int], Potential]:
    """Return (customer, harvest) → :class:`Potential` for all that is planted.

    :param digits: decimals of the company currency; each line is rounded once, half
        away from zero, so that lines add up to the customer's figure
    """
    plantings, rates = list(plantings), list(rates)
    result: dict[tuple[int, int], Potential] = defaultdict(Potential)
    for parcel in parcels:
        for harvest in harvests.values():
            stand, carried = sown(parcel, plantings, harvest, harvests, carry)
            for planting in stand:
                entry = result[parcel.customer, harvest.id]
                entry.hectares += planting.hectares
                entry.carried |= carried
                amounts = best_rates(
                    rates, planting.crop, parcel.zone, harvest, harvests, parents
                )
                if not amounts:
                    entry.missing.add((planting.crop, parcel.zone))
                for unit, amount in amounts.items():
                    key = parcel.zone, unit
                    entry.lines[key] = entry.lines.get(key, 0) + (
                        planting.hectares * amount
                    )
    step = Decimal(1).scaleb(-digits)
    for entry in result.values():
        for key, amount in entry.lines.items():
            entry.lines[key] = amount.quantize(step, ROUND_HALF_UP)
    return dict(result)
