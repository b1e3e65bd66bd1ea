//! Personalization codes: drawn, sealed, tried, locked (`docs/registration.md`).

mod desk;
mod seal;

use std::sync::Arc;

use assets::doc::Stamp;
use model::{CODE_IDS, CODE_SECRETS, PersonalizationCode, Time};
use pairing::CodeKey;

use crate::error::{Error, Result};
use crate::events::{Raise, kind};
use crate::parts::{after, random, random_below};
use crate::platform::Inner;
use crate::registry::{CodeDocument, Tables};
use crate::views::{CodeState, CodeView, Severity};

pub(crate) use desk::{Desk, Step};
pub(crate) use seal::Seal;

/// Wrong tries that lock a code, how long, and how many void it.
const TRIES: u32 = 5;
const LOCKED: u64 = 15 * 60;
const LIFE_TRIES: u32 = 20;

/// Codes that are kept, waiting ones and those shown for the record: far fewer
/// than there are ids.
const MOST: usize = 10_000;

/// How long a code that can no longer be used is shown, and E13 and E14 can be told.
const SHOWN: u64 = 30 * 86_400;

/// Hours a code is good unless said otherwise, and the bounds.
const HOURS: u32 = 336;
const MOST_HOURS: u32 = 720;

impl CodeDocument {
    /// Where it stands.
    pub(crate) fn state(&self, now: Time) -> CodeState {
        if self.void {
            CodeState::Void
        } else if self.used.is_some() {
            CodeState::Used
        } else if self.revoked {
            CodeState::Revoked
        } else if self.until <= now {
            CodeState::Expired
        } else if self.locked > now {
            CodeState::Locked
        } else {
            CodeState::Issued
        }
    }

    /// As people see it.
    pub(crate) fn view(&self, id: u32, now: Time) -> CodeView {
        CodeView {
            id: format!("{id:06}"),
            state: self.state(now),
            made: Stamp(self.made),
            until: Stamp(self.until),
            tries: self.tries,
            replaces: self.replaces,
        }
    }

    /// It can register a sensor, now or when its lock is over.
    fn waits(&self, now: Time) -> bool {
        matches!(self.state(now), CodeState::Issued | CodeState::Locked)
    }

    fn revoke(&mut self) {
        self.revoked = true;
        self.sealed.clear();
    }
}

impl Inner {
    /// Draws a code for a sensor and puts it into the tables; others of the
    /// sensor that wait are revoked.
    pub(crate) fn draw_code(
        &self,
        tables: &mut Tables,
        sensor: &str,
        hours: u32,
        replaces: bool,
    ) -> Result<PersonalizationCode> {
        let hours = if hours == 0 { HOURS } else { hours };
        if hours > MOST_HOURS {
            let words = format!("a code is good for 1 to {MOST_HOURS} hours");
            return Err(Error::invalid("hours", words));
        }
        let (clock, now) = (&*self.clock, self.clock.now());
        revoke_waiting(tables, sensor, now);
        if tables.codes.len() >= MOST {
            return Err(Error::invalid("code", format!("{MOST} codes are kept already: revoke some")));
        }
        let id = loop {
            let id = random_below(clock, CODE_IDS)?;
            if !tables.codes.contains_key(&id) {
                break id;
            }
        };
        let code = PersonalizationCode::new(id, random_below(clock, CODE_SECRETS)?);
        let sealed = self.seal.seal(id, &CodeKey::of(&code), random(clock)?)?;
        let until = after(now, u64::from(hours) * 3_600);
        let document = CodeDocument {
            sensor: sensor.into(),
            sealed,
            made: now,
            until,
            replaces,
            ..CodeDocument::default()
        };
        tables.codes.insert(id, Arc::new(document));
        Ok(code)
    }

    /// Counts a wrong proof at a code.
    pub(crate) fn wrong_try(&self, id: u32) -> Result<()> {
        let now = self.clock.now();
        let void = self.change(|tables| {
            let Some(code) = tables.codes.get_mut(&id) else { return Ok(None) };
            if !code.waits(now) {
                return Ok(None);
            }
            let code = Arc::make_mut(code);
            code.tries += 1;
            code.since_lock += 1;
            if code.since_lock >= TRIES {
                code.since_lock = 0;
                code.locked = after(now, LOCKED);
            }
            if code.tries >= LIFE_TRIES {
                code.void = true;
                code.sealed.clear();
            }
            Ok(code.void.then(|| code.sensor.clone()))
        })?;
        let Some(sensor) = void else { return Ok(()) };
        let tables = self.tables();
        let name = tables.sensors.get(&sensor).map_or(String::new(), |sensor| sensor.name.clone());
        let words = format!(
            "{LIFE_TRIES} wrong tries at the code {id:06}: somebody guesses, or types an old one. It is void; \
             make a new code for {name} under Sensors."
        );
        self.raise(Raise {
            sensor: name,
            subject: format!("{id:06}"),
            ..Raise::new(kind::CODE_VOID, Severity::High, words)
        })
    }

    /// Deletes what is no longer shown, and keys of codes that can no longer be told about.
    pub(crate) fn forget_codes(&self) -> Result<()> {
        let now = self.clock.now();
        let old = |code: &CodeDocument| {
            let ended = code.used.unwrap_or(code.until).min(code.until);
            !code.waits(now) && now.since(ended.max(code.made)) > SHOWN * Time::SECOND
        };
        if !self.tables().codes.values().any(|code| old(code)) {
            return Ok(());
        }
        self.change(|tables| {
            tables.codes.retain(|_, code| !old(code));
            Ok(())
        })
    }
}

/// Takes back the codes of a sensor that wait.
pub(crate) fn revoke_waiting(tables: &mut Tables, sensor: &str, now: Time) {
    for code in tables.codes.values_mut() {
        if code.sensor == sensor
            && !matches!(code.state(now), CodeState::Used | CodeState::Void)
            && !code.revoked
        {
            Arc::make_mut(code).revoke();
        }
    }
}

/// Takes one code of a sensor back.
pub(crate) fn revoke(tables: &mut Tables, sensor: &str, id: &str) -> Result<()> {
    let missing = || Error::Missing { what: "code", id: id.into() };
    let number: u32 = id.parse().map_err(|_| missing())?;
    let code = tables.codes.get_mut(&number).filter(|code| code.sensor == sensor).ok_or_else(missing)?;
    if code.used.is_some() {
        return Err(Error::invalid("code", "it was used: it registers nothing any more"));
    }
    Arc::make_mut(code).revoke();
    Ok(())
}

#[cfg(test)]
mod tests;
