from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.sql import column_exists, create_column

from ...engine import billing
from .figures import SALE_TYPES


class AccountMove(models.Model):
    _inherit = "account.move"

    segmentation_harvest_id = fields.Many2one(
        "segmentation.harvest",
        string="Harvest",
        compute="_compute_segmentation_harvest_id",
        inverse="_inverse_segmentation_harvest_id",
        store=True,
        readonly=False,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
        domain="[('company_id', '=', company_id)]",
        help="The harvest whose dates hold the invoice date, unless set by hand.",
    )
    segmentation_harvest_manual = fields.Boolean(
        string="Harvest Set by Hand",
        copy=False,
        help="A harvest set by hand stays, whatever the dates say.",
    )
    segmentation_zone_id = fields.Many2one(
        "segmentation.zone",
        string="Zone",
        compute="_compute_segmentation_zone_id",
        inverse="_inverse_segmentation_zone_id",
        store=True,
        readonly=False,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The zone of the delivery address, else of the partner, else of the "
        "customer, unless set by hand.",
    )
    segmentation_zone_manual = fields.Boolean(
        string="Zone Set by Hand",
        copy=False,
        help="A zone set by hand stays, whatever the addresses say.",
    )

    # small: most invoices are delivered to whom they are for
    _segmentation_delivery_idx = models.Index(
        "(partner_shipping_id) WHERE partner_shipping_id <> partner_id"
    )

    def _auto_init(self):
        """Make the columns beforehand, lest the ORM compute every invoice there is.

        The refresh that ``hooks.py`` asks for fills them by SQL.
        """
        for name in ("segmentation_harvest_id", "segmentation_zone_id"):
            if not column_exists(self.env.cr, "account_move", name):
                create_column(self.env.cr, "account_move", name, "int4")
        return super()._auto_init()

    # --- Harvest and zone -------------------------------------------------------

    @api.depends(
        "invoice_date", "company_id", "move_type", "segmentation_harvest_manual"
    )
    def _compute_segmentation_harvest_id(self):
        for move in self:
            harvest = move.segmentation_harvest_id
            if move.segmentation_harvest_manual and (
                not harvest or harvest.company_id == move.company_id
            ):
                move.segmentation_harvest_id = harvest
            else:
                move.segmentation_harvest_id = move._segmentation_harvest_by_date()

    def _inverse_segmentation_harvest_id(self):
        """A harvest other than the dates say was set by hand."""
        for move in self:
            if move.segmentation_harvest_id != move._segmentation_harvest_by_date():
                move.segmentation_harvest_manual = True

    def _segmentation_harvest_by_date(self):
        harvest_id = None
        if self.move_type in SALE_TYPES:
            harvest_id = billing.harvest_of(
                self.invoice_date,
                self.env["segmentation.harvest"]._calendar(self.company_id.id),
            )
        return self.env["segmentation.harvest"].browse(harvest_id)

    @api.depends(
        "partner_shipping_id", "partner_id", "move_type", "segmentation_zone_manual"
    )
    def _compute_segmentation_zone_id(self):
        for move in self:
            if move.segmentation_zone_manual:
                move.segmentation_zone_id = move.segmentation_zone_id
            else:
                move.segmentation_zone_id = move._segmentation_zone_by_address()

    def _inverse_segmentation_zone_id(self):
        """A zone other than the addresses say was set by hand."""
        for move in self:
            if move.segmentation_zone_id != move._segmentation_zone_by_address():
                move.segmentation_zone_manual = True

    def _segmentation_zone_by_address(self):
        if self.move_type not in SALE_TYPES:
            return self.env["segmentation.zone"]
        partner = self.partner_id
        return (
            self.partner_shipping_id.segmentation_zone_id
            or partner.segmentation_zone_id
            or partner.commercial_partner_id.segmentation_zone_id
        )

    @api.model
    def _segmentation_release(self, figure, records):
        """Give invoices set by hand to these records back to dates and addresses.

        :param str figure: ``harvest`` or ``zone``, which the records are
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE account_move SET %(manual)s = FALSE "
                "WHERE %(manual)s AND %(figure)s IN %(ids)s",
                manual=SQL.identifier(f"segmentation_{figure}_manual"),
                figure=SQL.identifier(f"segmentation_{figure}_id"),
                ids=tuple(records.ids) or (0,),
            )
        )
        self.invalidate_model([f"segmentation_{figure}_manual"])

    # --- Marking ----------------------------------------------------------------

    @api.model
    def _segmentation_watched(self):
        """Return the fields whose change on a posted invoice makes figures stale."""
        return {
            "state",
            "partner_id",
            "partner_shipping_id",
            "commercial_partner_id",
            "invoice_date",
            "company_id",
            "segmentation_harvest_id",
            "segmentation_harvest_manual",
            "segmentation_zone_id",
            "segmentation_zone_manual",
        }

    def _segmentation_marks(self):
        """Return the marks of the customers whose posted invoices these are."""
        return {
            (move.company_id.id, move.partner_id.id)
            for move in self.sudo()
            if move.state == "posted"
            and move.move_type in SALE_TYPES
            and move.partner_id
        }

    @api.model
    def _segmentation_marks_delivered_to(self, partners):
        """Return the marks of others whose posted invoices are delivered to partners.

        The zone of these addresses is that of the invoices.
        """
        if not partners:
            return set()
        names = ["partner_shipping_id", "partner_id", "company_id", "state"]
        self.flush_model([*names, "move_type"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT company_id, partner_id
                  FROM account_move
                 WHERE partner_shipping_id IN %s AND partner_shipping_id <> partner_id
                   AND state = 'posted' AND move_type IN %s""",
                tuple(partners.ids),
                SALE_TYPES,
            )
        )
        return set(rows)

    def write(self, vals):
        """Mark the customers of posted invoices that change, and nothing else."""
        if not self._segmentation_watched() & vals.keys():
            return super().write(vals)
        before = self._segmentation_marks()
        result = super().write(vals)
        self.env["segmentation.refresh"]._mark(before | self._segmentation_marks())
        return result

    def unlink(self):
        """Mark the customers of posted invoices that are forced out."""
        marks = self._segmentation_marks()
        result = super().unlink()
        self.env["segmentation.refresh"]._mark(marks)
        return result
