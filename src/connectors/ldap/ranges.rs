//! Attributes of which a server sends a part at a time (`member;range=0-1499`, MS-ADTS, section 3.1.1.3.1.3.3).
//!
//! Active Directory sends the attribute itself empty beside the first part, or leaves it out. What is there in part
//! only is fetched from the beginning, and once more if the object changes meanwhile: a member that moves from one
//! part to another would be missed.

use ldap3::{
    Ldap, ResultEntry,
    asn1::{PL, StructureTag},
};

use super::{connection::Session, entry::Entry, failure::Failure};

/// How often an object is read anew that changes while it is read.
const ATTEMPTS: usize = 3;

/// The option with which a part of the values comes.
const OPTION: &str = ";range=";

/// What changes whenever an object does (on one domain controller).
const STAMP: &str = "uSNChanged";

/// The part of an attribute that came.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Part {
    /// The attribute, without the range.
    attribute: String,
    /// The place after the last value; nothing if it is the last part.
    next: Option<u64>,
}

/// Takes the name of an attribute apart that came in part.
fn part(name: &str) -> Option<Part> {
    let at = name.to_ascii_lowercase().find(OPTION)?;
    let (attribute, rest) = (name.get(..at)?, name.get(at + OPTION.len()..)?);
    let (_, last) = rest.split(';').next()?.split_once('-')?;
    let next = match last {
        "*" => None,
        last => Some(last.parse::<u64>().ok()?.checked_add(1)?),
    };
    Some(Part {
        attribute: attribute.to_owned(),
        next,
    })
}

/// Reports whether an entry has an attribute that came in part, without taking the entry apart.
pub(super) fn is_cut(entry: &ResultEntry) -> bool {
    let PL::C(parts) = &entry.0.payload else {
        return false;
    };
    let Some(PL::C(attributes)) = parts.get(1).map(|list| &list.payload) else {
        return false;
    };
    attributes.iter().any(|attribute| {
        name_of(attribute).is_some_and(|name| {
            name.windows(OPTION.len())
                .any(|window| window.eq_ignore_ascii_case(OPTION.as_bytes()))
        })
    })
}

fn name_of(attribute: &StructureTag) -> Option<&[u8]> {
    let PL::C(parts) = &attribute.payload else {
        return None;
    };
    match &parts.first()?.payload {
        PL::P(name) => Some(name),
        PL::C(_) => None,
    }
}

/// Fetches what is missing of an entry. An attribute that cannot be had whole stays as it came.
pub(super) async fn complete(session: &Session, ldap: &mut Ldap, entry: &mut Entry) -> Result<(), Failure> {
    let cut: Vec<String> = entry
        .attributes
        .iter()
        .filter_map(|(name, _)| Some(part(name)?.attribute))
        .collect();
    for attribute in cut {
        for _ in 0..ATTEMPTS {
            if let Some(values) = all(session, ldap, &entry.dn, &attribute).await? {
                entry.attributes.retain(|(name, _)| {
                    !name.eq_ignore_ascii_case(&attribute)
                        && part(name).is_none_or(|part| !part.attribute.eq_ignore_ascii_case(&attribute))
                });
                entry.attributes.push((attribute, values));
                break;
            }
        }
    }
    Ok(())
}

/// Fetches all values of an attribute, part by part; nothing if the object changed meanwhile or is gone.
async fn all(
    session: &Session,
    ldap: &mut Ldap,
    dn: &str,
    attribute: &str,
) -> Result<Option<Vec<Vec<u8>>>, Failure> {
    let mut values: Vec<Vec<u8>> = Vec::new();
    let mut first: Option<Option<String>> = None;
    let mut from = 0;
    loop {
        let wanted = [format!("{attribute}{OPTION}{from}-*"), STAMP.to_owned()];
        let Some(entry) = session.look(ldap, dn, &wanted).await? else {
            return Ok(None);
        };
        let stamp = entry.text(STAMP).map(str::to_owned);
        if *first.get_or_insert_with(|| stamp.clone()) != stamp {
            return Ok(None);
        }
        let came = entry.attributes.into_iter().find_map(|(name, values)| {
            let part = part(&name)?;
            part.attribute
                .eq_ignore_ascii_case(attribute)
                .then_some((part, values))
        });
        let Some((part, more)) = came else {
            // the last value went away
            return Ok((from == 0).then_some(values));
        };
        values.extend(more);
        match part.next {
            None => return Ok(Some(values)),
            Some(next) if next > from => from = next,
            // a server that does not get on
            Some(_) => return Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_told_from_other_options() {
        let is = |attribute: &str, next| {
            Some(Part {
                attribute: attribute.to_owned(),
                next,
            })
        };
        assert_eq!(part("member;range=0-1499"), is("member", Some(1500)));
        assert_eq!(part("memberOf;Range=1500-*"), is("memberOf", None));
        assert_eq!(part("cert;binary;range=0-9;x"), is("cert;binary", Some(10)));
        for name in [
            "member",
            "cn;lang-de",
            "member;range=",
            "member;range=0",
            "a;range=0-x",
        ] {
            assert_eq!(part(name), None, "{name}");
        }
    }
}
