mod failover;
mod formation;
mod idle;
mod lua;
mod start;
mod tasks;
mod writes;

use crate::Result;
use crate::report::Row;
use crate::world::World;

/// In the order of the table.
pub const GROUPS: [&str; 7] = ["start", "tasks", "lua", "writes", "failover", "formation", "idle"];

pub async fn measure(group: &str, world: &World) -> Result<Vec<Row>> {
    match group {
        "start" => start::measure(world),
        "tasks" => tasks::measure(world),
        "lua" => lua::measure(world),
        "writes" => writes::measure(world).await,
        "failover" => failover::measure(world).await,
        "formation" => formation::measure(world).await,
        _ => idle::measure(world).await,
    }
}
