//! What is read back after a write, and the control that asks for it.

use std::{cell::RefCell, sync::Arc};

use ldap3::controls::{PostRead, RawControl};

use super::{Section, create::Attribute, state};

/// What is read back after a write: the attributes that are written, the id and the state.
pub(super) struct ReadBack {
    pub(super) attributes: Vec<String>,
    /// Asks for them together with the write (RFC 4527).
    control: RawControl,
}

impl ReadBack {
    fn new(names: &[&str]) -> Self {
        let attributes: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        Self {
            control: PostRead::new(attributes.clone()),
            attributes,
        }
    }

    /// Returns the control that asks for it together with the write.
    pub(super) fn control(&self) -> RawControl {
        self.control.clone()
    }
}

/// What was read back last: most writes of a run are alike.
#[derive(Default)]
pub(super) struct Last(RefCell<Option<Arc<ReadBack>>>);

impl Last {
    /// Returns what is read back after a write.
    pub(super) fn of(&self, section: &Section, written: &[Attribute]) -> Arc<ReadBack> {
        let mut names: Vec<&str> = written.iter().map(|(name, _)| name.as_str()).collect();
        names.push(&section.anchor);
        names.extend(state::attribute(&section.disable));
        names.sort_unstable();
        names.dedup();
        let mut last = self.0.borrow_mut();
        match &*last {
            Some(last) if last.attributes == names => last.clone(),
            _ => last.insert(Arc::new(ReadBack::new(&names))).clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_write_has_what_is_its_own_read_back() {
        let section: Section = toml::from_str(
            "url = \"ldap://localhost\"\nbase = \"dc=x\"\nanchor = \"entryUUID\"\ndisable = \"ns-account-lock\"",
        )
        .unwrap();
        let last = Last::default();
        let of = |names: &[&str]| {
            let written: Vec<Attribute> = names
                .iter()
                .map(|name| ((*name).to_owned(), Vec::new()))
                .collect();
            last.of(&section, &written)
        };
        let first = of(&["mail", "cn", "mail"]);
        assert_eq!(first.attributes, ["cn", "entryUUID", "mail", "nsAccountLock"]);
        // kept as long as it is the same
        assert!(Arc::ptr_eq(&first, &of(&["cn", "mail"])));
        let other = of(&["cn"]);
        assert_eq!(other.attributes, ["cn", "entryUUID", "nsAccountLock"]);
        let value = |control: RawControl| control.val.unwrap_or_default();
        let has = |control: RawControl, name: &str| {
            let value = value(control);
            value.windows(name.len()).any(|octets| octets == name.as_bytes())
        };
        assert!(has(first.control(), "mail") && !has(other.control(), "mail"));
        assert_eq!(of(&["mail", "cn"]).attributes, first.attributes);
    }
}
