//! The compact form of operations.
//!
//! A plan has up to a hundred thousand of them and the first screen waits for all, so they are not kept as JSON,
//! which takes several times as long to read. Words stand for kinds, situations, events and risks: they are the
//! same words as on the screen, and outlive any order of the variants.

pub(crate) mod brief;
pub(crate) mod marks;

pub(crate) use super::reader::Names;
use super::{checksum::checksum, reader::Reader, value, writer::Writer};
use crate::model::{
    After, Anchor, Change, Deferred, Fingerprint, Kind, LifecycleEvent, Operation, Precondition, Risk,
    Situation, Target,
};

/// The first byte of the form below, with a checksum at its end.
const FORM: u8 = 4;

/// The first byte of the same form with what the operation takes back before the checksum.
const UNDOING: u8 = 5;

/// The first bytes of the same forms with the sealed values of marked attributes before the checksum.
const SEALED: [(u8, u8); 2] = [(6, FORM), (7, UNDOING)];

/// The first bytes of the forms that earlier stores have: without checksums.
const UNCHECKED: [(u8, u8); 2] = [(2, FORM), (3, UNDOING)];

/// All risks, to find one by its word.
const RISKS: [Risk; 3] = [Risk::Privileged, Risk::Irreversible, Risk::Destructive];

/// Encodes an operation, all but its fingerprint, which is a column of its own. The values of marked attributes are
/// given apart, sealed, if it has such: see [`marks::take`].
pub(crate) fn encode(operation: &Operation, sealed: Option<&[u8]>) -> Vec<u8> {
    let mut out = Writer::default();
    let form = operation.undoes.map_or(FORM, |_| UNDOING);
    let with_sealed = SEALED.iter().find(|(_, plain)| *plain == form);
    out.byte(match (sealed, with_sealed) {
        (Some(_), Some((with_sealed, _))) => *with_sealed,
        _ => form,
    });
    out.optional(operation.person, |out, person| {
        out.octets.extend_from_slice(person.0.as_bytes());
    });
    out.text(&operation.subject);
    out.text(operation.rule.as_str());
    out.text(operation.system.as_str());
    out.list(&operation.class, |out, class| out.text(class));
    out.text(operation.kind.word());
    out.text(operation.situation.word());
    out.optional(operation.event, |out, event| out.text(event.word()));
    out.optional(operation.target.anchor.as_ref(), |out, anchor| {
        out.text(anchor.as_str());
    });
    out.text(&operation.target.location);
    out.optional(operation.target.container.as_deref(), Writer::text);
    out.optional(operation.target.name.as_deref(), Writer::text);
    out.list(&operation.changes, change);
    out.byte(operation.usable.map_or(2, u8::from));
    precondition(&mut out, &operation.precondition);
    out.list(&operation.waits_for, |out, id| {
        out.octets.extend_from_slice(&id.0);
    });
    out.optional(operation.due, Writer::instant);
    out.list(&operation.risk, |out, risk| out.text(risk.word()));
    out.text(&operation.why);
    if let Some(undoes) = &operation.undoes {
        out.octets.extend_from_slice(&undoes.0);
    }
    if let Some(sealed) = sealed {
        out.bytes(sealed);
    }
    let sum = checksum(&operation.fingerprint.0, &out.octets);
    out.octets.extend_from_slice(&sum);
    out.octets
}

fn change(out: &mut Writer, change: &Change) {
    out.text(&change.attribute);
    value::write(out, &change.before);
    match &change.after {
        After::Known(known) => {
            out.byte(0);
            value::write(out, known);
        }
        After::Deferred(deferred) => {
            out.byte(1);
            out.octets.extend_from_slice(deferred.person.0.as_bytes());
            out.text(deferred.rule.as_str());
            out.text(&deferred.attribute);
            out.optional(deferred.prediction.as_ref(), value::write);
        }
        After::Secret { policy, recipient } => {
            out.byte(2);
            out.text(policy);
            out.text(recipient);
        }
    }
    out.byte(u8::from(change.marked));
}

fn precondition(out: &mut Writer, precondition: &Precondition) {
    match precondition {
        Precondition::Absent(keys) => {
            out.byte(0);
            out.list(keys, |out, (attribute, key)| {
                out.text(attribute);
                value::write(out, key);
            });
        }
        Precondition::Unchanged { enabled } => {
            out.byte(1);
            out.byte(enabled.map_or(2, u8::from));
        }
        Precondition::Membership => out.byte(2),
    }
}

/// Opens the sealed values of an operation; `None` if they cannot be opened.
pub(crate) type Open<'o> = &'o dyn Fn(Fingerprint, &[u8]) -> Option<Vec<u8>>;

/// Decodes an operation; `None` if the blob is damaged.
pub(crate) fn decode(
    fingerprint: Fingerprint,
    blob: &[u8],
    names: &mut Names,
    open: Open<'_>,
) -> Option<Operation> {
    let (first, _) = blob.split_first()?;
    let unchecked = UNCHECKED.iter().find(|(form, _)| form == first);
    let (form, content) = match unchecked {
        Some((_, form)) => (*form, blob),
        None => (*first, checked(fingerprint, blob)?),
    };
    let with_sealed = SEALED.iter().find(|(sealed, _)| *sealed == form);
    let form = with_sealed.map_or(form, |(_, plain)| *plain);
    if form != FORM && form != UNDOING {
        return None;
    }
    let from = &mut Reader::new(content, names);
    from.byte()?;
    let mut operation = Operation {
        fingerprint,
        person: from.optional(value::person)?,
        subject: text(from)?,
        rule: {
            let name = from.text()?;
            from.names.rule(name)
        },
        system: {
            let name = from.text()?;
            from.names.system(name)
        },
        class: from.list(text)?,
        kind: word(from, &Kind::ALL, Kind::word)?,
        situation: word(from, &Situation::ALL, Situation::word)?,
        event: from.optional(|from| word(from, &LifecycleEvent::ALL, LifecycleEvent::word))?,
        target: Target {
            anchor: from.optional(|from| from.text().map(Anchor::from))?,
            location: text(from)?,
            container: from.optional(text)?,
            name: from.optional(text)?,
        },
        changes: from.list(read_change)?,
        usable: match from.byte()? {
            0 => Some(false),
            1 => Some(true),
            2 => None,
            _ => return None,
        },
        precondition: read_precondition(from)?,
        waits_for: from.list(|from| from.array().map(Fingerprint))?,
        due: from.optional(Reader::instant)?,
        risk: from.list(|from| word(from, &RISKS, Risk::word))?,
        why: text(from)?,
        undoes: match form {
            UNDOING => Some(from.array().map(Fingerprint)?),
            _ => None,
        },
    };
    if with_sealed.is_some() {
        let sealed = from.bytes()?;
        marks::put_back(&mut operation, &open(fingerprint, sealed)?)?;
    }
    from.is_empty().then_some(operation)
}

/// Takes the checksum off; `None` if it is not that of the rest, or of another operation.
fn checked(fingerprint: Fingerprint, blob: &[u8]) -> Option<&[u8]> {
    let (content, sum) = blob.split_last_chunk()?;
    (checksum(&fingerprint.0, content) == *sum).then_some(content)
}

fn text(from: &mut Reader<'_>) -> Option<String> {
    from.text().map(str::to_owned)
}

fn word<T: Copy>(from: &mut Reader<'_>, all: &[T], word: impl Fn(T) -> &'static str) -> Option<T> {
    let text = from.text()?;
    all.iter().copied().find(|one| word(*one) == text)
}

fn read_change(from: &mut Reader<'_>) -> Option<Change> {
    Some(Change {
        attribute: text(from)?,
        before: value::read(from)?,
        after: match from.byte()? {
            0 => After::Known(value::read(from)?),
            1 => After::Deferred(Box::new(Deferred {
                person: value::person(from)?,
                rule: {
                    let name = from.text()?;
                    from.names.rule(name)
                },
                attribute: text(from)?,
                prediction: from.optional(value::read)?,
            })),
            2 => After::Secret {
                policy: text(from)?,
                recipient: text(from)?,
            },
            _ => return None,
        },
        marked: from.truth()?,
    })
}

fn read_precondition(from: &mut Reader<'_>) -> Option<Precondition> {
    Some(match from.byte()? {
        0 => Precondition::Absent(from.list(|from| Some((text(from)?, value::read(from)?)))?),
        1 => Precondition::Unchanged {
            enabled: match from.byte()? {
                0 => Some(false),
                1 => Some(true),
                2 => None,
                _ => return None,
            },
        },
        2 => Precondition::Membership,
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
