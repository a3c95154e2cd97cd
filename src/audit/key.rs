//! The key that signs checkpoints: Ed25519 (RFC 8032), made when it is first needed, in a file beside the store.
//!
//! Both halves are PEM as OpenSSL reads it: the private one PKCS #8 (RFC 8410), readable by its owner alone; the
//! public one beside it, to be given to whoever verifies. The key is never in the database: who can rewrite the
//! database alone cannot sign what was rewritten.

use std::{
    ffi::OsString,
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use aws_lc_rs::{
    digest,
    signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey},
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD},
};
use secrecy::{ExposeSecret as _, SecretString};

/// What comes before the 32 octets of an Ed25519 key in its `SubjectPublicKeyInfo` (RFC 8410 section 4).
const SPKI: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];
/// What comes before the 32 octets of the seed in PKCS #8 (RFC 8410 section 7).
const PKCS8: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];
/// Octets of either half.
const LENGTH: usize = 32;

/// Why a key cannot be used. Each message says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read or made.
    #[error("the audit's key {path} cannot be {what}: {reason}")]
    File {
        /// The file.
        path: String,
        /// What was tried.
        what: &'static str,
        /// Why not.
        reason: String,
    },
    /// It is no key of this kind.
    #[error(
        "{0} is no Ed25519 key in PEM: put back a copy of it, or move it away and a new key is made, which \
         `audit verify` will tell from this one"
    )]
    Form(String),
    /// The key does not sign.
    #[error("the audit's key does not sign: check its file, or put back a copy of it")]
    Signing,
    /// The system gave no randomness.
    #[error("the operating system gives no random bytes for the audit's key: try again")]
    Randomness,
}

/// The public half, which checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey([u8; LENGTH]);

impl PublicKey {
    /// Reads the base64 of its 32 octets.
    pub(super) fn from_base64(text: &str) -> Option<Self> {
        Some(Self(STANDARD.decode(text).ok()?.try_into().ok()?))
    }

    /// Returns its 32 octets in base64.
    pub(super) fn to_base64(&self) -> String {
        STANDARD.encode(self.0)
    }

    /// Reads a PEM file's text.
    pub fn from_pem(text: &str) -> Option<Self> {
        let octets = unwrap_pem(text, "PUBLIC KEY")?;
        Some(Self(octets.strip_prefix(&SPKI)?.try_into().ok()?))
    }

    /// Renders it as a PEM file.
    pub fn to_pem(&self) -> String {
        pem("PUBLIC KEY", &STANDARD.encode([&SPKI[..], &self.0].concat()))
    }

    /// Returns what tells it from others: `SHA256:` and the base64 of the digest of its `SubjectPublicKeyInfo`.
    pub fn fingerprint(&self) -> String {
        let digest = digest::digest(&digest::SHA256, &[&SPKI[..], &self.0].concat());
        format!("SHA256:{}", STANDARD_NO_PAD.encode(digest))
    }

    /// Reports whether a signature (base64) is this key's, of this message.
    pub(super) fn verifies(&self, message: &str, signature: &str) -> bool {
        STANDARD.decode(signature).is_ok_and(|signature| {
            UnparsedPublicKey::new(&ED25519, &self.0)
                .verify(message.as_bytes(), &signature)
                .is_ok()
        })
    }
}

/// Both halves, which sign.
pub struct SigningKey {
    pair: Ed25519KeyPair,
    public: PublicKey,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({})", self.public.fingerprint())
    }
}

impl SigningKey {
    /// Makes a new one.
    pub fn generate() -> Result<Self, KeyError> {
        let pair = Ed25519KeyPair::generate().map_err(|_| KeyError::Randomness)?;
        Self::of(pair).ok_or(KeyError::Randomness)
    }

    fn of(pair: Ed25519KeyPair) -> Option<Self> {
        let public = PublicKey(pair.public_key().as_ref().try_into().ok()?);
        Some(Self { pair, public })
    }

    fn from_pem(text: &str) -> Option<Self> {
        let octets = unwrap_pem(text, "PRIVATE KEY")?;
        Self::of(Ed25519KeyPair::from_seed_unchecked(octets.strip_prefix(&PKCS8)?).ok()?)
    }

    fn to_pem(&self) -> Option<SecretString> {
        let octets = self.pair.to_pkcs8v1().ok()?;
        Some(pem("PRIVATE KEY", &STANDARD.encode(octets.as_ref())).into())
    }

    /// Returns the public half.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Signs a message; base64.
    pub(super) fn sign(&self, message: &str) -> Result<String, KeyError> {
        let signature = self.pair.try_sign(message.as_bytes());
        Ok(STANDARD.encode(signature.map_err(|_| KeyError::Signing)?))
    }
}

/// Where the key is kept. It is read, or made, when something is to be signed.
#[derive(Debug)]
pub struct KeyFile {
    path: PathBuf,
    known: Mutex<Option<Arc<SigningKey>>>,
}

impl KeyFile {
    /// Names the key of a store.
    pub fn beside(store: &Path) -> Self {
        Self {
            path: with(store, "-audit-key"),
            known: Mutex::default(),
        }
    }

    /// Returns the public half, if a key was made before.
    pub fn public(&self) -> Result<Option<PublicKey>, KeyError> {
        let path = with(&self.path, ".pub");
        match fs::read_to_string(&path) {
            Ok(text) => PublicKey::from_pem(&text)
                .map(Some)
                .ok_or_else(|| KeyError::Form(path.display().to_string())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(&path, "read", &error)),
        }
    }

    /// Returns the key; makes it if there is none.
    pub fn signing(&self) -> Result<Arc<SigningKey>, KeyError> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = &*known {
            return Ok(key.clone());
        }
        let key = match self.read()? {
            Some(key) => key,
            None => self.make()?,
        };
        let public = with(&self.path, ".pub");
        let text = key.public.to_pem();
        if fs::read_to_string(&public).is_ok_and(|there| there == text) {
            return Ok(known.insert(Arc::new(key)).clone());
        }
        // in one step: whoever verifies meanwhile must not find half of it
        let write = || {
            let mut file = tempfile::NamedTempFile::new_in(self.folder())?;
            file.write_all(text.as_bytes())?;
            file.persist(&public).map_err(|error| error.error)
        };
        write().map_err(|error| failed(&public, "written", &error))?;
        Ok(known.insert(Arc::new(key)).clone())
    }

    fn read(&self) -> Result<Option<SigningKey>, KeyError> {
        let text = match fs::read_to_string(&self.path) {
            Ok(text) => SecretString::from(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(&self.path, "read", &error)),
        };
        make_private(&self.path).map_err(|error| failed(&self.path, "made private", &error))?;
        SigningKey::from_pem(text.expose_secret())
            .map(Some)
            .ok_or_else(|| KeyError::Form(self.path.display().to_string()))
    }

    fn folder(&self) -> &Path {
        match self.path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        }
    }

    fn make(&self) -> Result<SigningKey, KeyError> {
        let key = SigningKey::generate()?;
        let text = key.to_pem().ok_or(KeyError::Randomness)?;
        // a temporary file is its owner's alone from the start; of two who make a key at once the first one's stays
        let write = || {
            let mut file = tempfile::NamedTempFile::new_in(self.folder())?;
            file.write_all(text.expose_secret().as_bytes())?;
            file.as_file().sync_all()?;
            match file.persist_noclobber(&self.path) {
                Ok(_) => Ok(true),
                Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
                Err(error) => Err(error.error),
            }
        };
        if write().map_err(|error| failed(&self.path, "made", &error))? {
            return Ok(key);
        }
        self.read()?
            .ok_or_else(|| KeyError::Form(self.path.display().to_string()))
    }
}

fn failed(path: &Path, what: &'static str, error: &io::Error) -> KeyError {
    KeyError::File {
        path: path.display().to_string(),
        what,
        reason: error.to_string(),
    }
}

fn with(path: &Path, suffix: &str) -> PathBuf {
    let mut name: OsString = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Takes a key that a copy made readable for others back to its owner.
fn make_private(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        if fs::metadata(path)?.permissions().mode() & 0o077 != 0 {
            fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
        }
    }
    Ok(())
}

/// Frames base64 of at most 64 characters, which is what both halves have.
fn pem(label: &str, base64: &str) -> String {
    format!("-----BEGIN {label}-----\n{base64}\n-----END {label}-----\n")
}

fn unwrap_pem(text: &str, label: &str) -> Option<Vec<u8>> {
    let inner = text
        .trim()
        .strip_prefix(&format!("-----BEGIN {label}-----"))?
        .strip_suffix(&format!("-----END {label}-----"))?;
    let compact: String = inner.split_ascii_whitespace().collect();
    STANDARD.decode(compact).ok()
}
