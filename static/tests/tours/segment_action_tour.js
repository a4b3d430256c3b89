import { registry } from "@web/core/registry";

const ACTIONS = ".o_field_widget[name=action_ids]";

/** Marketing: have the members of a segment tagged, those of today too. */
registry.category("web_tour.tours").add("agro_segmentation_segment_action_tour", {
    steps: () => [
        {
            trigger: ".o_form_view .nav-link[name=actions]",
            run: "click",
        },
        {
            trigger: `${ACTIONS} .o_field_x2many_list_row_add button, ${ACTIONS} .o_field_x2many_list_row_add a`,
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=kind] .o_select_menu_toggler",
            run: "click",
        },
        {
            trigger: ".o_select_menu_item:contains(Add tags)",
            run: "click",
        },
        {
            content: "What the other kinds need is not asked",
            trigger: ".modal-body:not(:has([name=activity_type_id]:visible))",
        },
        {
            trigger: ".modal .o_field_widget[name=tag_ids] input",
            run: "edit From Montero",
        },
        {
            trigger: ".o-autocomplete--dropdown-item:contains(From Montero)",
            run: "click",
        },
        {
            trigger: ".modal .o_form_button_save",
            run: "click",
        },
        {
            trigger: `body:not(:has(.modal)) ${ACTIONS} .o_data_row:contains(On entering: add the tags From Montero)`,
        },
        {
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            trigger: ".o_form_saved",
        },
        {
            trigger: `${ACTIONS} .o_data_row td[name=sentence]`,
            run: "click",
        },
        {
            trigger: ".modal button[name=action_apply_to_members]",
            run: "click",
        },
        {
            content: "Say yes",
            trigger: ".modal .modal-footer .btn-primary:contains(Ok)",
            run: "click",
        },
        {
            trigger: `body:not(:has(.modal)) ${ACTIONS} .o_data_row td[name=pending_count]:contains(1)`,
        },
        {
            content: "For whom",
            trigger: `${ACTIONS} .o_data_row button[name=action_view_effects]`,
            run: "click",
        },
        {
            trigger: ".o_list_view .o_data_row:contains(Ana):contains(Waiting)",
        },
    ],
});
