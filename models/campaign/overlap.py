from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..common.groups import USER


class UtmCampaign(models.Model):
    """Campaigns that run at the same time, and who is in more than one of them.

    A campaign runs from its start to its end, both included, on the days of its
    company, once it is launched and while it is not stopped.
    """

    _name = "utm.campaign"
    _inherit = "utm.campaign"

    segmentation_is_running = fields.Boolean(
        string="Running",
        compute="_compute_segmentation_is_running",
        search="_search_segmentation_is_running",
        help="Launched, not stopped, and today is one of its days.",
    )
    segmentation_last_day = fields.Date(
        string="Last Day",
        compute="_compute_segmentation_last_day",
        search="_search_segmentation_last_day",
        help="For the calendar: a campaign without an end lasts up to today, or to its"
        " start when it is still to come.",
    )
    segmentation_priority = fields.Selection(
        [
            ("0", "Normal"),
            ("1", "Important"),
            ("2", "Very important"),
            ("3", "Most important"),
        ],
        string="Priority",
        default="0",
        help="Which campaign keeps a customer that is in several.",
    )
    segmentation_gives_way = fields.Boolean(
        string="Give Way to More Important Campaigns",
        help="Customers who are also in a running campaign of higher priority are left"
        " to that one: they get nothing from this campaign while the other one runs."
        " Of two campaigns of the same priority, the one launched earlier comes first.",
    )
    segmentation_overlap_count = fields.Integer(
        string="In Other Campaigns Too",
        compute="_compute_segmentation_overlap_count",
        groups=USER,
        help="Customers of the audience who are in other running campaigns too.",
    )

    # -- Which campaigns run

    @api.depends(
        "active",
        "segmentation_state",
        "segmentation_stopped_at",
        "segmentation_date_start",
        "segmentation_date_end",
    )
    def _compute_segmentation_is_running(self):
        running = self.filtered_domain(self._segmentation_running_domain())
        for campaign in self:
            campaign.segmentation_is_running = campaign in running

    def _search_segmentation_is_running(self, operator, value):
        if operator != "in":
            return NotImplemented
        return self._segmentation_running_domain()

    @api.model
    def _segmentation_running_domain(self):
        """Campaigns that run today, as the day is in each company."""
        relation = self.env["segmentation.relation"]
        launched = Domain("segmentation_state", "=", "launched")
        companies = self.sudo()._read_group(launched, ["segmentation_company_id"])
        return (
            launched
            & Domain("active", "=", True)
            & Domain("segmentation_stopped_at", "=", False)
            & Domain.OR(
                self._segmentation_period_domain(relation._today(company))
                & Domain("segmentation_company_id", "=", company.id)
                for [company] in companies
            )
        )

    @api.model
    def _segmentation_period_domain(self, day):
        """Campaigns that have begun by a day, and are not over by then."""
        start = Domain("segmentation_date_start", "=", False)
        end = Domain("segmentation_date_end", "=", False)
        return (start | Domain("segmentation_date_start", "<=", day)) & (
            end | Domain("segmentation_date_end", ">=", day)
        )

    @api.depends("segmentation_date_start", "segmentation_date_end")
    def _compute_segmentation_last_day(self):
        relation = self.env["segmentation.relation"]
        for campaign in self:
            start = campaign.segmentation_date_start
            today = relation._today(campaign.segmentation_company_id)
            campaign.segmentation_last_day = campaign.segmentation_date_end or max(
                today, start or today
            )

    def _search_segmentation_last_day(self, operator, value):
        if operator != ">=":
            return NotImplemented
        value = fields.Date.to_date(value)
        lasts = Domain("segmentation_date_start", ">=", value)
        if value <= self.env["segmentation.relation"]._today():
            lasts = Domain.TRUE
        return Domain("segmentation_date_end", ">=", value) | (
            Domain("segmentation_date_end", "=", False) & lasts
        )

    # -- Which comes first

    @api.model
    def _segmentation_steering_fields(self):
        return super()._segmentation_steering_fields() | {
            "segmentation_priority",
            "segmentation_gives_way",
        }

    def _segmentation_comes_before(self):
        """Return the running campaigns that this one gives way to."""
        self.ensure_one()
        campaigns = self.sudo()
        if not self.segmentation_gives_way:
            return campaigns.browse()
        running = campaigns.search(
            self._segmentation_running_domain()
            & Domain("segmentation_company_id", "=", self.segmentation_company_id.id)
            & Domain("id", "!=", self.id)
        )
        place = self._segmentation_place()
        return running.filtered(lambda other: other._segmentation_place() < place)

    def _segmentation_place(self):
        """Return a key that sorts campaigns: who is first keeps its customers."""
        return (
            -int(self.segmentation_priority or 0),
            self.segmentation_launched_at or fields.Datetime.now(),
            self.id,
        )

    def _segmentation_excluded_other_campaign(self, channel, mailing):
        """The customer is in a running campaign that this one gives way to."""
        first = self._segmentation_comes_before()
        if not first:
            return super()._segmentation_excluded_other_campaign(channel, mailing)
        return SQL(
            """
            audience.partner_id IN (SELECT partner_id FROM segmentation_audience
                                     WHERE campaign_id = ANY(%s))""",
            first.ids,
        )

    # -- Who is in several

    @api.depends("audience_ids")
    def _compute_segmentation_overlap_count(self):
        """Count with the user's rights: own customers only, for salespeople."""
        overlaps = dict(
            self.env["segmentation.audience"]._read_group(
                Domain("campaign_id", "in", self.ids)
                & Domain("other_campaign_ids", "!=", False),
                ["campaign_id"],
                ["__count"],
            )
        )
        for campaign in self:
            campaign.segmentation_overlap_count = overlaps.get(campaign._origin, 0)

    @api.readonly
    def action_segmentation_overlap(self):
        """Open the campaigns that share customers with this one, and how many."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "agro_segmentation.segmentation_campaign_overlap_action"
        )
        return {**action, "domain": [("campaign_id", "=", self.id)], "context": {}}


class SegmentationAudience(models.Model):
    """In which other campaigns that run today the customer is, whatever its group."""

    _name = "segmentation.audience"
    _inherit = "segmentation.audience"

    other_campaign_ids = fields.Many2many(
        "utm.campaign",
        string="Also In",
        compute="_compute_other_campaign_ids",
        search="_search_other_campaign_ids",
        help="Other running campaigns of the company that the customer is in.",
    )

    @api.depends("partner_id", "company_id", "campaign_id")
    def _compute_other_campaign_ids(self):
        """A few queries, however many rows."""
        campaigns = self.env["utm.campaign"]
        running = campaigns.search(campaigns._segmentation_running_domain())
        rows = self.sudo()._read_group(
            [
                ("partner_id", "in", self.partner_id.ids),
                ("campaign_id", "in", running.ids),
            ],
            ["partner_id", "company_id"],
            ["campaign_id:array_agg"],
        )
        found = {(partner.id, company.id): ids for partner, company, ids in rows}
        for row in self:
            ids = found.get((row.partner_id.id, row.company_id.id), ())
            row.other_campaign_ids = running.browse(ids) - row.campaign_id

    def _search_other_campaign_ids(self, operator, value):
        """Find rows whose customer is in another running campaign (or in these)."""
        if operator != "in":
            return NotImplemented
        running = self.env["utm.campaign"]._segmentation_running_domain()
        named = running & Domain("id", "in", list(value))
        found = Domain("id", "in", self._shared_rows(named))
        if False in value:
            found |= ~Domain("id", "in", self._shared_rows(running))
        return found

    @api.model
    def _shared_rows(self, others):
        """Return a SELECT of the rows whose customer is in other campaigns too.

        :param Domain others: which campaigns
        """
        campaigns = self.env["utm.campaign"]._search(others)
        return SQL(
            """(
            SELECT mine.id
              FROM segmentation_audience mine
              JOIN segmentation_audience theirs
                ON theirs.partner_id = mine.partner_id
               AND theirs.company_id = mine.company_id
               AND theirs.campaign_id <> mine.campaign_id
             WHERE theirs.campaign_id IN %s)""",
            campaigns.subselect(),
        )


class SegmentationCampaignOverlap(models.Model):
    """How many customers two running campaigns share: a row a pair, both ways round.

    Counted are the customers that the user may see in the first one.
    """

    _name = "segmentation.campaign.overlap"
    _description = "Overlap of Campaigns"
    _auto = False
    _order = "shared desc, campaign_id, other_campaign_id"
    _rec_name = "other_campaign_id"

    campaign_id = fields.Many2one("utm.campaign", readonly=True)
    other_campaign_id = fields.Many2one("utm.campaign", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    shared = fields.Integer(string="Customers in Both", readonly=True)
    audience_count = fields.Integer(
        string="Customers",
        related="campaign_id.audience_count",
        related_sudo=False,  # own customers only, for salespeople, as in both
    )

    @property
    def _table_query(self):
        campaigns = self.env["utm.campaign"]
        running = campaigns._search(campaigns._segmentation_running_domain())
        rows = self.env["segmentation.audience"]._search([])
        return SQL(
            """
            SELECT (mine.campaign_id::bigint << 31) + theirs.campaign_id AS id,
                   mine.campaign_id, theirs.campaign_id AS other_campaign_id,
                   mine.company_id, COUNT(*) AS shared
              FROM segmentation_audience mine
              JOIN segmentation_audience theirs
                ON theirs.partner_id = mine.partner_id
               AND theirs.company_id = mine.company_id
               AND theirs.campaign_id <> mine.campaign_id
             WHERE mine.id IN %(rows)s
               AND mine.campaign_id IN %(running)s
               AND theirs.campaign_id IN %(running)s
          GROUP BY mine.campaign_id, theirs.campaign_id, mine.company_id""",
            rows=rows.subselect(),
            running=running.subselect(),
        )

    @api.readonly
    def action_view_shared(self):
        """Open the customers who are in both."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "agro_segmentation.segmentation_audience_action"
        )
        return {
            **action,
            "display_name": self.env._(
                "%(campaign)s and %(other)s",
                campaign=self.campaign_id.title,
                other=self.other_campaign_id.title,
            ),
            "domain": [
                ("campaign_id", "=", self.campaign_id.id),
                ("other_campaign_ids", "in", self.other_campaign_id.ids),
            ],
            "context": {"segmentation_in_campaign": True},
        }
