from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ..common.columns import listed, taken_over
from ..common.groups import MARKETING
from ..common.job import tries_again
from ..common.limits import MOST
from ..common.staging import stage

#: what is looked at: {level: its fields}; the first is a column of what was sold, too
LEVELS = {
    "unit": ("unit_id", "offer_unit_id"),
    "category": ("category_id", "offer_category_id"),
}


class SegmentationAffinity(models.Model):
    """Who bought one thing also buys another: whom to offer it to who does not.

    Found from what was billed in the last months, of customers as a whole: an invoice
    counts by its date, as long as something of the thing is left of it, less the credit
    notes that reverse it. The measures are those of ``engine/association.py``; a test
    holds the two against each other. Rules of little support are not kept. A job finds
    them anew every night, set-based.
    """

    _name = "segmentation.affinity"
    _description = "What Sells Together"
    _order = "lift desc, customers desc, id"
    _log_access = False

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    level = fields.Selection(
        [("unit", "Business units"), ("category", "Product categories")],
        string="Of",
        required=True,
        readonly=True,
    )
    unit_id = fields.Many2one(
        "segmentation.business.unit", readonly=True, ondelete="cascade"
    )
    offer_unit_id = fields.Many2one(
        "segmentation.business.unit",
        string="Business Unit to Offer",
        readonly=True,
        ondelete="cascade",
    )
    category_id = fields.Many2one("product.category", readonly=True, ondelete="cascade")
    offer_category_id = fields.Many2one(
        "product.category",
        string="Category to Offer",
        readonly=True,
        ondelete="cascade",
    )
    bought = fields.Char(string="Who Bought", compute="_compute_names")
    offer = fields.Char(string="Also Buys", compute="_compute_names")
    customers = fields.Integer(
        string="Bought Both", readonly=True, help="How many customers bought both."
    )
    candidates = fields.Integer(
        string="Do Not Yet",
        readonly=True,
        help="How many customers bought the one and not the other: whom to offer it.",
    )
    support = fields.Float(
        readonly=True,
        aggregator=None,
        help="Customers who bought both, of all who bought anything.",
    )
    confidence = fields.Float(
        readonly=True,
        aggregator=None,
        help="Customers who bought both, of those who bought the one.",
    )
    lift = fields.Float(
        readonly=True,
        aggregator=None,
        help="How much likelier a customer of the one buys the other than anybody "
        "does: 2 is twice as likely, below 1 is less likely.",
    )
    date_computed = fields.Datetime(string="Computed at", readonly=True)

    _pair_uniq = models.UniqueIndex(
        "(company_id, level, (COALESCE(unit_id, category_id)),"
        " (COALESCE(offer_unit_id, offer_category_id)))",
        "What sells together is kept once.",
    )

    @api.depends("unit_id", "offer_unit_id", "category_id", "offer_category_id")
    def _compute_names(self):
        for affinity in self:
            bought, offer = LEVELS[affinity.level]
            affinity.bought = affinity[bought].display_name
            affinity.offer = affinity[offer].display_name

    @api.depends("bought", "offer", "candidates", "lift")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for affinity in self:
            affinity.display_name = self.env._(
                "%(bought)s → %(offer)s (%(candidates)s customers do not yet, lift "
                "%(lift).1f)",
                bought=affinity.bought,
                offer=affinity.offer,
                candidates=affinity.candidates,
                lift=affinity.lift,
            )

    # --- Actions ----------------------------------------------------------------

    @api.readonly
    def action_campaign(self):
        """Start a campaign that offers the one to customers of the other."""
        self.ensure_one()
        self.check_access("read")
        self._check_marketing()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "agro_segmentation.segmentation_campaign_wizard_action"
        )
        return {
            **action,
            "context": {
                "default_segmentation_company_id": self.company_id.id,
                "default_segmentation_tactic": "cross_selling",
                "default_tactic_months": self.company_id.segmentation_affinity_months,
                **{
                    f"default_{name}": value
                    for name, value in self._tactic_values().items()
                },
            },
        }

    def _tactic_values(self):
        """Return what the campaign wizard has to know."""
        return {
            "tactic_of": self.level,
            "tactic_unit_id": self.unit_id.id,
            "tactic_offer_unit_id": self.offer_unit_id.id,
            "tactic_category_id": self.category_id.id,
            "tactic_offer_category_id": self.offer_category_id.id,
        }

    def action_find(self):
        """Find anew what sells together in the user's companies, now."""
        self._check_marketing()
        for company in self.env.companies:
            self.sudo()._find(company)
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    @api.model
    def _check_marketing(self):
        if not self.env.user.has_group(MARKETING):
            raise AccessError(
                self.env._("Only Segmentation / Marketing may make campaigns.")
            )

    # --- Finding ----------------------------------------------------------------

    @api.model
    @tries_again("affinity_cron")
    def _cron_find(self):
        """Find anew what sells together in every company; commit each."""
        companies = self.env["segmentation.refresh"]._companies()
        progress = self.env["ir.cron"]._commit_progress
        progress(remaining=len(companies))
        for company in companies:
            self._find(company)
            if not progress(1):
                break

    @api.model
    def _find(self, company):
        """Find anew what sells together in a company."""
        self.env.flush_all()
        stage(self.env, "segmentation_sold", self._sold(company))
        for level in LEVELS:
            bought = self._with_those_above(level, self._bought(company, level))
            stage(self.env, "segmentation_bought", bought)
            self.env.cr.execute(self._write_found(company, level))
        self.invalidate_model()

    @api.model
    def _write_found(self, company, level):
        """Return the statement that writes the rules of a level, and drops others.

        A rule that stays keeps its row: somebody may have it on the screen.
        """
        return SQL(
            """
            WITH written AS (%(insert)s RETURNING id)
            DELETE FROM segmentation_affinity
             WHERE company_id = %(company)s AND level = %(level)s
               AND id NOT IN (SELECT id FROM written)""",
            insert=self._insert(company, level),
            company=company.id,
            level=level,
        )

    @api.model
    def _insert(self, company, level):
        """Return the INSERT of the rules of a level, or UPDATE of those known."""
        names = LEVELS[level]
        measures = ("customers", "candidates", "support", "confidence", "lift")
        return SQL(
            """
            WITH alone AS (
                SELECT item, COUNT(*) AS customers
                  FROM segmentation_bought GROUP BY item),
            everybody AS (
                SELECT COUNT(DISTINCT partner_id) AS customers
                  FROM segmentation_bought),
            counted AS (
                SELECT one.item, other.item AS offer, COUNT(*) AS customers
                  FROM segmentation_bought one
                  JOIN segmentation_bought other
                    ON other.partner_id = one.partner_id AND other.item > one.item
              GROUP BY 1, 2),
            pair AS (
                SELECT item, offer, customers FROM counted
                 UNION ALL
                SELECT offer, item, customers FROM counted)
            INSERT INTO segmentation_affinity
                   (company_id, level, %(names)s, customers, candidates,
                    support, confidence, lift, date_computed)
            SELECT %(company)s, %(level)s, pair.item, pair.offer, pair.customers,
                   one.customers - pair.customers,
                   pair.customers::float8 / everybody.customers,
                   pair.customers::float8 / one.customers,
                   pair.customers::float8 * everybody.customers
                   / (one.customers * other.customers),
                   %(now)s
              FROM pair
              JOIN alone one ON one.item = pair.item
              JOIN alone other ON other.item = pair.offer
        CROSS JOIN everybody
             WHERE pair.customers * 100 >= %(support)s * everybody.customers
               AND NOT %(is_part)s
          ORDER BY pair.item, pair.offer
       ON CONFLICT (company_id, level, (COALESCE(unit_id, category_id)),
                    (COALESCE(offer_unit_id, offer_category_id)))
         DO UPDATE SET %(assignments)s""",
            is_part=self._is_part(level),
            assignments=taken_over([*measures, "date_computed"]),
            names=listed(names),
            company=company.id,
            level=level,
            support=company.segmentation_affinity_support,
            now=self.env.cr.now(),
        )

    @api.model
    def _with_those_above(self, level, bought):
        """Who bought of a category bought of those above it, as segments have it."""
        if level != "category":
            return bought
        return SQL(
            """
              WITH bought AS MATERIALIZED (%s)
            SELECT DISTINCT bought.partner_id, above.id AS item
              FROM bought
              JOIN product_category category ON category.id = bought.item
              JOIN product_category above
                ON category.parent_path LIKE above.parent_path || '%%'""",
            bought,
        )

    @api.model
    def _is_part(self, level):
        """Return the SQL condition that one category of a pair is part of the other."""
        if level != "category":
            return SQL("FALSE")
        return SQL(
            """
            EXISTS (SELECT FROM product_category a, product_category b
                     WHERE a.id = pair.item AND b.id = pair.offer
                       AND (a.parent_path LIKE b.parent_path || '%%'
                            OR b.parent_path LIKE a.parent_path || '%%'))"""
        )

    @api.model
    def _sold(self, company):
        """Return a SELECT of what each invoice sold of a category, less its credits.

        Read once for both levels. Columns: partner_id, unit_id, category_id, sale (id
        of the invoice), balance (below 0: sold) and date of the invoice.
        """
        today = self.env["segmentation.relation"]._today(company)
        months = relativedelta(months=company.segmentation_affinity_months)
        return SQL(
            """
            SELECT partner.commercial_partner_id AS partner_id, claimed.unit_id,
                   template.categ_id AS category_id,
                   COALESCE(move.reversed_entry_id, move.id) AS sale,
                   SUM(line.balance) AS balance,
                   MAX(move.invoice_date)
                       FILTER (WHERE move.move_type = 'out_invoice') AS date
                   %(billed)s
               AND move.invoice_date >= %(first)s
               AND template.categ_id IS NOT NULL
          GROUP BY 1, 2, 3, 4""",
            billed=self.env["segmentation.figures"]._billed_lines(
                company, SQL("partner.commercial_partner_id")
            ),
            first=today - months,
        )

    @api.model
    def _bought(self, company, level):
        """Return a SELECT of partner_id and item, each pair once."""
        return SQL(
            """
            SELECT DISTINCT partner_id, item
              FROM (SELECT partner_id, %(item)s AS item
                      FROM segmentation_sold
                     WHERE %(item)s IS NOT NULL
                  GROUP BY partner_id, %(item)s, sale
                    HAVING SUM(balance) < 0 AND MAX(date) <= %(last)s) bought""",
            item=SQL.identifier(LEVELS[level][0]),
            last=self.env["segmentation.relation"]._today(company),
        )


class ResCompany(models.Model):
    _name = "res.company"
    _inherit = "res.company"

    segmentation_affinity_support = fields.Float(
        string="Least Support of What Sells Together",
        default=2,
        help="Percent of all customers who bought both. What fewer bought together is "
        "not shown.",
    )
    segmentation_affinity_months = fields.Integer(
        string="Months of What Sells Together",
        default=24,
        help="Looked at are invoices of so many months back.",
    )

    _segmentation_affinity_range = models.Constraint(
        "CHECK(segmentation_affinity_support >= 0"
        " AND segmentation_affinity_support <= 100"
        f" AND segmentation_affinity_months BETWEEN 1 AND {MOST})",
        "What sells together: the support goes from 0 to 100 %, the months from 1 to "
        "1000.",
    )


class ResConfigSettings(models.TransientModel):
    _name = "res.config.settings"
    _inherit = "res.config.settings"

    segmentation_affinity_support = fields.Float(
        related="company_id.segmentation_affinity_support", readonly=False
    )
    segmentation_affinity_months = fields.Integer(
        related="company_id.segmentation_affinity_months", readonly=False
    )
