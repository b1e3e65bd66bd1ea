//! Settings as text: TOML with the settings' ids as keys. The stored file, a
//! backup, and `stillwatch.toml` on a USB stick are all this.

use settings::{Change, Item, Settings};
use toml::Value;

/// Longest text that is read, in bytes.
pub const MAX: usize = 256 << 10;

/// Deepest table that is read: `network.address` is two.
const DEPTH: usize = 4;

/// What a text sets, in its order: `network.mode = "static"`, or under `[network]`.
/// Numbers, yes and no, and lists stand for their text. Ids are not looked at here.
///
/// # Errors
/// In words, with the line, when it is no TOML or holds what no setting can be.
pub fn read(text: &str) -> Result<Vec<Change>, String> {
    if text.len() > MAX {
        return Err(format!("the text has {} bytes, {MAX} are read", text.len()));
    }
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
        let line = error.span().map_or(0, |span| text.get(..span.start).map_or(0, lines));
        format!("line {line} is no TOML: {}", error.message())
    })?;
    let mut changes = Vec::new();
    flatten("", &table, 1, &mut changes)?;
    Ok(changes)
}

fn lines(before: &str) -> usize {
    before.matches('\n').count() + 1
}

fn flatten(above: &str, table: &toml::Table, depth: usize, into: &mut Vec<Change>) -> Result<(), String> {
    for (key, value) in table {
        let id = if above.is_empty() { key.clone() } else { format!("{above}.{key}") };
        match value {
            Value::Table(_) if depth == DEPTH => return Err(format!("{id} is nested too deeply")),
            Value::Table(inner) => flatten(&id, inner, depth + 1, into)?,
            value => {
                let text = scalar(value).ok_or_else(|| format!("{id} is neither text, number nor list"))?;
                into.push((id, text));
            }
        }
    }
    Ok(())
}

/// The text of a value; lists are joined by commas.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Boolean(yes) => Some(if *yes { "on" } else { "off" }.into()),
        Value::Array(list) => {
            let parts: Option<Vec<String>> =
                list.iter().map(|part| scalar(part).filter(|_| !part.is_array())).collect();
            Some(parts?.join(", "))
        }
        _ => None,
    }
}

/// What is set, one line each, for [`read`]; without the items of which `drop` is true.
pub fn write(settings: &Settings, drop: impl Fn(&Item) -> bool) -> String {
    let kept = settings.iter().filter(|(item, _)| !drop(item));
    kept.map(|(item, value)| line(item.id, value)).collect()
}

/// One line.
pub fn line(id: &str, value: &str) -> String {
    format!("{id} = {}\n", Value::String(value.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tables_numbers_and_lists_are_text() {
        let text = "platform.address = 'a'\n[network]\nmode = \"static\"\nvlan = 12\nroutes = ['10.0.0.0/8 via 1.2.3.4', 'x']\n";
        let read = read(text).unwrap();
        let shown: Vec<String> = read.iter().map(|(id, text)| format!("{id}={text}")).collect();
        assert!(shown.contains(&"network.vlan=12".into()), "{shown:?}");
        assert!(shown.contains(&"network.routes=10.0.0.0/8 via 1.2.3.4, x".into()), "{shown:?}");
        assert_eq!(read.len(), 4);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for (text, words) in [
            ("a = 1\nb = \n", "line 2"),
            ("a.b.c.d.e = 1", "nested too deeply"),
            ("a = 2020-01-01", "neither text"),
            ("a = [[1]]", "neither text"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(words), "{text}: {error}");
        }
    }

    #[test]
    fn a_certificate_survives_the_way_through_a_file() {
        let pem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
        let read = read(&line("proxy.ca", pem)).unwrap();
        assert_eq!(read, [("proxy.ca".to_owned(), pem.to_owned())]);
    }

    proptest! {
        #[test]
        fn any_value_reads_back(value in "\\PC{0,40}|[ -~\\n\"']{0,40}") {
            prop_assert_eq!(read(&line("a.b", &value)).unwrap(), [("a.b".to_owned(), value)]);
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,80}|[a-c.=\\[\\]\"'0-9\\n ]{0,60}") {
            let _ = read(&text);
        }
    }
}
