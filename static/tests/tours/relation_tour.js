import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

/** Types a text and picks the search item of that name. */
function say(item, text) {
    return [
        {
            content: `${item} “${text}”`,
            trigger: ".o_searchview_input",
            run: `edit ${text}`,
        },
        {
            trigger: `.o_searchview_autocomplete .o-dropdown-item:contains(/^\\s*Search\\s+${item}\\s+for:\\s+${text}/)`,
            run: "click",
        },
        {
            trigger: `.o_searchview_facet:contains(${item}):contains(${text})`,
        },
    ];
}

tours.add("agro_segmentation_spoken_filters_tour", {
    steps: () => [
        {
            trigger: ".o_list_view .o_data_row:contains(Drives new and used)",
        },
        ...say("Customer of", "0 km"),
        ...say("Not customer of", "Used"),
        {
            content: "Customer of “0 km” and not of “used”",
            trigger:
                ".o_list_renderer:contains(Drives new):not(:contains(Drives new and used)):not(:contains(Drives used))",
        },
        {
            trigger: ".o_list_renderer:contains(Comes to the workshop)",
        },
        {
            trigger: ".o_searchview_facet:contains(Not customer of) .o_facet_remove",
            run: "click",
        },
        ...say("Not customer of", "Workshop"),
        {
            content: "Customer of “0 km”, not customer of “workshop”",
            trigger:
                ".o_list_renderer:contains(Drives new and used):not(:contains(Comes to the workshop)):not(:contains(Drives used))",
        },
    ],
});

tours.add("agro_segmentation_set_relation_tour", {
    steps: () => [
        {
            trigger: ".o_form_view .nav-link[name=segmentation]",
            run: "click",
        },
        {
            content: "The customer of the unit, by its invoices",
            trigger:
                ".o_field_widget[name=segmentation_relation_ids] tr:contains(0 km):contains(Customer) button[name=action_set_manual]",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=relation] input",
            run: "click",
        },
        {
            trigger: ".o_select_menu_item:contains(Competitor)",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=reason] input",
            run: "edit Buys from the dealer next door",
        },
        {
            trigger: ".modal button[name=action_apply]",
            run: "click",
        },
        {
            content: "Counts at once, with the reason",
            trigger:
                ".o_field_widget[name=segmentation_relation_ids] tr:contains(0 km):contains(Competitor):contains(next door)",
        },
        {
            content: "And back to what invoices say",
            trigger:
                ".o_field_widget[name=segmentation_relation_ids] tr:contains(0 km) button[name=action_clear_manual]",
            run: "click",
        },
        {
            trigger:
                ".o_field_widget[name=segmentation_relation_ids]:not(:contains(Competitor)) tr:contains(0 km):contains(Customer)",
        },
    ],
});
