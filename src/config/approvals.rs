//! `[approvals]`: whose approvals count beside those given in usher.

use std::path::{Path, PathBuf};

use super::table::Fields;

/// Reads `[approvals]`; relative paths start from `folder`.
pub(super) fn read(root: &mut Fields<'_, '_, '_>, folder: &Path) -> Option<PathBuf> {
    let mut table = root.table("approvals")?;
    let signers = table
        .text("allowed_signers")
        .map(|path| folder.join(path.into_inner()));
    table.finish();
    signers
}
