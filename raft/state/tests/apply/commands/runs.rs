use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use state::run::{
    Abandon, Approval, Approve, Begin, Cancel, Decision, Defer, Lose, OnFailure, Outcome, Output,
    Place, Prune, Refuse, Rehome, Report, Resume, Target,
};
use state::{AttemptKey, Command, InstanceKey};

use super::plans::{hash, report};
use super::scraps::{nodes, number, runs};

/// Commands about runs.
pub fn commands() -> BoxedStrategy<Command> {
    let place = (0_u32..5, vec((0_u32..3, nodes()), 0..3));
    let found = || (runs(), 0_u32..5, option::of(0_u32..3));
    let report = (runs(), 0_u32..5, 0_u32..3, 1_u32..4, 1_u8..=3, number(3)).prop_map(
        |(run, task, slot, attempt, on, incarnation)| {
            let attempt = AttemptKey { instance: InstanceKey { run, task, slot }, attempt };
            report(attempt, on, incarnation, Outcome::Succeeded)
        },
    );
    let report =
        (report, outcomes(), outputs(), answers()).prop_map(|(report, outcome, output, answer)| {
            Command::Report(Report { outcome, output, answer, ..report })
        });
    prop_oneof![
        3 => (runs(), nodes(), 0_u8..6).prop_map(|(run, owner, of)| {
            Command::Begin(Begin { run, owner, plan: hash(of), workdir: None, rerun: None })
        }),
        5 => (runs(), place).prop_map(|(run, (task, places))| {
            Command::Place(Place { run, task, places, left_out: vec![] })
        }),
        1 => found().prop_map(|(run, task, slot)| {
            Command::Defer(Defer { run, task, slot, reason: "none".into() })
        }),
        1 => found().prop_map(|(run, task, slot)| {
            Command::Refuse(Refuse { run, task, slot, reason: "none".into() })
        }),
        12 => report,
        1 => runs().prop_map(|run| Command::Cancel(Cancel { run, reason: String::new() })),
        2 => (nodes(), number(3)).prop_map(|(node, incarnation)| {
            Command::Lose(Lose { node, incarnation, reason: "silent".into() })
        }),
        2 => (runs(), 0_u32..3, nodes())
            .prop_map(|(run, home, owner)| Command::Rehome(Rehome { run, home, owner })),
        1 => (runs(), 0_u32..3).prop_map(|(run, home)| Command::Abandon(Abandon { run, home })),
        1 => runs().prop_map(|run| Command::Resume(Resume { run })),
        2 => (runs(), 0_u32..5, approvals())
            .prop_map(|(run, task, decision)| Command::Approve(Approve { run, task, decision })),
        1 => vec(runs(), 0..3).prop_map(|runs| Command::Prune(Prune { runs })),
    ]
    .boxed()
}

fn outcomes() -> impl Strategy<Value = Outcome> {
    use Outcome::{Aborted, Cancelled, Failed, Lost, Refused, Skipped, Succeeded, TimedOut};
    proptest::sample::select(vec![
        Succeeded, Succeeded, Succeeded, Failed, TimedOut, Cancelled, Skipped, Lost, Refused,
        Aborted,
    ])
}

fn outputs() -> impl Strategy<Value = Output> {
    prop_oneof![
        Just(Output::Nothing),
        Just(Output::Inline("[1]".into())),
        (0_u8..5, number(9)).prop_map(|(of, size)| Output::Blob { hash: hash(of), size }),
    ]
}

fn answers() -> impl Strategy<Value = Option<Decision>> {
    let decisions = vec![
        Decision::Target(Target::All),
        Decision::Target(Target::Owner),
        Decision::Retry(true),
        Decision::Retry(false),
        Decision::OnFailure(OnFailure::Fail),
        Decision::OnFailure(OnFailure::Retry),
        Decision::OnFailure(OnFailure::Continue),
    ];
    option::of(proptest::sample::select(decisions))
}

fn approvals() -> impl Strategy<Value = Approval> {
    use Approval::{Abort, Run, RunAll, Skip};
    proptest::sample::select(vec![Run, Run, Skip, Abort, RunAll])
}
