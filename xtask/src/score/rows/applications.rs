//! The protocol of each conversation, where it is one of the issue's.

use std::collections::BTreeMap;

use crate::score::case::Case;
use crate::score::expected::Flow;
use crate::score::ours::Talk;
use crate::score::scope;
use crate::score::tally::Tally;

/// Counts the conversations whose protocol the decoder names.
pub fn score(case: &Case, tally: &mut Tally) {
    let mut groups: BTreeMap<(&str, &str, u16, &str), Vec<&Flow>> = BTreeMap::new();
    for flow in case.expected.flows.iter().filter(|flow| !scope::hidden(flow)) {
        groups.entry((&flow.client, &flow.server, flow.port, &flow.transport)).or_default().push(flow);
    }
    for flows in groups.values() {
        let named: Vec<&&Flow> = flows.iter().filter(|flow| !flow.apps.is_empty()).collect();
        let Some(flow) = named.iter().find(|flow| in_scope(flow)).copied().or(named.first().copied()) else {
            continue;
        };
        if !in_scope(flow) {
            tally.leave_out(&format!("protocol outside the issue: {}", flow.apps[0]));
            continue;
        }
        let Some(talk) = case.ours.talks.iter().find(|talk| is_of(talk, flow)) else {
            tally.lost();
            continue;
        };
        let names: Vec<&str> =
            named.iter().flat_map(|flow| &flow.apps).flat_map(|app| scope::our_names(app)).copied().collect();
        if names.contains(&talk.protocol.as_str())
            || names.contains(&talk.application.to_lowercase().as_str())
        {
            tally.hit();
            continue;
        }
        let second = flow.ndpi.as_deref().is_some_and(|ndpi| {
            !talk.protocol.is_empty() && ndpi.split('.').any(|part| part == talk.protocol)
        });
        let subject = format!("{} {} > {} {}", talk.transport, talk.client, talk.server, talk.port);
        if second {
            tally.leave_out("the two other readers disagree, and one is with us");
        } else {
            tally.miss(
                &subject,
                flow.apps.get(1..).filter(|chain| !chain.is_empty()).unwrap_or(&flow.apps).join(":").as_str(),
                &talk.protocol,
                flow.frame,
            );
        }
    }
}

/// The protocol itself, or what carries it (`http:ocsp`), is of the issue.
/// QUIC carries TLS too, and is not.
fn in_scope(flow: &Flow) -> bool {
    flow.apps.iter().take(2).any(|app| !scope::our_names(app).is_empty()) && flow.apps[0] != "quic"
}

fn is_of(talk: &Talk, flow: &Flow) -> bool {
    let ends = (talk.client.as_str(), talk.server.as_str(), talk.port);
    talk.transport == flow.transport
        && (ends == (flow.client.as_str(), flow.server.as_str(), flow.port)
            || (flow.direction != "syn" && ends == (flow.server.as_str(), flow.client.as_str(), flow.cport)))
}
