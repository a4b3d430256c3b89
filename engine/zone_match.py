"""Which growing zone fits an address best: plain rules, no ORM.

A rule fits when every criterion it states holds. Of the rules that fit, one with a zip
range beats one with cities, which beats one with states alone; what two rules share is
decided by their other criteria, then by the deeper zone. Rules that still tie all win:
the caller then has no single answer.
"""

import unicodedata
from dataclasses import dataclass


def normalise_city(name: str | None) -> str:
    """Fold case, accents and spaces, as people type them at will.

    >>> normalise_city("  San  Julián ")
    'san julian'
    """
    decomposed = unicodedata.normalize("NFKD", name or "")
    letters = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(letters.casefold().split())


def normalise_zip(code: str | None) -> str:
    """Keep letters and digits; pad pure numbers so that they sort as numbers.

    >>> normalise_zip("990-A"), normalise_zip("990") < normalise_zip("1000")
    ('990A', True)
    """
    kept = "".join(c for c in code or "" if c.isalnum()).upper()
    return kept.zfill(12) if kept.isdigit() else kept


@dataclass(frozen=True)
class Address:
    """The part of an address that zones look at, already normalised."""

    state: int | None
    city: str
    zip: str


@dataclass(frozen=True)
class ZoneRule:
    """The criteria of one zone; an empty one is not asked. Zip ends are inclusive,
    and an empty end is open."""

    zone: int
    depth: int
    states: frozenset[int]
    cities: frozenset[str]
    zip_from: str
    zip_to: str

    @property
    def specificity(self) -> tuple[bool, bool, bool, int]:
        has_range = bool(self.zip_from or self.zip_to)
        return has_range, bool(self.cities), bool(self.states), self.depth

    def fits(self, address: Address) -> bool:
        if not any(self.specificity[:3]):
            return False
        return (
            self._fits_zip(address.zip)
            and (not self.cities or address.city in self.cities)
            and (not self.states or address.state in self.states)
        )

    def _fits_zip(self, code: str) -> bool:
        if not (self.zip_from or self.zip_to):
            return True
        return bool(code) and self.zip_from <= code <= (self.zip_to or code)


def best_zones(rules: list[ZoneRule], address: Address) -> list[int]:
    """Return the zones whose rules fit `address` best: none, one, or those that tie."""
    fitting = [rule for rule in rules if rule.fits(address)]
    best = max((rule.specificity for rule in fitting), default=None)
    return [rule.zone for rule in fitting if rule.specificity == best]
