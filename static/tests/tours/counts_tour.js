import { registry } from "@web/core/registry";

const CARD = ".o_kanban_record:contains(tour_seller)";

registry.category("web_tour.tours").add("agro_segmentation_counts_tour", {
    steps: () => [
        {
            content: "The leader sees the cards of the team alone",
            trigger: ".o_kanban_view:not(:contains(tour_rival))",
        },
        {
            trigger: `${CARD} [data-name=total] strong:contains(2)`,
        },
        {
            content: "Customers of a business unit lead to their list",
            trigger: `${CARD} [data-name=segmentation_customer_unit_ids] button:contains(Inputs)`,
            run: "click",
        },
        {
            trigger: ".o_breadcrumb:contains(Customer of Inputs)",
        },
        {
            trigger: ".o_list_view .o_data_row:contains(Agro Norte)",
        },
        {
            trigger: ".o_list_view:not(:contains(Stranger))",
        },
        {
            trigger: ".o_back_button",
            run: "click",
        },
        {
            content: "The pivot of one salesperson",
            trigger: `${CARD} [data-name=pivot]`,
            run: "click",
        },
        {
            trigger: ".o_pivot_view th:contains(Customer)",
        },
        {
            content: "Whose contacts are crossed by how long nobody was in touch",
            trigger: ".o_pivot tbody .o_pivot_header_cell_closed:contains(tour_seller)",
            run: "click",
        },
        {
            trigger: ".o-dropdown--menu .dropdown-item:contains(Time since Last Contact)",
            run: "click",
        },
        {
            trigger: ".o_pivot tbody th:contains(Never)",
        },
    ],
});
