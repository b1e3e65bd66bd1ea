//! The log: lines on standard error. What comes from outside is written with its
//! control characters escaped; passwords, codes, keys and tokens never.

use tracing_subscriber::EnvFilter;

/// Begins to log: `STILLWATCH_LOG` says what (`info` unless it is set;
/// `platform_core=debug` …). A second call changes nothing.
pub fn log() {
    let filter = EnvFilter::try_from_env("STILLWATCH_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let _ = subscriber.try_init();
}
