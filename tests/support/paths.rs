//! Where the test material is, and where it is kept between runs.

use std::path::{Path, PathBuf};

/// A path below the package's root.
pub fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The folder for what is worth keeping between runs (`target/rig`): installed servers, generated organisations.
pub fn cache() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("rig")
}
