//! Reading `NAME.expected.json`.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use serde_json::Value;

use super::case::{ip_text, mac_text};

/// Hosts and flows that an expected file lists at most; the totals are complete.
const MOST_HOSTS: u64 = 400;
const MOST_FLOWS: u64 = 600;

/// What an independent decoder found in one capture.
#[derive(Debug, Default)]
pub struct Expected {
    /// Link types (the decoder's own numbers).
    pub links: BTreeSet<u32>,
    /// VLAN ids, any depth.
    pub vlans: BTreeSet<u16>,
    /// Encapsulations met.
    pub tunnels: BTreeSet<String>,
    /// Hosts that sent something.
    pub hosts: Vec<Host>,
    /// Flows, innermost.
    pub flows: Vec<Flow>,
    /// Outer (address, port) pairs of tunnels, both ends.
    pub tunnel_ends: BTreeSet<(String, u16)>,
    /// False when `hosts` was cut.
    pub all_hosts: bool,
    /// False when `flows` was cut.
    pub all_flows: bool,
    /// Hosts and flows as text, to see whether an address is named anywhere.
    pub text: String,
}

/// A host: a MAC with what it sent from, or an address without a known MAC.
#[derive(Debug, Default)]
pub struct Host {
    /// MAC.
    pub mac: Option<String>,
    /// Addresses.
    pub ips: Vec<String>,
    /// Vendor by the MAC's block.
    pub oui_vendor: Option<String>,
    /// (address, what binds it to the MAC, frame).
    pub links: Vec<(String, String, u64)>,
    /// (text, source, frame) that speak of the operating system.
    pub os: Vec<(String, String, u64)>,
    /// Ports that answered.
    pub services: Vec<Service>,
    /// Everything else, with its source.
    pub facts: Vec<Fact>,
    /// DHCP facts by name.
    pub dhcp: Vec<(String, String)>,
    /// Frame the DHCP facts began in.
    pub dhcp_frame: u64,
}

/// One attribute of a host.
#[derive(Debug)]
pub struct Fact {
    /// Its name in the expected file.
    pub name: String,
    /// Value as the decoder prints it.
    pub value: String,
    /// The decoder's field.
    pub source: String,
    /// The value before it was put in words, where that differs.
    pub raw: Option<String>,
    /// Address it was heard from.
    pub ip: Option<String>,
    /// Frame.
    pub frame: u64,
}

/// A port that answered.
#[derive(Debug)]
pub struct Service {
    /// Address.
    pub ip: String,
    /// `tcp`, `udp`.
    pub transport: String,
    /// Port.
    pub port: u16,
    /// Protocol as the decoder calls it.
    pub app: Option<String>,
    /// Product and version of its banner.
    pub product: Option<String>,
    /// See `product`.
    pub version: Option<String>,
    /// Frame.
    pub frame: u64,
}

/// One flow.
#[derive(Debug)]
pub struct Flow {
    /// Client and its port (0 without ports).
    pub client: String,
    /// See `client`.
    pub cport: u16,
    /// Server and its port.
    pub server: String,
    /// See `server`.
    pub port: u16,
    /// `tcp`, `icmp`, `ip-17` …
    pub transport: String,
    /// How the direction was known: `syn`, `syn-ack`, `port`, `first-packet`.
    pub direction: String,
    /// Client to server, server to client.
    pub packets: [u64; 2],
    /// See `packets`.
    pub bytes: [u64; 2],
    /// First frame.
    pub frame: u64,
    /// Protocol, then the chain of protocols from the outermost.
    pub apps: Vec<String>,
    /// What a second reader (nDPI) called it.
    pub ndpi: Option<String>,
    /// What it was carried in.
    pub encap: Vec<String>,
}

impl Expected {
    /// Reads the text of an expected file.
    ///
    /// # Errors
    /// When it is not JSON.
    pub fn parse(text: &str) -> Result<Expected> {
        let root: Value = serde_json::from_str(text).context("not JSON")?;
        let hosts: Vec<Host> = list(&root["hosts"]).map(host).collect();
        let flows: Vec<Flow> = list(&root["flows"]).filter_map(flow).collect();
        let keys = |value: &Value| -> Vec<String> {
            value.as_object().into_iter().flatten().map(|(key, _)| key.clone()).collect()
        };
        let ends = list(&root["tunnel_flows"]).flat_map(|tunnel| {
            [("a", "a_port"), ("b", "b_port")]
                .map(|(ip, port)| (ip_text(&text_of(&tunnel[ip])), port_of(&tunnel[port])))
        });
        Ok(Expected {
            links: keys(&root["link"]).iter().filter_map(|link| link.parse().ok()).collect(),
            vlans: list(&root["vlans"]).filter_map(|vlan| text_of(vlan).parse().ok()).collect(),
            tunnels: keys(&root["tunnels"]).into_iter().collect(),
            tunnel_ends: ends.collect(),
            all_hosts: number(&root["hosts_total"]) <= MOST_HOSTS,
            all_flows: number(&root["flows_total"]) <= MOST_FLOWS,
            text: format!("{} {}", root["hosts"], root["flows"]),
            hosts,
            flows,
        })
    }
}

fn host(value: &Value) -> Host {
    let facts: Vec<Fact> = list(&value["attributes"])
        .map(|fact| Fact {
            name: text_of(&fact["attr"]),
            value: text_of(&fact["value"]),
            source: text_of(&fact["source"]),
            raw: fact["raw"].as_str().map(String::from),
            ip: fact["ip"].as_str().map(ip_text),
            frame: number(&fact["frame"]),
        })
        .collect();
    let services = list(&value["services"]).map(|service| Service {
        ip: ip_text(&text_of(&service["ip"])),
        transport: text_of(&service["proto"]),
        port: port_of(&service["port"]),
        app: service["app"].as_str().map(String::from),
        product: service["product"].as_str().map(String::from),
        version: service["version"].as_str().map(String::from),
        frame: number(&service["evidence_frame"]),
    });
    let dhcp = value["dhcp"].as_object().into_iter().flatten();
    Host {
        mac: value["mac"].as_str().map(mac_text),
        ips: list(&value["ips"]).map(|ip| ip_text(&text_of(ip))).collect(),
        oui_vendor: value["oui_vendor"].as_str().map(String::from),
        links: text_of(&value["evidence"]).split("; ").filter_map(link).collect(),
        os: list(&value["os_evidence"])
            .map(|one| (text_of(&one["value"]), text_of(&one["source"]), number(&one["frame"])))
            .collect(),
        services: services.collect(),
        facts,
        dhcp: dhcp
            .filter(|(key, _)| !key.ends_with("frame"))
            .map(|(key, value)| (key.clone(), text_of(value)))
            .collect(),
        dhcp_frame: number(&value["dhcp"]["frame"]),
    }
}

/// `10.0.0.1: arp frame 7` → address, what binds it, frame.
fn link(text: &str) -> Option<(String, String, u64)> {
    let (ip, rest) = text.split_once(": ")?;
    let (proof, frame) = rest.rsplit_once(" frame ")?;
    ip.parse::<std::net::IpAddr>().ok()?;
    Some((ip_text(ip), proof.to_string(), frame.trim().parse().ok()?))
}

fn flow(value: &Value) -> Option<Flow> {
    let mut apps: Vec<String> = value["app"].as_str().into_iter().map(String::from).collect();
    apps.extend(text_of(&value["chain"]).split(':').filter(|part| !part.is_empty()).map(String::from));
    Some(Flow {
        client: ip_text(value["client"].as_str()?),
        cport: port_of(&value["cport"]),
        server: ip_text(value["server"].as_str()?),
        port: port_of(&value["port"]),
        transport: text_of(&value["proto"]),
        direction: text_of(&value["direction"]),
        packets: [number(&value["c2s_packets"]), number(&value["s2c_packets"])],
        bytes: [number(&value["c2s_bytes"]), number(&value["s2c_bytes"])],
        frame: number(&value["first_frame"]),
        apps,
        ndpi: value["app_ndpi"].as_str().map(str::to_lowercase),
        encap: list(&value["encap"]).map(text_of).collect(),
    })
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or(0)
}

fn port_of(value: &Value) -> u16 {
    u16::try_from(number(value)).unwrap_or(0)
}

/// A string as it is, null as nothing, anything else as JSON writes it.
fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
