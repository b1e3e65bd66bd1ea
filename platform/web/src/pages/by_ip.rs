//! Who had this address, at a time or ever.

use std::net::IpAddr;

use askama::Template;
use assets::Holder;
use assets::doc::Stamp;

use crate::answer::{Answer, Refusal, page};
use crate::ask::{Ask, Route};
use crate::frame::{Frame, Section};

/// Its addresses.
pub const ROUTES: &[Route] = &[Route::get("/assets/by-ip/{ip}", show)];

/// The page.
#[derive(Template)]
#[template(path = "by_ip.html")]
pub struct ByIpPage {
    /// What stands around it.
    pub frame: Frame,
    /// The address.
    pub ip: IpAddr,
    /// The time as typed.
    pub at: String,
    /// What is wrong with the time.
    pub problem: &'static str,
    /// Who had it.
    pub holders: Vec<Holder>,
}

/// A time as people and browsers write it: RFC 3339, without seconds or offset too (UTC then).
pub fn read_time(text: &str) -> Option<Stamp> {
    let text = text.trim().replace(' ', "T");
    let text = text.strip_suffix('Z').unwrap_or(&text);
    let whole = match text.len() {
        10 => format!("{text}T00:00:00Z"),
        16 => format!("{text}:00Z"),
        _ => format!("{text}Z"),
    };
    Stamp::parse(&whole)
}

fn show(ask: &Ask) -> Answer {
    let ip: IpAddr = ask.path.get("ip").parse().map_err(|_| Refusal::no_page(&ask.url))?;
    let (at, network) = (ask.query.get("at").to_owned(), ask.query.get("network"));
    let time = read_time(&at);
    let problem =
        if !at.is_empty() && time.is_none() { "This is no time. Write 2026-11-17T14:05 (UTC)." } else { "" };
    let mut holders = if problem.is_empty() { ask.platform.who_had(ip, time)? } else { Vec::new() };
    holders.retain(|holder| network.is_empty() || holder.network == network);
    let frame = ask.frame(format!("Who had {ip}"), Section::Inventory)?;
    page(&ByIpPage { frame, ip, at, problem, holders })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_as_people_write_them() {
        let five_past_two = Stamp::parse("2026-11-17T14:05:00Z");
        assert!(five_past_two.is_some());
        for text in
            ["2026-11-17T14:05", "2026-11-17T14:05Z", "2026-11-17 14:05:00", "2026-11-17T14:05:00.000Z"]
        {
            assert_eq!(read_time(text), five_past_two, "{text}");
        }
        assert_eq!(read_time("2026-11-17"), Stamp::parse("2026-11-17T00:00:00Z"));
        assert_eq!((read_time("Tuesday"), read_time("")), (None, None));
    }
}
