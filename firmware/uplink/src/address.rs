//! Where the platform is, and what stands between.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A name or IP address, and a port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// Name or address, without brackets.
    pub host: String,
    /// TCP port.
    pub port: u16,
}

/// `host:port`, brackets around an IPv6 address.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.parse::<Ipv6Addr>() {
            Ok(ip) => write!(f, "[{ip}]:{}", self.port),
            Err(_) => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

/// The text names no place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAnAddress(String);

impl fmt::Display for NotAnAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is no address: write https://name, name:port or an IP address", self.0)
    }
}

impl std::error::Error for NotAnAddress {}

/// `https://name`, `name:8443`, `10.0.0.1`, `[2001:db8::1]:443`; port 443 unless
/// given. Plain `http://` is refused.
impl FromStr for Address {
    type Err = NotAnAddress;

    fn from_str(text: &str) -> Result<Address, NotAnAddress> {
        let refused = || NotAnAddress(format!("{text:?}"));
        let rest = text.trim();
        let rest = rest.strip_prefix("https://").unwrap_or(rest).trim_end_matches('/');
        if let Ok(ip) = rest.parse::<IpAddr>() {
            return Ok(Address { host: ip.to_string(), port: 443 });
        }
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().ok().filter(|port| *port != 0).ok_or_else(refused)?),
            None => (rest, 443),
        };
        let host = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
            Some(ip) => ip.parse::<Ipv6Addr>().map_err(|_| refused())?.to_string(),
            None => host.trim_end_matches('.').to_ascii_lowercase(),
        };
        let letters = |host: &str| host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
        let good =
            host.parse::<Ipv6Addr>().is_ok() || (letters(&host) && !host.is_empty() && host.len() <= 253);
        if good { Ok(Address { host, port }) } else { Err(refused()) }
    }
}

/// How a proxy is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProxyKind {
    /// CONNECT (RFC 9110 §9.3.6).
    Http,
    /// The same, inside TLS to the proxy.
    Https,
    /// RFC 1928, RFC 1929; the proxy resolves the name.
    Socks5,
}

/// User and password, in Basic authentication or RFC 1929. NTLM and Negotiate
/// are not spoken.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    /// User.
    pub user: String,
    /// Password.
    pub password: String,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Login({}, …)", self.user)
    }
}

/// A proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy {
    /// How it is spoken to.
    pub kind: ProxyKind,
    /// Where it is.
    pub address: Address,
    /// What it wants to hear first.
    pub login: Option<Login>,
    /// CAs (DER) that may have signed an `https` proxy's certificate.
    pub authorities: Vec<Vec<u8>>,
    /// Platforms that are reached without it: names, `.domain` for all below one,
    /// IP addresses, `*` for all.
    pub bypass: Vec<String>,
}

impl Proxy {
    /// One that wants no login and is good for all.
    pub fn new(kind: ProxyKind, address: Address) -> Proxy {
        Proxy { kind, address, login: None, authorities: Vec::new(), bypass: Vec::new() }
    }

    fn bypasses(&self, host: &str) -> bool {
        self.bypass.iter().map(|rule| rule.trim().trim_start_matches("*.").to_ascii_lowercase()).any(|rule| {
            let below = rule.trim_start_matches('.');
            rule == "*"
                || host == below
                || (!below.is_empty() && host.strip_suffix(below).is_some_and(|sub| sub.ends_with('.')))
        })
    }
}

/// The way to a platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The platform.
    pub platform: Address,
    /// The proxy, if one is set.
    pub proxy: Option<Proxy>,
}

impl Route {
    /// The proxy to use: the one set, unless its bypass list names the platform.
    pub fn via(&self) -> Option<&Proxy> {
        self.proxy.as_ref().filter(|proxy| !proxy.bypasses(&self.platform.host))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (text, shown) in [
            ("https://Platform.Example.com/", "platform.example.com:443"),
            ("platform:8443", "platform:8443"),
            ("10.0.0.1", "10.0.0.1:443"),
            ("2001:db8::1", "[2001:db8::1]:443"),
            ("https://[2001:db8::1]:8443", "[2001:db8::1]:8443"),
        ] {
            let address: Address = text.parse().unwrap();
            assert_eq!(address.to_string(), shown);
            assert_eq!(shown.parse(), Ok(address));
        }
        for bad in ["", "http://a", "a:0", "a:70000", "a b", "[::1", "https://a/b", "a\r\nHost: b", "[a]:1"] {
            let error = bad.parse::<Address>().unwrap_err();
            assert!(error.to_string().contains("write https://name"), "{error}");
        }
    }

    #[test]
    fn bypass() {
        let mut proxy = Proxy::new(ProxyKind::Http, "proxy:3128".parse().unwrap());
        proxy.bypass = vec![".corp.example".into(), "10.0.0.1".into(), "*.lab".into()];
        for (host, direct) in [
            ("a.corp.example", true),
            ("corp.example", true),
            ("notcorp.example", false),
            ("10.0.0.1", true),
            ("110.0.0.1", false),
            ("x.lab", true),
        ] {
            let platform = Address { host: host.into(), port: 443 };
            assert_eq!(Route { platform, proxy: Some(proxy.clone()) }.via().is_none(), direct, "{host}");
        }
    }

    #[test]
    fn passwords_are_not_shown() {
        let login = Login { user: "u".into(), password: "secret".into() };
        assert_eq!(format!("{login:?}"), "Login(u, …)");
    }
}
