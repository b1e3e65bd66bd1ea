//! Codes over the real endpoint.

mod support;

use model::{ErrorCode, PersonalizationCode};
use pairing::Failed;
use support::{KeyPair, Place, Sensor, refused, register};

fn wrong(code: &str) -> String {
    let code: PersonalizationCode = code.parse().unwrap();
    PersonalizationCode::new(code.id(), code.secret().wrapping_add(1)).to_string()
}

#[test]
fn a_code_registers_one_box() {
    let place = Place::new();
    let (id, code) = place.code("hall 3", &[]);
    let key = KeyPair::new();
    let grant = register(&mut place.stranger(), &code, &key).unwrap();
    assert_eq!(grant.authorities, place.running.platform.authorities());
    let mut sensor = Sensor::new(&place, &id, key, &grant);
    assert_eq!(sensor.hello(&mut sensor.connect()).unwrap(), support::BEGIN);
    assert_eq!(refused(&place, &code), ErrorCode::CodeUsed);
}

#[test]
fn wrong_locked_expired_and_revoked_codes_are_told_as_such() {
    let place = Place::new();
    let (id, code) = place.code("hall 3", &[]);
    for _ in 0..5 {
        assert_eq!(refused(&place, &wrong(&code)), ErrorCode::CodeUnknown);
    }
    assert_eq!(refused(&place, &code), ErrorCode::CodeLocked);
    place.clock.set(15 * 60 + 1);
    place.clock.set(15 * 86_400);
    assert_eq!(refused(&place, &code), ErrorCode::CodeExpired);
    let code = place.running.platform.new_code(&id, 1, "test").unwrap();
    place.running.platform.revoke_code(&id, &code[..7].replace('-', ""), "test").unwrap();
    assert_eq!(refused(&place, &code), ErrorCode::CodeUnknown);
    let code = place.running.platform.new_code(&id, 1, "test").unwrap();
    assert!(register(&mut place.stranger(), &code, &KeyPair::new()).is_ok());
}

#[test]
fn a_relay_is_found_out_and_costs_no_try() {
    let place = Place::new();
    let (id, code) = place.code("hall 3", &[]);
    let mut client = place.stranger();
    let (waiting, start) = pairing::sensor::start(&code.parse().unwrap(), &[7; 32]);
    let reply = client.ask(wire::path::START, &start).unwrap();
    let (confirming, confirm) = waiting.confirm(&reply).unwrap();
    let reply: wire::ConfirmReply = client.ask(wire::path::CONFIRM, &confirm).unwrap();
    let offered = confirming.offer(&reply).unwrap();
    // The relay has a key of its own.
    let ask = wire::RegistrationRequest { csr: KeyPair::new().csr(), hardware: Default::default() };
    assert!(matches!(offered.request(&[[9; 32]], &ask), Err(Failed::NotTrusted)));
    let codes = place.running.platform.sensor(&id).unwrap().codes;
    assert_eq!(codes[0].tries, 0);
    // A replayed proof is worth nothing.
    let again: Result<wire::ConfirmReply, _> = client.ask(wire::path::CONFIRM, &confirm);
    assert_eq!(again.unwrap_err().code, ErrorCode::Platform);
}

#[test]
fn guessers_are_slowed_down_with_a_time_to_wait() {
    let place = Place::new();
    let nobody = PersonalizationCode::new(1, 2).to_string();
    for _ in 0..10 {
        assert_eq!(refused(&place, &nobody), ErrorCode::CodeUnknown);
    }
    let (_, start) = pairing::sensor::start(&nobody.parse().unwrap(), &[7; 32]);
    let answer = place.stranger().post(wire::path::START, "", &wire::encode(&start)).unwrap();
    assert_eq!(answer.status, 429);
    assert!(answer.head.contains("retry-after: "), "{}", answer.head);
}
