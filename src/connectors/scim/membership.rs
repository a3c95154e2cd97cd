//! Adding one member to a group, or removing one, without touching the others.

use reqwest::Method;
use serde_json::{Value as Json, json};

use super::{
    Scim,
    catalog::Catalog,
    change::is_unsupported,
    failure::{self, Sent},
    patch,
    path::{Path, member},
    resource,
};
use crate::{
    connectors::{ObjectRef, WriteError, Written},
    model::{Anchor, Value},
};

/// Services are known to show the first hundred members and to drop the rest at the next PUT; a group that may be
/// longer is never sent whole.
const SMALL: usize = 100;

impl Scim {
    pub(super) async fn membership(
        &self,
        catalog: &Catalog,
        group: &ObjectRef,
        who: &ObjectRef,
        add: bool,
    ) -> Result<Written, WriteError> {
        let endpoint = resource::endpoint(Some(catalog), "Group");
        let address = resource::address(&endpoint, &group.anchor);
        let before = self.fetch(&address).await?;
        let end = |now: &Json, already| Written {
            anchor: group.anchor.clone(),
            location: format!("{endpoint}/{}", group.anchor),
            verified: is_kept(&before, now, add) && is_seen(&before, now, &who.anchor, add),
            already,
            attributes: vec![("member".to_owned(), Value::text(who.anchor.as_str()).into_owned())],
        };
        // a list that is missing is an empty one, or one the service does not show: then the service is asked
        let hidden = members(&before).is_none();
        if is_member(&before, &who.anchor) == Some(add) {
            return Ok(end(&before, true));
        }
        let mut refusal = None;
        if catalog.abilities.patch {
            // a list of values is read as "all" by some services: not sent where the loss could not be seen
            let ways = operations(&who.anchor, add)
                .into_iter()
                .take(if hidden && !add { 1 } else { 2 });
            for operation in ways {
                let sent = self
                    .http
                    .write(Method::PATCH, &address, Some(&patch::message(&[operation])), None)
                    .await;
                let reply = sent.map_err(|trouble| failure::lost(trouble, Sent::Write))?;
                if reply.is_success() {
                    let now = self.read_back(&address).await?;
                    if is_member(&now, &who.anchor).is_none_or(|is| is == add) {
                        return Ok(end(&now, false));
                    }
                    // it did nothing: the next way might, unless this one did something else
                    if !is_kept(&before, &now, add) {
                        return Err(WriteError::Unknown(format!(
                            "{address}: the service changed other members than asked for: compare the group by hand"
                        )));
                    }
                    refusal = None;
                    if !add {
                        // only a refusal shows that a list of values is not read as "all"
                        break;
                    }
                } else if hidden && !add && reply.detail.starts_with("noTarget") {
                    return Ok(end(&before, true));
                } else if is_unsupported(&reply) {
                    refusal = Some(failure::refused(
                        &reply,
                        Sent::Write,
                        &format!("changing the members of {address}"),
                    ));
                } else {
                    return Err(failure::refused(
                        &reply,
                        Sent::Write,
                        &format!("changing the members of {address}"),
                    ));
                }
            }
        }
        let Some(whole) = replaced(&before, &who.anchor, add) else {
            return Err(refusal.unwrap_or_else(|| {
                WriteError::Refused(format!(
                    "{address}: the service does not change single members, and the group is too large or too little \
                     known to be sent whole: change it in the application"
                ))
            }));
        };
        let sent = self.http.write(Method::PUT, &address, Some(&whole), None).await;
        let reply = sent.map_err(|trouble| failure::lost(trouble, Sent::Write))?;
        if !reply.is_success() {
            let put = || failure::refused(&reply, Sent::Write, &format!("changing the members of {address}"));
            return Err(refusal.unwrap_or_else(put));
        }
        let now = self.read_back(&address).await?;
        if is_member(&now, &who.anchor).is_some_and(|is| is != add) {
            return Err(WriteError::Refused(format!(
                "{address}: the service accepted the change but the members are the same: change it in the application"
            )));
        }
        Ok(end(&now, false))
    }
}

/// Returns the ways to say it, the one that can do the least harm first.
pub fn operations(who: &Anchor, add: bool) -> Vec<Json> {
    let value = json!([{ "value": who.as_str() }]);
    if add {
        return vec![
            json!({ "op": "add", "path": "members", "value": value }),
            json!({ "op": "add", "value": { "members": value } }),
        ];
    }
    let path = Path {
        extension: None,
        attribute: "members".to_owned(),
        filter: vec![("value".to_owned(), Json::String(who.as_str().to_owned()))],
        sub: None,
    };
    vec![
        json!({ "op": "remove", "path": path.to_string() }),
        json!({ "op": "remove", "path": "members", "value": value }),
    ]
}

/// Reports whether somebody is a member; `None` if the group shows no members.
pub fn is_member(group: &Json, who: &Anchor) -> Option<bool> {
    let members = members(group)?;
    Some(
        members
            .iter()
            .any(|there| value_of(there).as_deref() == Some(who.as_str())),
    )
}

/// Reports whether the group shows what is wanted; a list that is gone after its only member went is an empty one.
fn is_seen(before: &Json, now: &Json, who: &Anchor, add: bool) -> bool {
    match is_member(now, who) {
        Some(is) => is == add,
        None => !add && members(before).is_some_and(|there| there.len() == 1),
    }
}

fn members(group: &Json) -> Option<&Vec<Json>> {
    member(group, "members").and_then(Json::as_array)
}

fn value_of(there: &Json) -> Option<String> {
    super::path::value(there)
        .as_text()
        .map(std::borrow::Cow::into_owned)
}

/// Reports whether no other member got lost.
fn is_kept(before: &Json, now: &Json, add: bool) -> bool {
    let count = |group| members(group).map_or(0, Vec::len);
    count(now) + usize::from(!add) >= count(before)
}

/// Returns the whole group after the change, if it is safe to send it.
fn replaced(group: &Json, who: &Anchor, add: bool) -> Option<Json> {
    let there = members(group).filter(|there| there.len() < SMALL)?;
    let mut kept: Vec<_> = there
        .iter()
        .filter(|there| value_of(there).as_deref() != Some(who.as_str()))
        .cloned()
        .collect();
    if add {
        kept.push(json!({ "value": who.as_str() }));
    }
    let mut whole = group.as_object()?.clone();
    whole.retain(|name, _| {
        !["meta", "members"]
            .iter()
            .any(|left| name.eq_ignore_ascii_case(left))
    });
    whole.insert("members".to_owned(), Json::Array(kept));
    Some(Json::Object(whole))
}
