import { expect, test } from "@odoo/hoot";
import { click, queryAllTexts } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import { contains, mountWithCleanup, onRpc } from "@web/../tests/web_test_helpers";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";

import { Timeline } from "@agro_segmentation/profile/timeline";

defineMailModels();

function event(id, day, values = {}) {
    return {
        key: `message-${id}`,
        kind: "call",
        date: `${day} 12:00:00`,
        day,
        is_timed: true,
        title: `Call ${id}`,
        detail: "",
        author: "Rosa",
        res_model: "crm.lead",
        res_id: id,
        ...values,
    };
}

function page(events, values = {}) {
    return {
        events,
        next: false,
        hidden: [],
        kinds: [
            { key: "call", label: "Call", icon: "fa-phone" },
            { key: "invoice", label: "Invoice", icon: "fa-file-text-o" },
        ],
        ...values,
    };
}

test("events stand under their month and day", async () => {
    onRpc("get_events", () =>
        page([
            event(3, "2025-03-02"),
            event(2, "2025-03-02"),
            event(1, "2025-02-28", { kind: "invoice", is_timed: false }),
        ])
    );
    await mountWithCleanup(Timeline, { props: { partnerId: 7 } });
    expect(queryAllTexts("h4")).toEqual(["March 2025", "February 2025"]);
    expect(queryAllTexts("h5")).toEqual(["Sun 2", "Fri 28"]);
    expect("section:first li").toHaveCount(2);
    expect("section:first li:first").toHaveText(/13:00/);
    expect("section:last li").not.toHaveText(/:00/);
});

test("the next page is asked for from where the last ended", async () => {
    onRpc("get_events", ({ args, kwargs }) => {
        expect.step([args[0], kwargs.before]);
        return kwargs.before
            ? page([event(1, "2025-02-28")])
            : page([event(2, "2025-03-02")], { next: ["2025-03-02 12:00:00", "lead", 2] });
    });
    await mountWithCleanup(Timeline, { props: { partnerId: 7 } });
    await contains("button[name=load_more]").click();
    expect.verifySteps([
        [7, null],
        [7, ["2025-03-02 12:00:00", "lead", 2]],
    ]);
    expect(queryAllTexts("li a")).toEqual(["Call 2", "Call 1"]);
    expect("button[name=load_more]").toHaveCount(0);
});

test("kinds and period start again from the newest", async () => {
    onRpc("get_events", ({ kwargs }) => {
        expect.step([kwargs.kinds, kwargs.date_from, kwargs.date_to, kwargs.before]);
        return page([]);
    });
    await mountWithCleanup(Timeline, { props: { partnerId: 7 } });
    expect.verifySteps([[[], "", "", null]]);
    await contains("button[name=kinds]").click();
    await contains("[data-kind=invoice]").click();
    expect.verifySteps([[["invoice"], "", "", null]]);
    expect("button[name=kinds]").toHaveText("Invoice");
    await contains("select[name=period]").select("custom");
    expect.verifySteps([]);
    await contains("[data-name=dateFrom] input").edit("01/31/2025");
    expect.verifySteps([[["invoice"], "2025-01-31", "", null]]);
    await click("button[name=clear]");
    await animationFrame();
    expect.verifySteps([[[], "", "", null]]);
});

test("kinds that rights hide are named, and nothing is said of nothing", async () => {
    onRpc("get_events", () => page([], { hidden: ["Invoice", "Payment"] }));
    await mountWithCleanup(Timeline, { props: { partnerId: 7 } });
    expect("[data-name=hidden]").toHaveText(/Invoice, Payment/);
    expect("button[name=clear]").toHaveCount(0);
});
