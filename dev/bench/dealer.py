"""A dealer of any size, made by plain SQL: the same one each time.

    from bench.dealer import Dealer
    Dealer(env, customers=100_000, invoices=1_000_000).make()

Companies, harvests, zones, crops, units, rates, products and salespeople are made by
Odoo; customers, contacts, parcels, plantings and posted invoices by SQL, in parts that
are committed one by one. What looks random is a hash of row numbers, so that the same
sizes and the same last day give the same dealer. It is skewed as real ones are: a fifth
of the customers buys about four fifths.

An invoice is what Odoo makes of one: numbered, with its product lines and the line of
the receivable, in balance, untaxed; one in twenty is a credit note that reverses the
invoice before it. Harvest and zone are set, as the addon sets them on each invoice.

Foreign keys are not checked meanwhile (the role must be a superuser), and the indexes
of the large tables, but for those of constraints, are dropped and made again as they
were: built at once they take a fraction of the time. At the end everything is vacuumed
and analysed.
"""

import contextlib
import dataclasses
import datetime

from odoo import Command, fields

#: rows of invoices, customers or parcels made in one transaction
PART = 250_000
#: a prime: spreads customers by size over their ids
SPREAD = 999_983
CROPS = ("Soy", "Maize", "Wheat", "Sorghum", "Sunflower", "Sugar cane")
UNITS = ("Seed", "Protection", "Fertiliser", "Machines")
#: product categories of a unit, and products of a category
CATEGORIES, PRODUCTS = 3, 5
SALESPEOPLE = 20
#: harvests that a parcel is planted in
PLANTED = 4
BULK_TABLES = (
    "res_partner",
    "segmentation_parcel",
    "segmentation_planting",
    "account_move",
    "account_move_line",
)
#: of a row and a salt: a number from 0 up to 1, the same each time
CHANCE = """
    CREATE OR REPLACE FUNCTION pg_temp.chance(number bigint, salt bigint)
    RETURNS float8 LANGUAGE sql IMMUTABLE
    RETURN (hashint8extended(number, salt) & 281474976710655) / 281474976710656.0
"""


@dataclasses.dataclass
class Dealer:
    """How large the dealer is; :meth:`make` makes it in a database with the addon."""

    env: object
    customers: int = 1_000_000
    invoices: int = 10_000_000
    lines: int = 15_000_000
    plantings: int = 2_000_000
    harvests: int = 12
    zones: int = 40
    companies: int = 2
    until: datetime.date = dataclasses.field(default_factory=fields.Date.today)

    def make(self, say=lambda text: None):
        """Make it all.

        :param say: called with what is being made
        """
        say("frame")
        values = self._frame()
        self.env.cr.commit()
        self.env.cr.execute(CHANCE)
        with self._without_indexes():
            for title, statements, rows in self._bulk():
                say(f"{rows} {title}")
                self._fill(statements, rows, values)
            say("indexes")
        self._set_sequences()
        say("vacuum")
        self.vacuum()

    def vacuum(self):
        """Vacuum and analyse every table: nobody else does it in a database of ours."""
        self.env.cr.commit()
        self.env.cr._cnx.autocommit = True
        self.env.cr.execute("VACUUM ANALYZE")
        self.env.cr._cnx.autocommit = False

    # --- What there are few of --------------------------------------------------

    def _frame(self):
        """Make companies, calendar, land and goods; return what the SQL needs."""
        companies = self._companies()
        harvests = [self._harvests(company) for company in companies]
        zones = self._zones()
        crops = self.env["segmentation.crop"].create([{"name": name} for name in CROPS])
        units, products = self._goods()
        self._rates(companies, crops, units, zones)
        accounting = [accounts_of(company) for company in companies]
        salespeople = self._salespeople(companies)
        first_partner = self._next_id("res_partner")
        first_day = harvests[0][0].date_start - datetime.timedelta(days=60)
        return {
            "customers": self.customers,
            "invoices": self.invoices,
            "spread": SPREAD,
            "first_partner": first_partner,
            "first_contact": first_partner + self.customers,
            "first_parcel": self._next_id("segmentation_parcel"),
            "first_move": self._next_id("account_move"),
            "first_day": first_day,
            "days": (self.until - first_day).days,
            "second_line": self.lines / self.invoices - 1,
            "companies": companies.ids,
            "currency": companies.currency_id.ids[0],
            "harvests": [some.ids for some in harvests],
            "harvest_count": self.harvests,
            "planted": PLANTED,
            "zones": (zones - zones.parent_id).ids,
            "crops": crops.ids,
            "products": products.ids,
            "uom": products.uom_id.ids[0],
            "users": salespeople.ids,
            "countries": self.env["res.country"].search([], limit=10).ids,
            "journals": [journal.id for journal, _i, _r in accounting],
            "income": [income.id for _j, income, _r in accounting],
            "receivable": [receivable.id for _j, _i, receivable in accounting],
            "uid": self.env.uid,
        }

    def _next_id(self, table):
        self.env.flush_all()
        self.env.cr.execute(f"SELECT COALESCE(MAX(id), 0) FROM {table}")
        return self.env.cr.fetchone()[0]

    def _companies(self):
        """Return the first company, and as many others as wanted."""
        company = self.env.company
        others = self.env["res.company"].create(
            [
                {"name": f"Dealer {number}", "currency_id": company.currency_id.id}
                for number in range(2, self.companies + 1)
            ]
        )
        self.env.user.company_ids |= others
        return company | others

    def _harvests(self, company):
        """Return the newest harvests begun by the last day, oldest first.

        Summer and winter by turns; some weeks of a year belong to none.
        """
        seasons = [
            (kind, datetime.date(*start), datetime.date(*end))
            for year in range(self.until.year - self.harvests, self.until.year + 1)
            for kind, start, end in (
                ("winter", (year, 4, 15), (year, 9, 15)),
                ("summer", (year, 10, 1), (year + 1, 3, 31)),
            )
        ]
        seasons = [season for season in seasons if season[1] <= self.until]
        harvests = self.env["segmentation.harvest"].create(
            [
                {
                    "name": f"{kind} {start.year}",
                    "kind": kind,
                    "date_start": start,
                    "date_end": end,
                    "company_id": company.id,
                }
                for kind, start, end in seasons[-self.harvests :]
            ]
        )
        company.segmentation_harvest_id = harvests[-1]
        return harvests

    def _zones(self):
        """Return the zones: a fifth are regions that hold the others."""
        zones = self.env["segmentation.zone"]
        regions = zones.create(
            [{"name": f"Region {n}"} for n in range(max(self.zones // 5, 1))]
        )
        return regions | zones.create(
            [
                {"name": f"Zone {n}", "parent_id": regions[n % len(regions)].id}
                for n in range(self.zones - len(regions))
            ]
        )

    def _goods(self):
        """Return the business units, and the products that their categories hold."""
        units = self.env["segmentation.business.unit"]
        goods = self.env["product.product"]
        for name in UNITS:
            categories = self.env["product.category"].create(
                [{"name": f"{name} {n}"} for n in range(CATEGORIES)]
            )
            units |= units.create(
                {"name": name, "category_ids": [Command.set(categories.ids)]}
            )
            goods |= goods.create(
                [
                    {"name": f"{category.name} {n}", "categ_id": category.id}
                    for category in categories
                    for n in range(PRODUCTS)
                ]
            )
        return units, goods

    def _rates(self, companies, crops, units, zones):
        """Let a hectare buy something of each unit, more in every other region.

        There is no rate for the last crop.
        """
        regions = zones.parent_id
        self.env["segmentation.rate"].create(
            [
                {
                    "company_id": company.id,
                    "crop_id": crop.id,
                    "unit_id": unit.id,
                    "zone_id": region.id,
                    "amount_per_hectare": 20 + 7 * c + 5 * u + (10 if region else 0),
                }
                for company in companies
                for c, crop in enumerate(crops[:-1])
                for u, unit in enumerate(units)
                for region in (zones.browse(), *regions[::2])
            ]
        )

    def _salespeople(self, companies):
        """Return who the customers' salespeople are."""
        group = self.env.ref("agro_segmentation.group_segmentation_user")
        sales = self.env.ref("sales_team.group_sale_salesman")
        users = self.env["res.users"].with_context(no_reset_password=True)
        return users.create(
            [
                {
                    "name": f"Salesperson {n}",
                    "login": f"salesperson{n}@example.com",
                    "company_ids": [Command.set(companies.ids)],
                    "company_id": companies[0].id,
                    "group_ids": [Command.link(group.id), Command.link(sales.id)],
                }
                for n in range(SALESPEOPLE)
            ]
        )

    # --- What there are many of -------------------------------------------------

    def _bulk(self):
        """Return what is made by SQL: a title, its statements, and up to which row."""
        return (
            ("customers", (CUSTOMERS, CONTACTS), self.customers),
            ("plantings", (PARCELS, PLANTINGS), self.plantings // PLANTED),
            ("invoices", (STAGE, MOVES, PRODUCT_LINES, RECEIVABLES), self.invoices),
        )

    def _fill(self, statements, rows, values):
        """Run the statements for rows from 1 on, part by part."""
        for start in range(0, rows, PART):
            part = {"start": start + 1, "end": min(start + PART, rows)}
            self.env.cr.execute("SET LOCAL session_replication_role = replica")
            for statement in statements:
                self.env.cr.execute(statement, {**values, **part})
            self.env.cr.commit()

    @contextlib.contextmanager
    def _without_indexes(self):
        """Drop the indexes of the large tables, and make them again at the end."""
        self.env.cr.execute(
            """
            SELECT format('%%I', index.relname), pg_get_indexdef(index.oid)
              FROM pg_index
              JOIN pg_class index ON index.oid = pg_index.indexrelid
             WHERE pg_index.indrelid IN (SELECT t::regclass FROM unnest(%s) t)
               AND NOT EXISTS (SELECT FROM pg_constraint
                                WHERE conindid = index.oid)
          ORDER BY 1""",
            [list(BULK_TABLES)],
        )
        indexes = self.env.cr.fetchall()
        self.env.cr.execute("DROP INDEX " + ", ".join(name for name, _ in indexes))
        yield
        self.env.cr.execute("SET LOCAL maintenance_work_mem = '1GB'")
        for _name, definition in indexes:
            self.env.cr.execute(definition)
        self.env.cr.commit()

    def _set_sequences(self):
        for table in BULK_TABLES:
            self.env.cr.execute(
                f"SELECT setval('{table}_id_seq', (SELECT MAX(id) FROM {table}))"
            )


def accounts_of(company):
    """Return a journal of sales, the account of income and that of receivables."""
    env = company.with_company(company).env
    accounts = env["account.account"].create(
        [
            {"name": "Bench Sales", "code": "BENCH1", "account_type": "income"},
            {
                "name": "Bench Customers",
                "code": "BENCH2",
                "account_type": "asset_receivable",
                "reconcile": True,
            },
        ]
    )
    journal = env["account.journal"].create(
        {
            "name": "Bench Sales",
            "code": "BENCH",
            "type": "sale",
            "company_id": company.id,
            "default_account_id": accounts[0].id,
        }
    )
    env["ir.default"].set(
        "res.partner",
        "property_account_receivable_id",
        accounts[1].id,
        company_id=company.id,
    )
    return journal, *accounts


#: the place of customer n's own company in the list of companies, from 0
HOME = """floor(array_length(%(companies)s, 1) * pg_temp.chance(n, 1) ^ 1.5)::int"""
CUSTOMERS = """
    INSERT INTO res_partner (id, commercial_partner_id, name, complete_name, active,
                             is_company, type, autopost_bills, partner_share, color,
                             lang, email, email_normalized, phone, user_id, country_id,
                             city, segmentation_zone_id, customer_rank, supplier_rank,
                             create_uid, write_uid, create_date, write_date)
    SELECT id, id, name, name, TRUE, TRUE, 'contact', 'ask', TRUE, 0, 'en_US',
           email, email, phone,
           (%(users)s)[1 + (pg_temp.chance(n, 11) * 24)::int],
           (%(countries)s)[1 + floor(10 * pg_temp.chance(n, 12) ^ 2)::int],
           'City ' || n %% 1000,
           (%(zones)s)[1 + floor(array_length(%(zones)s, 1)
                                 * pg_temp.chance(n, 13))::int],
           1, 0, %(uid)s, %(uid)s, now(), now()
      FROM (SELECT n, %(first_partner)s + n AS id, 'Customer ' || n AS name,
                   CASE WHEN pg_temp.chance(n, 14) < 0.7
                        THEN 'customer' || n || '@example.com' END AS email,
                   CASE WHEN pg_temp.chance(n, 15) < 0.5
                        THEN '+5917' || lpad(n::text, 7, '0') END AS phone
              FROM generate_series(%(start)s::bigint, %(end)s::bigint) n) customer
"""
#: every third customer has one
CONTACTS = """
    INSERT INTO res_partner (id, parent_id, commercial_partner_id, name, complete_name,
                             commercial_company_name, active, is_company, type,
                             autopost_bills, partner_share, color, lang, email,
                             email_normalized, customer_rank, supplier_rank,
                             create_uid, write_uid, create_date, write_date)
    SELECT %(first_contact)s + n / 3, %(first_partner)s + n, %(first_partner)s + n,
           'Contact ' || n, 'Customer ' || n || ', Contact ' || n, 'Customer ' || n,
           TRUE, FALSE, 'contact', 'ask', TRUE, 0, 'en_US',
           'contact' || n || '@example.com', 'contact' || n || '@example.com', 0, 0,
           %(uid)s, %(uid)s, now(), now()
      FROM generate_series(%(start)s::bigint, %(end)s::bigint) n
     WHERE n %% 3 = 0
"""
#: parcel p is of a customer n: large ones have more, and larger ones
OWNERS = f"""
    SELECT p, n, %(first_parcel)s + p AS id, %(first_partner)s + n AS partner_id,
           1 + home AS company,
           round((20 * (1.02 - size) ^ -0.8 * (0.5 + pg_temp.chance(p, 23)))::numeric,
                 2) AS hectares
      FROM (SELECT p, n, 1 - rank::float8 / %(customers)s AS size, {HOME} AS home
              FROM (SELECT p, rank, 1 + rank * %(spread)s %% %(customers)s AS n
                      FROM (SELECT p, floor(%(customers)s * pg_temp.chance(p, 21) ^ 2
                                           )::bigint AS rank
                              FROM generate_series(%(start)s::bigint, %(end)s::bigint) p
                           ) ranked) owned) sized
"""
PARCELS = f"""
    INSERT INTO segmentation_parcel (id, partner_id, customer_id, zone_id, name, tenure,
                                     hectares, active,
                                     create_uid, write_uid, create_date, write_date)
    SELECT owner.id, partner_id, partner_id, customer.segmentation_zone_id,
           'Parcel ' || p,
           (ARRAY['owned', 'rented', 'managed'])[1 + p %% 3], hectares,
           pg_temp.chance(p, 22) < 0.97,
           %(uid)s, %(uid)s, now(), now()
      FROM ({OWNERS}) owner
      JOIN res_partner customer ON customer.id = owner.partner_id
  ORDER BY p
"""
PLANTINGS = f"""
    INSERT INTO segmentation_planting (parcel_id, customer_id, harvest_id, company_id,
                                       crop_id, hectares, source, confidence,
                                       create_uid, write_uid, create_date, write_date)
    SELECT id, partner_id,
           (%(harvests)s)[company][1 + (p + k * %(harvest_count)s / %(planted)s)
                                       %% %(harvest_count)s],
           (%(companies)s)[company],
           (%(crops)s)[1 + floor(array_length(%(crops)s, 1)
                                 * pg_temp.chance(p * 8 + k, 24) ^ 2)::int],
           round(hectares * (0.4 + 0.6 * pg_temp.chance(p * 8 + k, 25))::numeric, 2),
           'registry', 'high', %(uid)s, %(uid)s, now(), now()
      FROM ({OWNERS}) owner, generate_series(0, %(planted)s - 1) k
  ORDER BY p, k
"""
#: the product lines of invoices i; a credit note (every twentieth) takes half of its
#: invoice's first line back
STAGE = f"""
    DROP TABLE IF EXISTS bench_stage;
    CREATE TEMPORARY TABLE bench_stage AS
    SELECT i, k, n, is_refund, 1 + company AS company,
           %(first_partner)s + n AS customer_id,
           CASE WHEN n %% 3 = 0 AND pg_temp.chance(source, 34) < 0.3
                THEN %(first_contact)s + n / 3
                ELSE %(first_partner)s + n END AS partner_id,
           %(first_day)s::date + (i * %(days)s / %(invoices)s)::int AS day,
           (%(products)s)[1 + floor(array_length(%(products)s, 1)
                                    * pg_temp.chance(source * 8 + k, 35) ^ 1.5)::int]
               AS product_id,
           round(((1.02 - size) ^ -0.9 * 100 * (0.2 + 1.6 *
                  pg_temp.chance(source * 8 + k, 36))
                  * CASE WHEN is_refund THEN 0.5 ELSE 1 END)::numeric, 2) AS amount
      FROM (SELECT i, source, n, i > source AS is_refund,
                   1 - rank::float8 / %(customers)s AS size,
                   CASE WHEN pg_temp.chance(n, 2) < 0.03
                        THEN source %% array_length(%(companies)s, 1)
                        ELSE {HOME} END AS company
              FROM (SELECT i, source, rank,
                           1 + rank * %(spread)s %% %(customers)s AS n
                      FROM (SELECT i, source,
                                   floor(%(customers)s * pg_temp.chance(source, 31) ^ 2
                                        )::bigint AS rank
                              FROM (SELECT i, CASE WHEN i %% 20 = 0
                                                   THEN i - 1 ELSE i END AS source
                                      FROM generate_series(%(start)s::bigint,
                                                           %(end)s::bigint) i) sourced
                           ) ranked) bought) sold,
           generate_series(1, CASE WHEN NOT is_refund AND pg_temp.chance(i, 33)
                                        < %(second_line)s * 20 / 19
                                   THEN 2 ELSE 1 END) k
"""
MOVES = """
    INSERT INTO account_move (id, name, sequence_prefix, sequence_number, partner_id,
                              commercial_partner_id, partner_shipping_id,
                              invoice_partner_display_name, invoice_user_id, company_id,
                              currency_id, journal_id, date, invoice_date,
                              invoice_date_due, state, move_type, reversed_entry_id,
                              auto_post, payment_state, invoice_currency_rate,
                              amount_untaxed, amount_tax, amount_total, amount_residual,
                              amount_untaxed_signed, amount_untaxed_in_currency_signed,
                              amount_tax_signed, amount_total_signed,
                              amount_total_in_currency_signed, amount_residual_signed,
                              always_tax_exigible, checked, posted_before,
                              made_sequence_gap, is_manually_modified,
                              segmentation_harvest_id, segmentation_zone_id,
                              create_uid, write_uid, create_date, write_date)
    SELECT %(first_move)s + i, prefix || lpad(i::text, 8, '0'), prefix, i, partner_id,
           customer_id, partner_id, 'Customer ' || n, customer.user_id,
           (%(companies)s)[company], %(currency)s, (%(journals)s)[company], day, day,
           day + 90, 'posted', CASE WHEN is_refund THEN 'out_refund'
                                    ELSE 'out_invoice' END,
           CASE WHEN is_refund THEN %(first_move)s + i - 1 END, 'no', 'not_paid', 1,
           amount, 0, amount, amount, signed, signed, 0, signed, signed, signed,
           FALSE, TRUE, TRUE, FALSE, FALSE, harvest.id, customer.segmentation_zone_id,
           %(uid)s, %(uid)s, day, day
      FROM (SELECT i, n, company, customer_id, partner_id, day, is_refund,
                   CASE WHEN is_refund THEN 'RBENCH/' ELSE 'BENCH/' END
                   || extract(year FROM day) || '/' AS prefix,
                   SUM(amount) AS amount,
                   SUM(CASE WHEN is_refund THEN -amount ELSE amount END) AS signed
              FROM bench_stage
          GROUP BY 1, 2, 3, 4, 5, 6, 7) move
      JOIN res_partner customer ON customer.id = customer_id
 LEFT JOIN segmentation_harvest harvest
        ON harvest.company_id = (%(companies)s)[company]
       AND day BETWEEN harvest.date_start AND harvest.date_end
  ORDER BY i
"""
LINE_COLUMNS = """
    account_move_line (move_id, move_name, sequence, journal_id, company_id,
                       company_currency_id, currency_id, account_id, partner_id,
                       product_id, product_uom_id, name, display_type, parent_state,
                       date, invoice_date, date_maturity, debit, credit, balance,
                       amount_currency, amount_residual, amount_residual_currency,
                       quantity, price_unit, price_subtotal, price_total, discount,
                       reconciled, is_storno, deductible_amount,
                       create_uid, write_uid, create_date, write_date)
"""
PRODUCT_LINES = f"""
    INSERT INTO {LINE_COLUMNS}
    SELECT move.id, move.name, 100, move.journal_id, move.company_id, %(currency)s,
           %(currency)s, (%(income)s)[company], move.commercial_partner_id, product_id,
           %(uom)s, 'Goods', 'product', 'posted', day, day, NULL,
           CASE WHEN is_refund THEN amount ELSE 0 END,
           CASE WHEN is_refund THEN 0 ELSE amount END,
           CASE WHEN is_refund THEN amount ELSE -amount END,
           CASE WHEN is_refund THEN amount ELSE -amount END,
           0, 0, 1, amount, amount, amount, 0, FALSE, FALSE, 100,
           %(uid)s, %(uid)s, day, day
      FROM bench_stage
      JOIN account_move move ON move.id = %(first_move)s + i
  ORDER BY i, k
"""
RECEIVABLES = f"""
    INSERT INTO {LINE_COLUMNS}
    SELECT move.id, move.name, 10000, move.journal_id, move.company_id, %(currency)s,
           %(currency)s, (%(receivable)s)[company], move.commercial_partner_id, NULL,
           NULL, move.name, 'payment_term', 'posted', move.date, move.date,
           move.invoice_date_due, GREATEST(amount_total_signed, 0),
           GREATEST(-amount_total_signed, 0), amount_total_signed, amount_total_signed,
           amount_total_signed, amount_total_signed, 0, 0, 0, 0, 0, FALSE, FALSE, 100,
           %(uid)s, %(uid)s, move.date, move.date
      FROM account_move move
      JOIN (SELECT DISTINCT i, company FROM bench_stage) staged
        ON move.id = %(first_move)s + i
  ORDER BY i
"""
