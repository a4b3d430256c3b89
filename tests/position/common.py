from odoo import Command

from odoo.addons.account.tests.common import AccountTestInvoicingCommon


class PositionCommon(AccountTestInvoicingCommon):
    """A dealer with two zones, two crops, two units and three harvests of a company."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids += cls.env.ref(
            "agro_segmentation.group_segmentation_administrator"
        )
        cls.company = cls.company_data["company"]
        cls.region, cls.coast = cls._create(
            "zone", [{"name": "Santa Cruz"}, {"name": "Coast"}]
        )
        cls.east, cls.north = cls._create(
            "zone",
            [
                {"name": "East", "parent_id": cls.region.id},
                {"name": "North", "parent_id": cls.region.id},
            ],
        )
        cls.soy, cls.maize = cls._create("crop", [{"name": "Soy"}, {"name": "Maize"}])
        cls.categories = cls.env["product.category"].create(
            [{"name": "Inputs"}, {"name": "Machines"}]
        )
        cls.inputs, cls.machines = cls.categories
        cls.seed_category = cls.env["product.category"].create(
            {"name": "Seed", "parent_id": cls.inputs.id}
        )
        cls.unit_inputs, cls.unit_machines = cls._create(
            "business.unit",
            [
                {"name": "Inputs", "category_ids": [Command.set(cls.inputs.ids)]},
                {"name": "Machines", "category_ids": [Command.set(cls.machines.ids)]},
            ],
        )
        cls.seed, cls.tractor, cls.other = cls.env["product.product"].create(
            [
                {"name": "Seed", "categ_id": cls.seed_category.id},
                {"name": "Tractor", "categ_id": cls.machines.id},
                {
                    "name": "Advice",
                    "categ_id": cls.env["product.category"]
                    .create({"name": "Other"})
                    .id,
                },
            ]
        )
        cls.summer_24, cls.winter_24, cls.summer_25 = cls._harvests(cls.company)
        cls.farmer = cls._customer("Agro Norte")
        cls.env.flush_all()

    @classmethod
    def _create(cls, model, vals_list):
        return cls.env[f"segmentation.{model}"].create(vals_list)

    @classmethod
    def _harvests(cls, company):
        return cls._create(
            "harvest",
            [
                {
                    "name": name,
                    "kind": kind,
                    "date_start": start,
                    "date_end": end,
                    "company_id": company.id,
                }
                for name, kind, start, end in (
                    ("Summer 23–24", "summer", "2023-10-01", "2024-03-31"),
                    ("Winter 24", "winter", "2024-05-01", "2024-09-30"),
                    ("Summer 24–25", "summer", "2024-10-01", "2025-03-31"),
                )
            ],
        )

    @classmethod
    def _customer(cls, name, **values):
        return cls.env["res.partner"].create(
            {"is_company": True, "name": name, **values}
        )

    @classmethod
    def _invoice(cls, partner, amount, date, product=None, post=True, **values):
        """Return an invoice of ``amount`` untaxed; a negative amount: a credit note."""
        move = cls.env["account.move"].create(
            {
                "move_type": "out_invoice" if amount >= 0 else "out_refund",
                "partner_id": partner.id,
                "invoice_date": date,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": (product or cls.seed).id,
                            "quantity": 1,
                            "price_unit": abs(amount),
                            "tax_ids": [Command.set(cls.tax_sale_a.ids)],
                        }
                    )
                ],
                **values,
            }
        )
        if post:
            move.action_post()
        return move

    @classmethod
    def _plant(cls, partner, zone, crop, hectares, harvest, parcel=None):
        parcel = parcel or cls._create(
            "parcel",
            {
                "name": "Field",
                "partner_id": partner.id,
                "zone_id": zone.id,
                "hectares": hectares,
            },
        )
        cls._create(
            "planting",
            {
                "parcel_id": parcel.id,
                "harvest_id": harvest.id,
                "crop_id": crop.id,
                "hectares": hectares,
            },
        )
        return parcel

    @classmethod
    def _rate(cls, crop, amount, company=None, **values):
        return cls._create(
            "rate",
            {
                "crop_id": crop.id,
                "amount_per_hectare": amount,
                "company_id": (company or cls.company).id,
                **values,
            },
        )

    def _refresh(self, company=None):
        self.env["segmentation.refresh"]._refresh_pending(company or self.company)

    def _position(self, partner, harvest, company=None):
        """Return the fresh position of the partner in the harvest (None: outside)."""
        company = company or self.company
        self._refresh(company)
        return self.env["segmentation.position"].search(
            [
                ("partner_id", "=", partner.id),
                ("company_id", "=", company.id),
                ("harvest_id", "=", harvest.id if harvest else False),
            ]
        )
