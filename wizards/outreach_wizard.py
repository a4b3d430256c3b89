from collections import Counter, defaultdict

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from ..engine.spread import deal
from ..models.campaign.mailing_mailing import STYLED_PLACEHOLDER

#: days that calls are spread over, when the campaign has no end
DAYS = 14
#: no call is planned for later: a slip in the year would plan thousands of years
MOST_DAYS = 366


class SegmentationOutreachWizard(models.TransientModel):
    """Asks what salespeople are to do for the audience: calls, or opportunities.

    It shows who would get how many, by when, and who is left out and why, before
    anything is made. A customer who was asked for once is never asked for again.
    """

    _name = "segmentation.outreach.wizard"
    _inherit = "segmentation.outreach.plan"
    _description = "Plan Calls or Opportunities"

    # the placeholders that the editor of the script offers are of contacts
    model = fields.Char(default="res.partner", readonly=True)
    audience_ids = fields.Many2many(
        "segmentation.audience",
        string="Only These Customers",
        ondelete="cascade",
        help="Empty: the whole audience.",
    )
    date_start = fields.Date(string="From", default=fields.Date.context_today)
    date_end = fields.Date(string="To", help="The last day for calls, included.")
    per_day = fields.Integer(
        string="Calls a Day",
        default=10,
        help="At most so many calls on one day for each person, with those that the"
        " person has to make anyway.",
    )
    user_ids = fields.Many2many(
        "res.users",
        string="Customers Without Salesperson",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        help="Who gets, in turn, the customers without a salesperson. Empty: these"
        " customers are not called, and their opportunities belong to nobody.",
    )
    problem = fields.Char(compute="_compute_preview")
    customer_count = fields.Integer(string="Customers", compute="_compute_preview")
    preview_html = fields.Html(compute="_compute_preview", sanitize=False)

    # -- Defaults

    @api.model
    def default_get(self, fields):
        """Start from the campaign, or from rows chosen in a list of its audience."""
        values = super().default_get(fields)
        if self.env.context.get("active_model") == "segmentation.audience":
            rows = self.env["segmentation.audience"].browse(
                self.env.context.get("active_ids", [])
            )
            if len(rows.campaign_id) != 1:
                raise UserError(
                    self.env._("Choose customers of one campaign in the list.")
                )
            values.update(
                campaign_id=rows.campaign_id.id, audience_ids=[Command.set(rows.ids)]
            )
        campaign = self.env["utm.campaign"].browse(values.get("campaign_id"))
        if campaign:
            start = self._start_values(campaign, values.get("channel"))
            values.update((k, v) for k, v in start.items() if k in fields)
        return values

    @api.model
    def _start_values(self, campaign, channel):
        """Return what to propose for a campaign."""
        today = fields.Date.context_today(self)
        start = max(today, campaign.segmentation_date_start or today)
        end = campaign.segmentation_date_end
        if not end or end < start:
            end = fields.Date.add(start, days=DAYS - 1)
        end = min(end, fields.Date.add(start, days=MOST_DAYS - 1))
        return {
            "date_start": start,
            "date_end": end,
            "user_ids": [Command.set(campaign.user_id.ids)],
            "note": campaign._segmentation_script(channel or "call"),
        }

    @api.depends("channel")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for wizard in self:
            wizard.display_name = (
                self.env._("Plan Calls")
                if wizard.channel == "call"
                else self.env._("Make Opportunities")
            )

    # -- Whom

    def _customers(self):
        """Return ``(audience id, owner's id or None)`` of those still to be asked for.

        In the order of the audience: whom it matters to reach comes first. An owner who
        is archived, or may not enter the company, counts as none.
        """
        audience = self.env["segmentation.audience"].sudo()
        query = audience._search(
            self._asked()
            & Domain(
                "touch_ids",
                "not any",
                [("channel", "=", self.channel), ("reason", "=", False)],
            )
            & Domain(
                "id",
                "in",
                SQL(
                    "(SELECT audience_id FROM (%s) e WHERE reason IS NULL)",
                    self._exclusions(),
                ),
            ),
            order=audience._order,
        )
        table = audience._table
        partner = query.join(table, "partner_id", "res_partner", "id", "partner_id")
        rows = self.env.execute_query(
            query.select(
                SQL.identifier(table, "id"), SQL.identifier(partner, "user_id")
            )
        )
        able = self._able({owner for _id, owner in rows if owner})
        return [(id_, owner if owner in able else None) for id_, owner in rows]

    def _asked(self):
        """Return the domain of the rows that the wizard is for."""
        domain = Domain("campaign_id", "=", self.campaign_id.id)
        if self.audience_ids:
            domain &= Domain("id", "in", self.audience_ids.ids)
        return domain

    def _able(self, user_ids):
        """Return the ids of the users who can work in the campaign's company."""
        company = self.company_id
        users = self.env["res.users"].sudo().browse(user_ids)
        return {
            user.id
            for user in users
            if user.active and not user.share and company in user.company_ids
        }

    def _give(self, customers):
        """Return ``(audience id, user id or None, due date or None)`` of each."""
        if self.channel == "opportunity":
            return [(*pair, None) for pair in deal(customers, self.user_ids.ids)]
        if not customers:
            return []
        days = self._working_days(self.date_start, self.date_end)
        return self._spread_calls(customers, self.user_ids, days, self.per_day)

    def _left_out(self):
        """Return ``{reason: customers}`` of those who are not asked for, and why."""
        touches = self.env["segmentation.touch"]
        touches.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT CASE WHEN touch.id IS NOT NULL THEN 'before'
                            ELSE excluded.reason END, COUNT(*)
                  FROM (%s) excluded
             LEFT JOIN segmentation_touch touch
                    ON touch.audience_id = excluded.audience_id
                   AND touch.channel = %s AND touch.reason IS NULL
                 WHERE excluded.audience_id IN %s
                   AND (touch.id IS NOT NULL OR excluded.reason IS NOT NULL)
              GROUP BY 1""",
                self._exclusions(),
                self.channel,
                self.env["segmentation.audience"]
                .sudo()
                ._search(self._asked())
                .subselect(),
            )
        )
        return dict(rows)

    # -- Preview

    def _problem(self):
        """Return what is wrong with the answers, as a sentence that says what to do."""
        company = self.company_id
        strangers = self.user_ids.filtered(
            lambda user: user._origin.id not in self._able(self.user_ids._origin.ids)
        )
        if strangers:
            return self.env._(
                "%(user)s may not enter %(company)s: choose somebody else.",
                user=strangers[0].sudo().name,
                company=company.name,
            )
        return self.channel == "call" and self._call_problem()

    def _call_problem(self):
        """Return what is wrong with when calls are to be made."""
        if problem := self._date_problem():
            return problem
        if self.per_day < 1:
            return self.env._("Allow at least one call a day for each person.")
        if not self._working_days(self.date_start, self.date_end):
            return self.env._(
                "%(company)s works on none of these days: choose other ones.",
                company=self.company_id.name,
            )
        return False

    def _date_problem(self):
        """Return what is wrong with the first and the last day for calls."""
        if not (self.date_start and self.date_end):
            return self.env._("Set the days between which the calls are made.")
        if self.date_end < self.date_start:
            return self.env._(
                "The calls would end on %(end)s, before they start on %(start)s: set a"
                " later end or an earlier start.",
                start=format_date(self.env, self.date_start),
                end=format_date(self.env, self.date_end),
            )
        if (self.date_end - self.date_start).days >= MOST_DAYS:
            return self.env._(
                "The calls would go on until %s, for more than a year: set an earlier"
                " end.",
                format_date(self.env, self.date_end),
            )
        return False

    @api.depends(
        "campaign_id",
        "channel",
        "audience_ids",
        "date_start",
        "date_end",
        "per_day",
        "user_ids",
    )
    @api.depends_context("lang")
    def _compute_preview(self):
        for wizard in self:
            wizard.problem = wizard._problem()
            customers = [] if wizard.problem else wizard._customers()
            given = wizard._give(customers)
            wizard.customer_count = len(given)
            wizard.preview_html = self.env["ir.qweb"]._render(
                "agro_segmentation.outreach_wizard_preview",
                wizard._preview_values(customers, given),
            )

    def _preview_values(self, customers, given):
        """Return what the template of the preview shows."""
        reasons = self.env["segmentation.touch"]._fields["reason"]
        left_out = {} if self.problem else self._left_out()
        people = self._people(customers, given)
        return {
            "wizard": self,
            "people": people,
            "no_room": any(person["no_room"] for person in people),
            "before": left_out.pop("before", 0),
            "left_out": [
                (label, left_out[key])
                for key, label in reasons._description_selection(self.env)
                if key in left_out
            ],
            "has_days": self.channel == "call" and bool(given),
            "day": lambda date: format_date(self.env, date, date_format="d MMM"),
        }

    def _people(self, customers, given):
        """Return who gets how many, by when, and for how many there is no room.

        :return: ``[{name, count, first, last, no_room}]``; those of nobody come last
        """
        counts = Counter(user_id for _id, user_id, _day in given)
        days = defaultdict(list)
        for _id, user_id, day in given:
            if day:
                days[user_id].append(day)
        done = {id_ for id_, _user, _day in given}
        no_room = Counter(owner for id_, owner in customers if id_ not in done)
        people = self.env["res.users"].sudo()
        people = people.browse({id_ for id_ in (*counts, *no_room) if id_})
        rows = [(user.id, user.name) for user in people.sorted("name")]
        if None in counts or None in no_room:
            rows.append((None, self.env._("Nobody")))
        return [
            {
                "name": name,
                "count": counts[id_],
                "first": min(days[id_], default=None),
                "last": max(days[id_], default=None),
                "no_room": no_room[id_],
            }
            for id_, name in rows
        ]

    # -- Doing it

    def _plain_note(self):
        """Return the script without the styles that the editor puts on placeholders.

        As text: what is put into markup would be escaped.
        """
        return STYLED_PLACEHOLDER.sub(r"\1", str(self.note or ""))

    def action_apply(self):
        """Have it done, once however often it is asked for; open what was asked for."""
        self.ensure_one()
        campaign = self.campaign_id
        campaign._check_segmentation_marketing()
        campaign._check_segmentation_launched()
        campaign._check_segmentation_not_stopped()
        campaign._segmentation_lock()
        if self.problem:
            raise UserError(self.problem)
        given = self._give(self._customers())
        if not given:
            raise UserError(
                self.env._(
                    "Nobody is left to ask for: the customers were asked for before,"
                    " are left out, or there is no room for them on these days."
                )
            )
        self.env["segmentation.outreach"]._start(
            {
                "campaign_id": campaign.id,
                "channel": self.channel,
                "note": self._plain_note(),
            },
            given,
        )
        return campaign._segmentation_touch_action(self.channel)
