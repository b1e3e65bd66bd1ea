//! A process killed in the middle of commits loses nothing that it acknowledged
//! and leaves no half commit.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use model::{Interval, Mac, NetworkId, Sighting, Time};
use store::{AssetRow, Changes, Document, Kind, SensorNumber, SightingKey, SightingRow, Sqlite, Store};

/// Where the child finds the database.
const PATH: &str = "STILLWATCH_CRASH_DATABASE";
/// Times the child is killed.
const KILLS: u64 = 40;
/// Sightings of one commit.
const ROWS: u64 = 40;

fn key(row: u64) -> SightingKey {
    let mac = Some(Mac([0, 0x1b, 0x1b, 0, 0, row as u8]));
    SightingKey { sensor: SensorNumber(1), sighting: Sighting { network: NetworkId(0), mac, ip: None } }
}

/// Commit `number`: every row tells the number, so that a half one shows.
fn changes(number: u64) -> Changes {
    let row = |row: u64| {
        let interval = |n: u64| Interval {
            sighting: key(row).sighting,
            field: "dhcp.hostname".into(),
            port: None,
            value: format!("host-{row}-{n}"),
            first: Time(number),
            last: Time(number),
            count: number,
            frame: 0,
        };
        SightingRow { key: key(row), intervals: (0..8).map(interval).collect(), stale: true }
    };
    let asset =
        AssetRow { id: "a".into(), summary: number.to_le_bytes().into(), document: number.to_string() };
    Changes {
        sightings: (0..ROWS).map(row).collect(),
        documents: vec![Document { kind: Kind::Setting, id: "number".into(), json: number.to_string() }],
        assets: vec![asset],
        ..Changes::default()
    }
}

/// The number of the last commit, and that all of it is there.
fn last(store: &dyn Store) -> u64 {
    let Some(document) = store.documents(Kind::Setting).unwrap().pop() else { return 0 };
    let number: u64 = document.json.parse().unwrap();
    let keys: Vec<SightingKey> = (0..ROWS).map(key).collect();
    let rows: Vec<SightingRow> = store.sightings(&keys).unwrap().into_iter().flatten().collect();
    assert_eq!(rows, changes(number).sightings);
    assert_eq!(store.asset("a").unwrap(), changes(number).assets.pop());
    number
}

/// What the child does.
#[test]
#[ignore = "no test of its own: the other one starts and kills it"]
fn child() {
    let Some(path) = std::env::var_os(PATH) else { return };
    let store = Sqlite::open(Path::new(&path)).unwrap();
    let mut out = std::io::stdout();
    for number in last(&store) + 1.. {
        store.commit(&changes(number)).unwrap();
        writeln!(out, "\nacknowledged {number}").and_then(|()| out.flush()).unwrap();
    }
}

#[test]
fn nothing_acknowledged_is_lost() {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("platform.db");
    let mut acknowledged = 0;
    for round in 0..KILLS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["child", "--exact", "--ignored", "--nocapture"])
            .env(PATH, &path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let numbers = lines.by_ref().filter_map(|line| line.strip_prefix("acknowledged ")?.parse().ok());
        let wanted = 1 + (round % 5) as usize * 3;
        acknowledged = numbers.take(wanted).last().unwrap_or(acknowledged);
        // Somewhere within the commit that follows.
        (0..round * 20_000).for_each(|n| {
            std::hint::black_box(n);
        });
        child.kill().unwrap();
        child.wait().unwrap();
        // What it said before it died counts too.
        let rest = lines.filter_map(|line| line.strip_prefix("acknowledged ")?.parse::<u64>().ok());
        acknowledged = rest.last().unwrap_or(acknowledged);
        let found = last(&Sqlite::open(&path).unwrap());
        assert!(found >= acknowledged, "{acknowledged} was acknowledged, {found} is there");
        // One more may have reached the disk unsaid.
        assert!(found <= acknowledged + 1, "{acknowledged} was acknowledged, {found} is there");
    }
    assert!(acknowledged >= KILLS);
}
