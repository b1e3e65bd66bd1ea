//! Texts of the query language, put together safely.

use query::Column;

/// The term that asks for exactly this value of a column, quoted as needed; for
/// an empty one: that the column is empty.
pub fn term(column: &str, value: &str) -> String {
    match Column::named(column) {
        Some(column) if value.is_empty() => format!("NOT has:{}", column.name()),
        Some(column) => query::exactly(column, value),
        // Not a column: then the words themselves.
        None => quoted(value),
    }
}

/// The term that asks for a part of a text column.
pub fn part(column: &str, text: &str) -> String {
    format!("{column}:{}", quoted(text))
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// What is wrong with a query, with a mark under the character; `None`: nothing.
pub fn problem(text: &str) -> Option<String> {
    let error = query::Query::parse(text).err()?;
    Some(format!("{}\n{error}", error.pointing(text)))
}

/// Both must hold.
pub fn and(a: &str, b: &str) -> String {
    match (a.trim(), b.trim()) {
        ("", other) | (other, "") => other.to_owned(),
        (a, b) => format!("{} AND {}", grouped(a), grouped(b)),
    }
}

/// The first must hold and the second must not.
pub fn and_not(a: &str, b: &str) -> String {
    and(a, &format!("NOT {}", grouped(b)))
}

/// In parentheses where an OR would otherwise reach further.
fn grouped(text: &str) -> String {
    let has_or = text.to_ascii_uppercase().split([' ', '(', ')']).any(|word| word == "OR");
    if has_or { format!("({text})") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_cannot_leave_their_quotes() {
        for value in ["camera", "HP \"Inc\" \\", "a) OR (b", "", "or"] {
            for column in ["type", "maker", "network", "nonsense"] {
                let text = term(column, value);
                assert_eq!(problem(&text), None, "{text}");
                assert_eq!(problem(&and_not("a OR b", &text)), None, "{text}");
            }
        }
        assert_eq!(term("type", "camera"), "type:camera");
    }

    #[test]
    fn a_problem_points_at_its_character() {
        let words = problem("type:(").unwrap();
        assert!(words.starts_with("type:(\n     "), "{words}");
        assert_eq!(problem("type:camera AND NOT network:cctv"), None);
    }

    #[test]
    fn an_or_is_held_together() {
        assert_eq!(and("a", ""), "a");
        assert_eq!(and("a OR b", "type:plc"), "(a OR b) AND type:plc");
        assert_eq!(and_not("", "os:windows"), "NOT os:windows");
        assert_eq!(and_not("x", "a or b"), "x AND (NOT (a or b))");
    }
}
