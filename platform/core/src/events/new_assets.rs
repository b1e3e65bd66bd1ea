//! Assets that were not there before, told by the inventory.

use std::sync::Arc;

use store::Store;

use super::{Book, Raise, kind};
use crate::clock::Clock;
use crate::engine::NewAsset;
use crate::views::Severity;

/// New assets that are told one by one; more at a time are told together.
const ONE_BY_ONE: usize = 8;

/// What the inventory calls with new assets. It holds no platform: if the last
/// one ended on the inventory's own thread, that thread would wait for itself.
pub(crate) fn announce(
    book: Arc<Book>,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
) -> impl Fn(Vec<NewAsset>) + Send + Sync {
    move |news| {
        if let Err(error) = book.raise(&*store, clock.now(), raises(&news)) {
            tracing::error!(%error, "new assets are not among the events");
        }
    }
}

fn raises(news: &[NewAsset]) -> Vec<Raise> {
    let words = |one: &NewAsset| match one.kind.as_str() {
        "unknown" => format!("New: {} in {}", one.name, one.network),
        kind => format!("New: {} ({kind}) in {}", one.name, one.network),
    };
    let raise = |words| Raise::new(kind::NEW_ASSET, Severity::Info, words);
    if news.len() <= ONE_BY_ONE {
        return news.iter().map(|one| Raise { asset: one.id.clone(), ..raise(words(one)) }).collect();
    }
    let names: Vec<&str> = news.iter().take(3).map(|one| one.name.as_str()).collect();
    let words = format!("{} new assets, among them {}", news.len(), names.join(", "));
    vec![Raise { subject: "many".into(), ..raise(words) }]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_are_told_apart_and_many_together() {
        let new = |n: usize| NewAsset {
            id: n.to_string(),
            name: format!("pc {n}"),
            kind: "computer".into(),
            network: "lab".into(),
        };
        let few = raises(&(0..8).map(new).collect::<Vec<_>>());
        assert_eq!((few.len(), few[7].asset.as_str()), (8, "7"));
        let many = raises(&(0..9).map(new).collect::<Vec<_>>());
        assert_eq!(many.len(), 1);
        assert!(many[0].words.starts_with("9 new assets, among them pc 0, pc 1"), "{}", many[0].words);
    }
}
