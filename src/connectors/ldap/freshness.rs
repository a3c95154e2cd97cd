//! Whether what one server shows is at least as new as what another has shown.
//!
//! Servers that hold the same directory lag behind each other. What a lagging one does not have yet would pass for
//! absent, and what is gone for present. A read therefore notes which server it was made at and how new its data was;
//! a read at another server is whole only if its data is at least as new.

use std::{collections::BTreeMap, fmt};

use ldap3::Ldap;

use super::{
    active_directory::replica::{self, Has},
    connection::Session,
    entry::Entry,
    facts::Facts,
    failure::Failure,
};
use crate::model::dn;

/// How new the data of a server is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Mark {
    /// The last change of each writing server that has arrived (`contextCSN`, RFC 4533 servers).
    Changes(BTreeMap<String, String>),
    /// What a domain controller has of the changes of each.
    Replicas(Has),
    /// The newest `modifyTimestamp` among the entries that were read.
    Newest(String),
    /// It cannot be told.
    Unknown,
}

/// Where a read was made, and how new the data was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AsOf {
    server: String,
    mark: Mark,
    /// The newest time stamp seen so far.
    newest: Option<String>,
}

impl AsOf {
    /// Begins with what the top entry of the directory says; without `contextCSN` the entries tell.
    pub(super) fn new(server: &str, top: Option<&Entry>) -> Self {
        let changes: BTreeMap<String, String> = top
            .and_then(|top| top.get("contextCSN"))
            .unwrap_or_default()
            .iter()
            .filter_map(|value| std::str::from_utf8(value).ok())
            .filter_map(|change| Some((change.split('#').nth(2)?.to_owned(), change.to_owned())))
            .collect();
        Self {
            server: Self::name(server),
            mark: if changes.is_empty() {
                Mark::Unknown
            } else {
                Mark::Changes(changes)
            },
            newest: None,
        }
    }

    /// Asks a domain controller how new its data is; nothing if it does not tell.
    pub(super) async fn of_controller(
        session: &Session,
        ldap: &mut Ldap,
        facts: &Facts,
        server: &str,
    ) -> Result<Option<Self>, Failure> {
        let top = top(&facts.contexts, &session.section.base);
        let has = replica::has(session, ldap, top).await?;
        Ok(has.map(|has| Self {
            server: Self::name(server),
            mark: Mark::Replicas(has),
            newest: None,
        }))
    }

    /// Returns the name of a server as it is kept: blanks part the words of the text.
    pub(super) fn name(server: &str) -> String {
        server.replace(' ', "%20")
    }

    /// Reports whether it tells how new the data is.
    pub(super) fn tells(&self) -> bool {
        self.mark != Mark::Unknown
    }

    /// Takes in an entry that was read, with its `modifyTimestamp`.
    pub(super) fn saw(&mut self, entry: &Entry) {
        if let Some(time) = entry.text("modifyTimestamp")
            && self.newest.as_deref().is_none_or(|newest| newest < time)
        {
            self.newest = Some(time.to_owned());
        }
    }

    /// Decides which mark counts when everything was read. Some servers have a `contextCSN` that nothing keeps up:
    /// one older than an entry tells nothing.
    pub(super) fn decide(&mut self) {
        let Some(newest) = self.newest.take() else { return };
        if let Mark::Replicas(_) = self.mark {
            return;
        }
        // both begin with year, month, day, hour, minute and second
        let second = |text: &str| text.get(..14).unwrap_or_default().to_owned();
        let is_kept_up = match &self.mark {
            Mark::Changes(changes) => changes.values().any(|change| second(change) >= second(&newest)),
            Mark::Newest(_) | Mark::Replicas(_) | Mark::Unknown => false,
        };
        if !is_kept_up {
            self.mark = Mark::Newest(newest);
        }
    }

    /// Says why this read proves nothing beside an earlier one, if so; `preferred` is the server that is asked first.
    pub(super) fn lags(&self, earlier: Option<&Self>, preferred: &str) -> Option<String> {
        let Some(earlier) = earlier else {
            return (self.server != preferred).then(|| {
                format!(
                    "{} was read because {preferred} cannot be reached, and no earlier read tells whether it has \
                     everything: bring {preferred} back, or name {} first in `url`",
                    self.server, self.server
                )
            });
        };
        let behind = |has: &str, had: &str| {
            format!(
                "{} lags behind {}: it has the changes up to {has}, and those up to {had} were read before: wait \
                 until it has caught up, or bring {} back",
                self.server, earlier.server, earlier.server
            )
        };
        match (&self.mark, &earlier.mark) {
            (Mark::Changes(here), Mark::Changes(there)) => there
                .iter()
                .find(|(writer, change)| here.get(*writer).is_none_or(|known| *known < **change))
                .map(|(writer, change)| behind(here.get(writer).map_or("none", String::as_str), change)),
            (Mark::Replicas(here), Mark::Replicas(there)) => there
                .iter()
                .find(|(writer, number)| here.get(*writer).is_none_or(|known| known < *number))
                .map(|(writer, number)| {
                    let known = here.get(writer).map_or("none".to_owned(), u64::to_string);
                    behind(&known, &format!("{number} of the controller {writer}"))
                }),
            _ if self.server == earlier.server => None,
            (Mark::Newest(here), Mark::Newest(there)) => (here < there).then(|| behind(here, there)),
            _ => Some(format!(
                "{} was read, and {} before: whether it has everything cannot be told: bring {} back",
                self.server, earlier.server, earlier.server
            )),
        }
    }

    /// Says why what was read at one server does not go with what was read at another a moment ago.
    pub(super) fn parted(&self, earlier: &Self) -> Option<String> {
        match (&self.mark, &earlier.mark) {
            (Mark::Changes(_), Mark::Changes(_)) | (Mark::Replicas(_), Mark::Replicas(_)) => {
                self.lags(Some(earlier), &self.server)
            }
            _ => (self.server != earlier.server).then(|| {
                format!(
                    "the accounts were read at {}, and this at {}: read again",
                    earlier.server, self.server
                )
            }),
        }
    }

    /// Reads what `Display` writes.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let server = words.next().filter(|server| !server.is_empty())?.to_owned();
        let mark = match words.next() {
            Some("newest") => Mark::Newest(words.next()?.to_owned()),
            Some("replicas") => Mark::Replicas(
                words
                    .filter_map(|one| {
                        let (writer, number) = one.split_once('=')?;
                        Some((writer.to_owned(), number.parse().ok()?))
                    })
                    .collect(),
            ),
            Some("changes") => Mark::Changes(
                words
                    .filter_map(|change| Some((change.split('#').nth(2)?.to_owned(), change.to_owned())))
                    .collect(),
            ),
            _ => Mark::Unknown,
        };
        Some(Self {
            server,
            mark,
            newest: None,
        })
    }
}

impl fmt::Display for AsOf {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.server)?;
        match &self.mark {
            Mark::Changes(changes) => {
                formatter.write_str(" changes")?;
                changes
                    .values()
                    .try_for_each(|change| write!(formatter, " {change}"))
            }
            Mark::Replicas(has) => {
                formatter.write_str(" replicas")?;
                has.iter()
                    .try_for_each(|(writer, number)| write!(formatter, " {writer}={number}"))
            }
            Mark::Newest(time) => write!(formatter, " newest {time}"),
            Mark::Unknown => Ok(()),
        }
    }
}

/// Returns the top entry of the database that holds a base: the naming context it is in.
pub(super) fn top<'a>(contexts: &'a [String], base: &'a str) -> &'a str {
    let within = |context: &&String| dn::same(base, context) || dn::is_below(base, context);
    contexts
        .iter()
        .filter(within)
        .max_by_key(|context| context.len())
        .map_or(base, String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(server: &str, changes: &[&str]) -> AsOf {
        let top = Entry {
            dn: "dc=x".to_owned(),
            attributes: vec![(
                "contextCSN".to_owned(),
                changes.iter().map(|change| change.as_bytes().to_vec()).collect(),
            )],
        };
        AsOf::new(server, Some(&top))
    }

    fn read(server: &str, times: &[&str]) -> AsOf {
        let mut as_of = AsOf::new(server, None);
        for time in times {
            as_of.saw(&Entry {
                dn: "cn=a".to_owned(),
                attributes: vec![("modifyTimestamp".to_owned(), vec![time.as_bytes().to_vec()])],
            });
        }
        as_of.decide();
        as_of
    }

    const EARLY: &str = "20261121080000.000000Z#000000#001#000000";
    const LATE: &str = "20261121090000.000000Z#000000#001#000000";
    const OTHER: &str = "20261121070000.000000Z#000000#002#000000";

    fn controller(server: &str, has: &[(&str, u64)]) -> AsOf {
        let has = has.iter().map(|(writer, number)| ((*writer).to_owned(), *number));
        AsOf {
            server: server.to_owned(),
            mark: Mark::Replicas(has.collect()),
            newest: None,
        }
    }

    #[test]
    fn a_server_that_lags_proves_nothing() {
        for (here, earlier, lags) in [
            (at("b:1", &[LATE]), Some(at("a:1", &[EARLY])), false),
            (at("b:1", &[LATE]), Some(at("a:1", &[LATE])), false),
            (at("b:1", &[EARLY]), Some(at("a:1", &[LATE])), true),
            // set back to a copy of yesterday
            (at("a:1", &[EARLY]), Some(at("a:1", &[LATE])), true),
            // what was written at a server it has never heard of
            (at("b:1", &[LATE]), Some(at("a:1", &[EARLY, OTHER])), true),
            (at("b:1", &[LATE, OTHER]), Some(at("a:1", &[EARLY])), false),
            (read("b:1", &["2", "3", "1"]), Some(read("a:1", &["3"])), false),
            (read("b:1", &["2"]), Some(read("a:1", &["3"])), true),
            // the newest entry may have been deleted
            (read("a:1", &["2"]), Some(read("a:1", &["3"])), false),
            (read("b:1", &[]), Some(read("a:1", &["3"])), true),
            (read("b:1", &["3"]), Some(at("a:1", &[EARLY])), true),
            (read("a:1", &["3"]), Some(at("a:1", &[EARLY])), false),
            // another name of the same controller
            (
                controller("b:1", &[("a", 7)]),
                Some(controller("a:1", &[("a", 7)])),
                false,
            ),
            (
                controller("b:1", &[("a", 7), ("b", 3)]),
                Some(controller("a:1", &[("a", 6), ("b", 2)])),
                false,
            ),
            (
                controller("b:1", &[("a", 6), ("b", 900)]),
                Some(controller("a:1", &[("a", 7), ("b", 2)])),
                true,
            ),
            (
                controller("b:1", &[("b", 900)]),
                Some(controller("a:1", &[("a", 7)])),
                true,
            ),
            // set back to an earlier state
            (
                controller("a:1", &[("a", 6)]),
                Some(controller("a:1", &[("a", 7)])),
                true,
            ),
            (at("a:1", &[EARLY]), None, false),
            (at("b:1", &[LATE]), None, true),
        ] {
            let told = here.lags(earlier.as_ref(), "a:1");
            assert_eq!(told.is_some(), lags, "{here} after {earlier:?}: {told:?}");
        }
    }

    #[test]
    fn groups_are_read_where_the_accounts_were() {
        assert_eq!(at("b:1", &[LATE]).parted(&at("a:1", &[EARLY])), None);
        assert!(at("b:1", &[EARLY]).parted(&at("a:1", &[LATE])).is_some());
        assert_eq!(read("a:1", &["1"]).parted(&read("a:1", &["2"])), None);
        assert!(read("b:1", &["3"]).parted(&read("a:1", &["2"])).is_some());
    }

    #[test]
    fn a_mark_that_nothing_keeps_up_tells_nothing() {
        for (time, kept_up) in [("20261121080000Z", true), ("20261121080001Z", false)] {
            let mut as_of = at("a:1", &[EARLY]);
            as_of.saw(&Entry {
                dn: "cn=a".to_owned(),
                attributes: vec![("modifyTimestamp".to_owned(), vec![time.as_bytes().to_vec()])],
            });
            as_of.decide();
            assert_eq!(as_of == at("a:1", &[EARLY]), kept_up, "{as_of}");
        }
    }

    #[test]
    fn it_is_kept_as_text() {
        for as_of in [
            at("a:1", &[EARLY, OTHER]),
            read("[::1]:389", &["20261121053000Z"]),
            read("/run/ldapi", &[]),
            controller("dc1:636", &[("07", 7), ("08", 8)]),
        ] {
            assert_eq!(AsOf::parse(&as_of.to_string()), Some(as_of));
        }
        assert_eq!(AsOf::parse(""), None);
    }

    #[test]
    fn the_top_is_the_nearest_above() {
        let contexts = ["dc=x".to_owned(), "ou=b,dc=x".to_owned(), "dc=y".to_owned()];
        assert_eq!(top(&contexts, "ou=a, OU=b,dc=X"), "ou=b,dc=x");
        assert_eq!(top(&contexts, "dc=x"), "dc=x");
        assert_eq!(top(&contexts, "dc=z"), "dc=z");
    }
}
