//! Parts of names that directories use: distinguished names, security identifiers.

use std::borrow::Cow;

use base64::Engine as _;

use super::Call;
use crate::{
    expression::{Fault, convert},
    model::{Value, dn},
};

/// `DNComponent(dn, number)`: counted from 1; `""` if there is no such part.
pub(super) fn component<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    let number = call.wanted_number(1)?;
    let Some(skip) = number.checked_sub(1).and_then(|skip| usize::try_from(skip).ok()) else {
        return Err(call.fault(1, "parts are counted from 1"));
    };
    let Some(text) = call.text(0)? else {
        return Ok(Value::Null);
    };
    let Some(parts) = dn::parse(&text) else {
        let message = format!("`{}` is not a distinguished name", convert::shortened(&text));
        return Err(call.fault(0, message));
    };
    let value = parts
        .into_iter()
        .nth(skip)
        .and_then(|part| part.into_iter().next());
    Ok(Value::from(value.map_or_else(String::new, |part| {
        String::from_utf8_lossy(&part.value).into_owned()
    })))
}

/// `EscapeDNComponent(source)`: for a value that becomes a part of a name (RFC 4514, section 2.4).
pub(super) fn escape<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    call.each_text(|text| Ok(Cow::Owned(dn::escape_value(&text))))
}

/// `StringFromSID(sid)`: of octets, or of a text that has them in base64 or hexadecimal ([MS-DTYP] 2.4.2).
pub(super) fn sid<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    let value = call.value(0)?;
    if let Value::Binary(octets) = &value {
        return written(octets)
            .map(Value::from)
            .ok_or_else(|| call.fault(0, "these octets are not a security identifier"));
    }
    let Some(text) = convert::text(value).map_err(|message| call.fault(0, message))? else {
        return Ok(Value::Null);
    };
    if text.is_empty() || text.starts_with("S-1-") {
        return Ok(Value::Text(text));
    }
    let hexadecimal = hex::decode(text.as_bytes()).ok();
    let base64 = || {
        base64::engine::general_purpose::STANDARD
            .decode(text.as_bytes())
            .ok()
    };
    hexadecimal
        .and_then(|octets| written(&octets))
        .or_else(|| base64().and_then(|octets| written(&octets)))
        .map(Value::from)
        .ok_or_else(|| {
            let message = format!("`{}` is not a security identifier", convert::shortened(&text));
            call.fault(0, message)
        })
}

fn written(octets: &[u8]) -> Option<String> {
    let (&[1, count], rest) = octets.split_first_chunk::<2>()? else {
        return None;
    };
    let (authority, parts) = rest.split_first_chunk::<6>()?;
    if count > 15 || parts.len() != usize::from(count) * 4 {
        return None;
    }
    let authority = authority
        .iter()
        .fold(0_u64, |number, octet| number << 8 | u64::from(*octet));
    let mut sid = format!("S-1-{authority}");
    for part in parts.chunks_exact(4) {
        let number = u32::from_le_bytes(part.try_into().ok()?);
        sid.push('-');
        sid.push_str(&number.to_string());
    }
    Some(sid)
}
