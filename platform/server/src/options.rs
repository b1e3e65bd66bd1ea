//! What the operator of the platform decides.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

/// A certificate of the operator's own, PEM files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFiles {
    /// The certificate, then those between it and its authority.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
    /// The authority that sensors are to trust, when it is not the last of
    /// `certificate`. Of no use on the operators' listener.
    pub authority: Option<PathBuf>,
}

/// How the platform runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Where it keeps everything; made when it is not there, 0700.
    pub data_dir: PathBuf,
    /// Where people and scripts reach it; port 0: any free one.
    pub listen: SocketAddr,
    /// Where sensors reach it.
    pub sensor_listen: SocketAddr,
    /// Names and addresses under which people reach it, for the certificate;
    /// empty: this host's.
    pub names: Vec<String>,
    /// Names and addresses under which sensors reach it, the one told to people
    /// first; empty: as `names`.
    pub sensor_names: Vec<String>,
    /// Port that sensors use, where it is not that of `sensor_listen` (a load balancer).
    pub sensor_port: Option<u16>,
    /// The operator's certificate for `listen`; else of the platform's own authority.
    pub certificate: Option<CertificateFiles>,
    /// The same for `sensor_listen`.
    pub sensor_certificate: Option<CertificateFiles>,
    /// No TLS on `listen`: on loopback addresses only.
    pub plain_http: bool,
    /// Make an address that lets its reader in without a password ([`crate::Running::entry`]):
    /// on loopback addresses only.
    pub entry: bool,
    /// Most new sightings a sensor may bring in an hour.
    pub new_sightings_per_hour: u32,
    /// Days that conversation records are kept.
    pub keep_days: u32,
}

impl Options {
    /// On all addresses, ports 8080 (people) and 8443 (sensors), TLS on both.
    pub fn new(data_dir: impl Into<PathBuf>) -> Options {
        Options {
            data_dir: data_dir.into(),
            listen: (Ipv4Addr::UNSPECIFIED, 8080).into(),
            sensor_listen: (Ipv4Addr::UNSPECIFIED, 8443).into(),
            names: Vec::new(),
            sensor_names: Vec::new(),
            sensor_port: None,
            certificate: None,
            sensor_certificate: None,
            plain_http: false,
            entry: false,
            new_sightings_per_hour: 50_000,
            keep_days: 30,
        }
    }

    /// On loopback only, plain HTTP for the browser, any free ports: for tests
    /// and the demonstration.
    pub fn local(data_dir: impl Into<PathBuf>) -> Options {
        Options {
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            sensor_listen: (Ipv4Addr::LOCALHOST, 0).into(),
            plain_http: true,
            ..Options::new(data_dir)
        }
    }
}
