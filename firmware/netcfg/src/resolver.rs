//! Whom to ask for names: `resolv.conf` (resolv.conf(5)), written whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::net::IpAddr;
use std::path::Path;

/// Most servers that a resolver asks (`MAXNS`).
pub const MOST: usize = 3;

/// Longest list of domains that is kept, bytes (`search` of resolv.conf(5)).
const MOST_SEARCH: usize = 256;

/// What the file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resolver {
    /// Name servers, in the order in which they are asked; a link-local one has its interface.
    pub servers: Vec<Server>,
    /// Domains that are tried behind a short name.
    pub search: Vec<String>,
}

/// One name server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Its address.
    pub ip: IpAddr,
    /// The interface it is at; told where the address means something on one link alone.
    pub interface: String,
}

impl Resolver {
    /// Puts together what was set by hand, what DHCP said and what routers said, in this
    /// order, each once, at most [`MOST`].
    pub fn new(interface: &str, servers: impl IntoIterator<Item = IpAddr>, search: Vec<String>) -> Resolver {
        let mut resolver = Resolver::default();
        for ip in servers {
            if resolver.servers.len() < MOST && resolver.servers.iter().all(|server| server.ip != ip) {
                resolver.servers.push(Server { ip, interface: interface.to_owned() });
            }
        }
        for name in search {
            let length: usize = resolver.search.iter().map(|name| name.len() + 1).sum();
            if !resolver.search.contains(&name) && length + name.len() <= MOST_SEARCH {
                resolver.search.push(name);
            }
        }
        resolver
    }

    /// The file.
    pub fn text(&self) -> String {
        let mut text = String::from("# Written by Stillwatch.\n");
        for server in &self.servers {
            let local = matches!(server.ip, IpAddr::V6(ip) if ip.is_unicast_link_local());
            let scope = if local { format!("%{}", server.interface) } else { String::new() };
            text += &format!("nameserver {}{scope}\n", server.ip);
        }
        if !self.search.is_empty() {
            text += &format!("search {}\n", self.search.join(" "));
        }
        text
    }

    /// Writes the file at a path, unless it says so already: a new one beside it takes its
    /// place, so that nobody reads half of one, also when the power fails.
    ///
    /// # Errors
    /// What the file system says.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let text = self.text();
        if fs::read_to_string(path).is_ok_and(|there| there == text) {
            return Ok(());
        }
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".new");
        let new = path.with_file_name(name);
        let mut file = File::create(&new)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&new, path)
    }
}

/// A domain as somebody on the network said it: letters, digits, `-`, `_` and dots, at most
/// 253 bytes (RFC 1035 §2.3.4); a zero at its end is taken off. None for anything else: it
/// goes into a file that has lines.
pub fn domain(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?.trim_end_matches(['\0', '.']);
    let label = |label: &str| {
        let good = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        (1..=63).contains(&label.len()) && label.bytes().all(good)
    };
    (text.len() <= 253 && text.split('.').all(label)).then(|| text.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_three_in_order_each_once() {
        let ips =
            ["10.0.0.2", "10.0.0.2", "fe80::1", "2001:db8::53", "10.0.0.3"].map(|ip| ip.parse().unwrap());
        let search = ["plant.example", "plant.example", "b"].map(String::from).to_vec();
        let text = Resolver::new("eth0", ips, search).text();
        let expected = "# Written by Stillwatch.\nnameserver 10.0.0.2\nnameserver fe80::1%eth0\n\
                        nameserver 2001:db8::53\nsearch plant.example b\n";
        assert_eq!(text, expected);
        let long: Vec<String> = (0..9).map(|at| format!("{at}{}", "x".repeat(60))).collect();
        assert_eq!(Resolver::new("eth0", [], long).search.len(), 4);
    }

    #[test]
    fn the_file_is_replaced_whole_and_only_when_it_changes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("resolv.conf");
        let one = Resolver::new("eth0", ["10.0.0.2".parse().unwrap()], Vec::new());
        one.write(&path).unwrap();
        let before = fs::metadata(&path).unwrap();
        one.write(&path).unwrap();
        use std::os::unix::fs::MetadataExt;
        assert_eq!(fs::metadata(&path).unwrap().ino(), before.ino());
        Resolver::default().write(&path).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "# Written by Stillwatch.\n");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
        assert!(one.write(&folder.path().join("no/such/folder")).is_err());
    }

    #[test]
    fn domains_cannot_break_the_file() {
        assert_eq!(domain(b"Plant.Example\0"), Some("plant.example".into()));
        assert_eq!(domain(b"a_b-c.d."), Some("a_b-c.d".into()));
        for bad in [&b""[..], b".", b"a..b", b"a b", b"a\nnameserver 6.6.6.6", b"\xff", b"a\0b", &[b'a'; 64]]
        {
            assert_eq!(domain(bad), None, "{bad:?}");
        }
    }
}
