//! What only the driver knows or decides: its name, the link's speed, merging
//! offloads (`linux/ethtool.h`, through `SIOCETHTOOL`).
#![expect(unsafe_code, reason = "the ioctl takes a structure with a raw pointer")]

use std::io;
use std::os::fd::AsRawFd;

use nix::sys::socket::{AddressFamily, SockFlag, SockType, socket};

const SIOCETHTOOL: libc::c_ulong = 0x8946;
const ETHTOOL_GDRVINFO: u32 = 0x03;
const ETHTOOL_GFLAGS: u32 = 0x25;
const ETHTOOL_SFLAGS: u32 = 0x26;
const ETHTOOL_GGRO: u32 = 0x2b;
const ETHTOOL_SGRO: u32 = 0x2c;
const ETHTOOL_GLINKSETTINGS: u32 = 0x4c;
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

/// Speed of the link in Mbit/s; none when it is down or has none.
pub fn speed(interface: &str) -> Option<u32> {
    // The first call only tells how long the masks are, as a negative number of words.
    let mut words = [0; WORDS];
    words[0] = ETHTOOL_GLINKSETTINGS;
    call(interface, &mut words).ok()?;
    let [_, _, _, masks] = words[3].to_ne_bytes().map(|byte| byte as i8);
    words = [0; WORDS];
    words[0] = ETHTOOL_GLINKSETTINGS;
    words[3] = u32::from_ne_bytes([0, 0, 0, masks.checked_neg()? as u8]);
    call(interface, &mut words).ok()?;
    Some(words[1]).filter(|speed| ![0, u32::MAX].contains(speed))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_none_are_refused() {
        assert!(driver("no-such-port").is_err());
        assert!(driver("a-name-that-is-far-too-long-for-a-port").is_err());
        assert_eq!(speed("no-such-port"), None);
        assert_eq!(speed("lo"), None);
    }
}
