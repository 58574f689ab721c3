use state::event::{DATA_BYTES, Emit};
use state::query::Events;
use state::{Answer, Command, Kind, Query, View};

use crate::world::{World, user};

fn emit(kind: &str, data: &str) -> Command {
    Command::Emit(Emit { kind: kind.into(), run: None, task: None, data: data.into() })
}

#[test]
fn an_event_has_the_next_number_and_says_who_and_when() {
    let mut world = World::founded();
    let reply = world.by(user(5), emit("deploy.finished", r#"{"b":1, "a":2}"#));
    assert_eq!(reply, Ok(Answer::Sequence(3)));
    let View::Events(Events::Next { events, newest }) =
        world.state.answer(&Query::Events { after: 2, limit: 10 })
    else {
        panic!("no events")
    };
    assert_eq!((events.len(), newest), (1, 3));
    let event = &events[0];
    assert_eq!((event.sequence, event.index, &event.by), (3, world.index, &user(5)));
    assert_eq!((&*event.kind, &*event.data), ("deploy.finished", r#"{"b":1, "a":2}"#));
}

#[test]
fn nobody_speaks_for_the_cluster() {
    let mut world = World::founded();
    assert_eq!(world.refused(emit("task.completed", "{}")), Kind::Denied);
    assert_eq!(world.refused(emit("Custom", "{}")), Kind::Invalid);
}

#[test]
fn data_is_a_bounded_object() {
    let mut world = World::founded();
    assert_eq!(world.refused(emit("custom", "[]")), Kind::Invalid);
    let data = |length: usize| format!(r#"{{"a":"{}"}}"#, "x".repeat(length - 8));
    world.ok(emit("custom", &data(DATA_BYTES)));
    assert_eq!(world.refused(emit("custom", &data(DATA_BYTES + 1))), Kind::Limit);
}

#[test]
fn a_refused_command_leaves_no_event_behind() {
    let mut world = World::founded();
    let before = world.state.events.newest();
    world.refused(crate::world::found(false));
    assert_eq!(world.state.events.newest(), before);
}
