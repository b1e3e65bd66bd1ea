//! How a sensor is doing, in a word and at most a few sentences, worst first.
//! What the sensor found itself comes with its code and remedy.

use model::Time;
use platform_core::views::{SensorState, SensorView};

use crate::parts::Level;
use crate::text::{relative, share};

/// One sentence: how bad, what is seen, what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// How bad.
    pub level: Level,
    /// What is seen.
    pub words: String,
    /// What to do; may be empty.
    pub cure: String,
}

/// A sensor's verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The worst level.
    pub level: Level,
    /// Its state in a word.
    pub word: &'static str,
    /// Sentences, worst first; never empty.
    pub sentences: Vec<Sentence>,
}

/// Frames lost of all frames, over a sensor's ports.
pub fn loss(sensor: &SensorView) -> [u64; 2] {
    let ports = sensor.status.iter().flat_map(|status| &status.ports);
    ports.fold([0, 0], |[lost, all], port| {
        let here = port.lost[0].saturating_add(port.lost[1]);
        [lost + here, all + port.frames + here]
    })
}

/// Judges.
pub fn verdict(sensor: &SensorView, now: Time) -> Verdict {
    let mut out = Vec::new();
    let mut say = |level, words: String, cure: &str| out.push(Sentence { level, words, cure: cure.into() });
    if sensor.lines.iter().any(|line| line.quarantined) {
        say(
            Level::Bad,
            "Two copies of this sensor report side by side: one of them is held back.".into(),
            "Choose under Lines which one is to go on.",
        );
    }
    match sensor.state {
        SensorState::Unregistered => say(
            Level::Idle,
            "It has not registered yet.".into(),
            "Enter its code on the sensor: stillwatch register CODE.",
        ),
        SensorState::Deregistered => say(Level::Idle, "It was removed; its assets are kept.".into(), ""),
        _ if sensor.offline => {
            let since = sensor.last_contact.map_or("ever since".into(), |at| relative(now, at.0));
            let words = format!("It was heard of last {since}: everything below is from then.");
            say(Level::Bad, words, "Check its power, its management port and the way to the platform.");
        }
        SensorState::Paused => {
            say(Level::Idle, "It is told to pause: nothing is heard.".into(), "Resume it.")
        }
        SensorState::Registered => say(
            Level::Warn,
            "No internal range is configured for it: it keeps what it hears to itself.".into(),
            "Tick heard ranges under Configuration.",
        ),
        SensorState::Sensing => {}
    }
    let told = !matches!(sensor.state, SensorState::Unregistered | SensorState::Deregistered);
    for fact in sensor.status.iter().flat_map(|status| &status.findings).filter(|_| told) {
        match fact.code {
            Some(code) => say(Level::Bad, format!("{code}: {}", fact.words), code.remedy()),
            None => say(Level::Warn, fact.words.clone(), ""),
        }
    }
    let coded = |number: u8| {
        let facts = sensor.status.iter().flat_map(|status| &status.findings);
        facts.into_iter().any(|fact| fact.code.is_some_and(|code| code.number() == number))
    };
    let [lost, all] = loss(sensor);
    if told && lost.saturating_mul(1_000) > all && !coded(18) {
        let level = if lost.saturating_mul(100) > all { Level::Bad } else { Level::Warn };
        say(
            level,
            format!("{} of all frames were lost at the sensor.", share(lost, all)),
            "Mirror less, or move to a larger sensor.",
        );
    }
    if let Some(status) = sensor.status.as_ref().filter(|status| told && status.spool.dropped > 0) {
        let words = format!("{} reports were dropped because the spool was full.", status.spool.dropped);
        say(Level::Warn, words, "The gap is shown under Lines; check how long the platform was away.");
    }
    if out.is_empty() {
        let ports = sensor.status.as_ref().map_or(0, |status| status.ports.len());
        let words = match ports {
            0 => "It is sensing.".to_owned(),
            1 => "Its port is heard and nothing is lost.".to_owned(),
            _ => "All its ports are heard and nothing is lost.".to_owned(),
        };
        out.push(Sentence { level: Level::Good, words, cure: String::new() });
    }
    out.sort_by_key(|sentence| std::cmp::Reverse(sentence.level));
    let level = out.first().map_or(Level::Idle, |first| first.level);
    let word = match sensor.state {
        SensorState::Unregistered => "Waiting",
        SensorState::Deregistered => "Removed",
        _ if sensor.offline => "Offline",
        SensorState::Paused => "Paused",
        SensorState::Registered => "Holding",
        SensorState::Sensing => match level {
            Level::Good | Level::Idle => "Sensing",
            Level::Warn | Level::Bad => "Degraded",
        },
    };
    Verdict { level, word, sentences: out }
}
