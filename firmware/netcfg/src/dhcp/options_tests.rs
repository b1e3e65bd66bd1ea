//! Answers of servers, good and bad. The bytes are written here by the tables of RFC 2131
//! and RFC 2132, not by the code that is tested.

use super::*;
use proptest::prelude::*;

/// A reply with these options.
pub(crate) fn reply(xid: u32, address: [u8; 4], options: &[(u8, &[u8])]) -> Vec<u8> {
    let mut bytes = vec![2, 1, 6, 0];
    bytes.extend(xid.to_be_bytes());
    bytes.extend([0; 8]);
    bytes.extend(address);
    bytes.extend([0; 8]);
    bytes.extend([2, 0, 0, 0, 0, 1]);
    bytes.resize(236, 0);
    bytes.extend([99, 130, 83, 99]);
    for (code, value) in options {
        bytes.extend([*code, value.len() as u8]);
        bytes.extend(*value);
    }
    bytes.push(255);
    bytes
}

const SERVER: (u8, &[u8]) = (54, &[10, 0, 0, 1]);
const MASK: (u8, &[u8]) = (1, &[255, 255, 255, 0]);
const HOUR: (u8, &[u8]) = (51, &[0, 0, 14, 16]);

fn read(options: &[(u8, &[u8])]) -> Option<Lease> {
    Answer::read(&reply(7, [10, 0, 0, 50], options)).unwrap().lease
}

fn routes_of(lease: &Lease) -> Vec<String> {
    lease.routes.iter().map(ToString::to_string).collect()
}

#[test]
fn a_whole_answer() {
    let bytes = reply(
        7,
        [10, 0, 0, 50],
        &[
            (53, &[5]),
            SERVER,
            MASK,
            HOUR,
            (58, &[0, 0, 7, 8]),
            (59, &[0, 0, 12, 78]),
            (3, &[10, 0, 0, 1, 10, 0, 0, 2]),
            (6, &[10, 0, 0, 2, 10, 0, 0, 3]),
            (15, b"Plant.Example"),
            (42, &[10, 0, 0, 4]),
        ],
    );
    let answer = Answer::read(&bytes).unwrap();
    let server = Ipv4Addr::new(10, 0, 0, 1);
    assert_eq!(
        (answer.kind, answer.xid, answer.mac, answer.server),
        (Kind::Ack, 7, [2, 0, 0, 0, 0, 1], server)
    );
    let lease = answer.lease.unwrap();
    assert_eq!((lease.address, lease.prefix), (Ipv4Addr::new(10, 0, 0, 50), 24));
    assert_eq!((lease.seconds, lease.renew, lease.rebind), (3600, 1800, 3150));
    assert_eq!(routes_of(&lease), ["0.0.0.0/0 via 10.0.0.1"]);
    assert_eq!(lease.dns, [Ipv4Addr::new(10, 0, 0, 2), Ipv4Addr::new(10, 0, 0, 3)]);
    assert_eq!((lease.domain.as_str(), &lease.ntp[..]), ("plant.example", &[Ipv4Addr::new(10, 0, 0, 4)][..]));
    assert_eq!(lease.gateway(), Some(server));
    for cut in 0..bytes.len() - 1 {
        if let Some(lease) = Answer::read(&bytes[..cut]).and_then(|answer| answer.lease) {
            assert_eq!(lease.address, Ipv4Addr::new(10, 0, 0, 50), "cut at {cut}");
        }
    }
}

#[test]
fn routes_of_option_121_take_the_place_of_the_router() {
    // The examples of RFC 3442: 0/0, 10.17/16, 10.27.129/24; and one on the link.
    let routes: &[u8] = &[
        0, 10, 0, 0, 9, 16, 10, 17, 10, 0, 0, 8, 24, 10, 27, 129, 10, 0, 0, 7, 32, 192, 0, 2, 1, 0, 0, 0, 0,
    ];
    let options = [(53, &[2][..]), SERVER, MASK, HOUR, (3, &[10, 0, 0, 1]), (121, routes)];
    let expected = [
        "0.0.0.0/0 via 10.0.0.9",
        "10.17.0.0/16 via 10.0.0.8",
        "10.27.129.0/24 via 10.0.0.7",
        "192.0.2.1/32",
    ];
    assert_eq!(routes_of(&read(&options).unwrap()), expected);
    // In pieces (RFC 3396), with other options between.
    let options =
        [(53, &[2][..]), SERVER, (121, &routes[..7]), MASK, HOUR, (121, &routes[7..]), (3, &[10, 0, 0, 1])];
    assert_eq!(routes_of(&read(&options).unwrap()), expected);
    // What follows a damaged one is left out, and the router is not believed all the same.
    let options = [(53, &[2][..]), SERVER, MASK, HOUR, (3, &[10, 0, 0, 1]), (121, &[33, 10, 0, 0, 9])];
    assert_eq!(routes_of(&read(&options).unwrap()), [""; 0]);
    let many: Vec<u8> = (0..30).flat_map(|at| [24, 10, 1, at, 10, 0, 0, 9]).collect();
    let options = [(53, &[2][..]), SERVER, MASK, HOUR, (121, &many), (121, &many), (121, &many)];
    assert_eq!(read(&options).unwrap().routes.len(), Lease::MOST_ROUTES);
}

#[test]
fn options_in_the_fields_for_boot_files() {
    let mut bytes = reply(7, [10, 0, 0, 50], &[(53, &[5]), SERVER, MASK, (52, &[3])]);
    bytes[FILE][..6].copy_from_slice(&[51, 4, 0, 0, 14, 16]);
    bytes[SNAME][..8].copy_from_slice(&[0, 15, 4, b'a', b'.', b'b', b'c', 255]);
    let lease = Answer::read(&bytes).unwrap().lease.unwrap();
    assert_eq!((lease.seconds, lease.domain.as_str()), (3600, "a.bc"));
}

#[test]
fn times_that_make_no_sense_are_those_of_the_rfc() {
    let times = |t1: u32, t2: u32| {
        let (t1, t2) = (t1.to_be_bytes(), t2.to_be_bytes());
        let lease = read(&[(53, &[5]), SERVER, MASK, HOUR, (58, &t1), (59, &t2)]).unwrap();
        (lease.renew, lease.rebind)
    };
    assert_eq!(times(600, 1200), (600, 1200));
    for (t1, t2) in [(1200, 600), (0, 1200), (600, 7200), (u32::MAX, u32::MAX)] {
        assert_eq!(times(t1, t2), (1800, 3150));
    }
    let life = |seconds: u32| read(&[(53, &[5]), SERVER, MASK, (51, &seconds.to_be_bytes())]);
    assert_eq!(life(u32::MAX).unwrap().lasts(), None);
    assert_eq!(life(u32::MAX - 1).unwrap().rebind, 3_758_096_382);
    assert_eq!(life(4), None, "too short to be of use");
    assert_eq!(life(0), None);
    assert_eq!(read(&[(53, &[5]), SERVER, MASK]), None, "no time at all");
}

#[test]
fn addresses_no_host_can_have_are_no_lease() {
    let lease = |address, mask: &[u8]| {
        Answer::read(&reply(7, address, &[(53, &[5]), SERVER, (1, mask), HOUR]))
            .unwrap()
            .lease
            .map(|lease| lease.prefix)
    };
    assert_eq!(lease([10, 0, 0, 50], &[255, 255, 255, 0]), Some(24));
    assert_eq!(lease([10, 0, 0, 50], &[255, 255, 255, 255]), Some(32));
    assert_eq!(lease([10, 0, 0, 0], &[255, 255, 255, 254]), Some(31));
    assert_eq!(lease([10, 0, 0, 50], &[255, 0, 255, 0]), None, "a mask with holes");
    assert_eq!(lease([10, 0, 0, 50], &[0, 0, 0, 0]), None);
    assert_eq!(lease([10, 0, 0, 50], &[255, 255]), None);
    for bad in [[0; 4], [127, 0, 0, 1], [224, 0, 0, 9], [255; 4], [10, 0, 0, 0], [10, 0, 0, 255]] {
        assert_eq!(lease(bad, &[255, 255, 255, 0]), None, "{bad:?}");
    }
    let classful = |address| {
        Answer::read(&reply(7, address, &[(53, &[5]), SERVER, HOUR])).unwrap().lease.unwrap().prefix
    };
    assert_eq!(
        [classful([10, 0, 0, 50]), classful([172, 16, 0, 5]), classful([192, 168, 0, 5])],
        [8, 16, 24]
    );
    // Without a server that could be asked again there is no lease either.
    assert_eq!(read(&[(53, &[5]), MASK, HOUR]), None);
}

#[test]
fn what_is_no_answer_is_none() {
    let good = reply(7, [10, 0, 0, 50], &[(53, &[5]), SERVER, MASK, HOUR]);
    let with = |at: usize, value: u8| {
        let mut bytes = good.clone();
        bytes[at] = value;
        Answer::read(&bytes)
    };
    assert!(with(0, 2).is_some());
    assert_eq!(with(0, 1), None, "a question");
    assert_eq!(with(1, 6), None, "not Ethernet");
    assert_eq!(with(2, 8), None, "a longer hardware address");
    assert_eq!(with(236, 0), None, "no DHCP");
    assert_eq!(with(242, 1), None, "a DISCOVER");
    let nak = Answer::read(&reply(7, [0; 4], &[(53, &[6]), SERVER, (56, b"wrong\nnetwork\x07")])).unwrap();
    assert_eq!((nak.kind, nak.lease, nak.words.as_str()), (Kind::Nak, None, "wrongnetwork"));
}

proptest! {
    #[test]
    fn any_bytes_are_survived_and_bounded(
        options in proptest::collection::vec(any::<u8>(), 0..1400),
        fields in proptest::collection::vec(any::<u8>(), 192),
    ) {
        let mut bytes = reply(7, [10, 0, 0, 50], &[(53, &[5]), SERVER, MASK, HOUR, (52, &[3])]);
        bytes[44..236].copy_from_slice(&fields);
        bytes.pop();
        bytes.extend(options);
        if let Some(lease) = Answer::read(&bytes).and_then(|answer| answer.lease) {
            prop_assert!(lease.routes.len() <= Lease::MOST_ROUTES);
            prop_assert!(lease.dns.len() <= Lease::MOST && lease.ntp.len() <= Lease::MOST);
            prop_assert!(lease.domain.len() <= 253 && lease.prefix <= 32);
            prop_assert!(lease.renew <= lease.rebind && lease.rebind <= lease.seconds);
        }
    }

    #[test]
    fn noise_is_survived(bytes in proptest::collection::vec(any::<u8>(), 0..1600)) {
        let _ = Answer::read(&bytes);
    }
}
