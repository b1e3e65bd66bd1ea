//! What the set-up service orders, in the uplink's words.

use uplink::{Login, Proxy, ProxyKind, Seen};
use wire::local::{Failed, ProxyOrders};

/// The proxy on the way to the platform.
///
/// # Errors
/// Its kind, address or CA is none.
pub fn proxy(orders: &ProxyOrders) -> Result<Proxy, Failed> {
    let wrong = |what: &str| Failed::plain(format!("the proxy's {what} is none"), "Set the proxy again.");
    let kind = match &*orders.kind {
        "http" => ProxyKind::Http,
        "https" => ProxyKind::Https,
        "socks5" => ProxyKind::Socks5,
        _ => return Err(wrong("kind")),
    };
    let mut proxy = Proxy::new(kind, orders.address.parse().map_err(|_| wrong("address"))?);
    proxy.login = orders
        .login
        .as_ref()
        .map(|(user, password)| Login { user: user.clone(), password: password.0.clone() });
    proxy.authorities = Seen::certificates(orders.ca.as_bytes());
    if proxy.authorities.is_empty() && !orders.ca.is_empty() {
        return Err(wrong("CA"));
    }
    proxy.bypass.clone_from(&orders.bypass);
    Ok(proxy)
}
