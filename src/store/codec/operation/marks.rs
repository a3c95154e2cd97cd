//! The values of an operation's marked attributes, apart from the rest of it: they are sealed before they are stored.

use super::{
    super::{reader::Reader, value, writer::Writer},
    Names,
};
use crate::model::{After, Change, Operation, Precondition, Value};

/// Takes the values of marked attributes out of an operation; with what is left, as octets. `None` if none is marked.
pub(crate) fn take(operation: &Operation) -> Option<(Operation, Vec<u8>)> {
    if !operation.changes.iter().any(|change| change.marked) {
        return None;
    }
    let mut rest = operation.clone();
    let mut out = Writer::default();
    places(&mut rest, |place| {
        value::write(&mut out, place);
        *place = Value::Absent;
        Some(())
    })?;
    Some((rest, out.octets))
}

/// Puts the values back; `None` if they are damaged.
pub(crate) fn put_back(operation: &mut Operation, octets: &[u8]) -> Option<()> {
    let mut names = Names::default();
    let mut from = Reader::new(octets, &mut names);
    places(operation, |place| {
        *place = value::read(&mut from)?;
        Some(())
    })?;
    from.is_empty().then_some(())
}

/// Goes through the values of marked attributes: what they are, what they become, what must not be there.
fn places(operation: &mut Operation, mut each: impl FnMut(&mut Value<'static>) -> Option<()>) -> Option<()> {
    let Operation {
        changes,
        precondition,
        ..
    } = operation;
    let mut marked = Vec::new();
    for Change {
        attribute,
        before,
        after,
        ..
    } in changes.iter_mut().filter(|change| change.marked)
    {
        each(before)?;
        match after {
            After::Known(known) => each(known)?,
            After::Deferred(deferred) => {
                if let Some(prediction) = &mut deferred.prediction {
                    each(prediction)?;
                }
            }
            After::Secret { .. } => {}
        }
        marked.push(attribute.as_str());
    }
    if let Precondition::Absent(keys) = precondition {
        let is_marked = |name: &str| marked.iter().any(|marked| marked.eq_ignore_ascii_case(name));
        for (_, key) in keys.iter_mut().filter(|(name, _)| is_marked(name)) {
            each(key)?;
        }
    }
    Some(())
}
