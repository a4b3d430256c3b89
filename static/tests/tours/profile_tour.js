import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("agro_segmentation_timeline_tour", {
    steps: () => [
        {
            content: "The header tells the last contact and what is next",
            trigger:
                ".o_agro_segmentation_header [data-name=last_contact]:contains(Call)",
        },
        {
            trigger:
                ".o_agro_segmentation_header [data-name=next_activity]:contains(Offer a planter)",
        },
        {
            trigger: ".nav-link[name=segmentation_timeline]",
            run: "click",
        },
        {
            content: "What the salesperson may not see is named",
            trigger: ".o_agro_segmentation_timeline [data-name=hidden]:contains(Invoice)",
        },
        {
            content: "The newest page is full",
            trigger: ".o_agro_segmentation_timeline li[data-kind=call]:contains(Call 1.)",
        },
        {
            trigger:
                ".o_agro_segmentation_timeline:not(:contains(Lost: Price too high))",
        },
        {
            content: "Older things come on request",
            trigger: ".o_agro_segmentation_timeline button[name=load_more]",
            run: "click",
        },
        {
            trigger: ".o_agro_segmentation_timeline li:contains(Lost: Price too high)",
        },
        {
            content: "Only opportunities",
            trigger: ".o_agro_segmentation_timeline button[name=kinds]",
            run: "click",
        },
        {
            trigger: ".o-dropdown-item[data-kind=opportunity]",
            run: "click",
        },
        {
            trigger: ".o_agro_segmentation_timeline:not(:has(li[data-kind=call]))",
        },
        {
            content: "In a period without any",
            trigger: ".o_agro_segmentation_timeline select[name=period]",
            run: "selectByLabel From … to …",
        },
        {
            trigger: ".o_agro_segmentation_timeline [data-name=dateTo] input",
            run: "edit 01/01/2001 && press Enter",
        },
        {
            trigger: ".o_agro_segmentation_timeline:contains(Nothing of these kinds)",
        },
        {
            trigger: ".o_agro_segmentation_timeline button[name=clear]",
            run: "click",
        },
        {
            trigger: ".o_agro_segmentation_timeline button[name=load_more]",
            run: "click",
        },
        {
            content: "A title leads to its record",
            trigger:
                ".o_agro_segmentation_timeline li[data-kind=opportunity] a:contains(Sprayer)",
            run: "click",
        },
        {
            trigger: ".o_breadcrumb .o_last_breadcrumb_item:contains(Sprayer)",
        },
    ],
});
