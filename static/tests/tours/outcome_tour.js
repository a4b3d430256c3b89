import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("agro_segmentation_hold_out_tour", {
    steps: () => [
        {
            content: "The proposal says why nobody is held out",
            trigger: ".o_field_widget[name=hold_out_sentence]:contains(with 20 customers)",
        },
        {
            content: "Choose another share",
            trigger: ".o_field_widget[name=segmentation_hold_out_proposed] input",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=segmentation_hold_out] input",
            run: "edit 50",
        },
        {
            content: "Leave the field",
            trigger: ".o_field_widget[name=title] input",
            run: "edit Half of them",
        },
        {
            content: "It says what will show then",
            trigger:
                ".o_field_widget[name=hold_out_sentence]:contains(10 of 20 customers)",
        },
        {
            content: "Launch it",
            trigger: "button[name=action_launch]",
            run: "click",
        },
        {
            trigger: ".modal-footer button:contains(Launch)",
            run: "click",
        },
        {
            content: "Look at the results",
            trigger: ".nav-link:contains(Results)",
            run: "click",
        },
        {
            trigger:
                ".o_field_widget[name=segmentation_result_sentence]:contains(Not measured yet)",
        },
        {
            content: "Measure them",
            trigger: "button[name=action_segmentation_measure]",
            run: "click",
        },
        {
            trigger: "body:not(:contains(Not measured yet))",
        },
        {
            trigger: ".nav-link:contains(Results)",
            run: "click",
        },
        {
            content: "Nobody has bought yet, which shows nothing",
            trigger:
                ".o_field_widget[name=segmentation_result_sentence]:contains(points show)",
        },
        {
            trigger: ".o_field_widget[name=segmentation_result_html]:contains(Held out)",
        },
        {
            content: "Explore them",
            trigger: "button[name=action_segmentation_outcome]",
            run: "click",
        },
        {
            trigger: ".o_pivot:contains(Hold-out)",
        },
    ],
});
