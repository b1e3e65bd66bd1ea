//! TCP handshakes: options, their order, window and TTL are a stack's own choice
//! (RFC 9293, RFC 7323). Signatures are of this project, from the stacks' sources
//! and documentation; the text is that of `dissect/src/proto/tcp_stack.rs`.
//!
//! A TTL is read as the nearest usual initial value (32, 64, 128, 255) not below it.

use model::Interval;

use crate::attribute::Attribute::Os;
use crate::candidate::{Candidate, Rule, Source};

/// The source.
pub struct TcpStack;

const fn stack(id: &'static str, says: &'static str, weight: u16) -> Rule {
    Rule { id, reads: "tcp.syn, tcp.synack", says, weight }
}

const LINUX: Rule = stack(
    "tcp-0001@1",
    "Initial TTL 64 and the options mss, sok, ts, nop, ws in this order: Linux (tcp_output.c), or what is made from it.",
    450,
);
const LINUX_REPLY: Rule = stack(
    "tcp-0002@1",
    "A SYN-ACK with initial TTL 64, don't fragment and identification 0, and options in the order Linux writes them.",
    400,
);
const WINDOWS: Rule = stack(
    "tcp-0003@1",
    "Initial TTL 128 and the options mss, nop, ws, nop, nop, sok (or sok, ts): Windows since Vista.",
    500,
);
const WINDOWS_TEN: Rule = stack(
    "tcp-0004@1",
    "Options of Windows with window 64240 or 65535 and scale 8, as Windows 10 and later choose.",
    300,
);
const WINDOWS_OLD: Rule = stack(
    "tcp-0005@1",
    "Initial TTL 128 and the options mss, nop, nop, sok without a window scale: Windows 2000 to XP.",
    350,
);
const APPLE: Rule = stack(
    "tcp-0006@1",
    "Initial TTL 64 and the options mss, nop, ws, nop, nop, ts, sok and the list's end: Apple's stack.",
    550,
);
const FREEBSD: Rule = stack(
    "tcp-0007@1",
    "Initial TTL 64, window 65535 and the options mss, nop, ws, sok, ts: FreeBSD, or what is made from it.",
    400,
);
const OPENBSD: Rule = stack(
    "tcp-0008@1",
    "Initial TTL 64, window 16384 and the options mss, nop, nop, sok, nop, ws, nop, nop, ts: OpenBSD.",
    500,
);
const CISCO: Rule =
    stack("tcp-0009@1", "Initial TTL 255, window 4128 and the option mss alone: Cisco IOS.", 450);
const LWIP: Rule = stack(
    "tcp-0010@1",
    "Initial TTL 255, the option mss alone and a window of four segments or 2144: the lwIP stack of small devices.",
    350,
);
const TTL: Rule = Rule {
    id: "tcp-0011@1",
    reads: "ip.ttl",
    says: "A TTL between 65 and 128 started at 128, which Windows does and few others; only a hint.",
    weight: 100,
};

static RULES: [Rule; 11] =
    [LINUX, LINUX_REPLY, WINDOWS, WINDOWS_TEN, WINDOWS_OLD, APPLE, FREEBSD, OPENBSD, CISCO, LWIP, TTL];

/// The parts of a signature that the rules look at.
struct Signature<'a> {
    /// Nearest initial TTL.
    ttl: u8,
    /// Maximum segment size.
    mss: Option<u32>,
    /// Window as sent.
    window: u32,
    /// Window scale.
    scale: Option<u8>,
    /// Options in order.
    layout: &'a str,
    /// Quirks.
    quirks: &'a str,
}

impl Source for TcpStack {
    fn name(&self) -> &'static str {
        "tcp"
    }

    fn fields(&self) -> &'static [&'static str] {
        &["tcp.syn", "tcp.synack", "ip.ttl"]
    }

    fn rules(&self) -> &'static [Rule] {
        &RULES
    }

    fn read(&self, of: &Interval, out: &mut Vec<Candidate>) {
        if of.field == "ip.ttl" {
            if of.value.parse().is_ok_and(|ttl| initial(ttl) == 128) {
                TTL.say(of, Os, "Windows", out);
            }
            return;
        }
        let Some(stack) = parse(&of.value) else {
            return;
        };
        let quirk = |name: &str| stack.quirks.split(',').any(|quirk| quirk == name);
        match (stack.ttl, stack.layout) {
            (64, "mss,sok,ts,nop,ws") => LINUX.say(of, Os, "Linux", out),
            (64, "mss,nop,nop,sok,nop,ws" | "mss,nop,nop,ts,nop,ws")
                if of.field == "tcp.synack" && quirk("df") && !quirk("id+") =>
            {
                LINUX_REPLY.say(of, Os, "Linux", out);
            }
            (128, "mss,nop,ws,nop,nop,sok" | "mss,nop,ws,sok,ts") => {
                WINDOWS.say(of, Os, "Windows", out);
                if stack.scale == Some(8) && matches!(stack.window, 64240 | 65535) {
                    WINDOWS_TEN.say(of, Os, "Windows 10/11/Server 2016+", out);
                }
            }
            (128, "mss,nop,nop,sok") => WINDOWS_OLD.say(of, Os, "Windows 2000/XP/Server 2003", out),
            (64, layout) if layout.starts_with("mss,nop,ws,nop,nop,ts,sok,eol") => {
                APPLE.say(of, Os, "macOS/iOS", out);
            }
            (64, "mss,nop,ws,sok,ts") if stack.window == 65535 => FREEBSD.say(of, Os, "FreeBSD", out),
            (64, "mss,nop,nop,sok,nop,ws,nop,nop,ts") if stack.window == 16384 => {
                OPENBSD.say(of, Os, "OpenBSD", out)
            }
            (255, "mss") if stack.window == 4128 => CISCO.say(of, Os, "Cisco IOS", out),
            (255, "mss") if stack.window == 2144 || stack.mss.is_some_and(|mss| stack.window == 4 * mss) => {
                LWIP.say(of, Os, "lwIP", out);
            }
            _ => {}
        }
    }
}

/// The usual initial value that a TTL as received comes from.
fn initial(ttl: u8) -> u8 {
    match ttl {
        0..=32 => 32,
        33..=64 => 64,
        65..=128 => 128,
        _ => 255,
    }
}

/// `version:ttl:ip-options:mss:window,scale:layout:quirks`.
fn parse(text: &str) -> Option<Signature<'_>> {
    let mut parts = text.split(':').skip(1);
    let ttl = initial(parts.next()?.parse().ok()?);
    let mss = parts.nth(1)?.parse().ok();
    let (window, scale) = parts.next()?.split_once(',')?;
    Some(Signature {
        ttl,
        mss,
        window: window.parse().ok()?,
        scale: scale.parse().ok(),
        layout: parts.next()?,
        quirks: parts.next().unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::check;

    #[test]
    fn stacks() {
        check(
            &TcpStack,
            &[
                ("tcp.syn", "4:64:0:1460:64240,7:mss,sok,ts,nop,ws:df,id+", &["os=Linux"]),
                ("tcp.syn", "4:57:0:1400:65535,9:mss,sok,ts,nop,ws:df,id+", &["os=Linux"]),
                ("tcp.synack", "4:64:0:1460:64240,7:mss,nop,nop,sok,nop,ws:df", &["os=Linux"]),
                ("tcp.syn", "4:128:0:1460:8192,8:mss,nop,ws,nop,nop,sok:df,id+", &["os=Windows"]),
                (
                    "tcp.syn",
                    "4:127:0:1460:64240,8:mss,nop,ws,nop,nop,sok:df,id+",
                    &["os=Windows", "os=Windows 10/11/Server 2016+"],
                ),
                (
                    "tcp.syn",
                    "4:128:0:1460:65535,*:mss,nop,nop,sok:df,id+",
                    &["os=Windows 2000/XP/Server 2003"],
                ),
                ("tcp.syn", "4:64:0:1460:65535,6:mss,nop,ws,nop,nop,ts,sok,eol+1:df", &["os=macOS/iOS"]),
                ("tcp.syn", "4:64:0:1460:65535,6:mss,nop,ws,sok,ts:df,id+", &["os=FreeBSD"]),
                ("tcp.syn", "4:64:0:1460:16384,6:mss,nop,nop,sok,nop,ws,nop,nop,ts:df,id+", &["os=OpenBSD"]),
                ("tcp.synack", "4:255:0:536:4128,*:mss:id+", &["os=Cisco IOS"]),
                ("tcp.syn", "4:255:0:1460:5840,*:mss:", &["os=lwIP"]),
                ("tcp.syn", "4:64:0:1460:1024,*:mss:", &[]),
                ("tcp.syn", "4:64", &[]),
                ("ip.ttl", "127", &["os=Windows"]),
                ("ip.ttl", "64", &[]),
                ("ip.ttl", "many", &[]),
            ],
        );
    }
}
