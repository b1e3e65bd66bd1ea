//! The way to a platform, as flags say it, and where a sensor keeps its state.

use std::path::{Path, PathBuf};

use clap::Args;
use uplink::{Login, Proxy, ProxyKind, UplinkError};

use crate::exit::Failure;

/// How the platform is reached.
#[derive(Debug, Default, Args)]
pub struct Way {
    /// Proxy on the way to the platform: http://[user@]host:port, https://… or socks5://…
    #[arg(long, value_name = "URL", help_heading = "Way to the platform")]
    pub proxy: Option<String>,
    /// The proxy user's password is the first line of this file
    #[arg(long, value_name = "FILE", requires = "proxy", help_heading = "Way to the platform")]
    pub proxy_password_file: Option<PathBuf>,
    /// The proxy's certificate was issued by a CA in this PEM or DER file (https proxies)
    #[arg(long, value_name = "FILE", requires = "proxy", help_heading = "Way to the platform")]
    pub proxy_ca: Option<PathBuf>,
    /// Folder of this sensor's identity, configuration and spool
    #[arg(long, value_name = "DIR", help_heading = "Way to the platform")]
    pub state: Option<PathBuf>,
}

impl Way {
    /// Reads the flags.
    ///
    /// # Errors
    /// The proxy's URL or a file cannot be read; the message says what is wanted.
    pub fn proxy(&self) -> Result<Option<Proxy>, Failure> {
        let Some(url) = &self.proxy else { return Ok(None) };
        let wanted = "want http://[user@]host:port, https://… or socks5://…";
        let wrong = |why: &str| Failure::Usage(format!("--proxy {url}: {why}; {wanted}"));
        let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
        let (kind, port) = match scheme {
            "http" => (ProxyKind::Http, 3128),
            "https" => (ProxyKind::Https, 443),
            "socks5" | "socks5h" => (ProxyKind::Socks5, 1080),
            other => return Err(wrong(&format!("{other} is no kind of proxy"))),
        };
        let (user, place) = match rest.rsplit_once('@') {
            Some((user, place)) => (Some(user), place),
            None => (None, rest),
        };
        let place = place.trim_end_matches('/');
        let place = match place.rsplit_once(':') {
            Some((_, digits)) if digits.parse::<u16>().is_ok() => place.to_owned(),
            _ => format!("{place}:{port}"),
        };
        let mut proxy =
            Proxy::new(kind, place.parse().map_err(|error: uplink::NotAnAddress| wrong(&error.to_string()))?);
        if let Some(user) = user {
            let (user, inline) = user.split_once(':').map_or((user, None), |(user, word)| (user, Some(word)));
            let password = match (&self.proxy_password_file, inline) {
                (Some(file), _) => text(file)?.lines().next().unwrap_or_default().to_owned(),
                (None, Some(word)) => word.to_owned(),
                (None, None) => String::new(),
            };
            proxy.login = Some(Login { user: user.to_owned(), password });
        }
        if let Some(file) = &self.proxy_ca {
            proxy.authorities = certificates(file)?;
        }
        Ok(Some(proxy))
    }

    /// Where the sensor keeps its state: as said, else where services or users keep theirs.
    pub fn state(&self) -> PathBuf {
        let user = || {
            let home = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
            home("XDG_STATE_HOME")
                .or_else(|| Some(home("HOME")?.join(".local/state")))
                .unwrap_or_else(std::env::temp_dir)
                .join("stillwatch")
        };
        let service = Path::new("/var/lib/stillwatch");
        let root = nix::unistd::geteuid().is_root();
        self.state.clone().unwrap_or_else(|| if root { service.to_owned() } else { user() })
    }
}

fn text(file: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(file)
        .map_err(|error| Failure::Usage(format!("cannot read {}: {error}", file.display())))
}

/// The certificates in a PEM file, or the one in a DER file.
fn certificates(file: &Path) -> Result<Vec<Vec<u8>>, Failure> {
    let bytes = std::fs::read(file)
        .map_err(|error| Failure::Usage(format!("cannot read {}: {error}", file.display())))?;
    let found = uplink::Seen::certificates(&bytes);
    if found.is_empty() {
        return Err(Failure::Usage(format!("{} holds no certificate (PEM or DER)", file.display())));
    }
    Ok(found)
}

/// An uplink's trouble as the program's: what is wrong, and what to do.
pub fn failure(error: &UplinkError) -> Failure {
    let message = format!("{}: {} {}", error.code, error.words, error.remedy);
    Failure::Away(message)
}
