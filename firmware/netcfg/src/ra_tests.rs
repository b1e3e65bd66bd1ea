//! Advertisements, good and bad. The bytes are written by the drawings of RFC 4861 §4.2
//! and RFC 8106 §5.

use super::*;
use proptest::prelude::*;

const ROUTER: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1);

fn advertisement(options: &[&[u8]]) -> Vec<u8> {
    let mut bytes = vec![134, 0, 0, 0, 64, 0, 7, 8];
    bytes.extend([0; 8]);
    bytes.extend(options.concat());
    bytes
}

fn rdnss(life: u32, servers: &[&str]) -> Vec<u8> {
    let mut bytes = vec![25, 1 + 2 * servers.len() as u8, 0, 0];
    bytes.extend(life.to_be_bytes());
    bytes.extend(servers.iter().flat_map(|ip| ip.parse::<Ipv6Addr>().unwrap().octets()));
    bytes
}

fn dnssl(life: u32, names: &[u8]) -> Vec<u8> {
    let padded = names.len().next_multiple_of(8);
    let mut bytes = vec![31, 1 + (padded / 8) as u8, 0, 0];
    bytes.extend(life.to_be_bytes());
    bytes.extend(names);
    bytes.resize(8 + padded, 0);
    bytes
}

const TWO: &[u8] = b"\x05plant\x07example\x00\x01b\x00";

#[test]
fn servers_and_domains_with_their_times() {
    let bytes = advertisement(&[
        &[1, 1, 2, 0, 0, 0, 0, 9],
        &rdnss(600, &["2001:db8::53", "fe80::53"]),
        &dnssl(1200, TWO),
    ]);
    let heard = parse(&bytes).unwrap();
    assert_eq!(heard.router, 1800);
    assert_eq!(heard.dns, [("2001:db8::53".parse().unwrap(), 600), ("fe80::53".parse().unwrap(), 600)]);
    assert_eq!(heard.search, [("plant.example".into(), 1200), ("b".into(), 1200)]);
    for cut in 0..bytes.len() {
        let whole = [16, 24, 64].contains(&cut);
        assert_eq!(parse(&bytes[..cut]).is_some(), whole, "cut at {cut}");
    }
}

#[test]
fn what_is_damaged_is_thrown_away_or_left_out() {
    assert_eq!(parse(&advertisement(&[&[25, 0, 0, 0, 0, 0, 0, 0]])), None, "an option without length");
    assert_eq!(
        parse(&advertisement(&[&[25, 9, 0, 0, 0, 0, 0, 0]])),
        None,
        "one that is longer than the message"
    );
    let mut other = advertisement(&[]);
    other[0] = 133;
    assert_eq!(parse(&other), None, "a solicitation");
    let none = |option: &[u8]| parse(&advertisement(&[option])).unwrap();
    assert_eq!(none(&rdnss(600, &["::", "ff02::1", "::1"])).dns, []);
    for bad in [&b"\x05pla"[..], b"\x40", b"\xc0\x0c", b"\x03a\nb\x00", b"\x03a.b\x00"] {
        assert_eq!(none(&dnssl(600, bad)).search, [], "{bad:x?}");
    }
    let many: Vec<Vec<u8>> = (0..20).map(|at| rdnss(600, &[&format!("2001:db8::{at:x}")])).collect();
    let slices: Vec<&[u8]> = many.iter().map(Vec::as_slice).collect();
    assert_eq!(parse(&advertisement(&slices)).unwrap().dns.len(), MOST);
}

#[test]
fn only_neighbours_count_and_only_for_their_time() {
    let at = Duration::from_secs;
    let bytes = advertisement(&[&rdnss(600, &["2001:db8::53"]), &dnssl(u32::MAX, TWO)]);
    let mut heard = Heard::default();
    assert!(!heard.take(ROUTER, 64, &bytes, at(0)), "a router passed it on");
    assert!(!heard.take("2001:db8::1".parse().unwrap(), 255, &bytes, at(0)), "not a link-local sender");
    assert_eq!(heard, Heard::default());
    assert!(heard.take(ROUTER, 255, &bytes, at(0)));
    assert_eq!(heard.dns().count(), 1);
    let before = heard.clone();
    assert!(heard.take(ROUTER, 255, &bytes, at(500)));
    assert!(heard != before && heard.says_as(&before) && !heard.says_as(&Heard::default()));
    heard.expire(at(1099));
    assert_eq!((heard.dns().count(), heard.search().count()), (1, 2));
    heard.expire(at(1100));
    assert_eq!((heard.dns().count(), heard.search().count()), (0, 2), "the domains stay for ever");
    assert!(heard.take(ROUTER, 255, &advertisement(&[&dnssl(0, b"\x01b\x00")]), at(1200)));
    assert_eq!(heard.search().collect::<Vec<_>>(), ["plant.example"], "taken back");
}

#[test]
fn when_there_is_no_room_what_ends_first_goes() {
    let mut heard = Heard::default();
    for at in 0..MOST as u32 {
        let bytes = advertisement(&[&rdnss(100 + at, &[&format!("2001:db8::{:x}", at + 1)])]);
        heard.take(ROUTER, 255, &bytes, Duration::ZERO);
    }
    let first: Ipv6Addr = "2001:db8::1".parse().unwrap();
    heard.take(ROUTER, 255, &advertisement(&[&rdnss(50, &["2001:db8::99"])]), Duration::ZERO);
    assert!(heard.dns().any(|ip| ip == first), "what ends sooner makes nobody go");
    heard.take(ROUTER, 255, &advertisement(&[&rdnss(500, &["2001:db8::99"])]), Duration::ZERO);
    assert!(heard.dns().all(|ip| ip != first));
    assert_eq!(heard.dns().count(), MOST);
}

proptest! {
    #[test]
    fn any_bytes_are_survived_and_bounded(
        options in proptest::collection::vec(any::<u8>(), 0..1600),
        changes in proptest::collection::vec((any::<u16>(), any::<u8>()), 0..4),
    ) {
        let mut good = advertisement(&[&rdnss(600, &["2001:db8::53"]), &dnssl(600, TWO)]);
        for (at, value) in changes {
            let len = good.len();
            good[usize::from(at) % len] = value;
        }
        for bytes in [&good, &advertisement(&[&options]), &options] {
            let mut heard = Heard::default();
            heard.take(ROUTER, 255, bytes, Duration::ZERO);
            prop_assert!(heard.dns().count() <= MOST && heard.search().count() <= MOST);
        }
    }
}
