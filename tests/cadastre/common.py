from odoo.exceptions import ValidationError

from odoo.addons.base.tests.common import BaseCommon

from ..refusals import Refusals


class CadastreCommon(Refusals, BaseCommon):
    """A small dealer: two zones, two crops, two harvests, one customer with land."""

    refusal = ValidationError

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.zone_north = cls.env["segmentation.zone"].create({"name": "North"})
        cls.zone_east = cls.env["segmentation.zone"].create({"name": "East"})
        cls.soy, cls.maize = cls.env["segmentation.crop"].create(
            [{"name": "Soy"}, {"name": "Maize"}]
        )
        cls.summer, cls.winter = cls.env["segmentation.harvest"].create(
            [
                {
                    "name": "Summer 2024–25",
                    "kind": "summer",
                    "date_start": "2024-10-01",
                    "date_end": "2025-04-30",
                },
                {
                    "name": "Winter 2025",
                    "kind": "winter",
                    "date_start": "2025-05-01",
                    "date_end": "2025-09-30",
                },
            ]
        )
        cls.customer = cls.env["res.partner"].create(
            {
                "name": "Agro Norte",
                "is_company": True,
                "segmentation_zone_id": cls.zone_north.id,
            }
        )
        cls.parcel = cls._parcel("La Esperanza", cls.customer, 120)

    @classmethod
    def _parcel(cls, name, partner, hectares, **values):
        return cls.env["segmentation.parcel"].create(
            {"name": name, "partner_id": partner.id, "hectares": hectares, **values}
        )

    @classmethod
    def _planting(cls, parcel, harvest, crop, hectares, **values):
        return cls.env["segmentation.planting"].create(
            {
                "parcel_id": parcel.id,
                "harvest_id": harvest.id,
                "crop_id": crop.id,
                "hectares": hectares,
                **values,
            }
        )
