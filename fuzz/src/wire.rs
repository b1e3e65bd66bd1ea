//! Messages between sensor and platform: whatever arrives, each decoder says yes
//! or no, at most one says yes, and what was accepted means the same when it is
//! written and read again.

use ::wire::{
    Batch, BatchReply, Confirm, ConfirmReply, Content, Epoch, Fact, Gap, Grant, Hardware, HeardRange, Hello,
    HelloReply, Mark, Message, Nonce, Offer, PortStatus, Record, Refusal, RegistrationRequest, RenewReply,
    RenewRequest, Report, Sealed, SensorConfig, Standing, Start, StartReply, Status, StatusReply, WaitConfig,
    decode, encode,
};
use model::{Conversation, ErrorCode, Interval, Mac, NetworkId, Sighting, Time};

use crate::case::Case;
use crate::{Fault, Said, Target, hash};

/// Every kind of message.
pub struct Messages;

/// What a decoder made of the bytes: the message again, if it took them.
type Reader = fn(&[u8]) -> Result<Option<Vec<u8>>, Fault>;

const READERS: &[(&str, Reader)] = &[
    ("start", read::<Start>),
    ("start reply", read::<StartReply>),
    ("confirm", read::<Confirm>),
    ("confirm reply", read::<ConfirmReply>),
    ("sealed", read::<Sealed>),
    ("offer", read::<Offer>),
    ("registration request", read::<RegistrationRequest>),
    ("grant", read::<Grant>),
    ("refusal", read::<Refusal>),
    ("hello", read::<Hello>),
    ("hello reply", read::<HelloReply>),
    ("batch", read::<Batch>),
    ("batch reply", read::<BatchReply>),
    ("wait config", read::<WaitConfig>),
    ("sensor config", read::<SensorConfig>),
    ("status", read::<Status>),
    ("status reply", read::<StatusReply>),
    ("renew request", read::<RenewRequest>),
    ("renew reply", read::<RenewReply>),
    ("content", read::<Content>),
];

fn read<M: Message + PartialEq + std::fmt::Debug>(bytes: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
    let Ok(message) = decode::<M>(bytes) else { return Ok(None) };
    let again = encode(&message);
    match decode::<M>(&again) {
        Ok(same) if same == message => Ok(Some(again)),
        other => {
            Err(Fault::new("means something else when written again", format!("{message:?}, {other:?}")))
        }
    }
}

impl Target for Messages {
    fn name(&self) -> &'static str {
        "wire"
    }

    fn seeds(&self) -> Vec<Case> {
        samples().into_iter().map(Case::of).collect()
    }

    fn likes(&self, _: &Case) -> bool {
        false
    }

    fn run(&self, case: &Case) -> Result<Said, Fault> {
        let bytes = case.bytes();
        let mut said = Said::default();
        for (at, (name, reader)) in READERS.iter().enumerate() {
            let Some(again) = reader(&bytes)? else { continue };
            said.count += 1;
            if said.count > 1 {
                return Err(Fault::new("two kinds take the same bytes", *name));
            }
            said.shape = hash(said.shape, &[at as u8]);
            said.words = hash(said.words, &again);
            // What lies in a batch is read apart.
            if let Ok(batch) = decode::<Batch>(&bytes)
                && read::<Content>(&batch.content)?.is_some()
            {
                said.shape = hash(said.shape, b"content");
            }
        }
        Ok(said)
    }
}

/// One message of each kind with something in every field.
fn samples() -> Vec<Vec<u8>> {
    let (time, text) = (Time(1_790_000_000_000_000_000), || "text".to_string());
    let sighting =
        Sighting { network: NetworkId(1), mac: Some(Mac([2, 0, 0, 0, 0, 1])), ip: "10.0.0.5".parse().ok() };
    let interval = Interval {
        sighting,
        field: "dhcp.hostname".into(),
        port: Some(model::Port { transport: 6, number: 443 }),
        value: text(),
        first: time,
        last: time,
        count: 3,
        frame: 9,
    };
    let conversation = Conversation {
        network: NetworkId(1),
        client: [10, 0, 0, 5].into(),
        server: [0x20, 1, 0xd, 0xb8, 0, 0, 0, 1].into(),
        port: 443,
        transport: 6,
        flows: 1,
        packets: [3, 4],
        bytes: [300, 400],
        copies: [0, 1],
        copy_bytes: [0, 60],
        first: time,
        last: time,
        frame: 1,
        protocol: "tls".into(),
        known_by: model::KnownBy::Payload,
        answered: true,
        hints: vec![model::Hint { kind: model::HintKind::Sni, value: text() }],
    };
    let records = vec![Record { start: time, end: time, conversation }];
    let report =
        Report { run: time, made: time, clock_step: -5, intervals: vec![interval], records, dropped: 2 };
    let content = encode(&Content::Report(report));
    let range = "10.0.0.0/24".parse();
    let heard = range.map(|range| HeardRange {
        network: NetworkId(0),
        range,
        vlans: vec![10],
        hosts: 7,
        first: time,
        last: time,
    });
    let port =
        PortStatus { name: text(), mac: sighting.mac, driver: text(), last: time, ..PortStatus::default() };
    let status = Status {
        time,
        version: text(),
        ports: vec![port],
        cores: vec![500],
        heard: heard.into_iter().collect(),
        findings: vec![Fact { code: Some(ErrorCode::Loss), words: text() }],
        ..Status::default()
    };
    let zones = zones::Config { internal: vec![zones::Group::private()], ..zones::Config::default() };
    let config = SensorConfig { version: 4, name: text(), zones, ..SensorConfig::default() };
    let (epoch, nonce) = (Epoch([1; 16]), Nonce([2; 16]));
    let standing = Standing::Continue { next: 5, mark: Mark([3; 32]) };
    let gap = Gap { since: time, until: time, bytes: 1, reason: text() };
    let hardware = Hardware { version: text(), cores: 4, ..Hardware::default() };
    vec![
        encode(&Start { id: 483_920, element: vec![b'A'; 33] }),
        encode(&StartReply { exchange: [4; 16], element: vec![b'B'; 33] }),
        encode(&Confirm { exchange: [4; 16], proof: [5; 32] }),
        encode(&ConfirmReply { proof: [6; 32], sealed: vec![7; 40] }),
        encode(&Sealed { exchange: [4; 16], bytes: vec![8; 40] }),
        encode(&Offer { endpoint_keys: vec![[9; 32]], time, sensor: text(), name: text() }),
        encode(&RegistrationRequest { csr: vec![0x30], hardware }),
        encode(&Grant {
            certificate: vec![0x30],
            authorities: vec![vec![0x30]],
            nonce,
            config: config.clone(),
        }),
        encode(&Refusal { code: ErrorCode::CodeUsed, words: text() }),
        encode(&Hello { epoch, next: 5, nonce, version: text(), speaks: [1, 1] }),
        encode(&HelloReply { standing, nonce, time, authorities: vec![vec![0x30]] }),
        encode(&Batch { epoch, first: 5, last: 5, content: content.clone() }),
        encode(&BatchReply::Rejected { next: 6, words: text() }),
        encode(&WaitConfig { have: 4, wait: 25 }),
        encode(&config),
        encode(&status),
        encode(&StatusReply { time, again: 5 }),
        encode(&RenewRequest { csr: vec![0x30] }),
        encode(&RenewReply { certificate: vec![0x30], authorities: vec![vec![0x30]] }),
        encode(&Content::Gap(gap)),
        content,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_seed_that_its_reader_takes_and_no_other() {
        let mut taken = vec![0; READERS.len()];
        for sample in samples() {
            assert_eq!(Messages.run(&Case::of(sample.clone())).unwrap().count, 1);
            for (at, (_, reader)) in READERS.iter().enumerate() {
                taken[at] += usize::from(reader(&sample).unwrap().is_some());
            }
        }
        assert!(taken.iter().all(|count| *count > 0), "{taken:?}");
    }

    #[test]
    fn cut_anywhere_nobody_takes_it() {
        for sample in samples() {
            for at in 0..sample.len() {
                assert_eq!(Messages.run(&Case::of(sample[..at].to_vec())).unwrap().count, 0);
            }
        }
    }
}
