//! Lists as observation values: `1,3,6`.

use core::fmt::{Display, Write};

use model::MAX_VALUE;

use crate::Text;

/// Appends `item` and a comma before it when there is something already, but
/// only if it fits whole: a number cut short would be another number.
pub fn push_item(list: &mut Text, item: impl Display) {
    let item = Text::of(format_args!("{item}"));
    let comma = usize::from(!list.is_empty());
    if list.len() + comma + item.len() <= MAX_VALUE {
        let _ = write!(list, "{}{}", if comma == 1 { "," } else { "" }, &*item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_hold_whole_items() {
        let mut list = Text::new();
        (0..200).for_each(|_| push_item(&mut list, 255));
        assert!(list.ends_with(",255") && list.len() == 255);
    }
}
