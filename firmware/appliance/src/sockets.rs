//! What could hear the network: sockets that wait for somebody, as the kernel lists them
//! (`/proc/net`, proc(5)). There is to be nothing but the DHCP client's.

use std::collections::BTreeSet;
use std::fs;

/// State of a TCP socket that listens (`TCP_LISTEN`).
const LISTENS: &str = "0A";

/// In words: `TCP none, UDP 68, raw none`; raw ones by the protocol's number.
pub fn open() -> String {
    let read = |name: &str| fs::read_to_string(format!("/proc/net/{name}")).unwrap_or_default();
    let both = |name: &str| [read(name), read(&format!("{name}6"))];
    let listed = |what: &str, ports: BTreeSet<u16>| {
        let ports: Vec<String> = ports.iter().map(u16::to_string).collect();
        format!("{what} {}", if ports.is_empty() { "none".into() } else { ports.join(" ") })
    };
    let tcp = both("tcp").iter().flat_map(|text| waiting(text, Some(LISTENS))).collect();
    let udp = both("udp").iter().flat_map(|text| waiting(text, None)).collect();
    let raw = both("raw").iter().flat_map(|text| waiting(text, None)).collect();
    [listed("TCP", tcp), listed("UDP", udp), listed("raw", raw)].join(", ")
}

/// Ports of sockets in this state that take from anybody.
fn waiting(text: &str, state: Option<&str>) -> Vec<u16> {
    let port = |line: &str| {
        let mut words = line.split_whitespace().skip(1);
        let (local, remote, now) = (words.next()?, words.next()?, words.next()?);
        // Who is connected takes from its other end alone.
        let anybody = remote.rsplit_once(':')?.0.bytes().all(|digit| digit == b'0');
        (anybody && state.is_none_or(|state| state == now)).then_some(())?;
        u16::from_str_radix(local.rsplit_once(':')?.1, 16).ok()
    };
    text.lines().skip(1).filter_map(port).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{TcpListener, UdpSocket};

    #[test]
    fn who_waits_is_told_from_who_is_connected() {
        let text = "  sl  local_address rem_address   st tx_queue rx_queue\n\
            \x20  0: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0\n\
            \x20  1: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0\n\
            \x20  2: 00000000:0044 00000000:0000 07 00000000:00000000 00:00000000 00000000     0\n";
        assert_eq!(waiting(text, Some(LISTENS)), [22]);
        assert_eq!(waiting(text, None), [22, 68]);
        assert_eq!(waiting("", None), [0_u16; 0]);
    }

    #[test]
    fn sockets_of_this_machine_are_found() {
        let (tcp, udp) = (TcpListener::bind("[::1]:0").unwrap(), UdpSocket::bind("127.0.0.1:0").unwrap());
        let (tcp, udp) = (tcp.local_addr().unwrap().port(), udp.local_addr().unwrap().port());
        let said = open();
        let (listening, rest) = said.split_once(", UDP ").unwrap();
        assert!(listening.split(' ').any(|word| word == tcp.to_string()), "{said}");
        let (bound, _) = rest.split_once(',').unwrap();
        assert!(bound.split(' ').any(|word| word == udp.to_string()), "{said}");
    }
}
