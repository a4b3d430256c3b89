import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("agro_segmentation_segment_use_tour", {
    url: "/odoo/segments",
    steps: () => [
        {
            content: "Open the segment",
            trigger: ".o_data_row .o_data_cell:contains(Growers of Montero)",
            run: "click",
        },
        {
            content: "Begin a campaign for its members",
            trigger: "button[name=action_new_campaign]",
            run: "click",
        },
        {
            content: "It reaches the members, also the one without figures",
            trigger: ".o_agro_segmentation_preview:has(.display-5:contains(2)):contains(Every member of Growers of Montero)",
        },
        {
            content: "Name the campaign",
            trigger: ".o_field_widget[name=title] input",
            run: "edit Tour of a segment",
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
            content: "The campaign has both in its audience",
            trigger: "button[name=action_segmentation_audience]:contains(2)",
        },
        {
            content: "Prepare the e-mail",
            trigger: "button[name=action_segmentation_prepare_email]",
            run: "click",
        },
        {
            content: "It is for the audience of this campaign",
            trigger: ".o_field_widget[name=mailing_domain]:contains(Tour of a segment):contains(2 record)",
        },
        {
            content: "Wait for its editor: leaving while it loads is an error of the editor",
            trigger: ":iframe .o_layout:contains(Dear)",
            timeout: 60000,
        },
        {
            content: "Back to the segments",
            trigger: "[data-menu-xmlid='agro_segmentation.menu_segments']",
            run: "click",
        },
        {
            trigger: "[data-menu-xmlid='agro_segmentation.segmentation_segment_menu']",
            run: "click",
        },
        {
            trigger: ".o_data_row .o_data_cell:contains(Growers of Montero)",
            run: "click",
        },
        {
            content: "Write to whoever is a member, without a campaign",
            trigger: "button[name=action_send_email]",
            run: "click",
        },
        {
            content: "It is for the members of the segment",
            trigger: ".o_field_widget[name=mailing_domain]:contains(Growers of Montero):contains(2 record)",
        },
        {
            content: "Wait for the choice of its design, the last to load",
            trigger: ".o_mailing_template_preview_wrapper [data-name=empty]",
            timeout: 60000,
        },
    ],
});

registry.category("web_tour.tours").add("agro_segmentation_segment_from_search_tour", {
    url: "/odoo/contacts",
    steps: () => [
        {
            content: "As a list",
            trigger: ".o_switch_view.o_list",
            run: "click",
        },
        {
            content: "Wait for the list",
            trigger: ".o_list_view .o_data_row:contains(Elsewhere)",
        },
        {
            content: "Keep the search as a segment",
            trigger: ".o_cp_action_menus .dropdown-toggle",
            run: "click",
        },
        {
            trigger: ".o_agro_segmentation_from_search",
            run: "click",
        },
        {
            content: "It has found its members",
            trigger: "button[name=action_view_members]:contains(Members)",
        },
        {
            content: "Name it",
            trigger: ".o_field_widget[name=name] input",
            run: "edit Searched",
        },
        {
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            content: "Saved, as the path above says; right after the click nothing is unsaved yet",
            trigger: ".o_last_breadcrumb_item:contains(Searched)",
        },
        {
            trigger: ".o_form_saved",
        },
    ],
});
