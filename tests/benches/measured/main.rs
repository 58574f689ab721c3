//! Measures what README's table shows: each row beside a named peer, in one run.
//!   cargo bench -p sloth-tests                    all rows
//!   cargo bench -p sloth-tests -- start idle      these groups
//! The peers `etcd` and `hq` are looked for at `$ETCD` and `$HQ` and in `$PATH`, `make` and `just` in `$PATH`.

mod cluster;
mod etcd;
mod hyperqueue;
mod report;
mod rows;
mod world;

use std::process::ExitCode;

use report::Row;
use world::World;

pub type Error = Box<dyn std::error::Error + Send + Sync>;
pub type Result<T> = std::result::Result<T, Error>;

fn main() -> ExitCode {
    match measure() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure() -> Result<()> {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    if let Some(unknown) = wanted.iter().find(|word| !rows::GROUPS.contains(&word.as_str())) {
        return Err(format!("no group {unknown}; there are {}", rows::GROUPS.join(", ")).into());
    }
    let world = World::prepare()?;
    let before = world::load();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut table: Vec<Row> = Vec::new();
    let mut failed = Ok(());
    for group in rows::GROUPS {
        if wanted.is_empty() || wanted.iter().any(|word| word == group) {
            eprintln!("measuring {group}");
            match runtime.block_on(rows::measure(group, &world)) {
                Ok(rows) => table.extend(rows),
                Err(error) => failed = Err(format!("{group}: {error}").into()),
            }
        }
    }
    println!("{}\n", world.conditions(&before));
    println!("{}", report::table(&table));
    failed
}
