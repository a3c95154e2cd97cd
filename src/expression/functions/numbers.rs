//! Numbers and encodings.

use base64::Engine as _;

use super::Call;
use crate::{
    expression::{Fault, convert},
    model::Value,
};

/// `BitAnd(value1, value2)`
pub(super) fn bit_and<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    Ok(match (call.number(0)?, call.number(1)?) {
        (Some(a), Some(b)) => Value::Integer(a & b),
        _ => Value::Null,
    })
}

/// `Counter()`: the number of the try, from 2.
#[expect(
    clippy::unnecessary_wraps,
    reason = "every function of the table has this type"
)]
pub(super) fn counter<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    Ok(Value::Integer(i64::from(call.context.counter)))
}

/// `ConvertToBase64(source)`: of the text in UTF-16LE, as Microsoft Entra does it.
pub(super) fn base64<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    call.each_text(|text| {
        let octets: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        Ok(base64::engine::general_purpose::STANDARD.encode(octets).into())
    })
}

/// `ConvertToUTF8Hex(source)`
pub(super) fn hexadecimal<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    call.each_text(|text| Ok(hex::encode_upper(text.as_bytes()).into()))
}

/// `ConvertFromBase64(source, encoding?)`: Unicode, which is UTF-16LE, unless UTF8 or ASCII is named.
pub(super) fn from_base64<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    let encoding = call.text(1)?.unwrap_or_default();
    let wide = match encoding.to_ascii_lowercase().as_str() {
        "" | "unicode" | "utf16" | "utf-16" => true,
        "utf8" | "utf-8" | "ascii" => false,
        other => {
            let other = convert::shortened(other);
            let message = format!("there is no encoding `{other}`, only Unicode, UTF8 and ASCII");
            return Err(call.fault(1, message));
        }
    };
    call.each_text(|text| {
        let octets = base64::engine::general_purpose::STANDARD
            .decode(text.trim())
            .map_err(|_| call.fault(0, format!("`{}` is not base64", convert::shortened(&text))))?;
        let read = if wide {
            let units: Vec<u16> = octets
                .chunks(2)
                .map(|pair| u16::from_le_bytes([pair[0], pair.get(1).copied().unwrap_or(0)]))
                .collect();
            String::from_utf16(&units)
                .ok()
                .filter(|_| octets.len().is_multiple_of(2))
        } else {
            String::from_utf8(octets).ok()
        };
        read.map(Into::into)
            .ok_or_else(|| call.fault(0, "these octets are no text in that encoding"))
    })
}
