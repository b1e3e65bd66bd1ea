//! What the overview says, in words that fit a row of sixteen.

use settings::{Item, Settings};
use wire::State;
use wire::local::{Overview, Standing};

/// The idle rotation: entries of two rows, in the order of `setup.md` §2.
pub fn idle(overview: &Overview) -> Vec<Vec<String>> {
    let named = !overview.name.is_empty();
    let name = if named { overview.name.clone() } else { overview.hostname.clone() };
    let trial = overview.trying.map(|_| vec!["CHANGE ON TRIAL".into(), "press a key".into()]);
    let rest = vec![
        vec![name, address(overview)],
        vec![overview.platform.standing.words().into(), upload(overview)],
        vec![traffic(overview), drops(overview)],
        vec![
            format!("{} assets", thousands(overview.sightings[1])),
            format!("{} new in 24 h", thousands(overview.new)),
        ],
        verdict(overview),
        vec![overview.version.clone(), serial(overview)],
        vec![mac(&overview.management.mac), link(overview)],
    ];
    trial.into_iter().chain(rest).collect()
}

/// Everything there is to say, a block each.
pub fn status(overview: &Overview) -> Vec<Vec<String>> {
    let mut out = idle(overview);
    out.extend(
        more(overview).into_iter().filter(|paragraph| !paragraph.trim().is_empty()).map(|line| vec![line]),
    );
    out
}

/// What the rotation leaves out, a paragraph each.
fn more(overview: &Overview) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let management = &overview.management;
    out.extend(management.addresses.iter().map(|(address, how)| format!("{address} {how}")));
    out.extend(management.gateways.iter().map(|gateway| format!("gateway {gateway}")));
    out.extend(management.dns.iter().map(|server| format!("DNS {server}")));
    out.extend(management.fault.iter().map(ToString::to_string));
    let platform = &overview.platform;
    let address = if platform.address.is_empty() { "not set" } else { &platform.address };
    out.push(format!("platform {address}"));
    if !platform.proxy.is_empty() {
        out.push(format!("proxy {}", platform.proxy));
    }
    out.extend(platform.fault.iter().map(ToString::to_string));
    for sniffing in &overview.ports {
        let port = &sniffing.port;
        let state = if port.link { format!("{} Mb/s", port.bits / 1_000_000) } else { "no link".into() };
        out.push(format!("{} {} {state}", port.name, sniffing.label));
        if !sniffing.neighbour.is_empty() {
            out.push(format!("to {}", sniffing.neighbour));
        }
    }
    let findings = overview.findings.iter();
    out.extend(findings.map(|finding| match finding.code {
        Some(code) => format!("{code}: {}", finding.words),
        None => finding.words.clone(),
    }));
    if overview.spool.batches > 0 {
        out.push(format!("{} reports wait", thousands(overview.spool.batches)));
    }
    if let Some(offset) = overview.clock_offset.filter(|offset| offset.unsigned_abs() > 1_000_000_000) {
        out.push(format!("clock off by {} s", offset / 1_000_000_000));
    }
    out.push(format!("up {}", ago(overview.uptime)));
    out.push(overview.next.clone());
    out
}

/// Address without its prefix: what people type to reach the box.
fn address(overview: &Overview) -> String {
    let addresses = &overview.management.addresses;
    let v4 = addresses.iter().find(|(address, _)| !address.contains(':'));
    let address = v4.or(addresses.first()).map(|(address, _)| address.split('/').next().unwrap_or_default());
    address.map_or_else(|| "no address".into(), Into::into)
}

fn upload(overview: &Overview) -> String {
    let heard = overview.platform.heard;
    match overview.platform.standing {
        Standing::Unregistered => "enter the code".into(),
        _ if heard.0 == 0 => "never sent".into(),
        _ => format!("sent {} ago", ago(overview.time.0.since(heard) / 1_000_000_000)),
    }
}

fn traffic(overview: &Overview) -> String {
    match overview.sensing {
        None => return "not sensing".into(),
        Some(State::Paused) => return "paused".into(),
        Some(State::Failed) => return "cannot listen".into(),
        Some(State::Holding | State::Sensing) => {}
    }
    let bits: u64 = overview.ports.iter().map(|sniffing| sniffing.port.bits).sum();
    match bits {
        0..1_000 => format!("{bits} b/s"),
        1_000..1_000_000 => format!("{} kb/s", bits / 1_000),
        1_000_000..10_000_000_000 => format!("{} Mb/s", bits / 1_000_000),
        _ => format!("{} Gb/s", bits / 1_000_000_000),
    }
}

fn drops(overview: &Overview) -> String {
    let lost: u64 = overview.ports.iter().flat_map(|sniffing| sniffing.port.lost).sum();
    if lost == 0 { "nothing lost".into() } else { format!("{} lost", thousands(lost)) }
}

fn verdict(overview: &Overview) -> Vec<String> {
    match overview.findings.first() {
        None if overview.sensing.is_none() => vec!["mirror".into(), "not checked yet".into()],
        None => vec!["mirror".into(), "good".into()],
        Some(finding) => match finding.code {
            Some(code) => vec![format!("E{:02}", code.number()), code.words().into()],
            None => vec!["mirror".into(), finding.words.clone()],
        },
    }
}

fn serial(overview: &Overview) -> String {
    if overview.serial.is_empty() { "no serial number".into() } else { overview.serial.clone() }
}

/// Without colons a MAC and its name fit a row.
fn mac(mac: &str) -> String {
    format!("MAC {}", mac.replace(':', ""))
}

fn link(overview: &Overview) -> String {
    let management = &overview.management;
    match (management.link, management.speed) {
        (false, _) => format!("{} no link", management.port),
        (true, 0) => format!("{} link", management.port),
        (true, speed) => format!("{} {speed} Mb/s", management.port),
    }
}

/// `12 s`, `3 min`, `5 h`, `8 d`.
fn ago(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// `12,345`; above ten millions `12 M`.
fn thousands(number: u64) -> String {
    match number {
        0..1_000 => number.to_string(),
        1_000..1_000_000 => format!("{},{:03}", number / 1_000, number % 1_000),
        1_000_000..10_000_000 => {
            format!("{},{:03},{:03}", number / 1_000_000, number / 1_000 % 1_000, number % 1_000)
        }
        _ => format!("{} M", number / 1_000_000),
    }
}

/// What is set, a block each, of some items.
pub fn values(items: &[&'static Item], draft: &Settings, secret: impl Fn(&Item) -> bool) -> Vec<Vec<String>> {
    let shown = items.iter().filter(|item| item.panel && (item.applies)(draft));
    shown
        .map(|item| {
            let value = draft.get(item);
            let text = if item.secret && value.is_empty() && secret(item) {
                "(set)".into()
            } else {
                item.show(value)
            };
            vec![item.label.into(), text]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_ages_are_short() {
        assert_eq!(
            [0, 999, 1_000, 1_234_567, 12_345_678].map(thousands),
            ["0", "999", "1,000", "1,234,567", "12 M"]
        );
        assert_eq!([119, 120, 7_200, 172_800].map(ago), ["119 s", "2 min", "2 h", "2 d"]);
    }

    #[test]
    fn every_row_of_the_rotation_fits_sixteen() {
        for overview in [Overview::default(), crate::demo::overview()] {
            for row in idle(&overview).concat() {
                assert!(row.chars().count() <= 16, "{row}");
            }
        }
    }
}
