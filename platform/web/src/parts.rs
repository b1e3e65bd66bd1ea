//! Small pieces of HTML that many pages show: icons, times, words with an icon.
//!
//! What goes into them is escaped here, so a template may print them as they are.

use std::borrow::Borrow;

use assets::doc::Stamp;
use platform_core::views::{Event, Severity};

use crate::frame::Frame;
use crate::text::{Number, confidence_word, escaped, exact, relative, title};

/// HTML that is ready: printed by templates as it is.
pub type Html = askama::filters::Safe<String>;

/// Marks HTML as ready; whatever stands in it must be escaped already.
pub fn html(text: String) -> Html {
    askama::filters::Safe(text)
}

/// No HTML.
pub fn nothing() -> Html {
    html(String::new())
}

/// How something stands; always shown as icon, word and colour together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing to say.
    #[default]
    Idle,
    /// As it should be.
    Good,
    /// Worth a look.
    Warn,
    /// Act.
    Bad,
}

impl Level {
    /// Its class in the style sheet, and its icon.
    pub fn name(self) -> &'static str {
        match self {
            Level::Idle => "idle",
            Level::Good => "good",
            Level::Warn => "warn",
            Level::Bad => "bad",
        }
    }
}

/// A word with its icon and colour.
pub fn status(level: impl Borrow<Level>, word: &str) -> Html {
    let level = level.borrow();
    html(format!(r#"<span class="status {}">{}{}</span>"#, level.name(), icon(level.name()), escaped(word)))
}

/// Severity of an event.
pub fn severity(severity: &Severity) -> Html {
    match severity {
        Severity::Info => status(Level::Idle, "Info"),
        Severity::Low => status(Level::Idle, "Low"),
        Severity::Medium => status(Level::Warn, "Medium"),
        Severity::High => status(Level::Bad, "High"),
    }
}

/// What an event says; where it sends people to the page of updates, that is a link.
pub fn event_words(event: &Event) -> Html {
    let ours = matches!(event.kind.as_str(), "update_available" | "rollout_stopped" | "rules_refused");
    match event.words.rsplit_once("under Updates").filter(|_| ours) {
        Some((before, after)) => {
            html(format!(r#"{}under <a href="/updates">Updates</a>{}"#, escaped(before), escaped(after)))
        }
        None => html(escaped(&event.words)),
    }
}

/// A time, relative, with the exact one on hover; the script keeps it fresh.
pub fn ago(frame: &Frame, at: &Stamp) -> Html {
    time(&relative(frame.now, at.0), at, " data-relative")
}

/// A time as date and clock; the script turns it into the viewer's zone unless UTC is chosen.
pub fn moment(_frame: &Frame, at: &Stamp) -> Html {
    time(&exact(*at), at, "")
}

/// An optional time, relative; a dash when there is none.
pub fn ago_or_dash(frame: &Frame, at: &Option<Stamp>) -> Html {
    at.as_ref().map_or_else(|| html(r#"<span class="none">never</span>"#.into()), |at| ago(frame, at))
}

fn time(words: &str, at: &Stamp, more: &str) -> Html {
    html(format!(r#"<time datetime="{}" title="{}"{more}>{words}</time>"#, at.0, exact(*at)))
}

/// How sure, in a word; the number on hover.
pub fn confidence(value: &f64) -> Html {
    let word = confidence_word(*value);
    let bars = match word {
        "Certain" => 4,
        "Likely" => 3,
        "Weak" => 2,
        _ => 1,
    };
    let rects: String = (0..4)
        .map(|at| {
            let (x, height, on) = (at * 4, 3 + at * 3, if at < bars { "on" } else { "off" });
            format!(r#"<rect class="{on}" x="{x}" y="{}" width="3" height="{height}"/>"#, 12 - height)
        })
        .collect();
    html(format!(
        r#"<span class="confidence" title="confidence {value:.2}"><svg viewBox="0 0 15 12" aria-hidden="true">{rects}</svg>{word}</span>"#
    ))
}

/// Where a value comes from: `auto`, or `you` with a lock.
pub fn mark(by_person: bool, who: &str) -> Html {
    match by_person {
        true => html(format!(
            r#"<span class="mark you" title="set by {}; stays until cleared">{}you</span>"#,
            escaped(who),
            icon("lock")
        )),
        false => html(r#"<span class="mark" title="decided from what was heard">auto</span>"#.into()),
    }
}

/// A bar of a share; the number stands beside it in text.
pub fn bar(part: impl Number, whole: impl Number) -> Html {
    let (part, whole) = (part.number(), whole.number());
    let width = if whole == 0 { 0.0 } else { (part as f64 * 100.0 / whole as f64).clamp(0.0, 100.0) };
    html(format!(
        r#"<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect class="track" width="100" height="8"/><rect class="fill" width="{width:.1}" height="8"/></svg>"#
    ))
}

/// A line of numbers over time; empty for fewer than two. `words` says it for
/// those who do not see it.
pub fn spark(values: &[u64], words: &str) -> Html {
    if values.len() < 2 {
        return nothing();
    }
    let top = values.iter().copied().max().unwrap_or(0).max(1) as f64;
    let step = 240.0 / (values.len() - 1) as f64;
    let points: Vec<String> = values
        .iter()
        .enumerate()
        .map(|(at, value)| format!("{:.1},{:.1}", at as f64 * step, 38.0 - *value as f64 * 36.0 / top))
        .collect();
    let line = points.join(" ");
    html(format!(
        r#"<svg class="spark" viewBox="0 0 240 40" preserveAspectRatio="none" role="img" aria-label="{}"><polygon points="0,40 {line} 240,40"/><polyline points="{line}"/></svg>"#,
        escaped(words)
    ))
}

/// A category or type as people read it, unknown ones in grey.
pub fn kind(name: &str) -> Html {
    match name {
        "" | "unknown" => html(r#"<span class="none">Unknown</span>"#.into()),
        name => html(escaped(&title(name))),
    }
}

/// An icon of 24 by 24, drawn in the colour of the text.
pub fn icon(name: &str) -> Html {
    let path = match name {
        "home" => "M3 11 12 4l9 7M6 9.5V20h12V9.5",
        "sensors" => {
            "M12 12h.01M8.5 15.5a5 5 0 0 1 0-7M15.5 8.5a5 5 0 0 1 0 7M5.6 18.4a9 9 0 0 1 0-12.8M18.4 5.6a9 9 0 0 1 0 12.8"
        }
        "inventory" => "M4 6h16M4 12h16M4 18h16",
        "traffic" => "M4 8h14l-4-4M20 16H6l4 4",
        "events" => "M6 16V11a6 6 0 0 1 12 0v5l1.5 2h-15zM10 21h4",
        "updates" => "M12 3v11M7.5 9.5 12 14l4.5-4.5M4 16v4.5h16V16",
        "configuration" => "M4 7h9M19 7h1M4 17h1M11 17h9M16 4.5v5M8 14.5v5",
        "settings" => {
            "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2.5V5M12 19v2.5M2.5 12H5M19 12h2.5M5.3 5.3 7 7M17 17l1.7 1.7M5.3 18.7 7 17M17 7l1.7-1.7"
        }
        "help" => {
            "M9 9a3 3 0 1 1 4.2 2.8c-.8.4-1.2 1-1.2 2.2M12 17.5v.01M12 2.5a9.5 9.5 0 1 0 0 19 9.5 9.5 0 0 0 0-19"
        }
        "search" => "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M15.5 15.5 21 21",
        "good" => "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M8 12.3l2.8 2.8L16.2 9",
        "warn" => "M12 3.5 22 20.5H2zM12 10v5M12 17.8v.01",
        "bad" => "M8 3h8l5 5v8l-5 5H8l-5-5V8zM9 9l6 6M15 9l-6 6",
        "idle" => "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16M8.5 12h7",
        "lock" => "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
        "plus" => "M12 5v14M5 12h14",
        "sun" => {
            "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 3v1.5M12 19.5V21M3 12h1.5M19.5 12H21M5.6 5.6l1 1M17.4 17.4l1 1M5.6 18.4l1-1M17.4 6.6l1-1"
        }
        "out" => "M14 4h6v16h-6M4 12h11M11 8l4 4-4 4",
        "up" => "M6 15l6-6 6 6",
        "down" => "M6 9l6 6 6-6",
        _ => "M12 12h.01",
    };
    html(format!(r#"<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="{path}"/></svg>"#))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_into_a_part_is_escaped() {
        assert!(!status(Level::Bad, "<script>").0.contains("<script>"));
        assert!(!mark(true, "\"><script>").0.contains("<script>"));
        assert!(!kind("<b>").0.contains("<b>"));
        assert!(!spark(&[1, 2], "\"><script>").0.contains("<script>"));
    }

    #[test]
    fn events_lead_to_updates_and_nowhere_else() {
        let event = |kind: &str, words: &str| Event {
            number: 1,
            kind: kind.into(),
            severity: Severity::High,
            sensor: String::new(),
            asset: String::new(),
            words: words.into(),
            count: 1,
            first: Stamp(model::Time(0)),
            last: Stamp(model::Time(0)),
        };
        let page = |kind, words| event_words(&event(kind, words)).0;
        let text = page("rollout_stopped", "<b> stopped. Resume it under Updates.");
        assert_eq!(text, r#"&lt;b&gt; stopped. Resume it under <a href="/updates">Updates</a>."#);
        assert!(page("update_available", "Roll it out under Updates.").contains("<a "));
        assert!(!page("new_asset", "New: under Updates").contains("<a "), "a name is no link");
    }

    #[test]
    fn a_word_has_an_icon_and_its_number() {
        assert!(status(Level::Warn, "Paused").0.contains("<svg"));
        assert!(confidence(&0.8).0.contains("Likely") && confidence(&0.8).0.contains("0.80"));
        assert!(spark(&[1], "x").0.is_empty());
    }
}
