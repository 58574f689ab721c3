use super::World;
use super::fact::Check;
use super::tally::Tally;

/// Steps with faults in one simulation, and simulations of one test.
const STEPS: usize = 3_000;
const SEEDS: u64 = 25;

/// Runs the model under many seeds and shows every fact to the invariant.
pub fn simulate<C: Check>(name: &str) {
    let number = |variable: &str| std::env::var(variable).ok()?.parse::<u64>().ok();
    // Each invariant has other seeds, so that all together see more.
    let base = name.bytes().fold(0_u64, |all, byte| all.wrapping_mul(131) ^ u64::from(byte));
    let seeds: Vec<u64> = match number("SLOTH_SEED") {
        Some(seed) => vec![seed],
        None => {
            (0..number("SLOTH_SEEDS").unwrap_or(SEEDS)).map(|it| base.wrapping_add(it)).collect()
        }
    };
    let mut tally = Tally::default();
    for seed in &seeds {
        println!("{name}: SLOTH_SEED={seed}");
        tally.add(one::<C>(*seed));
    }
    if seeds.len() > 1 {
        tally.check();
    }
}

fn one<C: Check>(seed: u64) -> Tally {
    let (mut world, mut check) = (World::new(seed), C::default());
    for _ in 0..STEPS {
        world.step();
        show(&mut world, &mut check);
    }
    world.calm_down();
    show(&mut world, &mut check);
    world.tally.ended(&world.state);
    world.tally
}

fn show<C: Check>(world: &mut World, check: &mut C) {
    for fact in world.facts.drain(..) {
        check.see(&fact);
    }
}
