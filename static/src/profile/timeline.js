import { Component, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";

import {
    deserializeDate,
    deserializeDateTime,
    formatDate,
    serializeDate,
    today,
} from "@web/core/l10n/dates";
import { CheckboxItem } from "@web/core/dropdown/checkbox_item";
import { DateTimeInput } from "@web/core/datetime/datetime_input";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { KeepLast } from "@web/core/utils/concurrency";
import { Layout } from "@web/search/layout";
import { _t } from "@web/core/l10n/translation";
import { formatCurrency } from "@web/core/currency";
import { registry } from "@web/core/registry";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { useService } from "@web/core/utils/hooks";

/** What happened with the customer of a partner, newest first, by month. */
export class Timeline extends Component {
    static template = "agro_segmentation.Timeline";
    static components = { CheckboxItem, DateTimeInput, Dropdown };
    static props = { partnerId: Number };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.keepLast = new KeepLast();
        this.periods = [
            { key: "all", label: _t("All time") },
            { key: "30", label: _t("Last 30 days") },
            { key: "365", label: _t("Last 12 months") },
            { key: "custom", label: _t("From … to …") },
        ];
        this.state = useState({
            events: [],
            next: false,
            kinds: [],
            hidden: [],
            chosen: [],
            period: "all",
            dateFrom: "",
            dateTo: "",
            isLoading: false,
        });
        onWillStart(() => this.load());
        onWillUpdateProps((props) => {
            if (props.partnerId !== this.props.partnerId) {
                return this.load(props.partnerId);
            }
        });
    }

    // --- Loading ------------------------------------------------------------

    load(partnerId = this.props.partnerId) {
        return this.fetch(partnerId, null);
    }

    loadMore() {
        return this.fetch(this.props.partnerId, this.state.next);
    }

    async fetch(partnerId, before) {
        this.state.isLoading = true;
        try {
            const page = await this.keepLast.add(
                this.orm.call("segmentation.timeline", "get_events", [partnerId], {
                    kinds: [...this.state.chosen],
                    date_from: this.state.dateFrom,
                    date_to: this.state.dateTo,
                    before,
                })
            );
            const events = before ? [...this.state.events, ...page.events] : page.events;
            Object.assign(this.state, page, { events });
        } finally {
            this.state.isLoading = false;
        }
    }

    // --- Filters ------------------------------------------------------------

    /** The bounds of a period of one's own. */
    get bounds() {
        return ["dateFrom", "dateTo"].map((name) => ({
            name,
            label: name === "dateFrom" ? _t("First day") : _t("Last day"),
            value: this.state[name] ? deserializeDate(this.state[name]) : false,
        }));
    }

    get isFiltered() {
        return this.state.chosen.length || this.state.dateFrom || this.state.dateTo;
    }

    get kindsLabel() {
        const { chosen, kinds } = this.state;
        if (!chosen.length) {
            return _t("All kinds");
        }
        return kinds
            .filter((kind) => chosen.includes(kind.key))
            .map((kind) => kind.label)
            .join(", ");
    }

    toggleKind(key) {
        const { chosen } = this.state;
        this.state.chosen = chosen.includes(key)
            ? chosen.filter((other) => other !== key)
            : [...chosen, key];
        return this.load();
    }

    setPeriod(period) {
        const days = Number(period);
        this.state.period = period;
        if (period !== "custom") {
            this.state.dateFrom = days ? serializeDate(today().minus({ days })) : "";
            this.state.dateTo = "";
            return this.load();
        }
    }

    setDate(name, date) {
        this.state[name] = date ? serializeDate(date) : "";
        return this.load();
    }

    clear() {
        this.state.chosen = [];
        return this.setPeriod("all");
    }

    // --- Rendering ----------------------------------------------------------

    /** The events by month, and in it by day. */
    get months() {
        const months = [];
        for (const event of this.state.events) {
            const month = event.day.slice(0, 7);
            if (months.at(-1)?.key !== month) {
                months.push({ key: month, days: [] });
            }
            const days = months.at(-1).days;
            if (days.at(-1)?.key !== event.day) {
                days.push({ key: event.day, events: [] });
            }
            days.at(-1).events.push(event);
        }
        return months;
    }

    monthLabel(month) {
        return deserializeDate(`${month}-01`).toFormat("LLLL yyyy");
    }

    dayLabel(day) {
        return deserializeDate(day).toFormat("ccc d");
    }

    time(event) {
        return event.is_timed ? deserializeDateTime(event.date).toFormat("HH:mm") : "";
    }

    date(value) {
        return formatDate(deserializeDateTime(value));
    }

    kind(event) {
        return this.state.kinds.find((kind) => kind.key === event.kind) || {};
    }

    hasLink(event) {
        return event.res_model !== "res.partner" || event.res_id !== this.props.partnerId;
    }

    money(event) {
        return formatCurrency(event.amount, event.currency_id);
    }

    open(event) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: event.res_model,
            res_id: event.res_id,
            views: [[false, "form"]],
        });
    }
}

/** The timeline in a form of a partner. */
export class TimelineWidget extends Component {
    static template = "agro_segmentation.TimelineWidget";
    static components = { Timeline };
    static props = { ...standardWidgetProps };
}

/** The timeline on a page of its own. */
export class TimelineAction extends Component {
    static template = "agro_segmentation.TimelineAction";
    static components = { Layout, Timeline };
    static props = { ...standardActionServiceProps };

    get display() {
        return { controlPanel: {} };
    }

    get partnerId() {
        return this.props.action.params.partner_id;
    }
}

registry.category("view_widgets").add("segmentation_timeline", {
    component: TimelineWidget,
});
registry.category("actions").add("agro_segmentation.timeline", TimelineAction);
