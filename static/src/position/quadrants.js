/** The colour of each quadrant wherever it is shown, as Bootstrap calls it. */
export const QUADRANT_COLORS = {
    retention: "success",
    investment: "info",
    revision: "warning",
    no_investment: "secondary",
    unknown: "light",
};
