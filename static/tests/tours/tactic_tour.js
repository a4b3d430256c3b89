import { registry } from "@web/core/registry";

/** Win customers back: the wizard shows the rule, and whom it finds, before launching. */
registry.category("web_tour.tours").add("agro_segmentation_tactic_tour", {
    steps: () => [
        {
            content: "Start a new campaign",
            trigger: ".o_control_panel button:contains(New Campaign)",
            run: "click",
        },
        {
            content: "Choose to win customers back",
            trigger:
                "[name=segmentation_tactic] .o_agro_segmentation_card.o_agro_segmentation_recovery",
            run: "click",
        },
        {
            content: "The rule reads itself back",
            trigger: ".o_field_widget[name=tactic_sentence]:contains(nothing in the last)",
        },
        {
            content: "Nobody asks for a strategy",
            trigger: "body:not(:has(.o_field_widget[name=segmentation_strategy]))",
        },
        {
            content: "One customer bought nothing in two harvests",
            trigger: ".o_agro_segmentation_preview:contains(Long Lost):not(:contains(In Winter))",
        },
        {
            content: "One harvest will do",
            trigger: ".o_field_widget[name=tactic_harvests] input",
            run: "edit 1 && press Tab",
        },
        {
            content: "The preview follows",
            trigger: ".o_agro_segmentation_preview:contains(Long Lost):contains(In Winter)",
        },
        {
            content: "Launch it",
            trigger: "button[name=action_launch]",
            run: "click",
        },
        {
            content: "Confirm",
            trigger: ".modal-footer button:contains(Launch)",
            run: "click",
        },
        {
            content: "The campaign says by which rule, and opens it",
            trigger: "button[name=action_segmentation_rule]",
            run: "click",
        },
        {
            content: "It is a segment as any other",
            trigger: ".o_form_view .o_field_widget[name=condition_ids]:contains(nothing in the last)",
        },
        {
            content: "Back to the campaign",
            trigger: ".o_breadcrumb a:contains(Recovery)",
            run: "click",
        },
        {
            content: "See whom to call first",
            trigger: "button[name=action_segmentation_audience]:contains(2)",
            run: "click",
        },
        {
            content: "The one who used to buy most",
            trigger: ".o_list_view .o_data_row:first:contains(Long Lost):contains(billed before)",
        },
    ],
});

/** From what sells together to a campaign, with one button. */
registry.category("web_tour.tours").add("agro_segmentation_affinity_tour", {
    steps: () => [
        {
            content: "Nothing is known yet: compute it",
            trigger: "button[name=action_find]",
            run: "click",
        },
        {
            content: "Who buys machines also buys inputs, but not all",
            trigger:
                ".o_data_row:has([name=bought]:contains(Machines)):not(:contains(Seed)) button[name=action_campaign]",
            run: "click",
        },
        {
            content: "The wizard knows what to offer to whom",
            trigger: ".o_agro_segmentation_preview:contains(Only Tractors)",
        },
        {
            content: "Launch it",
            trigger: "button[name=action_launch]",
            run: "click",
        },
        {
            content: "Confirm",
            trigger: ".modal-footer button:contains(Launch)",
            run: "click",
        },
        {
            content: "The campaign has its audience",
            trigger: "button[name=action_segmentation_audience]:contains(1)",
        },
    ],
});
