//! What every store must do. A store joins with a [`Fixture`] and one call of [`run`].

mod lists;
mod writing;

use std::sync::Arc;

use model::{Conversation, Interval, KnownBy, Mac, NetworkId, Sighting, Time};
use store::{Changes, SensorNumber, SightingKey, SightingRow, Store, TalkRow};

/// One database that can be opened again, and be done harm to.
pub trait Fixture {
    /// A new, empty database.
    fn new() -> Self
    where
        Self: Sized;
    /// Opens it, again too.
    fn open(&self) -> store::Result<Arc<dyn Store>>;
    /// Writes half of another content over one sighting's row.
    fn damage(&self, key: &SightingKey);
    /// Says in the file that a newer version wrote it.
    fn make_newer(&self);
    /// Opens it so that it has no room for a megabyte more.
    fn open_full(&self) -> store::Result<Arc<dyn Store>>;
}

/// Every check of the suite, by name.
pub fn run<F: Fixture>() {
    writing::everything_comes_back_after_reopening(&F::new());
    writing::a_failing_commit_writes_nothing_and_the_store_goes_on(&F::new());
    writing::readers_go_on_during_a_writer(&F::new());
    writing::sightings_take_the_place_of_their_row_and_go(&F::new());
    writing::a_damaged_row_is_named_and_the_others_are_read(&F::new());
    writing::a_newer_schema_is_refused(&F::new());
    lists::talks_are_kept_once_and_added_up_once(&F::new());
    lists::talks_are_found_by_every_filter(&F::new());
    lists::pages_of_talks_join_without_hole_or_repeat(&F::new());
    lists::old_talks_go(&F::new());
    lists::tallies_are_cut_port_by_port(&F::new());
    lists::events_are_folded_by_key_and_paged(&F::new());
    lists::aliases_chain_and_end_when_the_id_is_used_again(&F::new());
}

/// A sighting of a made-up host.
pub fn key(sensor: u32, host: u8) -> SightingKey {
    let mac = Some(Mac([0, 0x1b, 0x1b, 0, 0, host]));
    let ip = Some([10, 0, 0, host].into());
    SightingKey { sensor: SensorNumber(sensor), sighting: Sighting { network: NetworkId(0), mac, ip } }
}

/// Its row with so many intervals.
pub fn row(sensor: u32, host: u8, intervals: u64) -> SightingRow {
    let key = key(sensor, host);
    let interval = |n| Interval {
        sighting: key.sighting,
        field: "dhcp.hostname".into(),
        port: (n % 2 == 0).then_some(model::Port { transport: 17, number: 67 }),
        value: format!("host-{n:03}"),
        first: Time::new(1_700_000_000 + n, 0),
        last: Time::new(1_700_000_100 + n, 5),
        count: n,
        frame: n * 2,
    };
    SightingRow { key, intervals: (0..intervals).map(interval).collect(), stale: true }
}

/// A record of a made-up conversation, in period `period` of five minutes.
pub fn talk(sensor: u32, period: u64, client: u8, server: u8, port: u16) -> TalkRow {
    let start = Time::new(period * 300, 0);
    let conversation = Conversation {
        network: NetworkId(u16::from(client >= 100)),
        client: [10, 0, 0, client].into(),
        server: [10, 0, 0, server].into(),
        port,
        transport: 6,
        flows: 1,
        packets: [3, 2],
        bytes: [300, 200],
        copies: [0, 0],
        copy_bytes: [0, 0],
        first: Time::new(period * 300 + 1, 0),
        last: Time::new(period * 300 + 9, 0),
        frame: 0,
        protocol: "tls".into(),
        known_by: KnownBy::Payload,
        answered: true,
        hints: Vec::new(),
    };
    TalkRow {
        sensor: SensorNumber(sensor),
        run: Time(7),
        start,
        end: Time::new(period * 300 + 300, 0),
        conversation,
    }
}

/// Commits talks alone.
pub fn put_talks(store: &dyn Store, talks: Vec<TalkRow>) {
    store.commit(&Changes { talks, ..Changes::default() }).unwrap();
}
