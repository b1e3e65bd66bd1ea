//! Batches that are as they should be, and those that are not.

mod support;

use support::{Place, Sensor, report};
use wire::{BatchReply, Refusal, Standing, path};

fn status(sensor: &Sensor, headers: &str, body: &[u8]) -> u16 {
    sensor.connect().post(path::BATCH, headers, body).unwrap().status
}

#[test]
fn the_next_number_is_taken_packed_or_not_and_a_replay_is_not() {
    let place = Place::new();
    let mut sensor = place.sensor("hall 3", &[]);
    let mut client = sensor.connect();
    assert_eq!(sensor.report(&mut client, 0), BatchReply::Greet);
    sensor.hello(&mut client).unwrap();
    assert_eq!(sensor.report(&mut client, 0), BatchReply::Taken { next: 2 });
    let packed = zstd::bulk::compress(&wire::encode(&sensor.batch(2, wire::encode(&report(0)))), 3).unwrap();
    let headers = "Content-Encoding: zstd\r\nContent-Type: application/octet-stream\r\n";
    for expected in [BatchReply::Taken { next: 3 }, BatchReply::Want { next: 3 }] {
        let answer = client.post(path::BATCH, headers, &packed).unwrap();
        assert_eq!(wire::decode::<BatchReply>(&answer.body), Ok(expected));
    }
}

#[test]
fn what_is_malformed_too_large_or_of_another_kind_is_refused_with_words() {
    let place = Place::new();
    let mut sensor = place.sensor("hall 3", &[]);
    sensor.hello(&mut sensor.connect()).unwrap();
    assert_eq!(status(&sensor, "", b""), 400);
    assert_eq!(status(&sensor, "", &[0xff; 100_000]), 400);
    assert_eq!(status(&sensor, "", &wire::encode(&wire::Status::default())), 400);
    assert_eq!(status(&sensor, "Content-Type: text/plain\r\n", b""), 415);
    assert_eq!(status(&sensor, "Content-Encoding: gzip\r\n", b""), 415);
    let bomb = zstd::bulk::compress(&vec![0; wire::MAX_MESSAGE + 1], 3).unwrap();
    assert_eq!(status(&sensor, "Content-Encoding: zstd\r\n", &bomb), 413);
    let mut client = sensor.connect();
    let length = wire::MAX_MESSAGE + 1;
    client
        .send(
            format!("POST {} HTTP/1.1\r\nHost: p\r\nContent-Length: {length}\r\n\r\n", path::BATCH)
                .as_bytes(),
        )
        .unwrap();
    let answer = client.read_answer().unwrap();
    assert_eq!(answer.status, 413, "refused before it is sent");
    let refusal: Refusal = wire::decode(&answer.body).unwrap();
    assert!(refusal.words.contains("16777216"), "{refusal:?}");
    // A message in order whose content is not.
    let BatchReply::Rejected { next: 2, .. } =
        sensor.connect().ask(path::BATCH, &sensor.batch(1, vec![1, 2, 3])).unwrap()
    else {
        panic!()
    };
    assert_eq!(place.running.platform.sensor(&sensor.id).unwrap().lines[0].batches, 1);
}

#[test]
fn a_sensor_speaks_for_its_networks_only() {
    let place = Place::new();
    let cell = place.running.platform.new_network("cell", "test").unwrap().id;
    let (mut one, mut other) = (place.sensor("one", &[]), place.sensor("other", &["cell"]));
    let (mut client, mut second) = (one.connect(), other.connect());
    one.hello(&mut client).unwrap();
    other.hello(&mut second).unwrap();
    let reply = one.report(&mut client, cell);
    assert!(matches!(&reply, BatchReply::Rejected { next: 2, .. }), "{reply:?}");
    assert_eq!(other.report(&mut second, cell), BatchReply::Taken { next: 2 });
    // Its line cannot be written by another either.
    one.epoch = other.epoch;
    one.next = 2;
    assert_eq!(one.report(&mut client, 0), BatchReply::Greet);
}

#[test]
fn two_boxes_with_one_identity_are_told_apart_and_the_newer_waits() {
    let place = Place::new();
    let mut sensor = place.sensor("hall 3", &[]);
    let mut client = sensor.connect();
    sensor.hello(&mut client).unwrap();
    let mut twin = sensor.clone();
    sensor.hello(&mut client).unwrap();
    sensor.hello(&mut client).unwrap();
    let mut second = twin.connect();
    assert_eq!(twin.hello(&mut second), Ok(Standing::NewEpoch));
    assert_eq!(twin.hello(&mut second), Ok(support::BEGIN));
    assert_eq!(twin.report(&mut second, 0), BatchReply::Taken { next: 2 });
    assert_eq!(sensor.report(&mut client, 0), BatchReply::Taken { next: 2 });
    assert_eq!(twin.report(&mut second, 0), BatchReply::Greet);
    assert_eq!(twin.hello(&mut second), Ok(Standing::Quarantined));
    let lines = place.running.platform.sensor(&sensor.id).unwrap().lines;
    let quarantined = lines.iter().find(|line| line.quarantined).unwrap();
    place.running.platform.choose_line(&sensor.id, &quarantined.epoch, "test").unwrap();
    assert!(matches!(twin.hello(&mut second), Ok(Standing::Continue { next: 2, .. })));
    assert_eq!(twin.report(&mut second, 0), BatchReply::Taken { next: 3 });
    assert_eq!(sensor.report(&mut client, 0), BatchReply::Greet);
}
