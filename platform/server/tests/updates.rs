//! Updates over real mutual TLS: an appliance tells of its system, is offered a bundle and fetches
//! it, whole and in pieces; nobody else gets it; an administrator leads it by the API.

mod support;

use std::io::{ErrorKind, Read};

use bundle::testing::whole;
use bundle::{Manifest, Payload, Version};
use platform_core::views::{NewRollout, Role};
use support::{Answer, Client, Place, Sensor};
use wire::{System, SystemReply, UpdateState, path};

/// A bundle that nobody signed, with so many bytes in it.
fn bundle(version: &str, size: usize) -> Vec<u8> {
    let payload: Vec<u8> = (0..size as u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let manifest = Manifest::of_system("virtual", Version::parse(version).unwrap(), &payload);
    whole(&manifest, Payload::System, vec![b"untrusted comment: none\n".to_vec()], &payload)
}

fn tell(client: &mut Client) -> SystemReply {
    let system = System { board: "virtual".into(), version: "1.0.0".into(), ..System::default() };
    client.ask(path::SYSTEM, &system).unwrap()
}

fn get(client: &mut Client, digits: &str, headers: &str) -> Answer {
    let text = format!("GET {}{digits} HTTP/1.1\r\nHost: platform\r\n{headers}\r\n", path::BUNDLE);
    client.send(text.as_bytes()).unwrap();
    client.read_answer().unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Two appliances; the first is offered the bundle.
fn offered(place: &Place, bytes: &[u8]) -> (Sensor, Sensor, wire::Bundle) {
    let sensors = [place.sensor("hall 1", &[]), place.sensor("hall 2", &[])];
    for sensor in &sensors {
        assert_eq!(tell(&mut sensor.connect()).offer, None);
    }
    let platform = &place.running.platform;
    let bundle = platform.add_bundle(&mut &*bytes, "test").unwrap().sha256;
    let new = NewRollout { bundle, first: vec!["hall 1".into()], soak: 0 };
    platform.start_rollout(&new, "test").unwrap();
    let [first, second] = sensors;
    let offer = tell(&mut first.connect()).offer.unwrap();
    (first, second, offer)
}

#[test]
fn an_appliance_fetches_what_it_is_offered() {
    let place = Place::new();
    let bytes = bundle("1.1.0", 3_000_000);
    let (sensor, _, offer) = offered(&place, &bytes);
    assert_eq!((offer.size, offer.version.as_str()), (bytes.len() as u64, "1.1.0"));
    let mut client = sensor.connect();
    let name = hex(&offer.sha256);
    let whole = get(&mut client, &name, "");
    assert_eq!((whole.status, whole.body == bytes), (200, true));
    assert!(whole.head.contains("accept-ranges: bytes"));
    // On the same connection, from where it was cut.
    let rest = get(&mut client, &name, "Range: bytes=1000000-\r\n");
    assert_eq!((rest.status, rest.body == bytes[1_000_000..]), (206, true));
    let range = format!("content-range: bytes 1000000-{}/{}", bytes.len() - 1, bytes.len());
    assert!(rest.head.contains(&range), "{}", rest.head);
    // One byte, none, and nonsense.
    let last = get(&mut client, &name, &format!("Range: bytes={}-\r\n", bytes.len() - 1));
    assert_eq!((last.status, last.body.len()), (206, 1));
    for from in [bytes.len() as u64, u64::MAX] {
        let none = get(&mut client, &name, &format!("Range: bytes={from}-\r\n"));
        assert_eq!((none.status, none.body.len()), (416, 0));
        assert!(none.head.contains(&format!("content-range: bytes */{}", bytes.len())));
    }
    for range in ["bytes=-5", "bytes=5-1,7-9", "bytes=99999999999999999999-", "furlongs=1-"] {
        assert_eq!(get(&mut client, &name, &format!("Range: {range}\r\n")).status, 200, "{range}");
    }
}

#[test]
fn nobody_else_gets_it() {
    let place = Place::new();
    let (sensor, other, offer) = offered(&place, &bundle("1.1.0", 1_000));
    let name = hex(&offer.sha256);
    assert_eq!(get(&mut place.stranger(), &name, "").status, 401);
    let mut foreign = other.connect();
    assert_eq!(tell(&mut foreign).offer, None);
    assert_eq!(get(&mut foreign, &name, "").status, 404);
    let mut client = sensor.connect();
    for bad in ["00", &"00".repeat(32), "..%2f..%2fplatform.db", &"z".repeat(64), &name[1..]] {
        assert_eq!(get(&mut client, bad, "").status, 404, "{bad}");
    }
    assert_eq!(client.post(&format!("{}{name}", path::BUNDLE), "", b"").unwrap().status, 405);
    // Who is refused before everything was sent may find the line closed before the answer.
    let closed =
        |error: std::io::Error| matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset);
    assert!(client.post(path::SYSTEM, "", &[7; 70_000]).map_or_else(closed, |answer| answer.status == 413));
    let mut client = sensor.connect();
    assert_eq!(client.post(path::SYSTEM, "", b"nonsense").unwrap().status, 400);
    // Once it runs, held or removed, it is no longer offered.
    assert_eq!(get(&mut client, &name, "").status, 200);
    let platform = &place.running.platform;
    platform.lead_rollout(1, platform_core::views::RolloutState::Paused, "test").unwrap();
    assert_eq!(get(&mut client, &name, "").status, 404);
    platform.lead_rollout(1, platform_core::views::RolloutState::Running, "test").unwrap();
    platform.deregister(&sensor.id, "test").unwrap();
    assert_eq!(get(&mut client, &name, "").status, 403);
}

/// Who fetches and does not read holds nobody up, and the platform stops.
#[test]
fn a_reader_that_stands_still_costs_no_thread() {
    let place = Place::new();
    let (sensor, other, offer) = offered(&place, &bundle("1.1.0", 40_000_000));
    let text = format!("GET {}{} HTTP/1.1\r\nHost: platform\r\n\r\n", path::BUNDLE, hex(&offer.sha256));
    let mut still: Vec<Client> = (0..64).map(|_| sensor.connect()).collect();
    for client in &mut still {
        client.send(text.as_bytes()).unwrap();
        let mut first = [0; 12];
        client.stream.read_exact(&mut first).unwrap();
        assert_eq!(&first, b"HTTP/1.1 200");
    }
    let mut late = sensor.connect();
    late.send(text.as_bytes()).unwrap();
    let answer = late.read_answer().unwrap();
    assert_eq!(answer.status, 503);
    assert!(answer.head.contains("retry-after: 60"));
    assert_eq!(tell(&mut other.connect()).offer, None);
    drop(still);
    place.running.stop();
}

fn api(
    place: &Place,
    key: &str,
    method: &str,
    path: &str,
    kind: &str,
    body: &[u8],
) -> (u16, serde_json::Value) {
    let mut stream = std::net::TcpStream::connect(place.running.operator_address).unwrap();
    let head = format!(
        "{method} /api/v1{path} HTTP/1.1\r\nHost: platform\r\nConnection: close\r\nAuthorization: Bearer {key}\r\n\
         Content-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    // A refusal may come before the body is through.
    let sent = std::io::Write::write_all(&mut stream, &[head.as_bytes(), body].concat());
    let answer = support::read_answer(&mut stream);
    let answer = answer.unwrap_or_else(|error| panic!("{error} {sent:?}"));
    (answer.status, serde_json::from_slice(&answer.body).unwrap_or_default())
}

#[test]
fn an_administrator_uploads_and_leads() {
    let place = Place::new();
    let platform = &place.running.platform;
    let key = |role| platform.new_key(&format!("{role:?}"), role, 0, "test").unwrap().secret;
    let [viewer, operator, admin] = [Role::Viewer, Role::Operator, Role::Admin].map(key);
    let sensor = place.sensor("hall 1", &[]);
    tell(&mut sensor.connect());
    // Larger than any other body may be.
    let (bytes, octets) = (bundle("1.1.0", 2_500_000), "application/octet-stream");
    assert_eq!(api(&place, &operator, "POST", "/bundles", octets, &bytes).0, 403);
    assert_eq!(api(&place, &admin, "POST", "/bundles", "application/json", &bytes).0, 415);
    let (status, problem) = api(&place, &admin, "POST", "/bundles", octets, b"nonsense");
    assert_eq!((status, problem["errors"][0]["field"].as_str()), (422, Some("bundle")));
    let (status, made) = api(&place, &admin, "POST", "/bundles", octets, &bytes);
    assert_eq!((status, made["version"].as_str(), made["older"].as_u64()), (201, Some("1.1.0"), Some(1)));
    let new = serde_json::json!({"bundle": made["sha256"], "soak": 5}).to_string();
    let json = "application/json";
    assert_eq!(api(&place, &operator, "POST", "/rollouts", json, new.as_bytes()).0, 403);
    let (status, rollout) = api(&place, &admin, "POST", "/rollouts", json, new.as_bytes());
    assert_eq!((status, rollout["state"].as_str()), (201, Some("running")), "{rollout}");
    assert_eq!(rollout["members"][0]["name"].as_str(), Some("hall 1"));
    let (_, seen) = api(&place, &viewer, "GET", "/rollouts/1", json, b"");
    assert_eq!(seen, rollout);
    assert_eq!(
        api(&place, &operator, "POST", "/rollouts/1/pause", json, b"").1["state"].as_str(),
        Some("paused")
    );
    assert_eq!(api(&place, &operator, "POST", "/rollouts/1/resume", json, b"").0, 403);
    assert_eq!(
        api(&place, &admin, "POST", "/rollouts/1/resume", json, b"").1["state"].as_str(),
        Some("running")
    );
    let bundle = format!("/bundles/{}", made["sha256"].as_str().unwrap());
    assert_eq!(api(&place, &admin, "DELETE", &bundle, json, b"").0, 422);
    assert_eq!(api(&place, &admin, "POST", "/rollouts/1/cancel", json, b"").0, 200);
    assert_eq!(api(&place, &admin, "DELETE", &bundle, json, b"").0, 204);
    let (_, shelf) = api(&place, &viewer, "GET", "/bundles", json, b"");
    assert_eq!(shelf["bundles"].as_array().map(Vec::len), Some(0));
    // It tells the page what it runs.
    let (_, shown) = api(&place, &viewer, "GET", &format!("/sensors/{}", sensor.id), json, b"");
    assert_eq!(shown["system"]["version"].as_str(), Some("1.0.0"));
    let failed = UpdateState::RolledBack { version: "1.1.0".into(), words: "no link".into() };
    let system =
        System { board: "virtual".into(), version: "1.0.0".into(), update: failed, ..System::default() };
    let _: SystemReply = sensor.connect().ask(path::SYSTEM, &system).unwrap();
    let (_, events) = api(&place, &viewer, "GET", "/events", json, b"");
    assert!(events["items"].to_string().contains("update_rolled_back"), "{events}");
}

#[test]
fn an_upload_that_is_cut_leaves_nothing() {
    let place = Place::new();
    let key = place.running.platform.new_key("admin", Role::Admin, 0, "test").unwrap().secret;
    let bytes = bundle("1.1.0", 100_000);
    let mut stream = std::net::TcpStream::connect(place.running.operator_address).unwrap();
    let head = format!(
        "POST /api/v1/bundles HTTP/1.1\r\nHost: platform\r\nAuthorization: Bearer {key}\r\n\
         Content-Type: application/octet-stream\r\nContent-Length: {}\r\n\r\n",
        bytes.len()
    );
    std::io::Write::write_all(&mut stream, &[head.as_bytes(), &bytes[..50_000]].concat()).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    // Whatever is answered, the end of it is that the request is over.
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).unwrap();
    assert_eq!(place.running.platform.bundles(), Default::default());
    let left: Vec<_> = std::fs::read_dir(place.folder.path().join("bundles")).into_iter().flatten().collect();
    assert!(left.is_empty(), "{left:?}");
}
