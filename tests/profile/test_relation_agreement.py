"""SQL and ``engine/relation.py`` agree on relations (property-based)."""

from datetime import timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo import Command
from odoo.tests import tagged

from odoo.addons.agro_segmentation.engine import relation

from ..position.test_agreement import CHECKS, RolledBack
from .common import RelationCommon

#: active months, and days around their edges
MONTHS = (1, 12)
ages = st.tuples(st.sampled_from(MONTHS), st.sampled_from((-1, 0, 1)))
some_relation = st.sampled_from(relation.RANKS)


@tagged("post_install", "-at_install")
class TestRelationsAgree(RolledBack, RelationCommon):
    """Random sales, credits, offers and words: relations are as the engine says."""

    @given(data=st.data())
    @settings(CHECKS, max_examples=20)
    def test_relations_are_those_of_the_engine(self, data):
        with self.example():
            customers = [self.farmer, self._customer("Second")]
            contact = self.env["res.partner"].create(
                {"name": "Ana", "parent_id": self.farmer.id}
            )
            partners = (*customers, contact)
            months = self._draw_months(data)
            sales = self._draw_sales(data, partners)
            offers = self._draw_offers(data, partners)
            said = self._draw_said(data, customers)
            self._invoice_all(sales)
            for partner, unit, is_open in offers:
                lead = self._opportunity(partner, unit)
                if not is_open:
                    lead.action_set_lost()
            self._say(said)
            expected = self._by_engine(customers, sales, offers, said, months)
            self._refresh()
            rows = self.env["segmentation.relation"].search(
                [("partner_id", "in", [customer.id for customer in customers])]
            )
            self.assertEqual(
                {(row.partner_id, row.unit_id or None): row.relation for row in rows},
                expected,
            )

    def _draw_months(self, data):
        """Return {unit: active months}, with that of the company under None."""
        number = st.sampled_from(MONTHS)
        owners = {
            None: (self.company, "segmentation_active_months"),
            self.unit_inputs: (self.unit_inputs, "active_months"),
            self.unit_machines: (self.unit_machines, "active_months"),
        }
        months = {unit: data.draw(number) for unit in owners}
        for unit, (record, name) in owners.items():
            record[name] = months[unit]
        return months

    def _draw_sales(self, data, partners):
        """Return [(partner, day, [(product, price, part credited)])]."""
        line = st.tuples(
            st.sampled_from((self.seed, self.tractor, self.other)),
            st.integers(1, 50),
            st.sampled_from((None, 1, 2)),
        )
        sale = st.tuples(
            st.sampled_from(partners),
            ages.map(self._day),
            st.lists(line, min_size=1, max_size=3),
        )
        return data.draw(st.lists(sale, max_size=4))

    def _day(self, age):
        """Return the day so many months ago, and so many days before that."""
        months, days = age
        return relation.months_before(self.today, months) - timedelta(days=days)

    def _draw_offers(self, data, partners):
        unit = st.sampled_from((None, self.unit_inputs, self.unit_machines))
        offer = st.tuples(st.sampled_from(partners), unit, st.booleans())
        return data.draw(st.lists(offer, max_size=3))

    def _draw_said(self, data, customers):
        """Return {(customer, unit): engine's Manual}, some of it gone by."""
        until = st.sampled_from(
            (None, self.today, self._yesterday(), self.today + timedelta(days=9))
        )
        key = st.tuples(
            st.sampled_from(customers),
            st.sampled_from((None, self.unit_inputs, self.unit_machines)),
        )
        manual = st.builds(relation.Manual, some_relation, until)
        return data.draw(st.dictionaries(key, manual, max_size=3))

    def _invoice_all(self, sales):
        for partner, day, lines in sales:
            invoice = self._document(
                partner, day, [(product, price) for product, price, _part in lines]
            )
            credited = [
                (product, price / part) for product, price, part in lines if part
            ]
            if credited:
                self._document(
                    partner,
                    day,
                    credited,
                    move_type="out_refund",
                    reversed_entry_id=invoice.id,
                )

    def _document(self, partner, day, lines, **values):
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": partner.id,
                "invoice_date": day,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "price_unit": price,
                            "tax_ids": [Command.clear()],
                        }
                    )
                    for product, price in lines
                ],
                **values,
            }
        )
        move.action_post()
        return move

    def _say(self, said):
        for (customer, unit), manual in said.items():
            row = self.env["segmentation.relation"]._set_manual(
                customer, unit or self.whole, manual.relation, "Told so"
            )
            self.env.flush_all()
            self.env.cr.execute(
                "UPDATE segmentation_relation SET manual_until = %s WHERE id = %s",
                [manual.until, row.id],
            )
        self.env.invalidate_all()

    def _by_engine(self, customers, sales, offers, said, months):
        bought = relation.purchases(self._lines(sales))
        expected = {}
        for customer in customers:
            last = {
                unit: days[1]
                for (buyer, unit), days in bought.items()
                if buyer == customer
            }
            offered = {
                unit
                for partner, unit, is_open in offers
                if is_open and partner.commercial_partner_id == customer
            }
            manual = {unit: m for (who, unit), m in said.items() if who == customer}
            known = self._known(last, offered, manual)
            if known.last or known.opportunities or known.manual:
                for unit, said_of in relation.relations(
                    known, months, self.today
                ).items():
                    expected[customer, unit] = said_of
        return expected

    def _known(self, last, offered, manual):
        """Return what is known; of the whole, over all that was bought and offered."""
        if last:
            last = {**last, None: max(last.values())}
        if offered:
            offered = {*offered, None}
        return relation.Customer(last, frozenset(offered), manual)

    def _lines(self, sales):
        units = {self.seed: self.unit_inputs, self.tractor: self.unit_machines}
        for number, (partner, day, lines) in enumerate(sales):
            customer = partner.commercial_partner_id
            for product, price, part in lines:
                unit = units.get(product)
                amount = Decimal(price)
                yield relation.Line(customer, unit, number, day, amount)
                if part:
                    yield relation.Line(customer, unit, number, None, -amount / part)
