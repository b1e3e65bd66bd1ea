//! Real proxies: Debian's `squid-openssl` and `microsocks`, started on loopback
//! and ended by their process id.

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use uplink::{Address, Proxy, ProxyKind};

use super::platform::{Authority, pem};

/// A running program; ended when dropped.
pub struct Running {
    child: Child,
    pub address: SocketAddr,
    _dir: TempDir,
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both forms of end are fine: it is ours, and this is the end of the test.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Running {
    pub fn proxy(&self, kind: ProxyKind) -> Proxy {
        Proxy::new(kind, Address { host: "127.0.0.1".into(), port: self.address.port() })
    }
}

/// The program's path; says that the test is skipped when it is not installed.
fn find(program: &str) -> Option<String> {
    let dirs = ["/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/bin"];
    let found = dirs.iter().map(|dir| format!("{dir}/{program}")).find(|path| Path::new(path).exists());
    if found.is_none() {
        println!("skipped: {program} is not installed (ci/10-install does it)");
    }
    found
}

fn start(mut command: Command, port: u16, dir: TempDir, log: &str) -> Running {
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let end = Instant::now() + Duration::from_secs(60);
    while TcpStream::connect_timeout(&address, Duration::from_millis(200)).is_err() {
        let gone = child.try_wait().unwrap();
        if gone.is_some() || Instant::now() > end {
            child.kill().ok();
            let log = fs::read_to_string(dir.path().join(log)).unwrap_or_default();
            panic!("{command:?} did not start ({gone:?}): {log}");
        }
        std::thread::yield_now();
    }
    Running { child, address, _dir: dir }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Which squid.
pub enum Squid<'a> {
    /// CONNECT to this port, for all.
    Open(u16),
    /// The same with Basic authentication: `alice`, `s3cret`.
    Basic(u16),
    /// CONNECT to no port but 443.
    Strict,
    /// CONNECT to this port inside TLS, with a certificate of this CA.
    Tls(u16, &'a Authority),
    /// Opens TLS, with certificates signed by this CA.
    Inspecting(&'a Authority),
}

pub fn squid(which: &Squid<'_>) -> Option<Running> {
    let program = find("squid")?;
    let dir = tempfile::tempdir().unwrap();
    // Started by root it becomes another user.
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let here = dir.path().display().to_string();
    let port = free_port();
    let mut listen = format!("http_port 127.0.0.1:{port}");
    let mut rules = String::new();
    match which {
        Squid::Open(to) => {
            rules = format!("acl ours port {to}\nhttp_access deny !ours\nhttp_access allow all\n")
        }
        Squid::Basic(to) => {
            let helper = format!("{here}/login.sh");
            let script = "while read -r user password; do\n\
                if [ \"$user $password\" = 'alice s3cret' ]; then echo OK; else echo ERR; fi\ndone\n";
            fs::write(&helper, script).unwrap();
            rules = format!(
                "auth_param basic program /bin/sh {helper}\nauth_param basic realm test\n\
                 acl known proxy_auth REQUIRED\nacl ours port {to}\nhttp_access deny !ours\n\
                 http_access allow known\nhttp_access deny all\n"
            );
        }
        Squid::Tls(to, authority) => {
            let (certificate, key) = authority.server((2020, 1), (2050, 1));
            let both = pem("CERTIFICATE", &certificate) + &pem("PRIVATE KEY", &key);
            fs::write(dir.path().join("proxy.pem"), both).unwrap();
            listen = format!("https_port 127.0.0.1:{port} tls-cert={here}/proxy.pem");
            rules = format!("acl ours port {to}\nhttp_access deny !ours\nhttp_access allow all\n");
        }
        Squid::Strict => {
            rules += "acl https port 443\nhttp_access deny CONNECT !https\nhttp_access allow all\n"
        }
        Squid::Inspecting(authority) => {
            fs::write(dir.path().join("ca.pem"), authority.pem.concat()).unwrap();
            let made = "/usr/lib/squid/security_file_certgen";
            let cache = format!("{here}/certificates");
            let prepared = Command::new(made).args(["-c", "-s", &cache, "-M", "4MB"]).output();
            if !prepared.is_ok_and(|output| output.status.success()) {
                println!("skipped: this squid cannot open TLS (squid-openssl is needed)");
                return None;
            }
            for entry in
                [&cache, &format!("{cache}/certs"), &format!("{cache}/index.txt"), &format!("{cache}/size")]
            {
                fs::set_permissions(entry, fs::Permissions::from_mode(0o777)).ok();
            }
            listen += &format!(" ssl-bump cert={here}/ca.pem generate-host-certificates=on");
            rules = format!(
                "sslcrtd_program {made} -s {cache} -M 4MB\nsslcrtd_children 1\nssl_bump bump all\n\
                 sslproxy_cert_error allow all\ntls_outgoing_options flags=DONT_VERIFY_PEER\nhttp_access allow all\n"
            );
        }
    }
    fs::write(dir.path().join("hosts"), "127.0.0.1 platform.test\n").unwrap();
    let config = format!(
        "{listen}\n{rules}hosts_file {here}/hosts\npid_filename {here}/pid\ncache_log {here}/log\naccess_log none\ncache deny all\n\
         cache_mem 8 MB\nvisible_hostname test\nshutdown_lifetime 0 seconds\npinger_enable off\nnetdb_filename none\n"
    );
    fs::write(dir.path().join("squid.conf"), config).unwrap();
    let mut command = Command::new(program);
    command.args(["-N", "-f"]).arg(dir.path().join("squid.conf"));
    Some(start(command, port, dir, "log"))
}

/// `login`: user and password it wants.
pub fn microsocks(login: Option<(&str, &str)>) -> Option<Running> {
    let program = find("microsocks")?;
    let port = free_port();
    let mut command = Command::new(program);
    command.args(["-i", "127.0.0.1", "-p", &port.to_string()]);
    if let Some((user, password)) = login {
        command.args(["-u", user, "-P", password]);
    }
    Some(start(command, port, tempfile::tempdir().unwrap(), "none"))
}
