//! What is asked of one value.

use std::net::IpAddr;

use model::{Mac, Time};
use regex_lite::Regex;
use zones::Range;

use crate::{Column, Row, Value};

/// A question to one value.
#[derive(Clone, Debug)]
pub enum Test {
    /// Contains this, which is in lower case.
    Contains(String),
    /// Is this, in any case.
    Is(String),
    /// Is this word, in any case; `-`, `_` and blanks are the same.
    IsWord(String),
    /// `*` stands for anything, `?` for one character; in lower case.
    Glob(Vec<char>),
    /// Matches somewhere.
    Regex(Regex),
    /// Lies in this range.
    Within(Range),
    /// The address as text begins like this.
    Begins(String),
    /// Lies between these, both included.
    Number(f64, f64),
    /// Is at or after the first and before the second.
    Between(Time, Time),
    /// Was at least and at most so many nanoseconds ago.
    Ago(u64, u64),
}

impl Test {
    /// Whether it holds of a value.
    pub fn holds(&self, value: &Value<'_>, now: Time) -> bool {
        match (self, value) {
            (Test::Contains(part), Value::Text(text)) => contains(text, part),
            (Test::Is(whole), Value::Text(text)) => same(text, whole),
            (Test::IsWord(word), _) => is_word(value, word),
            (Test::Glob(pattern), Value::Text(text)) => glob(pattern, text),
            (Test::Glob(pattern), Value::Address(ip)) => glob(pattern, &ip.to_string()),
            (Test::Regex(regex), Value::Text(text)) => regex.is_match(text),
            (Test::Regex(regex), Value::Address(ip)) => regex.is_match(&ip.to_string()),
            (Test::Within(range), Value::Address(ip)) => range.contains(*ip),
            (Test::Begins(text), Value::Address(ip)) => ip.to_string().starts_with(text.as_str()),
            (Test::Number(low, high), Value::Number(number)) => (*low..=*high).contains(number),
            (Test::Between(from, until), Value::Time(time)) => from <= time && time < until,
            (Test::Ago(least, most), Value::Time(time)) => (*least..=*most).contains(&now.since(*time)),
            _ => false,
        }
    }
}

/// Whether a value is this word.
pub fn is_word(value: &Value<'_>, word: &str) -> bool {
    let Value::Text(text) = value else { return false };
    let plain = |c: char| if matches!(c, '_' | ' ') { '-' } else { c };
    text.len() == word.len()
        && text.chars().map(plain).zip(word.chars().map(plain)).all(|(a, b)| a.eq_ignore_ascii_case(&b))
        || same(text, word)
}

fn same(text: &str, other: &str) -> bool {
    text.eq_ignore_ascii_case(other) || (!text.is_ascii() && text.to_lowercase() == other.to_lowercase())
}

/// `part` is in lower case.
fn contains(text: &str, part: &str) -> bool {
    if !text.is_ascii() || !part.is_ascii() {
        return text.to_lowercase().contains(part);
    }
    part.is_empty()
        || text.as_bytes().windows(part.len()).any(|window| window.eq_ignore_ascii_case(part.as_bytes()))
}

/// Matches the whole text; the pattern is in lower case. Takes length times length steps at most.
fn glob(pattern: &[char], text: &str) -> bool {
    let text: Vec<char> = text.to_lowercase().chars().collect();
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while let Some(here) = text.get(t) {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == '?' || c == here => {
                p += 1;
                t += 1;
            }
            // Let the last star take one character more.
            _ => match &mut star {
                Some((at, taken)) => {
                    *taken += 1;
                    (p, t) = (*at + 1, *taken);
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).is_none_or(|rest| rest.iter().all(|c| *c == '*'))
}

/// A word without a column.
#[derive(Clone, Debug)]
pub enum Word {
    /// Somewhere in the text, in lower case.
    Text(String),
    /// An address or a range of them.
    Range(Range),
}

impl Word {
    /// Reads a word: an address is meant exactly, a MAC in any usual form.
    pub fn new(text: &str, quoted: bool) -> Word {
        match text.parse::<Range>() {
            Ok(range) if !quoted && is_range(text) => Word::Range(range),
            _ => Word::Text(mac(text).unwrap_or_else(|| text.to_lowercase())),
        }
    }

    /// Whether a row has it.
    pub fn is_in(&self, row: &dyn Row) -> bool {
        match self {
            Word::Text(text) => row.text().contains(text.as_str()),
            Word::Range(range) => {
                row.any(Column::Ip, &mut |value| matches!(value, Value::Address(ip) if range.contains(ip)))
            }
        }
    }
}

/// Not a host's name that happens to have a hyphen.
fn is_range(text: &str) -> bool {
    text.split(['/', '-']).next().is_some_and(|first| first.parse::<IpAddr>().is_ok())
}

/// A MAC as it is kept (lower case, colons), from `00-1B-1B-00-00-01`,
/// `001b.1b00.0001` or `001b1b000001`; `None` for anything else.
pub fn mac(text: &str) -> Option<String> {
    if let Ok(mac) = text.parse::<Mac>() {
        return Some(mac.to_string());
    }
    let dotted = text.len() == 14 && text.split('.').all(|part| part.len() == 4);
    if !dotted && text.len() != 12 {
        return None;
    }
    let digits: Vec<u8> =
        text.chars().filter(|c| *c != '.').map(|c| Some(c.to_digit(16)? as u8)).collect::<Option<_>>()?;
    let (pairs, _) = digits.as_chunks::<2>();
    let bytes: Vec<u8> = pairs.iter().map(|[high, low]| high << 4 | low).collect();
    // Twelve digits without a letter are as well a number.
    let sure = dotted || text.contains(|c: char| c.is_ascii_alphabetic());
    Mac::from_slice(&bytes).filter(|_| sure).map(|mac| mac.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs() {
        let matches = |pattern: &str, text: &str| glob(&pattern.chars().collect::<Vec<_>>(), text);
        assert!(matches("lab-*", "LAB-7") && matches("*", "") && matches("a*b*c", "aXbXbc"));
        assert!(matches("h?st", "host") && !matches("h?st", "hst") && !matches("lab-*", "my-lab-7"));
        assert!(!matches("a*b", "a") && !matches("", "a"));
        assert!(!matches(&"a*".repeat(40), &"a".repeat(30)));
    }

    #[test]
    fn parts_and_words() {
        assert!(contains("HP LaserJet", "laser") && contains("x", "") && !contains("ab", "abc"));
        assert!(contains("MÜLLER-PC", "müller"));
        assert!(is_word(&Value::Text("nat-suspect"), "NAT_suspect"));
        assert!(!is_word(&Value::Text("nat-suspect"), "nat"));
    }

    #[test]
    fn macs_in_every_form() {
        let want = Some("00:1b:1b:00:00:0a".to_owned());
        for text in ["00-1B-1B-00-00-0A", "001b.1b00.000a", "001B1B00000A", "00:1b:1b:00:00:0a"] {
            assert_eq!(mac(text), want, "{text}");
        }
        for text in ["001b1b000", "123456789012", "lab-printer1", "host.name.abcd"] {
            assert_eq!(mac(text), None, "{text}");
        }
    }
}
