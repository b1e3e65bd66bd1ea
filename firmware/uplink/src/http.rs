//! HTTP by `ureq`, over one connection that was made here: one POST or GET, one answer,
//! the connection kept. `ureq` speaks HTTP/1.1 and knows neither names, proxies
//! nor TLS: it is given the socket, once.

use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use model::Time;
use ureq::config::Config;
use ureq::http::{Response, Uri};
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, Transport,
};
use ureq::{Agent, Body, BodyReader, Error};
use wire::MAX_MESSAGE;

use crate::address::Address;
use crate::date;
use crate::socket::{AnySocket, Socket};

/// Largest head of an answer.
const HEAD: usize = 16 << 10;
/// Bytes sent at once.
const PIECE: usize = 16 << 10;
/// Level of compression: most of the gain for a tenth of the time of the best.
const LEVEL: i32 = 3;
/// Bodies below this are not worth compressing.
const SMALL: usize = 256;

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// The server's `Date`.
    pub date: Option<Time>,
    /// A page for people or the way to one came instead of a message: where it leads to,
    /// empty when it is the page itself.
    pub page: Option<String>,
    /// Body, decompressed.
    pub body: Vec<u8>,
}

/// An answer to a GET whose body comes piece by piece. Only read to its end it leaves the
/// connection usable.
pub struct Coming {
    /// The first byte of the body is this one of the whole.
    pub from: u64,
    body: BodyReader<'static>,
}

/// What a GET comes to.
pub enum Got {
    /// 200 or 206.
    Coming(Coming),
    /// Anything else, read whole.
    Refused(Answer),
}

impl Read for Coming {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.body.read(into).map_err(|error| plain(error.into()))
    }
}

/// Called with the bytes of each piece before it goes; may wait.
pub type Pace = Box<dyn Fn(usize) -> io::Result<()> + Send + Sync>;

/// HTTP on one connection.
pub struct Http {
    agent: Agent,
    socket: Shared,
    origin: String,
}

type Shared = Arc<Mutex<AnySocket>>;

impl Http {
    /// Over a socket to `platform`.
    pub fn new(socket: AnySocket, platform: &Address, pace: Pace) -> Http {
        let socket = Arc::new(Mutex::new(socket));
        let buffers = LazyBuffers::new(2 * HEAD, PIECE);
        let wire = Wire { socket: Arc::clone(&socket), buffers, pace };
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            // The environment's, unless told otherwise.
            .proxy(None)
            .user_agent("")
            .accept("")
            .accept_encoding("zstd")
            .max_response_header_size(HEAD)
            // Kept for as long as the other end does.
            .max_idle_age(Duration::MAX)
            .build();
        let agent = Agent::with_parts(config, Given(Mutex::new(Some(wire))), Nowhere);
        Http { agent, socket, origin: format!("https://{platform}") }
    }

    /// Posts and reads the answer: `wait` for each piece to go, for the head to come,
    /// for the body to come.
    ///
    /// # Errors
    /// Of the connection; [`ErrorKind::InvalidData`] when the answer is no HTTP, or
    /// too large.
    pub fn post(&self, path: &str, body: &[u8], wait: Duration) -> io::Result<Answer> {
        let packed = if body.len() >= SMALL { Some(zstd::bulk::compress(body, LEVEL)?) } else { None };
        let mut request = self.agent.post(format!("{}{path}", self.origin));
        request = request.content_type("application/octet-stream");
        if packed.is_some() {
            request = request.header("Content-Encoding", "zstd");
        }
        let request = request
            .config()
            .timeout_per_write(Some(wait))
            .timeout_recv_response(Some(wait))
            .timeout_recv_body(Some(wait))
            .build();
        let mut response = request.send(packed.as_deref().unwrap_or(body)).map_err(plain)?;
        whole(&mut response)
    }

    /// Asks for a file from a byte on; see [`Coming`] for what follows. `wait` for each piece to
    /// go, for the head to come, for each piece to come: there is no limit for the whole.
    ///
    /// # Errors
    /// As [`Http::post`]; [`ErrorKind::InvalidData`] also when another range comes than was asked for.
    pub fn get(&self, path: &str, from: u64, wait: Duration) -> io::Result<Got> {
        let mut request = self.agent.get(format!("{}{path}", self.origin));
        if from > 0 {
            request = request.header("Range", format!("bytes={from}-"));
        }
        let request = request
            .config()
            .accept_encoding("identity")
            .timeout_per_write(Some(wait))
            .timeout_recv_response(Some(wait))
            .timeout_per_read(Some(wait))
            .build();
        let mut response = request.call().map_err(plain)?;
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        let status = response.status().as_u16();
        if !matches!(status, 200 | 206) || header("content-type").is_some_and(is_page) {
            return whole(&mut response).map(Got::Refused);
        }
        if header("content-encoding").is_some_and(|encoding| encoding != "identity") {
            return Err(bad("it has an encoding nobody asked for"));
        }
        // RFC 9110 §14.4: `bytes 500-999/1000`.
        let begins = header("content-range").and_then(|range| {
            range.strip_prefix("bytes ")?.split_once('-').and_then(|(first, _)| first.parse().ok())
        });
        let from = match (status, begins) {
            (200, _) => 0,
            (_, Some(first)) if first == from => first,
            _ => return Err(bad("it is another part than was asked for")),
        };
        Ok(Got::Coming(Coming { from, body: response.into_body().into_reader() }))
    }

    /// It can be used again, as far as the answers said.
    pub fn is_kept(&self) -> bool {
        Arc::strong_count(&self.socket) > 1
    }

    /// See [`Socket::is_quiet`].
    ///
    /// # Errors
    /// As there.
    pub fn is_quiet(&self) -> io::Result<bool> {
        lock(&self.socket).is_quiet()
    }
}

/// Reads an answer to its end, at most a message long.
fn whole(response: &mut Response<Body>) -> io::Result<Answer> {
    let body = response.body_mut().with_config().limit(MAX_MESSAGE as u64).read_to_vec();
    let body = body.map_err(plain)?;
    let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
    let body = match header("content-encoding") {
        None | Some("identity") => body,
        Some("zstd") => {
            zstd::bulk::decompress(&body, MAX_MESSAGE).map_err(|_| bad("it cannot be decompressed"))?
        }
        Some(_) => return Err(bad("it has an encoding nobody asked for")),
    };
    let status = response.status().as_u16();
    let away = header("location").map(|to| to.chars().filter(|c| !c.is_control()).take(200).collect());
    // RFC 6585 §6: 511 is what a captive portal should say.
    let page = match status {
        300..400 => Some(away.unwrap_or_default()),
        511 => Some(String::new()),
        _ => header("content-type").is_some_and(is_page).then(String::new),
    };
    Ok(Answer { status, date: header("date").and_then(date::read), page, body })
}

/// It is for people.
fn is_page(kind: &str) -> bool {
    kind.starts_with("text/html")
}

fn lock(socket: &Shared) -> MutexGuard<'_, AnySocket> {
    socket.lock().unwrap_or_else(PoisonError::into_inner)
}

fn plain(error: Error) -> io::Error {
    match error {
        Error::Io(error) => error,
        Error::Timeout(_) => ErrorKind::TimedOut.into(),
        // It asks for a second connection: the first was closed.
        Error::ConnectionFailed => ErrorKind::UnexpectedEof.into(),
        Error::BodyExceedsLimit(_) => bad("it is too large"),
        other => bad(&other.to_string()),
    }
}

fn bad(why: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, format!("the answer cannot be read: {why}"))
}

/// The socket, as `ureq` wants it. Dropped by it when it cannot be used again.
struct Wire {
    socket: Shared,
    buffers: LazyBuffers,
    pace: Pace,
}

impl Transport for Wire {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        (self.pace)(amount)?;
        let mut socket = lock(&self.socket);
        socket.limit(*timeout.for_write().after);
        socket.write_all(&self.buffers.output()[..amount])?;
        Ok(socket.flush()?)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let mut socket = lock(&self.socket);
        socket.limit(*timeout.for_read().after);
        let read = loop {
            match socket.read(self.buffers.input_append_buf()) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        self.buffers.input_appended(read);
        Ok(read > 0)
    }

    /// Looked at by whoever uses it next, who is told what is wrong with it.
    fn is_open(&mut self) -> bool {
        true
    }

    fn is_tls(&self) -> bool {
        true
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wire")
    }
}

/// Gives the one connection once.
#[derive(Debug)]
struct Given(Mutex<Option<Wire>>);

impl Connector for Given {
    type Out = Wire;

    fn connect(&self, _: &ConnectionDetails<'_>, _: Option<()>) -> Result<Option<Wire>, Error> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).take())
    }
}

/// Resolves nothing: the connection is made already.
#[derive(Debug)]
struct Nowhere;

impl Resolver for Nowhere {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        Ok(self.empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives a text in pieces of `step` bytes, keeps what is written.
    struct Script {
        text: Vec<u8>,
        at: usize,
        step: usize,
        written: Arc<Mutex<Vec<u8>>>,
    }

    impl Read for Script {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let len = self.step.min(into.len()).min(self.text.len() - self.at);
            into[..len].copy_from_slice(&self.text[self.at..self.at + len]);
            self.at += len;
            Ok(len)
        }
    }

    impl Write for Script {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.written.lock().unwrap().extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Socket for Script {
        fn limit(&mut self, wait: Duration) {
            assert!(wait <= WAIT);
        }

        fn block(&mut self, _: bool) -> io::Result<()> {
            Ok(())
        }

        fn is_quiet(&mut self) -> io::Result<bool> {
            Ok(true)
        }
    }

    const WAIT: Duration = Duration::from_secs(20);

    /// The answer, what was written, and whether the connection is kept.
    fn ask(text: &[u8], step: usize, body: &[u8]) -> (io::Result<Answer>, Vec<u8>, bool) {
        let written = Arc::default();
        let script = Script { text: text.to_vec(), at: 0, step, written: Arc::clone(&written) };
        let platform = Address { host: "p".into(), port: 8443 };
        let http = Http::new(Box::new(script), &platform, Box::new(|_| Ok(())));
        let answer = http.post("/x", body, WAIT);
        let written = written.lock().unwrap().clone();
        (answer, written, http.is_kept())
    }

    const REQUEST: &str = "POST /x HTTP/1.1\r\naccept-encoding: zstd\r\ncontent-length: 5\r\nhost: p:8443\r\n\
        content-type: application/octet-stream\r\n\r\nshort";

    #[test]
    fn answers_in_any_pieces() {
        let texts: [(&str, &[u8], bool); 4] = [
            (
                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\nhello",
                b"hello",
                true,
            ),
            ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", b"", true),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nT: x\r\n\r\n",
                b"hello",
                true,
            ),
            ("HTTP/1.1 200 OK\r\n\r\nhello", b"hello", false),
        ];
        for (text, body, keep) in texts {
            for step in [1, 2, 7, 1000] {
                let (answer, written, kept) = ask(text.as_bytes(), step, b"short");
                assert_eq!((&answer.unwrap().body[..], kept), (body, keep), "{text:?}");
                let written = String::from_utf8(written).unwrap();
                assert_eq!(written, REQUEST, "nothing more is said than is needed");
            }
        }
    }

    #[test]
    fn large_bodies_are_compressed_both_ways() {
        let body = vec![b'a'; 100_000];
        let packed = zstd::bulk::compress(&body, 3).unwrap();
        let head =
            format!("HTTP/1.1 200 OK\r\nContent-Encoding: zstd\r\nContent-Length: {}\r\n\r\n", packed.len());
        let (answer, written, _) = ask(&[head.as_bytes(), &packed].concat(), 4096, &body);
        assert_eq!(answer.unwrap().body, body);
        assert!(written.len() < 1000);
    }

    #[test]
    fn cut_and_hostile_answers_are_errors() {
        let good = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n0\r\n\r\n";
        for len in 0..good.len() {
            let (answer, _, kept) = ask(&good.as_bytes()[..len], 5, b"");
            // With the last chunk's length all is said; but the connection is not used again.
            let whole = len == good.len() - 2;
            assert_eq!((answer.is_ok(), kept), (whole, false), "{len}");
        }
        let bomb = zstd::bulk::compress(&vec![0; MAX_MESSAGE + 1], 3).unwrap();
        let bomb_head =
            format!("HTTP/1.1 200 OK\r\nContent-Encoding: zstd\r\nContent-Length: {}\r\n\r\n", bomb.len());
        for bad in [
            b"SSH-2.0-x\r\n\r\n".to_vec(),
            b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n".to_vec(),
            b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n".to_vec(),
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx".to_vec(),
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n".to_vec(),
            [&b"HTTP/1.1 200 OK\r\n"[..], &vec![b'a'; HEAD + 20]].concat(),
            [bomb_head.as_bytes(), &bomb].concat(),
        ] {
            assert!(ask(&bad, 4096, b"").0.is_err());
        }
    }

    #[test]
    fn no_redirect_is_followed_and_what_comes_unasked_ends_the_connection() {
        let moved = "HTTP/1.1 302 Found\r\nLocation: https://elsewhere/\r\nContent-Length: 0\r\n\r\n";
        let (answer, written, kept) = ask(moved.as_bytes(), 1000, b"short");
        assert_eq!((answer.unwrap().status, written.len(), kept), (302, REQUEST.len(), true));
        let more = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n";
        let (answer, _, kept) = ask(more.as_bytes(), 1000, b"short");
        assert_eq!((answer.unwrap().body, kept), (b"ok".to_vec(), false));
    }

    /// Each byte comes at once, and there is no end of them.
    #[test]
    fn an_answer_that_trickles_ends_at_the_limit() {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        let script = Script {
            text: [head.as_bytes(), &b"1\r\na\r\n".repeat(MAX_MESSAGE / 4)].concat(),
            at: 0,
            step: 1,
            written: Arc::default(),
        };
        let platform = Address { host: "p".into(), port: 8443 };
        let http = Http::new(Box::new(script), &platform, Box::new(|_| Ok(())));
        let error = http.post("/x", b"", Duration::from_millis(50)).unwrap_err();
        assert_eq!((error.kind(), http.is_kept()), (ErrorKind::TimedOut, false));
    }
}
