//! A seed as text: TOML, cloud-config, vApp properties for the two tools that import an OVA.

use std::fmt::Write;

use crate::Seed;

/// First line of every text that people may open.
const HEAD: &str = "Made by Stillwatch for one box. The code is good once; until then keep this to yourself.";

impl Seed {
    /// `stillwatch.toml` for a USB stick.
    pub fn toml(&self) -> String {
        let mut out = format!("# {HEAD}\n");
        for (id, value) in self.properties() {
            let _ = writeln!(out, "{id} = {}", quoted(&value));
        }
        out
    }

    /// cloud-init's `user-data`: `#cloud-config` with the settings under `stillwatch:`.
    pub fn user_data(&self) -> String {
        let mut out = format!("#cloud-config\n# {HEAD}\nstillwatch:\n");
        for (id, value) in self.properties() {
            let _ = writeln!(out, "  {id}: {}", quoted(&value));
        }
        out
    }

    /// NoCloud's `meta-data`. The instance is named by the code's public digits: another code is another instance.
    pub fn meta_data(&self) -> String {
        let mut out = format!("instance-id: stillwatch-{:06}\n", self.code.id());
        if let Some(name) = self.hostname() {
            let _ = writeln!(out, "local-hostname: {name}");
        }
        out
    }

    /// Arguments of `ovftool`, one a line: `--prop:ID=VALUE`.
    pub fn ovftool(&self) -> String {
        self.properties().iter().map(|(id, value)| format!("--prop:{id}={}\n", one_line(value))).collect()
    }

    /// Options of `govc import.ova` (JSON): the properties, and the environment handed to the machine when it starts.
    pub fn govc(&self) -> String {
        let property = |(id, value): &(&str, String)| {
            format!("    {{\"Key\": {}, \"Value\": {}}}", quoted(id), quoted(&one_line(value)))
        };
        let properties: Vec<String> = self.properties().iter().map(property).collect();
        format!(
            "{{\n  \"InjectOvfEnv\": true,\n  \"PropertyMapping\": [\n{}\n  ]\n}}\n",
            properties.join(",\n")
        )
    }
}

/// Text in double quotes, as TOML (basic string), YAML (double-quoted scalar) and JSON write it alike. Values are
/// printable ASCII; a certificate has line ends too.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A property has one line. Only certificates have more, and blanks are as good to them.
fn one_line(text: &str) -> String {
    text.trim_end().replace('\n', " ")
}
