"""SQL, ``engine/`` and accounting agree, whatever happens (property-based)."""

from contextlib import contextmanager
from decimal import Decimal

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from odoo import Command
from odoo.tests import tagged

from odoo.addons.agro_segmentation.engine import billing, classification, potential

from .common import PositionCommon

CHECKS = settings(
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
hectares = st.decimals("0", "500", places=4)
amounts = st.decimals("0", "2000", places=2)


def exact(number):
    """Return what PostgreSQL holds: Odoo's cursor reads numeric columns as floats."""
    return None if number is None else Decimal(str(number))


class RolledBack:
    """Each example of a property starts from the same database."""

    @contextmanager
    def example(self):
        savepoint = self.env.cr.savepoint()
        try:
            yield
        finally:
            self.env.invalidate_all(flush=False)
            self.env.transaction.clear()
            savepoint.rollback()
            savepoint.close(rollback=False)
            self.env.registry.clear_cache()


@tagged("post_install", "-at_install")
class TestPotentialAgrees(RolledBack, PositionCommon):
    """Random cadastres: positions are what ``engine.potential`` says."""

    @given(data=st.data())
    @settings(CHECKS, max_examples=25)
    def test_positions_are_those_of_the_engine(self, data):
        with self.example():
            zones = (self.region, self.east, self.north, self.coast)
            some_zone = st.sampled_from((None, *zones))
            harvests = (self.summer_24, self.winter_24, self.summer_25)
            crops = (self.soy, self.maize)
            customers = [self.farmer, self._customer("Second")]
            carry = data.draw(st.integers(0, 2))
            self.company.segmentation_carry_harvests = carry
            digits = data.draw(st.sampled_from([0, 2]))
            self.company.currency_id.rounding = 10**-digits
            parcels = data.draw(
                st.lists(
                    st.tuples(st.sampled_from(customers), some_zone, st.booleans()),
                    min_size=1,
                    max_size=4,
                )
            )
            plantings = data.draw(
                st.dictionaries(
                    st.tuples(
                        st.integers(0, len(parcels) - 1),
                        st.sampled_from(harvests),
                        st.sampled_from(crops),
                    ),
                    hectares,
                    max_size=8,
                )
            )
            rates = data.draw(
                st.dictionaries(
                    st.tuples(
                        st.sampled_from(crops),
                        some_zone,
                        st.sampled_from((None, *harvests)),
                        st.sampled_from((None, self.unit_inputs, self.unit_machines)),
                    ),
                    amounts,
                    max_size=8,
                )
            )
            rates = {key: round(amount, digits) for key, amount in rates.items()}
            expected = self._by_engine(
                parcels, plantings, rates, harvests, carry, digits
            )
            self._record(parcels, plantings, rates)
            self._refresh()
            self.assertEqual(self._by_sql(), expected)

    def _by_engine(self, parcels, plantings, rates, harvests, carry, digits):
        result = potential.potentials(
            [
                potential.Parcel(index, customer.id, zone and zone.id, active)
                for index, (customer, zone, active) in enumerate(parcels)
            ],
            [
                potential.Planting(parcel, harvest.id, crop.id, area)
                for (parcel, harvest, crop), area in plantings.items()
            ],
            [
                potential.Rate(
                    crop.id,
                    zone and zone.id,
                    harvest and harvest.id,
                    unit and unit.id,
                    amount,
                )
                for (crop, zone, harvest, unit), amount in rates.items()
            ],
            {
                h.id: potential.Harvest(h.id, h.kind, h.date_start, h.date_end)
                for h in harvests
            },
            {
                self.region.id: None,
                self.coast.id: None,
                self.east.id: self.region.id,
                self.north.id: self.region.id,
            },
            carry,
            digits,
        )
        return {
            key: (
                found.amount,
                found.hectares,
                found.carried,
                found.missing,
                dict(found.lines),
            )
            for key, found in result.items()
        }

    def _record(self, parcels, plantings, rates):
        records = self._create(
            "parcel",
            [
                {
                    "name": f"Parcel {index}",
                    "partner_id": customer.id,
                    "zone_id": zone and zone.id,
                    "hectares": 10_000,
                    "active": active,
                }
                for index, (customer, zone, active) in enumerate(parcels)
            ],
        )
        self._create(
            "planting",
            [
                {
                    "parcel_id": records[parcel].id,
                    "harvest_id": harvest.id,
                    "crop_id": crop.id,
                    "hectares": float(area),
                }
                for (parcel, harvest, crop), area in plantings.items()
            ],
        )
        for (crop, zone, harvest, unit), amount in rates.items():
            self._rate(
                crop,
                float(amount),
                zone_id=zone and zone.id,
                harvest_id=harvest and harvest.id,
                unit_id=unit and unit.id,
            )

    def _by_sql(self):
        self.env.cr.execute(
            """
            SELECT partner_id, harvest_id, potential, hectares, is_carried,
                   missing_rates, id
              FROM segmentation_position
             WHERE company_id = %s AND (hectares > 0 OR potential IS NOT NULL
                                        OR missing_rates IS NOT NULL)""",
            [self.company.id],
        )
        rows = self.env.cr.fetchall()
        self.env.cr.execute(
            """SELECT position_id, zone_id, unit_id, potential
                 FROM segmentation_position_line WHERE potential IS NOT NULL"""
        )
        lines = {}
        for position, zone, unit, amount in self.env.cr.fetchall():
            lines.setdefault(position, {})[zone, unit] = exact(amount)
        return {
            (partner, harvest): (
                exact(amount),
                exact(area),
                carried,
                {tuple(pair) for pair in missing or []},
                lines.get(position, {}),
            )
            for partner, harvest, amount, area, carried, missing, position in rows
        }


@tagged("post_install", "-at_install")
class TestUnitsAgree(RolledBack, PositionCommon):
    """Random trees and claims: categories belong to what ``engine.billing`` says."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        other = cls.setup_other_company(name="Second")["company"]
        cls.units = cls._create(
            "business.unit",
            [
                {"name": "Shared"},
                {"name": "Ours", "company_id": cls.company.id},
                {"name": "Archived", "active": False},
                {"name": "Foreign", "company_id": other.id},
            ],
        )
        cls.foreign = cls.units[-1]

    @given(
        tree=st.lists(st.integers(0, 8), min_size=1, max_size=8),
        claims=st.dictionaries(st.integers(0, 7), st.integers(0, 3), max_size=5),
    )
    @settings(CHECKS, max_examples=40)
    def test_units_are_those_of_the_engine(self, tree, claims):
        with self.example():
            categories = self._categories(tree)
            claimed = {
                categories[index]: self.units[unit]
                for index, unit in claims.items()
                if index < len(categories)
            }
            for category, unit in claimed.items():
                unit.category_ids += category
            self.env.flush_all()
            expected = self._by_engine(categories, claimed)
            self.assertEqual(self._by_sql(categories), expected)
            found = self.units._for_categories(categories, self.company)
            self.assertEqual({c.id: u.id for c, u in found.items() if u}, expected)

    def _categories(self, tree):
        """Return a category for each number: below the one so many before, if any."""
        categories = self.env["product.category"]
        for index, back in enumerate(tree):
            above = categories[index - back] if 0 < back <= index else categories[:0]
            categories += categories.create({"name": "Some", "parent_id": above.id})
        return categories

    def _by_engine(self, categories, claimed):
        claims = {c.id: u.id for c, u in claimed.items() if u != self.foreign}
        parents = {c.id: c.parent_id.id or None for c in categories}
        units = {c.id: billing.unit_of(c.id, claims, parents) for c in categories}
        return {category: unit for category, unit in units.items() if unit}

    def _by_sql(self, categories):
        self.env.cr.execute(
            self.env["segmentation.figures"]._category_units(self.company)
        )
        return {
            category: unit
            for category, unit in self.env.cr.fetchall()
            if category in categories.ids
        }


@tagged("post_install", "-at_install")
class TestQuadrantsAgree(RolledBack, PositionCommon):
    """Random figures: cut points and quadrants are what ``engine`` says."""

    figures = st.lists(
        st.tuples(
            st.decimals("-100", "10000", places=2),
            st.none() | st.decimals("0", "10000", places=2),
        ),
        min_size=1,
        max_size=12,
    )

    @given(
        figures=figures,
        method=st.sampled_from(["pareto", "percentile", "fixed"]),
        billing=st.integers(0, 100),
        potential=st.integers(0, 100),
    )
    @settings(CHECKS, max_examples=60)
    def test_cuts_and_quadrants_are_those_of_the_engine(
        self, figures, method, billing, potential
    ):
        # a share of 0 % is refused
        assume(method != "pareto" or (billing and potential))
        with self.example():
            policy = self.env["segmentation.policy"]._of(self.company)
            suffix = "amount" if method == "fixed" else method
            policy.write(
                {
                    "method": method,
                    f"billing_{suffix}": billing,
                    f"potential_{suffix}": potential,
                }
            )
            self._insert(figures)
            self.env["segmentation.figures"]._classify(self.company, self.summer_25)
            self.env.cr.execute(
                """SELECT position.billing, position.potential, position.quadrant,
                          cut.billing_cut, cut.potential_cut
                     FROM segmentation_position position
                     JOIN segmentation_cut_point cut ON cut.id = cut_point_id
                    WHERE position.company_id = %s ORDER BY position.id""",
                [self.company.id],
            )
            self.assertEqual(
                [
                    (exact(billed), exact(amount), quadrant, *map(exact, cuts))
                    for billed, amount, quadrant, *cuts in self.env.cr.fetchall()
                ],
                self._by_engine(figures, method, billing, potential),
            )

    def _insert(self, figures):
        customers = self.env["res.partner"].create(
            [{"name": f"Customer {index}"} for index in range(len(figures))]
        )
        self.env.flush_all()
        self.env.cr.executemany(
            """INSERT INTO segmentation_position
                           (company_id, partner_id, harvest_id, billing, potential)
                    VALUES (%s, %s, %s, %s, %s)""",
            [
                (self.company.id, customer.id, self.summer_25.id, *row)
                for customer, row in zip(customers, figures, strict=True)
            ],
        )

    def _by_engine(self, figures, method, billing, potential):
        cut = {
            "pareto": classification.pareto_cut,
            "percentile": classification.percentile_cut,
            "fixed": lambda values, amount: Decimal(amount),
        }[method]
        known = [amount for _billed, amount in figures if amount is not None]
        cuts = (
            cut([billed for billed, _amount in figures], billing),
            cut(known, potential),
        )
        return [
            (billed, amount, classification.quadrant(billed, amount, *cuts), *cuts)
            for billed, amount in figures
        ]


@tagged("post_install", "-at_install")
class TestAccountingAgrees(RolledBack, PositionCommon):
    """Random accounting: billing reconciles to the cent, refresh after refresh."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.setup_other_company(name="Second")["company"]
        cls._harvests(cls.other)
        cls.euro = cls.setup_other_currency(
            "EUR", rates=[("2023-01-01", 3.0), ("2024-10-15", 7.0)]
        )
        cls.tree = cls._customer("One") | cls._customer("Two") | cls._customer("Three")
        cls.tree |= cls.env["res.partner"].create(
            [
                {"name": f"Contact {index}", "parent_id": cls.tree[index % 3].id}
                for index in range(4)
            ]
        )

    operations = st.lists(
        st.tuples(
            st.sampled_from(
                [
                    "post",
                    "post",
                    "post",
                    "draft",
                    "cancel",
                    "credit",
                    "parent",
                    "merge",
                    "harvest",
                    "refresh",
                ]
            ),
            st.integers(0, 6),
            st.integers(0, 6),
            st.decimals("0.01", "9999.99", places=2),
            st.sampled_from(
                ["2023-10-01", "2024-03-31", "2024-04-10", "2024-11-20", "2019-01-01"]
            ),
            st.booleans(),
            st.booleans(),
        ),
        min_size=4,
        max_size=14,
    )

    @given(operations=operations)
    @settings(CHECKS, max_examples=12)
    def test_billing_equals_accounting(self, operations):
        with self.example():
            self.moves = self.env["account.move"]
            for name, first, second, amount, day, flag, other in operations:
                partners = self.tree.exists()
                getattr(self, f"_do_{name}")(
                    partners[first % len(partners)],
                    partners[second % len(partners)],
                    float(amount),
                    day,
                    flag,
                    self.other if other else self.company,
                )
            companies = self.company | self.other
            self.env["segmentation.refresh"]._refresh_pending(companies)
            for company in companies:
                self._check(company)

    def _check(self, company):
        posted = self.env["account.move"].search(
            [
                ("company_id", "=", company.id),
                ("state", "=", "posted"),
                ("move_type", "in", ("out_invoice", "out_refund")),
            ]
        )
        positions = self.env["segmentation.position"].search(
            [("company_id", "=", company.id)]
        )
        self.assertAlmostEqual(
            sum(positions.mapped("billing")),
            sum(posted.mapped("amount_untaxed_signed")),
            2,
        )
        self.assertAlmostEqual(
            sum(positions.line_ids.mapped("billing")),
            sum(positions.mapped("billing")),
            2,
        )
        for harvest in positions.harvest_id:
            self.assertAlmostEqual(
                sum(p.billing for p in positions if p.harvest_id == harvest),
                sum(
                    move.amount_untaxed_signed
                    for move in posted
                    if move.segmentation_harvest_id == harvest
                ),
                2,
            )
        for customer in self.tree.exists().commercial_partner_id:
            mine = positions.filtered(lambda p, c=customer: p.partner_id == c)
            customer = customer.with_context(allowed_company_ids=company.ids)
            customer.invalidate_recordset(["total_invoiced"])
            self.assertAlmostEqual(
                sum(mine.mapped("billing")), customer.total_invoiced, 2
            )

    # --- Operations -------------------------------------------------------------

    def _do_post(self, partner, _other, amount, day, flag, company):
        self.moves |= self._invoice_in(company, partner, amount, day, flag)

    def _invoice_in(self, company, partner, amount, day, foreign):
        data = self.env["account.move"].with_company(company)
        move = data.create(
            {
                "move_type": "out_invoice",
                "company_id": company.id,
                "partner_id": partner.id,
                "invoice_date": day,
                "currency_id": (self.euro if foreign else company.currency_id).id,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "price_unit": amount,
                            "tax_ids": False,
                        }
                    )
                    for product in (self.seed, self.tractor)
                ],
            }
        )
        move.action_post()
        return move

    def _posted(self, amount):
        posted = self.moves.filtered(lambda move: move.state == "posted")
        return posted[int(amount) % len(posted)] if posted else posted

    def _do_draft(self, _partner, _other, amount, _day, _flag, _company):
        self._posted(amount).button_draft()

    def _do_cancel(self, _partner, _other, amount, _day, _flag, _company):
        move = self._posted(amount)
        move.button_draft()
        move.button_cancel()

    def _do_credit(self, _partner, _other, amount, day, _flag, _company):
        move = self._posted(amount)
        if move.move_type == "out_invoice":
            refund = move._reverse_moves([{"invoice_date": day, "date": day}])
            refund.action_post()
            self.moves |= refund

    def _do_parent(self, partner, other, _amount, _day, _flag, _company):
        if not partner.is_company and other.is_company:
            partner.parent_id = other

    def _do_merge(self, partner, other, _amount, _day, _flag, _company):
        related = partner.commercial_partner_id == other.commercial_partner_id
        if not related and partner.is_company == other.is_company:
            self.env["base.partner.merge.automatic.wizard"].sudo()._merge(
                (partner | other).ids, other, extra_checks=False
            )

    def _do_harvest(self, _partner, _other, amount, _day, _flag, _company):
        self._posted(amount).segmentation_harvest_id = False

    def _do_refresh(self, _partner, _other, _amount, _day, _flag, company):
        self.env["segmentation.refresh"]._refresh_pending(company)
