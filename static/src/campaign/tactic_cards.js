import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { strategyCardsField, StrategyCardsField } from "./strategy_cards";

/**
 * Whom each tactic finds, in the words of a newcomer.
 * A function, because translations are not loaded yet when this module is.
 */
const getMeanings = () => ({
    retention: {
        who: _t("Best customers, and new ones"),
        goal: _t("Make them buy again."),
    },
    recovery: {
        who: _t("They bought, but not any more"),
        goal: _t("Win them back, the largest first."),
    },
    cross_selling: {
        who: _t("They buy one thing, not the other"),
        goal: _t("Offer what goes with it."),
    },
    up_selling: {
        who: _t("They buy less than others like them"),
        goal: _t("More at a time, or more often."),
    },
    acquisition: {
        who: _t("Prospects who never bought"),
        goal: _t("Make them customers."),
    },
    custom: {
        who: _t("Whom you choose"),
        goal: _t("By strategy, amounts or segments."),
    },
});

/** The tactics as cards, each with whom it finds. */
export class TacticCardsField extends StrategyCardsField {
    get meanings() {
        return getMeanings();
    }
}

export const tacticCardsField = {
    ...strategyCardsField,
    component: TacticCardsField,
    displayName: _t("Tactic Cards"),
};

registry.category("fields").add("segmentation_tactic_cards", tacticCardsField);
