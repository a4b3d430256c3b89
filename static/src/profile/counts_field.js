import { Component } from "@odoo/owl";

import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { useService } from "@web/core/utils/hooks";

/** The accounts of a salesperson by relation, unit, quadrant…, each number a link. */
export class CountsField extends Component {
    static template = "agro_segmentation.CountsField";
    static props = { ...standardFieldProps };

    setup() {
        this.action = useService("action");
    }

    get counts() {
        return this.props.record.data[this.props.name];
    }

    /** Open the accounts behind a number. */
    open(group, views, field) {
        const name = this.props.record.data.display_name;
        return this.action.doAction({
            type: "ir.actions.act_window",
            name: field
                ? _t("%(salesperson)s: %(field)s %(value)s", {
                      salesperson: name,
                      field: field.label,
                      value: group.label,
                  })
                : name,
            res_model: "res.partner",
            views: [...views, "form"].map((view) => [false, view]),
            domain: group.domain,
        });
    }

    openList(group, field) {
        return this.open(group, ["list", "kanban", "pivot", "graph"], field);
    }

    openPivot() {
        return this.open(this.counts, ["pivot", "graph", "list", "kanban"]);
    }
}

registry.category("fields").add("segmentation_counts", {
    component: CountsField,
    supportedTypes: ["jsonb"],
    fieldDependencies: [{ name: "display_name", type: "char" }],
});
