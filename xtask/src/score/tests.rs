//! One made-up capture through every row: a fair comparison must see these
//! differences and no others.

use serde_json::{Value, json};

use super::case::Case;
use super::expected::Expected;
use super::ours::{self, Ours};
use super::rows::ROWS;
use super::tally::Tally;

fn expected() -> Value {
    json!({
        "link": {"1": 9}, "vlans": ["10", "0"], "tunnels": {}, "hosts_total": 3, "flows_total": 4,
        "hosts": [
            {"mac": "08:00:00:00:00:01", "oui_vendor": "Example Systems, Inc", "ips": ["10.0.0.1"],
             "os_evidence": [{"value": "Windows 10", "source": "ntlmssp.version", "frame": 4}],
             "services": [{"proto": "tcp", "ip": "10.0.0.1", "port": 445, "app": "smb2", "evidence_frame": 2}],
             "attributes": [
                {"attr": "hostname", "value": "PC1", "source": "dhcp.option.hostname", "frame": 1},
                {"attr": "username", "value": "secret-person", "source": "ntlmssp.auth.username", "frame": 4},
                {"attr": "ntlm_version", "value": "10.0.19041", "source": "ntlmssp.version", "frame": 4},
                {"attr": "quic_version", "value": "1", "source": "quic.version", "frame": 5}],
             "dhcp": {"frame": 1, "hostname": "PC1", "ack_ip": "10.0.0.1", "param_request_list": "1,3,6"},
             "evidence": "mac first seen frame 1; 10.0.0.1: arp frame 3"},
            {"mac": null, "ips": ["10.0.0.2"], "services": [], "attributes": [], "evidence": ""},
        ],
        "flows": [
            {"client": "10.0.0.2", "cport": 4000, "server": "10.0.0.1", "port": 445, "proto": "tcp",
             "direction": "syn", "c2s_packets": 3, "s2c_packets": 2, "c2s_bytes": 300, "s2c_bytes": 200,
             "first_frame": 2, "app": "smb2", "chain": "nbss:smb2"},
            {"client": "10.0.0.1", "cport": 53, "server": "10.0.0.2", "port": 5000, "proto": "udp",
             "direction": "first-packet", "c2s_packets": 1, "s2c_packets": 0, "c2s_bytes": 90, "s2c_bytes": 0,
             "first_frame": 5, "app": "dns", "chain": "dns"},
            {"client": "10.0.0.2", "cport": 9, "server": "10.0.0.9", "port": 9, "proto": "udp",
             "direction": "first-packet", "c2s_packets": 1, "s2c_packets": 0, "c2s_bytes": 60, "s2c_bytes": 0,
             "first_frame": 6, "encap": ["gtp"]},
        ],
    })
}

fn ours() -> Ours {
    let assets = json!([
        {"name": "pc1", "os": {"value": "Windows 10", "family": "windows"}, "maker": null, "model": null,
         "interfaces": [{"mac": "08:00:00:00:00:01", "vendor": "Example", "vlan": [10],
                         "addresses": [{"ip": "10.0.0.1"}]}],
         "hostnames": [{"name": "pc1.local", "source": "mdns.hostname"}],
         "services": [{"ip": "10.0.0.1", "transport": "tcp", "port": 445, "protocol": "smb", "answered": true},
                      {"ip": "10.0.0.1", "transport": "tcp", "port": 80, "protocol": "", "answered": true}],
         "observations": [
            {"proto": "dhcp", "field": "hostname", "value": "PC1", "ip": null},
            {"proto": "dhcp", "field": "lease", "value": "3600", "ip": "10.0.0.1"},
            {"proto": "dhcp", "field": "prl", "value": "1,3", "ip": null},
            {"proto": "ntlm", "field": "version", "value": "10.0.19041", "ip": "10.0.0.1"}]},
        {"name": "10.0.0.77", "interfaces": [{"mac": null, "addresses": [{"ip": "10.0.0.77"}]}]},
    ]);
    let flows = json!({"conversations": [
        {"client": "10.0.0.2", "server": "10.0.0.1", "port": 445, "transport": "tcp", "protocol": "smb", "flows": 1,
         "packets": [2, 2], "copies": [1, 0], "bytes": [250, 200], "copy_bytes": [50, 0]},
        {"client": "10.0.0.2", "server": "10.0.0.1", "port": 53, "transport": "udp", "protocol": "ntp", "flows": 2,
         "packets": [0, 1], "bytes": [0, 90], "copies": [0, 0], "copy_bytes": [0, 0]},
    ]});
    ours::parse(&assets, &flows)
}

/// Expected, matched, wrong, extra, left out.
fn count(name: &str) -> [usize; 5] {
    let expected = Expected::parse(&expected().to_string()).unwrap();
    let case = Case { name: "made-up".into(), expected, ours: ours() };
    let row = ROWS.iter().find(|row| row.name == name).unwrap();
    let mut tally = Tally::new(&case.name, row.name);
    (row.score)(&case, &mut tally);
    [tally.expected, tally.matched, tally.wrong, tally.extra, tally.left_out.values().sum()]
}

#[test]
fn every_row_counts_what_it_should() {
    let want = [
        ("mac", [1, 1, 0, 0, 0]),
        // 10.0.0.2 sent and we lack it; nobody spoke of 10.0.0.77.
        ("ip", [2, 1, 1, 0, 0]),
        ("mac-ip", [1, 1, 0, 0, 0]),
        ("vlan", [1, 1, 0, 0, 1]),
        ("oui", [1, 1, 0, 0, 0]),
        // The request list differs.
        ("dhcp", [3, 2, 1, 0, 0]),
        ("hostname", [1, 1, 0, 0, 0]),
        // The DNS answer is turned round; what is inside GTP is left out.
        ("conversation", [2, 2, 0, 0, 1]),
        // The DNS flow is parted in two.
        ("flows", [1, 1, 0, 0, 1]),
        ("packets", [2, 2, 0, 0, 0]),
        ("bytes", [2, 2, 0, 0, 0]),
        // Port 80 never sent anything.
        ("service", [1, 1, 1, 0, 0]),
        ("service-protocol", [1, 1, 0, 0, 0]),
        ("service-product", [0, 0, 0, 0, 0]),
        // dns is called ntp.
        ("application", [2, 1, 1, 0, 0]),
        ("os", [1, 1, 0, 0, 0]),
        ("facts", [1, 1, 0, 0, 2]),
        ("persons", [1, 1, 0, 0, 0]),
    ];
    for (name, want) in want {
        assert_eq!(count(name), want, "{name}: expected, matched, wrong, extra, left out");
    }
}
