from odoo.exceptions import UserError
from odoo.tests import new_test_user

from .common import CadastreCommon


class TestInUse(CadastreCommon):
    def test_what_is_planted_is_archived_instead(self):
        self._planting(self.parcel, self.summer, self.soy, 10)
        self._planting(self.parcel, self.winter, self.soy, 10)
        sentence = r"“Soy” is in use \(Planting: 2\): archive it instead"
        with self.assertRefused(sentence, UserError):
            (self.maize + self.soy).unlink()
        self.maize.unlink()

    def test_archived_records_count(self):
        self.parcel.active = False
        self.customer.segmentation_zone_id = False
        with self.assertRefused(r"“North” is in use \(Parcel: 1\)", UserError):
            self.zone_north.unlink()

    def test_records_the_user_cannot_see_count(self):
        rate = {"crop_id": self.soy.id, "amount_per_hectare": 10}
        self.env["segmentation.rate"].create(
            {**rate, "company_id": self.env["res.company"].create({"name": "B"}).id}
        )
        administrator = new_test_user(
            self.env,
            "in_use_administrator",
            groups="agro_segmentation.group_segmentation_administrator",
        )
        with self.assertRefused("“Soy” is in use", UserError):
            self.soy.with_user(administrator).unlink()

    def test_zones_go_together_with_those_below(self):
        above, below = self.env["segmentation.zone"].create(
            [{"name": "Above"}, {"name": "Below"}]
        )
        below.parent_id = above
        with self.assertRefused(r"“Above” is in use \(Growing Zone: 1\)", UserError):
            above.unlink()
        (above + below).unlink()
        self.assertFalse(below.exists())
