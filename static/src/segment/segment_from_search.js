import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { Component } from "@odoo/owl";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";

/** Whether a segment can be made of a list; of journal entries, of customers' only. */
const LISTS = {
    "res.partner": () => true,
    "segmentation.position": () => true,
    "account.move": ({ default_move_type }) =>
        ["out_invoice", "out_refund"].includes(default_move_type),
};

/** What the search bar shows of a search, a text for each facet that filters. */
function labelsOf(facets) {
    return facets
        .filter(({ type }) => type !== "groupBy")
        .map(({ title, values, separator }) => {
            const value = values.join(` ${separator} `);
            return title ? `${title}: ${value}` : value;
        });
}

/** Opens a new segment of those whom the list shows. */
export class SegmentFromSearch extends Component {
    static template = "agro_segmentation.SegmentFromSearch";
    static components = { DropdownItem };
    static props = {};

    async onSelected() {
        // not by useService: the menu is gone before its answer comes
        const { action, orm } = this.env.services;
        const { domain, facets, resModel } = this.env.searchModel;
        return action.doAction(
            await orm.call("segmentation.segment", "action_from_search", [
                resModel,
                domain,
                labelsOf(facets),
            ])
        );
    }
}

export const segmentFromSearchItem = {
    Component: SegmentFromSearch,
    groupNumber: 20,
    isDisplayed: ({ config, searchModel }) =>
        config.actionType === "ir.actions.act_window" &&
        ["list", "kanban"].includes(config.viewType) &&
        LISTS[searchModel.resModel]?.(searchModel.globalContext) &&
        user.hasGroup("agro_segmentation.group_segmentation_marketing"),
};

registry
    .category("cogMenu")
    .add("agro_segmentation.segment_from_search", segmentFromSearchItem, { sequence: 20 });
