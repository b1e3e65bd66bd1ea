//! The spool: reports on disk until the platform has them (`setup.md` §5,
//! `docs/uplink.md`).
//!
//! A bounded segment log. What [`Spool::append`] took is numbered; what
//! [`Spool::sync`] confirmed survives a cut at any byte; what had to be dropped
//! is delivered as an explicit [`wire::Gap`] in its place. A batch is handed out
//! only when it is on disk, so a number never means two things.
//!
//! ```
//! use model::Time;
//! use spool::{Folder, Limits, Spool};
//!
//! let dir = std::env::temp_dir().join(format!("spool-{}", std::process::id()));
//! // 16 random bytes: the epoch, if the spool is new.
//! let (mut spool, _) = Spool::open(Folder::open(&dir)?, Limits::default(), [7; 16])?;
//! assert_eq!(spool.append(b"what was heard", Time::new(1, 0))?, 1);
//! let item = spool.peek()?.expect("one waits");
//! assert_eq!((item.first, item.last, &item.content[..]), (1, 1, &b"what was heard"[..]));
//! spool.ack(1)?;
//! assert!(spool.peek()?.is_none());
//! # std::fs::remove_dir_all(&dir).ok();
//! # Ok::<(), spool::SpoolError>(())
//! ```
mod disk;
mod error;
mod limits;
pub mod memory;
mod open;
mod read;
mod record;
mod segment;
mod spool;
mod state;

pub use disk::{Disk, Folder};
pub use error::{Fault, SpoolError};
pub use limits::Limits;
pub use open::Opened;
pub use read::Item;
pub use spool::Spool;
