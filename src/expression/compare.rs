//! Equality and order of values: by what they are, not by how they happen to be written.

use std::cmp::Ordering;

use crate::model::{Reference, Value};

use super::{Moment, convert, time::When, token::Comparison};

/// Reports whether a comparison holds for any pair of values; an unequal one, if no pair is equal.
///
/// Nothing on either side makes every comparison false, also an unequal one, as in Microsoft Entra.
pub(super) fn holds(
    comparison: Comparison,
    left: &Value<'_>,
    right: &Value<'_>,
    moment: &Moment<'_>,
) -> Result<bool, String> {
    if left.is_nothing() || right.is_nothing() {
        return Ok(false);
    }
    match comparison {
        Comparison::Equal => Ok(equal_any(left, right, moment)),
        Comparison::Unequal => Ok(!equal_any(left, right, moment)),
        ordered => {
            for a in left.each() {
                for b in right.each() {
                    if ordered.admits(order(ordered, a, b, moment)?) {
                        return Ok(true);
                    }
                }
            }
            Ok(false)
        }
    }
}

/// Reports whether any value of one side equals any of the other.
pub(super) fn equal_any(left: &Value<'_>, right: &Value<'_>, moment: &Moment<'_>) -> bool {
    left.each().any(|a| right.each().any(|b| equal(a, b, moment)))
}

/// Reports whether two single values are equal.
pub(super) fn equal(a: &Value<'_>, b: &Value<'_>, moment: &Moment<'_>) -> bool {
    match (a, b) {
        (Value::Text(a), Value::Text(b)) => a == b,
        (Value::Integer(number), Value::Text(text)) | (Value::Text(text), Value::Integer(number)) => {
            decimal(text) == Some(i128::from(*number) * SCALE)
        }
        (Value::Boolean(truth), Value::Text(text)) | (Value::Text(text), Value::Boolean(truth)) => {
            convert::truth_text(text) == Some(*truth)
        }
        (Value::Boolean(truth), Value::Integer(number)) | (Value::Integer(number), Value::Boolean(truth)) => {
            i64::from(*truth) == *number
        }
        (Value::Reference(Reference::Object(anchor)), Value::Text(text))
        | (Value::Text(text), Value::Reference(Reference::Object(anchor))) => anchor.as_str() == text,
        (Value::Date(_) | Value::Instant(_), _) | (_, Value::Date(_) | Value::Instant(_)) => {
            match (When::of(a), When::of(b)) {
                (Some(a), Some(b)) => a.order(b, moment).is_eq(),
                _ => false,
            }
        }
        (a, b) => a == b,
    }
}

fn order(
    comparison: Comparison,
    a: &Value<'_>,
    b: &Value<'_>,
    moment: &Moment<'_>,
) -> Result<Ordering, String> {
    if let (Some(a), Some(b)) = (number(a), number(b)) {
        return Ok(a.cmp(&b));
    }
    if let (Some(a), Some(b)) = (When::of(a), When::of(b)) {
        return Ok(a.order(b, moment));
    }
    match (a, b) {
        (Value::Text(a), Value::Text(b)) => Ok(a.cmp(b)),
        (Value::Boolean(a), Value::Boolean(b)) => Ok(a.cmp(b)),
        _ => Err(format!(
            "`{}` cannot compare {} with {}",
            comparison.sign(),
            named(a),
            named(b)
        )),
    }
}

fn named(value: &Value<'_>) -> String {
    match value.as_text() {
        Some(text) => format!("`{}`", convert::shortened(&text)),
        None => "a value that is no single text, number or date".to_owned(),
    }
}

/// Nine decimal places are compared exactly.
const SCALE: i128 = 1_000_000_000;

fn number(value: &Value<'_>) -> Option<i128> {
    match value {
        Value::Integer(number) => Some(i128::from(*number) * SCALE),
        Value::Text(text) => decimal(text),
        _ => None,
    }
}

/// Reads a decimal number of at most 18 digits before and 9 after the point.
fn decimal(text: &str) -> Option<i128> {
    let text = text.trim();
    let (negative, digits) = text
        .strip_prefix('-')
        .map_or((false, text), |digits| (true, digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !all_digits(whole) || !all_digits(fraction) || whole.len() > 19 || fraction.len() > 9 {
        return None;
    }
    let mut scaled: i128 = whole.parse::<i128>().ok()? * SCALE;
    scaled += fraction.parse::<i128>().ok()? * 10_i128.pow(9 - fraction.len() as u32);
    Some(if negative { -scaled } else { scaled })
}
