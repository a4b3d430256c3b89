import { registry } from "@web/core/registry";

/**
 * Launch a campaign of a strategy and prepare its e-mail, as a newcomer would.
 *
 * @param {string} strategy key of the strategy
 * @param {string} customer the only one whom the strategy chooses
 */
function launch(strategy, customer) {
    return [
        {
            content: "Start a new campaign",
            trigger: ".o_control_panel button:contains(New Campaign)",
            run: "click",
        },
        {
            content: "The preview starts with every customer",
            trigger: ".o_agro_segmentation_preview .display-5:contains(4)",
        },
        {
            content: "Choose the strategy",
            trigger: `[name=segmentation_strategy] .o_agro_segmentation_card.o_agro_segmentation_${strategy}`,
            run: "click",
        },
        {
            content: "The preview follows, by the ranges that are proposed",
            trigger: `.o_agro_segmentation_preview:contains(Ranges:):contains(${customer})`,
        },
        {
            content: "Name the campaign",
            trigger: ".o_field_widget[name=title] input",
            run: `edit Tour ${strategy}`,
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
            content: "The campaign shows its audience",
            trigger: "button[name=action_segmentation_audience]:contains(1)",
            run: "click",
        },
        {
            content: "The audience is the customer",
            trigger: `.o_list_view .o_data_row:contains(${customer})`,
        },
        {
            content: "Back to the campaign",
            trigger: `.o_breadcrumb a:contains(Tour ${strategy})`,
            run: "click",
        },
        {
            content: "Prepare the e-mail",
            trigger: "button[name=action_segmentation_prepare_email]",
            run: "click",
        },
        {
            content: "It is for the audience of this campaign, and nobody else",
            trigger: `.o_field_widget[name=mailing_domain]:contains(Tour ${strategy}):contains(1 record)`,
        },
        {
            content: "Its text waits to be finished",
            trigger: ":iframe .o_layout:contains(Dear)",
            timeout: 60000,
        },
        {
            content: "Back to all campaigns",
            trigger: "[data-menu-xmlid='agro_segmentation.menu_campaigns']",
            run: "click",
        },
        {
            trigger: "[data-menu-xmlid='agro_segmentation.menu_campaigns_all']",
            run: "click",
        },
    ];
}

registry.category("web_tour.tours").add("agro_segmentation_campaign_tour", {
    url: "/odoo/segmentation-campaigns",
    steps: () => [
        ...launch("retention", "Loyal"),
        ...launch("investment", "Elsewhere"),
        ...launch("revision", "Unrecorded"),
        {
            content: "All three stand in the list",
            trigger: ".o_kanban_view:contains(Tour retention):contains(Tour investment):contains(Tour revision)",
        },
    ],
});

registry.category("web_tour.tours").add("agro_segmentation_campaign_problem_tour", {
    url: "/odoo/segmentation-new-campaign",
    steps: () => [
        {
            trigger: "[name=segmentation_strategy] .o_agro_segmentation_card.o_agro_segmentation_investment",
            run: "click",
        },
        {
            content: "Ranges are proposed from the cut points",
            trigger: ".o_field_widget[name=segmentation_potential_from] input:value(4,000.00)",
        },
        {
            content: "Contradict the strategy",
            trigger: ".o_field_widget[name=segmentation_potential_to] input",
            run: "edit 100 && click .o_field_widget[name=segmentation_billing_from]",
        },
        {
            content: "The preview says what to change, and nothing can be launched",
            trigger: ".o_form_view:not(:has(button[name=action_launch])) .o_agro_segmentation_preview .alert:contains(“from” must not exceed “to”)",
        },
        {
            content: "Take the proposal again",
            trigger: "button[name=action_propose]",
            run: "click",
        },
        {
            content: "An end that was emptied is open",
            trigger: ".o_field_widget[name=segmentation_potential_to] input:value(/^$/)",
        },
        {
            content: "Keep it for later",
            trigger: "button[name=action_save_draft]",
            run: "click",
        },
        {
            content: "A draft has no audience yet",
            trigger: ".alert:contains(This campaign is a draft)",
        },
        {
            content: "Go on where one left",
            trigger: "button[name=action_segmentation_wizard]",
            run: "click",
        },
        {
            trigger: "[name=segmentation_strategy] .o_agro_segmentation_card.o_agro_segmentation_investment.o_selected",
        },
        {
            content: "Choose by the policy instead",
            trigger: ".o_field_widget[name=segmentation_mode] input[data-value=quadrant]",
            run: "click",
        },
        {
            trigger: ".o_agro_segmentation_preview:contains(The policy's quadrant: Investment)",
        },
        {
            trigger: "button[name=action_launch]",
            run: "click",
        },
        {
            trigger: ".modal-footer button:contains(Launch)",
            run: "click",
        },
        {
            content: "The same campaign, launched",
            trigger: "button[name=action_segmentation_audience]:contains(1)",
        },
    ],
});
