//! Assets that were not there before, told by the inventory.

use std::collections::BTreeMap;
use std::sync::Arc;

use store::Store;

use super::{Book, Raise, kind};
use crate::clock::Clock;
use crate::engine::NewAsset;
use crate::views::Severity;

/// More than so many at once are told in one event for each network: a range was
/// just configured, or a sensor just came.
const APART: usize = 20;

/// What the inventory calls. It holds no platform: the inventory's thread must
/// not be the last to have one.
pub(crate) fn tell_new(
    book: Arc<Book>,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
) -> impl Fn(Vec<NewAsset>) + Send + Sync {
    move |new| {
        if let Err(error) = book.raise(&*store, clock.now(), raises(new)) {
            tracing::error!(%error, "new assets could not be told");
        }
    }
}

fn raises(new: Vec<NewAsset>) -> Vec<Raise> {
    if new.len() <= APART {
        let one = |asset: NewAsset| Raise {
            words: format!("{} ({}) is new in {}.", asset.name, asset.kind, asset.network),
            asset: asset.id,
            ..Raise::new(kind::NEW_ASSET, Severity::Info, String::new())
        };
        return new.into_iter().map(one).collect();
    }
    let mut by_network: BTreeMap<String, u64> = BTreeMap::new();
    for asset in new {
        *by_network.entry(asset.network).or_default() += 1;
    }
    let many = |(network, count)| Raise {
        words: format!(
            "{count} new assets at once in {network}: the inventory lists them by when they were found."
        ),
        subject: network,
        ..Raise::new(kind::NEW_ASSET, Severity::Info, String::new())
    };
    by_network.into_iter().map(many).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(count: usize) -> Vec<NewAsset> {
        let one = |n: usize| NewAsset {
            id: n.to_string(),
            name: format!("pc {n}"),
            kind: "computer".into(),
            network: if n == 0 { "lab".into() } else { "default".into() },
        };
        (0..count).map(one).collect()
    }

    #[test]
    fn a_few_are_told_apart_and_many_together() {
        assert_eq!(raises(new(20)).len(), 20);
        let many = raises(new(21));
        assert_eq!(many.len(), 2);
        assert!(many[0].words.starts_with("20 new assets"), "{}", many[0].words);
    }
}
