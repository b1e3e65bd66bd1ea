//! The API as a script meets it: over a real platform on a store of its own.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use axum::{Router, response::Response};
use platform_core::views::Role;
use platform_core::{Platform, Settings, SystemClock};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::{openapi, operator_routes, routes, schemas};

struct Bench {
    platform: Platform,
    router: Router,
    keys: [String; 3],
    folder: tempfile::TempDir,
}

const ROLES: [Role; 3] = [Role::Viewer, Role::Operator, Role::Admin];

fn bench() -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let store = store::Sqlite::open(&folder.path().join("platform.db")).unwrap();
    let settings = Settings {
        keys: folder.path().join("keys"),
        files: folder.path().to_path_buf(),
        sensor_address: "platform.example.org:8443".into(),
        new_sightings_per_hour: 10_000,
        keep_days: 30,
    };
    let platform = Platform::open(Arc::new(store), settings, Arc::new(SystemClock::default())).unwrap();
    let key = |role| platform.new_key(&format!("{role:?}"), role, 0, "test").unwrap().secret;
    let keys = ROLES.map(key);
    let router = Router::new().nest(super::BASE, operator_routes(platform.clone()));
    Bench { platform, router, keys, folder }
}

impl Bench {
    async fn raw(&self, request: Request<Body>) -> Response {
        self.router.clone().oneshot(request).await.unwrap()
    }

    async fn ask(&self, role: Role, method: &str, path: &str, body: Option<Value>) -> (StatusCode, Value) {
        let key = &self.keys[ROLES.iter().position(|of| *of == role).unwrap()];
        let mut request = Request::builder()
            .method(method)
            .uri(format!("/api/v1{path}"))
            .header(header::AUTHORIZATION, format!("Bearer {key}"));
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        read(self.raw(request.body(body).unwrap()).await).await
    }
}

async fn read(response: Response) -> (StatusCode, Value) {
    let status = response.status();
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 24).await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

/// A path with something in place of its names.
fn filled(path: &str) -> String {
    path.split('/')
        .map(|part| if part.starts_with('{') { "nothing" } else { part })
        .collect::<Vec<_>>()
        .join("/")
}

#[tokio::test]
async fn the_description_and_the_routes_are_the_same() {
    let bench = bench();
    let (status, document) = bench.ask(Role::Viewer, "GET", "/openapi.json", None).await;
    assert_eq!((status, document["openapi"].as_str()), (StatusCode::OK, Some("3.1.0")));
    let mut described = BTreeSet::new();
    let mut ids = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            assert!(ids.insert(operation["operationId"].as_str().unwrap().to_owned()), "{path} {method}");
            assert!(operation["summary"].as_str().unwrap().ends_with('.'), "{path} {method}");
            described.insert((method.to_uppercase(), path.clone()));
            // Every documented path answers: nothing of it is "no such address" or "not this way".
            let (status, answer) = bench.ask(Role::Admin, &method.to_uppercase(), &filled(path), None).await;
            let kind = answer["type"].as_str().unwrap_or_default();
            assert!(
                !matches!(kind, "/problems/no-address" | "/problems/method"),
                "{method} {path}: {status} {answer}"
            );
        }
    }
    let served: BTreeSet<(String, String)> =
        routes::all().map(|route| (route.method.to_string(), route.path.to_owned())).collect();
    assert_eq!(described, served);
}

#[test]
fn every_reference_of_the_description_leads_somewhere() {
    fn references<'a>(value: &'a Value, out: &mut BTreeSet<&'a str>) {
        match value {
            Value::Object(fields) => {
                out.extend(fields.get("$ref").and_then(Value::as_str));
                fields.values().for_each(|value| references(value, out));
            }
            Value::Array(values) => values.iter().for_each(|value| references(value, out)),
            _ => {}
        }
    }
    let document = openapi::document();
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    assert!(found.len() > 30, "{found:?}");
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
    // What reads OpenAPI can read the paths (of schemas utoipa knows only its own kinds).
    let mut paths = document;
    paths["components"]["schemas"] = json!({});
    serde_json::from_value::<utoipa::openapi::OpenApi>(paths).unwrap();
}

#[tokio::test]
async fn nobody_gets_in_without_the_right_key() {
    let bench = bench();
    for route in routes::all().filter(|route| route.role.is_some()) {
        let (path, method) = (filled(route.path), route.method.as_str());
        let request = Request::builder().method(method).uri(format!("/api/v1{path}"));
        let response = bench.raw(request.body(Body::empty()).unwrap()).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{method} {path}");
        assert_eq!(response.headers()[header::WWW_AUTHENTICATE], "Bearer");
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
        for role in ROLES.into_iter().filter(|role| Some(*role) < route.role) {
            let (status, problem) = bench.ask(role, method, &path, None).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{role:?} {method} {path}: {problem}");
        }
    }
    let wrong = Request::builder().uri("/api/v1/session").header(header::AUTHORIZATION, "Bearer swk_wrong");
    assert_eq!(bench.raw(wrong.body(Body::empty()).unwrap()).await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_browsers_session_reads_and_writes_with_its_form_token_only() {
    let bench = bench();
    let (name, password) = bench.platform.first_account().unwrap().unwrap();
    let (token, session) = bench.platform.sign_in(&name, &password, "").unwrap();
    let send = |method: &'static str, path: &'static str, form_token: Option<String>| {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::COOKIE, format!("a=b; stillwatch_session={token}"))
            .header(header::CONTENT_TYPE, "application/json");
        if let Some(form_token) = form_token {
            request = request.header("x-form-token", form_token);
        }
        request.body(Body::from(json!({"name": "cell-3"}).to_string())).unwrap()
    };
    let (status, problem) = read(bench.raw(send("GET", "/api/v1/networks", None)).await).await;
    assert_eq!((status, problem["type"].as_str()), (StatusCode::FORBIDDEN, Some("/problems/password")));
    bench.platform.change_password(&token, &password, "a better one than that").unwrap();
    assert_eq!(bench.raw(send("GET", "/api/v1/networks", None)).await.status(), StatusCode::OK);
    for bad in [None, Some(String::new()), Some("guess".into())] {
        let (status, problem) = read(bench.raw(send("POST", "/api/v1/networks", bad)).await).await;
        assert_eq!((status, problem["type"].as_str()), (StatusCode::FORBIDDEN, Some("/problems/form-token")));
    }
    let good = Some(session.form_token);
    assert_eq!(bench.raw(send("POST", "/api/v1/networks", good)).await.status(), StatusCode::CREATED);
}

#[tokio::test]
async fn every_error_is_a_problem_that_says_what_and_where() {
    let bench = bench();
    let (status, problem) = bench.ask(Role::Viewer, "GET", "/nothing/here", None).await;
    assert_eq!((status, problem["instance"].as_str()), (StatusCode::NOT_FOUND, Some("/api/v1/nothing/here")));
    let request = Request::builder().method("PATCH").uri("/api/v1/sensors").body(Body::empty()).unwrap();
    let response = bench.raw(request).await;
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(response.headers()[header::ALLOW], "GET, POST");
    let admin = format!("Bearer {}", bench.keys[2]);
    let post = |kind: &'static str, body: Body| {
        let request = Request::builder().method("POST").uri("/api/v1/sensors");
        let request = request.header(header::AUTHORIZATION, &admin).header(header::CONTENT_TYPE, kind);
        request.body(body).unwrap()
    };
    let expected = [
        ("application/json", Body::from("{\"name\": "), 400),
        ("application/json", Body::from("{\"name\": 7}"), 422),
        ("text/plain", Body::from("{}"), 415),
        ("application/json", Body::from(vec![b' '; (1 << 20) + 1]), 413),
        ("application/json", Body::from("{\"name\": \"\"}"), 422),
    ];
    for (kind, body, wanted) in expected {
        let (status, problem) = read(bench.raw(post(kind, body)).await).await;
        assert_eq!(status.as_u16(), wanted, "{problem}");
        assert_eq!(problem["status"].as_u64(), Some(u64::from(wanted)));
        assert!(!problem["detail"].as_str().unwrap().is_empty());
    }
    let (status, problem) = bench.ask(Role::Admin, "POST", "/sensors", Some(json!({"name": ""}))).await;
    assert_eq!((status.as_u16(), problem["errors"][0]["field"].as_str()), (422, Some("name")));
    for (path, field) in [
        ("/flows?ip=10.0", "ip"),
        ("/flows?port=x", "port"),
        ("/assets/export", "format"),
        ("/assets?limit=0", "limit"),
        ("/assets/who-had?ip=10.0.0.1&at=Tuesday", "at"),
    ] {
        let (status, problem) = bench.ask(Role::Viewer, "GET", path, None).await;
        assert_eq!((status.as_u16(), problem["errors"][0]["field"].as_str()), (422, Some(field)), "{path}");
    }
}

#[tokio::test]
async fn a_configuration_is_put_in_place_of_the_one_that_was_read() {
    let bench = bench();
    let key = format!("Bearer {}", bench.keys[1]);
    let put = |tag: Option<&str>, body: &Value| {
        let mut request =
            Request::builder().method("PUT").uri("/api/v1/config").header(header::AUTHORIZATION, &key);
        request = request.header(header::CONTENT_TYPE, "application/json");
        if let Some(tag) = tag {
            request = request.header(header::IF_MATCH, tag);
        }
        request.body(Body::from(body.to_string())).unwrap()
    };
    let get = |known: Option<&str>| {
        let mut request = Request::builder().uri("/api/v1/config").header(header::AUTHORIZATION, &key);
        if let Some(known) = known {
            request = request.header(header::IF_NONE_MATCH, known);
        }
        request.body(Body::empty()).unwrap()
    };
    let first = bench.raw(get(None)).await;
    let tag = first.headers()[header::ETAG].to_str().unwrap().to_owned();
    assert_eq!(bench.raw(get(Some(&tag))).await.status(), StatusCode::NOT_MODIFIED);
    let (_, mut new) = read(first).await;
    new["internal"] = json!([{"name": "Office", "ranges": ["10.1.0.0/16"], "inventory": true}]);
    assert_eq!(bench.raw(put(None, &new)).await.status().as_u16(), 428);
    let done = bench.raw(put(Some(&tag), &new)).await;
    assert_eq!(done.status(), StatusCode::OK);
    assert_ne!(done.headers()[header::ETAG].to_str().unwrap(), tag);
    for stale in [tag.as_str(), "\"nonsense\""] {
        assert_eq!(bench.raw(put(Some(stale), &new)).await.status(), StatusCode::PRECONDITION_FAILED);
    }
    let now = bench.raw(get(None)).await.headers()[header::ETAG].to_str().unwrap().to_owned();
    new["internal"][0]["ranges"] = json!(["10.1.0.0/16", "10.2.0.0/99"]);
    let (status, problem) = read(bench.raw(put(Some(&now), &new)).await).await;
    assert_eq!(
        (status.as_u16(), problem["errors"][0]["field"].as_str()),
        (422, Some("internal[0].ranges[1]"))
    );
    let (_, versions) = bench.ask(Role::Viewer, "GET", "/config/versions", None).await;
    assert_eq!(versions["items"][0]["by"].as_str(), Some("key:Operator"));
}

/// Holds an answer to its shape: no field is missing, none is unknown.
fn fits(name: &str, value: &Value) {
    let (_, fields) = schemas::shapes().find(|shape| shape.0 == name).unwrap();
    let optional = schemas::OPTIONAL.iter().find(|(of, _)| *of == name).map_or(&[][..], |(_, names)| names);
    let sent = value.as_object().unwrap_or_else(|| panic!("{name}: {value}"));
    for (field, kind, _) in *fields {
        let Some(value) = sent.get(*field) else {
            assert!(optional.contains(field), "{name}.{field} is missing");
            continue;
        };
        let inner = kind.trim_start_matches('[').trim_end_matches(']');
        for value in value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice) {
            match inner {
                "text" | "time" => assert!(value.is_string(), "{name}.{field}: {value}"),
                "count" => assert!(value.is_u64(), "{name}.{field}: {value}"),
                "yes" => assert!(value.is_boolean(), "{name}.{field}: {value}"),
                _ if schemas::shapes().any(|shape| shape.0 == inner) => fits(inner, value),
                _ => {}
            }
        }
    }
    for field in sent.keys() {
        assert!(fields.iter().any(|known| known.0 == field), "{name}.{field} is not described");
    }
}

#[tokio::test]
async fn answers_have_the_shapes_that_are_described() {
    let bench = bench();
    let ask = |method: &'static str, path: &'static str, body| bench.ask(Role::Admin, method, path, body);
    let (_, made) = ask("POST", "/sensors", Some(json!({"name": "hq-core-1", "site": "HQ"}))).await;
    fits("MadeSensor", &made);
    fits(
        "Sensor",
        &bench
            .ask(Role::Viewer, "GET", &format!("/sensors/{}", made["sensor"]["id"].as_str().unwrap()), None)
            .await
            .1,
    );
    fits("Network", &ask("POST", "/networks", Some(json!({"name": "cell-3"}))).await.1);
    fits("MadeUser", &ask("POST", "/users", Some(json!({"name": "anna", "role": "operator"}))).await.1);
    fits(
        "MadeApiKey",
        &ask("POST", "/api-keys", Some(json!({"name": "x", "role": "viewer", "days": 30}))).await.1,
    );
    fits("Session", &ask("GET", "/session", None).await.1);
    fits("Configuration", &ask("GET", "/config", None).await.1);
    let folder = bench.folder.path().join("images");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("SHA256SUMS"), "").unwrap();
    bench.platform.tick().unwrap();
    let images = ask("GET", "/images", None).await.1;
    assert_eq!(images["images"].as_array().map(Vec::len), Some(1));
    fits("Images", &images);
    fits("Shelf", &ask("GET", "/bundles", None).await.1);
    fits("Rules", &ask("GET", "/rules", None).await.1);
    fits("Problem", &ask("GET", "/sensors/nothing", None).await.1);
    for (path, name) in [
        ("/sensors", "Sensor"),
        ("/rollouts", "Rollout"),
        ("/networks", "Network"),
        ("/users", "User"),
        ("/api-keys", "ApiKey"),
        ("/events", "Event"),
        ("/heard-ranges", "HeardRange"),
    ] {
        let (status, list) = ask("GET", path, None).await;
        assert_eq!(status, StatusCode::OK, "{path}: {list}");
        assert!(list["next"].is_null());
        list["items"].as_array().unwrap().iter().for_each(|item| fits(name, item));
    }
}
