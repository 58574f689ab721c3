mod engines;
mod golden;
mod membership;
mod replicas;
mod sole;
mod support;
mod workers;
