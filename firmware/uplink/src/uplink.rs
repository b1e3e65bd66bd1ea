//! The upload: greets, sends what the spool holds in order, tells how the sensor
//! is, renews the certificate.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use model::{ErrorCode, Time};
use spool::{Disk, Fault, Spool, SpoolError};
use wire::{
    Batch, BatchReply, Epoch, Hello, HelloReply, MIN_VERSION, RenewReply, RenewRequest, SpoolStatus,
    Standing, Status, StatusReply, VERSION, path,
};

use crate::backoff::Backoff;
use crate::client::{Credentials, Line, ask};
use crate::clock::Clock;
use crate::identity::{Identity, Request, Rolling, Vault};
use crate::world::random;
use crate::{UplinkError, World};

/// Longest wait for an ordinary answer.
const WAIT: Duration = Duration::from_secs(30);
/// Between looks into an empty spool.
const IDLE: u64 = Time::SECOND / 4;
/// Between greetings while quarantined.
const QUARANTINE: u64 = 60 * Time::SECOND;
/// Between tries to renew a certificate that is still good.
const RENEW_AGAIN: u64 = 3600 * Time::SECOND;
/// The platform may answer so often in a row without taking anything.
const STALLS: u32 = 4;

/// How the line stands: for panel, console and status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Condition {
    /// In short.
    pub phase: Phase,
    /// The last trouble, while it lasts.
    pub error: Option<UplinkError>,
    /// When the platform last took a batch.
    pub acked: Time,
    /// The platform's clock minus ours in nanoseconds, at the last answer.
    pub offset: i64,
    /// Batches the platform refused for good, and why the last.
    pub rejected: (u64, String),
    /// When the certificate ends.
    pub certificate_ends: Time,
    /// Status messages that the platform answered.
    pub told: u64,
}

/// The line in short.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// Not connected.
    #[default]
    Away,
    /// Connected and taken.
    Online,
    /// Another line of this sensor goes on: an operator must choose.
    Quarantined,
    /// Removed by the platform: nothing more is sent.
    Deregistered,
}

/// Gives the status message, or `None` when there is nothing to tell.
pub type OnStatus = Box<dyn FnMut(SpoolStatus) -> Option<Status> + Send>;

/// What an [`Uplink`] works with.
pub struct Parts<L: Line, D: Disk> {
    /// The line to the platform.
    pub line: L,
    /// What is to be sent.
    pub spool: Arc<Mutex<Spool<D>>>,
    /// Where identity and nonce are kept.
    pub vault: Vault,
    /// Who this is; shared with every [`crate::Client`].
    pub credentials: Credentials,
    /// Time and chance.
    pub world: Arc<dyn World>,
    /// The clock for certificates; shared with every [`crate::Client`].
    pub clock: Clock,
    /// Product and version.
    pub version: String,
    /// Asked for the status when it is due.
    pub on_status: OnStatus,
}

/// The upload.
pub struct Uplink<L: Line, D: Disk> {
    parts: Parts<L, D>,
    rolling: Rolling,
    condition: Arc<Mutex<Condition>>,
    backoff: Backoff,
    greeted: bool,
    greet_at: u64,
    status_at: u64,
    renew_at: u64,
    stalls: u32,
}

impl<L: Line, D: Disk> Uplink<L, D> {
    /// Ready to go.
    ///
    /// # Errors
    /// E19.
    pub fn new(parts: Parts<L, D>) -> Result<Uplink<L, D>, UplinkError> {
        let rolling = parts.vault.rolling()?;
        let condition = Arc::default();
        Ok(Uplink {
            parts,
            rolling,
            condition,
            backoff: Backoff::default(),
            greeted: false,
            greet_at: 0,
            status_at: 0,
            renew_at: 0,
            stalls: 0,
        })
    }

    /// How it stands, now and later.
    pub fn condition(&self) -> Arc<Mutex<Condition>> {
        Arc::clone(&self.condition)
    }

    /// The line below: for tests that break it.
    pub fn line_mut(&mut self) -> &mut L {
        &mut self.parts.line
    }

    /// Works until the world ends or the sensor is removed.
    pub fn run(mut self) {
        loop {
            let wait = self.step();
            if self.phase() == Phase::Deregistered || !self.parts.world.wait(wait) {
                return;
            }
        }
    }

    /// One exchange; nanoseconds to wait before the next.
    pub fn step(&mut self) -> u64 {
        match self.work() {
            Ok(wait) => {
                self.backoff.reset();
                self.tell(|condition| condition.error = None);
                wait
            }
            Err(error) => {
                self.greeted = false;
                self.parts.line.close();
                self.tell(|condition| {
                    condition.error = Some(error);
                    if condition.phase == Phase::Online {
                        condition.phase = Phase::Away;
                    }
                });
                self.backoff.next(&*self.parts.world)
            }
        }
    }

    fn work(&mut self) -> Result<u64, UplinkError> {
        if self.phase() == Phase::Deregistered {
            return Ok(QUARANTINE);
        }
        let now = self.parts.world.elapsed();
        // Each connection is greeted: the nonce shows whether there is one of us only.
        self.greeted &= !self.parts.line.open()?;
        if now >= self.renew_at {
            self.renew_if_due(now)?;
            self.greeted &= !self.parts.line.open()?;
        }
        if !self.greeted || (self.phase() == Phase::Quarantined && now >= self.greet_at) {
            return self.greet();
        }
        if now >= self.status_at {
            self.status(now)?;
        }
        if self.phase() == Phase::Quarantined { Ok(IDLE) } else { self.send() }
    }

    fn greet(&mut self) -> Result<u64, UplinkError> {
        let (epoch, next) = {
            let spool = self.spool();
            (spool.epoch(), spool.next())
        };
        let hello = Hello {
            epoch,
            next,
            nonce: self.rolling.nonce,
            version: self.parts.version.clone(),
            speaks: [MIN_VERSION, VERSION],
        };
        let reply: HelloReply = self.ask(path::HELLO, &hello)?;
        self.learn(reply.time);
        // Kept before it is shown: who shows an older one is taken for a copy.
        self.rolling.nonce = reply.nonce;
        self.parts.vault.keep_rolling(&self.rolling)?;
        if !reply.authorities.is_empty() {
            let mut identity = Identity::clone(&self.identity());
            if identity.trust(reply.authorities) {
                self.parts.vault.keep_identity(&identity)?;
                self.renewed(identity);
            }
        }
        self.greeted = true;
        self.greet_at = self.parts.world.elapsed() + QUARANTINE;
        match reply.standing {
            Standing::Continue { next, mark } => {
                self.tell(|condition| condition.phase = Phase::Online);
                let wanted = self.spool().want(next, mark);
                match wanted {
                    Err(SpoolError { fault: Fault::Ahead | Fault::Forked, .. }) => self.new_epoch(),
                    other => Ok(other.map(|()| 0)?),
                }
            }
            Standing::NewEpoch => self.new_epoch(),
            Standing::Quarantined => {
                self.tell(|condition| condition.phase = Phase::Quarantined);
                Ok(0)
            }
            Standing::Deregistered => {
                self.parts.vault.forget()?;
                self.parts.line.close();
                self.tell(|condition| condition.phase = Phase::Deregistered);
                Ok(QUARANTINE)
            }
        }
    }

    fn send(&mut self) -> Result<u64, UplinkError> {
        let (epoch, item) = {
            let mut spool = self.spool();
            (spool.epoch(), spool.peek()?)
        };
        let Some(item) = item else { return Ok(IDLE) };
        let (first, last) = (item.first, item.last);
        let reply = self.ask(path::BATCH, &Batch { epoch, first, last, content: item.content })?;
        match reply {
            BatchReply::Taken { next } if next == last + 1 => {
                let now = self.parts.world.now();
                self.tell(|condition| condition.acked = now);
            }
            BatchReply::Rejected { next, words } if next == last + 1 => {
                self.tell(|condition| condition.rejected = (condition.rejected.0 + 1, words));
            }
            // Whatever else it says: a greeting tells where the line stands, and
            // whether it is ours.
            _ => {
                self.stall("does not take what it asks for")?;
                self.greeted = false;
                return Ok(0);
            }
        }
        self.stalls = 0;
        self.spool().ack(last)?;
        Ok(0)
    }

    fn new_epoch(&mut self) -> Result<u64, UplinkError> {
        self.stall("refuses every new line of batches")?;
        let epoch = Epoch(random(&*self.parts.world));
        self.spool().renumber(epoch)?;
        self.greeted = false;
        Ok(0)
    }

    /// Answers that lead nowhere end in a wait, not in a loop.
    fn stall(&mut self, what: &str) -> Result<(), UplinkError> {
        self.stalls += 1;
        if self.stalls < STALLS {
            return Ok(());
        }
        self.stalls = 0;
        Err(UplinkError::platform(format!("the platform {what}")))
    }

    fn status(&mut self, now: u64) -> Result<(), UplinkError> {
        let spool = self.spool().status();
        self.status_at = now + 5 * Time::SECOND;
        let Some(status) = (self.parts.on_status)(spool) else { return Ok(()) };
        let reply: StatusReply = self.ask(path::STATUS, &status)?;
        self.learn(reply.time);
        self.tell(|condition| condition.told += 1);
        self.status_at = now + u64::from(reply.again.clamp(1, 3600)) * Time::SECOND;
        Ok(())
    }

    fn renew_if_due(&mut self, now: u64) -> Result<(), UplinkError> {
        let (identity, clock) = (self.identity(), self.parts.clock.now());
        let [_, ends] = identity.good();
        self.tell(|condition| condition.certificate_ends = ends);
        self.renew_at = now + 60 * Time::SECOND;
        if clock < identity.renew_at() {
            return Ok(());
        }
        match self.renew(&identity) {
            // One that is over may only renew: nothing else is to be tried.
            Err(error) if clock >= ends => Err(error),
            // One that is still good goes on, and tries again later.
            Err(error) => {
                self.renew_at = now + RENEW_AGAIN;
                self.tell(|condition| condition.error = Some(error));
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    fn renew(&mut self, identity: &Identity) -> Result<(), UplinkError> {
        let request = Request::make(&identity.sensor)?;
        let reply: RenewReply = self.ask(path::RENEW, &RenewRequest { csr: request.csr.clone() })?;
        let key = request.certified(&reply.certificate)?;
        let mut renewed =
            Identity { key, certificate: reply.certificate, authorities: Vec::new(), ..identity.clone() };
        if !renewed.trust(reply.authorities) {
            return Err(UplinkError::platform("the platform named no CA to trust"));
        }
        self.parts.vault.keep_identity(&renewed)?;
        self.renewed(renewed);
        Ok(())
    }

    /// Speaks as this identity from now on, on a new connection.
    fn renewed(&mut self, identity: Identity) {
        let [_, ends] = identity.good();
        *self.parts.credentials.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(identity);
        self.parts.line.close();
        self.tell(|condition| condition.certificate_ends = ends);
    }

    fn learn(&mut self, time: Time) {
        self.parts.clock.learn(time);
        self.rolling.good = self.rolling.good.max(time);
        let offset = time.0.wrapping_sub(self.parts.world.now().0) as i64;
        self.tell(|condition| condition.offset = offset);
    }

    fn ask<Q: wire::Message, A: wire::Message>(
        &mut self,
        path: &str,
        question: &Q,
    ) -> Result<A, UplinkError> {
        let answer = ask(&mut self.parts.line, path, question, WAIT)?;
        answer.ok_or_else(|| {
            UplinkError::new(ErrorCode::Platform, format!("the platform has no answer to {path}"))
        })
    }

    fn identity(&self) -> Arc<Identity> {
        Arc::clone(&self.parts.credentials.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn spool(&self) -> MutexGuard<'_, Spool<D>> {
        self.parts.spool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn phase(&self) -> Phase {
        self.condition.lock().unwrap_or_else(PoisonError::into_inner).phase
    }

    fn tell(&self, change: impl FnOnce(&mut Condition)) {
        change(&mut self.condition.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
