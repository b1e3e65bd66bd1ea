//! What stands in blobs: a byte that names the format, then postcard. A format
//! that was released is never changed; another gets the next number.

use std::borrow::Cow;

use model::{Conversation, Interval, Port, Sighting, Time};
use serde::{Deserialize, Serialize};

const INTERVALS: u8 = 1;
const CONVERSATION: u8 = 1;

/// An interval without its sighting, which is the row's key.
#[derive(Serialize, Deserialize)]
struct Packed<'a> {
    #[serde(borrow)]
    field: Cow<'a, str>,
    port: Option<Port>,
    #[serde(borrow)]
    value: Cow<'a, str>,
    first: u64,
    last: u64,
    count: u64,
    frame: u64,
}

/// Intervals of one sighting.
pub fn intervals(all: &[Interval]) -> Vec<u8> {
    let packed: Vec<Packed<'_>> = all
        .iter()
        .map(|one| Packed {
            field: Cow::Borrowed(&one.field),
            port: one.port,
            value: Cow::Borrowed(&one.value),
            first: one.first.0,
            last: one.last.0,
            count: one.count,
            frame: one.frame,
        })
        .collect();
    write(INTERVALS, &packed)
}

/// Reads [`intervals`] back.
pub fn read_intervals(bytes: &[u8], sighting: Sighting) -> Result<Vec<Interval>, String> {
    let packed: Vec<Packed<'_>> = read(INTERVALS, bytes)?;
    Ok(packed
        .into_iter()
        .map(|one| Interval {
            sighting,
            field: Cow::Owned(one.field.into_owned()),
            port: one.port,
            value: one.value.into_owned(),
            first: Time(one.first),
            last: Time(one.last),
            count: one.count,
            frame: one.frame,
        })
        .collect())
}

/// A conversation.
pub fn conversation(one: &Conversation) -> Vec<u8> {
    write(CONVERSATION, one)
}

/// Reads [`conversation`] back.
pub fn read_conversation(bytes: &[u8]) -> Result<Conversation, String> {
    read(CONVERSATION, bytes)
}

fn write<T: Serialize>(format: u8, value: &T) -> Vec<u8> {
    // Plain data into memory: postcard's only errors are of full buffers and of
    // sequences without a length, of which there are none.
    postcard::to_extend(value, vec![format]).unwrap_or_default()
}

fn read<'a, T: Deserialize<'a>>(known: u8, bytes: &'a [u8]) -> Result<T, String> {
    let (format, body) = bytes.split_first().ok_or("it is empty")?;
    if *format != known {
        return Err(format!("its format is {format}, this version knows {known}"));
    }
    match postcard::take_from_bytes(body) {
        Ok((value, [])) => Ok(value),
        Ok((_, rest)) => Err(format!("{} bytes stand behind its end", rest.len())),
        Err(error) => Err(format!("its bytes are damaged: {error}")),
    }
}
