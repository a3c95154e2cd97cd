//! Numbers and encodings.

use base64::Engine as _;

use super::Call;
use crate::{expression::Fault, model::Value};

/// `BitAnd(value1, value2)`
pub(super) fn bit_and<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    Ok(match (call.number(0)?, call.number(1)?) {
        (Some(a), Some(b)) => Value::Integer(a & b),
        _ => Value::Null,
    })
}

/// `Counter()`: the number of the try, from 2.
#[allow(clippy::unnecessary_wraps)] // every function of the table has this type
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
