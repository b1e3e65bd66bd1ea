//! The Zeek-style logs of the demonstration can be read the way `zeek-cut` and its
//! like read them: by the header's separators, names and types.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::Path;

use e2e::{demo, stillwatch};

/// A log as a reader knows it: path, and rows by column.
struct Log {
    path: String,
    rows: Vec<BTreeMap<String, String>>,
}

fn valid(kind: &str, cell: &str, unset: &str, empty: &str, set_separator: &str) -> bool {
    if cell == unset {
        return true;
    }
    match kind {
        "time" => cell.split_once('.').is_some_and(|(seconds, micros)| {
            seconds.parse::<u64>().is_ok() && micros.len() == 6 && micros.parse::<u32>().is_ok()
        }),
        "addr" => cell.parse::<IpAddr>().is_ok(),
        "port" => cell.parse::<u16>().is_ok(),
        "count" => cell.parse::<u64>().is_ok(),
        "bool" => matches!(cell, "T" | "F"),
        "enum" => cell.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':')),
        "string" => !cell.is_empty(),
        "set[string]" => cell == empty || cell.split(set_separator).all(|member| !member.is_empty()),
        _ => false,
    }
}

fn parse(text: &str) -> Log {
    let (separator, rest) = text.split_once('\n').unwrap();
    assert_eq!(separator, "#separator \\x09");
    let mut header: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut rows = Vec::new();
    for line in rest.lines() {
        let mut cells: Vec<&str> = line.split('\t').collect();
        if let Some(name) = cells[0].strip_prefix('#') {
            assert!(rows.is_empty(), "the header stands before the rows");
            header.insert(name, cells.split_off(1));
            continue;
        }
        let (names, types) = (&header["fields"], &header["types"]);
        assert!(names.len() == types.len() && names.len() == cells.len(), "{line}");
        let [unset, empty, set] = ["unset_field", "empty_field", "set_separator"].map(|name| header[name][0]);
        for ((name, kind), cell) in names.iter().zip(types).zip(&cells) {
            assert!(
                valid(kind, cell, unset, empty, set),
                "{}: {name} is no {kind}: {cell}",
                header["path"][0]
            );
        }
        rows.push(names.iter().zip(&cells).map(|(name, cell)| ((*name).into(), (*cell).into())).collect());
    }
    Log { path: header["path"][0].into(), rows }
}

fn logs(capture: &Path, verb: &str) -> BTreeMap<String, Log> {
    let folder = tempfile::tempdir().unwrap();
    // The demonstration's TLS servers are on the internet: let them be assets too.
    let all = ["--internal", "0.0.0.0/0", "--internal", "::/0"];
    let args =
        [&[verb, capture.to_str().unwrap(), "--zeek", folder.path().to_str().unwrap()][..], &all].concat();
    let output = stillwatch(&args);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let files = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
    files
        .map(|file| {
            let log = parse(&std::fs::read_to_string(&file).unwrap());
            assert_eq!(Some(&*log.path), file.file_stem().and_then(|name| name.to_str()));
            (log.path.clone(), log)
        })
        .collect()
}

/// The demonstration as a file, and its logs by name.
fn all_logs() -> BTreeMap<String, Log> {
    let folder = tempfile::tempdir().unwrap();
    let capture = folder.path().join("demo.pcap");
    std::fs::write(&capture, demo()).unwrap();
    let mut all = logs(&capture, "assets");
    all.extend(logs(&capture, "flows"));
    all
}

#[test]
fn every_log_of_the_demonstration_can_be_read_by_its_header() {
    let logs = all_logs();
    assert_eq!(logs.len(), 6, "{:?}", logs.keys());
    for name in ["conversations", "known_hosts", "known_services", "software", "dhcp_leases"] {
        let log = logs.get(name).unwrap_or_else(|| panic!("{name} is missing: {:?}", logs.keys()));
        assert!(!log.rows.is_empty(), "{name} is empty");
        let times: Vec<&String> = log.rows.iter().map(|row| &row["ts"]).collect();
        assert!(times.is_sorted(), "{name} is in the order of time");
    }
    let heard = e2e::report(demo());
    let talks = &logs["conversations"].rows;
    assert_eq!(talks.len(), heard.conversations.len());
    let sum = |column: &str| talks.iter().map(|row| row[column].parse::<u64>().unwrap()).sum::<u64>();
    let packets: u64 = heard.conversations.iter().flat_map(|talk| talk.packets).sum();
    assert_eq!(sum("orig_pkts") + sum("resp_pkts"), packets);
    assert_eq!(sum("flows"), heard.conversations.iter().map(|talk| talk.flows).sum::<u64>());
}

#[test]
fn servers_that_speak_tls_are_logged() {
    assert!(!all_logs()["tls_servers"].rows.is_empty());
}
