use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::{self, Server};

pub async fn document(server: &Server) -> Value {
    server.get("/api/v1/openapi.json").await.json()
}

/// Each operation as (path, method in capitals, its description).
pub fn operations(document: &Value) -> Vec<(String, String, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    let of = |(path, item): (&String, &'_ Value)| -> Vec<(String, String)> {
        let methods = item.as_object().unwrap().keys();
        methods.map(|method| (path.clone(), method.clone())).collect()
    };
    let names = paths.iter().flat_map(of);
    names
        .map(|(path, method)| {
            let operation = &document["paths"][&path][&method];
            (path, method.to_uppercase(), operation)
        })
        .collect()
}

pub async fn the_document_lists_exactly_the_registered_routes() {
    let server = support::server().await;
    let document = document(&server).await;
    assert_eq!(document["openapi"], "3.1.0");
    let listed: BTreeSet<_> =
        operations(&document).into_iter().map(|(path, method, _)| (path, method)).collect();
    let routes = web::api::routes();
    let registered: BTreeSet<_> =
        routes.iter().map(|route| (route.path.clone(), route.method.to_owned())).collect();
    assert_eq!(registered.len(), routes.len(), "a route is registered twice");
    assert_eq!(listed, registered);
}

pub async fn every_operation_says_how_it_refuses_and_what_it_needs() {
    let server = support::server().await;
    let document = document(&server).await;
    let routes = web::api::routes();
    let mut names = BTreeSet::new();
    for (path, method, operation) in operations(&document) {
        assert!(names.insert(operation["operationId"].as_str().unwrap()), "{method} {path}");
        let refusal = &operation["responses"]["default"]["content"]["application/problem+json"];
        assert_eq!(refusal["schema"]["$ref"], "#/components/schemas/Problem", "{method} {path}");
        let route = routes.iter().find(|it| it.path == path && it.method == method).unwrap();
        let needs = format!("Needs `{}`.", route.permission);
        assert!(operation["description"].as_str().unwrap().ends_with(&needs), "{method} {path}");
    }
}

pub async fn every_reference_leads_somewhere() {
    fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
        match value {
            Value::Object(members) => {
                found.extend(members.get("$ref").and_then(Value::as_str));
                members.values().for_each(|member| references(member, found));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }
    let server = support::server().await;
    let document = document(&server).await;
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    assert!(found.len() > 20);
    for reference in found {
        assert!(document.pointer(&reference[1..]).is_some(), "{reference}");
    }
}

/// Requests refuse unknown members; the document says so.
pub async fn request_bodies_are_closed() {
    let server = support::server().await;
    let document = document(&server).await;
    for (path, method, operation) in operations(&document) {
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"]["$ref"];
        if let Some(reference) = schema.as_str() {
            let schema = document.pointer(&reference[1..]).unwrap();
            assert_eq!(schema["additionalProperties"], false, "{method} {path}");
        }
    }
}
