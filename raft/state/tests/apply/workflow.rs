use state::workflow::{Save, Unsave};
use state::{Answer, Command, Hash, Kind};

use crate::world::World;

fn save(name: &str, bundle: Hash) -> Save {
    Save { name: name.into(), bundle, description: "says what".into() }
}

#[test]
fn saving_counts_and_holds_only_the_newest_bundle() {
    let mut world = World::founded();
    let (old, new) = (world.upload(b"old"), world.upload(b"new"));
    assert_eq!(world.ok(Command::Save(save("w", old))), Answer::Version(1));
    assert_eq!(world.ok(Command::Save(save("w", old))), Answer::Version(2));
    assert_eq!(world.ok(Command::Save(save("w", new))), Answer::Version(3));
    world.wait(60_000);
    assert!(!world.state.documents.has(old) && world.state.documents.has(new));
    assert_eq!(world.last_event(), "workflow.saved");
    let unsave = Command::Unsave(Unsave { name: "w".into() });
    assert_eq!(world.ok(unsave.clone()), Answer::Removed(true));
    assert_eq!(world.last_event(), "workflow.deleted");
    assert_eq!(world.ok(unsave), Answer::Removed(false));
}

#[test]
fn a_bundle_must_have_arrived_whole() {
    let mut world = World::founded();
    assert_eq!(world.refused(Command::Save(save("w", Hash::of(b"x")))), Kind::NotFound);
    let document = Hash::of(b"ab");
    let part = state::document::Part { document, count: 2, number: 0, bytes: b"a".into() };
    world.ok(Command::Part(part));
    assert_eq!(world.refused(Command::Save(save("w", document))), Kind::NotFound);
}

#[test]
fn names_and_descriptions_are_lines() {
    let mut world = World::founded();
    let bundle = world.upload(b"bundle");
    for name in ["", "a\nb", &"x".repeat(129)] {
        assert_eq!(world.refused(Command::Save(save(name, bundle))), Kind::Invalid);
    }
    world.ok(Command::Save(save("ship it — é", bundle)));
    let long = Save { description: "x".repeat(257), ..save("w", bundle) };
    assert_eq!(world.refused(Command::Save(long)), Kind::Limit);
}
