//! When one value is a more general way of saying another: `Windows` says less
//! than `Windows 10`, and `Windows 10/11` is true of either.

use crate::attribute::{Attribute, category_of};
use crate::os::{os_family, parent};

/// What a value may stand for: `Windows 10/Server 2016+ (build 19041)` is
/// `Windows 10 (build 19041)` or `Windows Server 2016+ (build 19041)`. Only
/// operating systems are written so; every other value stands for itself.
pub fn alternatives(attribute: Attribute, value: &str) -> Vec<String> {
    let (head, tail) = match value.split_once(" (") {
        Some((head, tail)) => (head, Some(tail)),
        None => (value, None),
    };
    let windows = head.starts_with("Windows ");
    let splits = windows || head.split('/').all(|part| os_family(part) != "unknown");
    if attribute != Attribute::Os || !head.contains('/') || !splits {
        return vec![value.to_owned()];
    }
    head.split('/')
        .map(|part| {
            let mut text = String::new();
            if windows && !part.starts_with("Windows") {
                text.push_str("Windows ");
            }
            text.push_str(part);
            if let Some(tail) = tail {
                text.push_str(" (");
                text.push_str(tail);
            }
            text
        })
        .collect()
}

/// Writes alternatives as one value, the reverse of [`alternatives`].
pub fn join(alternatives: &[&str]) -> String {
    let Some((first, rest)) = alternatives.split_first() else {
        return String::new();
    };
    let (head, tail) = first.split_once(" (").map_or((*first, None), |(head, tail)| (head, Some(tail)));
    let mut text = head.to_owned();
    for other in rest {
        let other = other.split_once(" (").map_or(*other, |(head, _)| head);
        text.push('/');
        text.push_str(if head.starts_with("Windows ") {
            other.trim_start_matches("Windows ")
        } else {
            other
        });
    }
    if let Some(tail) = tail {
        text.push_str(" (");
        text.push_str(tail);
    }
    text
}

/// True when `general` (one alternative) is true of everything that `specific` is:
/// the same words, or the first of them; dotted versions compare by part, `2016+`
/// is true of any later number; and `Linux` is true of Android and its kin.
pub fn covers(attribute: Attribute, general: &str, specific: &str) -> bool {
    if covers_words(general, specific) {
        return true;
    }
    match attribute {
        Attribute::Os => parent(specific).is_some_and(|parent| covers_words(general, parent)),
        // `computer` is true of a server: the category's name is a type, too.
        Attribute::Type => general == category_of(specific),
        _ => false,
    }
}

/// What two values that contradict each other have in common: their first words,
/// or the category of two types. Empty when that is nothing.
pub fn common(attribute: Attribute, a: &str, b: &str) -> String {
    if attribute == Attribute::Type {
        let category = category_of(a);
        let is_type = category == category_of(b) && category_of(category) == category;
        return if is_type { category.to_owned() } else { String::new() };
    }
    let ((name, _), (other, _)) = (split(a), split(b));
    let pairs = name.split(' ').zip(other.split(' '));
    let same = pairs.take_while(|(a, b)| a.eq_ignore_ascii_case(b)).map(|(a, _)| a);
    same.collect::<Vec<_>>().join(" ")
}

/// A remark in parentheses is compared with the other's remark, not with its name.
fn covers_words(general: &str, specific: &str) -> bool {
    let (name, remark) = split(general);
    let (other_name, other_remark) = split(specific);
    starts_in_words(name, other_name) && (remark.is_empty() || starts_in_words(remark, other_remark))
}

/// `Windows 10 (build 19041)` as name and remark.
fn split(text: &str) -> (&str, &str) {
    text.split_once(" (").map_or((text, ""), |(name, remark)| (name, remark.trim_end_matches(')')))
}

fn starts_in_words(general: &str, specific: &str) -> bool {
    let mut specific = specific.split(' ');
    let mut general = general.split(' ').peekable();
    while let Some(want) = general.next() {
        let Some(have) = specific.next() else { return false };
        let last = general.peek().is_none();
        if !(want.eq_ignore_ascii_case(have) || at_least(want, have) || last && dotted_prefix(want, have)) {
            return false;
        }
    }
    true
}

/// `2016+` against `2019`.
fn at_least(want: &str, have: &str) -> bool {
    let Some(floor) = want.strip_suffix('+').and_then(|n| n.parse::<u32>().ok()) else {
        return false;
    };
    have.parse::<u32>().is_ok_and(|have| have >= floor)
}

/// `10.12` against `10.12.4`; `V3.2` against `V3.2.6`.
fn dotted_prefix(want: &str, have: &str) -> bool {
    want.contains(|c: char| c.is_ascii_digit())
        && have.get(..want.len()).is_some_and(|start| start.eq_ignore_ascii_case(want))
        && have.as_bytes().get(want.len()) == Some(&b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alternatives_and_back() {
        for value in
            ["Windows 10/Server 2016+ (build 19041)", "Windows 10/11", "macOS/iOS", "Linux (Ubuntu)", "z/OS"]
        {
            let parts = alternatives(Attribute::Os, value);
            let parts: Vec<_> = parts.iter().map(String::as_str).collect();
            assert_eq!(join(&parts), value);
        }
        assert_eq!(
            alternatives(Attribute::Os, "Windows 7/Server 2008 R2 (build 7601)"),
            ["Windows 7 (build 7601)", "Windows Server 2008 R2 (build 7601)"]
        );
        assert_eq!(alternatives(Attribute::Model, "a/b"), ["a/b"]);
    }

    #[test]
    fn general_covers_specific() {
        for (general, specific, want) in [
            ("Windows", "Windows 10", true),
            ("Windows 10", "Windows 10 (build 19041)", true),
            ("Windows 10", "Windows 11", false),
            ("Windows 10", "Windows 10.0", true),
            ("Windows Server 2016+", "Windows Server 2019 (build 17763)", true),
            ("Windows Server 2016+", "Windows Server 2008 R2", false),
            ("macOS 10.12", "macOS 10.12.4", true),
            ("macOS 10.1", "macOS 10.12.4", false),
            ("Linux", "Android 11", true),
            ("Linux (Ubuntu)", "Linux (Ubuntu 22.04)", true),
            ("Linux (Ubuntu)", "Linux (Debian)", false),
            ("Android", "Linux", false),
            ("iOS", "iPadOS 17.1", true),
            ("Windows Server 2003 (build 3790)", "Windows Server 2003 R2 (build 3790)", true),
            ("Windows 10 (build 19041)", "Windows 10 (build 19045)", false),
        ] {
            assert_eq!(covers(Attribute::Os, general, specific), want, "{general} ⊇ {specific}");
        }
    }

    #[test]
    fn types_have_their_category_in_common() {
        assert!(covers(Attribute::Type, "computer", "server"));
        assert!(!covers(Attribute::Type, "server", "computer"));
        assert_eq!(common(Attribute::Type, "switch", "router"), "network");
        assert_eq!(common(Attribute::Type, "switch", "printer"), "");
        assert_eq!(common(Attribute::Os, "Windows 7", "Windows 10"), "Windows");
        let builds = ("Windows 10 (build 17763)", "Windows 10 (build 19041)");
        assert_eq!(common(Attribute::Os, builds.0, builds.1), "Windows 10");
    }
}
