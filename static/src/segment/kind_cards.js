import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { radioField, RadioField } from "@web/views/fields/radio/radio_field";
import { useState } from "@odoo/owl";

/**
 * What each kind of condition asks, in the words of a newcomer.
 * A function, because translations are not loaded yet when this module is.
 */
const getQuestions = () => ({
    relation: { icon: "fa-handshake-o", help: _t("Customer, prospect, ex-customer… of a business unit") },
    purchase: { icon: "fa-shopping-cart", help: _t("What they bought, or did not, and when") },
    first_purchase: { icon: "fa-star-o", help: _t("New customers: since when they buy") },
    lapsed: { icon: "fa-history", help: _t("They used to buy, but not in the last harvests") },
    median: { icon: "fa-sort-amount-asc", help: _t("They buy less, or less often, than others of their zone and size") },
    quadrant: { icon: "fa-th-large", help: _t("Retention, investment, revision, no investment") },
    figure: { icon: "fa-bar-chart", help: _t("How much they were billed, could buy, or are short of") },
    last_contact: { icon: "fa-comments-o", help: _t("How long ago somebody called, visited or wrote") },
    mailing: { icon: "fa-envelope-open-o", help: _t("Who opened, clicked or never did") },
    lost: { icon: "fa-thumbs-o-down", help: _t("Opportunities we lost, and why") },
    anniversary: { icon: "fa-birthday-cake", help: _t("Birthdays and other dates that come each year") },
    score: { icon: "fa-tachometer", help: _t("How complete, how likely") },
    records: { icon: "fa-files-o", help: _t("Invoices, parcels, meetings and other documents they have") },
    reachable: { icon: "fa-phone", help: _t("By e-mail or phone, and not blacklisted") },
    segment: { icon: "fa-users", help: _t("Who is in a segment that you already made") },
    campaign: { icon: "fa-bullhorn", help: _t("Who was in the audience of a campaign") },
    waterfall: { icon: "fa-filter", help: _t("Who falls into a step of a waterfall") },
    domain: { icon: "fa-address-card-o", help: _t("City, salesperson, tags, key fields: any filter") },
});

/** The kinds of condition as cards; once one is chosen, only that one. */
export class KindCardsField extends RadioField {
    static template = "agro_segmentation.KindCardsField";

    setup() {
        super.setup();
        this.state = useState({ isOpen: false });
    }

    get cards() {
        const questions = getQuestions();
        const order = Object.keys(questions);
        const rank = (kind) => (order.includes(kind) ? order.indexOf(kind) : order.length);
        return this.items
            .map((item) => ({
                item,
                value: item[0],
                label: item[1],
                icon: "fa-question-circle-o",
                ...questions[item[0]],
            }))
            .sort((a, b) => rank(a.value) - rank(b.value));
    }

    get isOpen() {
        return !this.props.readonly && (this.state.isOpen || !this.value);
    }

    get chosen() {
        return this.cards.filter((card) => card.value === this.value);
    }

    choose(item) {
        this.state.isOpen = false;
        this.onChange(item);
    }
}

export const kindCardsField = {
    ...radioField,
    component: KindCardsField,
    displayName: _t("Kind Cards"),
    supportedOptions: [],
    supportedTypes: ["selection"],
};

registry.category("fields").add("segmentation_kind_cards", kindCardsField);
