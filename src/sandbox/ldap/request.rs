//! One request in, its answers out.

use std::sync::{PoisonError, RwLock};

use rasn_ldap::{
    AddRequest, AddResponse, AuthenticationChoice, BindRequest, BindResponse, ChangeOperation,
    CompareRequest, CompareResponse, DelRequest, DelResponse, ExtendedRequest, ExtendedResponse, LdapMessage,
    LdapResult, ModifyDnRequest, ModifyDnResponse, ModifyRequest, ModifyResponse, ProtocolOp, ResultCode,
    SearchResultDone,
};

use super::controls;
use super::directory::{Change, ChangeKind, Directory};
use super::fault::{Fault, Outcome};
use super::filter::matches;
use super::reply::{Reply, result};
use super::search::search;
use super::virtual_entry::WHO_AM_I;

/// What a connection knows of its client.
#[derive(Debug, Default)]
pub struct Session {
    /// The bound name, none for anonymous.
    pub bound: Option<String>,
}

/// The answers to a request.
#[derive(Debug, Default)]
pub struct Answer {
    /// What to send, in order.
    pub replies: Vec<Reply>,
    /// How many changes the directory was asked for: one a request, but as many as members come and go.
    pub writes: u64,
}

impl Answer {
    fn one(operation: ProtocolOp) -> Self {
        Self {
            replies: vec![Reply::new(operation)],
            writes: 0,
        }
    }

    fn write(operation: ProtocolOp) -> Self {
        Self {
            writes: 1,
            ..Self::one(operation)
        }
    }
}

impl Session {
    /// Does what a message asks. Messages that want no answer (abandon, and what clients never send) get none.
    pub fn handle(&mut self, directory: &RwLock<Directory>, message: LdapMessage) -> Answer {
        let controls = controls::read(message.controls.as_deref());
        let page = match controls {
            Ok(page) => page,
            Err(fault) => return refuse(&message.protocol_op, fault),
        };
        let read = || directory.read().unwrap_or_else(PoisonError::into_inner);
        match message.protocol_op {
            ProtocolOp::BindRequest(request) => Answer::one(self.bind(&read(), &request)),
            ProtocolOp::SearchRequest(request) => Answer {
                replies: search(&read(), &request, page.as_ref()),
                writes: 0,
            },
            ProtocolOp::CompareRequest(request) => {
                let outcome = compare(&read(), &request);
                Answer::one(ProtocolOp::CompareResponse(CompareResponse(match outcome {
                    Ok(true) => LdapResult::new(ResultCode::CompareTrue, "".into(), "".into()),
                    Ok(false) => LdapResult::new(ResultCode::CompareFalse, "".into(), "".into()),
                    Err(fault) => result(Err(fault)),
                })))
            }
            ProtocolOp::AddRequest(request) => {
                let done = self.change(directory, |directory| add(directory, request));
                Answer::write(ProtocolOp::AddResponse(AddResponse(done)))
            }
            ProtocolOp::ModifyRequest(request) => {
                let writes = members(&request).max(1);
                let done = self.change(directory, |directory| modify(directory, request));
                Answer {
                    writes,
                    ..Answer::write(ProtocolOp::ModifyResponse(ModifyResponse(done)))
                }
            }
            ProtocolOp::DelRequest(DelRequest(dn)) => {
                let done = self.change(directory, |directory| directory.delete(&dn));
                Answer::write(ProtocolOp::DelResponse(DelResponse(done)))
            }
            ProtocolOp::ModDnRequest(request) => {
                let done = self.change(directory, |directory| rename(directory, &request));
                Answer::write(ProtocolOp::ModDnResponse(ModifyDnResponse(done)))
            }
            ProtocolOp::ExtendedReq(request) => Answer::one(self.extended(&request)),
            _ => Answer::default(),
        }
    }

    fn bind(&mut self, directory: &Directory, request: &BindRequest) -> ProtocolOp {
        self.bound = None;
        let outcome = match &request.authentication {
            _ if request.version != 3 => Err(Fault::new(
                ResultCode::ProtocolError,
                "only LDAP version 3 is spoken here",
            )),
            AuthenticationChoice::Simple(password) => match (request.name.is_empty(), password.is_empty()) {
                (_, true) if request.name.is_empty() => Ok(None),
                (false, true) => {
                    let message = "unauthenticated bind (DN with no password) disallowed";
                    Err(Fault::new(ResultCode::UnwillingToPerform, message))
                }
                _ => directory.bind(&request.name, password).map(Some),
            },
            _ => Err(Fault::new(
                ResultCode::AuthMethodNotSupported,
                "only simple binds are offered",
            )),
        };
        let done = result(outcome.map(|bound| self.bound = bound));
        ProtocolOp::BindResponse(BindResponse::new(
            done.result_code,
            done.matched_dn,
            done.diagnostic_message,
            None,
            None,
        ))
    }

    fn change(
        &self,
        directory: &RwLock<Directory>,
        work: impl FnOnce(&mut Directory) -> Outcome<()>,
    ) -> LdapResult {
        if self.bound.is_none() {
            let message = "modifications require authentication";
            return result(Err(Fault::new(ResultCode::InsufficientAccessRights, message)));
        }
        result(work(
            &mut directory.write().unwrap_or_else(PoisonError::into_inner),
        ))
    }

    fn extended(&self, request: &ExtendedRequest) -> ProtocolOp {
        let (done, value) = if request.request_name.as_ref() == WHO_AM_I.as_bytes() {
            let name = self
                .bound
                .as_ref()
                .map_or_else(String::new, |dn| format!("dn:{dn}"));
            (result(Ok(())), Some(name.into_bytes().into()))
        } else {
            (
                result(Err(Fault::new(
                    ResultCode::ProtocolError,
                    "unsupported extended operation",
                ))),
                None,
            )
        };
        extended_response(done, value)
    }
}

fn extended_response(done: LdapResult, value: Option<rasn::types::OctetString>) -> ProtocolOp {
    ProtocolOp::ExtendedResp(ExtendedResponse {
        result_code: done.result_code,
        matched_dn: done.matched_dn,
        diagnostic_message: done.diagnostic_message,
        referral: None,
        response_name: None,
        response_value: value,
    })
}

/// The answer to a request that is refused before it is looked at.
fn refuse(operation: &ProtocolOp, fault: Fault) -> Answer {
    let done = result(Err(fault));
    Answer::one(match operation {
        ProtocolOp::BindRequest(_) => ProtocolOp::BindResponse(BindResponse::new(
            done.result_code,
            done.matched_dn,
            done.diagnostic_message,
            None,
            None,
        )),
        ProtocolOp::SearchRequest(_) => ProtocolOp::SearchResDone(SearchResultDone(done)),
        ProtocolOp::CompareRequest(_) => ProtocolOp::CompareResponse(CompareResponse(done)),
        ProtocolOp::AddRequest(_) => ProtocolOp::AddResponse(AddResponse(done)),
        ProtocolOp::ModifyRequest(_) => ProtocolOp::ModifyResponse(ModifyResponse(done)),
        ProtocolOp::DelRequest(_) => ProtocolOp::DelResponse(DelResponse(done)),
        ProtocolOp::ModDnRequest(_) => ProtocolOp::ModDnResponse(ModifyDnResponse(done)),
        ProtocolOp::ExtendedReq(_) => extended_response(done, None),
        _ => return Answer::default(),
    })
}

fn add(directory: &mut Directory, request: AddRequest) -> Outcome<()> {
    let mut attributes = Vec::new();
    for attribute in request.attributes {
        let values = attribute.vals.iter().map(|value| value.to_vec()).collect();
        attributes.push((attribute.r#type.0, values));
    }
    directory.add(&request.entry, attributes).map(|_| ())
}

/// How many members a change of a group adds and removes.
fn members(request: &ModifyRequest) -> u64 {
    let of_members = request.changes.iter().filter(|change| {
        let name = &change.modification.r#type.0;
        name.eq_ignore_ascii_case("member") || name.eq_ignore_ascii_case("uniqueMember")
    });
    of_members
        .map(|change| change.modification.vals.len() as u64)
        .sum()
}

fn modify(directory: &mut Directory, request: ModifyRequest) -> Outcome<()> {
    let mut changes = Vec::new();
    for change in request.changes {
        let kind = match change.operation {
            ChangeOperation::Add => ChangeKind::Add,
            ChangeOperation::Delete => ChangeKind::Delete,
            ChangeOperation::Replace => ChangeKind::Replace,
        };
        let values = change
            .modification
            .vals
            .iter()
            .map(|value| value.to_vec())
            .collect();
        changes.push(Change {
            kind,
            attribute: change.modification.r#type.0,
            values,
        });
    }
    directory.modify(&request.object, &changes)
}

fn rename(directory: &mut Directory, request: &ModifyDnRequest) -> Outcome<()> {
    let superior = request.new_superior.as_ref().map(|dn| dn.as_str());
    directory.rename(&request.entry, &request.new_rdn, request.delete_old_rdn, superior)
}

fn compare(directory: &Directory, request: &CompareRequest) -> Outcome<bool> {
    let id = directory.resolve_text(&request.entry)?;
    let name = request.ava.attribute_desc.as_str();
    let filter = rasn_ldap::Filter::EqualityMatch(request.ava.clone());
    let present = rasn_ldap::Filter::Present(name.into());
    match matches(directory, id, &present) {
        None => Err(Fault::new(
            ResultCode::UndefinedAttributeType,
            format!("{name}: attribute type undefined"),
        )),
        Some(false) => Err(Fault::new(
            ResultCode::NoSuchAttribute,
            format!("{name}: the entry has no such attribute"),
        )),
        Some(true) => matches(directory, id, &filter).ok_or_else(|| {
            Fault::new(
                ResultCode::InvalidAttributeSyntax,
                format!("{name}: invalid value"),
            )
        }),
    }
}
