import { registry } from "@web/core/registry";
import {
    Many2OneField,
    buildM2OFieldDescription,
} from "@web/views/fields/many2one/many2one_field";

/** A harvest, or in words that there is none: billed outside any. */
export class HarvestField extends Many2OneField {
    static template = "agro_segmentation.HarvestField";
}

registry
    .category("fields")
    .add("segmentation_harvest", buildM2OFieldDescription(HarvestField));
