//! A kept connection to the sensor endpoint.

use std::io::{self, ErrorKind, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use model::{ErrorCode, Time};
use wire::{Message, Refusal, decode, encode};

use crate::address::Route;
use crate::clock::Clock;
use crate::dial::{ANSWER, dial};
use crate::http::{Answer, Coming, Got, Http, Pace};
use crate::identity::Identity;
use crate::socket::AnySocket;
use crate::tls::{Seen, Tls};
use crate::world::ending;
use crate::{UplinkError, World};

/// Who speaks, for all connections at once: renewal puts another one here.
pub type Credentials = Arc<Mutex<Arc<Identity>>>;

/// A line to the platform: [`Client`], or a double in tests.
pub trait Line: Send {
    /// Connects if it is not connected; true when it had to.
    ///
    /// # Errors
    /// E05 to E11.
    fn open(&mut self) -> Result<bool, UplinkError>;
    /// Posts an encoded message; `None` for 204. Waits so long for the answer.
    ///
    /// # Errors
    /// Of the connection, which is closed then; or the platform's refusal.
    fn post(&mut self, path: &str, body: &[u8], wait: Duration) -> Result<Option<Vec<u8>>, UplinkError>;
    /// Closes the connection.
    fn close(&mut self);
}

/// Asks and reads the answer.
///
/// # Errors
/// As [`Line::post`]; E11 when the answer is another message.
pub fn ask<Q: Message, A: Message>(
    line: &mut dyn Line,
    path: &str,
    question: &Q,
    wait: Duration,
) -> Result<Option<A>, UplinkError> {
    let answer = line.post(path, &encode(question), wait)?;
    answer.map(|body| decode(&body).map_err(|error| UplinkError::platform(error.to_string()))).transpose()
}

/// A line over TLS.
pub struct Client {
    route: Route,
    clock: Clock,
    world: Arc<dyn World>,
    rate: Arc<AtomicU64>,
    trust: Trust,
    open: Option<Open>,
}

enum Trust {
    /// Of anybody, recorded.
    Recording,
    /// Of the platform's CAs, as this identity.
    Mutual(Credentials),
}

struct Open {
    http: Http,
    tls: Tls,
    identity: Option<Arc<Identity>>,
    date: Option<Time>,
    /// Something came back on it.
    answered: bool,
}

impl Client {
    /// For registration and tests of a connection: trusts nobody and records.
    pub fn recording(route: Route, clock: Clock, world: Arc<dyn World>) -> Client {
        Client { route, clock, world, rate: Arc::default(), trust: Trust::Recording, open: None }
    }

    /// For all later traffic. `rate`: most bits per second sent, 0 for no limit.
    pub fn mutual(
        route: Route,
        clock: Clock,
        world: Arc<dyn World>,
        credentials: Credentials,
        rate: Arc<AtomicU64>,
    ) -> Client {
        Client { route, clock, world, rate, trust: Trust::Mutual(credentials), open: None }
    }

    /// What TLS showed on the open connection.
    pub fn seen(&self) -> Option<Seen> {
        self.open.as_ref().and_then(|open| open.tls.seen())
    }

    /// The `Date` of the last answer on the open connection.
    pub fn date(&self) -> Option<Time> {
        self.open.as_ref().and_then(|open| open.date)
    }

    /// Uses a socket on which TLS is still to begin.
    ///
    /// # Errors
    /// E06, E09 to E11.
    pub fn start(&mut self, socket: AnySocket) -> Result<(), UplinkError> {
        let identity = self.identity();
        let tls = match &identity {
            Some(identity) => Tls::mutual(identity, &self.clock)?,
            None => Tls::recording(&self.clock)?,
        };
        let opened = tls.open(socket, &self.route.platform);
        let socket = opened.map_err(|error| inspected(error, &tls))?;
        let http = Http::new(socket, &self.route.platform, self.pace());
        self.open = Some(Open { http, tls, identity, date: None, answered: false });
        Ok(())
    }

    /// Waits for what the rate says, before bytes go.
    fn pace(&self) -> Pace {
        let (world, rate) = (Arc::clone(&self.world), Arc::clone(&self.rate));
        Box::new(move |bytes| {
            let nanos = (bytes as u64 * 8 * Time::SECOND).checked_div(rate.load(Ordering::Relaxed));
            match nanos {
                Some(nanos) if !world.wait(nanos) => Err(ending()),
                _ => Ok(()),
            }
        })
    }

    /// Posts and gives the whole answer, whatever its status.
    ///
    /// # Errors
    /// Of the connection, which is closed then.
    pub fn exchange(&mut self, path: &str, body: &[u8], wait: Duration) -> Result<Answer, UplinkError> {
        self.open()?;
        let Some(open) = &mut self.open else {
            return Err(UplinkError::platform("the connection is closed"));
        };
        match open.http.post(path, body, wait) {
            Ok(answer) => {
                (open.date, open.answered) = (answer.date, true);
                if !open.http.is_kept() {
                    self.open = None;
                }
                Ok(answer)
            }
            Err(error) => Err(self.broken(&error)),
        }
    }

    /// Asks for a file from a byte on. What comes is read by [`Client::piece`] to its end, or the
    /// connection has to be closed.
    ///
    /// # Errors
    /// Of the connection, which is closed then; or the platform's refusal.
    pub(crate) fn get(&mut self, path: &str, from: u64, wait: Duration) -> Result<Coming, UplinkError> {
        self.open()?;
        let Some(open) = &mut self.open else {
            return Err(UplinkError::platform("the connection is closed"));
        };
        match open.http.get(path, from, wait) {
            Ok(Got::Coming(coming)) => {
                open.answered = true;
                Ok(coming)
            }
            Ok(Got::Refused(answer)) => {
                (open.date, open.answered) = (answer.date, true);
                if !open.http.is_kept() {
                    self.open = None;
                }
                Err(refusal(&answer))
            }
            Err(error) => Err(self.broken(&error)),
        }
    }

    /// The next bytes of what comes; 0 at its end.
    ///
    /// # Errors
    /// Of the connection, which is closed then.
    pub(crate) fn piece(&mut self, coming: &mut Coming, into: &mut [u8]) -> Result<usize, UplinkError> {
        let read = coming.read(into).map_err(|error| self.broken(&error))?;
        if read == 0 && self.open.as_ref().is_some_and(|open| !open.http.is_kept()) {
            self.open = None;
        }
        Ok(read)
    }

    /// Closes, and says why in an operator's terms.
    fn broken(&mut self, error: &io::Error) -> UplinkError {
        let Some(open) = self.open.take() else { return UplinkError::platform(error.to_string()) };
        if error.kind() == ErrorKind::InvalidData
            && error.get_ref().is_some_and(|inner| !inner.is::<rustls::Error>())
        {
            return UplinkError::platform(error.to_string());
        }
        // An alert may have come while we wrote.
        let alert = open.http.is_quiet().err();
        let told = open.tls.broken(alert.as_ref().unwrap_or(error), &self.route.platform);
        let gone = [ErrorKind::UnexpectedEof, ErrorKind::ConnectionReset, ErrorKind::BrokenPipe];
        if open.identity.is_some() && !open.answered && alert.is_none() && gone.contains(&error.kind()) {
            // So ends mutual TLS 1.3 when the server does not like our certificate
            // and its alert is lost.
            let words = format!(
                "{} closed the connection right after TLS: it may have refused this sensor's certificate",
                self.route.platform
            );
            return UplinkError::platform(words);
        }
        told
    }

    fn identity(&self) -> Option<Arc<Identity>> {
        match &self.trust {
            Trust::Recording => None,
            Trust::Mutual(credentials) => {
                Some(Arc::clone(&credentials.lock().unwrap_or_else(PoisonError::into_inner)))
            }
        }
    }
}

/// Mutual TLS that ends without a word is what a proxy that opens TLS makes of it.
fn inspected(error: UplinkError, tls: &Tls) -> UplinkError {
    match tls.seen() {
        Some(seen) if error.code == ErrorCode::Blocked => UplinkError {
            words: format!("{} It had shown a certificate issued by {:?}.", error.words + ".", seen.issuer),
            ..error
        },
        _ => error,
    }
}

impl Line for Client {
    fn open(&mut self) -> Result<bool, UplinkError> {
        let identity = self.identity();
        let same = |open: &Open| match (&open.identity, &identity) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            (None, None) => true,
            _ => false,
        };
        if let Some(open) = &mut self.open
            && same(open)
        {
            match open.http.is_quiet() {
                Ok(true) => return Ok(false),
                // Never answered and closed: to try again at once would not end.
                Ok(false) if !open.answered => return Err(self.broken(&ErrorKind::UnexpectedEof.into())),
                Ok(false) => {}
                Err(error) => return Err(self.broken(&error)),
            }
        }
        self.open = None;
        let socket = dial(&self.route, &self.clock, &self.world)?;
        self.start(socket)?;
        Ok(true)
    }

    fn post(&mut self, path: &str, body: &[u8], wait: Duration) -> Result<Option<Vec<u8>>, UplinkError> {
        let answer = self.exchange(path, body, wait.max(ANSWER))?;
        match answer.status {
            200 => Ok(Some(answer.body)),
            204 => Ok(None),
            _ => Err(refusal(&answer)),
        }
    }

    fn close(&mut self) {
        self.open = None;
    }
}

/// What a status other than 200 and 204 means: the platform's own words, or the number.
pub(crate) fn refusal(answer: &Answer) -> UplinkError {
    match (decode::<Refusal>(&answer.body), &answer.page) {
        (Ok(refusal), _) => UplinkError::new(refusal.code, refusal.words),
        (Err(_), Some(to)) => {
            let to = if to.is_empty() { String::new() } else { format!(" and leads to {to}") };
            let words = format!(
                "a page for people answers in the platform's place{to}: is it a sign-in page of the network (a captive portal)?"
            );
            UplinkError::new(ErrorCode::Blocked, words)
        }
        (Err(_), None) => {
            UplinkError::platform(format!("the platform answers with HTTP status {}", answer.status))
        }
    }
}
