//! Keys and signatures, in minisign's form: whoever has `minisign` can make and check all of them.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use bundle::{EXPIRES, Front, SUMS, date};
use minisign::{KeyPair, PublicKey, SecretKey, SecretKeyBox, SignatureBox};
use model::Time;
use sha2::{Digest, Sha256};
use update::read_keys;

use crate::bundles;
use crate::seed::hex;

/// The signature of a folder's list of sums.
pub const SUMS_SIGNATURE: &str = "SHA256SUMS.minisig";

/// A key pair in `folder`, named after its id: `NAME.pub`, and `NAME.key`, which only its owner can
/// read. With `password`, one is asked for at the terminal. Gives both paths.
///
/// # Errors
/// A file cannot be written; the two passwords differ.
pub fn make_keys(folder: &Path, password: bool) -> Result<[PathBuf; 2]> {
    let pair = match password {
        true => KeyPair::generate_encrypted_keypair(None),
        false => KeyPair::generate_unencrypted_keypair(),
    }
    .context("making a key pair")?;
    let id: String = pair.pk.keynum().iter().rev().map(|byte| format!("{byte:02X}")).collect();
    fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    let path = |end: &str| folder.join(format!("stillwatch-{id}.{end}"));
    let (public, secret) = (path("pub"), path("key"));
    let comment = format!("Stillwatch update key {id}, secret: keep it off-line");
    write_new(&secret, 0o600, &pair.sk.to_box(Some(&comment))?.to_bytes())?;
    write_new(&public, 0o644, &pair.pk.to_box()?.to_bytes())?;
    Ok([public, secret])
}

fn write_new(path: &Path, mode: u32, bytes: &[u8]) -> Result<()> {
    let mut options = fs::OpenOptions::new();
    let file = options.write(true).create_new(true).mode(mode).open(path);
    let write = || file.and_then(|mut file| file.write_all(bytes));
    write().with_context(|| format!("writing {}", path.display()))
}

/// The public keys of a folder, at most two, as an image holds them: name, bytes.
///
/// # Errors
/// There is none, there are more, or one is no key.
pub fn public_keys(folder: &Path) -> Result<Vec<(String, Vec<u8>)>> {
    let (found, passed) = read_keys(folder);
    if let Some(words) = passed.first() {
        bail!("{}: {words}", folder.display());
    }
    if found.is_empty() {
        bail!("there is no *.pub in {}: make keys with cargo xtask image keys --out DIR", folder.display());
    }
    let mut out = Vec::new();
    for item in fs::read_dir(folder)? {
        let path = item?.path();
        if path.extension().is_some_and(|end| end == "pub") {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let plain = |c: char| c.is_ascii_alphanumeric() || ".-_".contains(c);
            if !name.chars().all(plain) || name.starts_with('.') {
                bail!("{name:?}: name the key with letters, digits, dots and dashes");
            }
            out.push((name, fs::read(&path)?));
        }
    }
    out.sort();
    debug_assert!(out.len() <= bundle::MOST_KEYS);
    Ok(out)
}

/// A secret key from its file; asks for the password at the terminal, if it has one.
///
/// # Errors
/// It cannot be read, is no key, or the password is wrong.
pub fn secret_key(path: &Path) -> Result<SecretKey> {
    let text = fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    let open = || -> Result<SecretKey, minisign::PError> {
        let plain = SecretKeyBox::from_string(&text)?.into_unencrypted_secret_key();
        // One with a password says that it might have one.
        plain.or_else(|error| match error.to_string().contains("encrypted") {
            true => SecretKeyBox::from_string(&text)?.into_secret_key(None),
            false => Err(error),
        })
    };
    open().with_context(|| {
        format!(
            "{} is no secret key of minisign that can be used here (those of minisign -W have no check sum: sign \
             with minisign -S, and put it on with --signature)",
            path.display()
        )
    })
}

/// The end of a signature's time: `2027-11-27`, or `2027-11-27T12:00:00Z`.
///
/// # Errors
/// It is none, or is over at `now`.
pub fn expiry(text: &str, now: Time) -> Result<Time> {
    let whole = if text.contains('T') { text.to_owned() } else { format!("{text}T00:00:00Z") };
    let time = date::read(&whole)
        .with_context(|| format!("{text:?} is no date: write 2027-11-27 or 2027-11-27T12:00:00Z"))?;
    if time <= now {
        bail!("{text} is over: every appliance would refuse what is signed until then");
    }
    Ok(time)
}

/// Signs the bundles of a folder and its list of sums, whose lines then are those of the signed
/// bundles; or one bundle, with its line in the list beside it. Gives the files that were written.
///
/// # Errors
/// There is nothing to sign; a file cannot be read or written, or has two signatures.
pub fn sign(path: &Path, key: &SecretKey, expires: Time) -> Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return put(path, |front| statement(path, front, key, expires));
    }
    let sums = path.join(SUMS);
    let mut out = Vec::new();
    for name in list(&sums)?.into_keys().filter(|name| name.ends_with(bundles::END)) {
        let file = path.join(name);
        put(&file, |front| statement(&file, front, key, expires))?;
        out.push(file);
    }
    // Read again: signed bundles have other sums.
    let list = fs::read(&sums).with_context(|| format!("reading {}", sums.display()))?;
    let signature = signature(key, &list, &format!("file:{SUMS}"))?;
    let file = path.join(SUMS_SIGNATURE);
    replace(&file, &signature.to_string().into_bytes())?;
    out.extend([sums, file]);
    Ok(out)
}

/// The sums of a list, by name.
pub(crate) fn list(path: &Path) -> Result<BTreeMap<String, String>> {
    let bytes = fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    bundle::sums(&bytes).map_err(|why| anyhow!("{}: {why}", path.display()))
}

/// Puts a signature of the `minisign` command on a bundle: for keys that never meet this machine.
/// Gives the files that were written.
///
/// # Errors
/// It is none; what [`sign`] says.
pub fn put_by_hand(path: &Path, signature: &Path) -> Result<Vec<PathBuf>> {
    let text = fs::read_to_string(signature).with_context(|| format!("reading {}", signature.display()))?;
    let made = SignatureBox::from_string(&text);
    let made = made.with_context(|| format!("{} is no signature of minisign", signature.display()))?;
    put(path, |_| Ok(made))
}

/// Puts the signature that `make` makes of what is in front of a bundle on it.
fn put(path: &Path, make: impl FnOnce(&Front) -> Result<SignatureBox>) -> Result<Vec<PathBuf>> {
    let what = || format!("signing {}", path.display());
    let bytes = fs::read(path).with_context(what)?;
    let (front, _) = bundles::split(&bytes).with_context(what)?;
    let signed = bundles::attach(&bytes, &make(&front).with_context(what)?).with_context(what)?;
    replace(path, &signed)?;
    let sums = path.with_file_name(SUMS);
    let [old, new] = [&bytes, &signed].map(|bytes| hex(&Sha256::digest(bytes)));
    match fs::read_to_string(&sums) {
        Ok(list) if list.contains(&old) => {
            replace(&sums, list.replace(&old, &new).as_bytes())?;
            Ok(vec![path.into(), sums])
        }
        _ => Ok(vec![path.into()]),
    }
}

fn statement(path: &Path, front: &Front, key: &SecretKey, expires: Time) -> Result<SignatureBox> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    signature(key, &front.manifest, &format!("{EXPIRES}{} file:{name}", date::write(expires)))
}

fn signature(key: &SecretKey, bytes: &[u8], statement: &str) -> Result<SignatureBox> {
    let public = PublicKey::from_secret_key(key)?;
    Ok(minisign::sign(Some(&public), key, bytes, Some(statement), Some("signature of a Stillwatch key"))?)
}

/// Never half of it: the old file or the new one.
fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let write = || fs::write(&name, bytes).and_then(|()| fs::rename(&name, path));
    write().with_context(|| format!("writing {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_made_once_and_its_secret_half_is_its_owner_s() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let [public, secret] = make_keys(folder.path(), false).unwrap();
        assert_eq!(fs::metadata(&secret).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(secret_key(&secret).is_ok());
        assert!(secret_key(&public).unwrap_err().to_string().contains("is no secret key"));
        let keys = public_keys(folder.path()).unwrap();
        assert_eq!(
            keys,
            [(public.file_name().unwrap().to_str().unwrap().into(), fs::read(&public).unwrap())]
        );
        make_keys(folder.path(), false).unwrap();
        assert_eq!(public_keys(folder.path()).unwrap().len(), 2);
        make_keys(folder.path(), false).unwrap();
        assert!(public_keys(folder.path()).unwrap_err().to_string().contains("there are 2 keys already"));
        let empty = tempfile::tempdir().unwrap();
        assert!(public_keys(empty.path()).unwrap_err().to_string().contains("there is no *.pub"));
    }

    #[test]
    fn dates() {
        let now = Time::new(1_795_737_600, 0);
        assert_eq!(expiry("2027-11-27", now).unwrap(), date::read("2027-11-27T00:00:00Z").unwrap());
        assert!(expiry("2026-01-01", now).unwrap_err().to_string().contains("is over"));
        assert!(expiry("27.11.2027", now).unwrap_err().to_string().contains("is no date"));
    }
}
