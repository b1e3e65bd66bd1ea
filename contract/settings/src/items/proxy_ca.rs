//! CA that signed an https proxy's certificate.

use alloc::string::String;

use crate::item::{Group, Item, Kind, PLAIN, Wheel, Wrong};
use crate::items::proxy_kind;
use crate::set::Settings;

/// The setting.
pub static ITEM: Item = Item {
    id: "proxy.ca",
    group: Group::Proxy,
    label: "PROXY CA",
    help: "Certificate (PEM) of the CA that signed the https proxy's own certificate.",
    kind: Kind::Text(Wheel::Certificate, 16_384),
    panel: false,
    parse,
    applies: is_https,
    ..PLAIN
};

fn is_https(settings: &Settings) -> bool {
    settings.get(&proxy_kind::ITEM) == "https"
}

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// One certificate or several, each base64 in lines of its own (RFC 7468).
/// What is inside is looked at where it is used.
fn parse(typed: &str) -> Result<String, Wrong> {
    let wrong = || Wrong::new("no certificate", "Paste it with its BEGIN and END lines.");
    let (mut out, mut rest) = (String::new(), typed.trim());
    while !rest.is_empty() {
        let (body, after) =
            rest.strip_prefix(BEGIN).and_then(|rest| rest.split_once(END)).ok_or_else(wrong)?;
        let body: String = body.split_whitespace().collect();
        if body.is_empty() || !body.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b)) {
            return Err(wrong());
        }
        out.push_str(BEGIN);
        for (at, c) in body.chars().enumerate() {
            if at % 64 == 0 {
                out.push('\n');
            }
            out.push(c);
        }
        out.push('\n');
        out.push_str(END);
        out.push('\n');
        rest = after.trim_start();
    }
    if out.is_empty() { Err(wrong()) } else { Ok(out) }
}
