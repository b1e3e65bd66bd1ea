//! Registration: sensor and platform prove to each other that they know one
//! personalization code, over TLS that neither trusts yet (`setup.md` §4,
//! `docs/registration.md`). Complete for both ends.
//!
//! SPAKE2 gives a key from the code; under it both prove themselves (the sensor
//! first), the platform names its true TLS keys, the sensor sends its request,
//! the platform its grant. Every step consumes the one before it, so an exchange
//! cannot be run out of order or twice. Pure: chance and time come from the
//! caller. The messages are [`wire`]'s.
//!
//! ```
//! use model::{PersonalizationCode, Time};
//! use pairing::{CodeKey, platform, sensor};
//!
//! // Made by the platform, shown once; it keeps the derived key only, sealed.
//! let code = PersonalizationCode::new(483_920, 10_293_847);
//! let kept: [u8; 32] = CodeKey::of(&code).to_bytes();
//!
//! // Sensor: Start. Seeds are 32 fresh random bytes, used once.
//! let (waiting, start) = sensor::start(&code, &[1; 32]);
//! // Platform: StartReply. `start.id` finds the key; an unknown id takes
//! // CodeKey::from_bytes(32 random bytes) and goes on as if nothing were.
//! let (answered, reply) = platform::answer(&CodeKey::from_bytes(kept), &start, [7; 16], &[2; 32])?;
//! // Sensor: Confirm. Until here nothing was said that depends on the digits.
//! let (confirming, confirm) = waiting.confirm(&reply)?;
//! // Platform: an Err here is one wrong try (E12). Used, expired and locked are
//! // told by `proved.refuse`, to who proved the digits only.
//! let proved = answered.confirm(&confirm)?;
//! let endpoint_key = [9; 32]; // SHA-256 of the SubjectPublicKeyInfo that TLS shows
//! let (offered, reply) = proved.offer(&wire::Offer {
//!     endpoint_keys: vec![endpoint_key],
//!     time: Time(0),
//!     sensor: "s-1".into(),
//!     name: "hall 3".into(),
//! });
//! // Sensor: compares what TLS showed (E09), then asks.
//! let offer = confirming.offer(&reply)?;
//! let ask = wire::RegistrationRequest { csr: vec![0x30], hardware: Default::default() };
//! let (asking, sealed) = offer.request(&[endpoint_key], &ask)?;
//! // Platform: signs, grants.
//! let (granting, asked) = offered.request(&sealed)?;
//! assert_eq!(asked, ask);
//! let sealed = granting.grant(&wire::Grant {
//!     certificate: vec![0x30],
//!     authorities: vec![vec![0x30]],
//!     nonce: wire::Nonce([3; 16]),
//!     config: Default::default(),
//! });
//! // Sensor: registered.
//! assert_eq!(asking.grant(&sealed)?.nonce, wire::Nonce([3; 16]));
//! # Ok::<(), pairing::Failed>(())
//! ```
#![no_std]
extern crate alloc;

mod failed;
mod key;
mod keys;
mod pake;
pub mod platform;
mod seal;
pub mod sensor;

pub use failed::Failed;
pub use key::CodeKey;
