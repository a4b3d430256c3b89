import {
    buildM2OFieldDescription,
    extractM2OFieldProps,
    Many2OneField,
} from "@web/views/fields/many2one/many2one_field";
import { registry } from "@web/core/registry";

/**
 * The value of a key field: a label in its colour where it is only read.
 *
 * The colours come with the view, so that showing a list asks for nothing more.
 */
export class SegmentationChoiceField extends Many2OneField {
    static template = "agro_segmentation.ChoiceField";
    static props = {
        ...Many2OneField.props,
        colors: { type: Object, optional: true },
    };

    get value() {
        return this.props.record.data[this.props.name];
    }

    get color() {
        return this.props.colors?.[this.value.id] || 0;
    }
}

registry.category("fields").add("segmentation_choice", {
    ...buildM2OFieldDescription(SegmentationChoiceField),
    extractProps(staticInfo, dynamicInfo) {
        return {
            ...extractM2OFieldProps(staticInfo, dynamicInfo),
            colors: staticInfo.options.colors,
        };
    },
});
