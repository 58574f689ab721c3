use dsl::model;
use state::run::{Strategy, Target};

/// A target of the file as the plan says it.
pub fn target(target: &model::Target) -> Target {
    match target {
        model::Target::Local => Target::Owner,
        model::Target::Function => Target::Ask,
        model::Target::Names(names) => Target::Names(names.clone()),
        model::Target::Labels(expression) => Target::Labels(expression.to_string()),
        model::Target::Any { labels, strategy } => Target::Any {
            labels: labels.as_ref().map(ToString::to_string),
            strategy: match strategy {
                model::Strategy::LeastLoaded => Strategy::LeastLoaded,
                model::Strategy::RoundRobin => Strategy::RoundRobin,
                model::Strategy::Spread => Strategy::Spread,
            },
        },
        model::Target::All => Target::All,
    }
}
