//! Finding out what became of a write whose answer got lost.

use serde_json::Value as Json;

use super::{
    Scim,
    catalog::Catalog,
    compare,
    create::{New, written},
    failure::{self, Sent},
    membership,
    patch::Wish,
    path::member,
    reading, resource,
};
use crate::{
    connectors::{ObjectRef, Settled, Write, WriteError, Written},
    model::Value,
};

impl Scim {
    /// Looks whether a write was carried out.
    pub(super) async fn find_out(&self, write: &Write) -> Settled {
        self.look_for(write).await.unwrap_or_else(|error| match error {
            WriteError::Busy { message, .. } => Settled::Unasked(message),
            error => Settled::Unclear(error.to_string()),
        })
    }

    async fn look_for(&self, write: &Write) -> Result<Settled, WriteError> {
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
                self.settle_create(&new).await
            }
            Write::Change {
                object,
                attributes,
                enabled,
                ..
            } => {
                let wishes = Wish::of_change(&catalog, &object.class, attributes, *enabled)?;
                self.settle_change(&catalog, object, &wishes).await
            }
            Write::Restore { .. } => Err(WriteError::Refused(super::KEEPS_NOTHING.to_owned())),
            Write::Delete { object } => self.settle_delete(&catalog, object).await,
            Write::Membership {
                group,
                member: who,
                add,
            } => {
                let endpoint = resource::endpoint(Some(&catalog), "Group");
                let now = self.fetch(&resource::address(&endpoint, &group.anchor)).await?;
                Ok(match membership::is_member(&now, &who.anchor) {
                    Some(is) if is == *add => Settled::Done(done(
                        group,
                        &endpoint,
                        vec![("member".to_owned(), Value::text(who.anchor.as_str()).into_owned())],
                    )),
                    Some(_) => Settled::NotDone,
                    None if *add => Settled::NotDone,
                    None => Settled::Unclear(format!(
                        "{endpoint}/{} shows no members: look at it",
                        group.anchor
                    )),
                })
            }
        }
    }

    /// Looks by every key. Some services never find an `externalId`, so nothing found by it alone proves nothing:
    /// the name has to be looked for too, where there is one.
    async fn settle_create(&self, new: &New) -> Result<Settled, WriteError> {
        let is_name = |wish: &Wish| ["username", "displayname"].contains(&wish.path.key().as_str());
        let named: Vec<_> = new
            .wishes
            .iter()
            .filter(|wish| is_name(wish) || wish.path.key() == "externalid")
            .collect();
        let mut keys: Vec<_> = new.absent.iter().collect();
        keys.extend(
            named
                .into_iter()
                .filter(|wish| !new.absent.iter().any(|key| key.path == wish.path)),
        );
        keys.retain(|key| !key.after.is_nothing());
        let (hits, asked) = self.look_each(&new.endpoint, &keys, false).await?;
        let name_wanted = keys.iter().any(|key| is_name(key));
        let name_asked = asked.iter().any(|key| is_name(key));
        Ok(match hits.as_slice() {
            [] if asked.is_empty() || (name_wanted && !name_asked) => Settled::Unclear(format!(
                "the service cannot be asked for {}: look there by hand, then plan again",
                new.title()
            )),
            [] => Settled::NotDone,
            [hit] => {
                let foreign = keys.iter().find(|key| {
                    let there = key.path.resolve(hit);
                    !there.is_nothing() && !compare::same(&key.column, &there, &key.after)
                });
                match (foreign, reading::id(hit)) {
                    (None, Some(id)) => Settled::Done(new.written(hit, &id)),
                    (Some(key), Some(id)) => Settled::Unclear(format!(
                        "{}/{id} looks like {}, but its {} is another: look at it, then plan again",
                        new.endpoint,
                        new.title(),
                        key.path
                    )),
                    (_, None) => {
                        Settled::Unclear(format!("{} is there without an id: look at it", new.title()))
                    }
                }
            }
            several => Settled::Unclear(format!(
                "{} resources look like {}: remove the double ones by hand, then plan again",
                several.len(),
                new.title()
            )),
        })
    }

    async fn settle_change(
        &self,
        catalog: &Catalog,
        object: &ObjectRef,
        wishes: &[Wish],
    ) -> Result<Settled, WriteError> {
        let endpoint = resource::endpoint(Some(catalog), &object.class);
        let address = resource::address(&endpoint, &object.anchor);
        let now = self.fetch(&address).await?;
        let visible: Vec<_> = wishes.iter().filter(|wish| !wish.is_write_only()).collect();
        Ok(if visible.is_empty() {
            Settled::Unclear(format!(
                "{address}: what was written is never shown: set it once more"
            ))
        } else if visible.iter().all(|wish| wish.is_exact(&now)) {
            Settled::Done(written(wishes, &endpoint, &now, &object.anchor, false))
        } else if visible.iter().all(|wish| wish.is_as_before(&now)) {
            Settled::NotDone
        } else if wishes.iter().all(|wish| wish.is_done(&now)) {
            Settled::Done(written(wishes, &endpoint, &now, &object.anchor, false))
        } else {
            Settled::Unclear(format!(
                "{address} is neither as before nor as wished: read the system and plan again"
            ))
        })
    }

    async fn settle_delete(&self, catalog: &Catalog, object: &ObjectRef) -> Result<Settled, WriteError> {
        let endpoint = resource::endpoint(Some(catalog), &object.class);
        let address = resource::address(&endpoint, &object.anchor);
        let reply = self
            .http
            .get(&address, &[])
            .await
            .map_err(|trouble| failure::lost(trouble, Sent::Look))?;
        Ok(match reply.status {
            404 | 410 => Settled::Done(done(object, &endpoint, Vec::new())),
            // a soft delete may have left it inactive, but it may have been so before; deleting again does no harm
            200..300
                if reply
                    .json
                    .as_ref()
                    .is_some_and(|json| member(json, "id").is_some_and(|id| *id != Json::Null)) =>
            {
                Settled::NotDone
            }
            _ => {
                return Err(failure::refused(
                    &reply,
                    Sent::Look,
                    &format!("reading {address}"),
                ));
            }
        })
    }
}

fn done(object: &ObjectRef, endpoint: &str, attributes: Vec<(String, Value<'static>)>) -> Written {
    Written {
        anchor: object.anchor.clone(),
        location: format!("{endpoint}/{}", object.anchor),
        verified: true,
        already: false,
        attributes,
    }
}
