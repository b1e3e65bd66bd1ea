//! The confirmed commit: a change of the management network is in force, tested,
//! and undone unless somebody confirms it. What is tried is only in memory, so a
//! power cut undoes it too.

use model::{ErrorCode, Time};
use settings::Settings;
use spool::Disk;
use wire::local::{Failed, Say, Step};

use crate::service::{Refused, Service};

/// Seconds after which an unconfirmed change is undone: the old address is asked for on
/// the link again (RFC 5227, up to 7 s) and stands within 120 s.
pub const CONFIRM: u64 = 110;

/// What is being tried.
pub struct Trying {
    /// In force before, and again unless it is confirmed.
    pub old: Settings,
    /// In force now.
    pub next: Settings,
    /// When it is undone ([`uplink::World::elapsed`]).
    until: u64,
}

impl Trying {
    /// Seconds left.
    pub fn left(&self, elapsed: u64) -> u32 {
        self.until.saturating_sub(elapsed).div_ceil(Time::SECOND) as u32
    }
}

impl<D: Disk> Service<D> {
    /// Tries a change out and tells each step of its test. The time to confirm runs
    /// from before the change: an operator who is cut off by it waits no longer.
    pub(crate) fn try_out(
        &self,
        old: Settings,
        next: Settings,
        tell: &mut dyn FnMut(Say),
    ) -> Result<Say, Refused> {
        let until = self.world.elapsed() + self.confirm * Time::SECOND;
        {
            let mut now = self.lock();
            // Another face may have begun since this one was let in.
            if now.trying.is_some() {
                return Err(Failed::plain("another change is being tried", "Keep or undo it first.").into());
            }
            now.trying = Some(Trying { old: old.clone(), next: next.clone(), until });
        }
        let undo = |failed: Failed| -> Refused {
            self.lock().trying = None;
            let _ = self.put_back(&old);
            self.note(&format!("undone: {failed}"));
            failed.into()
        };
        self.net.change(&self.management_port(&next), &next.network()).map_err(undo)?;
        let first = self.walk(&next, &mut |step: Step| tell(Say::Step(step))).map_err(undo)?;
        // An address that another host has is not kept for a moment.
        if let Some(failed) = first.filter(|failed| failed.code == Some(ErrorCode::AddressInUse)) {
            return Err(undo(failed));
        }
        match &self.lock().trying {
            Some(trying) => Ok(Say::Confirm(trying.left(self.world.elapsed()))),
            None => Err(Failed::plain("it was undone while it was tested", "Try again.").into()),
        }
    }
}
