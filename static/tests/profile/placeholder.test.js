import { expect, test } from "@odoo/hoot";
import { queryAllTexts } from "@odoo/hoot-dom";
import {
    contains,
    defineModels,
    fields,
    models,
    mountWithCleanup,
    onRpc,
} from "@web/../tests/web_test_helpers";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { DynamicPlaceholderPopover } from "@web/views/fields/dynamic_placeholder_popover";

class Contact extends models.Model {
    x_segmentation_name = fields.Char({ string: "Nickname" });
    x_segmentation_source = fields.Many2one({
        string: "Source",
        relation: "segmentation.value",
    });
}

class Value extends models.Model {
    _name = "segmentation.value";

    name = fields.Char();
}

defineMailModels();
defineModels([Contact, Value]);

async function choose(label) {
    onRpc("has_group", () => false);
    onRpc("mail_allowed_qweb_expressions", () => [
        "object.x_segmentation_name",
        "object.x_segmentation_source",
        "object.x_segmentation_source.name",
    ]);
    await mountWithCleanup(DynamicPlaceholderPopover, {
        props: {
            resModel: "contact",
            validate: (path) => expect.step(path),
            close: () => {},
        },
    });
    const items = ".o_model_field_selector_popover_item_name";
    expect(queryAllTexts(items)).toEqual(["Nickname", "Source"]);
    await contains(`${items}:contains(${label})`).click();
    await contains("button:contains(Insert)").click();
}

test("a key field with values is written by the name of the value", async () => {
    await choose("Source");
    expect.verifySteps(["x_segmentation_source.name"]);
});

test("any other key field is written as it is", async () => {
    await choose("Nickname");
    expect.verifySteps(["x_segmentation_name"]);
});
