mod engines;
mod golden;
mod membership;
mod replicas;
mod sole;
pub(crate) mod support;
mod workers;
