//! What our own program says of a capture. This is the one place that knows
//! how it is called and what its JSON looks like (`stillwatch schema`):
//!
//! - `assets FILE --json …`: an array of assets, or `{"assets": [...]}`; of each
//!   `name`, `os.value`, `maker`, `model`, `interfaces[].mac|vendor|vlan|addresses[].ip`,
//!   `hostnames[].name|source`, `services[].ip|transport|port|protocol|product|version|answered`,
//!   `observations[].proto|field|value|mac|ip|port`;
//! - `flows FILE --json …`: an array of conversations, or `{"conversations": [...]}`;
//!   of each `client`, `server`, `transport`, `port`, `protocol`, `application`,
//!   `flows`, and `packets`, `bytes`, `copies`, `copy_bytes` as
//!   `[client to server, server to client]`.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::case::{ip_text, mac_text};

/// Everything internal, everything listed: nothing may hide.
const ALL: &[&str] = &["--json", "--all", "--internal", "0.0.0.0/0", "--internal", "::/0"];

/// Exit codes with which the program has read what could be read (`cli.md`).
const READ: &[i32] = &[0, 1];

/// Our answer.
#[derive(Debug, Default)]
pub struct Ours {
    /// Assets.
    pub assets: Vec<Asset>,
    /// Conversations.
    pub talks: Vec<Talk>,
}

/// One asset.
#[derive(Debug, Default)]
pub struct Asset {
    /// Name it is shown by.
    pub name: String,
    /// Its interfaces.
    pub interfaces: Vec<Interface>,
    /// (name, observation it came from).
    pub hostnames: Vec<(String, String)>,
    /// Operating system.
    pub os: String,
    /// Manufacturer.
    pub maker: String,
    /// Model.
    pub model: String,
    /// Ports.
    pub services: Vec<Service>,
    /// Everything heard of it.
    pub heard: Vec<Heard>,
}

/// One interface.
#[derive(Debug, Default)]
pub struct Interface {
    /// MAC; empty when not known.
    pub mac: String,
    /// Vendor of the MAC's block.
    pub vendor: String,
    /// VLAN ids.
    pub vlans: Vec<u16>,
    /// Addresses.
    pub ips: Vec<String>,
}

/// One port.
#[derive(Debug, Default)]
pub struct Service {
    /// Address.
    pub ip: String,
    /// `tcp`, `udp`.
    pub transport: String,
    /// Port.
    pub port: u16,
    /// Protocol, empty when not known.
    pub protocol: String,
    /// Software.
    pub product: String,
    /// Its version.
    pub version: String,
    /// True when it was seen to answer.
    pub answered: bool,
}

/// One observation.
#[derive(Debug, Default)]
pub struct Heard {
    /// `protocol.field`.
    pub field: String,
    /// Value.
    pub value: String,
    /// Addresses it was heard with.
    pub mac: String,
    /// See `mac`.
    pub ip: String,
}

/// One conversation.
#[derive(Debug, Default)]
pub struct Talk {
    /// Client address.
    pub client: String,
    /// Server address.
    pub server: String,
    /// `tcp`, `udp`, `icmp` …
    pub transport: String,
    /// Server's port, 0 without.
    pub port: u16,
    /// Protocol, empty when not known.
    pub protocol: String,
    /// Application, empty when not known.
    pub application: String,
    /// Flows.
    pub flows: u64,
    /// Packets each way, copies counted (the other reader counts them).
    pub packets: [u64; 2],
    /// Bytes each way, copies counted.
    pub bytes: [u64; 2],
}

/// Runs the program on a capture.
///
/// # Errors
/// When it cannot be run, ends with another code than "read" or "read in part",
/// or prints no JSON.
pub fn inventory_of(program: &Path, capture: &Path) -> Result<Ours> {
    Ok(parse(&call(program, "assets", capture)?, &call(program, "flows", capture)?))
}

fn call(program: &Path, verb: &str, capture: &Path) -> Result<Value> {
    let done =
        Command::new(program).arg(verb).arg(capture).args(ALL).output().context("running the program")?;
    let code = done.status.code();
    if !code.is_some_and(|code| READ.contains(&code)) {
        let words = String::from_utf8_lossy(&done.stderr);
        bail!(
            "stillwatch {verb} ended with {}: {}",
            done.status,
            words.lines().last().unwrap_or("(no words)")
        );
    }
    serde_json::from_slice(&done.stdout).with_context(|| format!("stillwatch {verb} printed no JSON"))
}

/// Reads the two documents.
pub fn parse(assets: &Value, flows: &Value) -> Ours {
    Ours {
        assets: items(assets, "assets").map(asset).collect(),
        talks: items(flows, "conversations").map(talk).collect(),
    }
}

fn asset(value: &Value) -> Asset {
    Asset {
        name: text(&value["name"]),
        interfaces: items(value, "interfaces").map(interface).collect(),
        hostnames: items(value, "hostnames")
            .map(|name| (text(&name["name"]), text(&name["source"])))
            .collect(),
        os: text(&value["os"]["value"]),
        maker: text(&value["maker"]),
        model: text(&value["model"]),
        services: items(value, "services").map(service).collect(),
        heard: items(value, "observations")
            .map(|heard| Heard {
                field: format!("{}.{}", text(&heard["proto"]), text(&heard["field"])),
                value: text(&heard["value"]),
                mac: mac_text(&text(&heard["mac"])),
                ip: ip_text(&text(&heard["ip"])),
            })
            .collect(),
    }
}

fn interface(value: &Value) -> Interface {
    Interface {
        mac: mac_text(&text(&value["mac"])),
        vendor: text(&value["vendor"]),
        vlans: items(value, "vlan").filter_map(|vlan| u16::try_from(vlan.as_u64()?).ok()).collect(),
        ips: items(value, "addresses").map(|address| ip_text(&text(&address["ip"]))).collect(),
    }
}

fn service(value: &Value) -> Service {
    Service {
        ip: ip_text(&text(&value["ip"])),
        transport: text(&value["transport"]),
        port: value["port"].as_u64().and_then(|port| u16::try_from(port).ok()).unwrap_or(0),
        protocol: text(&value["protocol"]),
        product: text(&value["product"]),
        version: text(&value["version"]),
        answered: value["answered"].as_bool().unwrap_or(true),
    }
}

fn talk(value: &Value) -> Talk {
    let pair = |key: &str| [0, 1].map(|way| value[key][way].as_u64().unwrap_or(0));
    let sum = |a: [u64; 2], b: [u64; 2]| [a[0] + b[0], a[1] + b[1]];
    Talk {
        client: ip_text(&text(&value["client"])),
        server: ip_text(&text(&value["server"])),
        transport: text(&value["transport"]),
        port: value["port"].as_u64().and_then(|port| u16::try_from(port).ok()).unwrap_or(0),
        protocol: text(&value["protocol"]),
        application: text(&value["application"]),
        flows: value["flows"].as_u64().unwrap_or(0),
        packets: sum(pair("packets"), pair("copies")),
        bytes: sum(pair("bytes"), pair("copy_bytes")),
    }
}

/// The elements of `value[key]`, or of `value` itself when it is the array.
fn items<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value.as_array().or_else(|| value[key].as_array()).into_iter().flatten()
}

/// A string; absent, null and the word `unknown` all say nothing.
fn text(value: &Value) -> String {
    value.as_str().filter(|text| *text != "unknown").unwrap_or("").to_string()
}
