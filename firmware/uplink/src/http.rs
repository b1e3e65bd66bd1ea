//! As much of HTTP/1.1 (RFC 9112) as the sensor endpoint needs: one POST, one
//! answer, the connection kept.

use std::io::{self, ErrorKind};

use model::Time;
use wire::MAX_MESSAGE;

use crate::date;
use crate::socket::Socket;

/// Largest head of an answer.
const HEAD: usize = 16 << 10;
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
    /// Body, decompressed.
    pub body: Vec<u8>,
    /// The connection can be used again.
    pub keep: bool,
}

/// Sends a POST and reads the answer. `sent` is called with the bytes of each
/// piece before it goes, and may wait.
///
/// # Errors
/// Of the connection; [`ErrorKind::InvalidData`] when the answer is no HTTP, or
/// too large.
pub fn post(
    socket: &mut dyn Socket,
    host: &str,
    path: &str,
    body: &[u8],
    sent: &mut dyn FnMut(usize),
) -> io::Result<Answer> {
    let packed = if body.len() >= SMALL { Some(zstd::bulk::compress(body, LEVEL)?) } else { None };
    let (payload, encoding) =
        packed.as_deref().map_or((body, ""), |packed| (packed, "Content-Encoding: zstd\r\n"));
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/octet-stream\r\n\
         Accept-Encoding: zstd\r\n{encoding}Content-Length: {}\r\n\r\n",
        payload.len()
    );
    sent(head.len());
    socket.write_all(head.as_bytes())?;
    for piece in payload.chunks(16 << 10) {
        sent(piece.len());
        socket.write_all(piece)?;
    }
    socket.flush()?;
    let mut input = Input { socket, buffer: Vec::new(), at: 0 };
    loop {
        let answer = read(&mut input)?;
        // RFC 9110 §15.2: interim answers come before the one that counts.
        if answer.status >= 200 {
            return Ok(answer);
        }
    }
}

fn read(input: &mut Input<'_>) -> io::Result<Answer> {
    let head = loop {
        let rest = &input.buffer[input.at..];
        if let Some(end) = rest.windows(4).position(|window| window == b"\r\n\r\n") {
            break rest[..end + 4].to_vec();
        }
        if rest.len() > HEAD {
            return Err(bad("its head does not end"));
        }
        if !input.more()? {
            return Err(ErrorKind::UnexpectedEof.into());
        }
    };
    input.at += head.len();
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut response = httparse::Response::new(&mut headers);
    let whole = response.parse(&head).is_ok_and(|parsed| parsed.is_complete());
    let status = response.code.filter(|_| whole).ok_or_else(|| bad("it is no HTTP"))?;
    let value = |name: &str| {
        let header = response.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
        header
            .and_then(|header| std::str::from_utf8(header.value).ok())
            .map(|value| value.trim().to_ascii_lowercase())
    };
    let length =
        value("content-length").map(|text| text.parse::<usize>().map_err(|_| bad("its length is no number")));
    let chunked = value("transfer-encoding").is_some_and(|coding| coding.ends_with("chunked"));
    let mut keep = value("connection").as_deref() != Some("close") && response.version == Some(1);
    let body = match length.transpose()? {
        _ if status < 200 || status == 204 || status == 304 => Vec::new(),
        _ if chunked => input.chunks()?,
        Some(length) => input.exactly(length)?,
        None => {
            keep = false;
            input.rest()?
        }
    };
    let body = match value("content-encoding").as_deref() {
        None | Some("identity") => body,
        Some("zstd") => {
            zstd::bulk::decompress(&body, MAX_MESSAGE).map_err(|_| bad("it cannot be decompressed"))?
        }
        Some(_) => return Err(bad("it has an encoding nobody asked for")),
    };
    Ok(Answer { status, date: value("date").and_then(|date| date::read(&date)), body, keep })
}

/// What was read and not used yet.
struct Input<'a> {
    socket: &'a mut dyn Socket,
    buffer: Vec<u8>,
    at: usize,
}

impl Input<'_> {
    /// Reads some bytes more; false at the end.
    fn more(&mut self) -> io::Result<bool> {
        let mut piece = [0; 8 << 10];
        loop {
            match self.socket.read(&mut piece) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => {
                    let read = read?;
                    self.buffer.extend(piece.iter().take(read));
                    return Ok(read > 0);
                }
            }
        }
    }

    fn exactly(&mut self, length: usize) -> io::Result<Vec<u8>> {
        if length > MAX_MESSAGE {
            return Err(bad("it is too large"));
        }
        while self.buffer.len() < self.at + length {
            if !self.more()? {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
        let bytes = self.buffer[self.at..self.at + length].to_vec();
        self.at += length;
        Ok(bytes)
    }

    fn rest(&mut self) -> io::Result<Vec<u8>> {
        while self.buffer.len() - self.at <= MAX_MESSAGE {
            if !self.more()? {
                return Ok(self.buffer[self.at..].to_vec());
            }
        }
        Err(bad("it is too large"))
    }

    /// RFC 9112 §7.1.
    fn chunks(&mut self) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let line = self.line()?;
            let size = line.split(|byte| *byte == b';').next().and_then(|hex| std::str::from_utf8(hex).ok());
            let size = size.and_then(|hex| usize::from_str_radix(hex.trim(), 16).ok());
            let size = size.ok_or_else(|| bad("a chunk has no size"))?;
            if size == 0 {
                while !self.line()?.is_empty() {}
                return Ok(body);
            }
            if size > MAX_MESSAGE - body.len() {
                return Err(bad("it is too large"));
            }
            body.extend(self.exactly(size)?);
            if !self.line()?.is_empty() {
                return Err(bad("a chunk does not end where it should"));
            }
        }
    }

    fn line(&mut self) -> io::Result<Vec<u8>> {
        loop {
            let rest = &self.buffer[self.at..];
            if let Some(end) = rest.windows(2).position(|window| window == b"\r\n") {
                let line = rest[..end].to_vec();
                self.at += end + 2;
                return Ok(line);
            }
            if rest.len() > HEAD || !self.more()? {
                return Err(bad("a line does not end"));
            }
        }
    }
}

fn bad(why: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, format!("the answer cannot be read: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::time::Duration;

    /// Gives a text in pieces of `step` bytes, keeps what is written.
    struct Script {
        text: Vec<u8>,
        at: usize,
        step: usize,
        written: Vec<u8>,
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
            self.written.extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Socket for Script {
        fn limit(&mut self, _: Duration) -> io::Result<()> {
            Ok(())
        }

        fn block(&mut self, _: bool) -> io::Result<()> {
            Ok(())
        }

        fn is_quiet(&mut self) -> io::Result<bool> {
            Ok(true)
        }
    }

    fn ask(text: &[u8], step: usize, body: &[u8]) -> (io::Result<Answer>, Vec<u8>) {
        let mut script = Script { text: text.to_vec(), at: 0, step, written: Vec::new() };
        let answer = post(&mut script, "p:443", "/x", body, &mut |_| {});
        (answer, script.written)
    }

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
                let (answer, written) = ask(text.as_bytes(), step, b"short");
                let answer = answer.unwrap();
                assert_eq!((&answer.body[..], answer.keep), (body, keep), "{text:?}");
                assert!(written.ends_with(b"Content-Length: 5\r\n\r\nshort"));
            }
        }
    }

    #[test]
    fn large_bodies_are_compressed_both_ways() {
        let body = vec![b'a'; 100_000];
        let packed = zstd::bulk::compress(&body, 3).unwrap();
        let head =
            format!("HTTP/1.1 200 OK\r\nContent-Encoding: zstd\r\nContent-Length: {}\r\n\r\n", packed.len());
        let (answer, written) = ask(&[head.as_bytes(), &packed].concat(), 4096, &body);
        assert_eq!(answer.unwrap().body, body);
        assert!(written.len() < 1000);
    }

    #[test]
    fn cut_and_hostile_answers_are_errors() {
        let good = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n0\r\n\r\n";
        for len in 0..good.len() {
            assert!(ask(&good.as_bytes()[..len], 5, b"").0.is_err(), "{len}");
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
}
