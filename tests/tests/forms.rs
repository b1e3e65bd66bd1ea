//! One capture, however it is stored, is the same inventory: pcap, pcapng, gzip.

use std::io::Write;
use std::path::Path;

use capture::{PcapFile, drain};
use e2e::{demo, stillwatch};
use flate2::{Compression, write::GzEncoder};

/// The demonstration as pcapng (draft-ietf-opsawg-pcapng): one section, one
/// interface with nanoseconds, an Enhanced Packet Block a frame.
fn pcapng() -> Vec<u8> {
    fn block(kind: u32, body: &[u8]) -> Vec<u8> {
        let padding = vec![0; body.len().next_multiple_of(4) - body.len()];
        let length = ((body.len() + padding.len() + 12) as u32).to_le_bytes();
        [&kind.to_le_bytes()[..], &length, body, &padding, &length].concat()
    }
    let section = [&0x1a2b_3c4d_u32.to_le_bytes()[..], &[1, 0, 0, 0], &[0xff; 8]].concat();
    // Ethernet, no limit; option if_tsresol: 10⁻⁹ s; end of options.
    let interface = [1, 0, 0, 0, 0, 0, 0, 0, 9, 0, 1, 0, 9, 0, 0, 0, 0, 0, 0, 0];
    let mut out = [block(0x0a0d_0d0a, &section), block(1, &interface)].concat();
    let mut file = PcapFile::from_reader("demo", Box::new(demo())).unwrap();
    drain(&mut file, |frame| {
        let (high, low) = ((frame.time.0 >> 32) as u32, frame.time.0 as u32);
        let words = [0, high, low, frame.data.len() as u32, frame.wire_len].map(u32::to_le_bytes);
        out.extend(block(6, &[words.as_flattened(), frame.data].concat()));
    })
    .unwrap();
    out
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn output(arguments: &[&str]) -> Vec<u8> {
    let output = stillwatch(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    assert!(!output.stdout.is_empty());
    output.stdout
}

#[test]
fn every_form_gives_the_same_assets_and_flows() {
    let folder = tempfile::tempdir().unwrap();
    let store = |name: &str, bytes: &[u8]| -> String {
        let path: &Path = &folder.path().join(name);
        std::fs::write(path, bytes).unwrap();
        path.to_str().unwrap().into()
    };
    let plain = store("demo.pcap", demo());
    // Names say nothing: what is in a file decides.
    let others = [
        store("demo.pcap.gz", &gzip(demo())),
        store("demo.pcapng", &pcapng()),
        store("compressed.pcap", &gzip(&pcapng())),
    ];
    for arguments in [["assets", "--json"], ["flows", "--jsonl"], ["assets", "--csv"]] {
        let [verb, format] = arguments;
        let wanted = output(&[verb, &plain, format]);
        for other in &others {
            assert!(output(&[verb, other, format]) == wanted, "{verb} {other} {format}");
        }
    }
}
