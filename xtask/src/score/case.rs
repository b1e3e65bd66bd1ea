//! One capture with both answers, and how one finds a host of one in the other.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::expected::{Expected, Fact, Flow, Host};
use super::ours::{Asset, Ours};
use super::scope;

/// Both answers for one capture.
pub struct Case {
    /// File name of the capture.
    pub name: String,
    /// The independent decoder's.
    pub expected: Expected,
    /// Ours.
    pub ours: Ours,
}

impl Case {
    /// Our assets that are this host: those with its MAC, or one of its
    /// addresses when it has none. In tunnels that carry whole Ethernet frames
    /// the decoder puts inner facts on the outer MAC, so any asset will do.
    pub fn assets_of(&self, host: &Host) -> Vec<&Asset> {
        let any = self.inner_frames();
        let same = |asset: &&Asset| match &host.mac {
            Some(mac) => asset.has_mac(mac),
            None => host.ips.iter().any(|ip| asset.has_ip(ip)),
        };
        self.ours.assets.iter().filter(|asset| any || same(asset)).collect()
    }

    /// Our assets that a fact of this host may be about: the host's, and that of
    /// the address it was heard from (the MAC may be a router's).
    pub fn assets_of_fact(&self, host: &Host, fact: &Fact) -> Vec<&Asset> {
        let mut out = self.assets_of(host);
        let heard_from = fact.ip.iter().chain(host.ips.iter().filter(|_| fact.ip.is_none()));
        for ip in heard_from {
            out.extend(self.ours.assets.iter().filter(|asset| asset.has_ip(ip)));
        }
        out
    }

    /// Why a fact with this source is outside the scope; `None` when it is inside.
    pub fn outside_scope(&self, host: &Host, source: &str) -> Option<String> {
        let first = source.split(['.', ' ']).next().unwrap_or("");
        if !scope::source_in_scope(source) {
            return Some(format!("protocol outside the issue: {first}"));
        }
        let of_host = |ip: &String| host.ips.contains(ip);
        let flows = self.expected.flows.iter();
        let flows =
            flows.filter(|flow| host.ips.is_empty() || of_host(&flow.client) || of_host(&flow.server));
        let cut = !self.expected.all_flows;
        (!cut && !scope::carried(first, flows))
            .then(|| format!("inside a protocol outside the issue: {first}"))
    }

    /// True when the capture has tunnels that carry Ethernet frames.
    pub fn inner_frames(&self) -> bool {
        self.expected.tunnels.iter().any(|tunnel| scope::CARRIES_FRAMES.contains(&tunnel.as_str()))
    }

    /// True when the expected file names this text anywhere among hosts and flows.
    pub fn names(&self, text: &str) -> bool {
        self.expected.text.match_indices(text).any(|(at, _)| {
            let part_of = |c: char| c.is_ascii_hexdigit() || c == ':' || c == '.';
            let before = self.expected.text[..at].chars().next_back();
            let after = self.expected.text[at + text.len()..].chars().next();
            !before.is_some_and(part_of) && !after.is_some_and(|c| c.is_ascii_hexdigit())
        })
    }

    /// True for an address of the expected file that never sent: the decoder lists
    /// it as the client that a server's packets must have had.
    pub fn never_sent(&self, host: &Host, ip: &str) -> bool {
        let sent = |flow: &Flow| {
            (flow.client == ip && flow.packets[0] > 0) || (flow.server == ip && flow.packets[1] > 0)
        };
        let in_flows = |flow: &Flow| flow.client == ip || flow.server == ip;
        let flows = &self.expected.flows;
        self.expected.all_flows
            && host.mac.is_none()
            && host.facts.is_empty()
            && flows.iter().any(in_flows)
            && !flows.iter().any(sent)
    }

    /// Addresses that the expected file knows only from inside a tunnel that is
    /// outside the scope.
    pub fn hidden_ips(&self) -> BTreeSet<&str> {
        let ends = |hidden: bool| {
            let inside = |flow: &Flow| scope::hidden(flow) || scope::outside(flow);
            let flows = self.expected.flows.iter().filter(move |flow| inside(flow) == hidden);
            flows.flat_map(|flow| [flow.client.as_str(), flow.server.as_str()])
        };
        let open: BTreeSet<&str> = ends(false).collect();
        ends(true).filter(|ip| !open.contains(ip)).collect()
    }
}

impl Asset {
    /// True when one of its interfaces has this MAC.
    pub fn has_mac(&self, mac: &str) -> bool {
        self.interfaces.iter().any(|interface| interface.mac == mac)
    }

    /// True when one of its interfaces has this address.
    pub fn has_ip(&self, ip: &str) -> bool {
        self.interfaces.iter().any(|interface| interface.ips.iter().any(|one| one == ip))
    }

    /// What was heard of it in these fields.
    pub fn heard<'a>(&'a self, fields: &'a [&'a str]) -> impl Iterator<Item = &'a str> {
        self.heard
            .iter()
            .filter(|heard| fields.contains(&heard.field.as_str()))
            .map(|heard| heard.value.as_str())
    }
}

impl Host {
    /// `host 00:…` or `host 10.0.0.1`.
    pub fn title(&self) -> String {
        format!("host {}", self.mac.as_deref().or(self.ips.first().map(String::as_str)).unwrap_or("?"))
    }
}

/// A MAC in our way of writing: lower case, colons.
pub fn mac_text(text: &str) -> String {
    text.to_lowercase().replace('-', ":")
}

/// An address in the standard library's way of writing; other text as it is.
pub fn ip_text(text: &str) -> String {
    text.parse::<IpAddr>().map_or_else(|_| text.to_string(), |ip| ip.to_string())
}

/// True for a MAC that can name a host: neither a group address nor all zeros.
pub fn is_host_mac(mac: &str) -> bool {
    let first = mac.get(..2).and_then(|octet| u8::from_str_radix(octet, 16).ok());
    first.is_some_and(|octet| octet & 1 == 0) && mac != "00:00:00:00:00:00"
}

/// True for an address that can name a host.
pub fn is_host_ip(ip: &str) -> bool {
    match ip.parse::<IpAddr>() {
        Ok(IpAddr::V4(v4)) => !v4.is_multicast() && !v4.is_broadcast() && v4.octets()[0] != 0,
        Ok(IpAddr::V6(v6)) => !v6.is_multicast() && !v6.is_unspecified(),
        Err(_) => false,
    }
}

/// Letters and digits in lower case: how texts are compared where spelling varies.
pub fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_addresses_one_way() {
        assert_eq!(ip_text("2001:0DB8::0001"), "2001:db8::1");
        assert_eq!(mac_text("00-1B-aa-BB-cc-01"), "00:1b:aa:bb:cc:01");
        assert!(is_host_ip("10.0.0.1") && !is_host_ip("255.255.255.255") && !is_host_ip("ff02::1"));
        assert!(is_host_mac("02:00:00:00:00:01") && !is_host_mac("01:00:5e:00:00:01"));
        assert_eq!(plain("Cisco Systems, Inc."), "ciscosystemsinc");
    }

    #[test]
    fn names_whole_addresses() {
        let expected =
            Expected { text: r#"["10.0.0.12","http://10.0.0.3:80/"]"#.into(), ..Expected::default() };
        let case = Case { name: String::new(), expected, ours: Ours::default() };
        assert!(case.names("10.0.0.12") && case.names("10.0.0.3"));
        assert!(!case.names("10.0.0.1") && !case.names("0.0.0.12"));
    }
}
