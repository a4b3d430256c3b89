import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

/** Choose a relation and a business unit in the dialog of a condition. */
const customerOf = (unit) => [
    {
        content: "What the condition is about",
        trigger: ".modal .o_agro_segmentation_kind[data-value=relation]",
        run: "click",
    },
    {
        content: "The other kinds are out of the way",
        trigger: ".modal:not(:has(.o_agro_segmentation_kind))",
    },
    {
        trigger: ".modal .o_field_widget[name=relation_customer] input",
        run: "click",
    },
    {
        trigger: ".modal .o_field_widget[name=unit_ids] input",
        run: `edit ${unit}`,
    },
    {
        trigger: `.ui-autocomplete a:contains(${unit})`,
        run: "click",
    },
    {
        content: "It reads back in words",
        trigger: `.modal .alert-info:contains(customer of ${unit})`,
    },
    ...["not", "customer"].flatMap((first) => [
        {
            trigger: ".modal .o_field_widget[name=is_negated] input",
            run: "click",
        },
        {
            content: "What must not hold is said at once, too",
            trigger: `.modal .o_field_widget[name=sentence]:contains(/^${first}/)`,
        },
    ]),
    {
        trigger: ".modal .o_form_button_save",
        run: "click",
    },
];

const add = (label) => ({
    trigger: `.o_field_widget[name=condition_ids] a:contains(${label})`,
    run: "click",
});

registry.category("web_tour.tours").add("agro_segmentation_segment_tour", {
    steps: () => [
        {
            trigger: ".o_list_button_add",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=name] input",
            run: "edit New, not used",
        },
        add("Include those of whom"),
        ...customerOf("0 km"),
        {
            content: "Counted at once, without saving",
            trigger: ".o_agro_segmentation_found:contains(3)",
        },
        add("Leave out those of whom"),
        ...customerOf("Used"),
        {
            trigger: ".o_agro_segmentation_found:contains(2)",
        },
        {
            content: "Those whom the second condition keeps out are counted",
            trigger: ".o_field_widget[name=preview_html] tr:contains(Kept out):contains(1)",
        },
        ...stepUtils.saveForm(),
        {
            content: "The rule reads as one says it",
            trigger:
                ".o_field_widget[name=sentence]:contains(customer of 0 km; but not: customer of Used)",
        },
        {
            content: "See who is in it, and why",
            trigger: "button[name=action_view_members]:contains(2):contains(Members)",
            run: "click",
        },
        {
            trigger: ".o_data_row:contains(Drives new):contains(customer of 0 km)",
        },
        {
            trigger: ".o_data_row:contains(Comes to the workshop)",
        },
    ],
});

registry.category("web_tour.tours").add("agro_segmentation_own_members_tour", {
    steps: () => [
        {
            content: "What others may not see of a segment is not shown",
            trigger: ".o_form_view:not(:has(.o_field_widget[name=member_count]))",
        },
        {
            content: "Of its members, a salesperson sees the own ones",
            trigger: "button[name=action_view_members]:contains(1):contains(Your Customers)",
            run: "click",
        },
        {
            trigger: ".o_data_row:contains(Drives new):contains(customer of 0 km)",
        },
    ],
});

registry.category("web_tour.tours").add("agro_segmentation_choice_tour", {
    steps: () => [
        {
            content: "The segments of a customer, and why",
            trigger: ".nav-link[name=segmentation_segments]",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=segmentation_membership_ids] .o_data_row:contains(customer of 0 km)",
        },
        {
            content: "Keep the customer out of one, whatever the rule says",
            trigger: "button:contains(Put into a Segment)",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=segment_id] input",
            run: "edit New",
        },
        {
            trigger: ".ui-autocomplete a:contains(New)",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=operation] input[data-value=out]",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=reason] input",
            run: "edit Sold the farm",
        },
        {
            trigger: ".modal button[name=action_apply]",
            run: "click",
        },
        {
            content: "It was in it until now",
            trigger: ".o_field_widget[name=segmentation_membership_ids] .o_data_row.text-muted:contains(Taken out by hand)",
        },
    ],
});
