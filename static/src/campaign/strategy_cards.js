import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { radioField, RadioField } from "@web/views/fields/radio/radio_field";

/**
 * What each strategy is for, in the words of a newcomer.
 * A function, because translations are not loaded yet when this module is.
 */
const getMeanings = () => ({
    retention: {
        who: _t("High billing, high potential"),
        goal: _t("Keep them buying up to their potential."),
    },
    investment: {
        who: _t("Low billing, high potential"),
        goal: _t("Make them buy more: they buy elsewhere."),
    },
    revision: {
        who: _t("High billing, low potential"),
        goal: _t("Check the record: land is probably missing."),
    },
    no_investment: {
        who: _t("Low billing, low potential"),
        goal: _t("Leave alone, or reach them cheaply."),
    },
    all: {
        who: _t("Whole customer base"),
        goal: _t("No question asked."),
    },
    free: {
        who: _t("Any amounts you like"),
        goal: _t("For what no quadrant says."),
    },
});

/** A selection as cards, each with its meaning and the colour of its quadrant. */
export class StrategyCardsField extends RadioField {
    static template = "agro_segmentation.StrategyCardsField";

    get meanings() {
        return getMeanings();
    }

    get cards() {
        const meanings = this.meanings;
        return this.items.map((item) => ({
            item,
            value: item[0],
            label: item[1],
            ...meanings[item[0]],
        }));
    }
}

export const strategyCardsField = {
    ...radioField,
    component: StrategyCardsField,
    displayName: _t("Strategy Cards"),
    supportedOptions: [],
    supportedTypes: ["selection"],
};

registry.category("fields").add("segmentation_strategy_cards", strategyCardsField);
