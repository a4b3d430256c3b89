import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { expect, test } from "@odoo/hoot";
import {
    contains,
    defineModels,
    fields,
    models,
    mountView,
    onRpc,
} from "@web/../tests/web_test_helpers";

class Campaign extends models.Model {
    currency_id = fields.Many2one({ relation: "res.currency" });
    amount = fields.Monetary({ currency_field: "currency_id" });
    strategy = fields.Selection({
        selection: [
            ["retention", "Retention"],
            ["revision", "Revision"],
        ],
    });

    _records = [{ id: 1, currency_id: 1, amount: 1500, strategy: "retention" }];
}

class Currency extends models.Model {
    _name = "res.currency";

    name = fields.Char();

    _records = [{ id: 1, name: "USD" }];
}

defineMailModels();
defineModels([Campaign, Currency]);

const AMOUNT = ".o_field_widget[name=amount] input";

/** The mock server knows no empty amount. */
function emptyAmount() {
    onRpc("campaign", "web_read", ({ parent }) => {
        const [values] = parent();
        return [{ ...values, amount: false }];
    });
}

/** Show the campaign, and note each value that is saved. */
async function mountCampaign(field) {
    onRpc("campaign", "web_save", ({ args }) => expect.step(args[1]));
    await mountView({
        type: "form",
        resModel: "campaign",
        resId: 1,
        arch: `<form><field name="currency_id" invisible="1"/>${field}</form>`,
    });
}

const amount = (attributes = "") =>
    mountCampaign(
        `<field name="amount" widget="segmentation_optional_monetary" ${attributes}/>`
    );

async function edit(text) {
    await contains(AMOUNT).edit(text);
    await contains(".o_form_button_save").click();
}

test("an emptied amount is none, not zero", async () => {
    await amount();
    expect(AMOUNT).toHaveValue("1,500.00");
    await contains(AMOUNT).edit("");
    expect(AMOUNT).toHaveValue("");
    await contains(".o_form_button_save").click();
    expect.verifySteps([{ amount: false }]);
});

test("a zero typed is zero, and stays", async () => {
    emptyAmount();
    await amount();
    expect(AMOUNT).toHaveValue("");
    await edit("0");
    expect(AMOUNT).toHaveValue("0.00");
    expect.verifySteps([{ amount: 0 }]);
});

test("an amount is read as the user's language writes it", async () => {
    await amount();
    await edit("2,000.5");
    expect(AMOUNT).toHaveValue("2,000.50");
    expect.verifySteps([{ amount: 2000.5 }]);
});

test("what is no amount is marked and not saved", async () => {
    await amount();
    await edit("1.2.3");
    expect(".o_field_widget[name=amount]").toHaveClass("o_field_invalid");
    expect.verifySteps([]);
});

test("an empty amount that cannot be edited shows its placeholder", async () => {
    emptyAmount();
    await amount(`readonly="1" placeholder="open"`);
    expect(".o_field_widget[name=amount]").toHaveText("open");
});

test("strategies are cards that say what each is for", async () => {
    await mountCampaign(`<field name="strategy" widget="segmentation_strategy_cards"/>`);
    expect(".o_agro_segmentation_card").toHaveCount(2);
    expect(".o_agro_segmentation_retention").toHaveClass("o_selected");
    expect(".o_agro_segmentation_revision").toHaveText(
        /^Revision\s+High billing, low potential\s+Check the record/
    );
    await contains(".o_agro_segmentation_revision").click();
    expect(".o_agro_segmentation_revision").toHaveClass("o_selected");
    expect(".o_agro_segmentation_retention").not.toHaveClass("o_selected");
    await contains(".o_form_button_save").click();
    expect.verifySteps([{ strategy: "revision" }]);
});
