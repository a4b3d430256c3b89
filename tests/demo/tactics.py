"""Whom each tactic is for, found by reading the dealer's books one by one."""

from collections import defaultdict
from statistics import median

from dateutil.relativedelta import relativedelta


class TacticsByHand:
    """Reads the invoices of a company with plain loops, not as the addon does.

    Customers are returned as {customer: what it is ranked by}, None where the gap
    ranks.
    """

    def __init__(self, company, today):
        """Read the invoices of which something is left."""
        self.company = company
        self.env = company.env
        self.today = today
        self.reference = company._segmentation_reference_harvest()
        self.invoices = defaultdict(list)
        moves = self.env["account.move"].search(
            [("company_id", "=", company.id), ("state", "=", "posted")]
        )
        credits_of = defaultdict(lambda: moves.browse())
        for move in moves:
            credits_of[move.reversed_entry_id] |= move
        for move in moves.filtered(lambda move: move.move_type == "out_invoice"):
            left = self._left(move, credits_of[move])
            if sum(left.values()) > 0:
                customer = move.partner_id.commercial_partner_id
                self.invoices[customer].append((move, left))

    def _left(self, move, reversals):
        """Return {product: amount} that was billed and not credited."""
        left = defaultdict(float)
        for line in (move | reversals).invoice_line_ids:
            if line.display_type == "product":
                left[line.product_id] -= line.balance
        return left

    def _months_ago(self, months):
        return self.today - relativedelta(months=months)

    def _listed(self, ranked):
        """Leave out whom no segment lists: the archived, and others' customers."""
        return {
            customer: amount
            for customer, amount in ranked.items()
            if customer.active
            and customer.partner_share
            and customer.company_id in (self.env["res.company"], self.company)
        }

    def retention(self, months):
        """In the quadrant, or bought for the first time in the months."""
        positions = self.env["segmentation.position"].search(
            [
                ("harvest_id", "=", self.reference.id),
                ("company_id", "=", self.company.id),
                ("quadrant", "=", "retention"),
            ]
        )
        new = [
            customer
            for customer, sales in self.invoices.items()
            if min(move.invoice_date for move, _left in sales)
            >= self._months_ago(months)
        ]
        return self._listed(dict.fromkeys([*positions.partner_id, *new]))

    def recovery(self, harvests):
        """Bought before the last harvests, and nothing since."""
        begun = self.env["segmentation.harvest"].search(
            [
                ("company_id", "=", self.company.id),
                ("date_start", "<=", self.reference.date_start),
            ],
            order="date_start",
        )
        last = begun[-harvests:]
        moves = self.env["account.move"].search(
            [
                ("company_id", "=", self.company.id),
                ("state", "=", "posted"),
                ("move_type", "in", ("out_invoice", "out_refund")),
            ]
        )
        billed = defaultdict(float)
        for move in moves:
            billed[move.partner_id.commercial_partner_id] += move.amount_untaxed_signed
        return self._listed(
            {
                customer: billed[customer]
                for customer, sales in self.invoices.items()
                if not any(
                    move.invoice_date >= last[0].date_start
                    or move.segmentation_harvest_id in last
                    for move, _left in sales
                )
            }
        )

    def cross_selling(self, bought, offer, months):
        """Bought of one unit in the months, and not of the other."""
        buyers = {unit: self._buyers_of(unit, months) for unit in (bought, offer)}
        lines = self.env["segmentation.position.line"].search(
            [("harvest_id", "=", self.reference.id), ("unit_id", "=", offer.id)]
        )
        gaps = {}
        for customer in buyers[bought] - buyers[offer]:
            own = lines.filtered(lambda line, of=customer: line.partner_id == of)
            potential = sum(own.mapped("potential"))
            gaps[customer] = potential - sum(own.mapped("billing")) if potential else 0
        return self._listed(gaps)

    def _buyers_of(self, unit, months):
        claimed = self.env["product.category"].search(
            [("id", "child_of", unit.category_ids.ids)]
        )
        return {
            customer
            for customer, sales in self.invoices.items()
            for move, left in sales
            if move.invoice_date >= self._months_ago(months)
            and sum(left[p] for p in left if p.categ_id in claimed) > 0
        }

    def up_selling(self, months):
        """Average invoice below the median of the same zone and size."""
        positions = self.env["segmentation.position"].search(
            [
                ("harvest_id", "=", self.reference.id),
                ("company_id", "=", self.company.id),
            ]
        )
        groups = defaultdict(dict)
        for position in positions:
            sums = [
                sum(left.values())
                for move, left in self.invoices.get(position.partner_id, ())
                if move.invoice_date >= self._months_ago(months)
            ]
            size = sum(position.hectares >= limit for limit in (0.0001, 50, 1000))
            if sums:
                group = groups[position.zone_id, size]
                group[position.partner_id] = sum(sums) / len(sums)
        return self._listed(
            {
                customer: median(group.values()) - value
                for group in groups.values()
                for customer, value in group.items()
                if value < median(group.values())
            }
        )

    def acquisition(self):
        """Prospects who never bought, and whom an e-mail or a call reaches."""
        prospects = self.env["segmentation.relation"].search(
            [
                ("company_id", "=", self.company.id),
                ("unit_id", "=", False),
                ("relation", "=", "prospect"),
            ]
        )
        return self._listed(
            {
                customer: None
                for customer in prospects.partner_id
                if customer not in self.invoices
                and any(self._is_reached(p) for p in customer | customer.child_ids)
            }
        )

    def _is_reached(self, contact):
        unwanted = self.env["mail.blacklist"].search([]).mapped("email")
        email = contact.email_normalized
        return bool(contact.phone) or bool(email) and email not in unwanted
