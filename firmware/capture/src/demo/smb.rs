//! SMB 3.1.1 up to the server's NTLM challenge (MS-SMB2 §2.2, MS-NLMP §2.2.1,
//! RFC 4178); the client then goes away, so no user is ever named.

use super::scene::{Device, Scene, Side};

/// SPNEGO and NTLMSSP object identifiers with their tags (RFC 4178; MS-NLMP).
const SPNEGO: [u8; 8] = [6, 6, 0x2b, 6, 1, 5, 5, 2];
const NTLMSSP: [u8; 12] = [6, 10, 0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 2, 10];

/// 2026-01-05 in 100 ns units since 1601, about.
const NOW: u64 = 134_120_736_000_000_000;

fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let value = parts.concat();
    let mut out = vec![tag];
    match value.len() {
        short @ ..=127 => out.push(short as u8),
        long @ ..=255 => out.extend([0x81, long as u8]),
        long => {
            out.push(0x82);
            out.extend((long as u16).to_be_bytes());
        }
    }
    out.extend(value);
    out
}

/// What a client or server first offers: NTLM only, with its first token if it has one.
fn offer(token: Option<&[u8]>) -> Vec<u8> {
    let mechanisms = der(0xa0, &[&der(0x30, &[&NTLMSSP])]);
    let token = token.map_or(Vec::new(), |token| der(0xa2, &[&der(4, &[token])]));
    der(0x60, &[&SPNEGO, &der(0xa0, &[&der(0x30, &[&mechanisms, &token])])])
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// A message with its header, in a NetBIOS session packet.
fn message(command: u16, id: u64, status: u32, is_answer: bool, body: &[u8]) -> Vec<u8> {
    let mut out = vec![0, 0];
    out.extend((64 + body.len() as u16).to_be_bytes());
    out.extend([0xfe, b'S', b'M', b'B', 64, 0, 1, 0]);
    out.extend(status.to_le_bytes());
    out.extend(command.to_le_bytes());
    out.extend([1, 0]);
    out.extend(u32::from(is_answer).to_le_bytes());
    out.extend([0; 4]);
    out.extend(id.to_le_bytes());
    // Process, tree.
    out.extend([0xff, 0xfe, 0, 0, 0, 0, 0, 0]);
    let session: u64 = if command == 1 && is_answer { 0x0000_4000_0000_0011 } else { 0 };
    out.extend(session.to_le_bytes());
    out.extend([0; 16]);
    out.extend(body);
    out
}

/// Negotiate contexts of 3.1.1: integrity with SHA-512 and a salt, AES-128-GCM.
fn contexts(salt: &[u8; 32]) -> Vec<u8> {
    let mut out = vec![1, 0, 38, 0, 0, 0, 0, 0, 1, 0, 32, 0, 1, 0];
    out.extend(salt);
    out.resize(out.len().next_multiple_of(8), 0);
    out.extend([2, 0, 4, 0, 0, 0, 0, 0, 1, 0, 2, 0]);
    out
}

fn negotiate(scene: &mut Scene) -> Vec<u8> {
    // Dialects 2.0.2 to 3.1.1; signing enabled; what clients can.
    let mut body = vec![36, 0, 5, 0, 1, 0, 0, 0, 0x7f, 0, 0, 0];
    body.extend(&scene.nonce()[..16]);
    // Contexts behind 64 + 36 + 10 bytes, on the next multiple of eight.
    body.extend([112, 0, 0, 0, 2, 0, 0, 0]);
    for dialect in [0x0202_u16, 0x0210, 0x0300, 0x0302, 0x0311] {
        body.extend(dialect.to_le_bytes());
    }
    body.extend([0, 0]);
    body.extend(contexts(&scene.nonce()));
    message(0, 0, 0, false, &body)
}

fn negotiated(scene: &mut Scene) -> Vec<u8> {
    let token = offer(None);
    let end = 128 + token.len();
    let at = end.next_multiple_of(8);
    let mut body = vec![65, 0, 1, 0, 0x11, 3, 2, 0];
    body.extend(&scene.nonce()[..16]);
    body.extend([0x2f, 0, 0, 0]);
    // Largest transaction, read and write: 8 MiB.
    body.extend([0x0080_0000_u32; 3].map(u32::to_le_bytes).as_flattened());
    body.extend(NOW.to_le_bytes());
    body.extend([0; 8]);
    body.extend(128_u16.to_le_bytes());
    body.extend((token.len() as u16).to_le_bytes());
    body.extend((at as u32).to_le_bytes());
    body.extend(token);
    body.resize(at - 64, 0);
    body.extend(contexts(&scene.nonce()));
    message(0, 0, 0, true, &body)
}

/// NTLM NEGOTIATE with the client's version 10.0.19045.
fn session_setup() -> Vec<u8> {
    let mut ntlm = b"NTLMSSP\0\x01\0\0\0".to_vec();
    ntlm.extend(0xe208_8297_u32.to_le_bytes());
    ntlm.extend([0; 16]);
    ntlm.extend([10, 0]);
    ntlm.extend(19_045_u16.to_le_bytes());
    ntlm.extend([0, 0, 0, 15]);
    let token = offer(Some(&ntlm));
    let mut body = vec![25, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 88, 0];
    body.extend((token.len() as u16).to_le_bytes());
    body.extend([0; 8]);
    body.extend(token);
    message(1, 1, 0, false, &body)
}

/// NTLM CHALLENGE of a Windows Server 2019 (10.0.17763) in a domain.
fn challenge(scene: &mut Scene) -> Vec<u8> {
    let target = utf16("OFFICE");
    let mut information = Vec::new();
    let mut pair = |id: u16, value: &[u8]| {
        information.extend(id.to_le_bytes());
        information.extend((value.len() as u16).to_le_bytes());
        information.extend(value);
    };
    pair(2, &utf16("OFFICE"));
    pair(1, &utf16("FILESERVER01"));
    pair(4, &utf16("office.example.com"));
    pair(3, &utf16("fileserver01.office.example.com"));
    pair(5, &utf16("office.example.com"));
    pair(7, &NOW.to_le_bytes());
    pair(0, &[]);
    let field = |length: usize, at: usize| {
        let length = (length as u16).to_le_bytes();
        [length.as_slice(), &length, &(at as u32).to_le_bytes()].concat()
    };
    let mut ntlm = b"NTLMSSP\0\x02\0\0\0".to_vec();
    ntlm.extend(field(target.len(), 56));
    ntlm.extend(0xe289_8215_u32.to_le_bytes());
    ntlm.extend(&scene.nonce()[..8]);
    ntlm.extend([0; 8]);
    ntlm.extend(field(information.len(), 56 + target.len()));
    ntlm.extend([10, 0]);
    ntlm.extend(17_763_u16.to_le_bytes());
    ntlm.extend([0, 0, 0, 15]);
    ntlm.extend(target);
    ntlm.extend(information);

    // Accept-incomplete, NTLM, the challenge.
    let state = der(0xa0, &[&[10, 1, 1]]);
    let token = der(0xa2, &[&der(4, &[&ntlm])]);
    let answer = der(0xa1, &[&der(0x30, &[&state, &der(0xa1, &[&NTLMSSP]), &token])]);
    let mut body = vec![9, 0, 0, 0, 72, 0];
    body.extend((answer.len() as u16).to_le_bytes());
    body.extend(answer);
    // STATUS_MORE_PROCESSING_REQUIRED.
    message(1, 1, 0xc000_0016, true, &body)
}

/// A client comes as far as the challenge.
pub(super) fn session(scene: &mut Scene, ms: u64, client: &Device, server: &Device) {
    let talk = [negotiate(scene), negotiated(scene), session_setup(), challenge(scene)];
    let [a, b, c, d] = &talk;
    scene.tcp(
        ms,
        client,
        server,
        445,
        &[(Side::Client, a), (Side::Server, b), (Side::Client, c), (Side::Server, d)],
    );
}
