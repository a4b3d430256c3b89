import { Component, onWillStart, useState } from "@odoo/owl";

import { formatFloat, formatPercentage } from "@web/views/fields/formatters";
import { KeepLast } from "@web/core/utils/concurrency";
import { Layout } from "@web/search/layout";
import { _t } from "@web/core/l10n/translation";
import { formatCurrency } from "@web/core/currency";
import { registry } from "@web/core/registry";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { useService } from "@web/core/utils/hooks";

import { QUADRANT_COLORS } from "./quadrants";

const NOTHING = { count: 0, billing: 0, potential: 0, gap: 0, share: false };

/** The four quadrants of a harvest with their figures, and the same by zone. */
export class Matrix extends Component {
    static template = "agro_segmentation.Matrix";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.keepLast = new KeepLast();
        this.state = useState({ data: null });
        this.rows = [
            { label: _t("High billing"), cells: ["revision", "retention"] },
            { label: _t("Low billing"), cells: ["no_investment", "investment"] },
        ];
        this.colors = QUADRANT_COLORS;
        this.labels = {
            retention: _t("Retention"),
            investment: _t("Investment"),
            revision: _t("Revision"),
            no_investment: _t("No investment"),
            unknown: _t("Potential unknown"),
        };
        onWillStart(() => this.load(false));
    }

    get display() {
        return { controlPanel: {} };
    }

    async load(harvestId) {
        this.state.data = await this.keepLast.add(
            this.orm.call("segmentation.position", "get_matrix", [], {
                harvest_id: harvestId,
            })
        );
    }

    onHarvestChange(ev) {
        return this.load(Number(ev.target.value));
    }

    figures(quadrant) {
        return this.state.data.quadrants[quadrant] || NOTHING;
    }

    money(amount) {
        return formatCurrency(amount || 0, this.state.data.currency_id, {
            digits: [16, 0],
        });
    }

    percentage(figures) {
        return figures.potential ? formatPercentage(figures.share, { digits: [16, 0] }) : "–";
    }

    number(value) {
        return formatFloat(value, { digits: [16, 0] });
    }

    /** Open the positions behind a figure. */
    open(name, condition) {
        this.action.doAction({
            type: "ir.actions.act_window",
            name,
            res_model: "segmentation.position",
            views: [
                [false, "list"],
                [false, "kanban"],
                [false, "form"],
            ],
            domain: [["harvest_id", "=", this.state.data.harvest_id], condition],
        });
    }
}

registry.category("actions").add("agro_segmentation.matrix", Matrix);
