//! Set-up without hands: settings and a personalization code that somebody put
//! beside the box (`setup.md` §4, `docs/setup.md`).
//!
//! All sources use the settings' own ids. When several are there, the one that
//! a person carried to the box goes first: **USB, then vApp properties, then
//! cloud-init**; a later one sets what an earlier one left. A source is taken when
//! its content is new: what a person sets afterwards stays over a restart.

mod cloud_init;
mod ovf;
mod take;
mod usb;

use std::io;
use std::path::Path;

use settings::{Change, REGISTRATION_CODE, item};
use wire::local::Secret;

pub use take::Waiting;

/// Longest source that is read, in bytes.
const MAX: u64 = 256 << 10;

/// Where it came from. The order is the precedence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// `stillwatch.toml` on a USB stick.
    Usb,
    /// vApp properties, by the guest's RPC or on a CD-ROM.
    Ovf,
    /// cloud-init's NoCloud on a volume `cidata`.
    CloudInit,
}

impl Origin {
    /// Key under which the store remembers what was taken.
    pub fn id(self) -> &'static str {
        match self {
            Origin::Usb => "usb",
            Origin::Ovf => "ovf",
            Origin::CloudInit => "cloud-init",
        }
    }

    /// In words, behind "in".
    pub fn words(self) -> &'static str {
        match self {
            Origin::Usb => "stillwatch.toml on the USB stick",
            Origin::Ovf => "the vApp properties",
            Origin::CloudInit => "cloud-init's user-data",
        }
    }
}

/// What a source says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Where.
    pub origin: Origin,
    /// The settings it names.
    pub changes: Vec<Change>,
    /// The code it names.
    pub code: Option<Secret>,
    /// CRC-32 of its content: tells whether it is new.
    pub crc: u32,
}

impl Found {
    fn new(origin: Origin, text: &str, all: Vec<Change>) -> Found {
        // An empty property is one that nobody filled in.
        let filled = all.into_iter().filter(|(_, value)| !value.trim().is_empty());
        let (codes, changes): (Vec<Change>, Vec<Change>) =
            filled.partition(|(id, _)| id == REGISTRATION_CODE);
        let code = codes.into_iter().next_back().map(|(_, code)| Secret(code));
        Found { origin, changes, code, crc: crc32fast::hash(text.as_bytes()) }
    }

    /// True when it holds a secret that does not wear off as the code does.
    pub fn keeps_secrets(&self) -> bool {
        let secret = |(id, _): &Change| item(id).is_some_and(|item| item.secret);
        self.origin != Origin::Usb && self.changes.iter().any(secret)
    }
}

/// What a mounted medium holds, of any origin; with those that cannot be read, in words.
pub fn in_folder(folder: &Path) -> (Vec<Found>, Vec<String>) {
    let (mut found, mut wrong) = (Vec::new(), Vec::new());
    for (name, origin) in
        [(usb::NAME, Origin::Usb), ("ovf-env.xml", Origin::Ovf), ("user-data", Origin::CloudInit)]
    {
        let text = match bounded(&folder.join(name)) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => {
                wrong.push(format!("{} cannot be read: {error}", origin.words()));
                continue;
            }
        };
        match read(origin, &text) {
            Ok(one) => found.push(one),
            Err(why) => wrong.push(format!("{} cannot be used: {why}", origin.words())),
        }
    }
    (found, wrong)
}

/// What removable media hold and the hypervisor tells; with what cannot be read, in
/// words. A USB file is wiped at once: it is in memory then.
pub fn in_machine() -> (Vec<Found>, Vec<String>) {
    let (mut found, mut wrong) = (Vec::new(), Vec::new());
    for device in sys::media::removable() {
        // A drive without a medium is no fault.
        let Ok((here, odd)) = sys::media::mounted(&device, false, in_folder) else { continue };
        if here.iter().any(|one| one.origin == Origin::Usb) {
            let wiped = sys::media::mounted(&device, true, wipe).and_then(|wiped| wiped);
            wrong.extend(wiped.err().map(|error| format!("{} stays: {error}", Origin::Usb.words())));
        }
        found.extend(here);
        wrong.extend(odd);
    }
    match sys::vmware::ask("info-get guestinfo.ovfEnv") {
        Ok(Some(text)) if !text.is_empty() => match read(Origin::Ovf, &text) {
            Ok(one) => found.push(one),
            Err(why) => wrong.push(format!("{} cannot be used: {why}", Origin::Ovf.words())),
        },
        Ok(_) => {}
        Err(error) => wrong.push(format!("the hypervisor does not answer: {error}")),
    }
    (found, wrong)
}

/// Reads the text of a source.
///
/// # Errors
/// In words, what is wrong with it.
pub fn read(origin: Origin, text: &str) -> Result<Found, String> {
    let all = match origin {
        Origin::Usb => crate::text::read(text)?,
        Origin::Ovf => ovf::read(text)?,
        Origin::CloudInit => cloud_init::read(text)?,
    };
    Ok(Found::new(origin, text, all))
}

/// Overwrites the file on a mounted stick and removes it, if it is there.
///
/// # Errors
/// What the system says: the stick may be read-only.
pub fn wipe(folder: &Path) -> io::Result<()> {
    usb::wipe(&folder.join(usb::NAME))
}

fn bounded(path: &Path) -> io::Result<String> {
    use std::io::Read;
    let file = std::fs::File::open(path)?;
    if file.metadata()?.len() > MAX {
        return Err(io::Error::other(format!("it has more than {MAX} bytes")));
    }
    let mut text = String::new();
    file.take(MAX).read_to_string(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_medium_is_read_whatever_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        put(
            "stillwatch.toml",
            "registration.code = '1'\n[network]\nmode = 'dhcp'\n[proxy]\npassword = 'hush'\n",
        );
        put("user-data", "#cloud-config\nstillwatch:\n  proxy:\n    user: u\n    password: hush\n");
        put("ovf-env.xml", "no xml");
        let (found, wrong) = in_folder(folder.path());
        assert_eq!(found.iter().map(|one| one.origin).collect::<Vec<_>>(), [Origin::Usb, Origin::CloudInit]);
        assert!(wrong[0].starts_with("the vApp properties cannot be used"), "{wrong:?}");
        assert_eq!(found[0].code, Some(Secret("1".into())));
        assert!(!found[0].keeps_secrets() && found[1].keeps_secrets());
        wipe(folder.path()).unwrap();
        assert_eq!(in_folder(folder.path()).0.len(), 1);
        wipe(folder.path()).unwrap();
    }
}
