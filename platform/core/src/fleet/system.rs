//! What an appliance says of its own system: cut to bounds, kept, and looked through for
//! what somebody should know.

use assets::doc::Stamp;
use model::Time;
use serde::{Deserialize, Serialize};
use wire::{Crash, System, SystemReply, UpdateState};

use crate::error::Result;
use crate::events::{Raise, kind};
use crate::platform::Platform;
use crate::sensor_endpoint::Caller;
use crate::views::{CrashView, Severity, SystemView, UpdateView};

/// Bounds of what is kept: it comes from outside.
const MOST_CRASHES: usize = 16;
const MOST_NAME: usize = 64;
const MOST_WORDS: usize = 1_024;
/// Progress of a transfer is written down by hundredths, so many at a time.
const PROGRESS: u64 = 5;

/// The last that an appliance said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct SystemDocument {
    /// When it came first as it is.
    pub(crate) at: Time,
    /// What it said.
    pub(crate) system: System,
}

impl SystemDocument {
    /// As people see it.
    pub(crate) fn view(&self) -> SystemView {
        let system = &self.system;
        let (state, version, words) = match &system.update {
            UpdateState::None => ("none", "", String::new()),
            UpdateState::Fetching { version, done, size } => {
                let words = format!("{} %", done.saturating_mul(100) / (*size).max(1));
                ("fetching", version.as_str(), words)
            }
            UpdateState::Installed { version } => ("installed", version.as_str(), String::new()),
            UpdateState::Trial { version } => ("trial", version.as_str(), String::new()),
            UpdateState::Good { version } => ("good", version.as_str(), String::new()),
            UpdateState::Refused { version, code, words } => {
                ("refused", version.as_str(), format!("{code}: {words}"))
            }
            UpdateState::RolledBack { version, words } => ("rolled_back", version.as_str(), words.clone()),
        };
        let crash = |crash: &Crash| CrashView {
            part: crash.part.clone(),
            at: Stamp(crash.at),
            words: crash.words.clone(),
        };
        SystemView {
            board: system.board.clone(),
            version: system.version.clone(),
            slot: system.slot.clone(),
            update: UpdateView { state, version: version.into(), words },
            restart: system.restart.clone(),
            started: Some(system.started).filter(|started| *started != Time(0)).map(Stamp),
            ended: system.ended.clone(),
            crashes: system.crashes.iter().rev().map(crash).collect(),
            told: Stamp(self.at),
        }
    }
}

impl Platform {
    /// An appliance tells of its system; the answer is what it may install now. It counts as
    /// no contact: the part that tells this runs also when the sensor beside it does not.
    ///
    /// # Errors
    /// [`crate::Error::Denied`] when its certificate is over; when the store fails.
    pub fn system(&self, caller: &Caller, mut system: System) -> Result<SystemReply> {
        let inner = self.inner();
        bound(&mut system);
        let tables = inner.tables();
        let name = inner.able(&tables, caller)?.name.clone();
        let before = tables.systems.get(&caller.sensor);
        if before.is_none_or(|before| is_news(&before.system, &system)) {
            let document = SystemDocument { at: inner.clock.now(), system: system.clone() };
            let raises = raises(before.map(|before| &before.system), &system);
            let own = |raise: Raise| Raise {
                sensor: name.clone(),
                subject: format!("{} {}", caller.sensor, raise.subject),
                ..raise
            };
            inner.change(|tables| {
                // It may have been removed while this one waited.
                tables.sensor(&caller.sensor)?;
                tables.systems.insert(caller.sensor.clone(), document.into());
                Ok(())
            })?;
            inner.raise_all(raises.into_iter().map(own).collect())?;
        }
        self.roll()?;
        Ok(SystemReply { offer: inner.offer(&inner.tables(), &caller.sensor) })
    }
}

/// Not only a few more bytes of a transfer.
fn is_news(old: &System, new: &System) -> bool {
    let hundredths = |update: &UpdateState| match update {
        UpdateState::Fetching { done, size, .. } => done.saturating_mul(100) / (*size).max(1) / PROGRESS,
        _ => 0,
    };
    let level = |system: &System| {
        let mut level = system.clone();
        if let UpdateState::Fetching { done, .. } = &mut level.update {
            *done = 0;
        }
        level
    };
    level(old) != level(new) || hundredths(&old.update) != hundredths(&new.update)
}

/// What this tells that the one before did not. Subjects are of the sensor.
fn raises(old: Option<&System>, new: &System) -> Vec<Raise> {
    let mut out = Vec::new();
    let mut raise = |kind: &'static str, severity, subject: &str, words: String| {
        out.push(Raise { subject: subject.into(), ..Raise::new(kind, severity, words) });
    };
    if old.is_none_or(|old| old.update != new.update) {
        match &new.update {
            UpdateState::RolledBack { version, words } => {
                let words =
                    format!("The update to {version} did not work, {} runs again: {words}", new.version);
                raise(kind::UPDATE_ROLLED_BACK, Severity::High, version, words);
            }
            UpdateState::Refused { version, code, words } => {
                let words = format!("The update to {version} was refused ({code}): {words}");
                raise(kind::UPDATE_REFUSED, Severity::Medium, version, words);
            }
            _ => {}
        }
    }
    if !new.restart.is_empty() && old.is_none_or(|old| old.restart != new.restart) {
        raise(kind::REBOOT_REQUIRED, Severity::Low, "", format!("A restart is needed: {}", new.restart));
    }
    let started = old.is_none_or(|old| old.started != new.started || old.ended != new.ended);
    if !new.ended.is_empty() && started {
        let words = format!("It started again without being told to: {}", new.ended);
        raise(kind::UNEXPECTED_RESTART, Severity::Medium, "", words);
    }
    let known: &[Crash] = old.map_or(&[], |old| &old.crashes);
    for crash in new.crashes.iter().filter(|crash| !known.contains(crash)) {
        let words =
            format!("The part {:?} ended by itself and was started again: {}", crash.part, crash.words);
        raise(kind::PART_CRASHED, Severity::Medium, &crash.part, words);
    }
    out
}

/// Cuts to the bounds.
fn bound(system: &mut System) {
    let cut = |text: &mut String, most: usize| {
        let at = (0..=most.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(at);
    };
    let System { board, version, slot, update, restart, started: _, ended, crashes } = system;
    for name in [board, version, slot] {
        cut(name, MOST_NAME);
    }
    for words in [restart, ended] {
        cut(words, MOST_WORDS);
    }
    match update {
        UpdateState::None => {}
        UpdateState::Fetching { version, .. }
        | UpdateState::Installed { version }
        | UpdateState::Trial { version }
        | UpdateState::Good { version } => cut(version, MOST_NAME),
        UpdateState::Refused { version, words, .. } | UpdateState::RolledBack { version, words } => {
            cut(version, MOST_NAME);
            cut(words, MOST_WORDS);
        }
    }
    // The newest are the last.
    crashes.drain(..crashes.len().saturating_sub(MOST_CRASHES));
    for crash in crashes {
        cut(&mut crash.part, MOST_NAME);
        cut(&mut crash.words, MOST_WORDS);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_from_outside_is_cut() {
        let long = "ä".repeat(4_000);
        let crash = |n| Crash { part: long.clone(), at: Time(n), words: long.clone() };
        let mut system = System {
            board: long.clone(),
            version: long.clone(),
            slot: long.clone(),
            update: UpdateState::RolledBack { version: long.clone(), words: long.clone() },
            restart: long.clone(),
            started: Time(1),
            ended: long.clone(),
            crashes: (0..40).map(crash).collect(),
        };
        bound(&mut system);
        assert_eq!((system.board.len(), system.ended.len(), system.crashes.len()), (64, 1_024, 16));
        assert_eq!(system.crashes[15].at, Time(39));
        assert!(serde_json::to_string(&system).unwrap().len() < 25_000);
    }

    #[test]
    fn a_transfer_is_news_by_the_twentieth() {
        let of = |done| System {
            update: UpdateState::Fetching { version: "2.0.0".into(), done, size: 1_000 },
            ..System::default()
        };
        let news = |a, b| is_news(&of(a), &of(b));
        assert!(!news(0, 49) && news(49, 50) && !news(50, 50) && news(0, 1_000));
        let empty =
            System { update: UpdateState::Fetching { version: String::new(), done: 1, size: 0 }, ..of(0) };
        assert!(!is_news(&empty, &empty));
    }
}
