//! An appliance tells of its system and fetches a bundle, over real mutual TLS: whole, in
//! pieces, and from platforms that serve anything else.

mod common;

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex};

use common::platform::Serves;
use common::server::{Server, serve};
use model::{ErrorCode, Time};
use uplink::{
    Client, Clock, Fetched, Identity, Line, MAX_BUNDLE, Route, System, UplinkError, World, fetch, tell_system,
};
use wire::{Bundle, UpdateState};
use zeroize::Zeroizing;

const SIZE: usize = 3_000_000;

fn platform() -> Server {
    let server = serve();
    server.change(|platform| {
        // Not the same in every piece.
        platform.bundle = (0..SIZE as u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    });
    server
}

fn client(server: &Server) -> Client {
    let (certificate, key) = server.platform.lock().unwrap().authority.server((2020, 1), (2050, 1));
    let identity = Identity {
        platform: server.platform_address(),
        sensor: "s-1".into(),
        name: "hall 3".into(),
        key: Zeroizing::new(key),
        certificate,
        authorities: vec![server.platform.lock().unwrap().authority.der.clone()],
    };
    let world: Arc<dyn World> = Arc::new(System::default());
    let route = Route { platform: server.platform_address(), proxy: None };
    let clock = Clock::new(Arc::clone(&world), Time(0));
    Client::mutual(route, clock, world, Arc::new(Mutex::new(Arc::new(identity))), Arc::default())
}

fn all(client: &mut Client, bundle: &Bundle, file: &mut File) -> Result<Fetched, UplinkError> {
    fetch(client, bundle, file, &mut |_| true)
}

fn content(file: &mut File) -> Vec<u8> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0)).unwrap();
    file.read_to_end(&mut bytes).unwrap();
    bytes
}

#[test]
fn an_appliance_tells_of_itself_and_gets_what_it_is_offered() {
    let server = platform();
    let mut client = client(&server);
    let system = wire::System {
        board: "virtual".into(),
        version: "1.1.0".into(),
        update: UpdateState::Good { version: "1.1.0".into() },
        ..wire::System::default()
    };
    let offer = tell_system(&mut client, &system).unwrap().offer.unwrap();
    assert_eq!((offer.version.as_str(), offer.size), ("1.2.0", SIZE as u64));
    assert_eq!(server.platform.lock().unwrap().systems.as_slice(), std::slice::from_ref(&system));

    let mut file = tempfile::tempfile().unwrap();
    let mut told = Vec::new();
    let fetched = fetch(&mut client, &offer, &mut file, &mut |done| {
        told.push(done);
        true
    });
    assert_eq!(fetched, Ok(Fetched::Whole));
    assert_eq!(content(&mut file), server.platform.lock().unwrap().bundle);
    assert_eq!((told[0], *told.last().unwrap()), (0, SIZE as u64));
    assert!(told.is_sorted() && told.len() > 20);
    // All on one connection; and what is whole is not fetched again.
    assert!(!client.open().unwrap());
    assert_eq!(all(&mut client, &offer, &mut file), Ok(Fetched::Whole));
    assert_eq!(server.platform.lock().unwrap().ranges, [None]);
    tell_system(&mut client, &system).unwrap();
    assert_eq!(server.connections.load(std::sync::atomic::Ordering::SeqCst), 1);
}

#[test]
fn a_transfer_goes_on_where_it_was_cut_or_stopped() {
    let server = platform();
    let mut client = client(&server);
    let offer = server.platform.lock().unwrap().offer();
    let mut file = tempfile::tempfile().unwrap();
    server.change(|platform| platform.serves = Serves::Cut(1_000_000));
    let error = all(&mut client, &offer, &mut file).unwrap_err();
    assert_eq!(error.code, ErrorCode::Blocked, "{error}");
    let kept = file.metadata().unwrap().len();
    assert!(kept > 900_000, "{kept}");
    server.change(|platform| platform.serves = Serves::Well);
    let stopped = fetch(&mut client, &offer, &mut file, &mut |done| done < 2_000_000);
    assert_eq!(stopped, Ok(Fetched::Stopped));
    let more = file.metadata().unwrap().len();
    assert_eq!(all(&mut client, &offer, &mut file), Ok(Fetched::Whole));
    let platform = server.platform.lock().unwrap();
    assert_eq!(platform.ranges, [None, Some(kept), Some(more)]);
    assert_eq!(content(&mut file), platform.bundle);
}

/// One whose beginning is on the disk already, from a platform or proxy that knows no ranges.
#[test]
fn without_ranges_it_begins_again() {
    let server = platform();
    let mut client = client(&server);
    let offer = server.platform.lock().unwrap().offer();
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(b"not even the same").unwrap();
    server.change(|platform| platform.serves = Serves::NoRanges);
    assert_eq!(all(&mut client, &offer, &mut file), Ok(Fetched::Whole));
    assert_eq!(content(&mut file), server.platform.lock().unwrap().bundle);
}

#[test]
fn anything_else_is_an_error_and_the_next_time_is_right() {
    let cases = [
        (Serves::OtherRange, 10, "another part"),
        (Serves::Short(500), 0, "ends after 500 of 3000000"),
        (Serves::Longer, 0, "more comes"),
        (Serves::Changed, 0, "its SHA-256 is another"),
    ];
    for (serves, begun, words) in cases {
        let server = platform();
        let mut client = client(&server);
        let offer = server.platform.lock().unwrap().offer();
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&server.platform.lock().unwrap().bundle[..begun]).unwrap();
        server.change(|platform| platform.serves = serves);
        let error = all(&mut client, &offer, &mut file).unwrap_err();
        assert_eq!(error.code, ErrorCode::Platform);
        assert!(error.words.contains(words), "{error}");
        server.change(|platform| platform.serves = Serves::Well);
        assert_eq!(all(&mut client, &offer, &mut file), Ok(Fetched::Whole), "{words}");
        assert_eq!(content(&mut file), server.platform.lock().unwrap().bundle);
    }
}

/// A file of an earlier bundle, as long or longer: emptied, never taken.
#[test]
fn what_lies_there_is_checked() {
    let server = platform();
    let mut client = client(&server);
    let offer = server.platform.lock().unwrap().offer();
    for len in [SIZE, SIZE + 1] {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&vec![7; len]).unwrap();
        let first = all(&mut client, &offer, &mut file);
        assert_eq!(first.is_ok(), len > SIZE);
        assert_eq!(all(&mut client, &offer, &mut file), Ok(Fetched::Whole));
        assert_eq!(content(&mut file), server.platform.lock().unwrap().bundle);
    }
}

#[test]
fn what_is_not_offered_or_too_large_is_refused() {
    let server = platform();
    let mut client = client(&server);
    let mut file = tempfile::tempfile().unwrap();
    let other = Bundle { sha256: [7; 32], size: 10, version: "9".into() };
    let error = all(&mut client, &other, &mut file).unwrap_err();
    assert_eq!((error.code, error.words.as_str()), (ErrorCode::Platform, "this bundle is not offered"));
    let huge = Bundle { size: MAX_BUNDLE + 1, ..other };
    assert!(all(&mut client, &huge, &mut file).unwrap_err().words.contains("no update"));
    assert_eq!(server.platform.lock().unwrap().ranges.len(), 1);
}
