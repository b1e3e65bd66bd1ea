//! What listens has no way to send: the promise of a sniffing port.
//!
//! In `capture` and `sys` nothing is sent but netlink's questions to the kernel,
//! with two exceptions that only the management port's crate may name.

use super::repo::Repo;
use super::source::lines_with;
use super::{Failure, Rule};

/// The rule.
pub const RULE: Rule =
    Rule { name: "sending", about: "nothing that listens can send; netcfg alone speaks in frames", check };

/// Folders of what listens, and of what it stands on.
const LISTENS: &[&str] = &["firmware/capture/src/", "firmware/sys/src/"];

/// Files there that send: to the kernel, and for the management port.
const SENDERS: &[&str] = &[
    "firmware/sys/src/netlink.rs",
    "firmware/sys/src/management_socket.rs",
    "firmware/sys/src/icmpv6_socket.rs",
];

/// Calls that send.
const CALLS: &[&str] = &["sendto", "sendmsg", "sendmmsg", "send_to", "sendfile", "splice", "vmsplice"];

/// Imports of the plainly named call; `Request::send` is netlink's own.
const IMPORTS: &[&str] = &["socket::send", "libc::send", "unistd::write", "libc::write", "libc::writev"];

/// Modules of `sys` that send, and who may name them.
const MODULES: &[&str] = &["management_socket", "icmpv6_socket"];
const MAY: &[&str] = &["firmware/netcfg/", "firmware/sys/src/", "xtask/"];

fn check(repo: &Repo) -> Vec<Failure> {
    let mut out = Vec::new();
    for file in repo.rust() {
        let listens = LISTENS.iter().any(|folder| file.path.starts_with(folder));
        if listens && !SENDERS.contains(&&*file.path) {
            for word in CALLS.iter().chain(IMPORTS) {
                for line in lines_with(&file.shipped, word) {
                    let cure = "what listens must not send; the management port's frames belong into firmware/netcfg";
                    out.push(Failure::at(&file.path, line, format!("{word} where nothing may send"), cure));
                }
            }
        }
        let may = MAY.iter().any(|folder| file.path.starts_with(folder));
        for word in MODULES.iter().filter(|_| !may) {
            for line in lines_with(&file.shipped, word) {
                let cure = "only firmware/netcfg may use it; ask it instead";
                out.push(Failure::at(&file.path, line, format!("names sys::{word}, which sends"), cure));
            }
        }
        // Inside sys only the list of modules names them, and each file itself.
        let inside = file.path.starts_with("firmware/sys/src/") && file.path != "firmware/sys/src/lib.rs";
        for word in MODULES.iter().filter(|_| inside) {
            for line in lines_with(&file.shipped, &format!("{word}::")) {
                let cure = "nothing else in sys may build on what sends";
                out.push(Failure::at(&file.path, line, format!("builds on sys::{word}, which sends"), cure));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_and_bad() {
        let count = |path: &str, text: &str| check(&Repo::sample(&[(path, text)])).len();
        let sends = "use nix::sys::socket::sendto;\n";
        assert_eq!(count("firmware/capture/src/ring.rs", sends), 1);
        assert_eq!(count("firmware/capture/src/ring.rs", "nix::sys::socket::send(fd, b, f);\n"), 1);
        assert_eq!(count("firmware/sys/src/packet_socket.rs", sends), 1);
        assert_eq!(count("firmware/sys/src/netlink.rs", sends), 0);
        assert_eq!(count("firmware/sys/src/link.rs", "request.send().map(drop)\n"), 0);
        assert_eq!(count("firmware/uplink/src/socks.rs", "socket.send_to(b, a)\n"), 0);
        let names = "use sys::management_socket::ManagementSocket;\n";
        assert_eq!(count("firmware/netcfg/src/dhcp/driver.rs", names), 0);
        assert_eq!(count("firmware/capture/src/live.rs", names), 1);
        assert_eq!(count("firmware/sense/src/lib.rs", names), 1);
        assert_eq!(count("firmware/sys/src/qdisc.rs", "crate::management_socket::ManagementSocket\n"), 1);
        assert_eq!(count("firmware/sys/src/lib.rs", "pub mod management_socket;\n"), 0);
    }
}
