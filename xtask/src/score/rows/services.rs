//! Services: ports that answered, what they speak, what software serves them.

use std::collections::BTreeSet;

use crate::score::case::{Case, plain};
use crate::score::expected::Service;
use crate::score::ours;
use crate::score::scope;
use crate::score::tally::Tally;

fn ours(case: &Case) -> impl Iterator<Item = &ours::Service> {
    case.ours.assets.iter().flat_map(|asset| &asset.services).filter(|service| service.answered)
}

fn expected(case: &Case) -> impl Iterator<Item = &Service> {
    case.expected.hosts.iter().flat_map(|host| &host.services)
}

fn find<'a>(case: &'a Case, service: &Service) -> Option<&'a ours::Service> {
    ours(case)
        .find(|one| (&one.transport, one.port, &one.ip) == (&service.transport, service.port, &service.ip))
}

fn title(transport: &str, ip: &str, port: u16) -> String {
    format!("{transport} {ip}:{port}")
}

/// Ports that answered.
pub fn ports(case: &Case, tally: &mut Tally) {
    let hidden = case.hidden_ips();
    let mut seen = BTreeSet::new();
    for service in expected(case) {
        let subject = title(&service.transport, &service.ip, service.port);
        if hidden.contains(service.ip.as_str()) {
            tally.leave_out("inside a tunnel outside the issue");
        } else if !seen.insert(subject.clone()) {
            continue;
        } else if find(case, service).is_some() {
            tally.hit();
        } else {
            let app = service.app.as_deref().unwrap_or("answered");
            tally.miss(&subject, app, "", service.frame);
        }
    }
    for service in ours(case) {
        let subject = title(&service.transport, &service.ip, service.port);
        if seen.contains(&subject) {
            continue;
        }
        if case.expected.all_flows && !may_have_answered(case, service) {
            tally.wrong(&subject, "answered");
        } else {
            tally.extra += 1;
        }
    }
}

/// The decoder lists a TCP service only with its SYN-ACK. A flow caught midway
/// whose end sent packets from this port may well be one; so may a tunnel's end.
fn may_have_answered(case: &Case, service: &ours::Service) -> bool {
    let is = |transport: &str, ip: &str, port: u16| {
        (transport, ip, port) == (service.transport.as_str(), service.ip.as_str(), service.port)
    };
    let flow = case.expected.flows.iter().any(|flow| {
        let midway = flow.direction != "syn";
        (is(&flow.transport, &flow.server, flow.port) && flow.packets[1] > 0)
            || (is(&flow.transport, &flow.client, flow.cport) && flow.packets[0] > 0 && midway)
    });
    flow || case.expected.tunnel_ends.contains(&(service.ip.clone(), service.port))
}

/// The protocol of a service, where it is one of the issue's.
pub fn protocols(case: &Case, tally: &mut Tally) {
    for service in expected(case) {
        let Some(app) = service.app.as_deref() else { continue };
        let names = scope::our_names(app);
        if names.is_empty() {
            tally.leave_out(&format!("protocol outside the issue: {app}"));
            continue;
        }
        match find(case, service) {
            Some(one) if names.contains(&one.protocol.as_str()) => tally.hit(),
            Some(one) => {
                tally.miss(&title(&one.transport, &one.ip, one.port), app, &one.protocol, service.frame)
            }
            None => tally.lost(),
        }
    }
}

/// Product and version of a banner.
pub fn products(case: &Case, tally: &mut Tally) {
    for service in expected(case) {
        let Some(product) = service.product.as_deref() else { continue };
        let app = service.app.as_deref().unwrap_or("");
        if scope::our_names(app).is_empty() {
            tally.leave_out(&format!("protocol outside the issue: {app}"));
            continue;
        }
        let Some(one) = find(case, service) else {
            tally.lost();
            continue;
        };
        let version = service.version.as_deref().unwrap_or("");
        let (theirs, mine) = (plain(product), plain(&one.product));
        let same = !mine.is_empty() && (theirs.contains(&mine) || mine.contains(&theirs));
        if same && plain(&one.version).starts_with(&plain(version)) {
            tally.hit();
        } else {
            let have = format!("{} {}", one.product, one.version);
            let want = format!("{product} {version}");
            tally.miss(&title(&one.transport, &one.ip, one.port), &want, have.trim(), service.frame);
        }
    }
}
