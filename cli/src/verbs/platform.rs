//! `stillwatch platform`: the platform on this host.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use server::{CertificateFiles, Options};

use crate::exit::{Exit, Failure};

/// How the platform runs.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  stillwatch platform --data /var/lib/stillwatch-platform --name stillwatch.example.org\n  stillwatch platform --data ./data --listen 127.0.0.1:8080 --plain-http"
)]
pub struct Platform {
    /// Folder of the database, keys and certificates; made when it is not there
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// Where people and scripts reach it
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "0.0.0.0:8080")]
    pub listen: SocketAddr,
    /// Where sensors reach it
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "0.0.0.0:8443")]
    pub sensor_listen: SocketAddr,
    /// Name or address under which people reach it, for the certificate (default: this host's)
    #[arg(long, value_name = "NAME")]
    pub name: Vec<String>,
    /// Name or address under which sensors reach it, when it is another
    #[arg(long, value_name = "NAME")]
    pub sensor_name: Vec<String>,
    /// Port that sensors use, when a load balancer stands in front
    #[arg(long, value_name = "PORT")]
    pub sensor_port: Option<u16>,
    /// Certificate for people's browsers (PEM, with those between it and its authority); default: of an own CA
    #[arg(long, value_name = "FILE", requires = "key")]
    pub certificate: Option<PathBuf>,
    /// Its key (PEM)
    #[arg(long, value_name = "FILE", requires = "certificate")]
    pub key: Option<PathBuf>,
    /// Certificate for sensors (PEM); default: of an own CA
    #[arg(long, value_name = "FILE", requires = "sensor_key")]
    pub sensor_certificate: Option<PathBuf>,
    /// Its key (PEM)
    #[arg(long, value_name = "FILE", requires = "sensor_certificate")]
    pub sensor_key: Option<PathBuf>,
    /// No TLS for browsers: on a loopback address only, behind a reverse proxy of yours
    #[arg(long)]
    pub plain_http: bool,
    /// Days that conversations are kept
    #[arg(long, value_name = "DAYS", default_value_t = 30)]
    pub keep_days: u32,
}

/// Runs the verb until Ctrl-C.
pub fn run(args: &Platform) -> Result<Exit, Failure> {
    let files = |certificate: &Option<PathBuf>, key: &Option<PathBuf>| {
        let (certificate, key) = (certificate.clone()?, key.clone()?);
        Some(CertificateFiles { certificate, key, authority: None })
    };
    let options = Options {
        listen: args.listen,
        sensor_listen: args.sensor_listen,
        names: args.name.clone(),
        sensor_names: args.sensor_name.clone(),
        sensor_port: args.sensor_port,
        certificate: files(&args.certificate, &args.key),
        sensor_certificate: files(&args.sensor_certificate, &args.sensor_key),
        plain_http: args.plain_http,
        keep_days: args.keep_days,
        ..Options::new(&args.data)
    };
    server::log();
    server::run(options, server::until_signal).map_err(|error| Failure::Invalid(format!("{error:#}")))?;
    Ok(Exit::Ok)
}
