//! Where cases start from: the recorded vectors, the bytes that the dissectors'
//! own tests are written with, and `fuzz/seeds/` for what neither has as bytes.

use std::path::Path;

use crate::case::{Case, Turn, from_hex};

/// Shortest text that is taken as bytes.
const SHORTEST: usize = 8;

/// All seeds of the working copy, in the order of their files' names.
pub fn load() -> Vec<Case> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let dissect = here.join("../firmware/dissect");
    let mut seeds = Vec::new();
    each_file(&here.join("seeds"), &mut |text| seeds.extend(vectors(text)));
    each_file(&dissect.join("vectors"), &mut |text| seeds.extend(vectors(text)));
    each_file(&dissect.join("src/proto"), &mut |text| seeds.extend(literals(text)));
    seeds.sort_by_key(Case::to_text);
    seeds.dedup();
    seeds
}

fn each_file(folder: &Path, take: &mut dyn FnMut(&str)) {
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            each_file(&path, take);
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            take(&text);
        }
    }
}

/// Messages and conversations of a file of vectors (`dissect::testing`).
pub fn vectors(text: &str) -> Vec<Case> {
    let mut seeds = Vec::new();
    for message in text.split("\n\n") {
        let mut case = Case::default();
        for line in message.lines() {
            let Some((kind @ ("hex" | "up" | "down" | ">" | "<"), digits)) = line.split_once(' ') else {
                continue;
            };
            let (back, Some(bytes)) = (matches!(kind, "down" | "<"), from_hex(digits)) else {
                continue;
            };
            match case.turns.last_mut() {
                Some(turn) if turn.back == back => turn.bytes.extend(bytes),
                _ => case.turns.push(Turn { back, bytes }),
            }
        }
        seeds.extend((!case.turns.is_empty()).then_some(case));
    }
    seeds
}

/// String literals of a source file that are hexadecimal, and byte strings as they are.
pub fn literals(source: &str) -> Vec<Case> {
    let mut seeds = Vec::new();
    let mut rest = source;
    while let Some(start) = rest.find('"') {
        let bytes_literal = rest[..start].ends_with('b');
        let body = &rest[start + 1..];
        let Some(end) = end_of_literal(body) else {
            break;
        };
        let (literal, behind) = (&body[..end], &body[end + 1..]);
        let bytes = if bytes_literal { Some(unescape(literal)) } else { from_hex(&literal.replace('_', "")) };
        seeds.extend(bytes.filter(|bytes| bytes.len() >= SHORTEST).map(Case::of));
        rest = behind;
    }
    seeds
}

fn end_of_literal(body: &str) -> Option<usize> {
    let mut escaped = false;
    body.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    })
}

/// The escapes of byte strings; a line's end behind a backslash swallows white space.
fn unescape(literal: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut chars = literal.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '\\' {
            bytes.extend(c.to_string().bytes());
            continue;
        }
        match chars.next() {
            Some('n') => bytes.push(b'\n'),
            Some('r') => bytes.push(b'\r'),
            Some('t') => bytes.push(b'\t'),
            Some('0') => bytes.push(0),
            Some('x') => {
                let digits: String = chars.by_ref().take(2).collect();
                bytes.extend(from_hex(&digits).unwrap_or_default());
            }
            Some('\n') => while chars.next_if(|c| c.is_whitespace()).is_some() {},
            Some(other) => bytes.extend(other.to_string().bytes()),
            None => {}
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_vectors_and_literals() {
        let made = vectors("# x\nmeta a=1\nhex 00\nhex 01\nline\n\n> 02\n< 03\nup 04\n");
        assert_eq!(made[0], Case::of(vec![0, 1]));
        assert_eq!(made[1].turns.len(), 3);
        let source = r#"let a = "0001 0203 0405 0607"; b"GET / \x00\r\n\"q\"" "no hex here" "#;
        let made = literals(source);
        assert_eq!(made[0].bytes(), [0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(made[1].bytes(), b"GET / \x00\r\n\"q\"");
        assert_eq!(made.len(), 2);
    }

    #[test]
    fn the_working_copy_has_seeds() {
        assert!(load().len() > 50);
    }
}
