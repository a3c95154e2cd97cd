//! Random values, made from the draw that belongs to a person, a rule and an attribute.

use super::Call;
use crate::{
    expression::{
        Fault,
        code::{Code, Node},
        draw::Stream,
    },
    model::Value,
};

/// Longest text `RandomString` makes, in characters.
const LONGEST: i64 = 256;
/// The kinds of characters Windows counts in a password, in the order of the arguments.
const CLASSES: [&str; 4] = [
    "0123456789",
    "~!@#$%^&*_-+=`|\\(){}[]:;\"'<>,.?/",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "abcdefghijklmnopqrstuvwxyz",
];

fn stream(call: &Call<'_, '_>) -> Result<Stream, Fault> {
    let draw = call.context.row.draw().ok_or_else(|| {
        Fault::new(
            call.span,
            "a random value has nothing to be drawn from here; use it only for the value of an account's attribute",
        )
    })?;
    Ok(draw.stream(call.span.start, call.context.counter))
}

/// `Guid()`: RFC 9562 version 4.
pub(super) fn guid<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    let mut stream = stream(call)?;
    let octets = std::array::from_fn(|_| stream.octet());
    let guid = uuid::Builder::from_random_bytes(octets).into_uuid();
    Ok(Value::from(guid.to_string()))
}

/// `RandomString(length, numbers, special, capital, lowerCase, avoid?)`
///
/// What the minima leave open is filled from the kinds whose minimum is not 0, from letters and digits if all are 0.
pub(super) fn string<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    let length = call.wanted_number(0)?;
    let avoided = call.text(5)?.unwrap_or_default();
    let mut minima = [0_i64; 4];
    for (at, minimum) in minima.iter_mut().enumerate() {
        *minimum = call.number(at + 1)?.unwrap_or(0);
    }
    check_numbers(length, &minima).map_err(|(at, message)| call.fault(at, message))?;
    let alphabet = |class: &str| -> Vec<char> { class.chars().filter(|c| !avoided.contains(*c)).collect() };
    let classes = CLASSES.map(alphabet);
    let open = minima.iter().all(|minimum| *minimum == 0);
    let filling: Vec<char> = classes
        .iter()
        .zip(minima)
        .enumerate()
        .filter(|(at, (_, minimum))| if open { *at != 1 } else { *minimum > 0 })
        .flat_map(|(_, (class, _))| class.iter().copied())
        .collect();
    let rest = length - minima.iter().sum::<i64>();
    let parts = classes.iter().zip(minima).chain([(&filling, rest)]);
    let mut stream = stream(call)?;
    let mut drawn: Vec<char> = Vec::with_capacity(length as usize);
    for (class, count) in parts {
        if count > 0 && class.is_empty() {
            return Err(call.fault(
                5,
                "`charactersToAvoid` leaves no character of a kind that is wanted",
            ));
        }
        for _ in 0..count {
            drawn.extend(class.get(stream.below(class.len())));
        }
    }
    // Fisher and Yates: every order is as likely as the others
    for last in (1..drawn.len()).rev() {
        drawn.swap(last, stream.below(last + 1));
    }
    Ok(Value::from(drawn.into_iter().collect::<String>()))
}

fn check_numbers(length: i64, minima: &[i64]) -> Result<(), (usize, String)> {
    if !(1..=LONGEST).contains(&length) {
        return Err((0, format!("a random text has from 1 to {LONGEST} characters")));
    }
    if let Some(at) = minima.iter().position(|minimum| !(0..=LONGEST).contains(minimum)) {
        return Err((at + 1, "a minimum is a number from 0 to the length".to_owned()));
    }
    if minima.iter().sum::<i64>() > length {
        return Err((0, "the minima are more than the length".to_owned()));
    }
    Ok(())
}

/// Checks numbers that were written as such.
pub(super) fn check_string(arguments: &[Option<Node>]) -> Result<(), (usize, String)> {
    let numbers: Option<Vec<i64>> = arguments
        .iter()
        .take(5)
        .map(|argument| match argument.as_ref().map(|node| &node.code) {
            Some(Code::Integer(number)) => Some(*number),
            _ => None,
        })
        .collect();
    match numbers.as_deref() {
        Some([length, minima @ ..]) => check_numbers(*length, minima),
        _ => Ok(()),
    }
}
