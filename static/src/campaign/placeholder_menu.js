import { onWillStart, useState } from "@odoo/owl";
import { useService } from "@web/core/utils/hooks";
import { patch } from "@web/core/utils/patch";
import { groupBy } from "@web/core/utils/arrays";
import { DynamicPlaceholderPopover } from "@web/views/fields/dynamic_placeholder_popover";

/**
 * Messages to contacts choose placeholders by what they mean, each with a fallback.
 *
 * Odoo offers the fields of the model only: none of the campaign's figures, which are
 * computed as the message is written. All other fields are one click further.
 */
patch(DynamicPlaceholderPopover.prototype, {
    setup() {
        super.setup();
        this.orm = useService("orm");
        this.menu = useState({ entries: [], query: "", isOpen: false });
        onWillStart(() => this.loadMenu());
    },

    async loadMenu() {
        if (this.props.resModel !== "res.partner") {
            return;
        }
        this.menu.entries = await this.orm.call("res.partner", "segmentation_placeholders");
        this.menu.isOpen = this.menu.entries.length > 0;
    },

    /** @returns {Object} entries that hold the text searched for, by group */
    get menuGroups() {
        const query = this.menu.query.toLowerCase();
        const found = this.menu.entries.filter(({ label }) =>
            label.toLowerCase().includes(query)
        );
        return groupBy(found, ({ group }) => group);
    },

    chooseEntry({ path, label, fallback }) {
        Object.assign(this.state, {
            path,
            fieldName: label,
            defaultValue: fallback,
            isPathSelected: true,
        });
        this.fieldType = "char";
    },

    onBack() {
        super.onBack();
        this.menu.isOpen = this.menu.entries.length > 0;
    },
});
