//! Answering a search: selection, paging, limits.

use rasn::types::SetOf;
use rasn_ldap::{
    PartialAttribute, ProtocolOp, ResultCode, SearchRequest, SearchRequestScope, SearchResultDone,
    SearchResultEntry,
};

use super::controls::{Page, paged_response};
use super::directory::{Directory, parse_dn};
use super::dn::Dn;
use super::entry::{Entry, Id};
use super::fault::{Fault, Outcome};
use super::filter::matches_alone;
use super::reply::{Reply, result};
use super::schema::Schema;
use super::virtual_entry::{SUBSCHEMA, root_dse, subschema};

/// All answers to a search, the last with the result.
pub fn search(directory: &Directory, request: &SearchRequest, page: Option<&Page>) -> Vec<Reply> {
    let mut replies = Vec::new();
    let outcome = find(directory, request, page, &mut replies);
    let (done, cookie) = match outcome {
        Ok(cookie) => (result(Ok(())), cookie),
        Err(fault) => (result(Err(fault)), Vec::new()),
    };
    let mut reply = Reply::new(ProtocolOp::SearchResDone(SearchResultDone(done)));
    reply.controls = page
        .and_then(|_| paged_response(&cookie))
        .map(|control| vec![control]);
    replies.push(reply);
    replies
}

/// Puts the entries into `replies` and returns the cookie for the next page, empty after the last.
fn find(
    directory: &Directory,
    request: &SearchRequest,
    page: Option<&Page>,
    replies: &mut Vec<Reply>,
) -> Outcome<Vec<u8>> {
    let selection = Selection::new(&request.attributes);
    let base = parse_dn(&request.base_object)?;
    let alone = match request.scope {
        SearchRequestScope::BaseObject if base.0.is_empty() => Some(root_dse(directory.contexts())),
        SearchRequestScope::BaseObject if Some(&base) == Dn::parse(SUBSCHEMA).as_ref() => Some(subschema()),
        SearchRequestScope::BaseObject if base.key() == "cn=subschema" => Some(subschema()),
        _ => None,
    };
    if let Some(entry) = alone {
        if matches_alone(&entry, &request.filter) == Some(true) {
            let shown = selection.attributes(&entry, request.types_only, Vec::new());
            replies.push(entry_reply(&base.to_string(), shown));
        }
        return Ok(Vec::new());
    }
    let base = directory.resolve(&base)?;
    let after = page.map_or(0, |page| page.after);
    let before = page.map_or(0, |page| page.sent);
    let mut last = after;
    for (on_page, id) in (0..).zip(directory.search(base, request.scope, &request.filter, after)) {
        let sent = before.saturating_add(on_page);
        if request.size_limit > 0 && sent >= request.size_limit {
            return Err(Fault::new(ResultCode::SizeLimitExceeded, "size limit exceeded"));
        }
        if let Some(page) = page
            && on_page >= page.size
        {
            return Ok(Page::cookie(last, sent));
        }
        if let Some(entry) = directory.entry(id) {
            let computed = computed(directory, id, &selection);
            let shown = selection.attributes(entry, request.types_only, computed);
            replies.push(entry_reply(&directory.dn(id).to_string(), shown));
        }
        last = id;
    }
    Ok(Vec::new())
}

fn entry_reply(dn: &str, attributes: Vec<PartialAttribute>) -> Reply {
    Reply::new(ProtocolOp::SearchResEntry(SearchResultEntry::new(
        dn.into(),
        attributes,
    )))
}

/// The attributes that are worked out when they are asked for.
fn computed(directory: &Directory, id: Id, selection: &Selection) -> Vec<(&'static str, Vec<String>)> {
    let mut all = Vec::new();
    if selection.wants("memberOf", true) {
        all.push(("memberOf", directory.member_of(id)));
    }
    if selection.wants("entryDN", true) {
        all.push(("entryDN", vec![directory.dn(id).to_string()]));
    }
    if selection.wants("subschemaSubentry", true) {
        all.push(("subschemaSubentry", vec![SUBSCHEMA.to_owned()]));
    }
    if selection.wants("hasSubordinates", true) {
        let answer = if directory.children_of(id).next().is_some() {
            "TRUE"
        } else {
            "FALSE"
        };
        all.push(("hasSubordinates", vec![answer.to_owned()]));
    }
    all
}

/// Which attributes the client asked for (RFC 4511 §4.5.1.8, RFC 3673).
struct Selection {
    user: bool,
    operational: bool,
    names: Vec<String>,
}

impl Selection {
    fn new(requested: &[rasn_ldap::LdapString]) -> Self {
        let has = |wanted: &str| requested.iter().any(|name| name.as_str() == wanted);
        let known = requested
            .iter()
            .filter_map(|name| Schema::get().attribute(name.as_str()));
        Self {
            user: requested.is_empty() || has("*"),
            operational: has("+"),
            names: known.map(|attribute| attribute.name.clone()).collect(),
        }
    }

    fn wants(&self, name: &str, operational: bool) -> bool {
        let all = if operational { self.operational } else { self.user };
        all || self
            .names
            .iter()
            .any(|known| known == name || (known == "name" && Schema::get().is_name(name)))
    }

    fn attributes(
        &self,
        entry: &Entry,
        types_only: bool,
        computed: Vec<(&'static str, Vec<String>)>,
    ) -> Vec<PartialAttribute> {
        let mut shown = Vec::new();
        let mut push = |name: &str, values: Vec<Vec<u8>>| {
            let values = if types_only { Vec::new() } else { values };
            let values: Vec<rasn::types::OctetString> = values.into_iter().map(Into::into).collect();
            shown.push(PartialAttribute::new(name.into(), SetOf::from_vec(values)));
        };
        for (name, values) in &entry.attributes {
            let operational = Schema::get()
                .attribute(name)
                .is_some_and(|attribute| attribute.operational);
            if name != "userPassword" && self.wants(name, operational) {
                push(name, values.iter().map(|value| value.raw.clone()).collect());
            }
        }
        for (name, texts) in computed.into_iter().filter(|(_, texts)| !texts.is_empty()) {
            push(name, texts.into_iter().map(String::into_bytes).collect());
        }
        shown
    }
}
