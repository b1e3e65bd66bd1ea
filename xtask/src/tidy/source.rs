//! Rust text as the rules want to see it: without comments and strings, and
//! without what is compiled for tests only.
//!
//! This is a scanner, not a parser: it knows comments, string and character
//! literals, and braces. That is enough for every rule and takes no dependency.

/// The text with the contents of comments, strings and character literals
/// blanked by spaces. Line breaks stay, so line numbers and columns hold.
pub fn code_only(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let end = match bytes[at] {
            b'/' if text[at..].starts_with("//") => line_end(bytes, at),
            b'/' if text[at..].starts_with("/*") => block_comment_end(bytes, at),
            b'"' => string_end(bytes, at + 1),
            b'r' if !after_word(bytes, at) => raw_string_end(bytes, at).unwrap_or(at),
            b'b' if !after_word(bytes, at) && bytes.get(at + 1) == Some(&b'r') => {
                raw_string_end(bytes, at + 1).unwrap_or(at)
            }
            b'\'' => char_end(text, at).unwrap_or(at),
            _ => at,
        };
        if end == at {
            out.push(bytes[at]);
            at += 1;
        } else {
            out.extend(bytes[at..end].iter().map(|byte| if *byte == b'\n' { b'\n' } else { b' ' }));
            at = end;
        }
    }
    String::from_utf8(out).unwrap_or_default()
}

/// `code` (from [`code_only`]) with every item under `#[cfg(test)]` or
/// `#[cfg(any(test, …))]` blanked too; and the names of modules so declared
/// whose text is in a file of its own.
pub fn without_tests(code: &str) -> (String, Vec<String>) {
    let mut out = code.to_string();
    let mut modules = Vec::new();
    let mut from = 0;
    while let Some(start) = ["#[cfg(test)]", "#[cfg(any(test"]
        .iter()
        .filter_map(|mark| out[from..].find(mark).map(|at| from + at))
        .min()
    {
        let end = item_end(out.as_bytes(), start);
        let declared = out[start..end].strip_suffix(';').and_then(|item| item.rsplit_once("mod "));
        modules.extend(declared.map(|(_, name)| name.trim().to_string()));
        let blank: String = out[start..end].chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect();
        out.replace_range(start..end, &blank);
        from = start + blank.len();
    }
    (out, modules)
}

/// Lines (from 1) on which `word` stands as a word of its own, or, when it ends
/// in `::` or `::{`, as the start of a path.
pub fn lines_with(code: &str, word: &str) -> Vec<usize> {
    let is_word = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let found = |line: &str| {
        line.match_indices(word).any(|(at, _)| {
            let before = at.checked_sub(1).and_then(|at| line.as_bytes().get(at));
            let after = line.as_bytes().get(at + word.len());
            !is_word(before) && (word.ends_with([':', '{']) || !is_word(after))
        })
    };
    code.lines().enumerate().filter(|(_, line)| found(line)).map(|(at, _)| at + 1).collect()
}

fn after_word(bytes: &[u8], at: usize) -> bool {
    at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'_')
}

fn line_end(bytes: &[u8], at: usize) -> usize {
    bytes[at..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |n| at + n)
}

fn block_comment_end(bytes: &[u8], mut at: usize) -> usize {
    let mut depth = 0;
    while at < bytes.len() {
        if bytes[at..].starts_with(b"/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if bytes[at..].starts_with(b"*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    bytes.len()
}

fn string_end(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// End of a raw string whose `r` is at `at`; `None` when it is none.
fn raw_string_end(bytes: &[u8], at: usize) -> Option<usize> {
    let hashes = bytes[at + 1..].iter().take_while(|byte| **byte == b'#').count();
    let open = at + 1 + hashes;
    if bytes.get(open) != Some(&b'"') {
        return None;
    }
    let close: Vec<u8> = std::iter::once(b'"').chain(std::iter::repeat_n(b'#', hashes)).collect();
    let body = &bytes[open + 1..];
    let length = body.windows(close.len()).position(|window| window == close).unwrap_or(body.len());
    Some((open + 1 + length + close.len()).min(bytes.len()))
}

/// End of a character literal; `None` for a lifetime.
fn char_end(text: &str, at: usize) -> Option<usize> {
    let mut rest = text[at + 1..].char_indices();
    let (_, first) = rest.next()?;
    if first == '\\' {
        rest.next();
        return rest.find(|(_, c)| *c == '\'').map(|(n, _)| at + 1 + n + 1);
    }
    let (n, second) = rest.next()?;
    (second == '\'').then_some(at + 1 + n + 1)
}

/// Where the item that begins at `at` (with its attributes) ends: behind its
/// `;` or its closing brace.
fn item_end(bytes: &[u8], at: usize) -> usize {
    let (mut braces, mut brackets) = (0_i32, 0_i32);
    for (n, byte) in bytes.iter().enumerate().skip(at) {
        match byte {
            b'[' | b'(' => brackets += 1,
            b']' | b')' => brackets -= 1,
            b'{' => braces += 1,
            b'}' if braces <= 1 => return n + 1,
            b'}' => braces -= 1,
            b';' if braces == 0 && brackets == 0 => return n + 1,
            _ => {}
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_what_is_not_code() {
        let text = "a /* x /* y */ */ b // c\n\"d \\\" e\" 'f' '\\'' r#\"g\" h\"# br\"i\" &'k str";
        let code = code_only(text);
        assert_eq!(code.len(), text.len());
        assert_eq!(code.split_whitespace().collect::<Vec<_>>(), ["a", "b", "&'k", "str"]);
    }

    #[test]
    fn takes_out_items_for_tests() {
        let text = "fn a() {}\n#[cfg(test)]\nextern crate std;\n#[cfg(any(test, feature = \"t\"))]\npub mod testing;\n\
                    fn b() {}\n#[cfg(test)]\nmod tests {\n    fn c() {}\n}\nfn d() {}\n";
        let (code, modules) = without_tests(&code_only(text));
        assert_eq!(modules, ["testing"]);
        assert!(code.contains("fn a") && code.contains("fn b") && code.contains("fn d"));
        assert!(!code.contains("std") && !code.contains("fn c"));
        assert_eq!(code.lines().count(), text.lines().count());
    }

    #[test]
    fn words_are_whole() {
        assert_eq!(lines_with("unsafe_code\nunsafe {\n", "unsafe"), [2]);
        assert_eq!(lines_with("use std::fs;\nmystd::x\nstd::net::A", "std::"), [1, 3]);
    }
}
