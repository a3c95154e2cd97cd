//! What both ways to follow a domain of Active Directory share (MS-ADTS, sections 3.1.1.1.9 and 3.1.1.5.5).
//!
//! Each domain controller numbers what it takes in by itself (update sequence numbers). A number says nothing at
//! another controller, nor at the same one after it was restored; both show by another invocation id.

use ldap3::{Ldap, controls::RawControl};
use uuid::Uuid;

use super::{
    super::{
        connection::{Search, Session},
        entry::Entry,
        failure::Failure,
        freshness, state,
    },
    Cursor, Found, Job, Stop,
};
use crate::model::dn;

/// The number under which an object was changed last.
pub(super) const CHANGED: &str = "uSNChanged";

/// The number under which an object was made, or came in.
pub(super) const CREATED: &str = "uSNCreated";

/// What a tombstone is marked by.
pub(super) const DELETED: &str = "isDeleted";

/// Where a deleted object was.
pub(super) const PARENT: &str = "lastKnownParent";

/// What the name of a deleted object goes on with after its own part.
const MARK: &str = "\\0ADEL:";

/// How long a position is good for, in seconds: 2 days. No forest can be set to forget what was deleted any sooner
/// (`tombstoneLifetime`).
const GOOD_FOR: i64 = 2 * 24 * 60 * 60;

/// How long after a position by the clock another one may seem to be before it, in seconds.
const TOLERANCE: i64 = 24 * 60 * 60;

/// A point in the life of one domain controller's database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Position {
    /// The highest update sequence number.
    pub(super) number: u64,
    /// Which database it is, as hexadecimal digits.
    invocation: String,
    /// When that was, by the clock of usher's host, in seconds since 1970.
    at: i64,
    /// From where `DirSync` goes on; empty without it.
    pub(super) cookie: Vec<u8>,
}

impl Position {
    /// Asks where a domain controller stands; nothing where it does not tell.
    pub(super) async fn now(session: &Session, ldap: &mut Ldap) -> Result<Option<Self>, Failure> {
        let wanted = ["highestCommittedUSN", "dsServiceName"].map(str::to_owned);
        let Some(root) = session.look(ldap, "", &wanted).await? else {
            return Ok(None);
        };
        let number = root
            .text("highestCommittedUSN")
            .and_then(|text| text.parse().ok());
        let (Some(number), Some(service)) = (number, root.text("dsServiceName")) else {
            return Ok(None);
        };
        let wanted = ["invocationId".to_owned()];
        let service = session.look(ldap, service, &wanted).await?;
        let invocation = service.and_then(|entry| Some(hex::encode(entry.get("invocationId")?.first()?)));
        Ok(invocation.filter(|id| !id.is_empty()).map(|invocation| Self {
            number,
            invocation,
            at: jiff::Timestamp::now().as_second(),
            cookie: Vec::new(),
        }))
    }

    /// Returns where to go on from, and where the domain controller stands now, if the one leads to the other.
    pub(super) async fn resume(job: &mut Job<'_>, cursor: &Cursor) -> Result<(Self, Self), Stop> {
        let before = Self::parse(&cursor.position)
            .ok_or_else(|| Stop::everything("the cursor is no place in the life of a domain controller"))?;
        let now = Self::now(job.session, job.ldap).await?;
        let now =
            now.ok_or_else(|| Stop::everything("the domain controller does not tell where it stands"))?;
        match before.parted(&now) {
            Some(reason) => Err(Stop::everything(reason)),
            None => Ok((before, now)),
        }
    }

    /// Says why nothing leads from here to there, if so.
    fn parted(&self, now: &Self) -> Option<&'static str> {
        if self.invocation != now.invocation {
            return Some("another domain controller answers, or this one was restored");
        }
        if now.number < self.number {
            return Some("the domain controller was set back to an earlier state");
        }
        let age = now.at.saturating_sub(self.at);
        if !(-TOLERANCE..GOOD_FOR).contains(&age) {
            return Some("the last read is so old that the domain may have forgotten what was deleted since");
        }
        None
    }

    /// Reads what `Display` writes.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut words = text.split(':');
        let position = Self {
            number: words.next()?.parse().ok()?,
            invocation: words.next().filter(|id| !id.is_empty())?.to_owned(),
            at: words.next()?.parse().ok()?,
            cookie: hex::decode(words.next()?).ok()?,
        };
        words.next().is_none().then_some(position)
    }
}

impl std::fmt::Display for Position {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "{}:{}:{}:{}",
            self.number,
            self.invocation,
            self.at,
            hex::encode(&self.cookie)
        )
    }
}

/// The top of the domain that a base is in: only there all changes are told.
pub(super) async fn top(session: &Session) -> Result<String, Failure> {
    let facts = session.facts().await?;
    Ok(freshness::top(&facts.contexts, &session.section.base).to_owned())
}

/// The control with which deleted objects are found, too (MS-ADTS, section 3.1.1.3.4.1.14).
pub(super) fn with_deleted() -> RawControl {
    RawControl {
        ctype: "1.2.840.113556.1.4.417".to_owned(),
        crit: true,
        val: None,
    }
}

/// A search below a name for objects of any kind.
pub(super) fn search<'s>(base: &'s str, filter: &'s str, attributes: &'s [String]) -> Search<'s> {
    Search {
        base,
        scope: ldap3::Scope::Subtree,
        filter,
        attributes,
    }
}

impl Found {
    /// Takes in an object that changed, whatever it is; `renamed` says that it was there before and may have had
    /// another name.
    pub(super) fn saw(&mut self, job: &Job<'_>, entry: &Entry, renamed: bool) -> Result<(), Stop> {
        let Some(id) = state::anchor(job.section(), entry).filter(|id| Uuid::parse_str(id).is_ok()) else {
            return Err(Stop::everything("an object that changed does not tell its id"));
        };
        if entry
            .text(DELETED)
            .is_some_and(|deleted| deleted.eq_ignore_ascii_case("true"))
        {
            self.left.extend(former_name(entry));
            self.gone.push(id);
            return Ok(());
        }
        if renamed {
            self.elsewhere.push((id.clone(), entry.dn.clone()));
        }
        self.touched.push(id);
        Ok(())
    }
}

/// The name that a deleted object had.
fn former_name(entry: &Entry) -> Option<String> {
    let (own, _) = dn::rdn(&entry.dn)?.split_once(MARK)?;
    let parent = entry.text(PARENT)?;
    // where it is written with the parent's id: <GUID=…>;OU=…
    let parent = parent.rsplit_once(">;").map_or(parent, |(_, name)| name);
    Some(format!("{own},{parent}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn position(number: u64, invocation: &str, at: i64) -> Position {
        Position {
            number,
            invocation: invocation.to_owned(),
            at,
            cookie: b"\x00:c".to_vec(),
        }
    }

    #[test]
    fn it_is_kept_as_text() {
        let one = position(7, "ed18", -5);
        assert_eq!(Position::parse(&one.to_string()), Some(one));
        for text in [
            "",
            "7",
            "7:ed18:5",
            "7::5:",
            "x:ed18:5:",
            "7:ed18:5:0",
            "7:ed18:5:00:",
        ] {
            assert_eq!(Position::parse(text), None, "{text}");
        }
    }

    #[test]
    fn one_position_leads_to_another_of_the_same_life_only() {
        let before = position(7, "a", 1_000_000);
        for (now, is_parted) in [
            (position(7, "a", 1_000_000), false),
            (position(9, "a", 999_999 + GOOD_FOR), false),
            (position(9, "a", 1_000_000 - TOLERANCE), false),
            // another controller, the same one after it was restored, set back without a word
            (position(9, "b", 1_000_001), true),
            (position(6, "a", 1_000_001), true),
            // tombstones may be gone, or the clock is wrong
            (position(9, "a", 1_000_000 + GOOD_FOR), true),
            (position(9, "a", 999_999 - TOLERANCE), true),
        ] {
            assert_eq!(before.parted(&now).is_some(), is_parted, "{now}");
        }
    }

    #[test]
    fn who_is_deleted_had_another_name() {
        let entry = |dn: &str, parent: &str| Entry {
            dn: dn.to_owned(),
            attributes: vec![(PARENT.to_owned(), vec![parent.into()])],
        };
        let dn = "CN=Ben\\, A\\0ADEL:b3c80dcd-1cd0-40ef-af2d-dd064f9cbc30,CN=Deleted Objects,DC=x";
        for parent in ["OU=People,DC=x", "<GUID=883b401d>;OU=People,DC=x"] {
            let name = former_name(&entry(dn, parent));
            assert_eq!(name.as_deref(), Some("CN=Ben\\, A,OU=People,DC=x"));
        }
        assert_eq!(former_name(&entry("CN=Ben,DC=x", "OU=People,DC=x")), None);
        assert_eq!(
            former_name(&Entry {
                attributes: vec![],
                ..entry(dn, "")
            }),
            None
        );
    }
}
