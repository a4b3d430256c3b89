"""Rules of segmentation as plain Python: no ORM, no SQL, no clock.

The addon computes the same figures set-based in PostgreSQL; these modules are the
readable statement of the rules, and the tests hold the two against each other.
Money and hectares are :class:`decimal.Decimal`, dates are inclusive bounds.
"""
