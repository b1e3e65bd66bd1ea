//! Long-polls, and those who are slow.

mod support;

use std::io::Write;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use support::{Client, Place};
use wire::{SensorConfig, Status, StatusReply, WaitConfig, path};

#[test]
fn a_change_wakes_who_waits() {
    let place = Place::new();
    let sensor = place.sensor("hall 3", &[]);
    let mut client = sensor.connect();
    let first: SensorConfig = client.ask(path::CONFIG, &WaitConfig { have: 0, wait: 25 }).unwrap();
    let same = wire::encode(&WaitConfig { have: first.version, wait: 0 });
    assert_eq!(client.post(path::CONFIG, "", &same).unwrap().status, 204);
    let wait = wire::encode(&WaitConfig { have: first.version, wait: 25 });
    let head = format!("POST {} HTTP/1.1\r\nHost: p\r\nContent-Length: {}\r\n\r\n", path::CONFIG, wait.len());
    client.send(&[head.as_bytes(), &wait].concat()).unwrap();
    // Something that is no change for this sensor wakes nobody.
    place.running.platform.new_network("lab", "test").unwrap();
    let begun = Instant::now();
    place.running.platform.pause(&sensor.id, true, "test").unwrap();
    let answer = client.read_answer().unwrap();
    let took = begun.elapsed();
    eprintln!("woken after {took:?}");
    let second: SensorConfig = wire::decode(&answer.body).unwrap();
    assert!(second.paused && second.version > first.version);
    assert!(took < Duration::from_secs(5), "the wait itself is 25 s: {took:?}");
}

#[test]
fn who_is_slow_keeps_nobody_waiting() {
    let place = Place::new();
    let sensor = place.sensor("hall 3", &[]);
    let address = place.running.sensor_address;
    // Says nothing; begins TLS and stops.
    let mut silent: Vec<TcpStream> = (0..40).map(|_| TcpStream::connect(address).unwrap()).collect();
    for stream in silent.iter_mut().skip(20) {
        stream.write_all(&[0x16, 0x03, 0x01, 0x02, 0x00, 0x01]).unwrap();
    }
    // Half a header; a large batch that never ends.
    let mut held: Vec<Client> = Vec::new();
    for at in 0..40 {
        let mut client = sensor.connect();
        let rest = if at % 2 == 0 { "" } else { "Content-Length: 16000000\r\n\r\nSW" };
        client.send(format!("POST {} HTTP/1.1\r\nHost: p\r\n{rest}", path::BATCH).as_bytes()).unwrap();
        held.push(client);
    }
    let begun = Instant::now();
    let reply: StatusReply = sensor.connect().ask(path::STATUS, &Status::default()).unwrap();
    assert!(reply.again > 0);
    assert!(begun.elapsed() < Duration::from_secs(9), "before the slow ones time out: {:?}", begun.elapsed());
}

#[test]
fn stopping_ends_those_who_wait() {
    let place = Place::new();
    let sensor = place.sensor("hall 3", &[]);
    let mut client = sensor.connect();
    let first: SensorConfig = client.ask(path::CONFIG, &WaitConfig { have: 0, wait: 25 }).unwrap();
    let wait = wire::encode(&WaitConfig { have: first.version, wait: 50 });
    let head = format!("POST {} HTTP/1.1\r\nHost: p\r\nContent-Length: {}\r\n\r\n", path::CONFIG, wait.len());
    client.send(&[head.as_bytes(), &wait].concat()).unwrap();
    let begun = Instant::now();
    place.running.stop();
    assert!(client.read_answer().is_err());
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}
