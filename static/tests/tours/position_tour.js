import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

const tours = registry.category("web_tour.tours");

tours.add("agro_segmentation_position_tour", {
    steps: () => [
        {
            content: "The own customer stands in its quadrant",
            trigger:
                ".o_kanban_group:contains(Investment) .o_kanban_record:contains(Agro Norte)",
        },
        {
            content: "Nobody else's customer is there",
            trigger: ".o_kanban_renderer:not(:contains(Stranger))",
        },
        {
            trigger: ".o_kanban_record:contains(Agro Norte)",
            run: "click",
        },
        {
            content: "The sentence says why",
            trigger:
                ".o_field_widget[name=reason]:contains(Investment: billed):contains((21 %))",
        },
        {
            content: "The split by business unit adds up to it",
            trigger: ".o_field_widget[name=line_ids] tr:contains(Inputs):contains(58,000)",
        },
        {
            content: "Plantings can be drilled down to",
            trigger: "button[name=action_open_plantings]",
            run: "click",
        },
        {
            trigger: ".o_list_view tr:contains(580)",
        },
        {
            trigger: ".breadcrumb-item:contains(Agro Norte) a",
            run: "click",
        },
        {
            content: "Open the customer",
            trigger: "h1 .o_field_widget[name=partner_id] a",
            run: "click",
        },
        {
            trigger: ".o_form_view .nav-link[name=segmentation]",
            run: "click",
        },
        {
            trigger:
                ".o_field_widget[name=segmentation_quadrant]:contains(Investment)",
        },
        {
            trigger:
                ".o_field_widget[name=segmentation_position_ids] tr:contains(Summer 24–25)",
        },
    ],
});

tours.add("agro_segmentation_matrix_tour", {
    steps: () => [
        {
            content: "One customer to grow, one to check",
            trigger: "[data-quadrant=investment]:contains(58,000):contains(21%)",
        },
        {
            trigger: "[data-quadrant=revision]:contains(60,000)",
        },
        {
            trigger: "[data-quadrant=retention]:contains(0 customers)",
        },
        {
            content: "Another harvest has figures of its own",
            trigger: "select[name=harvest]",
            run: "selectByLabel Summer 23–24",
        },
        {
            trigger: ".o_view_nocontent_smiling_face",
        },
        {
            trigger: "select[name=harvest]",
            run: "selectByLabel Summer 24–25",
        },
        {
            content: "The quadrant leads to its customers",
            trigger: "[data-quadrant=investment]",
            run: "click",
        },
        {
            trigger: ".o_list_view .o_data_row:contains(Agro Norte)",
        },
    ],
});

tours.add("agro_segmentation_policy_tour", {
    steps: () => [
        {
            content: "Pareto: one customer makes 80 % of what is sold",
            trigger: "[data-figure=billing]",
        },
        {
            trigger: ".o_field_widget[name=method] label:contains(Fixed amounts)",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=billing_amount] input",
            run: "edit 30500 && press Tab",
        },
        {
            content: "One customer is above, one below",
            trigger:
                "[data-figure=billing]:contains(30,500):contains(60,000):contains(12,400)",
        },
        ...stepUtils.saveForm(),
    ],
});

tours.add("agro_segmentation_invoice_tour", {
    steps: () => [
        {
            trigger: ".nav-link[name=other_info]",
            run: "click",
        },
        {
            content: "The harvest follows the date",
            trigger:
                ".o_field_widget[name=segmentation_harvest_id] input:value(Summer 24–25)",
            run: "edit Winter",
        },
        {
            trigger: ".ui-autocomplete a:contains(Winter 24)",
            run: "click",
        },
        ...stepUtils.saveForm(),
        {
            content: "It was set by hand, and stays",
            trigger: ".o_field_widget[name=segmentation_harvest_manual] input:checked",
        },
    ],
});

tours.add("agro_segmentation_refresh_tour", {
    steps: () => [
        {
            trigger: ".o_data_row:contains(Up to date) button[name=action_refresh]",
            run: "click",
        },
        {
            trigger: ".o_notification:contains(are being computed)",
        },
        {
            content: "The list says that work is waiting",
            trigger: ".o_data_row:contains(Waiting)",
        },
    ],
});
