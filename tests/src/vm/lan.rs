//! A machine's management network: a namespace with a real DHCP and DNS server (dnsmasq), a real proxy (squid), and
//! room for a platform. Needs root.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use lab::{Namespace, add_address, index, switch};
use platform_core::Platform;
use platform_core::views::{InternalGroup, NewSensor};
use server::{Options, Running, Server};
use tempfile::TempDir;

use super::{Hardware, Machine, Wire, tool};
use crate::line::until;

/// The interface at our end of the machine's management port.
const PORT: &str = "lan0";
/// Where proxy, DNS and DHCP are.
pub const SERVER: Ipv4Addr = Ipv4Addr::new(10, 9, 0, 1);
/// The proxy's port.
pub const PROXY_PORT: u16 = 3128;
/// The platform's name: by DNS [`SERVER`], for the proxy a place that only the proxy reaches.
pub const NAME: &str = "platform.test";

/// The network.
pub struct Lan {
    namespace: Namespace,
    folder: TempDir,
    dnsmasq: Child,
    squid: Child,
    platform: Option<Running>,
    /// The port that sensors report to.
    pub sensor_port: u16,
}

/// Whether the platform can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// At [`SERVER`].
    Direct,
    /// Through the proxy alone.
    Proxy,
}

impl Lan {
    /// With a platform that is reached so.
    ///
    /// # Errors
    /// In words: not root, or a program is not installed; a test then has to skip.
    ///
    /// # Panics
    /// The platform does not start.
    pub fn new(way: Way) -> Result<Lan, String> {
        let find = |name: &str| tool(name).ok_or(format!("{name} is not installed (ci/10-install does it)"));
        let (dnsmasq, squid) = (find("dnsmasq")?, find("squid")?);
        let namespace = Namespace::new()?;
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        // Started by root, squid becomes another user.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777))
            .map_err(|error| error.to_string())?;
        let at = |name: &str| folder.path().join(name).display().to_string();
        let ip = match way {
            Way::Direct => SERVER,
            Way::Proxy => Ipv4Addr::LOCALHOST,
        };
        fs::write(at("hosts"), format!("{ip} {NAME}\n")).map_err(|error| error.to_string())?;
        let config = format!(
            "http_port {PROXY_PORT}\nhttp_access allow all\nhosts_file {}\npid_filename {}\ncache_log {}\naccess_log none\ncache deny all\n\
             cache_mem 8 MB\nvisible_hostname test\nshutdown_lifetime 0 seconds\npinger_enable off\nnetdb_filename none\n",
            at("hosts"),
            at("squid.pid"),
            at("squid.log")
        );
        fs::write(at("squid.conf"), config).map_err(|error| error.to_string())?;
        let (dnsmasq, squid, running) = namespace.run(|| {
            switch("lo", true).expect("the loopback goes up");
            let mut served = Command::new(dnsmasq);
            served.args([
                "--no-daemon",
                "--conf-file=/dev/null",
                "--bind-dynamic",
                "--user=root",
                "--no-resolv",
                "--no-hosts",
            ]);
            served.args(["--dhcp-range=10.9.0.100,10.9.0.150,1h", "--dhcp-authoritative"]);
            served.arg(format!("--interface={PORT}")).arg(format!("--address=/{NAME}/{SERVER}"));
            served
                .arg(format!("--dhcp-leasefile={}", at("leases")))
                .arg(format!("--pid-file={}", at("dnsmasq.pid")));
            let mut proxied = Command::new(squid);
            proxied.args(["-N", "-f"]).arg(at("squid.conf"));
            let listen = match way {
                Way::Direct => Ipv4Addr::UNSPECIFIED,
                Way::Proxy => Ipv4Addr::LOCALHOST,
            };
            let data = folder.path().join("platform");
            let options = Options {
                sensor_listen: (listen, 0).into(),
                keep_days: u32::MAX,
                names: vec![NAME.into()],
                ..Options::local(&data)
            };
            let running = Server::start(options)
                .unwrap_or_else(|error| panic!("the platform does not start: {error:#}"));
            let quiet = |command: &mut Command| {
                let command = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
                command.spawn().expect("a program that is installed starts")
            };
            (quiet(&mut served), quiet(&mut proxied), running)
        });
        let sensor_port = running.sensor_address.port();
        Ok(Lan { namespace, folder, dnsmasq, squid, platform: Some(running), sensor_port })
    }

    /// The wire of a management port in this network.
    pub fn wire() -> Wire {
        Wire::Tap(PORT.into())
    }

    /// Switches a machine on that has [`Lan::wire`], and puts the cable in.
    ///
    /// # Panics
    /// See [`Machine::start`].
    pub fn start(&self, hardware: &Hardware) -> Machine {
        self.namespace.run(|| {
            let machine = Machine::start(hardware);
            until("the machine's port is there", || index(PORT).is_ok());
            add_address(PORT, SERVER.octets(), 24).expect("an address");
            switch(PORT, true).expect("it goes up");
            machine
        })
    }

    /// The platform.
    ///
    /// # Panics
    /// It is stopped.
    pub fn platform(&self) -> &Platform {
        &self.platform.as_ref().expect("the platform runs").platform
    }

    /// Registers a machine that got its address by DHCP, at its console; every address of 10/8 is internal.
    ///
    /// # Panics
    /// It gets no address, or is not registered, within `limit`.
    pub fn register(&self, machine: &mut Machine, name: &str, limit: Duration) {
        let platform = self.platform();
        let new = NewSensor { name: name.into(), ..NewSensor::default() };
        let (_, code) = platform.new_sensor(&new, "test").expect("the sensor is new");
        let mut wanted = platform.configuration().expect("the store works");
        wanted.internal = vec![InternalGroup {
            name: "all".into(),
            ranges: vec!["10.0.0.0/8".into()],
            inventory: true,
            ..InternalGroup::default()
        }];
        platform.configure(&wanted, "test").expect("the configuration is sound");
        machine.console.shows("(DHCP", limit);
        let place = format!("{NAME}:{}", self.sensor_port);
        let answers = [("PLATFORM", &*place), ("Apply", "y"), ("CODE", &*code)];
        let said = machine.console.choose("3", &answers, limit);
        assert!(said.contains(&format!("registered as {name}")), "{said}");
    }

    /// The platform is away until [`Lan::resume`].
    pub fn stop(&mut self) {
        if let Some(running) = self.platform.take() {
            self.namespace.run(|| running.stop());
        }
    }

    /// The platform is back, at the same port.
    ///
    /// # Panics
    /// It does not start.
    pub fn resume(&mut self, way: Way) {
        let listen = if way == Way::Direct { Ipv4Addr::UNSPECIFIED } else { Ipv4Addr::LOCALHOST };
        let sensor_listen = SocketAddr::from((listen, self.sensor_port));
        let data = self.data();
        let options =
            Options { sensor_listen, keep_days: u32::MAX, names: vec![NAME.into()], ..Options::local(&data) };
        let started = self.namespace.run(|| Server::start(options));
        self.platform =
            Some(started.unwrap_or_else(|error| panic!("the platform does not start: {error:#}")));
    }

    /// The platform's folder.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("platform")
    }

    /// Runs `inside` in the network.
    ///
    /// # Panics
    /// When it does.
    pub fn run<T: Send>(&self, inside: impl FnOnce() -> T + Send) -> T {
        self.namespace.run(inside)
    }
}

impl Drop for Lan {
    fn drop(&mut self) {
        for child in [&mut self.dnsmasq, &mut self.squid] {
            let _ = child.kill();
            let _ = child.wait();
        }
        self.stop();
    }
}
