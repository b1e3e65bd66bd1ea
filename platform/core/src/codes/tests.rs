//! The life of a code: tried, locked, void, used, over, taken back.

use model::ErrorCode;
use pairing::Failed;

use super::*;
use crate::testing::{Bench, register};
use crate::views::CodeState;

fn code_of(result: std::result::Result<wire::Grant, Failed>) -> ErrorCode {
    match result {
        Ok(_) => panic!("it was granted"),
        Err(failed) => failed.code(),
    }
}

/// The same id, another secret.
fn wrong(code: &str) -> String {
    let code: PersonalizationCode = code.parse().unwrap();
    PersonalizationCode::new(code.id(), (code.secret() + 1) % CODE_SECRETS).to_string()
}

fn state(bench: &Bench, sensor: &str) -> CodeState {
    bench.platform.sensor(sensor).unwrap().codes[0].state
}

#[test]
fn registers_once() {
    let bench = Bench::new();
    let (id, code) = bench.new_sensor("hall 3", &[]);
    assert_eq!(bench.platform.sensor(&id).unwrap().codes[0].id, &code.replace('-', "")[..6]);
    let grant = register(&bench.platform, &code).unwrap();
    assert_eq!(grant.authorities, bench.platform.authorities());
    assert_eq!(grant.config.name, "hall 3");
    assert_eq!(state(&bench, &id), CodeState::Used);
    assert_eq!(code_of(register(&bench.platform, &code)), ErrorCode::CodeUsed);
    assert_eq!(code_of(register(&bench.platform, &wrong(&code))), ErrorCode::CodeUnknown);
    let caller = bench.platform.caller(&grant.certificate).unwrap();
    assert_eq!((caller.sensor, caller.expired), (id, false));
}

#[test]
fn the_digits_are_kept_nowhere() {
    let bench = Bench::new();
    let (_, code) = bench.new_sensor("hall 3", &[]);
    let digits = code.replace('-', "");
    for document in store::Store::documents(&*bench.store, store::Kind::Code).unwrap() {
        assert!(!document.json.contains(&digits[6..14]) && !document.json.contains(&code));
    }
}

#[test]
fn five_wrong_tries_lock_twenty_void() {
    let bench = Bench::new();
    let (id, code) = bench.new_sensor("hall 3", &[]);
    for round in 1..=4 {
        for _ in 0..5 {
            assert_eq!(code_of(register(&bench.platform, &wrong(&code))), ErrorCode::CodeUnknown);
        }
        let view = bench.platform.sensor(&id).unwrap().codes[0].clone();
        assert_eq!(view.tries, round * 5);
        if round < 4 {
            // Told to who knows the digits only.
            assert_eq!(view.state, CodeState::Locked);
            assert_eq!(code_of(register(&bench.platform, &code)), ErrorCode::CodeLocked);
            bench.clock.pass(LOCKED);
            assert_eq!(state(&bench, &id), CodeState::Issued);
        }
    }
    assert_eq!(state(&bench, &id), CodeState::Void);
    assert_eq!(bench.events(), [("code_void".to_string(), 1)]);
    bench.clock.pass(LOCKED);
    assert_eq!(code_of(register(&bench.platform, &code)), ErrorCode::CodeUnknown);
    let again = bench.platform.new_code(&id, 1, "test").unwrap();
    assert!(register(&bench.platform, &again).is_ok());
}

#[test]
fn a_lock_is_over_after_its_time_and_the_right_code_works_then() {
    let bench = Bench::new();
    let (_, code) = bench.new_sensor("hall 3", &[]);
    for _ in 0..5 {
        assert!(register(&bench.platform, &wrong(&code)).is_err());
    }
    bench.clock.pass(LOCKED - 1);
    assert_eq!(code_of(register(&bench.platform, &code)), ErrorCode::CodeLocked);
    bench.clock.pass(1);
    assert!(register(&bench.platform, &code).is_ok());
}

#[test]
fn over_or_taken_back() {
    let bench = Bench::new();
    let (id, code) = bench.new_sensor("hall 3", &[]);
    bench.clock.pass(14 * 86_400);
    assert_eq!(code_of(register(&bench.platform, &code)), ErrorCode::CodeExpired);
    assert_eq!(state(&bench, &id), CodeState::Expired);
    let second = bench.platform.new_code(&id, 1, "test").unwrap();
    let third = bench.platform.new_code(&id, 720, "test").unwrap();
    assert_eq!(code_of(register(&bench.platform, &second)), ErrorCode::CodeUnknown);
    bench.platform.revoke_code(&id, &third[..7].replace('-', ""), "test").unwrap();
    assert_eq!(code_of(register(&bench.platform, &third)), ErrorCode::CodeUnknown);
    assert!(bench.platform.new_code(&id, 721, "test").is_err());
    assert!(matches!(bench.platform.revoke_code(&id, "999999", "x"), Err(Error::Missing { .. })));
    bench.clock.pass(61 * 86_400);
    bench.platform.tick().unwrap();
    assert_eq!(bench.platform.sensor(&id).unwrap().codes, []);
}

#[test]
fn ids_that_do_not_exist_are_answered_alike_and_guessers_are_slowed_down() {
    let bench = Bench::new();
    let nobody = PersonalizationCode::new(1, 2).to_string();
    for _ in 0..10 {
        assert_eq!(code_of(register(&bench.platform, &nobody)), ErrorCode::CodeUnknown);
    }
    let (_, start) = pairing::sensor::start(&nobody.parse().unwrap(), &[1; 32]);
    let refused = bench.platform.register_start(&start, "192.0.2.9");
    assert!(matches!(refused, Err(Error::TooOften(900))), "{refused:?}");
    assert!(bench.platform.register_start(&start, "192.0.2.10").is_ok());
}

#[test]
fn unfinished_exchanges_are_bounded_and_over_in_time() {
    let bench = Bench::new();
    let (_, code) = bench.new_sensor("hall 3", &[]);
    let (waiting, start) = pairing::sensor::start(&code.parse().unwrap(), &[1; 32]);
    let reply = bench.platform.register_start(&start, "192.0.2.1").unwrap();
    for _ in 1..32 {
        bench.platform.register_start(&start, "192.0.2.1").unwrap();
    }
    assert!(matches!(bench.platform.register_start(&start, "192.0.2.1"), Err(Error::TooOften(_))));
    bench.clock.pass(120);
    let (_, confirm) = waiting.confirm(&reply).unwrap();
    let late = bench.platform.register_confirm(&confirm).unwrap_err();
    assert!(late.to_string().contains("begin again"), "{late}");
    assert!(bench.platform.register_start(&start, "192.0.2.1").is_ok());
}

#[test]
fn a_proof_serves_once_and_a_damaged_one_is_no_try() {
    let bench = Bench::new();
    let (id, code) = bench.new_sensor("hall 3", &[]);
    let (waiting, start) = pairing::sensor::start(&code.parse().unwrap(), &[1; 32]);
    let mut bad = start.clone();
    bad.element.truncate(5);
    assert!(bench.platform.register_start(&bad, "a").is_err());
    let reply = bench.platform.register_start(&start, "a").unwrap();
    let (_, confirm) = waiting.confirm(&reply).unwrap();
    assert!(bench.platform.register_confirm(&confirm).is_ok());
    assert!(bench.platform.register_confirm(&confirm).is_err(), "replayed");
    assert_eq!(bench.platform.sensor(&id).unwrap().codes[0].tries, 0);
}

#[test]
fn two_exchanges_with_one_code_give_one_certificate() {
    let bench = Bench::new();
    let (_, code) = bench.new_sensor("hall 3", &[]);
    let begin = |seed: u8| {
        let (waiting, start) = pairing::sensor::start(&code.parse().unwrap(), &[seed; 32]);
        let reply = bench.platform.register_start(&start, "a").unwrap();
        let (confirming, confirm) = waiting.confirm(&reply).unwrap();
        let offered = confirming.offer(&bench.platform.register_confirm(&confirm).unwrap()).unwrap();
        let ask = wire::RegistrationRequest { csr: crate::testing::csr(), hardware: Default::default() };
        offered.request(&[[5; 32]], &ask).unwrap()
    };
    let ((one, first), (two, second)) = (begin(1), begin(2));
    assert!(one.grant(&bench.platform.register_request(&first).unwrap()).is_ok());
    let refused = two.grant(&bench.platform.register_request(&second).unwrap());
    assert_eq!(code_of(refused), ErrorCode::CodeUsed);
}

#[test]
fn nothing_is_used_up_when_the_disk_is_full() {
    let bench = Bench::new();
    let (id, code) = bench.new_sensor("hall 3", &[]);
    let (waiting, start) = pairing::sensor::start(&code.parse().unwrap(), &[1; 32]);
    let reply = bench.platform.register_start(&start, "a").unwrap();
    let (confirming, confirm) = waiting.confirm(&reply).unwrap();
    let offered = confirming.offer(&bench.platform.register_confirm(&confirm).unwrap()).unwrap();
    let ask = wire::RegistrationRequest { csr: crate::testing::csr(), hardware: Default::default() };
    let (_, sealed) = offered.request(&[[5; 32]], &ask).unwrap();
    bench.store.full.store(true, std::sync::atomic::Ordering::SeqCst);
    assert!(matches!(bench.platform.register_request(&sealed), Err(Error::Store(_))));
    bench.store.full.store(false, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(state(&bench, &id), CodeState::Issued);
    assert!(register(&bench.platform, &code).is_ok());
}
