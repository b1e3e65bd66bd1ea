//! Text for any terminal: plain ASCII, at most [`WIDTH`] columns, broken at spaces.
//!
//! What comes from the network (a neighbour's name by LLDP, a certificate's
//! subject) may hold anything: only printable ASCII leaves [`plain`], so no escape
//! sequence of somebody else's reaches the operator's terminal.

use model::Time;

/// Columns used. One less than a terminal has: some wrap at the last one by themselves.
pub const WIDTH: usize = 79;

/// Printable ASCII: dashes, quotes and dots of print become those of a typewriter,
/// a tab a space, a control character nothing, all else `?`.
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            ' '..='~' => out.push(c),
            '\t' | '\u{a0}' => out.push(' '),
            '\u{2010}'..='\u{2015}' => out.push('-'),
            '\u{2018}' | '\u{2019}' => out.push('\''),
            '\u{201c}' | '\u{201d}' => out.push('"'),
            '\u{2026}' => out.push_str("..."),
            '\u{2192}' => out.push_str("->"),
            '\u{b7}' => out.push('.'),
            _ if c.is_control() => {}
            _ => out.push('?'),
        }
    }
    out
}

/// Lines of at most `width` columns, broken at spaces, never cut: a word that is
/// longer than a line is broken where the line ends. The lines after the first are
/// set in by `indent` columns. At least one line comes out.
pub fn wrap(text: &str, width: usize, indent: usize) -> Vec<String> {
    let text = plain(text);
    let width = width.max(indent + 8);
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut bare = true;
    // Spaces within a line stand as they were written: columns line up by them.
    for word in text.split_inclusive(' ') {
        let mut word = word;
        if line.len() + word.trim_end().len() > width && !bare {
            lines.push(std::mem::replace(&mut line, " ".repeat(indent)));
            line.truncate(indent);
            bare = true;
        }
        while line.len() + word.trim_end().len() > width {
            let (head, tail) = word.split_at(width - line.len());
            line.push_str(head);
            lines.push(std::mem::replace(&mut line, " ".repeat(indent)));
            word = tail;
        }
        line.push_str(word);
        bare &= word.trim().is_empty();
    }
    if !bare || lines.is_empty() {
        lines.push(line);
    }
    lines.into_iter().map(|line| line.trim_end().into()).collect()
}

/// `3 d 04:12`, `04:12:07`.
pub fn duration(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let (hours, minutes) = (rest / 3_600, rest % 3_600 / 60);
    if days > 0 {
        return format!("{days} d {hours:02}:{minutes:02}");
    }
    format!("{hours:02}:{minutes:02}:{:02}", rest % 60)
}

/// `12 s`, `5 min`, `3 h`, `2 d`: how long ago.
pub fn age(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// `2026-11-26 21:16:05 +02:00`: a moment at so many minutes east of UTC.
pub fn clock((time, east): (Time, i32)) -> String {
    let shift = i64::from(east) * 60;
    let text = Time::new(time.seconds().saturating_add_signed(shift), 0).to_string();
    let zone = match east {
        0 => "UTC".into(),
        _ => {
            let sign = if east < 0 { '-' } else { '+' };
            format!("{sign}{:02}:{:02}", east.unsigned_abs() / 60, east.unsigned_abs() % 60)
        }
    };
    let (date, rest) = text.split_once('T').unwrap_or((&text, ""));
    format!("{date} {} {zone}", rest.get(..8).unwrap_or(rest))
}

/// `2027-03-01`: the day of a moment at so many minutes east of UTC.
pub fn day(time: Time, east: i32) -> String {
    clock((time, east)).split(' ').next().unwrap_or_default().into()
}

/// Bits per second: `0 b/s`, `412 Mb/s`, `9.8 Gb/s`.
pub fn rate(bits: u64) -> String {
    scaled(bits, 1_000, &["b/s", "kb/s", "Mb/s", "Gb/s", "Tb/s"])
}

/// Bytes: `512 B`, `4.1 MiB`.
pub fn bytes(bytes: u64) -> String {
    scaled(bytes, 1_024, &["B", "KiB", "MiB", "GiB", "TiB"])
}

fn scaled(number: u64, step: u64, units: &[&str]) -> String {
    let (mut at, mut unit) = (0, 1u64);
    while at + 1 < units.len() && number / unit >= step {
        at += 1;
        unit *= step;
    }
    let (whole, tenth) = (number / unit, number % unit * 10 / unit);
    let unit = units.get(at).copied().unwrap_or_default();
    if at > 0 && whole < 10 { format!("{whole}.{tenth} {unit}") } else { format!("{whole} {unit}") }
}

/// A link's speed in Mb/s: `1000 Mb/s`, `10 Gb/s`; empty when it is not known.
pub fn speed(megabits: u32) -> String {
    match megabits {
        0 => String::new(),
        _ if megabits >= 10_000 && megabits.is_multiple_of(1_000) => format!("{} Gb/s", megabits / 1_000),
        _ => format!("{megabits} Mb/s"),
    }
}

/// A number with its thousands apart: `61,234`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_printable_ascii_leaves() {
        assert_eq!(plain("a\u{1b}[2Jb\r\n\u{7f}c\u{9b}31m"), "a[2Jbc31m");
        assert_eq!(plain("caf\u{e9} \u{2013} \u{201c}x\u{201d}\u{2026}"), "caf? - \"x\"...");
    }

    #[test]
    fn lines_break_at_spaces_and_lose_nothing() {
        assert_eq!(wrap("", 20, 2), [""]);
        assert_eq!(wrap("one two three four", 9, 0), ["one two", "three", "four"]);
        assert_eq!(wrap("a  b   columns stay", 40, 0), ["a  b   columns stay"]);
        assert_eq!(
            wrap("say abcdefghijklmnopqrs end", 12, 2),
            ["say", "  abcdefghij", "  klmnopqrs", "  end"]
        );
        let long = "x".repeat(10_000);
        assert_eq!(wrap(&long, WIDTH, 4).iter().map(|line| line.trim().len()).sum::<usize>(), 10_000);
    }

    #[test]
    fn numbers_read_well() {
        assert_eq!(duration(273_127), "3 d 03:52");
        assert_eq!(duration(61), "00:01:01");
        assert_eq!([age(5), age(125), age(7_300), age(999_999)], ["5 s", "2 min", "2 h", "11 d"]);
        assert_eq!(clock((Time::new(951_782_400, 0), 0)), "2000-02-29 00:00:00 UTC");
        assert_eq!(clock((Time::new(951_782_400, 0), -330)), "2000-02-28 18:30:00 -05:30");
        assert_eq!([rate(0), rate(412_300_000), rate(9_870_000_000)], ["0 b/s", "412 Mb/s", "9.8 Gb/s"]);
        assert_eq!(bytes(4_300_000), "4.1 MiB");
        assert_eq!([speed(0), speed(1_000), speed(25_000)], ["", "1000 Mb/s", "25 Gb/s"]);
        assert_eq!([grouped(7), grouped(61_234), grouped(1_000_000)], ["7", "61,234", "1,000,000"]);
    }
}
