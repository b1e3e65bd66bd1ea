//! One question to one time server (SNTP, RFC 4330; RFC 5905 §14). Thin, around `sntpc`.

use std::future::Future;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use sntpc::{NtpContext, NtpTimestampGenerator, NtpUdpSocket};

/// Port of time servers.
pub const PORT: u16 = 123;

/// The time as `sntpc` wants it told.
#[derive(Clone, Copy)]
struct Stamps(Duration);

impl NtpTimestampGenerator for Stamps {
    fn init(&mut self) {
        self.0 = Duration::from_nanos(sys::clock::wall());
    }

    fn timestamp_sec(&self) -> u64 {
        self.0.as_secs()
    }

    fn timestamp_subsec_micros(&self) -> u32 {
        self.0.subsec_micros()
    }
}

/// A socket that waits in its calls, so that nothing asynchronous ever pends.
struct Waiting(UdpSocket);

impl NtpUdpSocket for Waiting {
    async fn send_to(&self, bytes: &[u8], to: SocketAddr) -> sntpc::Result<usize> {
        self.0.send_to(bytes, to).map_err(|_| sntpc::Error::Network)
    }

    async fn recv_from(&self, bytes: &mut [u8]) -> sntpc::Result<(usize, SocketAddr)> {
        self.0.recv_from(bytes).map_err(|_| sntpc::Error::Network)
    }
}

/// Asks a server once: microseconds that our clock is late, negative when it is early.
///
/// # Errors
/// In words: that it does not answer in time, or why its answer does not count.
pub fn query(server: SocketAddr, timeout: Duration) -> Result<i64, String> {
    let any: SocketAddr = if server.is_ipv4() { ([0; 4], 0).into() } else { ([0_u16; 8], 0).into() };
    let open = || -> io::Result<UdpSocket> {
        let socket = UdpSocket::bind(any)?;
        socket.set_read_timeout(Some(timeout))?;
        Ok(socket)
    };
    let socket = Waiting(open().map_err(|error| format!("no socket for {server}: {error}"))?);
    let question = pin!(sntpc::get_time(server, &socket, NtpContext::new(Stamps(Duration::ZERO))));
    let mut question = question;
    match question.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(answer)) => Ok(answer.offset()),
        Poll::Ready(Err(sntpc::Error::Network)) => Err(format!("{server} does not answer")),
        Poll::Ready(Err(error)) => Err(format!("the answer of {server} does not count: {error:?}")),
        Poll::Pending => Err(format!("{server} was not waited for")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server on the loopback whose clock is `ahead` of ours by so many seconds.
    fn server(ahead: u64, stratum: u8) -> (SocketAddr, std::thread::JoinHandle<()>) {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        let thread = std::thread::spawn(move || {
            let mut question = [0; 48];
            let (_, from) = socket.recv_from(&mut question).unwrap();
            // Seconds since 1900 and their fraction, 32 bits each (RFC 5905 §6).
            let now = Duration::from_nanos(sys::clock::wall());
            let seconds = (now.as_secs() + 2_208_988_800 + ahead) as u32;
            let fraction = ((u64::from(now.subsec_nanos()) << 32) / 1_000_000_000) as u32;
            let stamp = [seconds.to_be_bytes(), fraction.to_be_bytes()].concat();
            let mut answer = vec![0x24, stratum, 6, 0xec];
            answer.extend([0; 8]);
            answer.extend(b"TEST");
            answer.extend([&stamp[..], &question[40..48], &stamp, &stamp].concat());
            socket.send_to(&answer, from).unwrap();
        });
        (address, thread)
    }

    #[test]
    fn a_server_ahead_of_us_says_so() {
        let (address, thread) = server(1_000, 2);
        let offset = query(address, Duration::from_secs(10)).unwrap();
        thread.join().unwrap();
        assert!((offset - 1_000_000_000).abs() < 5_000_000, "{offset}");
    }

    #[test]
    fn one_that_is_not_synchronised_does_not_count() {
        let (address, thread) = server(1_000, 16);
        assert!(query(address, Duration::from_secs(10)).unwrap_err().contains("does not count"));
        thread.join().unwrap();
    }

    #[test]
    fn any_answer_is_survived() {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        let answers = 200;
        let thread = std::thread::spawn(move || {
            let mut random = crate::random::Random::new(5);
            for _ in 0..answers {
                let mut question = [0; 48];
                let (_, from) = socket.recv_from(&mut question).unwrap();
                let mut answer: Vec<u8> = (0..random.up_to(60)).map(|_| random.next() as u8).collect();
                // Mostly one that passes the first looks: a server, to this question.
                if random.up_to(3) > 0 {
                    answer.resize(48, random.next() as u8);
                    (answer[0], answer[1]) = (0x24, 1 + random.up_to(3) as u8);
                    answer[24..32].copy_from_slice(&question[40..48]);
                }
                socket.send_to(&answer, from).unwrap();
            }
        });
        let results: Vec<_> = (0..answers).map(|_| query(address, Duration::from_secs(10))).collect();
        thread.join().unwrap();
        assert!(results.iter().any(Result::is_err), "{results:?}");
    }

    #[test]
    fn silence_is_an_error_in_words() {
        let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
        let error = query(silent.local_addr().unwrap(), Duration::from_millis(50)).unwrap_err();
        assert!(error.contains("does not answer"), "{error}");
    }
}
