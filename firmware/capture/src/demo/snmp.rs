//! SNMP version 1 (RFC 1157): a management station asks what a device is.

use super::scene::{Device, Scene};

/// A value of an answer.
pub(super) enum Value<'a> {
    Text(&'a str),
    Oid(&'a [u8]),
}

/// BER type, length, value; lengths up to 255.
fn ber(kind: u8, value: &[u8]) -> Vec<u8> {
    let mut out = vec![kind];
    match value.len() {
        short @ ..=127 => out.push(short as u8),
        long => out.extend([0x81, long as u8]),
    }
    out.extend(value);
    out
}

fn message(kind: u8, request: u8, bindings: &[u8]) -> Vec<u8> {
    let zero = ber(2, &[0]);
    let pdu = [ber(2, &[request]), zero.clone(), zero.clone(), ber(0x30, bindings)].concat();
    ber(0x30, &[zero, ber(4, b"public"), ber(kind, &pdu)].concat())
}

/// Asks for objects of the system group (1.3.6.1.2.1.1.`n`.0) and gets these values, one at a time.
pub(super) fn ask(scene: &mut Scene, ms: u64, client: &Device, agent: &Device, values: &[(u8, Value<'_>)]) {
    let port = scene.port();
    for (n, (object, value)) in values.iter().enumerate() {
        let oid = ber(6, &[0x2b, 6, 1, 2, 1, 1, *object, 0]);
        let question = message(0xa0, n as u8 + 1, &ber(0x30, &[oid.clone(), ber(5, &[])].concat()));
        let value = match value {
            Value::Text(text) => ber(4, text.as_bytes()),
            Value::Oid(oid) => ber(6, oid),
        };
        let answer = message(0xa2, n as u8 + 1, &ber(0x30, &[oid, value].concat()));
        scene.ask(ms + n as u64 * 30, client, agent, (port, 161), [&question, &answer]);
    }
}
