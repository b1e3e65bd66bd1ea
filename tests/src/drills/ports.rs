//! Nothing listens: a registered box is knocked at from its management network, every port of TCP and the well-known ones
//! of UDP, and what it says itself of its sockets is read from its log.

use std::net::Ipv4Addr;
use std::time::Instant;

use super::{Drill, LONGEST, Options, disk, words};
use crate::vm::lan::{Lan, Way};
use crate::vm::ports::{UDP, open_tcp, open_udp};
use crate::vm::{Hardware, Start};

/// The drill.
pub const DRILL: Drill =
    Drill { name: "ports", about: "ports: nothing listens on the management network", run };

/// What the box notes of itself, a minute after its start.
const NOTED: &str = "sockets that wait: ";

fn run(options: &Options) -> Result<(), String> {
    let image = options.image()?;
    let lan = Lan::new(Way::Direct)?;
    let folder = tempfile::tempdir().map_err(words)?;
    let (mut hardware, _panel) = Hardware::of(&image, Start::Kernel(image.kernel()), Lan::wire());
    disk(&mut hardware, &image, &folder.path().join("disk"), None);
    let mut machine = lan.start(&hardware);
    machine.console.menu(LONGEST);
    lan.register(&mut machine, "drill", LONGEST);
    let banner = machine.console.choose("", &[], LONGEST);
    let host = address(&banner).ok_or_else(|| format!("the banner names no address:\n{banner}"))?;
    let begun = Instant::now();
    let tcp = lan.run(|| open_tcp(host, 1..=u16::MAX))?;
    let took = begun.elapsed();
    let udp = lan.run(|| open_udp(host, UDP)).map_err(words)?;
    let noted = machine.console.logged(NOTED, LONGEST);
    println!(
        "| board | TCP: ports knocked at, open | UDP: ports knocked at, that say nothing | the box itself |"
    );
    println!("|---|---|---|---|");
    println!(
        "| {} | {} in {:.0} s, {tcp:?} | {}, {udp:?} | {noted} |",
        image.board.name,
        u16::MAX,
        took.as_secs_f64(),
        UDP.len()
    );
    machine.power_button();
    machine.ended(LONGEST);
    // The DHCP client's own.
    let strange = udp.iter().any(|port| *port != 68) || !noted.starts_with("TCP none");
    if tcp.is_empty() && !strange { Ok(()) } else { Err("something listens".into()) }
}

/// The box's address in the lan's range.
fn address(banner: &str) -> Option<Ipv4Addr> {
    let words = banner.split(|c: char| !c.is_ascii_digit() && c != '.');
    words.filter_map(|word| word.parse().ok()).find(|ip: &Ipv4Addr| ip.octets()[..3] == [10, 9, 0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_found_in_the_banner() {
        let banner = "Stillwatch 0.1.0\nManagement  10.9.0.123/24 (DHCP), gateway 10.9.0.1";
        assert_eq!(address(banner), Some(Ipv4Addr::new(10, 9, 0, 123)));
        assert_eq!(address("no address 10.8.0.1"), None);
    }
}
