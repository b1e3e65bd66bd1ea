//! Who is the client of a flow, and where another flow begins.

use std::net::IpAddr;

use dissect::Dispatch;
use flow::Hot;
use packet::Tcp;

use crate::flow_state::FlowState;
use crate::key::End;

/// Ports above 1023 that common services have registered with IANA: of a flow whose
/// beginning was not heard, the side with such a port is the server.
const REGISTERED: [u16; 32] = [
    1194, 1433, 1521, 1723, 1883, 2049, 2123, 2152, 2404, 3260, 3306, 3389, 3478, 3544, 4500, 4840, 5004,
    5060, 5061, 5222, 5432, 5671, 5672, 5938, 6379, 6514, 8080, 8443, 8883, 9092, 9100, 27017,
];

/// True when the source of a first packet looks like the server.
pub fn serves(dispatch: &Dispatch, transport: u8, source: End, target: End) -> bool {
    let known = |end: End| {
        end.port != 0 && end.port < 1024
            || REGISTERED.binary_search(&end.port).is_ok()
            || dispatch.name_of_port(transport, end.port).is_some()
    };
    known(source) && !known(target) && !multicast(target.ip)
}

/// A SYN that begins another connection of the same ports; not one that is heard
/// behind its own answer, as on the two ports of a TAP.
pub fn starts_anew((hot, state): (&mut Hot, &mut FlowState), tcp: &Tcp<'_>) -> bool {
    tcp.flags & (Tcp::SYN | Tcp::ACK | Tcp::RST) == Tcp::SYN
        && state.begun != tcp.seq
        && (hot.state & Hot::CLOSED != 0 || hot.next_seq[0] != 0 || hot.packets[1] > 1)
}

fn multicast(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => v4.is_multicast() || v4.is_broadcast(),
        IpAddr::V6(v6) => v6.is_multicast(),
    }
}
