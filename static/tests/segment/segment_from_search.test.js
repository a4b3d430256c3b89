import { expect, test } from "@odoo/hoot";
import {
    contains,
    defineModels,
    fields,
    mockService,
    models,
    mountView,
    onRpc,
} from "@web/../tests/web_test_helpers";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";

class Position extends models.Model {
    _name = "segmentation.position";

    name = fields.Char();

    _records = [{ id: 1, name: "Loyal" }];
}

defineMailModels();
defineModels([Position]);

const ITEM = ".o_agro_segmentation_from_search";

function mountPositions(isMarketing) {
    onRpc("has_group", () => isMarketing);
    return mountView({
        type: "list",
        resModel: "segmentation.position",
        arch: `<list><field name="name"/></list>`,
        domain: [["name", "!=", "Lost"]],
        searchViewArch: `
            <search>
                <field name="name"/>
                <filter name="loyal" string="Loyal" domain="[('name', '=', 'Loyal')]"/>
                <filter name="by_name" string="Name" context="{'group_by': 'name'}"/>
            </search>`,
        context: {
            search_default_name: "Loy",
            search_default_loyal: 1,
            search_default_by_name: 1,
        },
        config: { actionType: "ir.actions.act_window" },
    });
}

test("marketing makes a segment of what is searched", async () => {
    onRpc("segmentation.segment", "action_from_search", ({ args }) => {
        expect.step(JSON.stringify(args));
        return { type: "ir.actions.act_window", res_model: "segmentation.segment" };
    });
    mockService("action", {
        doAction: (action) => expect.step(action.res_model),
    });
    await mountPositions(true);
    await contains(".o_cp_action_menus .dropdown-toggle").click();
    await contains(ITEM).click();
    expect.verifySteps([
        JSON.stringify([
            "segmentation.position",
            [
                "&",
                ["name", "!=", "Lost"],
                "&",
                ["name", "ilike", "Loy"],
                ["name", "=", "Loyal"],
            ],
            ["Name: Loy", "Loyal"],
        ]),
        "segmentation.segment",
    ]);
});

test("others are not offered it", async () => {
    await mountPositions(false);
    expect(".o_list_view .o_group_header").toHaveCount(1);
    expect(".o_cp_action_menus .dropdown-toggle").toHaveCount(0);
});
