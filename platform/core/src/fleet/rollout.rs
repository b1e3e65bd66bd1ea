//! A roll-out: a version goes to one sensor, then to a tenth, then to all of a board, each
//! stage only when everybody of those before runs it and is well. It stops by itself at the
//! first that is not. Pure: what sensors said and the time are given.

use std::collections::BTreeMap;

use model::Time;
use serde::{Deserialize, Serialize};
use wire::UpdateState;

use super::newer;

/// Seconds of silence after which a sensor counts as away.
const AWAY: u64 = 60;
/// Seconds for which a sensor may be away or unwell after an update before that stops all.
const PATIENCE: u64 = 300;
/// Seconds from *installed* to *good*: three tries to start, and some.
const TRIAL: u64 = 1_800;
/// The last stage.
pub(crate) const LAST: u8 = 2;

/// Where a roll-out stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Phase {
    /// Goes on.
    #[default]
    Running,
    /// Held by a person.
    Paused,
    /// Stopped by itself: why.
    Stopped(String),
    /// Ended by a person, or by the next.
    Cancelled,
    /// Everybody has it.
    Done,
}

/// A roll-out, as it is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Rollout {
    /// Board.
    pub(crate) board: String,
    /// Version.
    pub(crate) version: String,
    /// SHA-256 of the bundle.
    pub(crate) sha256: [u8; 32],
    /// Who began it.
    pub(crate) by: String,
    /// When.
    pub(crate) begun: Time,
    /// Sensors that come first, by id; empty: one is chosen.
    pub(crate) first: Vec<String>,
    /// Seconds that sensors of a stage have to be well before the next.
    pub(crate) soak: u64,
    /// 0, 1, 2.
    pub(crate) stage: u8,
    /// Where it stands.
    pub(crate) phase: Phase,
    /// Sensors that it is offered to, by id.
    pub(crate) members: BTreeMap<String, Member>,
}

/// A sensor that it is offered to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Member {
    /// Since which stage.
    pub(crate) stage: u8,
    /// Since when.
    pub(crate) since: Time,
    /// A failure that it told already then: of an earlier try.
    pub(crate) before: Option<String>,
    /// Codes of findings that it had already then.
    pub(crate) codes: Vec<u8>,
    /// When it told first that the version is installed.
    pub(crate) installed: Option<Time>,
    /// Since when it runs it and is well.
    pub(crate) good: Option<Time>,
    /// It runs it.
    pub(crate) runs: bool,
    /// Since when it is away or unwell after it, and why.
    pub(crate) unwell: Option<(Time, String)>,
    /// Why it was given up.
    pub(crate) failed: Option<String>,
}

/// A sensor as it is now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Id.
    pub(crate) id: String,
    /// Name.
    pub(crate) name: String,
    /// Board.
    pub(crate) board: String,
    /// Version that runs.
    pub(crate) version: String,
    /// Its last update.
    pub(crate) update: UpdateState,
    /// Seconds since it was heard.
    pub(crate) silent: u64,
    /// Codes of its findings.
    pub(crate) codes: Vec<u8>,
}

impl Rollout {
    /// Looks at the sensors and goes on: what this changes is all there is to it.
    pub(crate) fn step(&mut self, fleet: &[Seen], now: Time) {
        if self.phase != Phase::Running {
            return;
        }
        self.members.retain(|id, _| fleet.iter().any(|seen| seen.id == *id && seen.board == self.board));
        let mut trouble: Vec<String> = Vec::new();
        for seen in fleet {
            let Some(member) = self.members.get_mut(&seen.id) else { continue };
            if let Some(words) = member.look(seen, &self.version, now) {
                trouble.push(format!("{} {words}", seen.name));
                member.failed = Some(words);
            }
        }
        if !trouble.is_empty() {
            trouble.sort();
            self.phase = Phase::Stopped(trouble.join("; "));
            return;
        }
        loop {
            let full = self.fill(fleet, now);
            if !full || !self.is_through(fleet, now) {
                return;
            }
            if self.stage == LAST {
                self.phase = Phase::Done;
                return;
            }
            self.stage += 1;
        }
    }

    /// Offers it to as many as the stage has places; false when those who could take more
    /// are away.
    fn fill(&mut self, fleet: &[Seen], now: Time) -> bool {
        let mut open: Vec<&Seen> = fleet.iter().filter(|seen| self.wants(seen)).collect();
        // Who is there and well goes first; else by name, so that it does not depend on anything else.
        open.sort_by_key(|seen| (seen.silent >= AWAY, !seen.codes.is_empty(), &seen.name, &seen.id));
        let taken = self.members.values().filter(|member| member.failed.is_none()).count();
        // When all that were named failed, one is chosen as if none had been.
        let named = taken > 0 || open.iter().any(|seen| self.first.contains(&seen.id));
        let named = named && !self.first.is_empty();
        let places = match self.stage {
            0 if named => {
                open.retain(|seen| self.first.contains(&seen.id));
                open.len()
            }
            0 => 1usize.saturating_sub(taken),
            1 => (self.members.len() + open.len()).div_ceil(10).max(taken.min(1) + 1).saturating_sub(taken),
            _ => open.len(),
        };
        // Nobody is a trial who is not there, unless somebody wants it so.
        let wanted = places.min(open.len());
        if self.stage == 1 || (self.stage == 0 && !named) {
            open.retain(|seen| seen.silent < AWAY);
        }
        let full = open.len() >= wanted;
        for seen in open.into_iter().take(places) {
            let member = Member {
                stage: self.stage,
                since: now,
                before: failure(&seen.update, &self.version),
                codes: seen.codes.clone(),
                ..Member::default()
            };
            self.members.insert(seen.id.clone(), member);
        }
        full
    }

    /// It is for this sensor, which does not have it yet. One on which it failed before is
    /// left out unless it is named.
    fn wants(&self, seen: &Seen) -> bool {
        seen.board == self.board
            && newer(&self.version, &seen.version)
            && !self.members.contains_key(&seen.id)
            && (self.first.contains(&seen.id) || failure(&seen.update, &self.version).is_none())
    }

    /// Everybody it was offered to so far has it and is well, for long enough. In the last
    /// stage nobody waits for those who are away and have not begun.
    fn is_through(&self, fleet: &[Seen], now: Time) -> bool {
        let away = |id: &String| fleet.iter().any(|seen| seen.id == *id && seen.silent >= AWAY);
        let mut some = false;
        let through =
            self.members.iter().filter(|(_, member)| member.failed.is_none()).all(|(id, member)| {
                if member.is_proved(self.soak, now) {
                    some = true;
                    return true;
                }
                self.stage == LAST && !member.runs && member.installed.is_none() && away(id)
            });
        through && some
    }

    /// A sensor that tells this of its last update may fetch it now.
    pub(crate) fn offers(&self, id: &str, update: &UpdateState) -> bool {
        let open = matches!(self.phase, Phase::Running | Phase::Done);
        let fails = failure(update, &self.version);
        open && self.members.get(id).is_some_and(|member| {
            member.failed.is_none() && !member.runs && (fails.is_none() || fails == member.before)
        })
    }

    /// Goes on after a pause, or without those that failed.
    pub(crate) fn resume(&mut self, fleet: &[Seen]) {
        self.phase = Phase::Running;
        for seen in fleet {
            let Some(member) = self.members.get_mut(&seen.id) else { continue };
            member.codes.extend(&seen.codes);
            member.codes.sort_unstable();
            member.codes.dedup();
            member.unwell = None;
        }
    }

    /// It can still go on or be resumed.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.phase, Phase::Running | Phase::Paused | Phase::Stopped(_))
    }
}

impl Member {
    /// Takes in how it is; why it stops everything, if it does.
    fn look(&mut self, seen: &Seen, version: &str, now: Time) -> Option<String> {
        if self.failed.is_some() {
            return None;
        }
        match failure(&seen.update, version) {
            // Told before it was offered: not yet of this try.
            Some(words) if self.before.as_ref() == Some(&words) => return None,
            Some(words) => return Some(words),
            None => self.before = None,
        }
        let trial = matches!(seen.update, UpdateState::Trial { .. });
        let runs = !trial && (seen.version == version || newer(&seen.version, version));
        if !runs {
            if self.runs {
                return Some(format!("runs {} again", seen.version));
            }
            let installs = matches!(&seen.update,
                UpdateState::Installed { version: told } | UpdateState::Trial { version: told } if told == version);
            if installs || self.installed.is_some() {
                let since = *self.installed.get_or_insert(now);
                let over = now.since(since) >= TRIAL * Time::SECOND;
                return over.then(|| format!("installed it and is not back after {} min", TRIAL / 60));
            }
            return None;
        }
        self.runs = true;
        let new: Vec<&u8> = seen.codes.iter().filter(|code| !self.codes.contains(code)).collect();
        let trouble = if seen.silent >= AWAY {
            Some("went away after it".to_string())
        } else {
            new.first().map(|code| format!("tells of E{code:02} since"))
        };
        match trouble {
            None => {
                self.unwell = None;
                self.good.get_or_insert(now);
                None
            }
            Some(words) => {
                self.good = None;
                let since = self.unwell.as_ref().map_or(now, |(since, _)| *since);
                self.unwell = Some((since, words.clone()));
                (now.since(since) >= PATIENCE * Time::SECOND).then_some(words)
            }
        }
    }

    /// Well for long enough.
    pub(crate) fn is_proved(&self, soak: u64, now: Time) -> bool {
        self.good.is_some_and(|since| now.since(since) >= soak * Time::SECOND)
    }
}

/// Why this version did not work there, if it did not.
fn failure(update: &UpdateState, version: &str) -> Option<String> {
    match update {
        UpdateState::RolledBack { version: tried, words } if tried == version => {
            Some(format!("went back to the version before: {words}"))
        }
        UpdateState::Refused { version: tried, words, .. } if tried == version || tried.is_empty() => {
            Some(format!("refused it: {words}"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
