//! A query's text to tokens.

use crate::{Error, MAX_LENGTH};

/// A token and the character (from 0) it begins at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    pub at: usize,
    pub what: What,
}

/// What a token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    Open,
    Close,
    And,
    Or,
    Not,
    /// A word or quoted text.
    Word(Text),
    /// `column:` with what stands behind it; `value_at` is where the value begins.
    Term {
        column: String,
        mark: Mark,
        value: Text,
        value_at: usize,
    },
}

/// A text, and whether it was quoted: then nothing in it is special.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    pub text: String,
    pub quoted: bool,
}

/// What stands between column and value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    None,
    Equal,
    Regex,
    Less,
    LessEqual,
    More,
    MoreEqual,
}

/// Splits a query.
pub fn tokens(text: &str) -> Result<Vec<Token>, Error> {
    if text.len() > MAX_LENGTH {
        return Err(Error::new(0, format!("the query has {} bytes, {MAX_LENGTH} are allowed", text.len())));
    }
    let mut lexer = Lexer { chars: text.chars().collect(), at: 0 };
    let mut out = Vec::new();
    while let Some(token) = lexer.next()? {
        out.push(token);
    }
    Ok(out)
}

struct Lexer {
    chars: Vec<char>,
    at: usize,
}

impl Lexer {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn next(&mut self) -> Result<Option<Token>, Error> {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
        let at = self.at;
        let Some(c) = self.peek() else { return Ok(None) };
        let what = match c {
            '(' | ')' => {
                self.at += 1;
                if c == '(' { What::Open } else { What::Close }
            }
            '"' => What::Word(self.text()?),
            _ => match self.column() {
                Some(column) => {
                    let mark = self.mark();
                    let value_at = self.at;
                    What::Term { column, mark, value: self.text()?, value_at }
                }
                None => {
                    let word = self.text()?;
                    match word.text.as_str() {
                        "AND" => What::And,
                        "OR" => What::Or,
                        "NOT" => What::Not,
                        _ => What::Word(word),
                    }
                }
            },
        };
        Ok(Some(Token { at, what }))
    }

    /// A name and a colon, unless the whole word is an address.
    fn column(&mut self) -> Option<String> {
        let rest = self.chars.get(self.at..).unwrap_or_default();
        let length = rest.iter().take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-')).count();
        let name: String = rest.get(..length)?.iter().collect();
        if rest.get(length) != Some(&':') || !name.starts_with(|c: char| c.is_alphabetic()) {
            return None;
        }
        let word: String = rest.iter().take_while(|c| !ends_word(**c)).collect();
        if crate::Column::named(&name).is_none() && looks_like_address(&word) {
            return None;
        }
        self.at += length + 1;
        Some(name)
    }

    fn mark(&mut self) -> Mark {
        let (mark, length) = match (self.peek(), self.chars.get(self.at + 1)) {
            (Some('~'), _) => (Mark::Regex, 1),
            (Some('='), _) => (Mark::Equal, 1),
            (Some('<'), Some('=')) => (Mark::LessEqual, 2),
            (Some('>'), Some('=')) => (Mark::MoreEqual, 2),
            (Some('<'), _) => (Mark::Less, 1),
            (Some('>'), _) => (Mark::More, 1),
            _ => (Mark::None, 0),
        };
        self.at += length;
        mark
    }

    /// Quoted text, in which `\` takes the next character as it is, or text up to a blank or parenthesis.
    fn text(&mut self) -> Result<Text, Error> {
        let start = self.at;
        let mut text = String::new();
        if self.peek() != Some('"') {
            while let Some(c) = self.peek().filter(|c| !ends_word(*c)) {
                text.push(c);
                self.at += 1;
            }
            return Ok(Text { text, quoted: false });
        }
        self.at += 1;
        loop {
            let next = self.peek();
            self.at += 1;
            match next {
                Some('"') => return Ok(Text { text, quoted: true }),
                // Only these two: a regular expression keeps its own.
                Some('\\') if matches!(self.peek(), Some('"' | '\\')) => {
                    text.extend(self.peek());
                    self.at += 1;
                }
                Some(c) => text.push(c),
                None => return Err(Error::new(start, "this quotation mark has no end")),
            }
        }
    }
}

fn ends_word(c: char) -> bool {
    c.is_whitespace() || matches!(c, '(' | ')')
}

/// An IPv6 address or (the beginning of) a MAC: hexadecimal digits between colons.
fn looks_like_address(word: &str) -> bool {
    let word = word.split('/').next().unwrap_or_default();
    word.split(':').count() > 1
        && word.split(':').all(|part| part.len() <= 4 && part.chars().all(|c| c.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let show = |token: Token| match token.what {
            What::Word(text) => format!("{}{}", if text.quoted { "'" } else { "" }, text.text),
            What::Term { column, mark, value, .. } => format!("{column}|{mark:?}|{}", value.text),
            other => format!("{other:?}"),
        };
        tokens(text).unwrap().into_iter().map(show).collect()
    }

    #[test]
    fn columns_marks_and_quotes() {
        assert_eq!(
            words(r#"type:camera AND NOT(name:~"^lab-\d \"x\"" or "a  b")"#),
            ["type|None|camera", "And", "Not", "Open", r#"name|Regex|^lab-\d "x""#, "or", "'a  b", "Close"]
        );
        assert_eq!(words("age:<=1d port:>=5"), ["age|LessEqual|1d", "port|MoreEqual|5"]);
    }

    #[test]
    fn addresses_are_no_columns() {
        assert_eq!(words("fe80::1 a4:bb:6d 2001:db8::/32"), ["fe80::1", "a4:bb:6d", "2001:db8::/32"]);
        assert_eq!(words("mac:a4:bb ip:fe80::1"), ["mac|None|a4:bb", "ip|None|fe80::1"]);
    }

    #[test]
    fn faults_have_a_place() {
        assert_eq!(tokens("a \"b").unwrap_err().at, 2);
        assert!(tokens(&"x".repeat(MAX_LENGTH + 1)).is_err());
    }
}
