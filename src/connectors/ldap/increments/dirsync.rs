//! `DirSync` (MS-ADTS, section 3.1.1.3.4.1.3): the domain controller itself tells what changed since a cookie, whoever
//! may see it or not; so it wants a right that few accounts have.
//!
//! It tells ids and the attributes that changed, of a group only the members that came and went. What the objects are
//! now is read from the directory itself: parts need not be put together, and what went out of sight is noticed.

use ldap3::{Ldap, ResultEntry, asn1::parse_tag, controls::RawControl};

use super::{
    super::{
        connection::{Search, Session},
        entry::{Entry, constructed, primitive},
        failure::{Failure, said},
    },
    Cursor, Found, Job, Stop,
    domain::{self, Position},
};

const CONTROL: &str = "1.2.840.113556.1.4.841";

/// Of attributes with many values only those that changed are sent (`LDAP_DIRSYNC_INCREMENTAL_VALUES`).
const INCREMENTAL_VALUES: [u8; 4] = [0x80, 0, 0, 0];

/// How much is sent at once, in bytes; 1 MiB.
const AT_ONCE: [u8; 3] = [0x10, 0, 0];

/// What no object is.
const NOTHING: &str = "(objectGUID=\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00)";

/// How often is asked on: nobody's domain is larger, and a controller that goes round in circles would hold for ever.
const ROUNDS: usize = 100_000;

/// One answer.
struct Round {
    entries: Vec<ResultEntry>,
    more: bool,
    cookie: Vec<u8>,
}

/// Why there is none.
pub(super) enum Refused {
    /// The account may not do this.
    Denied,
    /// Something else, in words.
    Otherwise(String),
    /// The connection broke.
    Failed(Failure),
}

impl From<Refused> for Stop {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Denied => Self::everything("DirSync is not granted any more"),
            Refused::Otherwise(reason) => Self::Everything(reason),
            Refused::Failed(failure) => Self::Failed(failure),
        }
    }
}

/// Finds out whether the account may ask for changes.
pub(super) async fn is_granted(session: &Session, ldap: &mut Ldap) -> Result<(), Refused> {
    let top = domain::top(session).await.map_err(Refused::Failed)?;
    let search = domain::search(&top, NOTHING, &[]);
    ask(session, ldap, &search, &[]).await.map(|_| ())
}

/// Gets a cookie for the state of the moment: everything is gone through, and nothing of it is sent.
pub(super) async fn begin(session: &Session, ldap: &mut Ldap) -> Result<Vec<u8>, Refused> {
    let top = domain::top(session).await.map_err(Refused::Failed)?;
    let search = domain::search(&top, NOTHING, &[]);
    let mut cookie = Vec::new();
    for _ in 0..ROUNDS {
        let round = ask(session, ldap, &search, &cookie).await?;
        if !round.more {
            return Ok(round.cookie);
        }
        go_on(&mut cookie, round.cookie)?;
    }
    Err(Refused::Otherwise("DirSync does not come to an end".to_owned()))
}

/// Tells which objects changed since a cookie.
pub(super) async fn changes(job: &mut Job<'_>, cursor: &Cursor) -> Result<Found, Stop> {
    let (before, mut now) = Position::resume(job, cursor).await?;
    let top = domain::top(job.session).await?;
    let all = ["*".to_owned()];
    let search = domain::search(&top, "(objectClass=*)", &all);
    let mut found = Found::default();
    let mut cookie = before.cookie;
    if cookie.is_empty() {
        return Err(Stop::everything("the cursor has no cookie"));
    }
    for _ in 0..ROUNDS {
        let round = ask(job.session, job.ldap, &search, &cookie).await?;
        for entry in round.entries {
            if entry.is_ref() || entry.is_intermediate() {
                continue;
            }
            let entry = Entry::from_tag(entry.0)
                .map_err(|_| Stop::everything("an object that changed cannot be understood"))?;
            // who is new comes with all there is; nobody refers to it by another name
            let renamed = entry.get("name").is_some() && entry.get("whenCreated").is_none();
            found.saw(job, &entry, renamed)?;
        }
        job.worth(found.touched.len() + found.gone.len())?;
        if !round.more {
            now.cookie = round.cookie;
            found.position = now.to_string();
            return Ok(found);
        }
        go_on(&mut cookie, round.cookie)?;
    }
    Err(Stop::everything("DirSync does not come to an end"))
}

fn go_on(cookie: &mut Vec<u8>, next: Vec<u8>) -> Result<(), Refused> {
    if *cookie == next {
        return Err(Refused::Otherwise("DirSync does not get on".to_owned()));
    }
    *cookie = next;
    Ok(())
}

async fn ask(
    session: &Session,
    ldap: &mut Ldap,
    search: &Search<'_>,
    cookie: &[u8],
) -> Result<Round, Refused> {
    let control = RawControl {
        ctype: CONTROL.to_owned(),
        crit: true,
        val: Some(request(cookie)),
    };
    let asked = session.page(ldap, search, vec![control]).await;
    let (entries, result) = asked.map_err(Refused::Failed)?;
    match result.rc {
        0 => {}
        // insufficientAccessRights, or ERROR_DS_DRA_ACCESS_DENIED
        50 => return Err(Refused::Denied),
        _ if result.text.contains("8453") || result.text.contains("00002105") => return Err(Refused::Denied),
        rc => {
            let reason = format!("DirSync is refused with result code {rc}{}", said(&result));
            return Err(Refused::Otherwise(reason));
        }
    }
    let control = result.ctrls.iter().find(|control| control.1.ctype == CONTROL);
    let answer = control.and_then(|control| answer(control.1.val.as_deref()?));
    let Some((more, cookie)) = answer.filter(|(_, cookie)| !cookie.is_empty()) else {
        return Err(Refused::Otherwise(
            "the domain controller ignores DirSync, or its answer cannot be understood".to_owned(),
        ));
    };
    Ok(Round {
        entries,
        more,
        cookie,
    })
}

/// The value of the control: flags, size, cookie.
fn request(cookie: &[u8]) -> Vec<u8> {
    let parts = [
        element(0x02, &INCREMENTAL_VALUES),
        element(0x02, &AT_ONCE),
        element(0x04, cookie),
    ];
    element(0x30, &parts.concat())
}

/// One element in BER (ITU-T X.690, section 8.1).
fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let octets = content.len().to_be_bytes();
    let length: Vec<u8> = octets.into_iter().skip_while(|octet| *octet == 0).collect();
    let mut element = vec![tag];
    match (length.as_slice(), u8::try_from(length.len())) {
        ([], _) => element.push(0),
        ([short @ 0..0x80], _) => element.push(*short),
        (long, count) => {
            element.push(0x80 | count.unwrap_or_default());
            element.extend_from_slice(long);
        }
    }
    element.extend_from_slice(content);
    element
}

/// Takes the control of an answer apart: whether there is more, and the cookie.
fn answer(value: &[u8]) -> Option<(bool, Vec<u8>)> {
    let (_, tag) = parse_tag(value).ok()?;
    let mut parts = constructed(tag)?.into_iter().map(primitive);
    let more = parts.next()??;
    if more.is_empty() {
        return None;
    }
    let cookie = parts.nth(1)??;
    Some((more.iter().any(|octet| *octet != 0), cookie))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_are_made_and_taken_apart() {
        let asked = request(b"c");
        assert_eq!(asked, b"\x30\x0e\x02\x04\x80\0\0\0\x02\x03\x10\0\0\x04\x01c");
        assert_eq!(answer(&asked), Some((true, b"c".to_vec())));
        let cookie = [7; 300];
        assert_eq!(answer(&request(&cookie)), Some((true, cookie.to_vec())));
        let last = b"\x30\x09\x02\x01\0\x02\x01\0\x04\x01c";
        assert_eq!(answer(last), Some((false, b"c".to_vec())));
        for value in [
            &b""[..],
            b"\x30\0",
            b"\x04\x01c",
            b"\x30\x03\x02\x01\0",
            b"\x30\x05\x02\0\x02\x01\0",
            b"\x30\x06\x02\x01\0\x02\x01\0",
            b"\x30\x09\x02\x01\0\x02\x01\0\x04\x09c",
        ] {
            assert_eq!(answer(value), None, "{value:?}");
        }
    }
}
