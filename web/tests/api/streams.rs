use futures::StreamExt;
use serde_json::json;
use web::Client;
use web::wire::{Emit, Item, Step, Watched};

use crate::support::{self, FILE, submission};

async fn submit(client: &Client) -> String {
    client.submit(&submission(FILE)).await.unwrap().id
}

async fn steps(client: &Client, id: &str, from: Option<&str>) -> Vec<Step> {
    let steps = client.follow(id, from).await.unwrap();
    steps.map(|step| step.unwrap()).collect().await
}

pub async fn a_follower_sees_the_run_its_lines_and_its_end() {
    let server = support::server().await;
    let client = Client::in_process(server.handle());
    let id = submit(&client).await;
    let steps = steps(&client, &id, None).await;
    assert_eq!(steps.first().unwrap().item.name(), "run");
    let lines: Vec<_> = steps
        .iter()
        .filter_map(|step| match &step.item {
            Item::Line(line) => Some(line.line.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(lines, support::LINES);
    let Item::End(run) = &steps.last().unwrap().item else { panic!("{steps:?}") };
    assert!(run.summary.status.is_final());
}

pub async fn a_cursor_resumes_with_another_client_on_a_socket() {
    let server = support::server().await;
    let one = Client::in_process(server.handle());
    let id = submit(&one).await;
    let all = steps(&one, &id, None).await;
    let first_line = all.iter().position(|step| step.item.name() == "line").unwrap();
    let other = Client::unix(server.socket());
    let rest = steps(&other, &id, Some(&all[first_line].cursor)).await;
    assert!(!rest.is_empty() && rest.len() < all.len());
    let repeated = rest.iter().filter(|step| {
        matches!(&step.item, Item::Line(line)
        if all[..=first_line].iter().any(|old| old.item == Item::Line(line.clone())))
    });
    assert_eq!(repeated.count(), 0);
    assert_eq!(rest.last().unwrap().item.name(), "end");
}

pub async fn a_watcher_sees_each_event_once_and_resumes() {
    let server = support::server().await;
    let client = Client::unix(server.socket());
    let emit = |kind: &str| Emit { kind: kind.into(), data: json!({}) };
    let first = client.emit(&emit("a.one")).await.unwrap().sequence;
    let mut watch = client.watch_events(Some(first - 1)).await.unwrap();
    let Some(Ok(Watched::Event(seen))) = watch.next().await else { panic!() };
    assert_eq!((seen.sequence, seen.kind.as_str()), (first, "a.one"));
    let second = client.emit(&emit("a.two")).await.unwrap().sequence;
    let Some(Ok(Watched::Event(seen))) = watch.next().await else { panic!() };
    assert_eq!(seen.sequence, second);
    drop(watch);
    let mut again = Client::in_process(server.handle()).watch_events(Some(first)).await.unwrap();
    let Some(Ok(Watched::Event(seen))) = again.next().await else { panic!() };
    assert_eq!(seen.sequence, second);
}

pub async fn streams_end_when_the_server_stops() {
    let server = support::server().await;
    let client = Client::unix(server.socket());
    let mut watch = client.watch_events(None).await.unwrap();
    let socket = server.socket();
    server.stop().await;
    let error = watch.next().await.unwrap().unwrap_err();
    assert!(error.is_elsewhere(), "{error}");
    assert!(watch.next().await.is_none());
    assert!(!socket.exists());
}

pub async fn following_what_does_not_exist_is_an_error() {
    let server = support::server().await;
    let client = Client::in_process(server.handle());
    let mut steps = client.follow("00000000000000000000000009", None).await.unwrap();
    let error = steps.next().await.unwrap().unwrap_err();
    assert_eq!(error.kind(), web::wire::Kind::NotFound);
    assert!(steps.next().await.is_none());
}
