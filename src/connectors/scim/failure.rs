//! What an answer that is no success means for a write.

use super::http::{Reply, Trouble};
use crate::connectors::WriteError;

/// What kind of request failed: a look before a write leaves nothing behind, a write may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// A read.
    Look,
    /// A write.
    Write,
}

/// Turns missing answers into the end of a write.
pub fn lost(trouble: Trouble, sent: Sent) -> WriteError {
    match (trouble, sent) {
        (Trouble::Lost(message), Sent::Write) => WriteError::Unknown(message),
        (Trouble::NotSent(message) | Trouble::Lost(message), _) => WriteError::Busy {
            message,
            retry_after: None,
        },
    }
}

/// Turns an answer that is no success into the end of a write.
pub fn refused(reply: &Reply, sent: Sent, what: &str) -> WriteError {
    let message = explain(reply, what);
    let limited = reply.detail.contains("REQUEST_LIMIT_EXCEEDED");
    match reply.status {
        401 => WriteError::Credentials(message),
        404 | 409 | 410 | 412 => WriteError::Conflict(message),
        408 | 425 | 429 | 503 => WriteError::Busy {
            message,
            retry_after: reply.retry_after,
        },
        500.. if sent == Sent::Look || limited => WriteError::Busy {
            message,
            retry_after: reply.retry_after,
        },
        501 | 505 => WriteError::Refused(message),
        500.. => WriteError::Unknown(message),
        _ => WriteError::Refused(message),
    }
}

/// Says what failed, what the service answered, and what to do.
pub fn explain(reply: &Reply, what: &str) -> String {
    let advice = match reply.status {
        300..=399 => "set url to the address it redirects to",
        400 | 422 => "correct the value or the mapping",
        401 => "the token is refused: renew it",
        403 => "give the token the right to do this",
        404 | 410 => "it is gone, or url is not the SCIM base address: read the system again",
        409 => "something with the same unique value is there: read the system again",
        412 => "it was changed meanwhile: plan again",
        408 | 425 | 429 | 503 => "the service is busy: try again later",
        413 => "the request is too large for the service",
        501 | 405 => "the service cannot do this",
        500.. => "the service failed: look at its log",
        _ => "ask the service's maker",
    };
    let to = reply
        .location
        .as_deref()
        .filter(|_| (300..400).contains(&reply.status));
    let said = to.map_or_else(|| reply.detail.clone(), super::words::clean);
    let said = if said.is_empty() {
        said
    } else {
        format!(" ({said})")
    };
    format!("{what}: the service answered {}{said}; {advice}", reply.status)
}
