import { expect, test } from "@odoo/hoot";
import { defineModels, fields, models, mountView } from "@web/../tests/web_test_helpers";
import { getChart, setupChartJsForTests } from "@web/../tests/views/graph/graph_test_helpers";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";

import { quadrantColor } from "@agro_segmentation/position/quadrant_graph/quadrant_graph";

class Position extends models.Model {
    _name = "segmentation.position";

    zone = fields.Char({ string: "Zone" });
    quadrant = fields.Selection({
        selection: [
            ["retention", "Retention"],
            ["investment", "Investment"],
            ["no_investment", "No investment"],
        ],
    });

    // (in the order of the colours that Odoo would give them, these would be wrong)
    _records = [
        { id: 1, zone: "East", quadrant: "no_investment" },
        { id: 2, zone: "East", quadrant: "investment" },
        { id: 3, zone: "North", quadrant: "retention" },
        { id: 4, zone: "North", quadrant: false },
    ];
}

defineMailModels();
defineModels([Position]);
setupChartJsForTests();

async function mountGraph(type, ...groupBy) {
    const view = await mountView({
        type: "graph",
        resModel: "segmentation.position",
        arch: `<graph js_class="segmentation_quadrant_graph" type="${type}">
            ${groupBy.map((name) => `<field name="${name}"/>`).join("")}
        </graph>`,
    });
    return getChart(view);
}

function legendOf(chart) {
    const items = chart.legend.options.labels.generateLabels(chart);
    return Object.fromEntries(items.map((item) => [item.text, item.fillStyle]));
}

const COLORS = {
    Retention: quadrantColor("retention"),
    Investment: quadrantColor("investment"),
    "No investment": quadrantColor("no_investment"),
};

test("each quadrant has a colour of its own", () => {
    expect(new Set(Object.values(COLORS)).size).toBe(3);
    expect(COLORS.Retention).toMatch(/^#/);
});

for (const [type, color] of [
    ["bar", "backgroundColor"],
    ["line", "borderColor"],
]) {
    test(`a ${type} by quadrant has its colour`, async () => {
        const chart = await mountGraph(type, "zone", "quadrant");
        const colors = chart.data.datasets.map((dataset) => [dataset.label, dataset[color]]);
        expect(Object.fromEntries(colors)).toMatchObject(COLORS);
        expect(legendOf(chart)).toMatchObject(COLORS);
    });
}

test("a slice by quadrant has its colour", async () => {
    const chart = await mountGraph("pie", "quadrant");
    const [dataset] = chart.data.datasets;
    const colors = chart.data.labels.map((label, index) => [
        label,
        dataset.backgroundColor[index],
    ]);
    expect(Object.fromEntries(colors)).toMatchObject(COLORS);
    expect(legendOf(chart)).toMatchObject(COLORS);
});

test("other groups keep the colours of Odoo", async () => {
    const chart = await mountGraph("pie", "zone");
    const [dataset] = chart.data.datasets;
    expect(dataset.backgroundColor).not.toInclude(COLORS.Retention);
});
