//! `stillwatch show`: one asset, and with `--why` the evidence behind it.

use std::io::Write;
use std::path::PathBuf;

use ::assets::Asset;
use ::assets::doc::{Evidence, Stamp};

use super::{columns, finish, inventory};
use crate::args::Space;
use crate::exit::{Exit, Failure};
use crate::out::{self, Columns};
use crate::read;
use crate::style::{FAINT, STRONG};

/// Runs the verb.
pub fn run(file: PathBuf, wanted: &str, why: bool, json: bool, space: &Space) -> Result<Exit, Failure> {
    let heard = read::captures(std::slice::from_ref(&file), space)?;
    let inventory = inventory(&heard, space, true);
    let asset = find(&inventory.assets, wanted)?;
    let mut to = out::open(None)?;
    if json {
        serde_json::to_writer_pretty(&mut to, asset).map_err(std::io::Error::from)?;
        writeln!(to)?;
    } else {
        summary(asset, &mut *to)?;
        if why {
            evidence(asset, &mut *to)?;
        } else if !space.quiet {
            writeln!(
                to,
                "\nNext:  stillwatch show {} {wanted} --why     the evidence behind every value",
                file.display()
            )?;
        }
    }
    to.flush()?;
    Ok(finish(&heard))
}

/// The one asset meant by a name, address, serial number or id.
fn find<'a>(assets: &'a [Asset], wanted: &str) -> Result<&'a Asset, Failure> {
    let text = wanted.to_lowercase();
    let exact = |asset: &&Asset| {
        asset.name.to_lowercase() == text
            || asset.asset_id == text
            || asset.serial.as_ref().is_some_and(|serial| serial.to_lowercase() == text)
            || asset.hostnames.iter().any(|hostname| hostname.name.to_lowercase() == text)
            || asset.interfaces.iter().any(|interface| {
                interface.mac.is_some_and(|mac| text.parse() == Ok(mac))
                    || interface.addresses.iter().any(|address| text.parse() == Ok(address.ip))
            })
    };
    let mut found: Vec<&Asset> = assets.iter().filter(exact).collect();
    if found.is_empty() {
        let loose =
            |asset: &&Asset| asset.asset_id.starts_with(&text) || asset.name.to_lowercase().contains(&text);
        found = assets.iter().filter(loose).collect();
    }
    match found.as_slice() {
        [one] => Ok(one),
        [] => Err(Failure::Usage(format!(
            "no asset is called '{wanted}', nor has this address, serial number or id; `stillwatch assets` lists them"
        ))),
        many => {
            let list: Vec<String> =
                many.iter().take(10).map(|asset| format!("  {}  {}", asset.asset_id, asset.name)).collect();
            Err(Failure::Usage(format!(
                "{} assets fit '{wanted}'; take one of their ids:\n{}",
                many.len(),
                list.join("\n")
            )))
        }
    }
}

/// `13:58:04` of a stamp, or the date too when asked for.
fn when(stamp: Stamp) -> String {
    stamp.0.to_string().replace('T', " ").replace('Z', "")
}

fn summary(asset: &Asset, to: &mut dyn Write) -> Result<(), Failure> {
    let [_, kind, made, os, ..] = columns::cells(asset);
    writeln!(to, "{STRONG}{}{STRONG:#}   {FAINT}{}{FAINT:#}", asset.name, asset.asset_id)?;
    let mut line = |name: &str, value: String| -> Result<(), Failure> {
        if !value.is_empty() && value != "-" {
            writeln!(to, "  {name:<12} {value}")?;
        }
        Ok(())
    };
    line("type", format!("{kind} ({})  confidence {:.2}", asset.category, asset.confidence))?;
    line("made by", made)?;
    line("system", os)?;
    line("serial", asset.serial.clone().unwrap_or_default())?;
    line("firmware", asset.firmware.clone().unwrap_or_default())?;
    line("network", asset.network.clone())?;
    line("heard", format!("{} to {}", when(asset.first_seen), when(asset.last_seen)))?;
    let names: Vec<String> =
        asset.hostnames.iter().map(|name| format!("{} ({})", name.name, name.source)).collect();
    line("names", names.join(", "))?;
    for role in &asset.roles {
        line("role", format!("{}: {}", role.name, role.because))?;
    }
    for flag in &asset.flags {
        line("note", format!("{}: {}", flag.name, flag.because))?;
    }
    for interface in &asset.interfaces {
        let mac = interface.mac.map_or_else(|| "no MAC (behind a router)".into(), |mac| mac.to_string());
        let vendor = interface.vendor.as_deref().unwrap_or("maker unknown");
        let vlans: Vec<String> = interface.vlan.iter().map(u16::to_string).collect();
        let vlan = if vlans.is_empty() { String::new() } else { format!("  VLAN {}", vlans.join(",")) };
        line("interface", format!("{mac}  {vendor}{vlan}"))?;
        for address in &interface.addresses {
            let proof = if address.proof.is_empty() { "-" } else { &address.proof };
            line(
                "",
                format!("{:<26} {:<10} by {proof}, {} times", address.ip, address.kind.name(), address.count),
            )?;
        }
        if let Some(switch) = &interface.switch {
            line("", format!("at {} port {} ({})", switch.name, switch.port, switch.via))?;
        }
    }
    if !asset.services.is_empty() {
        writeln!(to, "\n{STRONG}Services{STRONG:#}")?;
        let mut table =
            Columns::new(&["PORT", "PROTOCOL", "PRODUCT", "AT", "ANSWERED", ">CLIENTS"], out::width());
        for service in &asset.services {
            let product = [service.product.as_deref(), service.version.as_deref()]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(" ");
            table.row([
                format!("{}/{}", service.transport, service.port),
                service.protocol.clone(),
                product,
                service.ip.to_string(),
                if service.answered { "yes" } else { "no" }.into(),
                service.clients.to_string(),
            ]);
        }
        table.write(to)?;
    }
    if !asset.applications.is_empty() {
        writeln!(to, "\n{STRONG}Applications{STRONG:#}")?;
        let mut table = Columns::new(&["APPLICATION", "FAMILY", "AS", ">FLOWS", ">IN", ">OUT"], out::width());
        for used in &asset.applications {
            let role = format!("{:?}", used.role).to_lowercase();
            table.row([
                used.name.clone(),
                used.family.clone(),
                role,
                out::count(used.flows),
                out::bytes(used.ingress),
                out::bytes(used.egress),
            ]);
        }
        table.write(to)?;
    }
    Ok(())
}

fn evidence(asset: &Asset, to: &mut dyn Write) -> Result<(), Failure> {
    writeln!(to, "\n{STRONG}Why{STRONG:#}")?;
    for attribute in &asset.attributes {
        writeln!(
            to,
            "  {} = {STRONG}{}{STRONG:#}   {:.2}",
            attribute.name, attribute.value, attribute.confidence
        )?;
        branches(&attribute.evidence, "    ", to)?;
        for lost in &attribute.candidates {
            writeln!(
                to,
                "    {FAINT}not {}   {:.2}  {}{FAINT:#}",
                lost.value, lost.confidence, lost.lost_because
            )?;
            branches(&lost.evidence, "      ", to)?;
        }
    }
    writeln!(to, "\n{STRONG}One device, because{STRONG:#}")?;
    for key in &asset.identity.keys {
        let network = key.network.as_ref().map_or_else(String::new, |network| format!(" in {network}"));
        let since = key.since.map_or_else(String::new, |since| format!(" since {}", when(since)));
        writeln!(to, "  key   {} {}{network}{since}", key.kind, key.value)?;
    }
    for join in &asset.identity.joins {
        writeln!(
            to,
            "  {}    {} {} = {} {}",
            join.rule, join.a.kind, join.a.value, join.b.kind, join.b.value
        )?;
        for because in &join.because {
            writeln!(to, "        {because}")?;
        }
    }
    writeln!(to, "\n{STRONG}Everything heard of it{STRONG:#}")?;
    let mut table = Columns::new(&["FIELD", "VALUE", ">COUNT", "FIRST", ">FRAME", "FROM"], out::width());
    table.whole(0);
    for seen in &asset.observations {
        let from = match (seen.mac, seen.ip) {
            (Some(mac), Some(ip)) => format!("{mac} {ip}"),
            (Some(mac), None) => mac.to_string(),
            (None, Some(ip)) => ip.to_string(),
            (None, None) => String::new(),
        };
        let time = when(seen.first_seen);
        let time = time.get(11..).unwrap_or(&time).to_owned();
        table.row([
            format!("{}.{}", seen.proto, seen.field),
            seen.value.clone(),
            out::count(seen.count),
            time,
            seen.frame.to_string(),
            from,
        ]);
    }
    table.write(to)?;
    Ok(())
}

fn branches(evidence: &[Evidence], indent: &str, to: &mut dyn Write) -> Result<(), Failure> {
    for each in evidence {
        let frame = if each.frame == 0 { String::new() } else { format!(", frame {}", each.frame) };
        let port = each.port.map_or_else(String::new, |port| format!(" port {port}"));
        writeln!(
            to,
            "{indent}{}.{}{port} = {:?}  rule {} weight {:.2}, heard {} times{frame}",
            each.proto, each.field, each.raw, each.rule, each.weight, each.count
        )?;
    }
    Ok(())
}
