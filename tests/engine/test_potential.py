"""Rule 4: what a customer could buy."""

from datetime import date
from decimal import Decimal

import pytest

from engine.potential import (
    Harvest,
    Parcel,
    Planting,
    Rate,
    best_rates,
    potentials,
    zone_path,
)

SUMMER_23, WINTER_24, SUMMER_24, SUMMER_25 = 1, 2, 3, 4
HARVESTS = {
    SUMMER_23: Harvest(SUMMER_23, "summer", date(2023, 10, 1), date(2024, 3, 31)),
    WINTER_24: Harvest(WINTER_24, "winter", date(2024, 5, 1), date(2024, 9, 30)),
    SUMMER_24: Harvest(SUMMER_24, "summer", date(2024, 10, 1), date(2025, 3, 31)),
    SUMMER_25: Harvest(SUMMER_25, "summer", date(2025, 10, 1), date(2026, 3, 31)),
}
REGION, NORTH, FARMLAND = "region", "north", "farmland"
PARENTS = {FARMLAND: NORTH, NORTH: REGION, REGION: None}
FIELD = Parcel(1, "ana", FARMLAND)
SOY, MAIZE, SEED, FEED = "soy", "maize", "seed", "feed"


def rate(amount, zone=None, harvest=None, unit=None, crop=SOY):
    return Rate(crop, zone, harvest, unit, Decimal(amount))


def best(*rates, zone=FARMLAND, harvest=SUMMER_24):
    return best_rates(rates, SOY, zone, HARVESTS[harvest], HARVESTS, PARENTS)


def compute(plantings, rates, carry=2, parcels=(FIELD,)):
    return potentials(parcels, plantings, rates, HARVESTS, PARENTS, carry)


def test_zone_path_goes_from_the_nearest_to_any():
    assert zone_path(FARMLAND, PARENTS) == [FARMLAND, NORTH, REGION, None]
    assert zone_path(None, PARENTS) == [None]


@pytest.mark.parametrize("nearer", range(3))
def test_the_nearest_zone_wins_before_no_zone(nearer):
    path = zone_path(FARMLAND, PARENTS)[nearer:]
    rates = [rate(index, zone) for index, zone in enumerate(path)]
    assert best(*rates) == {None: 0}


def test_the_exact_harvest_wins_before_earlier_before_none():
    none, first, exact = rate(1), rate(2, harvest=SUMMER_23), rate(3, harvest=SUMMER_24)
    assert best(none, first, exact) == {None: 3}
    assert best(none, first) == {None: 2}
    assert best(none) == {None: 1}


def test_a_later_harvest_never_applies():
    assert best(rate(1, harvest=SUMMER_25)) == {}


def test_zone_counts_before_harvest():
    near_but_old = rate(1, zone=NORTH, harvest=SUMMER_23)
    far_but_exact = rate(2, zone=REGION, harvest=SUMMER_24)
    assert best(near_but_old, far_but_exact) == {None: 1}


def test_a_sibling_zone_does_not_apply():
    assert best(rate(1, zone=FARMLAND), zone=NORTH) == {}


def test_units_add_up():
    plantings = [Planting(1, SUMMER_24, SOY, Decimal(10))]
    result = compute(plantings, [rate(5, unit=SEED), rate(7, unit=FEED)])
    potential = result["ana", SUMMER_24]
    assert potential.lines == {(FARMLAND, SEED): 50, (FARMLAND, FEED): 70}
    assert potential.amount == 120


def test_no_rate_at_all_is_unknown_not_zero():
    result = compute([Planting(1, SUMMER_24, MAIZE, Decimal(10))], [rate(5)])
    potential = result["ana", SUMMER_24]
    assert potential.amount is None
    assert potential.missing == {(MAIZE, FARMLAND)}
    assert potential.hectares == 10


def test_some_rates_missing_give_a_lower_bound():
    plantings = [
        Planting(1, SUMMER_24, SOY, Decimal(10)),
        Planting(1, SUMMER_24, MAIZE, Decimal(4)),
    ]
    potential = compute(plantings, [rate(5)])["ana", SUMMER_24]
    assert (potential.amount, potential.missing) == (50, {(MAIZE, FARMLAND)})


def test_fallow_land_is_known_to_buy_nothing():
    potential = compute([Planting(1, SUMMER_24, SOY, Decimal(0))], [rate(5)])
    assert potential["ana", SUMMER_24].amount == 0


def test_the_latest_earlier_harvest_of_the_kind_is_carried():
    plantings = [
        Planting(1, SUMMER_23, SOY, Decimal(10)),
        Planting(1, WINTER_24, SOY, Decimal(99)),
    ]
    result = compute(plantings, [rate(1)])
    assert result["ana", SUMMER_24].amount == 10
    assert result["ana", SUMMER_24].carried
    assert not result["ana", SUMMER_23].carried
    assert result["ana", SUMMER_25].amount == 10


def test_carrying_ends_at_the_configured_number_of_harvests():
    plantings = [Planting(1, SUMMER_23, SOY, Decimal(10))]
    assert ("ana", SUMMER_25) not in compute(plantings, [rate(1)], carry=1)
    assert set(compute(plantings, [rate(1)], carry=0)) == {("ana", SUMMER_23)}


def test_own_plantings_replace_what_would_be_carried():
    plantings = [
        Planting(1, SUMMER_23, SOY, Decimal(10)),
        Planting(1, SUMMER_24, SOY, Decimal(3)),
    ]
    result = compute(plantings, [rate(1)])
    assert [result["ana", h].amount for h in (SUMMER_24, SUMMER_25)] == [3, 3]


def test_a_sold_parcel_keeps_its_past_and_carries_nothing():
    plantings = [Planting(1, SUMMER_23, SOY, Decimal(10))]
    sold = [Parcel(1, "ana", FARMLAND, active=False)]
    assert set(compute(plantings, [rate(1)], parcels=sold)) == {("ana", SUMMER_23)}


def test_each_line_is_rounded_once_half_away_from_zero():
    plantings = [
        Planting(1, SUMMER_24, SOY, Decimal("0.5")),
        Planting(2, SUMMER_24, SOY, Decimal("0.5")),
    ]
    parcels = [Parcel(1, "ana", NORTH), Parcel(2, "ana", REGION)]
    result = compute(plantings, [rate("0.01")], parcels=parcels)["ana", SUMMER_24]
    assert result.lines == {
        (NORTH, None): Decimal("0.01"),
        (REGION, None): Decimal("0.01"),
    }
