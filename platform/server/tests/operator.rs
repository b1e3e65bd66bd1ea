//! Starting, what operators reach, and their own certificates.

mod support;

use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;

use platform_core::views::Role;
use server::{CertificateFiles, Options, Server, greeting};
use support::{Answer, Client, Place, read_answer};

fn get(place: &Place, path: &str, headers: &str) -> Answer {
    let mut stream = TcpStream::connect(place.running.operator_address).unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: p\r\nConnection: close\r\n{headers}\r\n");
    std::io::Write::write_all(&mut stream, request.as_bytes()).unwrap();
    read_answer(&mut stream).unwrap()
}

#[test]
fn the_first_start_says_how_to_sign_in_and_no_later_one() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let options = Options { plain_http: false, ..Options::local(&data) };
    let running = Server::start(options.clone()).unwrap();
    let text = greeting(&running);
    let (name, password) = running.first_account().unwrap();
    assert!(
        text.contains(name) && text.contains(password) && text.contains(running.fingerprint().unwrap()),
        "{text}"
    );
    assert!(running.platform.sign_in(name, password, "test").unwrap().1.must_change);
    assert_eq!(std::fs::metadata(&data).unwrap().permissions().mode() & 0o777, 0o700);
    // HTTPS of the platform's own authority, without asking for a certificate.
    let mut client = Client::open(running.operator_address, None).unwrap();
    client.send(b"GET /healthz HTTP/1.1\r\nHost: p\r\n\r\n").unwrap();
    assert_eq!(client.read_answer().unwrap().status, 200);
    running.stop();
    let again = Server::start(options).unwrap();
    assert_eq!(again.first_account(), None);
    assert!(!greeting(&again).contains("password"));
    again.stop();
}

#[test]
fn health_is_open_and_measures_need_a_key() {
    let place = Place::new();
    assert_eq!(get(&place, "/healthz", "").body, b"ok\n");
    assert_eq!(get(&place, "/readyz", "").body, b"ready\n");
    assert_eq!(get(&place, "/metrics", "").status, 401);
    assert_eq!(get(&place, "/metrics", "Authorization: Bearer swk_0_1\r\n").status, 403);
    let sensor = place.sensor("hall 3", &[]);
    let port = wire::PortStatus { name: "a\"b\nc".into(), frames: 7, lost: [1, 2], ..Default::default() };
    let status = wire::Status { ports: vec![port], cores: vec![500], ..Default::default() };
    let _: wire::StatusReply = sensor.connect().ask(wire::path::STATUS, &status).unwrap();
    let key = place.running.platform.new_key("prometheus", Role::Viewer, 0, "test").unwrap().secret;
    let answer = get(&place, "/metrics", &format!("Authorization: Bearer {key}\r\n"));
    let text = String::from_utf8(answer.body).unwrap();
    for line in [
        "stillwatch_up 1".to_string(),
        format!("stillwatch_capture_packets_total{{sensor=\"{}\",iface=\"a\\\"b\\nc\"}} 7", sensor.id),
        format!("stillwatch_uplink_connected{{sensor=\"{}\"}} 1", sensor.id),
        format!("stillwatch_worker_busy_ratio{{sensor=\"{}\",core=\"0\"}} 0.5", sensor.id),
    ] {
        assert!(text.lines().any(|found| found == line), "{line} in\n{text}");
    }
    assert!(text.ends_with("# EOF\n"));
}

#[test]
fn bad_options_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let words = |options: Options| format!("{:#}", Server::start(options).unwrap_err());
    let open = Options { listen: ([0, 0, 0, 0], 0).into(), ..Options::local(folder.path()) };
    assert!(words(open).contains("plain HTTP is for loopback"));
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let busy = Options { sensor_listen: taken.local_addr().unwrap(), ..Options::local(folder.path()) };
    assert!(words(busy).contains("choose another address or port"));
    let named = Options { sensor_names: vec!["no name".into()], ..Options::local(folder.path()) };
    assert!(words(named).contains("no name"));
    let files =
        CertificateFiles { certificate: "/no/such.pem".into(), key: "/no/such.key".into(), authority: None };
    let missing = Options { sensor_certificate: Some(files), ..Options::local(folder.path()) };
    assert!(words(missing).contains("/no/such.pem"));
}

#[test]
fn an_operators_certificate_is_shown_named_in_offers_and_its_authority_told() {
    let folder = tempfile::tempdir().unwrap();
    let (key, other) = (rcgen::KeyPair::generate().unwrap(), rcgen::KeyPair::generate().unwrap());
    let own =
        rcgen::CertificateParams::new(vec!["platform.example.org".to_string()]).unwrap().self_signed(&key);
    let own = own.unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("a.pem"), own.pem()).unwrap();
    std::fs::write(path("a.key"), key.serialize_pem()).unwrap();
    std::fs::write(path("b.key"), other.serialize_pem()).unwrap();
    let files = |key: &str| CertificateFiles { certificate: path("a.pem"), key: path(key), authority: None };
    let with = |key| Options { sensor_certificate: Some(files(key)), ..Options::local(path("data")) };
    assert!(Server::start(with("b.key")).is_err(), "a key of another certificate");
    let running = Server::start(with("a.key")).unwrap();
    let (_, code) = running
        .platform
        .new_sensor(&platform_core::views::NewSensor { name: "hall 3".into(), ..Default::default() }, "test")
        .unwrap();
    let mut client = Client::open(running.sensor_address, None).unwrap();
    let grant = support::register(&mut client, &code, &support::KeyPair::new()).unwrap();
    assert_eq!(client.seen(), platform_core::key_digest(own.der()).unwrap());
    assert!(grant.authorities.contains(&own.der().to_vec()));
    running.stop();
}
