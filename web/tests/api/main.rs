//! The API as its users see it: document, answers, refusals, streams, socket. Each test has a node of its own.

#![allow(clippy::unwrap_used)] // all of it is test, helpers included
#![recursion_limit = "256"] // one test drives every route in one future

mod answers;
mod document;
mod http;
mod refusals;
mod schema;
mod socket;
mod strangers;
mod streams;
mod support;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

macro_rules! trials {
    ($($module:ident::{$($name:ident),* $(,)?}),* $(,)?) => {
        vec![$($(support::trial(
            concat!(stringify!($module), "::", stringify!($name)),
            || Box::pin($module::$name()),
        )),*),*]
    };
}

fn trials() -> Vec<Trial> {
    trials![
        answers::{every_answer_is_as_documented},
        document::{
            every_operation_says_how_it_refuses_and_what_it_needs,
            every_reference_leads_somewhere,
            request_bodies_are_closed,
            the_document_lists_exactly_the_registered_routes,
        },
        refusals::{
            a_body_beyond_the_bound_is_too_large,
            a_client_gets_the_refusal_with_its_kind,
            a_route_that_does_not_exist_is_not_found,
            each_error_of_a_node_becomes_a_problem,
            each_kind_has_its_exit_code_and_status,
            the_faults_of_a_file_come_with_their_places,
            what_is_unknown_or_malformed_is_invalid,
        },
        schema::{the_checker_finds_what_is_wrong},
        socket::{
            a_client_outlives_a_restart_of_the_server,
            a_file_that_is_no_socket_is_left_alone,
            a_refused_permission_names_the_group,
            a_socket_nobody_answers_at_is_replaced,
            a_socket_somebody_serves_is_left_alone,
            many_requests_at_once_share_one_client,
            only_owner_and_group_may_open_the_socket,
        },
        strangers::{
            every_route_is_closed_to_whom_nobody_vouches_for,
            reading_and_changing_are_different_permissions,
        },
        streams::{
            a_cursor_resumes_with_another_client_on_a_socket,
            a_follower_sees_the_run_its_lines_and_its_end,
            a_watcher_sees_each_event_once_and_resumes,
            following_what_does_not_exist_is_an_error,
            streams_end_when_the_server_stops,
        },
    ]
}

fn main() -> ExitCode {
    support::guarded(|| {
        // One at a time: their nodes share this process's guard.
        let arguments = Arguments { test_threads: Some(1), ..Arguments::from_args() };
        libtest_mimic::run(&arguments, trials())
    })
}
