//! Frozen vectors: fixed seeds give these bytes, for ever. The same stand in
//! `docs/registration.md`; whoever writes another end can test it with them.

use model::{ErrorCode, PersonalizationCode, Time};
use pairing::{CodeKey, platform, sensor};
use wire::{Grant, Hardware, Nonce, Offer, Refusal, RegistrationRequest, encode};

/// One line a message: its name and its bytes.
fn line(name: &str, bytes: &[u8]) -> String {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{name} {hex}\n")
}

#[test]
fn a_whole_exchange() {
    let code: PersonalizationCode = PersonalizationCode::new(483_920, 10_293_847);
    let key = CodeKey::of(&code);
    let mut lines = String::new();
    let mut check = |name: &str, bytes: &[u8]| lines += &line(name, bytes);
    check("password", &key.to_bytes());
    let (waiting, start) = sensor::start(&code, &[0x11; 32]);
    check("start", &encode(&start));
    let (answered, reply) = platform::answer(&key, &start, [0x33; 16], &[0x22; 32]).unwrap();
    check("start-reply", &encode(&reply));
    let (confirming, confirm) = waiting.confirm(&reply).unwrap();
    check("confirm", &encode(&confirm));
    let (offered, reply) = answered.confirm(&confirm).unwrap().offer(&Offer {
        endpoint_keys: vec![[0x44; 32]],
        time: Time(1_700_000_000_000_000_000),
        sensor: "s-1".into(),
        name: "hall 3".into(),
    });
    check("confirm-reply", &encode(&reply));
    let ask = RegistrationRequest {
        csr: vec![0x30, 0x00],
        hardware: Hardware {
            version: "stillwatch 1.0".into(),
            cores: 4,
            memory_mib: 8192,
            ..Hardware::default()
        },
    };
    let (asking, request) = confirming.offer(&reply).unwrap().request(&[[0x44; 32]], &ask).unwrap();
    check("request", &encode(&request));
    let (granting, got) = offered.request(&request).unwrap();
    assert_eq!(got, ask);
    let grant = Grant {
        certificate: vec![0x30, 0x01],
        authorities: vec![vec![0x30, 0x02]],
        nonce: Nonce([0x55; 16]),
        config: Default::default(),
    };
    let reply = granting.grant(&grant);
    assert_eq!(asking.grant(&reply), Ok(grant));
    // The first configuration may get more fields within a version of the wire;
    // what is frozen is the key and the place: a refusal in the grant's place.
    let (waiting, start) = sensor::start(&code, &[0x11; 32]);
    let (answered, start_reply) = platform::answer(&key, &start, [0x33; 16], &[0x22; 32]).unwrap();
    let (_, confirm) = waiting.confirm(&start_reply).unwrap();
    let refusal = Refusal { code: ErrorCode::CodeUsed, words: "used".into() };
    check("confirm-reply-refused", &encode(&answered.confirm(&confirm).unwrap().refuse(&refusal)));
    assert_eq!(lines, include_str!("vectors.txt"));
    assert!(include_str!("../../../docs/registration.md").contains(&lines), "the document has other vectors");
}
