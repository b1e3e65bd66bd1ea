//! An HTTP proxy's CONNECT (RFC 9110 §9.3.6), with Basic authentication (RFC
//! 7617) or none.

use model::ErrorCode;

use crate::UplinkError;
use crate::address::{Address, Login};
use crate::dial::proxy_gone;
use crate::socket::Socket;

/// Largest answer.
const HEAD: usize = 16 << 10;

/// Asks for a connection to `to`; the socket is that connection afterwards.
///
/// # Errors
/// E07 with the proxy's words; E08 for 407.
pub fn ask(socket: &mut dyn Socket, to: &Address, login: Option<&Login>) -> Result<(), UplinkError> {
    let mut request = format!("CONNECT {to} HTTP/1.1\r\nHost: {to}\r\n");
    if let Some(login) = login {
        let pair = format!("{}:{}", login.user, login.password);
        request += &format!("Proxy-Authorization: Basic {}\r\n", base64(pair.as_bytes()));
    }
    request += "\r\n";
    socket.write_all(request.as_bytes()).and_then(|()| socket.flush()).map_err(|error| proxy_gone(&error))?;
    let head = head(socket)?;
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut response = httparse::Response::new(&mut headers);
    let refused = |words: String| UplinkError::new(ErrorCode::ProxyRefused, words);
    if !response.parse(&head).is_ok_and(|parsed| parsed.is_complete()) {
        return Err(refused("what answers at the proxy's address is no HTTP proxy".into()));
    }
    let value = |name: &str| {
        let header = response.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
        header.map(|header| String::from_utf8_lossy(header.value).trim().to_string())
    };
    match response.code.unwrap_or_default() {
        200..=299 => Ok(()),
        407 => {
            let wants = value("proxy-authenticate").unwrap_or_default();
            let scheme = wants.split_whitespace().next().unwrap_or("a login");
            let words = match login {
                Some(login) => {
                    format!("the proxy refuses the login of {:?} (it asks for {scheme})", login.user)
                }
                None => format!("the proxy wants a login ({scheme})"),
            };
            Err(UplinkError::new(ErrorCode::ProxyLogin, words))
        }
        status => {
            let reason = response.reason.unwrap_or_default();
            let more = value("x-squid-error").map(|error| format!(" ({error})")).unwrap_or_default();
            Err(refused(format!("the proxy answers {status} {reason}{more} to CONNECT {to}")))
        }
    }
}

/// Reads byte by byte up to the empty line: what follows belongs to the platform.
fn head(socket: &mut dyn Socket) -> Result<Vec<u8>, UplinkError> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() == HEAD {
            return Err(UplinkError::new(ErrorCode::ProxyRefused, "the proxy's answer does not end"));
        }
        socket.read_exact(&mut byte).map_err(|error| proxy_gone(&error))?;
        head.extend(byte);
    }
    Ok(head)
}

/// RFC 4648 §4.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let word = (0..3).fold(0u32, |word, at| word << 8 | u32::from(chunk.get(at).copied().unwrap_or(0)));
        for at in 0..4 {
            let digit = ALPHABET[(word >> (18 - 6 * at) & 63) as usize];
            out.push(if at > chunk.len() { '=' } else { char::from(digit) });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_as_in_rfc_4648() {
        for (text, coded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(text.as_bytes()), coded);
        }
    }
}
