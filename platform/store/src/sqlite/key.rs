//! Keys of rows as bytes: big-endian, so that their order is that of the parts.

use std::net::IpAddr;

use model::{Mac, NetworkId, Sighting, Time};

use crate::{SensorNumber, SightingKey, TalkRow};

/// Sensor (4 bytes), network (2), MAC (0 or 1 and 6 bytes), IP as [`ip`].
pub fn sighting(key: &SightingKey) -> Vec<u8> {
    let mut out = Vec::with_capacity(32);
    out.extend(key.sensor.0.to_be_bytes());
    out.extend(key.sighting.network.0.to_be_bytes());
    match key.sighting.mac {
        Some(mac) => {
            out.push(1);
            out.extend(mac.0);
        }
        None => out.push(0),
    }
    match key.sighting.ip {
        Some(address) => ip(&mut out, address),
        None => out.push(0),
    }
    out
}

/// Reads back what [`sighting`] made; `None` for anything else.
pub fn read_sighting(bytes: &[u8]) -> Option<SightingKey> {
    let (sensor, rest) = bytes.split_first_chunk::<4>()?;
    let (network, rest) = rest.split_first_chunk::<2>()?;
    let (mac, rest) = match rest {
        [0, rest @ ..] => (None, rest),
        [1, rest @ ..] => {
            let (mac, rest) = rest.split_first_chunk::<6>()?;
            (Some(Mac(*mac)), rest)
        }
        _ => return None,
    };
    let ip = match rest {
        [0] => None,
        _ => Some(read_ip(rest)?),
    };
    let sighting = Sighting { network: NetworkId(u16::from_be_bytes(*network)), mac, ip };
    Some(SightingKey { sensor: SensorNumber(u32::from_be_bytes(*sensor)), sighting })
}

/// 4 and four bytes, or 6 and sixteen.
fn ip(out: &mut Vec<u8>, address: IpAddr) {
    match address {
        IpAddr::V4(v4) => {
            out.push(4);
            out.extend(v4.octets());
        }
        IpAddr::V6(v6) => {
            out.push(6);
            out.extend(v6.octets());
        }
    }
}

fn read_ip(bytes: &[u8]) -> Option<IpAddr> {
    match bytes {
        [4, rest @ ..] => Some(IpAddr::from(<[u8; 4]>::try_from(rest).ok()?)),
        [6, rest @ ..] => Some(IpAddr::from(<[u8; 16]>::try_from(rest).ok()?)),
        _ => None,
    }
}

/// One end of a conversation: network, IP.
pub fn end(network: NetworkId, address: IpAddr) -> Vec<u8> {
    let mut out = Vec::with_capacity(19);
    out.extend(network.0.to_be_bytes());
    ip(&mut out, address);
    out
}

/// Start, network, client, server, port, transport, sensor, run.
pub fn talk(row: &TalkRow) -> Vec<u8> {
    let c = &row.conversation;
    let mut out = start(row.start);
    out.extend(c.network.0.to_be_bytes());
    ip(&mut out, c.client);
    ip(&mut out, c.server);
    out.extend(c.port.to_be_bytes());
    out.push(c.transport);
    out.extend(row.sensor.0.to_be_bytes());
    out.extend(row.run.0.to_be_bytes());
    out
}

/// The beginning of a [`talk`] key: all that start earlier are smaller.
pub fn start(time: Time) -> Vec<u8> {
    let mut out = Vec::with_capacity(64);
    out.extend(time.0.to_be_bytes());
    out
}

/// Start, sensor and run of a [`talk`] key; `None` when it is too short.
pub fn read_talk(key: &[u8]) -> Option<(Time, SensorNumber, Time)> {
    let start = u64::from_be_bytes(*key.first_chunk()?);
    let (rest, run) = key.split_last_chunk()?;
    let sensor = u32::from_be_bytes(*rest.last_chunk()?);
    Some((Time(start), SensorNumber(sensor), Time(u64::from_be_bytes(*run))))
}

/// Bytes as hexadecimal digits: cursors, and names of rows in errors.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads [`hex`] back.
pub fn read_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text.chars().map(|c| Some(c.to_digit(16)? as u8)).collect();
    let (pairs, rest) = digits.as_deref()?.as_chunks::<2>();
    rest.is_empty().then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_back_and_nothing_else_is() {
        let mac = Some(Mac([0, 0x1b, 0x1b, 0, 0, 1]));
        for (mac, ip) in [(mac, None), (None, "10.0.0.1".parse().ok()), (mac, "fd00::1".parse().ok())] {
            let key = SightingKey {
                sensor: SensorNumber(7),
                sighting: Sighting { network: NetworkId(300), mac, ip },
            };
            let bytes = sighting(&key);
            assert_eq!(read_sighting(&bytes), Some(key));
            assert_eq!(read_sighting(&bytes[..bytes.len() - 1]), None);
        }
    }

    #[test]
    fn hexadecimal_round_trip() {
        assert_eq!(hex(&[0, 0xab]), "00ab");
        assert_eq!(read_hex("00ab"), Some(vec![0, 0xab]));
        for bad in ["0", "0g", "é"] {
            assert_eq!(read_hex(bad), None, "{bad}");
        }
    }
}
