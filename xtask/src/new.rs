//! `cargo xtask new protocol NAME`: a new dissector from a template that is
//! itself compiled and tested (`firmware/dissect/src/proto/template.rs`).
//!
//! A protocol = one file + one line in its list + its vectors + its lines on
//! `docs/observations.md`; all four are written here.

use std::path::Path;

use anyhow::{Context, Result, bail};

const PROTO: &str = "firmware/dissect/src/proto";
const VECTORS: &str = "firmware/dissect/vectors";
const PAGE: &str = "docs/observations.md";

/// Writes the files of a new thing; `args` are `protocol NAME`.
///
/// # Errors
/// On wrong usage, when the name is taken, or when a file cannot be written.
pub fn run(root: &Path, args: &[String]) -> Result<()> {
    let [kind, name] = args else { bail!("usage: cargo xtask new protocol NAME") };
    if kind != "protocol" {
        bail!("only protocols can be made so far: cargo xtask new protocol NAME");
    }
    protocol(root, name)?;
    println!("{PROTO}/{name}.rs          the dissector: say in its head which specification it follows");
    println!("{PROTO}/mod.rs             two lines: move the one in PROTOCOLS where it is to be shown");
    println!("{VECTORS}/{name}/          what real software said: record it here, in a network namespace");
    println!("{PAGE}  its fields, one line each");
    println!("\nnext: cargo test -p stillwatch-dissect {name} && cargo xtask tidy");
    Ok(())
}

fn protocol(root: &Path, name: &str) -> Result<()> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if !name.starts_with(|c: char| c.is_ascii_lowercase()) || !name.chars().all(fits) || name.len() > 24 {
        bail!(
            "{name} is no name for a protocol: lower-case letters, digits and _, at most 24, as in profinet_dcp"
        );
    }
    let file = root.join(PROTO).join(format!("{name}.rs"));
    if file.exists() || name == "template" {
        bail!("{} is there already", file.display());
    }
    let read = |path: &str| {
        std::fs::read_to_string(root.join(path))
            .with_context(|| format!("reading {}", root.join(path).display()))
    };
    let template = read(&format!("{PROTO}/template.rs"))?;
    let vector = read(&format!("{VECTORS}/template/recorded.txt"))?;
    let list = with_lines(&read(&format!("{PROTO}/mod.rs"))?, name)?;
    let page = with_row(&read(PAGE)?, name);
    let folder = root.join(VECTORS).join(name);
    std::fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    let write = |path: &Path, text: &str| {
        std::fs::write(path, text).with_context(|| format!("writing {}", path.display()))
    };
    write(&folder.join("recorded.txt"), &named(&vector, name))?;
    write(&file, &named(&template, name))?;
    write(&root.join(PROTO).join("mod.rs"), &list)?;
    write(&root.join(PAGE), &page)
}

/// The template's text under the new name.
fn named(template: &str, name: &str) -> String {
    template.replace("Template", &camel(name)).replace("template", name)
}

/// `profinet_dcp` → `ProfinetDcp`.
fn camel(name: &str) -> String {
    name.split('_').filter_map(|part| Some(part.get(..1)?.to_uppercase() + part.get(1..)?)).collect()
}

/// `proto/mod.rs` with the module in its alphabetic place and the protocol at
/// the end of the list.
fn with_lines(list: &str, name: &str) -> Result<String> {
    let module = format!("pub mod {name};");
    let mut lines: Vec<String> = list.lines().map(String::from).collect();
    let is_module = |line: &String| line.starts_with("pub mod ");
    let last = lines.iter().rposition(is_module).context("proto/mod.rs has no modules")?;
    let at = lines.iter().position(|line| is_module(line) && *line > module).unwrap_or(last + 1);
    lines.insert(at, module);
    let end = lines.iter().position(|line| line == "];").context("proto/mod.rs has no list PROTOCOLS")?;
    lines.insert(end, format!("    &{name}::{},", camel(name)));
    Ok(lines.join("\n") + "\n")
}

/// The page with a row for the template's one field.
fn with_row(page: &str, name: &str) -> String {
    format!("{}\n| `{name}.name` | S | text |\n", page.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A copy of what the command reads, in a folder of its own.
    fn copy() -> tempfile::TempDir {
        let root = crate::root();
        let temp = tempfile::tempdir().unwrap();
        for path in [
            format!("{PROTO}/template.rs"),
            format!("{PROTO}/mod.rs"),
            format!("{VECTORS}/template/recorded.txt"),
            PAGE.into(),
        ] {
            let to = temp.path().join(&path);
            std::fs::create_dir_all(to.parent().unwrap()).unwrap();
            std::fs::copy(root.join(&path), to).unwrap();
        }
        temp
    }

    #[test]
    fn makes_a_protocol_that_the_rules_accept() {
        let temp = copy();
        protocol(temp.path(), "example_bus").unwrap();
        let read = |path: &str| std::fs::read_to_string(temp.path().join(path)).unwrap();
        let file = read("firmware/dissect/src/proto/example_bus.rs");
        assert!(file.contains("pub struct ExampleBus;") && file.contains("\"example_bus.name\""));
        assert!(!file.to_lowercase().contains("template"));
        let list = read("firmware/dissect/src/proto/mod.rs");
        let modules: Vec<&str> = list.lines().filter(|line| line.starts_with("pub mod ")).collect();
        assert!(modules.is_sorted() && modules.contains(&"pub mod example_bus;"), "{modules:?}");
        assert!(list.contains("    &example_bus::ExampleBus,\n];"));
        assert!(read("firmware/dissect/vectors/example_bus/recorded.txt").contains("example_bus.name=pc1"));
        assert!(read(PAGE).ends_with("| `example_bus.name` | S | text |\n"));
    }

    #[test]
    fn refuses_bad_and_taken_names() {
        let temp = copy();
        for bad in ["", "Modbus", "a-b", "1a", "template", "a_name_that_is_much_too_long"] {
            assert!(protocol(temp.path(), bad).is_err(), "{bad}");
        }
        protocol(temp.path(), "twice").unwrap();
        assert!(protocol(temp.path(), "twice").is_err());
    }
}
