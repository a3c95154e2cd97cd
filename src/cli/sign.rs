//! `usher approve --plan FILE --sign KEY`: signs a plan file with `ssh-keygen`.

use std::{io::ErrorKind, path::Path, process::Command};

use color_eyre::eyre::{Result, bail, eyre};

use super::{
    DONE, Global,
    output::{self, say},
    planfile,
};
use crate::engine::planfile::NAMESPACE;

/// Signs a plan file that is whole; the signature is put beside it. The key's passphrase is asked by `ssh-keygen`.
pub(super) fn sign(global: &Global, plan: &Path, key: &Path) -> Result<u8> {
    let file = planfile::open(plan)?;
    let signature = planfile::signature_path(plan);
    planfile::must_be_free(&signature, "move it away to sign again")?;
    let mut command = Command::new("ssh-keygen");
    command
        .args(["-Y", "sign", "-q", "-n", NAMESPACE, "-f"])
        .arg(key)
        .arg(plan);
    let status = command.status().map_err(|error| {
        if error.kind() == ErrorKind::NotFound {
            eyre!("`ssh-keygen` is not installed: install the OpenSSH client, or sign elsewhere")
        } else {
            eyre!("`ssh-keygen` cannot be started: {error}")
        }
    })?;
    if !status.success() {
        bail!("`ssh-keygen` has not signed {}: see what it said", plan.display());
    }
    if global.json {
        output::json(&serde_json::json!({
            "signature": signature, "plan": file.head.plan, "operations": file.operations.len(),
        }))?;
    } else {
        say!(
            "{} operations approved by {}",
            file.operations.len(),
            signature.display()
        );
    }
    Ok(DONE)
}
