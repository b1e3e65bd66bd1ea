//! cloud-init's user-data of the NoCloud source: `#cloud-config`, YAML, with the
//! settings under `stillwatch:` and, as everywhere, `hostname:`. All else in it is
//! for other programs and is not looked at. Anchors and aliases are refused: a
//! few lines of them make gigabytes.

use settings::Change;
use yaml_rust2::parser::{Event, EventReceiver, Parser};

/// Where our settings stand.
const OURS: &str = "stillwatch";

/// Deepest level that is read.
const DEPTH: usize = 8;

/// What it sets.
///
/// # Errors
/// In words: it is no cloud-config, or no YAML.
pub fn read(text: &str) -> Result<Vec<Change>, String> {
    if !text.trim_start().starts_with("#cloud-config") {
        return Err("its first line is not #cloud-config".into());
    }
    let mut walk = Walk::default();
    // One document: what stands behind it is not looked at.
    Parser::new_from_str(text).load(&mut walk, false).map_err(|error| format!("no YAML: {error}"))?;
    match walk.wrong {
        Some(wrong) => Err(wrong),
        None => Ok(walk.changes),
    }
}

/// One open mapping or list.
enum Open {
    /// A mapping under this id; the key that waits for its value.
    Map(String, Option<String>),
    /// A list under this id, and its values.
    List(String, Vec<String>),
}

#[derive(Default)]
struct Walk {
    open: Vec<Open>,
    changes: Vec<Change>,
    wrong: Option<String>,
}

impl Walk {
    /// Id of the value that comes now.
    fn here(&mut self) -> String {
        match self.open.last_mut() {
            Some(Open::Map(above, key)) => {
                let key = key.take().unwrap_or_default();
                if above.is_empty() { key } else { format!("{above}.{key}") }
            }
            Some(Open::List(id, _)) => id.clone(),
            None => String::new(),
        }
    }

    fn scalar(&mut self, value: String) {
        match self.open.last_mut() {
            Some(Open::Map(_, key @ None)) => *key = Some(value),
            Some(Open::List(_, values)) => values.push(value),
            _ => {
                let id = self.here();
                self.take(&id, value);
            }
        }
    }

    fn take(&mut self, id: &str, value: String) {
        if id == "hostname" {
            self.changes.push(("network.hostname".into(), value));
        } else if let Some(id) = id.strip_prefix(OURS).and_then(|rest| rest.strip_prefix('.')) {
            self.changes.push((id.into(), value));
        }
    }

    fn begin(&mut self, open: impl FnOnce(String) -> Open) {
        // A mapping cannot be a key here.
        if matches!(self.open.last(), Some(Open::Map(_, None))) || self.open.len() == DEPTH {
            self.wrong.get_or_insert_with(|| "it is nested in a way that no setting is".into());
        }
        let id = self.here();
        self.open.push(open(id));
    }

    fn end(&mut self) {
        if let Some(Open::List(id, values)) = self.open.pop() {
            self.take(&id, values.join(", "));
        }
    }
}

impl EventReceiver for Walk {
    fn on_event(&mut self, event: Event) {
        if self.wrong.is_some() {
            return;
        }
        match event {
            Event::Alias(_) => self.wrong = Some("it has an alias (*name); write the value out".into()),
            Event::Scalar(value, ..) => {
                let value = if value == "~" || value == "null" { String::new() } else { value };
                self.scalar(value);
            }
            Event::MappingStart(..) => self.begin(|id| Open::Map(id, None)),
            Event::SequenceStart(..) => self.begin(|id| Open::List(id, Vec::new())),
            Event::MappingEnd | Event::SequenceEnd => self.end(),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TEXT: &str = "#cloud-config
hostname: probe7
users:
  - name: root
    ssh_authorized_keys: [a, b]
stillwatch:
  network:
    mode: static
    address: 10.0.0.5/24
    vlan: 12
    routes: ['10.0.0.0/8 via 10.0.0.1', 172.16.0.0/12 via 10.0.0.2]
  proxy.password: \"it's: #1\"
  registration:
    code: 1234-5678-9012-3456
";

    #[test]
    fn settings_are_read_and_all_else_is_left() {
        let read = read(TEXT).unwrap();
        let shown: Vec<String> = read.iter().map(|(id, value)| format!("{id}={value}")).collect();
        assert_eq!(
            shown,
            [
                "network.hostname=probe7",
                "network.mode=static",
                "network.address=10.0.0.5/24",
                "network.vlan=12",
                "network.routes=10.0.0.0/8 via 10.0.0.1, 172.16.0.0/12 via 10.0.0.2",
                "proxy.password=it's: #1",
                "registration.code=1234-5678-9012-3456",
            ]
        );
    }

    #[test]
    fn what_is_none_is_refused() {
        for (text, words) in [
            ("hello", "not #cloud-config"),
            ("#cloud-config\na: [", "no YAML"),
            ("#cloud-config\na: &x [b]\nstillwatch: *x\n", "alias"),
            ("#cloud-config\n? {a: b}\n: c\n", "nested"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(words), "{text}: {error}");
        }
        assert!(read(&format!("#cloud-config\na: {}", "[".repeat(10_000))).is_err());
    }

    proptest! {
        #[test]
        fn any_damage_is_survived(at in 0..TEXT.len(), with in "[\\[\\]{}:&*|>?,#'\"a \n-]{0,6}", len in 0..40_usize) {
            let end = (at + len).min(TEXT.len());
            let mut text = TEXT.to_owned();
            text.replace_range(at..end, &with);
            let _ = read(&text);
        }
    }
}
