//! SOCKS5 (RFC 1928) with user and password (RFC 1929) or without. The name of
//! the platform goes to the proxy, which resolves it.

use std::io;
use std::net::IpAddr;

use model::ErrorCode;

use crate::UplinkError;
use crate::address::{Address, Login};
use crate::dial::proxy_gone;
use crate::socket::Socket;

/// Asks for a connection to `to`; the socket is that connection afterwards.
///
/// # Errors
/// E07 with the proxy's reason; E08 when it wants a login or another one.
pub fn ask(socket: &mut dyn Socket, to: &Address, login: Option<&Login>) -> Result<(), UplinkError> {
    let methods: &[u8] = if login.is_some() { &[5, 2, 0, 2] } else { &[5, 1, 0] };
    let [version, method] = answer(socket, methods)?;
    let refused = |words: String| UplinkError::new(ErrorCode::ProxyRefused, words);
    let no_login = |words: String| UplinkError::new(ErrorCode::ProxyLogin, words);
    if version != 5 {
        return Err(refused("what answers at the proxy's address is no SOCKS5 proxy".into()));
    }
    match (method, login) {
        (0, _) => {}
        (2, Some(login)) => {
            let (user, password) = (login.user.as_bytes(), login.password.as_bytes());
            let (Ok(user_len), Ok(password_len)) = (u8::try_from(user.len()), u8::try_from(password.len()))
            else {
                return Err(no_login("user and password have at most 255 bytes each in SOCKS5".into()));
            };
            let message = [&[1, user_len][..], user, &[password_len], password].concat();
            // A proxy that refuses a login may close at once (RFC 1929 §2 says it must).
            if !matches!(answer(socket, &message), Ok([_, 0])) {
                return Err(no_login(format!("the proxy refuses the login of {:?}", login.user)));
            }
        }
        _ => {
            let words = if login.is_some() {
                "no way of login that is spoken here"
            } else {
                "nobody without a login"
            };
            return Err(no_login(format!("the proxy accepts {words}")));
        }
    }
    let mut request = vec![5, 1, 0];
    match to.host.parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) => request.extend([&[1][..], &ip.octets()].concat()),
        Ok(IpAddr::V6(ip)) => request.extend([&[4][..], &ip.octets()].concat()),
        // An address has at most 253 bytes.
        Err(_) => request.extend([&[3, to.host.len() as u8][..], to.host.as_bytes()].concat()),
    }
    request.extend(to.port.to_be_bytes());
    let [_, reply, _, kind] = answer(socket, &request)?;
    if reply != 0 {
        return Err(refused(format!("the proxy answers {:?} for {to}", reason(reply))));
    }
    // The address it connected from is of no interest, but it stands before the platform's bytes.
    let len = match kind {
        1 => 4,
        4 => 16,
        _ => usize::from(read::<1>(socket).map_err(|error| proxy_gone(&error))?[0]),
    };
    let mut rest = vec![0; len + 2];
    socket.read_exact(&mut rest).map_err(|error| proxy_gone(&error))
}

fn answer<const N: usize>(socket: &mut dyn Socket, message: &[u8]) -> Result<[u8; N], UplinkError> {
    let sent = socket.write_all(message).and_then(|()| socket.flush());
    sent.and_then(|()| read(socket)).map_err(|error| proxy_gone(&error))
}

fn read<const N: usize>(socket: &mut dyn Socket) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    socket.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// RFC 1928 §6.
fn reason(reply: u8) -> &'static str {
    match reply {
        1 => "general failure",
        2 => "not allowed",
        3 => "network unreachable",
        4 => "host unreachable",
        5 => "connection refused",
        6 => "time to live expired",
        7 => "command not supported",
        8 => "address type not supported",
        _ => "unknown error",
    }
}
