//! What can go wrong between usher and a directory, in words.

use ldap3::{LdapError, LdapResult};

use super::{super::WriteError, active_directory::codes};

/// Why a request has no good answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Failure {
    /// Nothing was sent: no connection could be had.
    #[error("{0}")]
    Unreachable(String),
    /// The server does not accept who we say we are.
    #[error("{0}")]
    Credentials(String),
    /// It was sent and the answer did not come.
    #[error("{0}")]
    Lost(String),
    /// The same: the server was waited for in vain as long as it may take.
    #[error("{0}")]
    Silent(String),
    /// The request cannot be sent as it is.
    #[error("{0}")]
    Unsendable(String),
}

impl Failure {
    /// Tells a library error during an operation apart.
    pub(super) fn during(error: &LdapError, seconds: u64) -> Self {
        match error {
            LdapError::OpSend { .. } | LdapError::IdScrubSend { .. } | LdapError::MiscSend { .. } => {
                Self::Unreachable("the connection was closed by the server: try again".to_owned())
            }
            LdapError::Timeout { .. } => Self::Silent(format!("no answer within {seconds} seconds")),
            LdapError::FilterParsing | LdapError::AddNoValues => Self::Unsendable(error.to_string()),
            _ => Self::Lost("the connection was lost before the answer came".to_owned()),
        }
    }

    /// Takes the failure of a request that only reads: nothing was written.
    pub(super) fn reading(self) -> WriteError {
        match self {
            Self::Unreachable(message) | Self::Lost(message) | Self::Silent(message) => WriteError::Busy {
                message,
                retry_after: None,
            },
            Self::Credentials(message) => WriteError::Credentials(message),
            Self::Unsendable(message) => WriteError::Refused(message),
        }
    }

    /// Takes the failure of a request that writes: a lost answer leaves it open.
    pub(super) fn writing(self, what: &str) -> WriteError {
        match self {
            Self::Lost(message) | Self::Silent(message) => {
                WriteError::Unknown(format!("{what}: {message}; it is looked up before anything else"))
            }
            other => other.reading(),
        }
    }
}

/// Says what a result code other than success means for a write; `what` is what was tried (`creating cn=a,…`).
pub(super) fn refused(what: &str, result: &LdapResult) -> WriteError {
    let said = said(result);
    // what the text says in numbers is nearer to the cause than the code
    let decoded = codes::refusal(&result.text);
    let refuse = |why: &str| WriteError::Refused(format!("{what}: {}{said}", decoded.unwrap_or(why)));
    match result.rc {
        3 | 51 | 52 => WriteError::Busy {
            message: format!("{what}: the server is busy{said}"),
            retry_after: None,
        },
        122 => WriteError::Conflict(format!(
            "{what}: the object was changed since it was read{said}: plan again"
        )),
        // whom it refers to may have been moved a moment ago
        _ if decoded.is_some_and(|means| means == codes::NOT_THERE) => {
            WriteError::Conflict(format!("{what}: {}{said}", decoded.unwrap_or_default()))
        }
        19 | 68 if decoded.is_some_and(|means| means.ends_with("choose another")) => {
            WriteError::Conflict(format!("{what}: {}{said}", decoded.unwrap_or_default()))
        }
        68 => WriteError::Conflict(format!(
            "{what}: an object with that name exists already{said}: link it, or choose another name"
        )),
        19 if result.text.contains("unique") => WriteError::Conflict(format!(
            "{what}: another object has one of the values{said}: find it and plan again"
        )),
        8 | 13 => refuse("the server wants an encrypted connection: use ldaps:// or start_tls = true"),
        10 => WriteError::Refused(format!(
            "{what}: this server does not take writes; write to {}",
            if result.refs.is_empty() {
                "its provider".to_owned()
            } else {
                result.refs.join(" or ")
            }
        )),
        11 => refuse("a limit of the server is exceeded: ask its administrator"),
        16 => refuse("the attribute or value to remove is not there"),
        17 => refuse("the server does not know one of the attributes: correct the mapping"),
        19 => refuse("a rule of the server forbids one of the values"),
        20 => refuse("the value is there already"),
        21 | 34 => refuse("a value does not have the form its attribute demands: correct the mapping"),
        32 => WriteError::Refused(match result.matched.as_str() {
            "" => format!("{what}: there is no such object or container{said}: create the container first"),
            matched => format!(
                "{what}: there is nothing below {matched} on the way to it{said}: create the container first"
            ),
        }),
        50 => refuse("usher's account may not do that: grant it the right"),
        53 => refuse("the server is unwilling (read-only, or a password or other rule)"),
        64 => refuse("the name does not fit the object"),
        65 => refuse("the object's classes demand or forbid one of the attributes: correct class or mapping"),
        66 => refuse("there are objects below it: remove or move them first"),
        67 => refuse("the naming attribute can only be changed by renaming"),
        69 => refuse("the object class cannot be changed"),
        71 => refuse("it would cross from one server to another"),
        80 => refuse(
            "the server has an internal error: its disk may be full, or a name longer than its database allows (OpenLDAP: about 500 octets in one part)",
        ),
        49 => WriteError::Credentials(format!(
            "{what}: the server no longer accepts our credentials{said}"
        )),
        rc => refuse(&format!("result code {rc}")),
    }
}

/// What the server said, in parentheses, if anything.
pub(super) fn said(result: &LdapResult) -> String {
    match result.text.trim_matches(['\0', ' ', '\n']) {
        "" => String::new(),
        text => format!(" ({text})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_told_apart() {
        let result = |rc, text: &str| LdapResult {
            rc,
            matched: String::new(),
            text: text.to_owned(),
            refs: Vec::new(),
            ctrls: Vec::new(),
        };
        assert!(matches!(refused("x", &result(51, "")), WriteError::Busy { .. }));
        assert!(matches!(refused("x", &result(68, "")), WriteError::Conflict(_)));
        assert!(matches!(
            refused("x", &result(19, "some attributes not unique")),
            WriteError::Conflict(_)
        ));
        assert!(matches!(
            refused("x", &result(19, "too short")),
            WriteError::Refused(_)
        ));
        assert_eq!(
            refused("creating cn=a", &result(50, "no write")).to_string(),
            "creating cn=a: usher's account may not do that: grant it the right (no write)"
        );
        let policy = "0000052D: SvcErr: DSID-031A12D2, problem 5003 (WILL_NOT_PERFORM), data 0";
        let refusal = refused("setting unicodePwd of cn=a", &result(53, policy));
        assert!(
            matches!(&refusal, WriteError::Refused(text) if text.contains("does not satisfy the domain's policy")),
            "{refusal}"
        );
        let taken = "000021C8: AtrErr: DSID-03200BBA, #1:";
        assert!(matches!(
            refused("x", &result(19, taken)),
            WriteError::Conflict(_)
        ));
        let other = refused("x", &result(80, "")).to_string();
        assert!(
            other.contains("a name longer than its database allows"),
            "{other}"
        );
        assert_eq!(refused("x", &result(99, "")).to_string(), "x: result code 99");
    }
}
