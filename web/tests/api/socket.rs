use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;

use web::Client;
use web::client::Error;
use web::wire::Kind;

use crate::support;

pub async fn only_owner_and_group_may_open_the_socket() {
    let server = support::server().await;
    let mode = std::fs::metadata(server.socket()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o660);
    assert!(Client::unix(server.socket()).identity().await.is_ok());
}

pub async fn a_socket_nobody_answers_at_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("api.sock");
    drop(UnixListener::bind(&path).unwrap());
    let error = Client::unix(&path).identity().await.unwrap_err();
    assert!(matches!(error, Error::NotServed { .. }), "{error}");
    let node = support::server().await;
    let server = web::serve(node.handle(), &path).await.unwrap();
    assert!(Client::unix(&path).identity().await.is_ok());
    server.stop().await;
    let error = Client::unix(&path).identity().await.unwrap_err();
    assert_eq!(error.kind(), Kind::Unavailable);
}

pub async fn a_socket_somebody_serves_is_left_alone() {
    let server = support::server().await;
    let second = web::serve(server.handle(), server.socket()).await;
    assert!(matches!(second, Err(web::Error::Taken { .. })));
    assert!(Client::unix(server.socket()).identity().await.is_ok());
}

pub async fn a_file_that_is_no_socket_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("api.sock");
    std::fs::write(&path, "precious").unwrap();
    let node = support::server().await;
    let refused = web::serve(node.handle(), &path).await;
    assert!(matches!(refused, Err(web::Error::Foreign { .. })));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "precious");
}

pub async fn a_client_outlives_a_restart_of_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("api.sock");
    let node = support::server().await;
    let client = Client::unix(&path);
    for _ in 0..2 {
        let server = web::serve(node.handle(), &path).await.unwrap();
        client.identity().await.unwrap();
        server.stop().await;
    }
}

pub async fn many_requests_at_once_share_one_client() {
    let server = support::server().await;
    let client = Client::unix(server.socket());
    let asked = (0..64).map(|_| client.identity());
    let answers = futures::future::join_all(asked).await;
    assert!(answers.iter().all(Result::is_ok));
}

/// Root may open everything, so it cannot see this.
pub async fn a_refused_permission_names_the_group() {
    if rustix::process::geteuid().is_root() {
        return;
    }
    let server = support::server().await;
    let sealed = std::fs::Permissions::from_mode(0o000);
    std::fs::set_permissions(server.socket(), sealed).unwrap();
    let error = Client::unix(server.socket()).identity().await.unwrap_err();
    assert_eq!(error.kind(), Kind::Denied);
    assert!(matches!(error, Error::NotPermitted { group: Some(_), .. }), "{error}");
}
