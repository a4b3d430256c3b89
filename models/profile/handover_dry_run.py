from odoo import models
from odoo.tools import SQL

from ...engine import handover as rules

FIGURES = ("accounts", "hectares", "potential", "billing")


class SegmentationHandoverDryRun(models.AbstractModel):
    """Who gets what: lists the accounts of a handover and splits them.

    A customer is the account of its salesperson, or of that of its first contact with
    one when it has none itself. Archived customers are left alone.
    """

    _name = "segmentation.handover.dry.run"
    _description = "Dry Run of a Handover"

    def _list_accounts(self):
        """List all accounts and who gets each."""
        self.sudo().line_ids.unlink()
        self._list_new_accounts()

    def _list_new_accounts(self):
        """Add the accounts that the salespeople have got since they were listed.

        Who gets an account that is listed already stays, and weighs in for the others.
        """
        self.env["segmentation.position"]._refresh_pending(self.company_id)
        listed = {line.partner_id.id: line.to_user_id.id for line in self.line_ids}
        rows = self.env.execute_query_dict(self._listed_accounts_sql())
        dealt = rules.split(
            self.rule,
            self._engine_accounts(rows),
            [
                rules.Person(target.user_id.id, frozenset(target.zone_ids.ids))
                for target in self.target_ids
            ],
            {partner: user for partner, user in listed.items() if user},
        )
        self.env["segmentation.handover.line"].sudo().create(
            [
                {
                    **row,
                    "handover_id": self.id,
                    "sequence": sequence,
                    "to_user_id": dealt[row["partner_id"]],
                }
                for sequence, row in enumerate(rows)
                if row["partner_id"] not in listed
            ]
        )
        self._total()

    def _engine_accounts(self, rows):
        """Return the accounts as the engine takes them."""
        zones = self.env["segmentation.zone"].sudo()
        zones = zones.browse({row["zone_id"] for row in rows if row["zone_id"]})
        above = {
            zone.id: tuple(
                int(id_) for id_ in reversed(zone.parent_path.split("/")[:-1])
            )
            for zone in zones
        }
        return [
            rules.Account(
                id=row["partner_id"],
                zones=above.get(row["zone_id"], ()),
                hectares=row["hectares"],
                potential=float(row["potential"]),
            )
            for row in rows
        ]

    # --- SQL --------------------------------------------------------------------

    def _listed_accounts_sql(self):
        """Return the accounts that the handover is about as a SELECT."""
        customers = self.env["res.partner"]._search(self._customer_domain())
        return SQL(
            """
            SELECT account.*
              FROM (%(accounts)s) account
              JOIN res_partner customer ON customer.id = account.partner_id
         LEFT JOIN segmentation_zone zone ON zone.id = account.zone_id
             WHERE account.partner_id IN %(customers)s
          ORDER BY zone.complete_name, customer.name, customer.id""",
            accounts=self._accounts_sql(self.source_user_ids),
            customers=customers.subselect(),
        )

    def _accounts_sql(self, people):
        """Return the active accounts that people have today as a SELECT.

        :return: partner_id, from_user_id, zone_id, hectares, potential, billing
        """
        self.env.flush_all()
        return SQL(
            """
            SELECT customer.id AS partner_id, holder.user_id AS from_user_id,
                   COALESCE(customer.segmentation_zone_id, position.zone_id) AS zone_id,
                   COALESCE((
                       SELECT SUM(parcel.hectares)
                         FROM segmentation_parcel parcel
                        WHERE parcel.customer_id = customer.id AND parcel.active
                          AND COALESCE(parcel.company_id, %(company)s) = %(company)s
                   ), 0)::float8 AS hectares,
                   COALESCE(position.potential, 0) AS potential,
                   COALESCE(position.billing, 0) AS billing
              FROM (SELECT DISTINCT commercial_partner_id AS id FROM res_partner
                     WHERE user_id IN %(people)s) candidate
              JOIN res_partner customer ON customer.id = candidate.id
              JOIN LATERAL (
                   SELECT person.user_id FROM res_partner person
                    WHERE person.commercial_partner_id = customer.id
                      AND person.user_id IS NOT NULL
                 ORDER BY person.id <> customer.id, person.id
                    LIMIT 1) holder ON TRUE
         LEFT JOIN segmentation_position position
                ON position.partner_id = customer.id
               AND position.company_id = %(company)s
               AND position.harvest_id = %(harvest)s
             WHERE holder.user_id IN %(people)s
               AND customer.active
               AND COALESCE(customer.company_id, %(company)s) = %(company)s""",
            people=tuple(people.ids),
            company=self.company_id.id,
            harvest=self.company_id._segmentation_reference_harvest().id or 0,
        )

    # --- Totals -----------------------------------------------------------------

    def _total(self):
        """Write what each person has before and after, from the lines as they are."""
        self.ensure_one()
        self.sudo().total_ids.unlink()
        people = (
            self.source_user_ids | self.target_ids.user_id | self.line_ids.to_user_id
        )
        before = self._totals_of(people)
        after = {user: dict(before[user]) for user in people.ids}
        for line in self.line_ids:
            self._shift(after, line)
        self.env["segmentation.handover.total"].sudo().create(
            [
                {
                    "handover_id": self.id,
                    "user_id": user,
                    **{f"{name}_before": before[user][name] for name in FIGURES},
                    **{f"{name}_after": after[user][name] for name in FIGURES},
                }
                for user in people.ids
            ]
        )

    def _shift(self, totals, line):
        """Move the figures of a line from one person to the other."""
        for user, sign in ((line.from_user_id.id, -1), (line.to_user_id.id, 1)):
            if user:
                totals[user]["accounts"] += sign
                for name in FIGURES[1:]:
                    totals[user][name] += sign * line[name]

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
