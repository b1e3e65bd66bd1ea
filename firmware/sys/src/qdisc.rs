//! The egress drop: the root queue discipline of an interface replaced by
//! `blackhole`, which is in every kernel that has queue disciplines and lets
//! nothing out, whoever sends (`linux/pkt_sched.h`, `net/sched/sch_blackhole.c`).
//!
//! It stands below IP, ARP, IPv6, packet sockets, bridges and VLAN interfaces on
//! top. It does not stand below a program with `CAP_NET_RAW` that asks for
//! `PACKET_QDISC_BYPASS` or AF_XDP, nor below firmware of the card.

use std::io;

use crate::netlink::{Request, attribute, number, text};

/// Its name.
const BLACKHOLE: &str = "blackhole";

/// The place right above the interface (`TC_H_ROOT`).
const ROOT: u32 = u32::MAX;

/// Length of `struct tcmsg`: family, padding, index, handle, parent, info.
const TCMSG: usize = 20;

/// The root queue discipline of an interface.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Qdisc {
    /// Its name (`fq_codel`, `noqueue` …).
    pub kind: String,
    /// 0: it is the kernel's default, nobody asked for it.
    pub handle: u32,
    /// Frames it did not let out.
    pub drops: u64,
}

impl Qdisc {
    /// True when nothing gets out.
    pub fn is_drop(&self) -> bool {
        self.kind == BLACKHOLE
    }
}

fn tcmsg(index: u32) -> [u8; TCMSG] {
    let mut body = [0; TCMSG];
    body[4..8].copy_from_slice(&index.to_ne_bytes());
    body[12..16].copy_from_slice(&ROOT.to_ne_bytes());
    body
}

/// The root queue discipline; none on an interface that was never up.
///
/// # Errors
/// What the kernel says.
pub fn root(index: u32) -> io::Result<Option<Qdisc>> {
    let answers = Request::new(libc::RTM_GETQDISC, libc::NLM_F_DUMP, &tcmsg(index)).send()?;
    let read = |message: &Vec<u8>| {
        let attributes = message.get(TCMSG..)?;
        let here = number::<4>(&message[4..]) as u32 == index && number::<4>(&message[12..]) as u32 == ROOT;
        // struct tc_stats: bytes (8), packets (4), drops (4).
        let stats = attribute(attributes, libc::TCA_STATS);
        here.then(|| Qdisc {
            kind: text(attribute(attributes, libc::TCA_KIND)),
            handle: number::<4>(&message[8..]) as u32,
            drops: number::<4>(stats.get(12..).unwrap_or_default()),
        })
    };
    Ok(answers.iter().find_map(read))
}

/// From now on nothing gets out of this interface. What is already in a queue
/// of the driver still may.
///
/// # Errors
/// What the kernel says: `EPERM` without `CAP_NET_ADMIN`.
pub fn drop_egress(index: u32) -> io::Result<()> {
    let flags = libc::NLM_F_CREATE | libc::NLM_F_REPLACE;
    let request = Request::new(libc::RTM_NEWQDISC, flags, &tcmsg(index));
    request.with(libc::TCA_KIND, format!("{BLACKHOLE}\0").as_bytes()).send().map(drop)
}

/// Takes the egress drop away: the kernel's default comes back.
///
/// # Errors
/// What the kernel says; another queue discipline than [`drop_egress`]'s is left alone.
pub fn allow_egress(index: u32) -> io::Result<()> {
    match root(index)? {
        Some(found) if found.is_drop() => Request::new(libc::RTM_DELQDISC, 0, &tcmsg(index)).send().map(drop),
        _ => Ok(()),
    }
}
