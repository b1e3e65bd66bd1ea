//! Registered names of ports (IANA).

use crate::force::in_force;

/// Service name registered for a port. `transport` is the IP protocol number;
/// only 6 (TCP) and 17 (UDP) have names here.
pub fn port_service(transport: u8, port: u16) -> Option<&'static str> {
    let section = match transport {
        6 => 0,
        17 => 1,
        _ => return None,
    };
    in_force().services.find(section, &port.to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_and_unknown_ports() {
        for (transport, port, name) in [
            (6, 22, Some("ssh")),
            (17, 53, Some("domain")),
            (6, 502, Some("mbap")),
            (6, 102, Some("iso-tsap")),
            (6, 0, None),
            (132, 22, None),
        ] {
            assert_eq!(port_service(transport, port), name, "{transport}/{port}");
        }
        assert!(crate::built_in().services.all(0).len() > 5000);
    }
}
