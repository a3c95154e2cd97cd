//! The kinds of groups directories have.

use super::super::entry::Entry;

/// By what a group lists its members.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Kind {
    /// By their names: `groupOfNames` (RFC 4519), `groupOfMembers`.
    Names,
    /// By their names as well: `groupOfUniqueNames` (RFC 4519).
    UniqueNames,
    /// By their uid: `posixGroup` (RFC 2307). It may be empty.
    Unix,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Names, Self::UniqueNames, Self::Unix];

    /// The attribute that lists the members.
    pub(in super::super) const fn attribute(self) -> &'static str {
        match self {
            Self::Names => "member",
            Self::UniqueNames => "uniqueMember",
            Self::Unix => "memberUid",
        }
    }

    /// Reports whether a class, or a filter, names this kind.
    fn is_in(self, text: &str) -> bool {
        let classes: &[&str] = match self {
            Self::Names => &["groupofnames", "groupofmembers", "groupofentries"],
            Self::UniqueNames => &["groupofuniquenames"],
            Self::Unix => &["posixgroup"],
        };
        let text = text.to_ascii_lowercase();
        classes.iter().any(|class| text.contains(class))
    }

    /// Returns the kinds that a class or a filter names; all of them if it names none.
    pub(in super::super) fn named(text: &str) -> Box<[Self]> {
        // the class of Active Directory in a filter; its name begins those of the others
        let text = text.to_ascii_lowercase();
        if text.contains("=group)") {
            return [Self::Names].into();
        }
        let named: Box<[Self]> = Self::ALL.into_iter().filter(|kind| kind.is_in(&text)).collect();
        if named.is_empty() { Self::ALL.into() } else { named }
    }

    /// Returns the kind of a group by its classes. One that lists names does so also if it has a gid beside.
    pub(in super::super) fn of(group: &Entry) -> Self {
        let classes = group.get("objectClass").unwrap_or_default();
        let has = |kind: &Self| {
            let mut texts = classes.iter().filter_map(|class| std::str::from_utf8(class).ok());
            texts.any(|class| kind.is_in(class))
        };
        Self::ALL.into_iter().find(has).unwrap_or(Self::Names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_by_class() {
        use Kind::{Names, UniqueNames, Unix};
        for (text, kinds) in [
            ("(objectClass=groupOfNames)", &[Names][..]),
            (
                "(|(objectClass=groupOfUniqueNames)(objectClass=POSIXGROUP))",
                &[UniqueNames, Unix],
            ),
            ("(&(objectCategory=group)(objectClass=group))", &[Names]),
            ("group", &[Names, UniqueNames, Unix]),
        ] {
            assert_eq!(*Kind::named(text), *kinds, "{text}");
        }
        for (classes, kind) in [
            (&["top", "posixGroup"][..], Unix),
            (&["posixGroup", "groupOfNames"], Names),
            (&["GroupOfUniqueNames"], UniqueNames),
            (&["group"], Names),
        ] {
            let group = Entry {
                dn: "cn=a".to_owned(),
                attributes: vec![(
                    "objectclass".to_owned(),
                    classes.iter().map(|class| class.as_bytes().to_vec()).collect(),
                )],
            };
            assert_eq!(Kind::of(&group), kind, "{classes:?}");
        }
    }
}
