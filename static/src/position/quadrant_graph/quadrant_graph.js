import { lightenColor } from "@web/core/colors/colors";
import { registry } from "@web/core/registry";
import { SEP } from "@web/views/graph/graph_model";
import { GraphRenderer } from "@web/views/graph/graph_renderer";
import { graphView } from "@web/views/graph/graph_view";

/**
 * Returns the colour that the stylesheet gives to a quadrant.
 *
 * @param {string} quadrant
 * @returns {string}
 */
export function quadrantColor(quadrant) {
    const sample = document.createElement("i");
    sample.className = `o_agro_segmentation_${quadrant}`;
    document.body.append(sample);
    const color = getComputedStyle(sample).getPropertyValue(
        "--agro-segmentation-color"
    );
    sample.remove();
    return color.trim();
}

/** A graph whose quadrants have their colours, where it is grouped by them. */
export class QuadrantGraphRenderer extends GraphRenderer {
    /**
     * @param {string} label of a bar's part, a line or a slice
     * @returns {string|undefined} the colour of the quadrant it names, if it does
     */
    colorOf(label) {
        const { fields, groupBy } = this.model.metaData;
        if (!groupBy.some(({ fieldName }) => fieldName === "quadrant")) {
            return undefined;
        }
        const names = label.split(SEP);
        const quadrant = fields.quadrant.selection.find(([, name]) =>
            names.includes(name)
        );
        return quadrant && quadrantColor(quadrant[0]);
    }

    getBarChartData() {
        const data = super.getBarChartData();
        for (const dataset of data.datasets) {
            dataset.backgroundColor =
                this.colorOf(dataset.label) || dataset.backgroundColor;
        }
        return data;
    }

    getLineChartData() {
        const data = super.getLineChartData();
        for (const dataset of data.datasets) {
            const color = this.colorOf(dataset.label);
            if (color) {
                Object.assign(dataset, {
                    backgroundColor: lightenColor(color, 0.5),
                    borderColor: color,
                    hoverBackgroundColor: color,
                    pointBackgroundColor: color,
                });
            }
        }
        return data;
    }

    getPieChartData() {
        const data = super.getPieChartData();
        for (const dataset of data.datasets) {
            dataset.backgroundColor = dataset.backgroundColor.map(
                (color, index) => this.colorOf(data.labels[index]) || color
            );
            dataset.hoverBackgroundColor = dataset.backgroundColor;
        }
        return data;
    }

    getLegendOptions() {
        const options = super.getLegendOptions();
        const { generateLabels } = options.labels;
        options.labels.generateLabels = (chart) =>
            generateLabels(chart).map((item) => ({
                ...item,
                fillStyle: this.colorOf(item.fullText) || item.fillStyle,
            }));
        return options;
    }
}

registry.category("views").add("segmentation_quadrant_graph", {
    ...graphView,
    Renderer: QuadrantGraphRenderer,
});
