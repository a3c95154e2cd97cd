//! Attributes that Active Directory writes in a form of its own, and how a record shows them.

use std::borrow::Cow;

use super::{control, sid};
use crate::model::{Comparison, ValueType, file_time::FileTime};

/// The form of an attribute's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Form {
    /// A GUID in mixed byte order (MS-DTYP, section 2.3.4.2), shown as everybody writes it.
    Guid,
    /// A security identifier.
    Sid,
    /// A point in time, or never.
    FileTime,
    /// The bits of an account.
    Control,
    /// When the password was set. The server takes two numbers for it: 0, another one must be chosen at the next
    /// sign-in, and -1, which becomes the time it is.
    PasswordSet,
}

impl Form {
    /// Returns the form of an attribute, if it has one.
    pub(in super::super) fn of(attribute: &str) -> Option<Self> {
        // most attributes are told apart by their length alone
        let (known, form): (&[&str], _) = match attribute.len() {
            9 => (&["objectSid", "lastLogon"], None),
            10 => (&["objectGUID", "lastLogoff", "pwdLastSet"], None),
            11 => (&["lockoutTime", "tokenGroups"], None),
            14 => (&["accountExpires"], Some(Self::FileTime)),
            15 => (&["badPasswordTime"], Some(Self::FileTime)),
            18 => (&["userAccountControl", "lastLogonTimestamp"], None),
            25 => (&["tokenGroupsNoGCAcceptable"], Some(Self::Sid)),
            29 => (&["tokenGroupsGlobalAndUniversal"], Some(Self::Sid)),
            _ => return None,
        };
        let found = known.iter().find(|known| known.eq_ignore_ascii_case(attribute))?;
        form.or(match *found {
            "objectSid" | "tokenGroups" => Some(Self::Sid),
            "objectGUID" => Some(Self::Guid),
            "userAccountControl" => Some(Self::Control),
            "pwdLastSet" => Some(Self::PasswordSet),
            _ => Some(Self::FileTime),
        })
    }

    /// Returns the type of the values, as a record shows them.
    pub(in super::super) const fn value_type(self) -> ValueType {
        match self {
            Self::Guid | Self::Sid => ValueType::Text,
            Self::FileTime => ValueType::Instant,
            Self::Control | Self::PasswordSet => ValueType::Integer,
        }
    }

    /// Returns how values are compared.
    pub(in super::super) const fn comparison(self) -> Comparison {
        match self {
            Self::Guid | Self::Sid => Comparison::IgnoreCase,
            Self::FileTime => Comparison::FileTime,
            Self::Control => Comparison::Numeric,
            Self::PasswordSet => Comparison::Zero,
        }
    }

    /// Reports whether a value stands for no value.
    pub(in super::super) fn is_nothing(self, octets: &[u8]) -> bool {
        self == Self::FileTime
            && std::str::from_utf8(octets).is_ok_and(|text| FileTime::parse(text) == Some(FileTime::Never))
    }

    /// Returns the text of a record; nothing for octets that are not of this form.
    pub(in super::super) fn to_text(self, octets: &[u8]) -> Option<String> {
        match self {
            Self::Guid => Some(uuid::Uuid::from_slice_le(octets).ok()?.to_string()),
            Self::Sid => sid::to_text(octets),
            Self::FileTime => {
                let text = std::str::from_utf8(octets).ok()?;
                let instant = FileTime::parse(text).and_then(FileTime::instant);
                Some(instant.map_or_else(|| text.to_owned(), |instant| instant.to_string()))
            }
            Self::Control => String::from_utf8(control::shown(&[octets.to_vec()])?).ok(),
            Self::PasswordSet => String::from_utf8(octets.to_vec()).ok(),
        }
    }

    /// Returns the octets that are written for a text.
    pub(in super::super) fn to_octets(self, text: &str) -> Vec<u8> {
        let octets = match self {
            Self::Guid => text
                .parse::<uuid::Uuid>()
                .ok()
                .map(|id| id.to_bytes_le().to_vec()),
            Self::Sid => sid::to_octets(text),
            Self::FileTime => FileTime::parse(text).map(|time| time.ticks().to_string().into_bytes()),
            Self::Control => None,
            // a time that was is taken for "it was set"
            Self::PasswordSet => Some(self.comparison().key(text).into_owned().into_bytes()),
        };
        octets.unwrap_or_else(|| text.as_bytes().to_vec())
    }

    /// Returns what is written where an attribute is to have no value: a time that is never has one.
    pub(in super::super) fn cleared(self) -> Option<&'static [u8]> {
        (self == Self::FileTime).then_some(b"0")
    }
}

/// Returns the values that are there, without those that stand for none.
pub(in super::super) fn present<'v>(attribute: &str, values: &'v [Vec<u8>]) -> Cow<'v, [Vec<u8>]> {
    match Form::of(attribute) {
        Some(form) if values.iter().any(|value| form.is_nothing(value)) => {
            let present = values.iter().filter(|value| !form.is_nothing(value));
            Cow::Owned(present.cloned().collect())
        }
        _ => Cow::Borrowed(values),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_told_by_name() {
        for (name, form) in [
            ("OBJECTGUID", Some(Form::Guid)),
            ("objectSid", Some(Form::Sid)),
            ("accountExpires", Some(Form::FileTime)),
            ("lastlogontimestamp", Some(Form::FileTime)),
            ("userAccountControl", Some(Form::Control)),
            ("PWDLASTSET", Some(Form::PasswordSet)),
            ("tokengroups", Some(Form::Sid)),
            ("tokenGroupsGlobalAndUniversal", Some(Form::Sid)),
            ("tokenGroupsNoGCAcceptable", Some(Form::Sid)),
            ("lockoutTime", Some(Form::FileTime)),
            ("employeeID", None),
            ("displayName", None),
        ] {
            assert_eq!(Form::of(name), form, "{name}");
        }
    }

    #[test]
    fn each_form_goes_both_ways() {
        let guid: Vec<u8> = (0..16).collect();
        let text = "03020100-0504-0706-0809-0a0b0c0d0e0f";
        assert_eq!(Form::Guid.to_text(&guid).as_deref(), Some(text));
        assert_eq!(Form::Guid.to_octets(text), guid);
        assert_eq!(Form::Guid.to_text(b"short"), None);
        let time = Form::FileTime;
        assert_eq!(
            time.to_text(b"134432352000000000").as_deref(),
            Some("2027-01-01T00:00:00Z")
        );
        assert_eq!(time.to_octets("2026-12-31"), b"134432352000000000");
        assert!(time.is_nothing(b"0") && time.is_nothing(b"9223372036854775807"));
        assert!(!time.is_nothing(b"1") && !Form::Sid.is_nothing(b"0"));
        assert_eq!(Form::Control.to_text(b"514").as_deref(), Some("512"));
        for (text, sent) in [("0", "0"), ("-1", "-1"), ("134397528332945510", "-1")] {
            assert_eq!(Form::PasswordSet.to_octets(text), sent.as_bytes());
            assert_eq!(Form::PasswordSet.to_text(text.as_bytes()).as_deref(), Some(text));
        }
        assert!(present("accountExpires", &[b"0".to_vec()]).is_empty());
        assert_eq!(present("title", &[b"0".to_vec()]).len(), 1);
    }
}
