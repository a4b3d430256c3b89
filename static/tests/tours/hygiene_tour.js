import { registry } from "@web/core/registry";

const row = (name) => `.o_data_row:contains(${name})`;
const group = (name) => `.o_group_header:contains(${name})`;

registry.category("web_tour.tours").add("agro_segmentation_hygiene_tour", {
    steps: () => [
        {
            content: "The queue is grouped by what is wrong",
            trigger: group("Same e-mail address (2)"),
            run: "click",
        },
        {
            content: "A sentence says with whom the contact shares what",
            trigger: `${row("Agro Norte")}:contains(Shares “norte@example.com” with: Twin)`,
        },
        {
            content: "Odoo's own wizard opens on the duplicates",
            trigger: `${row("Agro Norte")} button[name=action_merge]`,
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=partner_ids] tr:contains(Twin)",
        },
        {
            trigger: ".modal button[name=action_merge]",
            run: "click",
        },
        {
            trigger: ".modal:contains(There are no more contacts to merge)",
        },
        {
            trigger: ".modal button:contains(Close)",
            run: "click",
        },
        {
            content: "Merged, they are no duplicates any more",
            trigger: group("Same e-mail address (0)"),
        },
        {
            trigger: group("Invalid phone number (1)"),
            run: "click",
        },
        {
            trigger: `${row("Wrong Number")} .o_list_record_selector input`,
            run: "click",
        },
        {
            trigger: "button[name=action_keep]",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=until] button, .modal .o_field_widget[name=until] input",
            run: "click",
        },
        {
            content: "Today",
            trigger: ".o_datetime_picker .o_today",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=reason] input",
            run: "edit The number of a radio",
        },
        {
            trigger: ".modal button[name=action_apply]:contains(Keep)",
            run: "click",
        },
        {
            content: "Kept contacts leave the queue",
            trigger: group("Invalid phone number (0)"),
        },
    ],
});
