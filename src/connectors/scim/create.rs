//! Making a new resource (RFC 7644 §3.3).

use percent_encoding::percent_decode_str;
use reqwest::Method;
use serde_json::Value as Json;

use super::{
    Scim,
    catalog::Catalog,
    failure::{self, Sent},
    http::Reply,
    lookup::Looked,
    patch::{self, Wish},
    reading, resource, standard,
};
use crate::{
    connectors::{WriteError, Written},
    model::{Anchor, Value},
};

/// A resource to be made: the parts of [`crate::connectors::Write::Create`] in the service's shape.
pub struct New {
    pub class: String,
    pub endpoint: String,
    pub wishes: Vec<Wish>,
    /// What no other resource may have.
    pub absent: Vec<Wish>,
}

impl New {
    /// Puts the parts of a create into the service's shape.
    pub fn of(
        catalog: &Catalog,
        classes: &[String],
        attributes: &[(String, Value<'static>)],
        enabled: Option<bool>,
        absent: &[(String, Value<'static>)],
    ) -> Result<Self, WriteError> {
        let class = classes.first().map_or("User", String::as_str).to_owned();
        let wish = |(name, value): &(String, Value<'static>)| {
            Wish::new(catalog, &class, name, Value::Absent, value.clone())
        };
        let mut wishes = attributes.iter().map(wish).collect::<Result<Vec<_>, _>>()?;
        wishes.extend(enabled.map(|enabled| Wish::active(!enabled, enabled)));
        let absent = absent
            .iter()
            .filter(|(_, value)| !value.is_nothing())
            .map(wish)
            .collect::<Result<_, _>>()?;
        Ok(Self {
            endpoint: resource::endpoint(Some(catalog), &class),
            class,
            wishes,
            absent,
        })
    }

    /// Returns the body of the POST.
    pub fn body(&self) -> Json {
        let core = if resource::is_group(&self.class) {
            standard::GROUP
        } else {
            standard::USER
        };
        patch::new_resource(core, &self.wishes)
    }

    /// Says what is made, for messages.
    pub fn title(&self) -> String {
        let name = ["username", "displayname"].iter().find_map(|key| {
            let wish = self.wishes.iter().find(|wish| wish.path.key() == *key)?;
            Some(wish.after.as_text()?.into_owned())
        });
        format!(
            "{} {}",
            self.class,
            super::words::clean(&name.unwrap_or_default())
        )
    }

    /// Says what became of it.
    pub fn written(&self, resource: &Json, id: &str) -> Written {
        written(&self.wishes, &self.endpoint, resource, &Anchor::from(id), false)
    }
}

/// Says what a write left behind, as found in `resource`.
pub fn written(wishes: &[Wish], endpoint: &str, resource: &Json, id: &Anchor, already: bool) -> Written {
    let shown = wishes.iter().filter(|wish| !wish.is_write_only());
    Written {
        anchor: id.clone(),
        location: format!("{endpoint}/{id}"),
        verified: wishes.iter().all(|wish| wish.is_done(resource)),
        already,
        attributes: shown
            .map(|wish| (wish.path.to_string(), wish.found(resource).into_owned()))
            .collect(),
    }
}

impl Scim {
    /// Makes a resource after making sure that nobody has its keys.
    ///
    /// Keys that the service declares unique are not looked up: its own check is part of the POST, which no look
    /// beforehand can be, and a look would halve the speed.
    pub(super) async fn create(&self, catalog: &Catalog, new: &New) -> Result<Written, WriteError> {
        let open: Vec<_> = new
            .absent
            .iter()
            .filter(|key| !catalog.is_unique(&key.path))
            .collect();
        let (hits, _) = self
            .look_each(&new.endpoint, &open, catalog.abilities.filter && open.len() > 1)
            .await?;
        if let Some(hit) = hits.first() {
            return Err(taken(new, hit));
        }
        let what = format!("creating {}", new.title());
        let sent = self
            .http
            .write(Method::POST, &new.endpoint, Some(&new.body()), None)
            .await;
        let reply = sent.map_err(|trouble| failure::lost(trouble, Sent::Write))?;
        if reply.status == 409 {
            // whoever has it is named if that can be found out
            let keys: Vec<_> = new.absent.iter().chain(user_name(new)).collect();
            let found = self.look_each(&new.endpoint, &keys, false).await;
            let hit = found.ok().and_then(|(hits, _)| hits.into_iter().next());
            return Err(hit.map_or_else(
                || failure::refused(&reply, Sent::Write, &what),
                |hit| taken(new, &hit),
            ));
        }
        if !reply.is_success() {
            return Err(failure::refused(&reply, Sent::Write, &what));
        }
        self.made(new, &reply).await
    }

    /// Finds the id of what was made and compares: the body of the answer is enough if it shows all that was sent.
    async fn made(&self, new: &New, reply: &Reply) -> Result<Written, WriteError> {
        let body = reply.json.as_ref().filter(|body| body.is_object());
        let mut id = body
            .and_then(reading::id)
            .or_else(|| id_of_location(reply.location.as_deref()?));
        if let (Some(body), Some(id)) = (body, &id)
            && new.wishes.iter().all(|wish| wish.is_done(body))
        {
            return Ok(new.written(body, id));
        }
        if id.is_none() {
            for key in user_name(new).chain(&new.absent) {
                if let Ok(Looked::Found(hits)) = self.look(&new.endpoint, &[key]).await
                    && let [only] = hits.as_slice()
                {
                    id = reading::id(only);
                    break;
                }
            }
        }
        let Some(id) = id else {
            return Err(WriteError::Unknown(format!(
                "{} was created, but the service does not tell its id: read the system again",
                new.title()
            )));
        };
        let address = resource::address(&new.endpoint, &Anchor::from(id.as_str()));
        let found = self
            .http
            .get(&address, &[])
            .await
            .ok()
            .filter(Reply::is_success)
            .and_then(|reply| reply.json);
        let found = found.as_ref().or(body);
        Ok(new.written(found.unwrap_or(&Json::Null), &id))
    }
}

fn user_name(new: &New) -> impl Iterator<Item = &Wish> {
    new.wishes
        .iter()
        .filter(|wish| ["username", "displayname"].contains(&wish.path.key().as_str()))
        .take(1)
}

fn taken(new: &New, hit: &Json) -> WriteError {
    let id = reading::id(hit).unwrap_or_default();
    WriteError::Conflict(format!(
        "{} is there already: {}/{} has one of its unique values; read the system again to match it",
        new.title(),
        new.endpoint,
        super::words::clean(&id)
    ))
}

/// Takes the id from `https://…/Users/ID`.
fn id_of_location(location: &str) -> Option<String> {
    let path = location.split(['?', '#']).next()?.trim_end_matches('/');
    let id = percent_decode_str(path.rsplit_once('/')?.1).decode_utf8().ok()?;
    (!id.is_empty()).then(|| id.into_owned())
}
