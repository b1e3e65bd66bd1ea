//! Texts of the query language, put together safely.

/// `column:"value"`; bare where the value is a plain word.
pub fn term(column: &str, value: &str) -> String {
    let plain = !value.is_empty()
        && value.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
        && !matches!(value.to_ascii_uppercase().as_str(), "AND" | "OR" | "NOT");
    match plain {
        true => format!("{column}:{value}"),
        false => format!("{column}:\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"")),
    }
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
        assert_eq!(term("type", "camera"), "type:camera");
        assert_eq!(term("maker", "HP \"Inc\" \\"), "maker:\"HP \\\"Inc\\\" \\\\\"");
        assert_eq!(term("name", "or"), "name:\"or\"");
        assert_eq!(term("name", ""), "name:\"\"");
    }

    #[test]
    fn an_or_is_held_together() {
        assert_eq!(and("a", ""), "a");
        assert_eq!(and("a OR b", "type:plc"), "(a OR b) AND type:plc");
        assert_eq!(and_not("", "os:windows"), "NOT os:windows");
        assert_eq!(and_not("x", "a or b"), "x AND NOT (a or b)");
    }
}
