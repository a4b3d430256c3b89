import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

tours.add("agro_segmentation_channel_tour", {
    steps: () => [
        {
            content: "Marketing plans calls to the audience",
            trigger: "button[name=action_segmentation_plan_calls]",
            run: "click",
        },
        {
            content: "The preview says who calls how many",
            trigger: ".modal .card:contains(4):contains(customers to call)",
        },
        {
            content: "One call a day takes the days that there are",
            trigger: ".modal .o_field_widget[name=per_day] input",
            run: "edit 1 && press Tab",
        },
        {
            trigger: ".modal th:contains(Days)",
        },
        {
            trigger: ".modal button[name=action_apply]:contains(Plan Calls)",
            run: "click",
        },
        {
            content: "The calls, and what came of each",
            trigger: ".o_breadcrumb:contains(Calls)",
        },
        {
            trigger: ".o_data_row:contains(Large):contains(To do)",
        },
        {
            content: "Back on the campaign, opportunities are made as well",
            trigger: ".o_breadcrumb .o_back_button a, .breadcrumb-item:last a",
            run: "click",
        },
        {
            trigger: "button[name=action_segmentation_calls]:contains(0 / 4)",
        },
        {
            trigger: "button[name=action_segmentation_make_opportunities]",
            run: "click",
        },
        {
            trigger: ".modal .card:contains(4):contains(opportunities)",
        },
        {
            trigger: ".modal button[name=action_apply]:contains(Make Opportunities)",
            run: "click",
        },
        {
            trigger: ".o_data_row:contains(Large):contains(8,000.00):contains(Open)",
        },
    ],
});
