//! 4: the sniffing ports, what arrives at them, and what is wrong with the mirror.

use settings::Group;
use wire::local::Overview;

use super::Entry;
use crate::banner::verdict;
use crate::prompt::HOW;
use crate::screen::{Did, Screen};
use crate::text::{age, bytes, grouped, rate, speed};

/// The item.
pub(super) const ENTRY: Entry = Entry {
    number: 4,
    names: &["ports", "mirror"],
    label: "Ports and mirror check",
    help: "What arrives at the sniffing ports, what is wrong with the mirror; each port's role.",
    run,
};

fn run(screen: &mut Screen<'_>) -> Did<()> {
    let overview = screen.overview()?;
    for line in lines(&overview) {
        screen.say_in(&line, 14)?;
    }
    if !screen.yes("Change roles or labels of ports?")? {
        return Ok(());
    }
    screen.say(HOW)?;
    super::form(screen, &overview, &[Group::Ports])
}

/// Every port with its counters and verdict, then what is wrong, worst first.
pub fn lines(o: &Overview) -> Vec<String> {
    let mut out = vec!["Sniffing ports".to_string()];
    if o.ports.is_empty() {
        out.push("  None. A port becomes one by its role; the management port cannot be it.".into());
    }
    for sniffing in &o.ports {
        let p = &sniffing.port;
        let mut head = vec![if p.link { format!("link up {}", speed(p.speed)) } else { "NO LINK".into() }];
        head.extend(p.mac.map(|mac| format!("MAC {mac}")));
        head.extend(Some(format!("driver {}", p.driver)).filter(|_| !p.driver.is_empty()));
        head.extend(Some(sniffing.label.clone()).filter(|label| !label.is_empty()));
        out.push(format!("  {:<11} {}", p.name, head.join("  ")));
        if !sniffing.neighbour.is_empty() {
            out.push(format!("{:14}neighbour {}", "", sniffing.neighbour));
        }
        out.push(format!(
            "{:14}now {}, {} packets/s; in all {} packets, {}",
            "",
            rate(p.bits),
            grouped(p.packets),
            grouped(p.frames),
            bytes(p.bytes)
        ));
        let last = match p.last.0 {
            0 => "never".into(),
            _ => format!("{} ago", age(o.time.0.since(p.last) / 1_000_000_000)),
        };
        let [card, ring] = p.lost;
        out.push(format!(
            "{:14}last packet {last}; lost {} in the card, {} in the ring",
            "",
            grouped(card),
            grouped(ring)
        ));
        if p.blind_to_vlans {
            out.push(format!("{:14}VLAN tags cannot be seen on this port", ""));
        }
        out.push(format!("{:14}{}", "", verdict(sniffing, o)));
    }
    let unnamed =
        o.findings.iter().filter(|fact| !o.ports.iter().any(|port| verdict(port, o).ends_with(&fact.words)));
    let mut unnamed = unnamed.peekable();
    if unnamed.peek().is_some() {
        out.push("Also found, worst first".into());
    }
    for fact in unnamed {
        let code = fact.code.map_or_else(String::new, |code| format!("{code}: "));
        out.push(format!("  {code}{}", fact.words));
    }
    out
}
