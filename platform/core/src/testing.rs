//! What tests of the core stand on: a clock that is held, chance that repeats,
//! a store that can fail.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use model::{NetworkId, Time};
use store::{
    AssetRow, AssetSummary, Changes, Document, EventRow, Kind, Line, Page, SightingKey, SightingRow, Sqlite,
    Store, TalkFilter, TalkRow, Tally,
};
use wire::Epoch;

use crate::clock::{Clock, NoRandomness};
use crate::parts::digest;
use crate::platform::{Platform, Settings};

/// A clock that moves when told.
#[derive(Debug)]
pub(crate) struct TestClock {
    nanos: AtomicU64,
    drawn: AtomicU64,
}

impl TestClock {
    pub(crate) fn at(seconds: u64) -> TestClock {
        TestClock { nanos: AtomicU64::new(Time::new(seconds, 0).0), drawn: AtomicU64::new(0) }
    }

    pub(crate) fn pass(&self, seconds: u64) {
        self.nanos.fetch_add(seconds * Time::SECOND, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Time {
        Time(self.nanos.load(Ordering::SeqCst))
    }

    fn random(&self, bytes: &mut [u8]) -> Result<(), NoRandomness> {
        for chunk in bytes.chunks_mut(32) {
            let block = digest(&self.drawn.fetch_add(1, Ordering::SeqCst).to_le_bytes());
            chunk.copy_from_slice(&block[..chunk.len()]);
        }
        Ok(())
    }
}

/// The real store, which can be made to refuse.
pub(crate) struct FaultyStore {
    store: Sqlite,
    /// While true nothing can be written.
    pub(crate) full: AtomicBool,
}

impl Store for FaultyStore {
    fn commit(&self, changes: &Changes) -> store::Result<()> {
        if self.full.load(Ordering::SeqCst) {
            return Err(store::Error::Disk { doing: "writing", cause: "no space left".into() });
        }
        self.store.commit(changes)
    }

    fn sightings(&self, keys: &[SightingKey]) -> store::Result<Vec<Option<SightingRow>>> {
        self.store.sightings(keys)
    }

    fn every_sighting(
        &self,
        each: &mut dyn FnMut(store::Result<SightingRow>) -> store::Result<()>,
    ) -> store::Result<()> {
        self.store.every_sighting(each)
    }

    fn every_asset(&self, each: &mut dyn FnMut(AssetSummary) -> store::Result<()>) -> store::Result<()> {
        self.store.every_asset(each)
    }

    fn asset(&self, id: &str) -> store::Result<Option<AssetRow>> {
        self.store.asset(id)
    }

    fn alias(&self, id: &str) -> store::Result<Option<String>> {
        self.store.alias(id)
    }

    fn talks(&self, filter: &TalkFilter) -> store::Result<Page<TalkRow>> {
        self.store.talks(filter)
    }

    fn tallies(
        &self,
        ends: &[(NetworkId, IpAddr)],
        per_port: usize,
        limit: usize,
    ) -> store::Result<(Vec<Tally>, bool)> {
        self.store.tallies(ends, per_port, limit)
    }

    fn events(&self, cursor: Option<&str>, limit: usize) -> store::Result<Page<EventRow>> {
        self.store.events(cursor, limit)
    }

    fn documents(&self, kind: Kind) -> store::Result<Vec<Document>> {
        self.store.documents(kind)
    }

    fn lines(&self) -> store::Result<Vec<Line>> {
        self.store.lines()
    }
}

/// A platform over all that.
pub(crate) struct Bench {
    pub(crate) platform: Platform,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) store: Arc<FaultyStore>,
    pub(crate) keys: tempfile::TempDir,
}

impl Bench {
    pub(crate) fn new() -> Bench {
        let (clock, keys) = (Arc::new(TestClock::at(1_790_000_000)), tempfile::tempdir().unwrap());
        let store = Sqlite::open(&keys.path().join("platform.db")).unwrap();
        let store = Arc::new(FaultyStore { store, full: AtomicBool::new(false) });
        let platform = open(&store, &clock, keys.path());
        Bench { platform, clock, store, keys }
    }

    /// The platform ends and starts again.
    pub(crate) fn restart(&mut self) {
        self.platform = open(&self.store, &self.clock, self.keys.path());
    }

    /// Kinds of the events there are, with their counts, oldest first.
    pub(crate) fn events(&self) -> Vec<(String, u64)> {
        let page = self.platform.events(None, 1_000).unwrap();
        page.items.into_iter().rev().map(|event| (event.kind, event.count)).collect()
    }
}

fn open(store: &Arc<FaultyStore>, clock: &Arc<TestClock>, keys: &std::path::Path) -> Platform {
    let settings = Settings {
        keys: keys.join("keys"),
        files: keys.to_path_buf(),
        sensor_address: "platform.example.org:8443".into(),
        new_sightings_per_hour: 10_000,
        keep_days: 30,
    };
    let platform = Platform::open(store.clone(), settings, clock.clone()).unwrap();
    platform.serves_sensors(vec![[5; 32]], Vec::new());
    platform
}

/// A box that registered.
pub(crate) struct Sensor {
    pub(crate) id: String,
    pub(crate) certificate: Vec<u8>,
    pub(crate) nonce: wire::Nonce,
    pub(crate) epoch: Epoch,
    pub(crate) next: u64,
    pub(crate) mark: wire::Mark,
}

/// A certificate request of a new key.
pub(crate) fn csr() -> Vec<u8> {
    let key = rcgen::KeyPair::generate().unwrap();
    rcgen::CertificateParams::default().serialize_request(&key).unwrap().der().to_vec()
}

/// The whole exchange, as the sensor's side does it.
pub(crate) fn register(platform: &Platform, code: &str) -> Result<wire::Grant, pairing::Failed> {
    let own = |error: crate::Error| match error {
        crate::Error::Coded { code, words } => pairing::Failed::Refused(wire::Refusal { code, words }),
        other => panic!("{other}"),
    };
    let seed = platform.inner().clock.now().0.to_le_bytes();
    let (waiting, start) =
        pairing::sensor::start(&code.parse().unwrap(), &digest(&[&seed[..], code.as_bytes()].concat()));
    let reply = platform.register_start(&start, "192.0.2.9").map_err(own)?;
    let (confirming, confirm) = waiting.confirm(&reply)?;
    let offered = confirming.offer(&platform.register_confirm(&confirm).map_err(own)?)?;
    let keys = offered.offer().endpoint_keys.clone();
    let hardware = wire::Hardware { product: "test box".into(), ..wire::Hardware::default() };
    let (asking, sealed) = offered.request(&keys, &wire::RegistrationRequest { csr: csr(), hardware })?;
    let answer = platform.register_request(&sealed).map_err(own)?;
    assert_eq!(platform.register_request(&sealed).map_err(own)?, answer, "a repeat gets the same bytes");
    asking.grant(&answer)
}

impl Bench {
    /// Makes a sensor; gives its id and code.
    pub(crate) fn new_sensor(&self, name: &str, networks: &[&str]) -> (String, String) {
        let networks = networks.iter().map(|name| (*name).into()).collect();
        let new = crate::views::NewSensor { name: name.into(), networks, ..Default::default() };
        let (view, code) = self.platform.new_sensor(&new, "test").unwrap();
        (view.id, code)
    }

    /// Makes a sensor and registers it.
    pub(crate) fn registered(&self, name: &str, networks: &[&str]) -> Sensor {
        let (id, code) = self.new_sensor(name, networks);
        let grant = register(&self.platform, &code).unwrap();
        Sensor::granted(&id, &grant)
    }
}

impl Sensor {
    pub(crate) fn granted(id: &str, grant: &wire::Grant) -> Sensor {
        let mut epoch = [0; 16];
        epoch.copy_from_slice(&digest(&grant.nonce.0)[..16]);
        Sensor {
            id: id.into(),
            certificate: grant.certificate.clone(),
            nonce: grant.nonce,
            epoch: Epoch(epoch),
            next: 1,
            mark: wire::Mark::default(),
        }
    }

    /// The same box once more: a snapshot, or a twin.
    pub(crate) fn copy(&self) -> Sensor {
        Sensor { id: self.id.clone(), certificate: self.certificate.clone(), ..*self }
    }

    pub(crate) fn caller(&self, platform: &Platform) -> crate::Caller {
        platform.caller(&self.certificate).unwrap()
    }

    /// Greets and does as told.
    pub(crate) fn hello(&mut self, platform: &Platform) -> wire::Standing {
        let hello = wire::Hello {
            epoch: self.epoch,
            next: self.next,
            nonce: self.nonce,
            version: "test".into(),
            speaks: [1, 1],
        };
        let reply = platform.hello(&self.caller(platform), &hello).unwrap();
        self.nonce = reply.nonce;
        match reply.standing {
            // Somebody else wrote on this line.
            wire::Standing::Continue { mark, .. } if mark != self.mark => self.renumber(),
            wire::Standing::Continue { next, .. } => self.next = next,
            wire::Standing::NewEpoch => self.renumber(),
            _ => {}
        }
        reply.standing
    }

    fn renumber(&mut self) {
        let mut epoch = [0; 16];
        epoch.copy_from_slice(&digest(&self.nonce.0)[..16]);
        (self.epoch, self.next, self.mark) = (Epoch(epoch), 1, wire::Mark::default());
    }

    /// Sends the next batch with this content.
    pub(crate) fn send(&mut self, platform: &Platform, content: &wire::Content) -> wire::BatchReply {
        let batch = wire::Batch {
            epoch: self.epoch,
            first: self.next,
            last: self.next,
            content: wire::encode(content),
        };
        let reply = platform.batch(&self.caller(platform), &batch).unwrap();
        match reply {
            wire::BatchReply::Taken { next } | wire::BatchReply::Rejected { next, .. } => {
                (self.next, self.mark) = (next, self.mark.content(&batch.content));
            }
            _ => {}
        }
        reply
    }
}

/// A report with one observation in a network.
pub(crate) fn report(network: u16, value: &str) -> wire::Content {
    let sighting =
        model::Sighting { network: NetworkId(network), mac: None, ip: Some("10.0.0.5".parse().unwrap()) };
    let interval = model::Interval {
        sighting,
        field: "dhcp.hostname".into(),
        port: None,
        value: value.into(),
        first: Time::new(1_790_000_000, 0),
        last: Time::new(1_790_000_000, 0),
        count: 1,
        frame: 0,
    };
    wire::Content::Report(wire::Report { intervals: vec![interval], ..wire::Report::default() })
}

impl Bench {
    /// Lines in the store.
    pub(crate) fn store_lines(&self) -> usize {
        Store::lines(&*self.store).unwrap().len()
    }
}
