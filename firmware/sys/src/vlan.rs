//! Interfaces that put a VLAN tag on what another one sends (IEEE 802.1Q;
//! `linux/if_link.h`).

use std::io;

use crate::link::ifinfo;
use crate::netlink::{Request, attribute, number, text};

/// `IFLA_VLAN_ID` inside `IFLA_INFO_DATA`.
const VLAN_ID: u16 = 1;

/// Length of `struct ifinfomsg`.
const IFINFO: usize = 16;

/// One such interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vlan {
    /// Its index.
    pub index: u32,
    /// The interface below it.
    pub below: u32,
    /// 1 to 4094.
    pub tag: u16,
}

/// All of them.
///
/// # Errors
/// What the kernel says.
pub fn list() -> io::Result<Vec<Vlan>> {
    let answers = Request::new(libc::RTM_GETLINK, libc::NLM_F_DUMP, &ifinfo(0, 0, 0)).send()?;
    Ok(answers.iter().filter_map(|message| read(message)).collect())
}

fn read(message: &[u8]) -> Option<Vlan> {
    let attributes = message.get(IFINFO..)?;
    let info = attribute(attributes, libc::IFLA_LINKINFO);
    (text(attribute(info, libc::IFLA_INFO_KIND)) == "vlan").then(|| Vlan {
        index: number::<4>(&message[4..]) as u32,
        below: number::<4>(attribute(attributes, libc::IFLA_LINK)) as u32,
        tag: number::<2>(attribute(attribute(info, libc::IFLA_INFO_DATA), VLAN_ID)) as u16,
    })
}

/// Makes one, switched off.
///
/// # Errors
/// What the kernel says: `EEXIST` when name or tag are taken, `EOPNOTSUPP` of a kernel without VLANs.
pub fn add(below: u32, name: &str, tag: u16) -> io::Result<()> {
    let request = Request::new(libc::RTM_NEWLINK, libc::NLM_F_CREATE | libc::NLM_F_EXCL, &ifinfo(0, 0, 0));
    add_request(request, below, name, tag).send().map(drop)
}

fn add_request(request: Request, below: u32, name: &str, tag: u16) -> Request {
    request
        .with(libc::IFLA_IFNAME, format!("{name}\0").as_bytes())
        .with(libc::IFLA_LINK, &below.to_ne_bytes())
        .nested(libc::IFLA_LINKINFO, |info| {
            info.with(libc::IFLA_INFO_KIND, b"vlan\0")
                .nested(libc::IFLA_INFO_DATA, |data| data.with(VLAN_ID, &tag.to_ne_bytes()))
        })
}

/// Takes an interface away; for those made by [`add`].
///
/// # Errors
/// What the kernel says: `EOPNOTSUPP` for hardware.
pub fn remove(index: u32) -> io::Result<()> {
    Request::new(libc::RTM_DELLINK, 0, &ifinfo(index, 0, 0)).send().map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_read_as_it_is_asked_for() {
        // What is sent to make one has the shape of what the kernel tells of it.
        let request = add_request(Request::new(libc::RTM_NEWLINK, 0, &ifinfo(7, 0, 0)), 3, "eth0.100", 100);
        let message = request.body();
        assert_eq!(read(message), Some(Vlan { index: 7, below: 3, tag: 100 }));
        for cut in 0..message.len() {
            let _ = read(&message[..cut]);
        }
        assert!(list().is_ok());
    }
}
