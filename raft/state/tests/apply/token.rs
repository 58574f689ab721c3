use state::token::{Key, Mint, Revoke, TTL_MAX, USES_MAX};
use state::{Answer, Command, Elapsed, Kind};

use crate::world::{World, labels};

fn mint(id: &str) -> Mint {
    Mint { id: id.into(), key: Key([1; 32]), uses: 1, ttl: Elapsed(5_000), labels: labels("") }
}

#[test]
fn a_token_is_minted_once_and_revoked_once() {
    let mut world = World::founded();
    world.ok(Command::Mint(mint("t")));
    assert_eq!(world.refused(Command::Mint(mint("t"))), Kind::Conflict);
    let revoke = Command::Revoke(Revoke { id: "t".into() });
    assert_eq!(world.ok(revoke.clone()), Answer::Removed(true));
    assert_eq!(world.ok(revoke), Answer::Removed(false));
    assert_eq!(world.events()[2..], ["token.minted", "token.revoked"]);
}

#[test]
fn a_token_expires() {
    let mut world = World::founded();
    world.ok(Command::Mint(mint("t")));
    assert!(world.state.tokens.get("t", world.state.clock).is_some());
    world.wait(4_999);
    assert!(world.state.tokens.get("t", world.state.clock).is_some());
    world.wait(1);
    assert_eq!(world.state.tokens.iter().count(), 0);
}

#[test]
fn a_token_without_bounds_is_refused() {
    let mut world = World::founded();
    for wrong in [
        Mint { id: "a b".into(), ..mint("") },
        Mint { uses: 0, ..mint("t") },
        Mint { uses: USES_MAX + 1, ..mint("t") },
        Mint { ttl: Elapsed(0), ..mint("t") },
        Mint { ttl: Elapsed(TTL_MAX.0 + 1), ..mint("t") },
    ] {
        assert_eq!(world.refused(Command::Mint(wrong)), Kind::Invalid);
    }
}

#[test]
fn a_key_is_not_shown_by_debug() {
    assert!(!format!("{:?}", mint("t")).contains("[1, 1"));
}
