//! The operator's own certificate, from files.

use anyhow::Context;
use platform_core::Identity;

use crate::options::CertificateFiles;

/// A listener's identity, and the authorities (DER) that stand behind it.
pub(crate) fn read(files: &CertificateFiles) -> anyhow::Result<(Identity, Vec<Vec<u8>>)> {
    let bytes = |path: &std::path::Path| {
        std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
    };
    let identity = Identity::from_pem(&bytes(&files.certificate)?, &bytes(&files.key)?)
        .with_context(|| format!("{} with {}", files.certificate.display(), files.key.display()))?;
    let authorities = match &files.authority {
        Some(path) => {
            let text = bytes(path)?;
            let read = Identity::certificates(&text).with_context(|| path.display().to_string())?;
            anyhow::ensure!(!read.is_empty(), "{} holds no certificate", path.display());
            read
        }
        // The last that is given: its issuer, or itself.
        None => identity.chain.last().cloned().into_iter().collect(),
    };
    Ok((identity, authorities))
}
