//! Starting, running, stopping.

use std::fs::{DirBuilder, Permissions};
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use platform_core::{Clock, Platform, Settings, SystemClock};
use store::Sqlite;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::watch;

use crate::listen::serve;
use crate::names;
use crate::options::Options;
use crate::routes;
use crate::tls::Secured;

/// Between two looks at what time makes due.
const TICK: Duration = Duration::from_secs(5);
/// Between two looks at certificates.
const REFRESH: Duration = Duration::from_secs(3_600);
/// After this the rest is ended.
const STOP: Duration = Duration::from_secs(5);

/// The platform, not running yet.
#[derive(Debug)]
pub struct Server;

/// The platform, running.
pub struct Running {
    /// Where people reach it.
    pub operator_address: SocketAddr,
    /// Where sensors reach it.
    pub sensor_address: SocketAddr,
    /// The platform itself.
    pub platform: Platform,
    first_account: Option<(String, String)>,
    entry: Option<String>,
    url: String,
    sensor_name: String,
    fingerprint: Option<String>,
    runtime: Runtime,
    stop: watch::Sender<bool>,
    listeners: Vec<tokio::task::JoinHandle<()>>,
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Running({})", self.url)
    }
}

impl Server {
    /// Opens the store, makes what is not there, listens.
    ///
    /// # Errors
    /// What is wrong with which option, file or address.
    pub fn start(options: Options) -> anyhow::Result<Running> {
        Server::start_with(options, Arc::new(SystemClock::default()))
    }

    /// The same with another clock.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub fn start_with(options: Options, clock: Arc<dyn Clock>) -> anyhow::Result<Running> {
        ensure!(
            !options.plain_http || options.listen.ip().is_loopback(),
            "plain HTTP is for loopback addresses only, {} is none: leave TLS on, or listen on 127.0.0.1 behind a \
             reverse proxy",
            options.listen.ip()
        );
        ensure!(
            !options.entry || options.listen.ip().is_loopback(),
            "an address that lets its reader in is for loopback addresses only, {} is none",
            options.listen.ip()
        );
        folder(&options.data_dir)?;
        let runtime =
            tokio::runtime::Builder::new_multi_thread().enable_all().thread_name("platform").build()?;
        let operator = bind(&runtime, options.listen)?;
        let sensor = bind(&runtime, options.sensor_listen)?;
        let (operator_address, sensor_address) = (operator.local_addr()?, sensor.local_addr()?);
        let own = |given: &[String], bound: SocketAddr| match given {
            [] => names::of_this_host(bound.ip()),
            given => given.to_vec(),
        };
        let names = own(&options.names, operator_address);
        let given = if options.sensor_names.is_empty() { &options.names } else { &options.sensor_names };
        let sensor_names = own(given, sensor_address);
        let first = |names: &[String]| names.first().cloned().unwrap_or_default();
        let sensor_port = options.sensor_port.unwrap_or(sensor_address.port());
        let sensor_name = names::address(&first(&sensor_names), sensor_port);
        let scheme = if options.plain_http { "http" } else { "https" };
        let url = format!("{scheme}://{}/", names::address(&first(&names), operator_address.port()));

        let database = options.data_dir.join("platform.db");
        let store = Sqlite::open(&database).with_context(|| format!("cannot open {}", database.display()))?;
        let settings = Settings {
            keys: options.data_dir.join("keys"),
            files: options.data_dir.clone(),
            sensor_address: sensor_name.clone(),
            new_sightings_per_hour: options.new_sightings_per_hour,
            keep_days: options.keep_days,
        };
        let platform = Platform::open(Arc::new(store), settings, clock)?;
        let first_account = platform.first_account()?;
        let entry = if options.entry { Some(entry(&platform)?) } else { None };
        let entry_url = entry.as_ref().map(|entry| format!("{url}enter/{}", entry.key));
        let own_certificate = !options.plain_http && options.certificate.is_none();
        let secured = match options.plain_http {
            true => None,
            false => Some(Secured::new(&platform, "operator", names, options.certificate, false)?),
        };
        let sensor_tls = Secured::new(&platform, "sensors", sensor_names, options.sensor_certificate, true)?;
        let fingerprint = if own_certificate { platform.fingerprint() } else { None };

        let (stop, stopped) = watch::channel(false);
        let config = secured.as_ref().map(Secured::config).transpose()?;
        let operators =
            serve(operator, config, routes::operator(&platform, !options.plain_http, entry), stopped.clone());
        let sensors = api::sensor_routes(platform.clone());
        let sensors = serve(sensor, Some(sensor_tls.config()?), sensors, stopped.clone());
        let listeners = vec![runtime.spawn(operators), runtime.spawn(sensors)];
        let secured = secured.into_iter().chain([sensor_tls]).collect();
        runtime.spawn(due(platform.clone(), secured, stopped));
        Ok(Running {
            operator_address,
            sensor_address,
            platform,
            first_account,
            entry: entry_url,
            url,
            sensor_name,
            fingerprint,
            runtime,
            stop,
            listeners,
        })
    }
}

impl Running {
    /// Where a browser goes.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The address that lets its reader in, if one was wished.
    pub fn entry(&self) -> Option<&str> {
        self.entry.as_deref()
    }

    /// Name and port that sensors are given.
    pub fn sensor_name(&self) -> &str {
        &self.sensor_name
    }

    /// SHA-256 of the platform's own authority, when the browser meets it.
    pub fn fingerprint(&self) -> Option<&str> {
        self.fingerprint.as_deref()
    }

    /// Name and password of the account that was made at this start.
    pub fn first_account(&self) -> Option<(&str, &str)> {
        self.first_account.as_ref().map(|(name, password)| (name.as_str(), password.as_str()))
    }

    /// Stops: requests under way may end, then all connections do.
    pub fn stop(self) {
        self.stop.send_replace(true);
        let listeners = self.listeners;
        self.runtime.block_on(async {
            for listener in listeners {
                let _ = tokio::time::timeout(STOP, listener).await;
            }
        });
        self.runtime.shutdown_timeout(STOP);
    }
}

/// What time makes due: the core's ticks, certificates that are to be exchanged.
async fn due(platform: Platform, secured: Vec<Secured>, mut stop: watch::Receiver<bool>) {
    let secured = Arc::new(secured);
    let mut refreshed = tokio::time::Instant::now();
    let mut interval = tokio::time::interval(TICK);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = interval.tick() => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        let refresh = refreshed.elapsed() >= REFRESH;
        if refresh {
            refreshed = tokio::time::Instant::now();
        }
        let (platform, secured) = (platform.clone(), secured.clone());
        let done = tokio::task::spawn_blocking(move || {
            if let Err(error) = platform.tick() {
                tracing::error!(%error, "what is due could not be done");
            }
            for one in secured.iter().filter(|_| refresh) {
                if let Err(error) = one.refresh(&platform) {
                    tracing::error!(error = format!("{error:#}"), "the certificate before is shown still");
                }
            }
        });
        if done.await.is_err() {
            tracing::error!("what is due ended early");
        }
    }
}

/// A key that cannot be guessed, and a session for who has it.
fn entry(platform: &Platform) -> anyhow::Result<web::Entry> {
    let mut key = [0; 16];
    SystemClock::default().random(&mut key)?;
    let key = key.iter().map(|byte| format!("{byte:02x}")).collect();
    let admin = platform.users()?.into_iter().find(|user| user.role == platform_core::views::Role::Admin);
    let admin = admin.context("there is no admin whose session could be opened")?;
    Ok(web::Entry { key, token: platform.open_session(&admin.name)? })
}

fn bind(runtime: &Runtime, address: SocketAddr) -> anyhow::Result<TcpListener> {
    let bound = runtime.block_on(TcpListener::bind(address));
    bound.with_context(|| format!("cannot listen on {address}: choose another address or port"))
}

/// Makes the folder of data, for its owner only.
fn folder(path: &Path) -> anyhow::Result<()> {
    let words = || format!("cannot make the folder {}", path.display());
    DirBuilder::new().recursive(true).mode(0o700).create(path).with_context(words)?;
    std::fs::set_permissions(path, Permissions::from_mode(0o700)).with_context(words)
}
