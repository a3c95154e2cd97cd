//! Request controls: paged results; a critical one that is not known refuses the request.

#![allow(
    clippy::no_effect_underscore_binding,
    reason = "the derive macros write such bindings"
)]

use rasn::prelude::*;
use rasn_ldap::{Control, ResultCode};

use super::entry::Id;
use super::fault::{Fault, Outcome};
use super::virtual_entry::{CONTROLS, PAGED};

/// `realSearchControlValue` (RFC 2696 §2).
#[derive(AsnType, Encode, Decode, Debug)]
struct PagedValue {
    size: i64,
    cookie: rasn::types::OctetString,
}

/// Where a paged search goes on. The cookie says it all, so the server keeps nothing between pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Entries a page.
    pub size: u32,
    /// The last entry that was sent.
    pub after: Id,
    /// How many were sent on the pages before.
    pub sent: u32,
}

impl Page {
    /// The cookie that leads to the next page.
    pub fn cookie(after: Id, sent: u32) -> Vec<u8> {
        let mut cookie = after.to_be_bytes().to_vec();
        cookie.extend(sent.to_be_bytes());
        cookie
    }

    fn decode(value: &[u8]) -> Option<Self> {
        let value: PagedValue = rasn::ber::decode(value).ok()?;
        let (after, sent) = match value.cookie.as_ref() {
            [] => (0, 0),
            cookie => {
                let (after, sent) = cookie.split_first_chunk::<8>()?;
                (
                    u64::from_be_bytes(*after),
                    u32::from_be_bytes(sent.try_into().ok()?),
                )
            }
        };
        Some(Self {
            size: u32::try_from(value.size).ok()?,
            after,
            sent,
        })
    }
}

/// Checks the controls of a request and finds the paging one.
pub fn read(controls: Option<&[Control]>) -> Outcome<Option<Page>> {
    let mut page = None;
    for control in controls.unwrap_or_default() {
        let oid = std::str::from_utf8(&control.control_type).unwrap_or_default();
        if control.criticality && !CONTROLS.contains(&oid) {
            let message = "critical extension is not recognized";
            return Err(Fault::new(ResultCode::UnavailableCriticalExtension, message));
        }
        if oid == PAGED {
            let value = control.control_value.as_deref().and_then(Page::decode);
            let invalid = || {
                Fault::new(
                    ResultCode::ProtocolError,
                    "paged results control value is invalid",
                )
            };
            page = Some(value.ok_or_else(invalid)?);
        }
    }
    Ok(page)
}

/// The control that goes with the result of a paged search.
pub fn paged_response(cookie: &[u8]) -> Option<Control> {
    let value = PagedValue {
        size: 0,
        cookie: cookie.to_vec().into(),
    };
    let value = rasn::ber::encode(&value).ok()?;
    Some(Control::new(
        PAGED.as_bytes().to_vec().into(),
        false,
        Some(value.into()),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn control(oid: &str, critical: bool, value: Option<Vec<u8>>) -> Control {
        Control::new(oid.as_bytes().to_vec().into(), critical, value.map(Into::into))
    }

    #[test]
    fn a_cookie_leads_back() {
        let sent = PagedValue {
            size: 50,
            cookie: Page::cookie(7, 100).into(),
        };
        let value = rasn::ber::encode(&sent).unwrap();
        let page = read(Some(&[control(PAGED, true, Some(value))])).unwrap();
        assert_eq!(
            page,
            Some(Page {
                size: 50,
                after: 7,
                sent: 100
            })
        );
    }

    #[test]
    fn unknown_critical_controls_and_broken_cookies_are_refused() {
        let code = |control| read(Some(&[control])).map_err(|fault| fault.code);
        assert_eq!(
            code(control("1.2.3", true, None)),
            Err(ResultCode::UnavailableCriticalExtension)
        );
        assert_eq!(code(control("1.2.3", false, None)), Ok(None));
        let broken = rasn::ber::encode(&PagedValue {
            size: 5,
            cookie: vec![1].into(),
        })
        .unwrap();
        assert_eq!(
            code(control(PAGED, true, Some(broken))),
            Err(ResultCode::ProtocolError)
        );
    }
}
