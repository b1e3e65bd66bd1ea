//! Sends the box's log to a syslog server (RFC 5424 over UDP, RFC 5426), where one is set.

use std::net::{ToSocketAddrs, UdpSocket};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use setup::Service;
use spool::Folder;

use crate::drill::Waiting;
use crate::log;
use crate::paths::RUN;

/// Between two looks at the log.
const EVERY: Duration = Duration::from_secs(1);
/// Lines that are sent at once at most.
const MOST: usize = 200;
/// Facility *daemon*, severity *notice* (RFC 5424 §6.2.1).
const PRIORITY: u8 = 3 * 8 + 5;

/// Begins to send, on a thread of its own.
pub fn follow(service: &Arc<Service<Folder>>) {
    let service = Arc::clone(service);
    std::thread::spawn(move || {
        let (mut sent, fault) = (String::new(), Waiting::of("syslog"));
        loop {
            std::thread::sleep(EVERY);
            if let Some(fault) = &fault {
                fault.turn();
            }
            let (server, host) = service.syslog();
            if server.is_empty() {
                continue;
            }
            let lines = log::last(Path::new(RUN), MOST);
            let new = after(&lines, &sent);
            if new.is_empty() {
                continue;
            }
            if send(&server, &host, new) {
                sent = new.last().cloned().unwrap_or_default();
            }
        }
    });
}

/// The lines behind the one that was sent last; all of them where it is gone.
fn after<'a>(lines: &'a [String], sent: &str) -> &'a [String] {
    let at = lines.iter().rposition(|line| line == sent).map_or(0, |at| at + 1);
    &lines[at..]
}

fn send(server: &str, host: &str, lines: &[String]) -> bool {
    let address = if server.contains(':') && !server.ends_with(']') {
        server.to_owned()
    } else {
        format!("{server}:514")
    };
    let Some(to) = address.to_socket_addrs().ok().and_then(|mut all| all.next()) else { return false };
    let any = if to.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    let Ok(socket) = UdpSocket::bind(any) else { return false };
    lines
        .iter()
        .all(|line| message(host, line).is_some_and(|message| socket.send_to(message.as_bytes(), to).is_ok()))
}

/// A line of the log (`TIME PART: WORDS`) as a message.
fn message(host: &str, line: &str) -> Option<String> {
    let (time, rest) = line.split_once(' ')?;
    let (part, words) = rest.split_once(": ")?;
    let host = if host.is_empty() { "-" } else { host };
    Some(format!("<{PRIORITY}>1 {time} {host} stillwatch-{part} - - - {words}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_message_of_rfc_5424() {
        let line = "2026-11-27T01:02:03.456Z sensor: platform: online";
        let wanted = "<29>1 2026-11-27T01:02:03.456Z hall3 stillwatch-sensor - - - platform: online";
        assert_eq!(message("hall3", line).unwrap(), wanted);
        assert_eq!(message("", "nonsense"), None);
    }

    #[test]
    fn each_line_is_sent_once() {
        let lines: Vec<String> = ["a", "b", "c"].map(str::to_owned).to_vec();
        assert_eq!(after(&lines, "b"), ["c"]);
        assert_eq!(after(&lines, "c"), [] as [&str; 0]);
        assert_eq!(after(&lines, "gone").len(), 3);
    }

    #[test]
    fn a_server_hears_it() {
        let server = UdpSocket::bind("127.0.0.1:0").unwrap();
        let lines = ["2026-11-27T01:02:03.456Z init: here".to_owned()];
        assert!(send(&server.local_addr().unwrap().to_string(), "box", &lines));
        let mut buffer = [0; 256];
        let (length, _) = server.recv_from(&mut buffer).unwrap();
        assert!(buffer[..length].ends_with(b"box stillwatch-init - - - here"));
    }
}
