import { getCurrency } from "@web/core/currency";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { formatMonetary } from "@web/views/fields/formatters";
import { parseMonetary } from "@web/views/fields/parsers";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { Component } from "@odoo/owl";

/**
 * An amount that may be empty. Odoo's own field takes an emptied input for zero, and a
 * zero typed into an empty input for no change.
 */
export class OptionalMonetaryField extends Component {
    static template = "agro_segmentation.OptionalMonetaryField";
    static props = {
        ...standardFieldProps,
        placeholder: { type: String, optional: true },
    };

    get value() {
        return this.props.record.data[this.props.name];
    }

    get currency() {
        const { currency_field } = this.props.record.fields[this.props.name];
        return getCurrency(this.props.record.data[currency_field]?.id);
    }

    get text() {
        if (this.value === false) {
            return "";
        }
        return formatMonetary(this.value, {
            digits: this.currency?.digits,
            noSymbol: true,
        });
    }

    async onChange(ev) {
        const text = ev.target.value.trim();
        let value = false;
        try {
            value = text ? parseMonetary(text) : false;
        } catch {
            this.props.record.setInvalidField(this.props.name);
            return;
        }
        await this.props.record.update({ [this.props.name]: value });
        ev.target.value = this.text;
    }
}

export const optionalMonetaryField = {
    component: OptionalMonetaryField,
    displayName: _t("Amount That May Be Empty"),
    supportedTypes: ["monetary"],
    isEmpty: (record, fieldName) => record.data[fieldName] === false,
    extractProps: ({ placeholder }) => ({ placeholder }),
};

registry.category("fields").add("segmentation_optional_monetary", optionalMonetaryField);
