//! What only the driver knows or decides: its name, the link's speed, merging
//! offloads (`linux/ethtool.h`, through `SIOCETHTOOL`).
#![expect(unsafe_code, reason = "the ioctl takes a structure with a raw pointer")]

use std::io;
use std::os::fd::AsRawFd;

use nix::sys::socket::{AddressFamily, SockFlag, SockType, socket};

const SIOCETHTOOL: libc::c_ulong = 0x8946;
const ETHTOOL_GDRVINFO: u32 = 0x03;
const ETHTOOL_PHYS_ID: u32 = 0x1c;
const ETHTOOL_GFLAGS: u32 = 0x25;
const ETHTOOL_SFLAGS: u32 = 0x26;
const ETHTOOL_GGRO: u32 = 0x2b;
const ETHTOOL_SGRO: u32 = 0x2c;
const ETHTOOL_GLINKSETTINGS: u32 = 0x4c;
const ETHTOOL_SLINKSETTINGS: u32 = 0x4d;
/// Bit of `ETHTOOL_GFLAGS`: large receive offload.
const ETH_FLAG_LRO: u32 = 1 << 15;

/// Words of the largest structure used here: `struct ethtool_link_settings`
/// (12 words) and three link mode masks of at most 127 words.
const WORDS: usize = 12 + 3 * 127;

/// Hands a structure (its first word is the command) to the driver.
fn call(name: &str, words: &mut [u32; WORDS]) -> io::Result<()> {
    let too_long = || io::Error::from_raw_os_error(libc::ENODEV);
    let any = socket(AddressFamily::Inet, SockType::Datagram, SockFlag::SOCK_CLOEXEC, None)?;
    // SAFETY: all zeroes is a valid `ifreq`.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    // The last byte stays zero: the name ends there.
    let place = request.ifr_name.get_mut(..name.len()).filter(|place| place.len() < libc::IFNAMSIZ);
    for (to, from) in place.ok_or_else(too_long)?.iter_mut().zip(name.bytes()) {
        *to = from as libc::c_char;
    }
    request.ifr_ifru.ifru_data = words.as_mut_ptr().cast();
    // SAFETY: `request` is a valid `ifreq` whose pointer leads to `WORDS` words, at
    // least as many as any of the commands above reads or writes.
    let done = unsafe { libc::ioctl(any.as_raw_fd(), SIOCETHTOOL as _, &raw mut request) };
    if done < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Asks for one word, or sets it.
fn word(name: &str, command: u32, value: u32) -> io::Result<u32> {
    let mut words = [0; WORDS];
    words[..2].copy_from_slice(&[command, value]);
    call(name, &mut words)?;
    Ok(words[1])
}

/// Who drives an interface.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Driver {
    /// Name of the driver (`ixgbe`, `veth`).
    pub name: String,
    /// Where the hardware sits (`0000:03:00.0`); empty when there is none.
    pub bus: String,
}

/// The driver of an interface.
///
/// # Errors
/// `EOPNOTSUPP` when it does not say, as for the loopback.
pub fn driver(interface: &str) -> io::Result<Driver> {
    let mut words = [0; WORDS];
    words[0] = ETHTOOL_GDRVINFO;
    call(interface, &mut words)?;
    // Behind the command: driver, version, firmware version, bus, 32 bytes each.
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_ne_bytes()).collect();
    let text =
        |from: usize| crate::netlink::text(bytes[from..from + 32].split(|b| *b == 0).next().unwrap_or(&[]));
    let bus = text(4 + 96);
    Ok(Driver { name: text(4), bus: if bus == "N/A" { String::new() } else { bus } })
}

/// How an interface and the other end of its cable agree on speed and duplex
/// (`struct ethtool_link_settings`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkSettings {
    /// They negotiate; otherwise both are set by hand.
    pub auto: bool,
    /// They can negotiate: virtual cards cannot, and have their speed all the same.
    pub negotiates: bool,
    /// Mbit/s; none when the link is down or has none.
    pub speed: Option<u32>,
    /// Both directions at once; none when it is not known.
    pub full_duplex: Option<bool>,
}

/// Bytes of duplex and negotiation in the structure, counted from its first word.
const DUPLEX: usize = 8;
const AUTONEG: usize = 11;

/// `ETHTOOL_LINK_MODE_Autoneg_BIT`.
const MODE_AUTONEG: u32 = 1 << 6;

/// The settings with the masks of modes behind them, and how many words a mask has.
fn raw_link_settings(name: &str) -> io::Result<([u32; WORDS], usize)> {
    // The first call only tells how long the masks are, as a negative number of words.
    let mut words = [0; WORDS];
    words[0] = ETHTOOL_GLINKSETTINGS;
    call(name, &mut words)?;
    let [_, _, _, masks] = words[3].to_ne_bytes().map(|byte| byte as i8);
    let masks = masks.checked_neg().and_then(|masks| u8::try_from(masks).ok()).unwrap_or(0);
    words = [0; WORDS];
    words[0] = ETHTOOL_GLINKSETTINGS;
    words[3] = u32::from_ne_bytes([0, 0, 0, masks]);
    call(name, &mut words)?;
    Ok((words, masks.into()))
}

fn byte(words: &[u32; WORDS], at: usize) -> u8 {
    words[at / 4].to_ne_bytes()[at % 4]
}

fn set_byte(words: &mut [u32; WORDS], at: usize, value: u8) {
    let mut bytes = words[at / 4].to_ne_bytes();
    bytes[at % 4] = value;
    words[at / 4] = u32::from_ne_bytes(bytes);
}

/// Speed and duplex of an interface.
///
/// # Errors
/// What the driver says: `EOPNOTSUPP` when it has neither.
pub fn link_settings(name: &str) -> io::Result<LinkSettings> {
    let (words, _) = raw_link_settings(name)?;
    Ok(LinkSettings {
        auto: byte(&words, AUTONEG) != 0,
        // The first mask is of what it can.
        negotiates: words[12] & MODE_AUTONEG != 0,
        speed: Some(words[1]).filter(|speed| ![0, u32::MAX].contains(speed)),
        full_duplex: match byte(&words, DUPLEX) {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        },
    })
}

/// Lets an interface negotiate again (none), or fixes speed in Mbit/s and full duplex.
///
/// # Errors
/// What the driver says: `EINVAL` for a speed it has not, `EOPNOTSUPP` when it has no choice.
pub fn set_link_settings(name: &str, fixed: Option<(u32, bool)>) -> io::Result<()> {
    let (mut words, masks) = raw_link_settings(name)?;
    words[0] = ETHTOOL_SLINKSETTINGS;
    match fixed {
        Some((speed, full_duplex)) => {
            words[1] = speed;
            set_byte(&mut words, DUPLEX, full_duplex.into());
            set_byte(&mut words, AUTONEG, 0);
        }
        None => {
            set_byte(&mut words, AUTONEG, 1);
            // Masks: supported, advertised, the other end's. Offer all that the card can.
            words.copy_within(12..12 + masks, 12 + masks);
        }
    }
    call(name, &mut words)
}

/// Speed of the link in Mbit/s; none when it is down or has none.
pub fn speed(interface: &str) -> Option<u32> {
    link_settings(interface).ok()?.speed
}

/// True when the kernel merges received frames into larger ones (generic receive offload).
///
/// # Errors
/// What the driver says.
pub fn gro(interface: &str) -> io::Result<bool> {
    Ok(word(interface, ETHTOOL_GGRO, 0)? != 0)
}

/// Turns [`gro`] on or off.
///
/// # Errors
/// What the driver says: `EPERM` without `CAP_NET_ADMIN`.
pub fn set_gro(interface: &str, on: bool) -> io::Result<()> {
    word(interface, ETHTOOL_SGRO, on.into()).map(drop)
}

/// True when the hardware merges received frames into larger ones (large receive offload).
///
/// # Errors
/// What the driver says.
pub fn lro(interface: &str) -> io::Result<bool> {
    Ok(word(interface, ETHTOOL_GFLAGS, 0)? & ETH_FLAG_LRO != 0)
}

/// Turns [`lro`] on or off.
///
/// # Errors
/// What the driver says: `EPERM` without `CAP_NET_ADMIN`, `EOPNOTSUPP` when it has none.
pub fn set_lro(interface: &str, on: bool) -> io::Result<()> {
    let flags = word(interface, ETHTOOL_GFLAGS, 0)?;
    let wanted = if on { flags | ETH_FLAG_LRO } else { flags & !ETH_FLAG_LRO };
    word(interface, ETHTOOL_SFLAGS, wanted).map(drop)
}

/// Blinks the port's light for so many seconds, so that its place is seen; returns
/// when it is over.
///
/// # Errors
/// What the driver says: `EOPNOTSUPP` when it has no say over the light.
pub fn blink(interface: &str, seconds: u8) -> io::Result<()> {
    word(interface, ETHTOOL_PHYS_ID, seconds.into()).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_none_are_refused() {
        assert!(driver("no-such-port").is_err());
        assert!(driver("a-name-that-is-far-too-long-for-a-port").is_err());
        assert_eq!(speed("no-such-port"), None);
        assert_eq!(speed("lo"), None);
        assert!(blink("lo", 1).is_err());
        assert!(link_settings("no-such-port").is_err());
        assert!(set_link_settings("no-such-port", None).is_err());
    }
}
