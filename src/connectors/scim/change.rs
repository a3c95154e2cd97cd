//! Changing a resource: check, PATCH, read back; PUT of the whole where PATCH does not do it.

use reqwest::Method;
use serde_json::Value as Json;

use super::{
    Scim,
    catalog::Catalog,
    create::{New, written},
    failure::{self, Sent},
    http::Reply,
    patch::{self, Wish},
    resource,
};
use crate::connectors::{ObjectRef, Write, WriteError, Written};

impl Scim {
    /// Carries out one write.
    pub(super) async fn apply(&self, write: &Write) -> Result<Written, WriteError> {
        let catalog = self
            .catalog()
            .await
            .map_err(|trouble| failure::lost(trouble, Sent::Look))?;
        match write {
            Write::Create {
                class,
                attributes,
                enabled,
                absent,
                ..
            } => {
                let new = New::of(&catalog, class, attributes, *enabled, absent)?;
                self.create(&catalog, &new).await
            }
            Write::Change {
                container: Some(_), ..
            } => Err(WriteError::Refused(
                "SCIM has no containers: take container out of the account rule".to_owned(),
            )),
            Write::Change {
                object,
                attributes,
                enabled,
                ..
            } => {
                let wishes = Wish::of_change(&catalog, &object.class, attributes, *enabled)?;
                self.change(&catalog, object, &wishes).await
            }
            Write::Restore { .. } => Err(WriteError::Refused(super::KEEPS_NOTHING.to_owned())),
            Write::Delete { object } => self.delete(&catalog, object).await,
            Write::Membership { group, member, add } => self.membership(&catalog, group, member, *add).await,
        }
    }

    async fn change(
        &self,
        catalog: &Catalog,
        object: &ObjectRef,
        wishes: &[Wish],
    ) -> Result<Written, WriteError> {
        let endpoint = resource::endpoint(Some(catalog), &object.class);
        let address = resource::address(&endpoint, &object.anchor);
        let current = self.fetch(&address).await?;
        if wishes.iter().all(|wish| wish.is_exact(&current)) {
            return Ok(written(wishes, &endpoint, &current, &object.anchor, true));
        }
        let moved =
            |wish: &&Wish| !wish.is_write_only() && !wish.is_as_before(&current) && !wish.is_exact(&current);
        if let Some(wish) = wishes.iter().find(moved) {
            return Err(WriteError::Conflict(format!(
                "{address}: {} is not as it was planned: somebody changed it; read the system and plan again",
                wish.path
            )));
        }
        let tag = patch::version(&current)
            .filter(|_| catalog.abilities.etag)
            .map(str::to_owned);
        let mut now = current;
        let mut refusal = None;
        if catalog.abilities.patch {
            let reply = self
                .send(
                    Method::PATCH,
                    &address,
                    &patch::patch(wishes, Some(&now)),
                    tag.as_deref(),
                )
                .await?;
            if reply.is_success() {
                now = self.read_back(&address).await?;
                let result = written(wishes, &endpoint, &now, &object.anchor, false);
                if result.verified {
                    return Ok(result);
                }
            } else if is_unsupported(&reply) {
                refusal = Some(failure::refused(
                    &reply,
                    Sent::Write,
                    &format!("changing {address}"),
                ));
            } else {
                return Err(failure::refused(
                    &reply,
                    Sent::Write,
                    &format!("changing {address}"),
                ));
            }
        }
        self.replace(&endpoint, object, wishes, &now, refusal).await
    }

    /// Sends the merged whole, for services whose PATCH is missing or does nothing.
    async fn replace(
        &self,
        endpoint: &str,
        object: &ObjectRef,
        wishes: &[Wish],
        current: &Json,
        refusal: Option<WriteError>,
    ) -> Result<Written, WriteError> {
        let address = resource::address(endpoint, &object.anchor);
        if resource::is_group(&object.class) {
            // a service that shows only some members would lose the others
            return Err(refusal.unwrap_or_else(|| still_different(wishes, current, &address)));
        }
        let tag = patch::version(current).filter(|_| self.uses_tags());
        let reply = self
            .send(Method::PUT, &address, &patch::merged(wishes, current), tag)
            .await?;
        if !reply.is_success() {
            let why = failure::refused(&reply, Sent::Write, &format!("changing {address}"));
            return Err(match (why, refusal) {
                // neither way is taken: the better one says why
                (WriteError::Refused(_), Some(refusal)) => refusal,
                (why, _) => why,
            });
        }
        let now = self.read_back(&address).await?;
        let result = written(wishes, endpoint, &now, &object.anchor, false);
        if result.verified {
            Ok(result)
        } else {
            Err(still_different(wishes, &now, &address))
        }
    }

    /// Writes with `If-Match`. Some services refuse a tag they have just handed out: if the resource still has it,
    /// the precondition holds and the write is sent without.
    async fn send(
        &self,
        method: Method,
        address: &str,
        body: &Json,
        tag: Option<&str>,
    ) -> Result<Reply, WriteError> {
        let lost = |trouble| failure::lost(trouble, Sent::Write);
        let reply = self
            .http
            .write(method.clone(), address, Some(body), tag)
            .await
            .map_err(lost)?;
        if reply.status == 412 && tag.is_some() {
            let now = self.fetch(address).await?;
            if patch::version(&now) == tag {
                return self
                    .http
                    .write(method, address, Some(body), None)
                    .await
                    .map_err(lost);
            }
        }
        Ok(reply)
    }

    /// Reads one resource before a write.
    pub(super) async fn fetch(&self, address: &str) -> Result<Json, WriteError> {
        let reply = self
            .http
            .get(address, &[])
            .await
            .map_err(|trouble| failure::lost(trouble, Sent::Look))?;
        match reply.json {
            Some(json) if json.is_object() && (200..300).contains(&reply.status) => Ok(json),
            _ if (200..300).contains(&reply.status) => Err(WriteError::Busy {
                message: format!("{address} could not be read: the answer is no JSON object; try again"),
                retry_after: None,
            }),
            _ => Err(failure::refused(
                &reply,
                Sent::Look,
                &format!("reading {address}"),
            )),
        }
    }

    /// Reads one resource after a write: what became of it is unknown if that fails.
    pub(super) async fn read_back(&self, address: &str) -> Result<Json, WriteError> {
        self.fetch(address).await.map_err(|error| {
            WriteError::Unknown(format!(
                "{address} was written but could not be read back: {error}"
            ))
        })
    }

    fn uses_tags(&self) -> bool {
        self.catalog.get().is_some_and(|catalog| catalog.abilities.etag)
    }
}

/// Reports whether an answer to a PATCH may mean that the service cannot do it this way.
pub fn is_unsupported(reply: &Reply) -> bool {
    matches!(reply.status, 400 | 404 | 405 | 501)
}

fn still_different(wishes: &[Wish], now: &Json, address: &str) -> WriteError {
    let names: Vec<_> = wishes
        .iter()
        .filter(|wish| !wish.is_done(now))
        .map(|wish| wish.path.to_string())
        .collect();
    WriteError::Refused(format!(
        "{address}: the service accepted the change but did not take over {}: ask its maker, or take it out of the mapping",
        names.join(", ")
    ))
}
