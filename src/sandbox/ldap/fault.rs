//! A refused request: an LDAP result code with its reason.

use rasn_ldap::ResultCode;

/// What every operation of the directory returns.
pub type Outcome<T> = Result<T, Fault>;

/// A result other than success (RFC 4511 §4.1.9).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The result code.
    pub code: ResultCode,
    /// The deepest entry that exists above a name that does not.
    pub matched: String,
    /// The diagnostic message.
    pub message: String,
}

impl Fault {
    /// A result with a message.
    pub fn new(code: ResultCode, message: impl Into<String>) -> Self {
        Self {
            code,
            matched: String::new(),
            message: message.into(),
        }
    }
}
