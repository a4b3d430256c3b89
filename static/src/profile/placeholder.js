import { patch } from "@web/core/utils/patch";
import { DynamicPlaceholderPopover } from "@web/views/fields/dynamic_placeholder_popover";

/** A key field with predefined values is written by the name of its value. */
patch(DynamicPlaceholderPopover.prototype, {
    setPath(path, fieldInfo) {
        const isValue = fieldInfo?.relation === "segmentation.value";
        super.setPath(isValue ? `${path}.name` : path, fieldInfo);
    },
});
