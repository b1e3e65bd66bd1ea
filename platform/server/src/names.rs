//! Names of this host, for certificates when the operator gives none.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};

/// Host name, the address that faces the network, and those of loopback; only
/// the latter and `bound` when nothing else is listened on.
pub(crate) fn of_this_host(bound: IpAddr) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut add = |name: String| {
        if !name.is_empty() && !names.contains(&name) {
            names.push(name);
        }
    };
    if bound.is_unspecified() {
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        add(host.trim().to_lowercase());
        facing().into_iter().for_each(|ip| add(ip.to_string()));
    } else {
        add(bound.to_string());
    }
    if bound.is_unspecified() || bound.is_loopback() {
        ["localhost", "127.0.0.1", "::1"].into_iter().for_each(|name| add(name.into()));
    }
    names
}

/// The address with which this host would reach others: the kernel looks its
/// routes up, nothing is sent.
fn facing() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    // 192.0.2.0/24 is documentation's (RFC 5737).
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    Some(socket.local_addr().ok()?.ip()).filter(|ip| !ip.is_unspecified())
}

/// `host:port`, as URLs write it.
pub(crate) fn address(name: &str, port: u16) -> String {
    match name.parse::<IpAddr>() {
        Ok(ip) => SocketAddr::new(ip, port).to_string(),
        Err(_) => format!("{name}:{port}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_named_only_where_it_is_reached() {
        let names = |ip: &str| of_this_host(ip.parse().unwrap());
        assert_eq!(names("127.0.0.1"), ["127.0.0.1", "localhost", "::1"]);
        assert_eq!(names("192.0.2.7"), ["192.0.2.7"]);
        assert!(names("0.0.0.0").contains(&"localhost".to_string()));
        assert_eq!((address("::1", 8), address("a.b", 8)), ("[::1]:8".into(), "a.b:8".into()));
    }
}
