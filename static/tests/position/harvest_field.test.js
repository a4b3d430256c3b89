import { expect, test } from "@odoo/hoot";
import { queryAllTexts } from "@odoo/hoot-dom";
import { defineModels, fields, models, mountView } from "@web/../tests/web_test_helpers";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";

class Harvest extends models.Model {
    _name = "segmentation.harvest";

    name = fields.Char();

    _records = [{ id: 1, name: "Summer 24–25" }];
}

class Position extends models.Model {
    _name = "segmentation.position";

    harvest_id = fields.Many2one({ relation: "segmentation.harvest", readonly: true });

    _records = [
        { id: 1, harvest_id: 1 },
        { id: 2, harvest_id: false },
    ];
}

defineMailModels();
defineModels([Harvest, Position]);

test("what was billed outside any harvest says so", async () => {
    await mountView({
        type: "list",
        resModel: "segmentation.position",
        arch: `<list><field name="harvest_id" widget="segmentation_harvest"/></list>`,
    });
    expect(queryAllTexts(".o_data_cell")).toEqual(["Summer 24–25", "Outside any harvest"]);
});
