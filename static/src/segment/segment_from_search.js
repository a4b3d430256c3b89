import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";
import { Component } from "@odoo/owl";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";

/** Models of whose lists a segment can be made. */
const MODELS = ["res.partner"];

/** Opens a new segment of those whom the list shows. */
export class SegmentFromSearch extends Component {
    static template = "agro_segmentation.SegmentFromSearch";
    static components = { DropdownItem };
    static props = {};

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
    }

    async onSelected() {
        const { domain, resModel } = this.env.searchModel;
        const action = await this.orm.call("segmentation.segment", "action_from_search", [
            resModel,
            domain,
        ]);
        return this.action.doAction(action);
    }
}

export const segmentFromSearchItem = {
    Component: SegmentFromSearch,
    groupNumber: 20,
    isDisplayed: ({ config, searchModel }) =>
        config.actionType === "ir.actions.act_window" &&
        ["list", "kanban"].includes(config.viewType) &&
        MODELS.includes(searchModel.resModel) &&
        user.hasGroup("agro_segmentation.group_segmentation_marketing"),
};

registry
    .category("cogMenu")
    .add("agro_segmentation.segment_from_search", segmentFromSearchItem, { sequence: 20 });
