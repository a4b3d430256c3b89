import { registry } from "@web/core/registry";

/** An administrator describes a mandatory key field with a value and switches it on. */
registry.category("web_tour.tours").add("agro_segmentation_key_field_tour", {
    steps: () => [
        {
            content: "Describe a key field",
            trigger: ".o_list_button_add",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=name] input",
            run: "edit Soil Type",
        },
        {
            trigger: ".o_field_widget[name=requirement] .o_select_menu_toggler",
            run: "click",
        },
        {
            trigger: ".o_select_menu_item:contains(Mandatory)",
            run: "click",
        },
        {
            trigger: ".o_field_x2many_list_row_add a",
            run: "click",
        },
        {
            trigger: ".o_selected_row .o_field_widget[name=name] input",
            run: "edit Clay",
        },
        {
            content: "Switch it on",
            trigger: "button[name=action_switch_on]",
            run: "click",
        },
        {
            trigger: ".o_arrow_button_current:contains(In Use)",
        },
        {
            content: "No contact has it yet",
            trigger: "button[name=action_view_contacts]:contains(0)",
        },
    ],
});

/** A moment later a contact cannot be saved without it. */
registry.category("web_tour.tours").add("agro_segmentation_key_field_use_tour", {
    steps: () => [
        {
            content: "The new field is there, and must be filled in",
            trigger: ".o_required_modifier[name=x_segmentation_soil_type]",
        },
        {
            trigger: ".o_field_widget[name=email] input",
            run: "edit agro.norte@example.com",
        },
        {
            content: "The contact cannot be saved without it",
            trigger: ".o_form_button_save:disabled",
        },
        {
            trigger: ".o_field_widget[name=x_segmentation_soil_type] input",
            run: "edit Clay",
        },
        {
            trigger: ".ui-autocomplete > li > a:contains(Clay)",
            run: "click",
        },
        {
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            trigger: ".o_form_status_indicator_buttons.invisible:not(:visible)",
        },
    ],
});
