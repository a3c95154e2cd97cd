//! The compact form of operations, read only as far as a list shows them.

use super::{
    super::{reader::Reader, value},
    FORM, Names, RISKS, SEALED, UNDOING, word,
};
use crate::{
    model::{Fingerprint, Kind, LifecycleEvent, Risk, Situation, Value},
    store::Brief,
};

/// Decodes what a list shows of an operation; `None` if the blob is damaged as far as it is read.
pub(crate) fn decode<'a>(
    fingerprint: Fingerprint,
    blob: &'a [u8],
    names: &'a mut Names,
) -> Option<Brief<'a>> {
    let from = &mut Reader::new(blob, names);
    let form = from.byte()?;
    let is_sealed = SEALED.iter().any(|(sealed, _)| *sealed == form);
    if form != FORM && form != UNDOING && !is_sealed {
        return None;
    }
    let person = from.optional(value::person)?;
    let subject = from.text()?;
    let rule = {
        let name = from.text()?;
        from.names.rule(name)
    };
    let system = {
        let name = from.text()?;
        from.names.system(name)
    };
    skip_list(from, |from| from.bytes().map(drop))?;
    let kind = word(from, &Kind::ALL, Kind::word)?;
    let situation = word(from, &Situation::ALL, Situation::word)?;
    let event = from.optional(|from| word(from, &LifecycleEvent::ALL, LifecycleEvent::word))?;
    from.optional(|from| from.bytes().map(drop))?;
    let location = from.text()?;
    let container = from.optional(Reader::text)?;
    let name = from.optional(Reader::text)?;
    let (attributes, first) = changes(from, kind == Kind::Create, location.is_empty())?;
    from.byte()?;
    skip_precondition(from)?;
    skip_list(from, |from| from.array::<32>().map(drop))?;
    Some(Brief {
        fingerprint,
        person,
        subject,
        rule,
        system,
        kind,
        situation,
        event,
        location,
        container,
        name,
        attributes,
        first,
        due: from.optional(Reader::instant)?,
        risk: from.list(|from| word(from, &RISKS, Risk::word))?,
    })
}

/// The names of what changes, or of a new object without a place its first value.
fn changes<'a>(
    from: &mut Reader<'a>,
    is_new: bool,
    is_nowhere: bool,
) -> Option<(Vec<&'a str>, Option<Value<'static>>)> {
    let mut attributes = Vec::new();
    let mut first = None;
    for place in 0..from.length()? {
        let attribute = from.text()?;
        if !is_new {
            attributes.push(attribute);
        }
        value::skip(from)?;
        match from.byte()? {
            0 if is_new && is_nowhere && place == 0 => first = Some(value::read(from)?),
            0 => value::skip(from)?,
            1 => {
                from.array::<16>()?;
                from.bytes()?;
                from.bytes()?;
                from.optional(value::skip)?;
            }
            2 => {
                from.bytes()?;
                from.bytes()?;
            }
            _ => return None,
        }
        from.truth()?;
    }
    Some((attributes, first))
}

fn skip_precondition(from: &mut Reader<'_>) -> Option<()> {
    match from.byte()? {
        0 => skip_list(from, |from| {
            from.bytes()?;
            value::skip(from)
        }),
        1 => from.byte().map(drop),
        2 => Some(()),
        _ => None,
    }
}

fn skip_list<'a>(from: &mut Reader<'a>, mut skip: impl FnMut(&mut Reader<'a>) -> Option<()>) -> Option<()> {
    for _ in 0..from.length()? {
        skip(from)?;
    }
    Some(())
}
