import { Component, useState } from "@odoo/owl";

import { deserializeDate, deserializeDateTime, formatDate } from "@web/core/l10n/dates";
import { KeepLast } from "@web/core/utils/concurrency";
import { formatCurrency } from "@web/core/currency";
import { formatPercentage } from "@web/views/fields/formatters";
import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { useRecordObserver } from "@web/model/relational_model/utils";
import { useService } from "@web/core/utils/hooks";

import { QUADRANT_COLORS } from "../position/quadrants";

/** The customer at a glance, above its form; read again when the form was saved. */
export class SegmentationHeader extends Component {
    static template = "agro_segmentation.Header";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.keepLast = new KeepLast();
        this.state = useState({ data: null });
        this.colors = QUADRANT_COLORS;
        useRecordObserver((record) => {
            // data is another object whenever the record was read again
            if (record.resId && record.data && !record.dirty) {
                return this.load(record.resId);
            }
        });
    }

    async load(partnerId) {
        this.state.data = await this.keepLast.add(
            this.orm.call("res.partner", "get_segmentation_header", [partnerId])
        );
    }

    percentage(share) {
        return formatPercentage(share, { digits: [16, 0] });
    }

    /** The width of the bar: a share over one fills it. */
    width(share) {
        return `${Math.min(Math.max(share, 0), 1) * 100}%`;
    }

    money(amount) {
        return formatCurrency(amount, this.state.data.currency_id, { digits: [16, 0] });
    }

    day(value) {
        return formatDate(deserializeDate(value));
    }

    date(value) {
        return formatDate(deserializeDateTime(value));
    }

    ago(value) {
        return deserializeDateTime(value).toRelative();
    }

    openTimeline() {
        return this.action.doActionButton({
            type: "object",
            name: "action_open_segmentation_timeline",
            resModel: "res.partner",
            resId: this.props.record.resId,
        });
    }

    openActivity() {
        const { res_model, res_id } = this.state.data.next_activity;
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model,
            res_id,
            views: [[false, "form"]],
        });
    }
}

registry.category("view_widgets").add("segmentation_header", {
    component: SegmentationHeader,
});
