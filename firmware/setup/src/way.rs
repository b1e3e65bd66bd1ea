//! The way to the platform, as the settings say it.

use settings::{ProxyKind, ProxySettings, Settings};
use uplink::{Address, Identity, Route};
use wire::local::{Failed, ProxyOrders, Secret};

/// The proxy, as the sensing process is told it.
pub fn orders(proxy: &ProxySettings) -> ProxyOrders {
    let kind = match proxy.kind {
        ProxyKind::Http => "http",
        ProxyKind::Https => "https",
        ProxyKind::Socks5 => "socks5",
    };
    let host = if proxy.host.contains(':') { format!("[{}]", proxy.host) } else { proxy.host.clone() };
    ProxyOrders {
        kind: kind.into(),
        address: format!("{host}:{}", proxy.port),
        login: (!proxy.user.is_empty()).then(|| (proxy.user.clone(), Secret(proxy.password.clone()))),
        ca: proxy.ca.clone(),
        bypass: proxy.bypass.clone(),
    }
}

/// The route to the platform: that of the identity, else the one set.
///
/// # Errors
/// No platform is set, or the proxy's CA is none.
pub fn route(settings: &Settings, identity: Option<&Identity>) -> Result<Route, Failed> {
    let unset = || Failed::plain("no platform is set", "Set the platform's address first.");
    let platform: Address = match identity {
        Some(identity) => identity.platform.clone(),
        None => settings.platform().parse().map_err(|_| unset())?,
    };
    let proxy = settings.proxy().map(|proxy| agent::proxy(&orders(&proxy))).transpose()?;
    Ok(Route { platform, proxy })
}
