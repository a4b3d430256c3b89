from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...engine import handover as rules
from .handover_along import ALONG

FIGURES = ("accounts", "hectares", "potential", "billing")


class SegmentationHandoverDryRun(models.AbstractModel):
    """Who gets what: lists the accounts of a handover and splits them.

    A customer is the account of its salesperson, or of that of its first contact with
    one when it has none itself; contacts of other companies do not count. In business
    units it is the account of whom the relation names there. Archived customers are
    left alone.
    """

    _name = "segmentation.handover.dry.run"
    _description = "Dry Run of a Handover"

    waiting = fields.Char(
        string="Figures Not Up to Date",
        readonly=True,
        copy=False,
        help="What was still to be computed when the accounts were listed.",
    )

    def _list_accounts(self):
        """List all accounts and who gets each."""
        self._refresh_figures()
        if self.waiting and self.rule == "potential":
            raise UserError(
                self.env._(
                    "%(waiting)s List the accounts when they are done, or split them "
                    "in another way than by potential.",
                    waiting=self.waiting,
                )
            )
        self.sudo().line_ids.unlink()
        self._add_accounts()

    def _list_new_accounts(self):
        """Add the accounts that the salespeople have got since they were listed.

        Who gets an account that is listed already stays, and weighs in for the others.
        """
        self._refresh_figures()
        self._add_accounts()

    def _refresh_figures(self):
        """Bring potential and billing up to date; note when that takes too long."""
        refresh = self.env["segmentation.refresh"]
        self.sudo().waiting = refresh._refresh_pending(self.company_id)

    def _add_accounts(self):
        """Split the accounts that are not listed yet, list them, and total all."""
        listed = {line._account_key(): line.to_user_id.id for line in self.line_ids}
        rows = {
            (row["partner_id"], row["unit_id"] or False): row
            for row in self.env.execute_query_dict(self._listed_accounts_sql())
        }
        dealt = rules.split(
            self.rule,
            self._engine_accounts(rows),
            [
                rules.Person(target.user_id.id, frozenset(target.zone_ids.ids))
                for target in self.target_ids
            ],
            {key: user for key, user in listed.items() if user},
        )
        lines = self.env["segmentation.handover.line"].sudo()
        lines = lines.create(
            [
                {
                    **row,
                    "handover_id": self.id,
                    "sequence": sequence,
                    "to_user_id": dealt[key],
                }
                for sequence, (key, row) in enumerate(rows.items())
                if key not in listed
            ]
        )
        self._count_along(lines)
        self._total()

    def _engine_accounts(self, rows):
        """Return the accounts as the engine takes them."""
        zones = self.env["segmentation.zone"].sudo()
        zones = zones.browse(
            {row["zone_id"] for row in rows.values() if row["zone_id"]}
        )
        above = {
            zone.id: tuple(
                int(id_) for id_ in reversed(zone.parent_path.split("/")[:-1])
            )
            for zone in zones
        }
        return [
            rules.Account(
                id=key,
                zones=above.get(row["zone_id"], ()),
                hectares=row["hectares"],
                potential=float(row["potential"]),
            )
            for key, row in rows.items()
        ]

    # --- SQL --------------------------------------------------------------------

    def _listed_accounts_sql(self):
        """Return the accounts that the handover is about as a SELECT.

        The condition on customers sees what the user may see.
        """
        customers = self.env["res.partner"]._search(self._customer_domain())
        return SQL(
            """
            SELECT account.*
              FROM (%(accounts)s) account
              JOIN res_partner customer ON customer.id = account.partner_id
         LEFT JOIN segmentation_zone zone ON zone.id = account.zone_id
             WHERE account.partner_id IN %(customers)s
          ORDER BY zone.complete_name, customer.name, customer.id, account.unit_id""",
            accounts=self._accounts_sql(self.source_user_ids),
            customers=customers.subselect(),
        )

    def _accounts_sql(self, people):
        """Return the active accounts that people have today as a SELECT.

        :return: partner_id, unit_id, from_user_id, zone_id, hectares, potential,
            billing
        """
        self.env.flush_all()
        return SQL(
            """
            SELECT customer.id AS partner_id, held.unit_id,
                   held.user_id AS from_user_id,
                   COALESCE(customer.segmentation_zone_id, position.zone_id) AS zone_id,
                   COALESCE((
                       SELECT SUM(parcel.hectares)
                         FROM segmentation_parcel parcel
                        WHERE parcel.customer_id = customer.id AND parcel.active
                          AND COALESCE(parcel.company_id, %(company)s) = %(company)s
                   ), 0)::float8 AS hectares,
                   COALESCE(figures.potential, 0) AS potential,
                   COALESCE(figures.billing, 0) AS billing
              FROM (%(held)s) held
              JOIN res_partner customer ON customer.id = held.partner_id
         LEFT JOIN segmentation_position position
                ON position.partner_id = customer.id
               AND position.company_id = %(company)s
               AND position.harvest_id = %(harvest)s
              JOIN LATERAL (
                   SELECT SUM(line.potential) AS potential, SUM(line.billing) AS billing
                     FROM segmentation_position_line line
                    WHERE line.position_id = position.id
                      AND (held.unit_id IS NULL OR line.unit_id = held.unit_id)
                   ) figures ON TRUE
             WHERE held.user_id IN %(people)s
               AND customer.active
               AND COALESCE(customer.company_id, %(company)s) = %(company)s""",
            held=self._held_by_unit_sql(people)
            if self.unit_ids
            else self._held_sql(people),
            people=tuple(people.ids),
            company=self.company_id.id,
            harvest=self.company_id._segmentation_reference_harvest().id or 0,
        )

    def _held_sql(self, people):
        """Return whose account each customer of the people is: the whole of it.

        :return: partner_id, unit_id (none), user_id, decider_id: the customer or
            contact whose salesperson that is
        """
        return SQL(
            """
            SELECT candidate.partner_id, NULL::integer AS unit_id, decider.user_id,
                   decider.id AS decider_id
              FROM (SELECT DISTINCT commercial_partner_id AS partner_id
                      FROM res_partner WHERE user_id IN %(people)s) candidate
              JOIN LATERAL (
                   SELECT person.id, person.user_id FROM res_partner person
                    WHERE person.commercial_partner_id = candidate.partner_id
                      AND person.user_id IS NOT NULL
                      AND COALESCE(person.company_id, %(company)s) = %(company)s
                 ORDER BY person.id <> candidate.partner_id, person.id
                    LIMIT 1) decider ON TRUE""",
            people=tuple(people.ids),
            company=self.company_id.id,
        )

    def _deciding(self, customers):
        """Return ids of the customers, or contacts, by which these are accounts."""
        self.env["res.partner"].flush_model()
        rows = self.env.execute_query(
            SQL(
                "SELECT decider_id FROM (%s) held WHERE partner_id = ANY(%s)",
                self._held_sql(self.source_user_ids),
                customers.ids,
            )
        )
        return [id_ for (id_,) in rows]

    def _held_by_unit_sql(self, people):
        """Return who looks after the customers of the people in the business units."""
        return SQL(
            """SELECT partner_id, unit_id, user_id FROM segmentation_relation
                WHERE company_id = %s AND unit_id IN %s AND user_id IN %s""",
            self.company_id.id,
            tuple(self.unit_ids.ids),
            tuple(people.ids),
        )

    # --- Totals -----------------------------------------------------------------

    def _total(self):
        """Write what each person has before and after, from the lines as they are."""
        self.ensure_one()
        people = (
            self.source_user_ids | self.target_ids.user_id | self.line_ids.to_user_id
        )
        before = self._totals_of(people)
        self._write_totals({user: before[user] for user in people.ids})

    def _write_totals(self, before):
        """Write what each person has: before as given, after by the lines.

        :param dict before: ``{user id: {figure: value}}``
        """
        self.sudo().total_ids.unlink()
        nothing = dict.fromkeys(ALONG.values(), 0)
        after = {user: before[user] | nothing for user in before}
        for line in self.line_ids:
            self._shift(after, line)
        self.env["segmentation.handover.total"].sudo().create(
            [
                {
                    "handover_id": self.id,
                    "user_id": user,
                    **{f"{name}_before": before[user][name] for name in FIGURES},
                    **{f"{name}_after": after[user][name] for name in FIGURES},
                    **{name: after[user][name] for name in ALONG.values()},
                }
                for user in before
            ]
        )

    def _fold(self, families):
        """Make one account of each family of them, whose customers are merged.

        The first stays, and its figures become the sums. Totals stay those of the dry
        run, with fewer accounts: figures of merged customers are yet to be computed.

        :param list families: accounts of one business unit each
        """
        before = {
            total.user_id.id: {name: total[f"{name}_before"] for name in FIGURES}
            for total in self.total_ids
        }
        gone = self.env["segmentation.handover.line"]
        for accounts in families:
            kept, others = accounts[0], accounts[1:]
            for line in others:
                self._join(before, line, kept)
            names = (*FIGURES[1:], *ALONG.values())
            kept.write({name: sum(accounts.mapped(name)) for name in names})
            gone |= others
        gone.unlink()
        self._write_totals(before)

    def _join(self, totals, line, kept):
        """Let what a person has of one account be part of another account."""
        if line.from_user_id:
            totals[line.from_user_id.id]["accounts"] -= 1
        for user, sign in ((line.from_user_id.id, -1), (kept.from_user_id.id, 1)):
            if user:
                for name in FIGURES[1:]:
                    totals[user][name] += sign * line[name]

    def _shift(self, totals, line):
        """Move the figures of a line, and what comes along, to another person."""
        for user, sign in ((line.from_user_id.id, -1), (line.to_user_id.id, 1)):
            if user:
                totals[user]["accounts"] += sign
                for name in FIGURES[1:]:
                    totals[user][name] += sign * line[name]
        if line.to_user_id and line.to_user_id != line.from_user_id:
            for name in ALONG.values():
                totals[line.to_user_id.id][name] += line[name]

    def _totals_of(self, people):
        """Return {user id: figures} of all customers that the people have today."""
        rows = self.env.execute_query(
            SQL(
                """SELECT from_user_id, COUNT(*), SUM(hectares), SUM(potential),
                          SUM(billing)
                     FROM (%s) account
                 GROUP BY from_user_id""",
                self._accounts_sql(people),
            )
        )
        nothing = dict.fromkeys(FIGURES, 0)
        totals = {user: dict(nothing) for user in people.ids}
        for user, *figures in rows:
            totals[user] = dict(zip(FIGURES, map(float, figures), strict=True))
        return totals
