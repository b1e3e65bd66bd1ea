//! The office's servers and its power supply, and who uses them.

use super::devices::*;
use super::office::{http, page};
use super::scene::{Scene, Side};
use super::{smb, snmp};
use crate::payload::Put;

/// Plays the servers' part.
pub(super) fn play(scene: &mut Scene) {
    for (ms, server) in [(900, &NAMES), (1_100, &FILES), (1_300, &WEB), (1_700, &UPS)] {
        scene.announce(ms, server);
        scene.arp(ms + 2_000, server, &ROUTER);
    }
    for (n, (_, computer)) in (0..).zip(&COMPUTERS) {
        scene.arp(25_000 + n * 4_000, computer, &FILES);
        smb::session(scene, 25_010 + n * 4_000, computer, &FILES);
        let agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36 Edg/120.0.0.0";
        let body = "<html><head><title>Intranet</title></head><body>Welcome</body></html>";
        let answer = page("nginx/1.24.0 (Ubuntu)", "text/html", body);
        scene.arp(29_000 + n * 5_000, computer, &WEB);
        http(scene, 29_010 + n * 5_000, computer, ("intranet.office.example.com", "/"), &WEB, agent, &answer);
    }
    scene.arp(50_000, &MACBOOK, &WEB);
    ssh(scene, 50_020);
    for ms in [15_000, 75_000, 135_000] {
        scene.arp(ms - 20, &WEB, &UPS);
        let description = "APC Web/SNMP Management Card (MB:v4.1.0 PF:v6.8.2 PN:apc_hw05_aos_682.bin AF1:v6.8.0 AN1:apc_hw05_sumx_680.bin MN:AP9630 HR:05 SN: ZA0000000000 MD:01/07/2019)";
        let values = [
            (1, snmp::Value::Text(description)),
            // 1.3.6.1.4.1.318.1.3.27
            (2, snmp::Value::Oid(&[0x2b, 6, 1, 4, 1, 0x82, 0x3e, 1, 3, 27])),
            (5, snmp::Value::Text("ups-server-room")),
        ];
        snmp::ask(scene, ms, &WEB, &UPS, &values);
    }
}

/// A key exchange's opening message (RFC 4253 §7.1) in its packet (§6).
fn key_exchange(cookie: &[u8; 32], lists: [&str; 5]) -> Vec<u8> {
    let [exchange, host_key, cipher, mac, compression] = lists;
    let mut message = vec![20];
    message.extend(cookie.iter().take(16));
    for list in [exchange, host_key, cipher, cipher, mac, mac, compression, compression, "", ""] {
        message.be32(list.len() as u32);
        message.extend(list.bytes());
    }
    message.extend([0; 5]);
    // Padding of at least four bytes to a multiple of eight.
    let padding = 4 + (8 - (message.len() + 5 + 4) % 8) % 8;
    let mut out = Vec::new();
    out.be32((message.len() + padding + 1) as u32);
    out.push(padding as u8);
    out.extend(message);
    out.resize(out.len() + padding, 0);
    out
}

fn ssh(scene: &mut Scene, ms: u64) {
    let macs = "umac-64-etm@openssh.com,hmac-sha2-256-etm@openssh.com,hmac-sha2-512";
    let ciphers = "chacha20-poly1305@openssh.com,aes128-ctr,aes256-ctr,aes256-gcm@openssh.com";
    let exchanges = "sntrup761x25519-sha512@openssh.com,curve25519-sha256,ecdh-sha2-nistp256";
    let keys = "rsa-sha2-512,rsa-sha2-256,ecdsa-sha2-nistp256,ssh-ed25519";
    let (own, other) = (scene.nonce(), scene.nonce());
    let client = key_exchange(&own, [exchanges, keys, ciphers, macs, "none,zlib@openssh.com"]);
    let server = key_exchange(&other, [exchanges, keys, ciphers, macs, "none,zlib@openssh.com"]);
    let talk: [(Side, &[u8]); 4] = [
        (Side::Client, b"SSH-2.0-OpenSSH_9.4\r\n"),
        (Side::Server, b"SSH-2.0-OpenSSH_9.6p1 Ubuntu-3ubuntu13.4\r\n"),
        (Side::Client, &client),
        (Side::Server, &server),
    ];
    scene.tcp(ms, &MACBOOK, &WEB, 22, &talk);
}
