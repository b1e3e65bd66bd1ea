//! Whole exchanges: good ones, wrong digits, and every kind of meddling. What an
//! attacker may do at each position stands in `docs/registration.md`.

use model::{ErrorCode, PersonalizationCode, Time};
use pairing::{CodeKey, Failed, platform, sensor};
use wire::{
    Confirm, ConfirmReply, Grant, Message, Nonce, Offer, Refusal, RegistrationRequest, Sealed, StartReply,
    decode, encode,
};

const TRUE_KEY: [u8; 32] = [0xaa; 32];
const OTHER_KEY: [u8; 32] = [0xbb; 32];

fn code() -> PersonalizationCode {
    PersonalizationCode::new(483_920, 10_293_847)
}

fn offer() -> Offer {
    Offer {
        endpoint_keys: vec![[1; 32], TRUE_KEY],
        time: Time(1_700_000_000_000_000_000),
        sensor: "s-1".into(),
        name: "hall 3".into(),
    }
}

fn ask() -> RegistrationRequest {
    RegistrationRequest { csr: b"a certificate request".to_vec(), hardware: Default::default() }
}

fn grant() -> Grant {
    Grant {
        certificate: b"a certificate".to_vec(),
        authorities: vec![b"an authority".to_vec()],
        nonce: Nonce([4; 16]),
        config: Default::default(),
    }
}

/// Both ends with chosen codes, up to the sensor's proof.
fn prove(
    typed: &PersonalizationCode,
    kept: &CodeKey,
    seed: u8,
) -> (sensor::Confirming, platform::Answered, Confirm) {
    let (waiting, start) = sensor::start(typed, &[seed; 32]);
    let (answered, reply) = platform::answer(kept, &start, [seed; 16], &[seed + 100; 32]).unwrap();
    let (confirming, confirm) = waiting.confirm(&reply).unwrap();
    (confirming, answered, confirm)
}

/// Up to the platform's offer.
fn offered(seed: u8) -> (sensor::Confirming, platform::Offered, ConfirmReply) {
    let (confirming, answered, confirm) = prove(&code(), &CodeKey::of(&code()), seed);
    let (offered, reply) = answered.confirm(&confirm).unwrap().offer(&offer());
    (confirming, offered, reply)
}

/// Up to the sensor's request.
fn asked(seed: u8) -> (sensor::Asking, platform::Offered, Sealed) {
    let (confirming, offered, reply) = offered(seed);
    let (asking, sealed) = confirming.offer(&reply).unwrap().request(&[TRUE_KEY], &ask()).unwrap();
    (asking, offered, sealed)
}

#[test]
fn a_good_exchange_ends_in_a_grant() {
    let (asking, offered, sealed) = asked(1);
    let (granting, request) = offered.request(&sealed).unwrap();
    assert_eq!(request, ask());
    assert_eq!(asking.grant(&granting.grant(&grant())), Ok(grant()));
}

#[test]
fn wrong_digits_are_e12_on_both_ends() {
    for wrong in
        [PersonalizationCode::new(483_920, 10_293_848), PersonalizationCode::new(483_921, 10_293_847)]
    {
        let (confirming, answered, confirm) = prove(&wrong, &CodeKey::of(&code()), 1);
        let failed = answered.confirm(&confirm).err().unwrap();
        assert_eq!((failed.code(), &failed), (ErrorCode::CodeUnknown, &Failed::WrongCode));
        // A platform that has not the code and goes on all the same is found too.
        let (_, _, reply) = offered(2);
        assert_eq!(confirming.offer(&reply).err(), Some(Failed::WrongCode));
    }
}

#[test]
fn an_unknown_id_looks_like_a_known_one_with_wrong_digits() {
    let shape = |kept: CodeKey| {
        let (_, start) = sensor::start(&code(), &[1; 32]);
        let (answered, reply) = platform::answer(&kept, &start, [1; 16], &[2; 32]).unwrap();
        let failed = answered.confirm(&Confirm { exchange: [1; 16], proof: [0; 32] }).err();
        (encode(&reply).len(), reply.element[0], failed)
    };
    let wrong = PersonalizationCode::new(483_920, 1);
    assert_eq!(shape(CodeKey::from_bytes([77; 32])), shape(CodeKey::of(&wrong)));
}

#[test]
fn used_expired_and_locked_are_told_to_who_knows_the_digits() {
    for code_of in [ErrorCode::CodeUsed, ErrorCode::CodeExpired, ErrorCode::CodeLocked] {
        let refusal = Refusal { code: code_of, words: "on 3 May".into() };
        let (confirming, answered, confirm) = prove(&code(), &CodeKey::of(&code()), 1);
        let reply = answered.confirm(&confirm).unwrap().refuse(&refusal);
        assert!(!contains(&encode(&reply), b"on 3 May"), "sealed");
        let failed = confirming.offer(&reply).err().unwrap();
        assert_eq!((failed.code(), failed.words()), (code_of, "on 3 May".into()));
    }
    let (asking, offered, sealed) = asked(1);
    let (granting, _) = offered.request(&sealed).unwrap();
    let refusal = Refusal { code: ErrorCode::CodeUsed, words: "just now".into() };
    assert_eq!(asking.grant(&granting.refuse(&refusal)), Err(Failed::Refused(refusal)));
}

/// A man in the middle opens TLS with a certificate of his own and relays every
/// message: the sensor says E09 and has sent nothing but proofs; he has read none
/// of the offer.
#[test]
fn a_relayed_exchange_is_e09() {
    let (confirming, _, reply) = offered(1);
    let relayed = encode(&reply);
    for secret in [&TRUE_KEY[..], b"s-1", b"hall 3"] {
        assert!(!contains(&relayed, secret));
    }
    let offer = confirming.offer(&decode(&relayed).unwrap()).unwrap();
    let failed = offer.request(&[OTHER_KEY], &ask()).err().unwrap();
    assert_eq!((failed.code(), &failed), (ErrorCode::NotTrusted, &Failed::NotTrusted));
    // Nor does it help him to be there on one connection of three.
    for seen in [&[TRUE_KEY, OTHER_KEY, TRUE_KEY][..], &[]] {
        let (confirming, _, reply) = offered(1);
        let failed = confirming.offer(&reply).unwrap().request(seen, &ask()).err();
        assert_eq!(failed, Some(Failed::NotTrusted));
    }
    // The platform counted no try: the proof was right.
}

#[test]
fn the_offer_and_all_that_follows_cannot_be_altered() {
    let (_, _, reply) = offered(1);
    for at in 0..reply.sealed.len() {
        let (confirming, _, mut reply) = offered(1);
        reply.sealed[at] ^= 0x01;
        assert!(matches!(confirming.offer(&reply), Err(Failed::Damaged(_))), "byte {at}");
    }
    for at in 0..32 {
        let (confirming, _, mut reply) = offered(1);
        reply.proof[at] ^= 0x80;
        assert_eq!(confirming.offer(&reply).err(), Some(Failed::WrongCode));
        let (_, answered, mut confirm) = prove(&code(), &CodeKey::of(&code()), 1);
        confirm.proof[at] ^= 0x80;
        assert_eq!(answered.confirm(&confirm).err(), Some(Failed::WrongCode));
    }
    let (_, _, sealed) = asked(1);
    for at in 0..sealed.bytes.len() {
        let (_, offered, mut sealed) = asked(1);
        sealed.bytes[at] ^= 0x01;
        assert!(matches!(offered.request(&sealed), Err(Failed::Damaged(_))), "byte {at}");
    }
}

/// A man in the middle with elements of his own in place of theirs: neither end
/// goes on, and he has one guess.
#[test]
fn exchanged_elements_end_in_e12() {
    let his = PersonalizationCode::new(483_920, 5);
    let (waiting, start) = sensor::start(&code(), &[1; 32]);
    let (_, his_start) = sensor::start(&his, &[2; 32]);
    let (_, his_reply) = platform::answer(&CodeKey::of(&his), &start, [3; 16], &[3; 32]).unwrap();
    let (answered, reply) = platform::answer(&CodeKey::of(&code()), &his_start, [3; 16], &[4; 32]).unwrap();
    let (_, confirm) = waiting.confirm(&his_reply).unwrap();
    assert_eq!(confirm.exchange, reply.exchange);
    assert_eq!(answered.confirm(&confirm).err(), Some(Failed::WrongCode));
}

#[test]
fn an_altered_start_or_reply_ends_in_e12() {
    // Another id, another exchange's name: both are in the transcript.
    let (waiting, mut start) = sensor::start(&code(), &[1; 32]);
    start.id += 1;
    let (answered, reply) = platform::answer(&CodeKey::of(&code()), &start, [1; 16], &[2; 32]).unwrap();
    let (_, confirm) = waiting.confirm(&reply).unwrap();
    assert_eq!(answered.confirm(&confirm).err(), Some(Failed::WrongCode));

    let (waiting, start) = sensor::start(&code(), &[1; 32]);
    let (answered, reply) = platform::answer(&CodeKey::of(&code()), &start, [1; 16], &[2; 32]).unwrap();
    let (_, mut confirm) = waiting.confirm(&StartReply { exchange: [9; 16], ..reply }).unwrap();
    assert!(matches!(prove(&code(), &CodeKey::of(&code()), 1).1.confirm(&confirm), Err(Failed::Damaged(_))));
    confirm.exchange = [1; 16];
    assert_eq!(answered.confirm(&confirm).err(), Some(Failed::WrongCode));
}

#[test]
fn replays_into_another_exchange_fail() {
    let (_, _, old_confirm) = prove(&code(), &CodeKey::of(&code()), 1);
    let (_, answered, now) = prove(&code(), &CodeKey::of(&code()), 2);
    let replayed = Confirm { exchange: now.exchange, ..old_confirm };
    assert_eq!(answered.confirm(&replayed).err(), Some(Failed::WrongCode));

    let (_, _, old_reply) = offered(1);
    let (confirming, _, reply) = offered(2);
    assert_eq!(confirming.offer(&old_reply).err(), Some(Failed::WrongCode));
    let (confirming, ..) = offered(2);
    let mixed = ConfirmReply { proof: reply.proof, sealed: old_reply.sealed };
    assert!(matches!(confirming.offer(&mixed), Err(Failed::Damaged(_))));

    let (_, _, old_request) = asked(1);
    let (_, offered, now) = asked(2);
    let replayed = Sealed { exchange: now.exchange, ..old_request };
    assert!(matches!(offered.request(&replayed), Err(Failed::Damaged(_))));
}

#[test]
fn reflected_and_reordered_messages_fail() {
    // The sensor's own element and its own proof sent back to it.
    let (waiting, start) = sensor::start(&code(), &[1; 32]);
    let mirror = StartReply { exchange: [1; 16], element: start.element };
    assert!(matches!(waiting.confirm(&mirror), Err(Failed::Damaged(_))));
    let (confirming, _, confirm) = prove(&code(), &CodeKey::of(&code()), 1);
    let mirror = ConfirmReply { proof: confirm.proof, sealed: Vec::new() };
    assert_eq!(confirming.offer(&mirror).err(), Some(Failed::WrongCode));

    // The platform's offer in place of a request, the request in place of the
    // grant, the offer in place of the grant.
    let (confirming, offered, reply) = offered(1);
    let sealed_offer = Sealed { exchange: [1; 16], bytes: reply.sealed.clone() };
    assert!(matches!(offered.request(&sealed_offer), Err(Failed::Damaged(_))));
    let (asking, request) = confirming.offer(&reply).unwrap().request(&[TRUE_KEY], &ask()).unwrap();
    assert!(matches!(asking.grant(&request), Err(Failed::Damaged(_))));
    let (asking, ..) = asked(1);
    assert!(matches!(asking.grant(&sealed_offer), Err(Failed::Damaged(_))));
}

/// Every message cut at every byte: refused as a message, or by the exchange.
#[test]
fn truncated_messages_fail() {
    fn cuts<M: Message>(message: &M) -> impl Iterator<Item = M> {
        let bytes = encode(message);
        (0..bytes.len()).filter_map(move |len| decode(&bytes[..len]).ok())
    }
    let (_, start) = sensor::start(&code(), &[1; 32]);
    let (_, reply) = platform::answer(&CodeKey::of(&code()), &start, [1; 16], &[2; 32]).unwrap();
    let (_, _, confirm) = prove(&code(), &CodeKey::of(&code()), 1);
    let (_, _, sealed) = asked(1);
    // An envelope says how long its parts are, so no cut message decodes at all.
    assert_eq!(
        cuts(&start).count() + cuts(&reply).count() + cuts(&confirm).count() + cuts(&sealed).count(),
        0
    );
    // A part cut with its length put right.
    for len in 0..sealed.bytes.len() {
        let (_, offered, sealed) = asked(1);
        let cut = Sealed { exchange: sealed.exchange, bytes: sealed.bytes[..len].to_vec() };
        assert!(matches!(offered.request(&cut), Err(Failed::Damaged(_))));
    }
}

/// Neither end writes the digits, the key kept, or what is derived from them.
#[test]
fn nothing_of_the_code_is_on_the_wire_or_in_debug_output() {
    let kept = CodeKey::of(&code());
    let (_, start) = sensor::start(&code(), &[1; 32]);
    let (_, reply) = platform::answer(&kept, &start, [1; 16], &[2; 32]).unwrap();
    let (_, _, confirm) = prove(&code(), &kept, 1);
    let (_, _, sealed) = asked(1);
    let wire = [encode(&start), encode(&reply), encode(&confirm), encode(&sealed)].concat();
    for secret in [&kept.to_bytes()[..], b"10293847", &10_293_847u32.to_le_bytes(), b"a certificate request"]
    {
        assert!(!contains(&wire, secret));
    }
    assert_eq!(format!("{kept:?}"), "CodeKey(…)");
}

fn contains(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|window| window == what)
}
