//! The sensor's calls of a registration (`docs/registration.md`).

use std::sync::Arc;
use std::time::Duration;

use model::{ErrorCode, PersonalizationCode};
use pairing::{Failed, sensor};
use wire::{
    ConfirmReply, Grant, Hardware, Message, RegistrationRequest, Sealed, SensorConfig, StartReply, decode,
    encode, path,
};

use crate::address::Route;
use crate::client::{Client, refusal};
use crate::clock::Clock;
use crate::identity::{Identity, Request, Rolling, Vault};
use crate::world::random;
use crate::{UplinkError, World};

/// Longest wait for an answer: the platform may be signing.
const WAIT: Duration = Duration::from_secs(30);
/// How often the sealed request is sent when no answer comes: the same bytes, to
/// which the platform gives the same answer.
const TRIES: u32 = 3;

/// Registers this box with the code, and keeps what it becomes in `vault`. The
/// code is not kept.
///
/// # Errors
/// E05 to E08 on the way; **E09** when TLS showed another key than the platform
/// has, with the issuer seen; E11; **E12** wrong digits; E13 to E15 from the
/// platform; E19 when the result cannot be kept (a replacement code helps then).
pub fn register(
    code: &PersonalizationCode,
    route: &Route,
    hardware: &Hardware,
    vault: &Vault,
    world: &Arc<dyn World>,
) -> Result<(Identity, SensorConfig), UplinkError> {
    let clock = Clock::new(Arc::clone(world), vault.rolling()?.good);
    let mut call =
        Call { client: Client::recording(route.clone(), clock.clone(), Arc::clone(world)), seen: Vec::new() };

    let (waiting, start) = sensor::start(code, &random(&**world));
    let reply: StartReply = call.ask(path::START, &start)?;
    let (confirming, confirm) = waiting.confirm(&reply)?;
    let reply: ConfirmReply = call.ask(path::CONFIRM, &confirm)?;
    let offered = confirming.offer(&reply)?;
    let offer = offered.offer().clone();
    clock.learn(offer.time);

    let request = Request::make(&offer.sensor)?;
    let ask = RegistrationRequest { csr: request.csr.clone(), hardware: hardware.clone() };
    let shown = |failed: Failed| match failed {
        Failed::NotTrusted => call.inspected(route),
        other => other.into(),
    };
    let (asking, sealed) = offered.request(&call.seen, &ask).map_err(shown)?;
    let reply: Sealed = call.repeat(path::REQUEST, &sealed)?;
    let Grant { certificate, authorities, nonce, config } = asking.grant(&reply)?;

    let mut identity = Identity {
        platform: route.platform.clone(),
        sensor: offer.sensor,
        name: offer.name,
        key: request.certified(&certificate)?,
        certificate,
        authorities: Vec::new(),
    };
    if !identity.trust(authorities) {
        return Err(UplinkError::platform("the platform named no CA to trust"));
    }
    // The identity last: with it the box is registered.
    vault.keep_rolling(&Rolling { nonce, good: offer.time })?;
    vault.keep_config(&config)?;
    vault.keep_identity(&identity)?;
    Ok((identity, config))
}

/// The line, and every key that TLS showed on it.
struct Call {
    client: Client,
    seen: Vec<[u8; 32]>,
}

impl Call {
    fn ask<Q: Message, A: Message>(&mut self, path: &str, question: &Q) -> Result<A, UplinkError> {
        use crate::client::Line;
        self.client.open()?;
        let key = self.client.seen().map(|seen| seen.key);
        let key = key.ok_or_else(|| {
            UplinkError::new(ErrorCode::NotTrusted, "TLS showed no certificate that can be read")
        })?;
        if !self.seen.contains(&key) {
            self.seen.push(key);
        }
        let answer = self.client.exchange(path, &encode(question), WAIT)?;
        match decode(&answer.body) {
            Ok(message) if answer.status == 200 => Ok(message),
            _ if answer.page.is_some() => Err(refusal(&answer)),
            _ => Err(unsealed(refusal(&answer))),
        }
    }

    /// Sends the same bytes again when the line breaks.
    fn repeat<Q: Message, A: Message>(&mut self, path: &str, question: &Q) -> Result<A, UplinkError> {
        let mut tries = 1;
        loop {
            match self.ask(path, question) {
                Err(error) if tries < TRIES && error.code == ErrorCode::Blocked => tries += 1,
                other => return other,
            }
        }
    }

    fn inspected(&self, route: &Route) -> UplinkError {
        let issuer = self
            .client
            .seen()
            .map_or_else(|| "an unknown issuer".into(), |seen| format!("{:?}", seen.issuer));
        let words = format!(
            "{} showed a certificate issued by {issuer}, which the platform does not have: \
             something on the way opens TLS. The code is not used up.",
            route.platform
        );
        UplinkError::new(ErrorCode::NotTrusted, words)
    }
}

/// Nobody has proved anything when this comes: only E12 is believed, all else is
/// the platform's trouble.
fn unsealed(error: UplinkError) -> UplinkError {
    match error.code {
        ErrorCode::CodeUnknown | ErrorCode::Platform => error,
        code => UplinkError::platform(format!("the answer is {code}, which only a sealed one may say")),
    }
}
