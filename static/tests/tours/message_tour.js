import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

/** @returns {Object[]} steps that press a button of the campaign and confirm */
function pressAndConfirm(name) {
    return [
        {
            trigger: `button[name=${name}]`,
            run: "click",
        },
        {
            trigger: ".modal-footer .btn-primary",
            run: "click",
        },
    ];
}

/** Send in waves: check once, confirm the number, schedule, stop and resume. */
tours.add("agro_segmentation_wave_tour", {
    steps: () => [
        {
            content: "Prepare the e-mail",
            trigger: "button[name=action_segmentation_prepare_email]",
            run: "click",
        },
        {
            content: "Wait for its editor",
            trigger: ":iframe .o_layout:contains(Dear)",
            timeout: 60000,
        },
        {
            content: "Check it",
            trigger: "button[name=action_segmentation_preflight]",
            run: "click",
        },
        {
            content: "One customer is left out, and the check says why",
            trigger: ".o_field_widget[name=reasons_html] tr:contains(Opted out):contains(1)",
        },
        {
            content: "The others are many here: the number wants to be confirmed",
            trigger: ".o_form_view .alert-warning:contains(confirm that number)",
        },
        {
            trigger: ".o_form_view header button[name=action_confirm], .o_statusbar_buttons button[name=action_confirm]",
            run: "click",
        },
        {
            content: "The question names it",
            trigger: ".modal .o_field_widget[name=question]:contains(3 messages)",
        },
        {
            trigger: ".modal .o_field_widget[name=number] input",
            run: "edit 3",
        },
        {
            trigger: ".modal button[name=action_confirm]",
            run: "click",
        },
        {
            content: "Now it may leave",
            trigger: ".o_form_view .alert-success:contains(All 3 messages may leave)",
        },
        {
            content: "Back to the campaign",
            trigger: ".o_field_widget[name=campaign_id] a",
            run: "click",
        },
        {
            trigger: ".nav-link[name=segmentation_waves]",
            run: "click",
        },
        {
            content: "Send in waves",
            trigger: "button[name=action_segmentation_waves]",
            run: "click",
        },
        {
            content: "One wave a zone is proposed; the message was checked",
            trigger:
                ".modal .o_field_widget[name=line_ids] .o_data_row:contains(East):contains(3)",
        },
        {
            trigger: ".modal .o_form_view:not(:contains(Check the message before))",
        },
        {
            trigger: ".modal button[name=action_plan]",
            run: "click",
        },
        {
            content: "Both wait to be scheduled",
            trigger:
                ".o_field_widget[name=segmentation_wave_ids]:has(.o_data_row:contains(East):contains(To schedule)):has(.o_data_row:contains(North):contains(To schedule))",
        },
        ...pressAndConfirm("action_segmentation_schedule_waves"),
        {
            content: "Both are scheduled, on the one check",
            trigger:
                ".o_field_widget[name=segmentation_wave_ids]:has(.o_data_row:contains(East):contains(Scheduled)):has(.o_data_row:contains(North):contains(Scheduled))",
        },
        ...pressAndConfirm("action_segmentation_stop"),
        {
            content: "The campaign says who stopped it",
            trigger: ".o_form_view .alert-danger:contains(Stopped by)",
        },
        {
            content: "Its waves are stopped",
            trigger:
                ".o_field_widget[name=segmentation_wave_ids]:has(.o_data_row:contains(East):contains(Stopped)):has(.o_data_row:contains(North):contains(Stopped))",
        },
        ...pressAndConfirm("action_segmentation_resume"),
        {
            content: "Resumed, they are scheduled again",
            trigger:
                ".o_field_widget[name=segmentation_wave_ids]:has(.o_data_row:contains(East):contains(Scheduled)):has(.o_data_row:contains(North):contains(Scheduled))",
        },
    ],
});

/** Write an SMS with a placeholder of the menu, check it and send it. */
tours.add("agro_segmentation_sms_tour", {
    steps: () => [
        {
            content: "Prepare the SMS",
            trigger: "button[name=action_segmentation_prepare_sms]",
            run: "click",
        },
        {
            content: "Its text is there to start from; insert something",
            trigger:
                ".o_field_widget[name=body_plaintext]:has(textarea:value(/object.name/)) button:contains(Insert Field)",
            run: "click",
        },
        {
            content: "The menu names what there is to tell",
            trigger: ".o_segmentation_placeholder_list button:contains(Gap):first",
            run: "click",
        },
        {
            content: "With what to write where it is not known",
            trigger: ".o_model_field_selector_default_value_input input:value(/./)",
        },
        {
            trigger: ".o_popover button:contains(Insert)",
            run: "click",
        },
        {
            content: "It stands in the text",
            trigger:
                ".o_field_widget[name=body_plaintext] textarea:value(segmentation_campaign_gap|||)",
        },
        {
            content: "Check it",
            trigger: "button[name=action_segmentation_preflight]",
            run: "click",
        },
        {
            content: "The samples are as they will be read",
            trigger: ".o_field_widget[name=sample_ids] .o_kanban_record:contains(8,000.00)",
        },
        {
            content: "Each message takes a part, and is paid",
            trigger: ".o_field_widget[name=sms_parts]:contains(3)",
        },
        {
            content: "It may leave",
            trigger: ".o_form_view .alert-success:contains(All 3 messages may leave)",
        },
        {
            trigger: "button[name=action_open_message]",
            run: "click",
        },
        ...pressAndConfirm("action_put_in_queue"),
        {
            content: "It is on its way",
            trigger: ".o_statusbar_status .o_arrow_button_current:contains(In Queue)",
        },
    ],
});

/** What became of it, customer by customer. */
tours.add("agro_segmentation_trace_tour", {
    steps: () => [
        {
            content: "Look at the audience",
            trigger: "button[name=action_segmentation_audience]",
            run: "click",
        },
        {
            content: "Show what became of the SMS",
            trigger: ".o_optional_columns_dropdown_toggle",
            run: "click",
        },
        {
            trigger: ".o-dropdown--menu input[name=sms_state]",
            run: "click",
        },
        {
            content: "Who got it",
            trigger: ".o_data_row:contains(Ana) [name=sms_state]:contains(Sent)",
        },
        {
            content: "And who did not",
            trigger: ".o_data_row:contains(Dora) [name=sms_state]:contains(Left out)",
        },
    ],
});

/**
 * Keep the choice on the page of a message.
 *
 * @param {boolean} wanted the topic of the message
 */
function choose(wanted) {
    return [
        {
            content: wanted ? "Want the topic again" : "Do not want the topic any more",
            trigger: `.list-group-item:contains(News and offers) input${wanted ? ":not(:checked)" : ":checked"}`,
            run: "click",
        },
        {
            trigger: "button:contains(Save my choice)",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The page says that it was saved, and what is not received",
            trigger: `body:has(.alert-success:contains(Your choice is saved)) .list-group-item:contains(News and offers)${
                wanted ? ":not(:has(.badge))" : ":has(.badge:contains(Not received))"
            }`,
        },
    ];
}

/** Opt out of a topic by the link of a message; come back, opt in again, and out. */
tours.add("agro_segmentation_topic_tour", {
    steps: () => [
        {
            content: "The page asks first, and names the topic",
            trigger: "form:contains(Stop receiving “News) button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "There is more to choose",
            trigger: "a:contains(Manage Subscriptions)",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The other topics stay as they were",
            trigger: ".list-group-item:contains(Events) input:checked",
        },
        {
            trigger: ".list-group-item:contains(News and offers):contains(Not received)",
        },
        ...choose(true),
        ...choose(false),
    ],
});
