//! `stillwatch ports`: the ports of this machine, and what each is good for.

use std::io::Write;

use capture::port::{self, Port};

use crate::exit::{Exit, Failure};
use crate::out::{self, Columns};

/// Runs the verb.
pub fn run(json: bool, release: Option<&str>) -> Result<Exit, Failure> {
    if let Some(name) = release {
        port::release(name)?;
        anstream::eprintln!("{name} may speak again: no egress drop; IPv6, ARP and receive merging on.");
        return Ok(Exit::Ok);
    }
    let ports = port::list().map_err(|error| Failure::Input(format!("cannot list the ports: {error}")))?;
    let mut to = out::open(None)?;
    if json {
        let documents: Vec<_> = ports.iter().map(document).collect();
        serde_json::to_writer_pretty(&mut to, &documents).map_err(std::io::Error::from)?;
        writeln!(to)?;
    } else if ports.is_empty() {
        writeln!(to, "This machine has no ports beside the loopback.")?;
    } else {
        table(&ports).write(&mut *to)?;
    }
    to.flush()?;
    Ok(Exit::Ok)
}

/// What a port is good for, from how it is used now.
fn role(port: &Port) -> &'static str {
    match port {
        Port { default_route: true, .. } => "management: a default route leads out of it",
        Port { silent: true, .. } => "sniffing: nothing can be sent",
        Port { addresses, .. } if !addresses.is_empty() => "in use: it has an address",
        Port { is_virtual: true, .. } => "virtual",
        _ => "free: may become a sniffing port",
    }
}

fn mac(port: &Port) -> Option<String> {
    port.mac.map(|mac| model::Mac(mac).to_string())
}

fn link(port: &Port) -> &'static str {
    match (port.up, port.carrier) {
        (true, true) => "up",
        (true, false) => "no link",
        (false, _) => "off",
    }
}

/// Mbit/s in the unit that people say.
fn speed(mbit: u32) -> String {
    match mbit {
        1_000.. if mbit.is_multiple_of(1_000) => format!("{} Gb/s", mbit / 1_000),
        1_000.. => format!("{:.1} Gb/s", f64::from(mbit) / 1_000.0),
        _ => format!("{mbit} Mb/s"),
    }
}

fn table(ports: &[Port]) -> Columns {
    let mut table =
        Columns::new(&["PORT", "LINK", ">SPEED", "DRIVER", "MAC", ">MTU", "ADDRESSES", "ROLE"], None);
    let dash = |text: String| if text.is_empty() { "-".to_owned() } else { text };
    for port in ports {
        let addresses: Vec<String> = port.addresses.iter().map(ToString::to_string).collect();
        table.row([
            port.name.clone(),
            link(port).into(),
            port.speed.map_or_else(|| "-".into(), speed),
            dash(port.driver.clone()),
            dash(mac(port).unwrap_or_default()),
            port.mtu.to_string(),
            dash(addresses.join(", ")),
            role(port).into(),
        ]);
    }
    table
}

fn document(port: &Port) -> serde_json::Value {
    serde_json::json!({
        "name": port.name,
        "index": port.index,
        "mac": mac(port),
        "up": port.up,
        "carrier": port.carrier,
        "speed_mbit": port.speed,
        "driver": port.driver,
        "mtu": port.mtu,
        "virtual": port.is_virtual,
        "addresses": port.addresses,
        "default_route": port.default_route,
        "silent": port.silent,
        "role": role(port).split(':').next(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_follow_from_use() {
        let port = |default_route, silent, address: Option<&str>| Port {
            default_route,
            silent,
            addresses: address.into_iter().filter_map(|text| text.parse().ok()).collect(),
            ..Port::default()
        };
        assert!(role(&port(true, true, Some("10.0.0.1"))).starts_with("management"));
        assert!(role(&port(false, true, None)).starts_with("sniffing"));
        assert!(role(&port(false, false, Some("10.0.0.1"))).starts_with("in use"));
        assert!(role(&port(false, false, None)).starts_with("free"));
    }

    #[test]
    fn speeds_read_well() {
        assert_eq!([100, 1_000, 2_500, 10_000].map(speed), ["100 Mb/s", "1 Gb/s", "2.5 Gb/s", "10 Gb/s"]);
    }
}
