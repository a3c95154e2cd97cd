//! Removing a resource (RFC 7644 §3.6).

use reqwest::Method;

use super::{
    Scim,
    catalog::Catalog,
    compare,
    failure::{self, Sent},
    path::member,
    resource,
};
use crate::connectors::{ObjectRef, WriteError, Written};

impl Scim {
    /// Removes a resource; one that is gone already is as wanted. Many services only deactivate: that counts too.
    pub(super) async fn delete(&self, catalog: &Catalog, object: &ObjectRef) -> Result<Written, WriteError> {
        let endpoint = resource::endpoint(Some(catalog), &object.class);
        let address = resource::address(&endpoint, &object.anchor);
        let sent = self.http.write(Method::DELETE, &address, None, None).await;
        let reply = sent.map_err(|trouble| failure::lost(trouble, Sent::Write))?;
        let gone = matches!(reply.status, 404 | 410);
        if !reply.is_success() && !gone {
            return Err(failure::refused(
                &reply,
                Sent::Write,
                &format!("deleting {address}"),
            ));
        }
        let verified = gone
            || self.http.get(&address, &[]).await.is_ok_and(|reply| {
                let inactive = reply.json.as_ref().and_then(|json| member(json, "active"));
                matches!(reply.status, 404 | 410) || inactive.is_some_and(|active| !compare::truthy(active))
            });
        Ok(Written {
            anchor: object.anchor.clone(),
            location: format!("{endpoint}/{}", object.anchor),
            verified,
            already: gone,
            attributes: Vec::new(),
        })
    }
}
