//! Where the last update stands, judged at every start from three things: the record, the version
//! that runs, and the names on the boot partition. Pure.

use model::ErrorCode;
use wire::UpdateState;

use crate::record::{Record, Stage};
use crate::slots::Entry;
use bundle::Version;

/// What follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What everybody is told.
    pub state: UpdateState,
    /// The record as it is to be kept.
    pub record: Option<Record>,
}

/// Judges. `ended` is how the run before this one ended, in words; empty when it was as it should be.
pub fn judge(record: Option<&Record>, running: &Version, entries: &[Entry], ended: &str) -> Verdict {
    let entry = |version: &Version| entries.iter().find(|entry| entry.version == *version);
    let trial = entry(running).is_some_and(|entry| !entry.is_good());
    let version = running.to_string();
    let Some(record) = record else {
        // A record that was lost: what the loader gave up is still there.
        let failed = entries.iter().find(|entry| entry.is_bad() && entry.version > *running);
        let state = match failed {
            _ if trial => UpdateState::Trial { version },
            Some(entry) => rolled_back(&entry.version, given_up(entry, ended)),
            None => UpdateState::None,
        };
        return Verdict { state, record: None };
    };
    let keep = |stage: Stage, words: String| Some(Record { stage, words, ..record.clone() });
    let back = |words: String| Verdict {
        state: rolled_back(&record.version, words.clone()),
        record: keep(Stage::RolledBack, words),
    };
    if record.version == *running {
        return match trial {
            true => Verdict {
                state: UpdateState::Trial { version },
                record: keep(Stage::Installed, String::new()),
            },
            false => {
                Verdict { state: UpdateState::Good { version }, record: keep(Stage::Good, String::new()) }
            }
        };
    }
    match (record.stage, entry(&record.version)) {
        // Words that were found earlier are not lost to a later start.
        (Stage::RolledBack, _) => back(record.words.clone()),
        (Stage::Installing, None) => Verdict {
            state: UpdateState::Refused {
                version: record.version.to_string(),
                code: ErrorCode::UpdateFailed,
                words: format!("the installation of {} was cut short; {running} goes on", record.version),
            },
            record: Some(record.clone()),
        },
        (_, None) => back(format!("the file of {} is no longer on the boot partition", record.version)),
        (_, Some(entry)) if entry.is_bad() => back(given_up(entry, ended)),
        (Stage::Good, Some(_)) => back(format!("{running} was chosen in the boot loader's menu")),
        (_, Some(_)) => Verdict {
            state: UpdateState::Installed { version: record.version.to_string() },
            record: keep(Stage::Installed, String::new()),
        },
    }
}

fn rolled_back(version: &Version, words: String) -> UpdateState {
    UpdateState::RolledBack { version: version.to_string(), words }
}

/// Why the loader starts it no more.
fn given_up(entry: &Entry, ended: &str) -> String {
    let version = &entry.version;
    let tried = match entry.started() {
        0 => return format!("{version} was given up"),
        1 => format!("{version} was started once and never came up"),
        times => format!("{version} was started {times} times and never came up"),
    };
    match ended {
        "" => tried,
        ended => format!("{tried}; the last start ended with: {ended}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Origin;
    use model::Time;

    fn record(stage: Stage, words: &str) -> Record {
        Record {
            version: Version::new(1, 2, 4),
            before: Version::new(1, 2, 3),
            origin: Origin::Platform,
            at: Time::new(1_790_000_000, 0),
            stage,
            words: words.into(),
        }
    }

    #[test]
    fn every_way_it_can_stand() {
        use Stage::{Good, Installed, Installing, RolledBack};
        let good = "stillwatch-1.2.3.efi";
        let text = |version: &str| version.to_owned();
        let is_trial = || UpdateState::Trial { version: text("1.2.4") };
        let is_good = || UpdateState::Good { version: text("1.2.4") };
        let installed = || UpdateState::Installed { version: text("1.2.4") };
        let back = |words: &str| UpdateState::RolledBack { version: text("1.2.4"), words: words.into() };
        let never = "1.2.4 was started 3 times and never came up";
        let panicked = "1.2.4 was started 3 times and never came up; the last start ended with: kernel panic";
        // Stage, version that runs, the other names, how the last run ended; state, stage to keep.
        type Case<'a> = (Option<Stage>, &'a str, &'a [&'a str], &'a str, UpdateState, Option<Stage>);
        let cases: &[Case<'_>] = &[
            (None, "1.2.3", &[good], "", UpdateState::None, None),
            (None, "1.2.3", &[], "", UpdateState::None, None),
            (None, "1.2.4", &[good, "stillwatch-1.2.4+2-1.efi"], "", is_trial(), None),
            (None, "1.2.3", &[good, "stillwatch-1.2.4+0-3.efi"], "", back(never), None),
            (Some(Installing), "1.2.3", &[good, "stillwatch-1.2.4+3.efi"], "", installed(), Some(Installed)),
            (Some(Installed), "1.2.3", &[good, "stillwatch-1.2.4+3.efi"], "", installed(), Some(Installed)),
            (Some(Installed), "1.2.4", &[good, "stillwatch-1.2.4+2-1.efi"], "", is_trial(), Some(Installed)),
            (Some(Installing), "1.2.4", &[good, "stillwatch-1.2.4+0-3.efi"], "", is_trial(), Some(Installed)),
            (Some(Installed), "1.2.4", &[good, "stillwatch-1.2.4.efi"], "", is_good(), Some(Good)),
            (Some(Good), "1.2.4", &["stillwatch-1.2.4.efi"], "power", is_good(), Some(Good)),
            (Some(RolledBack), "1.2.4", &[good, "stillwatch-1.2.4.efi"], "", is_good(), Some(Good)),
            (
                Some(Installed),
                "1.2.3",
                &[good, "stillwatch-1.2.4+0-3.efi"],
                "kernel panic",
                back(panicked),
                Some(RolledBack),
            ),
            (
                Some(Installed),
                "1.2.3",
                &[good, "stillwatch-1.2.4+0-1027.efi"],
                "",
                back(never),
                Some(RolledBack),
            ),
            (
                Some(Installed),
                "1.2.3",
                &[good, "stillwatch-1.2.4+0-1.efi"],
                "",
                back("1.2.4 was started once and never came up"),
                Some(RolledBack),
            ),
            (
                Some(RolledBack),
                "1.2.3",
                &[good, "stillwatch-1.2.4+0-3.efi"],
                "later",
                back("kept"),
                Some(RolledBack),
            ),
            (Some(RolledBack), "1.2.3", &[good], "", back("kept"), Some(RolledBack)),
            (
                Some(Good),
                "1.2.3",
                &[good, "stillwatch-1.2.4+0.efi"],
                "",
                back("1.2.4 was given up"),
                Some(RolledBack),
            ),
            (
                Some(Good),
                "1.2.3",
                &[good, "stillwatch-1.2.4.efi"],
                "",
                back("1.2.3 was chosen in the boot loader's menu"),
                Some(RolledBack),
            ),
            (
                Some(Installed),
                "1.2.3",
                &[good],
                "",
                back("the file of 1.2.4 is no longer on the boot partition"),
                Some(RolledBack),
            ),
            (
                Some(Installing),
                "1.2.3",
                &[good],
                "",
                UpdateState::Refused {
                    version: text("1.2.4"),
                    code: ErrorCode::UpdateFailed,
                    words: "the installation of 1.2.4 was cut short; 1.2.3 goes on".into(),
                },
                Some(Installing),
            ),
        ];
        for (stage, running, names, ended, state, kept) in cases {
            let before = stage.map(|stage| record(stage, if stage == RolledBack { "kept" } else { "" }));
            let entries: Vec<Entry> = names.iter().map(|name| Entry::parse(name).unwrap()).collect();
            let running = Version::parse(running).unwrap();
            let verdict = judge(before.as_ref(), &running, &entries, ended);
            assert_eq!(verdict.state, *state, "{stage:?}, {running}, {names:?}");
            assert_eq!(
                verdict.record.as_ref().map(|record| record.stage),
                *kept,
                "{stage:?}, {running}, {names:?}"
            );
            // Judged again, nothing new comes of it.
            if verdict.record.is_some() {
                let again = judge(verdict.record.as_ref(), &running, &entries, "");
                assert_eq!(again, verdict);
            }
        }
    }
}
