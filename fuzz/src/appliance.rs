//! What an appliance reads from strangers while it is set up: settings files, the OVF
//! environment, cloud-init, faces at its socket, DHCP servers, routers; and its panel and
//! console (`faces.rs`).

use std::net::Ipv4Addr;
use std::time::Duration;

use netcfg::dhcp::{self, Client, Identity, Phase, Timing};
use setup::hands_free::{self, Origin};

use crate::case::Case;
use crate::{Fault, Said, Target, faces, hash};

/// A reader of bytes.
pub struct Reader {
    name: &'static str,
    seeds: fn() -> Vec<Vec<u8>>,
    run: fn(&[u8]) -> Result<Said, Fault>,
}

/// All of them.
pub const READERS: [Reader; 8] = [
    Reader { name: "settings", seeds: settings_seeds, run: settings },
    Reader { name: "ovf", seeds: ovf_seeds, run: |bytes| beside(Origin::Ovf, bytes) },
    Reader { name: "cloud_init", seeds: cloud_seeds, run: |bytes| beside(Origin::CloudInit, bytes) },
    Reader { name: "local", seeds: local_seeds, run: local },
    Reader { name: "dhcp_client", seeds: dhcp_seeds, run: dhcp },
    Reader { name: "router", seeds: router_seeds, run: router },
    Reader { name: "panel", seeds: faces::packet_seeds, run: faces::packets },
    Reader { name: "console", seeds: faces::console_seeds, run: faces::console_line },
];

impl Target for Reader {
    fn name(&self) -> &'static str {
        self.name
    }

    fn seeds(&self) -> Vec<Case> {
        (self.seeds)().into_iter().map(Case::of).collect()
    }

    fn likes(&self, _: &Case) -> bool {
        false
    }

    fn run(&self, case: &Case) -> Result<Said, Fault> {
        (self.run)(&case.bytes())
    }
}

fn said(shape: &str, count: usize) -> Said {
    let count = count as u64;
    Said { count, shape: hash(count, shape.as_bytes()), ..Said::default() }
}

fn settings_seeds() -> Vec<Vec<u8>> {
    let text = "proxy.host = 'p'\nproxy.kind = 'http'\n[network]\nmode = \"static\"\naddress = '10.0.0.5/24'\nvlan = 5\nroutes = ['10.0.0.0/8 via 10.0.0.1']\n";
    let copy = b"stillwatch-settings 1 3 00000000\nproxy.host = \"p\"\n".to_vec();
    vec![text.as_bytes().to_vec(), copy]
}

/// A stored copy, and text that somebody restores; what is taken reads back the same.
fn settings(bytes: &[u8]) -> Result<Said, Fault> {
    if setup::parse(bytes).is_some() {
        return Ok(said("copy", 1));
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return Ok(Said::default()) };
    let Ok(changes) = setup::text::read(text) else { return Ok(said("refused", 0)) };
    let Ok(settings) = ::settings::Settings::default().with(&changes) else { return Ok(said("wrong", 1)) };
    let written = setup::text::write(&settings, |_| false);
    let again = setup::text::read(&written).map_err(|why| Fault::new("is not read back", why))?;
    match ::settings::Settings::default().with(&again) {
        Ok(same) if same == settings => Ok(said("taken", changes.len())),
        other => Err(Fault::new("reads back as something else", format!("{settings:?}, {other:?}"))),
    }
}

fn ovf_seeds() -> Vec<Vec<u8>> {
    let text = "<?xml version=\"1.0\"?><Environment xmlns=\"http://schemas.dmtf.org/ovf/environment/1\" \
                xmlns:oe=\"http://schemas.dmtf.org/ovf/environment/1\"><PropertySection>\
                <Property oe:key=\"network.mode\" oe:value=\"static\"/></PropertySection></Environment>";
    vec![text.as_bytes().to_vec()]
}

fn cloud_seeds() -> Vec<Vec<u8>> {
    let text = "#cloud-config\nhostname: a\nstillwatch:\n  network:\n    mode: static\n    routes: [a, 'b']\n  proxy: {host: p, port: 8080}\n";
    vec![text.as_bytes().to_vec()]
}

fn beside(origin: Origin, bytes: &[u8]) -> Result<Said, Fault> {
    let Ok(text) = std::str::from_utf8(bytes) else { return Ok(Said::default()) };
    let Ok(found) = hands_free::read(origin, text) else { return Ok(said("refused", 0)) };
    if found.changes.len() > text.len() {
        return Err(Fault::new("says more than was there", format!("{} settings", found.changes.len())));
    }
    let _ = ::settings::Settings::default().with(&found.changes);
    Ok(said("taken", found.changes.len()))
}

fn local_seeds() -> Vec<Vec<u8>> {
    use ::wire::local::{Ask, Look, frame};
    let asks = [
        Ask::Overview,
        Ask::Apply(vec![("network.mode".into(), "dhcp".into())]),
        Ask::Look(Look::Ping("a".into())),
        Ask::Sensing(Box::default()),
        Ask::Orders,
    ];
    asks.iter().map(frame).collect()
}

fn local(bytes: &[u8]) -> Result<Said, Fault> {
    let mut arrived = bytes.to_vec();
    let mut count = 0;
    while let Ok(Some(_)) = ::wire::local::unframe::<::wire::local::Ask>(&mut arrived) {
        count += 1;
    }
    Ok(said("asks", count))
}

/// Answers of a server: an offer, an acknowledgement, a refusal; the exchange's number
/// and the client's MAC are put in when they are handed over.
fn dhcp_seeds() -> Vec<Vec<u8>> {
    let answer = |kind: u8| {
        let mut bytes = vec![2, 1, 6, 0];
        bytes.resize(16, 0);
        bytes.extend([10, 0, 0, 50]);
        bytes.resize(236, 0);
        bytes.extend([
            99, 130, 83, 99, 53, 1, kind, 54, 4, 10, 0, 0, 1, 51, 4, 0, 0, 0, 60, 1, 4, 255, 255, 255, 0,
        ]);
        bytes
            .extend([3, 4, 10, 0, 0, 1, 6, 8, 10, 0, 0, 2, 10, 0, 0, 3, 15, 5, b'p', b'l', b'a', b'n', b't']);
        bytes.extend([121, 8, 16, 10, 9, 10, 0, 0, 1, 0, 42, 4, 10, 0, 0, 4, 255]);
        bytes
    };
    vec![answer(2), answer(5), answer(6)]
}

const MAC: [u8; 6] = [2, 0, 0, 0, 0, 9];

/// A client that hears these bytes at every point of its exchange.
fn dhcp(bytes: &[u8]) -> Result<Said, Fault> {
    // As a frame too, whatever it is.
    let _ = dhcp::frame::payload(bytes);
    let who = Identity { mac: MAC, hostname: "a".into() };
    let mut client = Client::new(who, Timing::RFC, None, 7, Duration::ZERO);
    let (mut now, mut xid, mut count, mut shape) = (Duration::ZERO, [0; 4], 0, 0);
    client.link_up(now);
    for _ in 0..24 {
        let mut actions = client.poll(now);
        let mut message = bytes.to_vec();
        if let Some(place) = message.get_mut(4..8) {
            place.copy_from_slice(&xid);
        }
        if let Some(place) = message.get_mut(28..34) {
            place.copy_from_slice(&MAC);
        }
        actions.extend(client.receive(&message, now));
        for action in actions {
            count += 1;
            if let dhcp::Action::Broadcast(sent, _) | dhcp::Action::Unicast(sent, ..) = &action
                && let Some(number) = sent.get(4..8)
            {
                xid.copy_from_slice(number);
            }
            if let dhcp::Action::Gained(lease) = &action
                && (lease.prefix > 32 || lease.address == Ipv4Addr::UNSPECIFIED)
            {
                return Err(Fault::new("took a lease that cannot be used", format!("{lease:?}")));
            }
        }
        shape = hash(shape, format!("{:?}", client.phase()).as_bytes());
        if client.phase() == Phase::Bound && client.lease().is_none() {
            return Err(Fault::new("is bound without a lease", ""));
        }
        match client.next() {
            Some(next) if next <= now => now += Duration::from_millis(1),
            Some(next) => now = next,
            None => break,
        }
    }
    if count > 400 {
        return Err(Fault::new("never rests", format!("{count} actions")));
    }
    Ok(Said { count, shape, ..Said::default() })
}

fn router_seeds() -> Vec<Vec<u8>> {
    let mut bytes = vec![134, 0, 0, 0, 64, 0, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0];
    bytes.extend([25, 3, 0, 0, 0, 0, 2, 88]);
    bytes.extend([0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    bytes.extend([31, 2, 0, 0, 0, 0, 2, 88, 3, b'l', b'a', b'b', 0, 0, 0, 0]);
    vec![bytes]
}

fn router(bytes: &[u8]) -> Result<Said, Fault> {
    let advertisement = netcfg::ra::parse(bytes);
    Ok(said("router", usize::from(advertisement.is_some())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_taken() {
        for reader in &READERS {
            let counts: Vec<usize> =
                reader.seeds().iter().map(|case| reader.run(case).unwrap().count as usize).collect();
            assert!(counts.iter().any(|count| *count > 0), "{}: {counts:?}", reader.name);
        }
    }
}
