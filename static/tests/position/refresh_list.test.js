import { advanceTime, expect, test } from "@odoo/hoot";
import { animationFrame } from "@odoo/hoot-mock";
import {
    MockServer,
    defineModels,
    fields,
    models,
    mountView,
    onRpc,
} from "@web/../tests/web_test_helpers";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";

import { RELOAD_EVERY } from "@agro_segmentation/position/refresh_list";

class Refresh extends models.Model {
    _name = "segmentation.refresh";

    state = fields.Selection({
        selection: [
            ["fresh", "Up to date"],
            ["running", "Running"],
        ],
    });

    _records = [{ id: 1, state: "running" }];
}

defineMailModels();
defineModels([Refresh]);

test("the list reloads while figures are computed, and rests afterwards", async () => {
    onRpc("web_search_read", () => expect.step("load"));
    await mountView({
        type: "list",
        resModel: "segmentation.refresh",
        arch: `<list js_class="segmentation_refresh_list"><field name="state"/></list>`,
    });
    expect.verifySteps(["load"]);

    await advanceTime(RELOAD_EVERY);
    await animationFrame();
    expect.verifySteps(["load"]);

    MockServer.env["segmentation.refresh"].write([1], { state: "fresh" });
    await advanceTime(RELOAD_EVERY);
    await animationFrame();
    expect.verifySteps(["load"]);
    expect(".o_data_cell").toHaveText("Up to date");

    await advanceTime(RELOAD_EVERY);
    await animationFrame();
    expect.verifySteps([]);
});
