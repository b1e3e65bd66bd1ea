//! The text of elements in HTML and XML, found without building a tree: enough
//! for a page's title (HTML) and a device description (UPnP Device Architecture
//! 2.0 section 2.3), and bounded by the bytes given.

use crate::Text;

/// The text of the first element of this name, ASCII letters compared without
/// case; entities resolved, runs of white space made one space. `None` when the
/// element does not end within the bytes, or holds nothing.
pub fn element(bytes: &[u8], name: &str) -> Option<Text> {
    let inside = contents(bytes, name)?;
    let text = text(inside);
    (!text.is_empty()).then_some(text)
}

/// What stands between the first start tag of this name and the next `</name`.
pub fn contents<'a>(bytes: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let mut rest = bytes;
    loop {
        let open = rest.iter().position(|byte| *byte == b'<')?;
        rest = rest.get(open.checked_add(1)?..)?;
        let Some(behind) = strip_name(rest, name) else { continue };
        if !behind.first().is_some_and(|byte| *byte == b'>' || byte.is_ascii_whitespace()) {
            continue;
        }
        let start = behind.iter().position(|byte| *byte == b'>')?;
        let inside = behind.get(start.checked_add(1)?..)?;
        let end = (0..inside.len()).find(|at| {
            inside
                .get(*at..)
                .and_then(|tail| tail.strip_prefix(b"</"))
                .is_some_and(|tail| strip_name(tail, name).is_some())
        })?;
        return inside.get(..end);
    }
}

fn strip_name<'a>(bytes: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let (head, tail) = bytes.split_at_checked(name.len())?;
    head.eq_ignore_ascii_case(name.as_bytes()).then_some(tail)
}

/// Character data as text that is safe to show.
fn text(bytes: &[u8]) -> Text {
    let mut out = Text::new();
    let mut space = false;
    let mut put = |c: char| {
        if c.is_whitespace() || c.is_control() {
            space = true;
        } else {
            if space && !out.is_empty() {
                out.push(' ');
            }
            space = false;
            out.push(c);
        }
    };
    match core::str::from_utf8(bytes) {
        Ok(s) => resolve(s.chars(), &mut put),
        Err(_) => resolve(bytes.iter().map(|byte| char::from(*byte)), &mut put),
    }
    out
}

/// Passes characters on, with entities made the characters they stand for.
fn resolve(mut chars: impl Iterator<Item = char> + Clone, put: &mut impl FnMut(char)) {
    const LONGEST: usize = 10;
    while let Some(c) = chars.next() {
        if c != '&' {
            put(c);
            continue;
        }
        let mut name = heapless::String::<LONGEST>::new();
        let ahead = chars.clone().take(LONGEST).take_while(|c| *c != ';');
        ahead.for_each(|c| {
            let _ = name.push(c);
        });
        match entity(&name) {
            Some(meant) => {
                put(meant);
                let skipped = name.chars().count();
                chars.nth(skipped);
            }
            None => put('&'),
        }
    }
}

fn entity(name: &str) -> Option<char> {
    let number = |digits: &str, radix| u32::from_str_radix(digits, radix).ok().and_then(char::from_u32);
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some(' '),
        _ => match name.strip_prefix('#')? {
            hex if hex.starts_with(['x', 'X']) => number(hex.get(1..)?, 16),
            digits => number(digits, 10),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], name: &str) -> Option<std::string::String> {
        element(bytes, name).map(|text| text.as_str().into())
    }

    #[test]
    fn finds_an_element_by_its_whole_name() {
        assert_eq!(
            read(b"<titlebar>a</titlebar><TITLE a=1>\n A \n\tb </Title>", "title").as_deref(),
            Some("A b")
        );
        assert_eq!(read(b"<title>never ends", "title"), None);
        assert_eq!(read(b"<title></title>", "title"), None);
        assert_eq!(read(b"<", "title"), None);
        assert_eq!(read(b"", "title"), None);
    }

    #[test]
    fn resolves_entities() {
        assert_eq!(read(b"<a>R&amp;D &#x4d;&#50;; x&y &;</a>", "a").as_deref(), Some("R&D M2; x&y &;"));
        assert_eq!(read(b"<a>caf\xe9 &#xffffffff;</a>", "a").as_deref(), Some("caf\u{e9} &#xffffffff;"));
    }
}
