//! Who asks without the kernel saying who that is.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;
use web::api::{Route, Service, routes};

use crate::support;

/// A request for a route, with something in each of its places.
fn request(route: &Route) -> Request<Body> {
    let path = route.path.replace(['{', '}'], "");
    Request::builder().method(route.method).uri(path).body(Body::empty()).unwrap()
}

/// Each is behind the gate, which holds the permission that the route declares; before anything is read or parsed.
pub async fn every_route_is_closed_to_whom_nobody_vouches_for() {
    let server = support::server().await;
    let router = Service::new(server.handle()).router();
    let routes = routes();
    assert!(routes.len() > 20, "{routes:?}");
    for route in routes {
        let name = format!("{} {}", route.method, route.path);
        let Route { permission, .. } = &route;
        assert!(!permission.object.is_empty() && !permission.action.is_empty(), "{name}");
        let answer = router.clone().oneshot(request(&route)).await.unwrap();
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{name}");
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        let problem: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(problem["kind"], "denied", "{name}");
        let detail = problem["detail"].as_str().unwrap();
        assert_eq!(detail, format!("no permission for {permission}"), "{name}");
    }
}

/// What changes something is never called reading.
pub async fn reading_and_changing_are_different_permissions() {
    for route in routes() {
        let reads = route.permission.action == "read";
        assert_eq!(reads, route.method == "GET", "{} {}", route.method, route.path);
    }
}
