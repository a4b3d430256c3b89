import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

/** Add a person to the table of those who take accounts over, as its nth line. */
function takes(name, nth) {
    const table = ".o_field_widget[name=target_ids]";
    return [
        {
            trigger: `${table} .o_field_x2many_list_row_add a`,
            run: "click",
        },
        {
            trigger: `${table} .o_selected_row:nth-child(${nth}) [name=user_id] input`,
            run: `edit ${name}`,
        },
        {
            trigger: `.ui-autocomplete a:contains(${name})`,
            run: "click",
        },
    ];
}

tours.add("agro_segmentation_handover_tour", {
    steps: () => [
        {
            content: "A manager makes a handover",
            trigger: ".o_list_button_add",
            run: "click",
        },
        {
            content: "The salesperson who left is archived, and can be chosen",
            trigger: ".o_field_widget[name=source_user_ids] input",
            run: "edit Ana",
        },
        {
            trigger: ".ui-autocomplete a:contains(Ana)",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=reason] textarea",
            run: "edit Ana has left",
        },
        {
            trigger: ".o_field_widget[name=rule] label:contains(Same hectares each)",
            run: "click",
        },
        ...takes("Bea", 1),
        ...takes("Dora", 2),
        ...takes("Eva", 3),
        {
            content: "Nothing changes before it is listed",
            trigger: "button[name=action_list]",
            run: "click",
        },
        {
            trigger: ".oe_stat_button:contains(200)",
        },
        {
            content: "Ana's hectares are dealt in three equal parts",
            trigger:
                ".o_field_widget[name=total_ids] tr:contains(Ana):contains(21,900)",
        },
        {
            trigger: ".o_field_widget[name=total_ids] tr:contains(Dora):contains(7,3)",
        },
        {
            trigger: ".nav-link[name=accounts]",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=line_ids] tr:contains(Farm 000)",
        },
        {
            content: "Hand them over",
            trigger: "button[name=action_execute]",
            run: "click",
        },
        {
            trigger: ".modal button:contains(Hand Over)",
            run: "click",
        },
        {
            trigger: ".o_arrow_button_current:contains(Done)",
        },
        {
            content: "And give them back",
            trigger: "button[name=action_undo]",
            run: "click",
        },
        {
            trigger: ".modal button.btn-primary:contains(Undo)",
            run: "click",
        },
        {
            trigger: ".o_arrow_button_current:contains(Undone)",
        },
    ],
});
