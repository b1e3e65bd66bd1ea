//! From a name to a connection: DNS, TCP, proxy. Each step fails with a code of
//! its own.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use model::ErrorCode;

use crate::address::{Address, ProxyKind, Route};
use crate::clock::Clock;
use crate::socket::{AnySocket, Tcp, apart};
use crate::{UplinkError, World, connect, socks, tls};

/// Longest wait for a name.
const RESOLVE: Duration = Duration::from_secs(30);
/// Longest wait for a TCP connection, for each address of a name.
const CONNECT: Duration = Duration::from_secs(10);
/// Longest wait for an answer while a connection is made.
pub const ANSWER: Duration = Duration::from_secs(20);
/// Addresses of one name that are tried.
const ADDRESSES: usize = 4;

/// Resolves; `whose` for the words.
///
/// # Errors
/// E05.
pub fn resolve(address: &Address, whose: &str, world: &dyn World) -> Result<Vec<SocketAddr>, UplinkError> {
    let failed = |cause: String| {
        UplinkError::new(ErrorCode::DnsFailed, format!("the {whose}'s name {} {cause}", address.host))
    };
    let name = (address.host.clone(), address.port);
    let found = apart(world, RESOLVE, move || Ok(name.to_socket_addrs()?.take(ADDRESSES).collect()));
    let found: Vec<SocketAddr> = found.map_err(|error| failed(format!("cannot be resolved: {error}")))?;
    if found.is_empty() { Err(failed("has no address".into())) } else { Ok(found) }
}

/// Connects to the first that answers.
///
/// # Errors
/// E06.
pub fn tcp(addresses: &[SocketAddr], whose: &str, world: &Arc<dyn World>) -> Result<Tcp, UplinkError> {
    let mut words = format!("the {whose} has no address");
    for &address in addresses {
        let connected = apart(&**world, 2 * CONNECT, move || {
            let stream = TcpStream::connect_timeout(&address, CONNECT)?;
            stream.set_nodelay(true)?;
            Ok(stream)
        });
        let cause = match connected.and_then(|stream| Tcp::new(stream, world, ANSWER)) {
            Ok(tcp) => return Ok(tcp),
            Err(error) if error.kind() == ErrorKind::TimedOut => "does not answer".into(),
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => "refuses the connection".into(),
            Err(error) => format!("cannot be reached: {error}"),
        };
        words = format!("the {whose} at {address} {cause}");
    }
    Err(UplinkError::new(ErrorCode::Blocked, words))
}

/// The whole way, up to where TLS to the platform begins.
///
/// # Errors
/// E05 to E08; E09 and E10 for an `https` proxy's own certificate.
pub fn dial(route: &Route, clock: &Clock, world: &Arc<dyn World>) -> Result<AnySocket, UplinkError> {
    let (first, whose) = first_hop(route);
    let stream = tcp(&resolve(first, whose, &**world)?, whose, world)?;
    through(route, stream, clock)
}

/// Whom the TCP connection goes to.
pub fn first_hop(route: &Route) -> (&Address, &'static str) {
    route.via().map_or((&route.platform, "platform"), |proxy| (&proxy.address, "proxy"))
}

/// Asks the proxy, if there is one.
///
/// # Errors
/// E07, E08; E09 and E10 for an `https` proxy's own certificate.
pub fn through(route: &Route, mut stream: Tcp, clock: &Clock) -> Result<AnySocket, UplinkError> {
    let Some(proxy) = route.via() else { return Ok(Box::new(stream)) };
    let login = proxy.login.as_ref();
    match proxy.kind {
        ProxyKind::Http => {
            connect::ask(&mut stream, &route.platform, login)?;
            Ok(Box::new(stream))
        }
        ProxyKind::Https => {
            let tls = tls::Tls::for_proxy(&proxy.authorities, clock)?;
            let mut stream = tls.open(Box::new(stream), &proxy.address)?;
            connect::ask(&mut stream, &route.platform, login)?;
            Ok(stream)
        }
        ProxyKind::Socks5 => {
            socks::ask(&mut stream, &route.platform, login)?;
            Ok(Box::new(stream))
        }
    }
}

/// What a proxy that went silent or away is told as.
pub fn proxy_gone(error: &io::Error) -> UplinkError {
    let cause = match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::TimedOut => "does not answer".into(),
        ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset => "closed the connection".into(),
        _ => format!("failed: {error}"),
    };
    UplinkError::new(ErrorCode::ProxyRefused, format!("the proxy {cause}"))
}
