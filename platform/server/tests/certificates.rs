//! Who may speak as whom.

mod support;

use support::{Client, KeyPair, Place, Sensor, register};
use wire::{Refusal, RenewReply, RenewRequest, Status, StatusReply};

fn status(client: &mut Client) -> Result<StatusReply, Refusal> {
    client.ask(wire::path::STATUS, &Status::default())
}

#[test]
fn without_a_certificate_nothing_but_registration() {
    let place = Place::new();
    let mut client = place.stranger();
    for path in
        [wire::path::HELLO, wire::path::BATCH, wire::path::CONFIG, wire::path::STATUS, wire::path::RENEW]
    {
        let answer = client.post(path, "", b"").unwrap();
        assert_eq!(answer.status, 401, "{path}");
        let refusal: Refusal = wire::decode(&answer.body).unwrap();
        assert!(refusal.words.contains("register first"), "{refusal:?}");
    }
    assert_eq!(client.post("/elsewhere", "", b"").unwrap().status, 404);
    client.send(b"GET /sensor/v1/hello HTTP/1.1\r\nHost: platform\r\n\r\n").unwrap();
    assert_eq!(client.read_answer().unwrap().status, 405);
}

#[test]
fn a_foreign_certificate_ends_the_handshake() {
    let place = Place::new();
    let key = KeyPair::new();
    let certificate = key.own_certificate();
    let mut client = Client::open(place.running.sensor_address, Some((&key, &certificate))).unwrap();
    assert!(client.post(wire::path::STATUS, "", b"").is_err());
    // Of another platform, with a good authority of its own.
    let other = Place::new().sensor("hall 3", &[]);
    let identity = (&other.key, other.certificate.as_slice());
    let mut client = Client::open(place.running.sensor_address, Some(identity)).unwrap();
    assert!(client.post(wire::path::STATUS, "", b"").is_err());
}

#[test]
fn a_revoked_certificate_is_refused_also_on_an_open_connection() {
    let place = Place::new();
    let sensor = place.sensor("hall 3", &[]);
    let mut open = sensor.connect();
    assert!(status(&mut open).is_ok());
    place.running.platform.deregister(&sensor.id, "test").unwrap();
    for client in [&mut open, &mut sensor.connect()] {
        let answer = client.post(wire::path::STATUS, "", &wire::encode(&Status::default())).unwrap();
        assert_eq!(answer.status, 403);
        let refusal: Refusal = wire::decode(&answer.body).unwrap();
        assert!(refusal.words.contains("removed"), "{refusal:?}");
    }
}

#[test]
fn other_hardware_takes_the_old_ones_place() {
    let place = Place::new();
    let old = place.sensor("hall 3", &[]);
    assert!(status(&mut old.connect()).is_ok());
    let code = place.running.platform.new_code(&old.id, 1, "test").unwrap();
    let key = KeyPair::new();
    let grant = register(&mut place.stranger(), &code, &key).unwrap();
    assert!(status(&mut old.connect()).is_ok(), "until the new one is used");
    let new = Sensor::new(&place, &old.id, key, &grant);
    assert!(status(&mut new.connect()).is_ok());
    assert!(status(&mut old.connect()).unwrap_err().words.contains("revoked"));
}

#[test]
fn an_expired_certificate_may_renew_and_nothing_else() {
    // Registered 400 days ago: by every clock its certificate is over.
    let place = Place::at(-400 * 86_400);
    let mut sensor = place.sensor("hall 3", &[]);
    assert!(status(&mut sensor.connect()).is_ok());
    place.clock.set(0);
    let mut client = sensor.connect();
    assert!(status(&mut client).unwrap_err().words.contains("only renew"));
    assert!(sensor.hello(&mut client).is_err());
    let key = KeyPair::new();
    let reply: RenewReply = client.ask(wire::path::RENEW, &RenewRequest { csr: key.csr() }).unwrap();
    (sensor.key, sensor.certificate) = (key, reply.certificate);
    assert!(status(&mut sensor.connect()).is_ok());
    assert!(status(&mut client).unwrap_err().words.contains("revoked"));
    let early: Result<RenewReply, Refusal> =
        sensor.connect().ask(wire::path::RENEW, &RenewRequest { csr: KeyPair::new().csr() });
    assert!(early.unwrap_err().words.contains("later"));
}
