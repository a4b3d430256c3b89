import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

registry.category("web_tour.tours").add("agro_segmentation_cadastre_tour", {
    steps: () => [
        {
            content: "The button adds up the land of the whole customer",
            trigger: ".o-form-buttonbox:contains(Parcels):contains(120)",
        },
        {
            content: "Open the Cadastre tab",
            trigger: ".nav-link[name=segmentation_cadastre]",
            run: "click",
        },
        {
            content: "What is planted stands there, per harvest and crop",
            trigger: ".o_agro_segmentation_totals tr:contains(Summer 2024–25):contains(100)",
        },
        {
            content: "Add a parcel",
            trigger:
                ".o_field_widget[name=segmentation_parcel_ids] .o_field_x2many_list_row_add a",
            run: "click",
        },
        {
            trigger: ".o_selected_row .o_field_widget[name=zone_id] input:value(North)",
            content: "The zone of the customer is proposed",
        },
        {
            trigger: ".o_selected_row .o_field_widget[name=name] input",
            run: "edit El Carmen",
        },
        {
            trigger: ".o_selected_row .o_field_widget[name=hectares] input",
            run: "edit 30.5",
        },
        ...stepUtils.saveForm(),
        {
            content: "The totals hold the new parcel",
            trigger:
                ".o_field_widget[name=segmentation_parcel_ids] tfoot:contains(150.5)",
        },
        {
            trigger: ".o-form-buttonbox:contains(2 Parcels):contains(150.5)",
        },
    ],
});

registry.category("web_tour.tours").add("agro_segmentation_rate_tour", {
    steps: () => [
        {
            content: "Add a rate",
            trigger: ".o_list_button_add",
            run: "click",
        },
        {
            trigger: ".o_selected_row .o_field_widget[name=crop_id] input",
            run: "edit Soy",
        },
        {
            trigger: ".ui-autocomplete a:contains(Soy)",
            run: "click",
        },
        {
            content: "A dose of a product",
            trigger: ".o_selected_row .o_field_widget[name=basis] input",
            run: "click",
        },
        {
            trigger: ".o_select_menu_item:contains(Dose)",
            run: "click",
        },
        {
            trigger: ".o_selected_row .o_field_widget[name=product_id] input",
            run: "edit Glyphosate",
        },
        {
            trigger: ".ui-autocomplete a:contains(Glyphosate)",
            run: "click",
        },
        {
            content: "Its price is proposed",
            trigger: ".o_selected_row .o_field_widget[name=price_unit] input:value(6.80)",
        },
        {
            trigger: ".o_selected_row .o_field_widget[name=dose] input",
            run: "edit 2.5 && press Tab",
        },
        {
            content: "The amount follows",
            trigger:
                ".o_selected_row .o_field_widget[name=amount_per_hectare]:contains(17.00)",
        },
        {
            trigger: ".o_list_button_save",
            run: "click",
        },
        {
            trigger: ".o_data_row:not(.o_selected_row):contains(Glyphosate):contains(17.00)",
        },
    ],
});
