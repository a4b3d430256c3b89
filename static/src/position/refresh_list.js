import { onMounted, onWillUnmount } from "@odoo/owl";

import { registry } from "@web/core/registry";
import { listView } from "@web/views/list/list_view";
import { ListController } from "@web/views/list/list_controller";

export const RELOAD_EVERY = 3000; // ms

/** The list of refreshes: reloads itself while figures are being computed. */
export class RefreshListController extends ListController {
    setup() {
        super.setup();
        onMounted(() => {
            this.timer = setInterval(() => this.reloadWhileBusy(), RELOAD_EVERY);
        });
        onWillUnmount(() => clearInterval(this.timer));
    }

    async reloadWhileBusy() {
        const busy = this.model.root.records.some(
            (record) => record.data.state !== "fresh"
        );
        if (busy) {
            await this.model.load();
        }
    }
}

registry.category("views").add("segmentation_refresh_list", {
    ...listView,
    Controller: RefreshListController,
});
