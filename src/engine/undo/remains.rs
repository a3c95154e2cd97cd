//! Asks the systems what they have left of what was deleted.

use std::collections::BTreeMap;

use crate::{
    connectors::ObjectRef,
    engine::Inner,
    model::{Kind, Remains, SystemName},
    planning::undo::Applied,
};

/// Fills in what is left of each object that was deleted; where that cannot be asked, why.
pub(super) async fn ask(inner: &Inner, applied: &mut [Applied]) {
    let mut deleted: BTreeMap<SystemName, Vec<&mut Applied>> = BTreeMap::new();
    for one in applied
        .iter_mut()
        .filter(|one| one.operation.kind == Kind::Delete)
    {
        deleted.entry(one.operation.system.clone()).or_default().push(one);
    }
    for (name, deleted) in deleted {
        let Some(system) = inner.system(&name) else {
            continue;
        };
        let objects: Vec<_> = deleted
            .iter()
            .map(|one| ObjectRef {
                anchor: one.anchor.clone(),
                location: one.location.clone(),
                class: one.operation.class.first().cloned().unwrap_or_default(),
            })
            .collect();
        let remains = match system.connector.remains(&objects).await {
            Ok(remains) => remains,
            Err(error) => {
                vec![Remains::Nothing(format!("what is left of it cannot be told: {error}")); objects.len()]
            }
        };
        for (one, remains) in deleted.into_iter().zip(remains) {
            one.remains = Some(remains);
        }
    }
}
