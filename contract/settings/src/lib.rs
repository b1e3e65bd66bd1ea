//! What can be set on an appliance (`setup.md` §1): one file per setting.
#![no_std]
extern crate alloc;
