//! A cable between two network namespaces: what is tested at one end, real servers at the
//! other. Tests skip, saying so, where namespaces are refused or a server is not installed.
#![allow(dead_code, unreachable_pub)] // Each test uses a part.

use std::fs::{self, File};
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use lab::{Namespace, index, switch};
use netcfg::manager::{How, Options, State};
use netcfg::{Ipv4, Ipv6, Manager, Wanted, dhcp};
use sys::address;

/// The management interface, and the servers' end of its cable.
pub const NEAR: &str = "m0";
pub const FAR: &str = "s0";

/// Longest wait for anything; none is ever so long where things work.
pub const PATIENCE: Duration = Duration::from_secs(25);

/// The cable with its two ends.
pub struct Net {
    pub client: Namespace,
    pub server: Namespace,
    pub folder: tempfile::TempDir,
}

impl Net {
    /// Lays the cable; the far end is on and has these addresses. None: said why not.
    pub fn new(addresses: &[(&str, u8)]) -> Option<Net> {
        let ends = Namespace::new().and_then(|client| Ok((client, Namespace::new()?)));
        let (client, server) = ends.map_err(|why| eprintln!("skipped: {why}")).ok()?;
        client.cable(NEAR, &server, FAR).unwrap();
        let net = Net { client, server, folder: tempfile::tempdir().unwrap() };
        net.server.run(|| {
            switch("lo", true).unwrap();
            switch(FAR, true).unwrap();
        });
        addresses.iter().for_each(|(ip, prefix)| net.add(ip, *prefix));
        Some(net)
    }

    /// Gives the far end an address.
    pub fn add(&self, ip: &str, prefix: u8) {
        self.server.run(|| address::add(index(FAR).unwrap(), ip.parse().unwrap(), prefix).unwrap());
    }

    /// Takes one away from it.
    pub fn remove(&self, ip: &str, prefix: u8) {
        self.server.run(|| address::remove(index(FAR).unwrap(), ip.parse().unwrap(), prefix).unwrap());
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        fs::write(self.path(name), text).unwrap();
        self.path(name)
    }

    /// Starts a program at the far end.
    pub fn start(&self, program: &str, arguments: &[&str]) -> Program {
        let log = self.path(&format!("{program}.log"));
        self.server.run(|| Program::start(program, arguments, &log, self.folder.path()))
    }

    /// A manager at the near end, with short waits. To be called in the client's namespace.
    pub fn manager(&self, wanted: Wanted) -> Manager {
        Manager::start(wanted, self.options()).unwrap()
    }

    pub fn options(&self) -> Options {
        Options { timing: dhcp::Timing::QUICK, ..Options::new(self.path("resolv.conf")) }
    }

    pub fn resolv_conf(&self) -> String {
        fs::read_to_string(self.path("resolv.conf")).unwrap_or_default()
    }
}

/// True when a program is there; otherwise it is said that the test skips.
pub fn has(program: &str) -> bool {
    let there = ["/usr/sbin", "/usr/bin"].iter().any(|folder| Path::new(folder).join(program).exists());
    if !there {
        eprintln!("skipped: {program} is not installed (ci/10-install)");
    }
    there
}

/// A server that ends with its owner, killed by its number.
pub struct Program {
    child: Child,
    log: PathBuf,
}

impl Program {
    fn start(name: &str, arguments: &[&str], log: &Path, folder: &Path) -> Program {
        let output = File::options().create(true).append(true).open(log).unwrap();
        let path = ["/usr/sbin", "/usr/bin"].map(|folder| Path::new(folder).join(name));
        let child = Command::new(path.iter().find(|path| path.exists()).unwrap())
            .args(arguments)
            .env("KEA_PIDFILE_DIR", folder)
            .env("KEA_LOCKFILE_DIR", folder)
            .stdin(Stdio::null())
            .stdout(output.try_clone().unwrap())
            .stderr(output)
            .spawn()
            .unwrap();
        Program { child, log: log.to_owned() }
    }

    /// What it said until now.
    pub fn said(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Waits until it says something.
    pub fn wait_for(&self, words: &str) {
        until(&format!("{words:?} in the log"), || self.said().contains(words));
    }

    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("{}:\n{}", self.log.display(), self.said());
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.end();
    }
}

/// Waits for a condition.
pub fn until(what: &str, holds: impl Fn() -> bool) {
    let start = sys::clock::monotonic();
    while !holds() {
        assert!(sys::clock::monotonic() - start < PATIENCE, "not within {PATIENCE:?}: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Waits until the state is so.
pub fn reach(manager: &Manager, what: &str, holds: impl Fn(&State) -> bool) -> State {
    let (state, reached) = manager.wait(PATIENCE, holds);
    assert!(reached, "not within {PATIENCE:?}: {what}; but {state:#?}");
    state
}

/// DHCP without IPv6.
pub fn by_dhcp() -> Wanted {
    Wanted { interface: NEAR.into(), ipv6: Ipv6::Off, ..Wanted::default() }
}

/// A static address in 10.7.0.0/24 with the far end as gateway.
pub fn fixed(last: u8) -> Wanted {
    let (address, gateway) = (Ipv4Addr::new(10, 7, 0, last), Some(Ipv4Addr::new(10, 7, 0, 1)));
    Wanted { ipv4: Ipv4::Static { address, prefix: 24, gateway }, ..by_dhcp() }
}

/// IPv4 addresses that the kernel has at the near end: not what the manager believes.
pub fn kernels() -> Vec<String> {
    let Ok(near) = index(NEAR) else { return Vec::new() };
    let all = address::list().unwrap().into_iter();
    let own = all.filter(|one| one.index == near && one.ip.is_ipv4());
    own.map(|one| format!("{}/{}", one.ip, one.prefix)).collect()
}

/// Routes with a gateway that the kernel has at the near end.
pub fn routes() -> Vec<String> {
    let near = index(NEAR).unwrap();
    let all = sys::route::list().unwrap().into_iter();
    let ours = all.filter(|one| one.index == near);
    let mut out: Vec<String> = ours
        .filter_map(|one| Some(format!("{}/{} via {}", one.destination, one.prefix, one.gateway?)))
        .collect();
    out.sort();
    out
}

/// The leased address in a state.
pub fn leased(state: &State) -> Option<IpAddr> {
    state.addresses.iter().find(|held| matches!(held.how, How::Dhcp(_))).map(|held| held.ip)
}

/// Kea at the far end: a pool in 10.N.0.0/24, and seconds of a lease, of T1 and of T2.
pub fn kea(net: &Net, network: u8, pool: [u8; 2], times: [u32; 3]) -> Program {
    let [from, to] = pool;
    let [life, renew, rebind] = times;
    let config = net.write(
        &format!("kea-{network}.json"),
        &format!(
            r#"{{"Dhcp4": {{
            "interfaces-config": {{"interfaces": ["{FAR}"], "dhcp-socket-type": "raw"}},
            "lease-database": {{"type": "memfile", "persist": false}},
            "valid-lifetime": {life}, "renew-timer": {renew}, "rebind-timer": {rebind},
            "authoritative": true,
            "option-data": [{{"name": "routers", "data": "10.{network}.0.1"}}],
            "subnet4": [{{"id": 1, "subnet": "10.{network}.0.0/24",
                "pools": [{{"pool": "10.{network}.0.{from} - 10.{network}.0.{to}"}}]}}],
            "loggers": [{{"name": "kea-dhcp4", "severity": "INFO", "output_options": [{{"output": "stderr"}}]}}]
            }}}}"#
        ),
    );
    net.start("kea-dhcp4", &["-c", config.to_str().unwrap()])
}

/// dnsmasq at the far end, for DHCP alone: a pool in 10.N.0.0/24, and more arguments.
pub fn dnsmasq(net: &Net, network: u8, more: &[&str]) -> Program {
    let folder = net.folder.path().display();
    let range = format!("--dhcp-range=10.{network}.0.50,10.{network}.0.60,255.255.255.0,2m");
    let leases = format!("--dhcp-leasefile={folder}/leases");
    let pid = format!("--pid-file={folder}/dnsmasq.pid");
    let mut arguments =
        vec!["-k", "--conf-file=/dev/null", "--port=0", "--user=root", "--no-ping", "--log-dhcp"];
    arguments.extend(["--log-facility=-", "--dhcp-authoritative", "--interface=s0", &range, &leases, &pid]);
    arguments.extend(more);
    net.start("dnsmasq", &arguments)
}
