//! Tokens to a query: OR binds weakest, then AND (said or not), then NOT.

use model::Time;
use regex_lite::RegexBuilder;
use zones::Range;

use crate::lex::{Mark, Text, Token, What, tokens};
use crate::moment;
use crate::test::{Test, Word, mac};
use crate::{COLUMNS, Column, Error, Kind, MAX_DEPTH, MAX_TERMS, Node};

/// Bytes a regular expression may take in memory.
const REGEX_SIZE: usize = 64 * 1024;

/// Reads a whole query.
pub fn parse(text: &str) -> Result<Node, Error> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0, end: text.chars().count(), depth: 0, terms: 0 };
    if parser.tokens.is_empty() {
        return Ok(Node::All(Vec::new()));
    }
    let node = parser.or()?;
    match parser.tokens.get(parser.at) {
        None => Ok(node),
        Some(token) => Err(Error::new(token.at, "this parenthesis closes none")),
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    end: usize,
    depth: usize,
    terms: usize,
}

impl Parser {
    fn peek(&self) -> Option<&What> {
        self.tokens.get(self.at).map(|token| &token.what)
    }

    fn or(&mut self) -> Result<Node, Error> {
        let mut parts = vec![self.and()?];
        while self.peek() == Some(&What::Or) {
            self.at += 1;
            parts.push(self.and()?);
        }
        Ok(single(parts, Node::Any))
    }

    fn and(&mut self) -> Result<Node, Error> {
        let mut parts = vec![self.not()?];
        loop {
            match self.peek() {
                Some(What::And) => self.at += 1,
                None | Some(What::Or | What::Close) => break,
                Some(_) => {}
            }
            parts.push(self.not()?);
        }
        Ok(single(parts, Node::All))
    }

    fn not(&mut self) -> Result<Node, Error> {
        let Some(token) = self.tokens.get(self.at).cloned() else {
            return Err(Error::new(
                self.end,
                "the query ends here: a word, `column:value` or `(` was expected",
            ));
        };
        self.at += 1;
        match token.what {
            What::Not => {
                self.deeper(token.at)?;
                let inner = self.not()?;
                self.depth -= 1;
                Ok(Node::Not(Box::new(inner)))
            }
            What::Open => {
                self.deeper(token.at)?;
                let inner = self.or()?;
                self.depth -= 1;
                match self.peek() {
                    Some(What::Close) => self.at += 1,
                    _ => return Err(Error::new(token.at, "this parenthesis is never closed")),
                }
                Ok(inner)
            }
            What::Word(word) => {
                self.one_more(token.at)?;
                Ok(Node::Word(Word::new(&word.text, word.quoted)))
            }
            What::Term { column, mark, value, value_at } => {
                self.one_more(token.at)?;
                term(&column, mark, &value, token.at, value_at)
            }
            What::And => Err(Error::new(
                token.at,
                "AND stands between two parts: a word or `column:value` was expected",
            )),
            What::Or => Err(Error::new(
                token.at,
                "OR stands between two parts: a word or `column:value` was expected",
            )),
            What::Close => {
                Err(Error::new(token.at, "a word or `column:value` was expected before this parenthesis"))
            }
        }
    }

    fn deeper(&mut self, at: usize) -> Result<(), Error> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Error::new(
                at,
                format!("more than {MAX_DEPTH} parentheses and NOT within each other"),
            ));
        }
        Ok(())
    }

    fn one_more(&mut self, at: usize) -> Result<(), Error> {
        self.terms += 1;
        if self.terms > MAX_TERMS {
            return Err(Error::new(at, format!("more than {MAX_TERMS} terms")));
        }
        Ok(())
    }
}

fn single(mut parts: Vec<Node>, many: fn(Vec<Node>) -> Node) -> Node {
    match (parts.pop(), parts.is_empty()) {
        (Some(one), true) => one,
        (last, _) => {
            parts.extend(last);
            many(parts)
        }
    }
}

/// `column:value`.
fn term(name: &str, mark: Mark, value: &Text, at: usize, value_at: usize) -> Result<Node, Error> {
    let wrong = |words: String| Err(Error::new(value_at, words));
    if name.eq_ignore_ascii_case("has") {
        return match value.text.as_str() {
            "" => wrong("the name of a flag or of a column was expected".into()),
            word => Ok(Node::Has(word.to_owned(), Column::named(word))),
        };
    }
    let Some(column) = Column::named(name) else {
        let help = match Column::like(name) {
            Some(like) => format!("did you mean `{}`?", like.name()),
            None => {
                let names: Vec<&str> = COLUMNS.iter().map(|column| column.name()).collect();
                format!("there are {} and has", names.join(", "))
            }
        };
        return Err(Error::new(at, format!("there is no column `{name}`: {help}")));
    };
    if value.text.is_empty() && !value.quoted {
        return wrong(format!("a value was expected behind `{name}:`"));
    }
    if mark == Mark::Regex {
        if !matches!(column.kind(), Kind::Text | Kind::Word | Kind::Mac | Kind::Ip) {
            return wrong(format!("`~` asks a text, and `{name}` is none"));
        }
        let built = RegexBuilder::new(&value.text).case_insensitive(true).size_limit(REGEX_SIZE).build();
        return match built {
            Ok(regex) => Ok(Node::Term(column, Test::Regex(regex))),
            Err(error) => wrong(format!("this is no regular expression: {error}")),
        };
    }
    let made = match column.kind() {
        Kind::Text => text(mark, value, Test::Contains(value.text.to_lowercase())),
        Kind::Word => text(mark, value, Test::IsWord(value.text.clone())),
        Kind::Mac => {
            let whole = mac(&value.text).unwrap_or_else(|| value.text.to_lowercase().replace('-', ":"));
            text(mark, &Text { text: whole.clone(), quoted: value.quoted }, Test::Contains(whole))
        }
        Kind::Ip => ip(mark, &value.text),
        Kind::Number => number(mark, &value.text),
        Kind::Time => time(mark, &value.text),
        Kind::Age => age(mark, &value.text),
    };
    match made {
        Some(test) => Ok(Node::Term(column, test)),
        None => {
            wrong(format!("`{}` does not fit `{name}`: {} was expected", value.text, wanted(column.kind())))
        }
    }
}

fn wanted(kind: Kind) -> &'static str {
    match kind {
        Kind::Text | Kind::Word | Kind::Mac => "a text, `=` and a text or `~` and a regular expression",
        Kind::Ip => "an address, its beginning, 10.0.0.0/8 or 10.0.0.1-10.0.0.9",
        Kind::Number => "a number, `<` or `>` and a number, or two with `..` between them",
        Kind::Time => {
            "a date (2026-11-01, 2026-11-01T10:00), how long ago (7d, 24h), `<` or `>` and one of these, or two dates with `..` between them"
        }
        Kind::Age => "`<` or `>` and a duration (30m, 24h, 7d)",
    }
}

fn text(mark: Mark, value: &Text, plain: Test) -> Option<Test> {
    match mark {
        Mark::Equal => Some(Test::Is(value.text.clone())),
        Mark::None if !value.quoted && value.text.contains(['*', '?']) => {
            Some(Test::Glob(value.text.to_lowercase().chars().collect()))
        }
        Mark::None => Some(plain),
        _ => None,
    }
}

fn ip(mark: Mark, text: &str) -> Option<Test> {
    if !matches!(mark, Mark::None | Mark::Equal) {
        return None;
    }
    if text.contains(['*', '?']) {
        return Some(Test::Glob(text.to_lowercase().chars().collect()));
    }
    if let Ok(range) = text.replace("..", "-").parse::<Range>() {
        return Some(Test::Within(range));
    }
    let digits = |c: char| c.is_ascii_hexdigit() || matches!(c, '.' | ':');
    (text.ends_with(['.', ':']) && text.chars().all(digits)).then(|| Test::Begins(text.to_lowercase()))
}

fn number(mark: Mark, text: &str) -> Option<Test> {
    let read = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite());
    if let Some((low, high)) = text.split_once("..") {
        return (mark == Mark::None).then_some(Test::Number(read(low)?, read(high)?));
    }
    let number = read(text)?;
    Some(match mark {
        Mark::None | Mark::Equal => Test::Number(number, number),
        Mark::Less => Test::Number(f64::NEG_INFINITY, number.next_down()),
        Mark::LessEqual => Test::Number(f64::NEG_INFINITY, number),
        Mark::More => Test::Number(number.next_up(), f64::INFINITY),
        Mark::MoreEqual => Test::Number(number, f64::INFINITY),
        Mark::Regex => return None,
    })
}

fn time(mark: Mark, text: &str) -> Option<Test> {
    if moment::duration(text).is_some() {
        return age(mark, text);
    }
    const END: Time = Time(u64::MAX);
    if let Some((from, until)) = text.split_once("..") {
        return (mark == Mark::None).then_some(Test::Between(moment::span(from)?.0, moment::span(until)?.1));
    }
    let (from, until) = moment::span(text)?;
    Some(match mark {
        Mark::None | Mark::Equal => Test::Between(from, until),
        Mark::Less => Test::Between(Time(0), from),
        Mark::LessEqual => Test::Between(Time(0), until),
        Mark::More => Test::Between(until, END),
        Mark::MoreEqual => Test::Between(from, END),
        Mark::Regex => return None,
    })
}

fn age(mark: Mark, text: &str) -> Option<Test> {
    let ago = moment::duration(text)?;
    Some(match mark {
        Mark::None | Mark::LessEqual => Test::Ago(0, ago),
        Mark::Less => Test::Ago(0, ago.checked_sub(1)?),
        Mark::More => Test::Ago(ago.saturating_add(1), u64::MAX),
        Mark::MoreEqual => Test::Ago(ago, u64::MAX),
        Mark::Equal | Mark::Regex => return None,
    })
}
