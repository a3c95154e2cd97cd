//! The custom date formats of .NET, as `FormatDateTime` takes them, in the invariant culture.

use std::fmt::Write as _;

use jiff::civil::{Date, Time};

use super::{scan::Scan, time::When};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

/// A piece of a format.
enum Piece<'f> {
    /// A letter that stands for part of a date, and how often it is repeated.
    Field(char, usize),
    /// Text that stands for itself.
    Literal(&'f str),
}

/// Replaces a standard format of one letter by what it stands for.
fn expand(format: &str) -> &str {
    match format {
        "d" => "MM/dd/yyyy",
        "g" => "MM/dd/yyyy HH:mm",
        "G" => "MM/dd/yyyy HH:mm:ss",
        "s" => "yyyy-MM-ddTHH:mm:ss",
        "u" => "yyyy-MM-dd HH:mm:ss'Z'",
        "o" | "O" => "yyyy-MM-ddTHH:mm:ss.fffffffK",
        custom => custom.strip_prefix('%').unwrap_or(custom),
    }
}

fn pieces(format: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = expand(format);
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let width = first.len_utf8();
        let (piece, used) = match first {
            'y' | 'M' | 'd' | 'H' | 'h' | 'm' | 's' | 'f' | 'F' | 't' | 'z' | 'K' => {
                let count = rest.chars().take_while(|&next| next == first).count();
                (Piece::Field(first, count), count)
            }
            '\'' | '"' => {
                let inner = rest.get(1..)?;
                let end = inner.find(first).unwrap_or(inner.len());
                (Piece::Literal(inner.get(..end)?), (end + 2).min(rest.len()))
            }
            '\\' => {
                let escaped = rest.get(1..)?.chars().next().map_or(0, char::len_utf8);
                (Piece::Literal(rest.get(1..=escaped)?), 1 + escaped)
            }
            _ => (Piece::Literal(rest.get(..width)?), width),
        };
        rest = rest.get(used..)?;
        Some(piece)
    })
}

/// Writes a date in a format; an instant in UTC.
pub(super) fn write(when: When, format: &str) -> String {
    let local = when.utc();
    let hour = local.hour();
    let hour_of_half = if hour % 12 == 0 { 12 } else { hour % 12 };
    let month = MONTHS
        .get(local.month() as usize - 1)
        .copied()
        .unwrap_or_default();
    let day = DAYS
        .get(local.weekday().to_monday_zero_offset() as usize)
        .copied()
        .unwrap_or_default();
    let mut out = String::with_capacity(format.len() + 8);
    for piece in pieces(format) {
        // writing into a String cannot fail
        let _ = match piece {
            Piece::Literal(text) => out.write_str(text),
            Piece::Field('y', count @ 1..=2) => write!(out, "{:0count$}", local.year() % 100),
            Piece::Field('y', count) => write!(out, "{:0count$}", local.year()),
            Piece::Field('M', count @ 1..=2) => write!(out, "{:0count$}", local.month()),
            Piece::Field('M', 3) => out.write_str(month.get(..3).unwrap_or_default()),
            Piece::Field('M', _) => out.write_str(month),
            Piece::Field('d', count @ 1..=2) => write!(out, "{:0count$}", local.day()),
            Piece::Field('d', 3) => out.write_str(day.get(..3).unwrap_or_default()),
            Piece::Field('d', _) => out.write_str(day),
            Piece::Field('H', count) => write!(out, "{hour:0width$}", width = count.min(2)),
            Piece::Field('h', count) => write!(out, "{hour_of_half:0width$}", width = count.min(2)),
            Piece::Field('m', count) => write!(out, "{:0width$}", local.minute(), width = count.min(2)),
            Piece::Field('s', count) => write!(out, "{:0width$}", local.second(), width = count.min(2)),
            Piece::Field(letter @ ('f' | 'F'), count) => {
                let digits = format!("{:09}", local.subsec_nanosecond());
                let digits = digits.get(..count.min(9)).unwrap_or_default();
                out.write_str(if letter == 'F' {
                    digits.trim_end_matches('0')
                } else {
                    digits
                })
            }
            Piece::Field('t', 1) => out.write_str(if hour < 12 { "A" } else { "P" }),
            Piece::Field('t', _) => out.write_str(if hour < 12 { "AM" } else { "PM" }),
            Piece::Field('z', 1) => out.write_str("+0"),
            Piece::Field('z', 2) => out.write_str("+00"),
            Piece::Field('z', _) => out.write_str("+00:00"),
            Piece::Field(..) => out.write_str(if matches!(when, When::Instant(_)) { "Z" } else { "" }),
        };
    }
    out
}

/// Reads a date in a format; `None` if the text does not have it.
pub(super) fn read(text: &str, format: &str) -> Option<When> {
    let mut scan = Scan(text.trim());
    let (mut year, mut month, mut day) = (1_i16, 1_i8, 1_i8);
    let (mut hour, mut minute, mut second, mut nanosecond) = (0_i8, 0_i8, 0_i8, 0_i32);
    let (mut offset, mut afternoon, mut timed) = (None, None, false);
    for piece in pieces(format.trim()) {
        match piece {
            Piece::Literal(literal) => scan.literal(literal)?,
            Piece::Field('y', 1..=2) => {
                let short: i16 = scan.number(1, 2)?;
                year = if short < 50 { 2000 + short } else { 1900 + short };
            }
            Piece::Field('y', _) => year = scan.number(4, 4)?,
            Piece::Field('M', count @ 1..=2) => month = scan.number(count, 2)?,
            Piece::Field('M', count) => month = named(&mut scan, &MONTHS, count == 3)? + 1,
            Piece::Field('d', count @ 1..=2) => day = scan.number(count, 2)?,
            Piece::Field('d', count) => {
                named(&mut scan, &DAYS, count == 3)?;
            }
            Piece::Field('H' | 'h', count) => (hour, timed) = (scan.number(count.min(2), 2)?, true),
            Piece::Field('m', count) => (minute, timed) = (scan.number(count.min(2), 2)?, true),
            Piece::Field('s', count) => (second, timed) = (scan.number(count.min(2), 2)?, true),
            Piece::Field('f', count) => nanosecond = scan.nanoseconds(count, count)?,
            Piece::Field('F', count) => nanosecond = scan.nanoseconds(0, count)?,
            Piece::Field('t', count) => {
                let sign = scan.one_of(&['A', 'a', 'P', 'p'])?;
                if count > 1 {
                    scan.one_of(&['M', 'm'])?;
                }
                afternoon = Some(matches!(sign, 'P' | 'p'));
            }
            Piece::Field('z', _) => offset = Some(scan.offset()?),
            Piece::Field(..) => offset = if scan.done() { None } else { Some(scan.offset()?) },
        }
    }
    if let Some(afternoon) = afternoon {
        hour = if (1..=12).contains(&hour) {
            hour % 12 + if afternoon { 12 } else { 0 }
        } else {
            return None;
        };
    }
    if !scan.done() {
        return None;
    }
    let date = Date::new(year, month, day).ok()?;
    if !timed && offset.is_none() {
        return Some(When::Day(date));
    }
    let time = Time::new(hour, minute, second, nanosecond).ok()?;
    When::at(date.to_datetime(time), offset)
}

fn named(scan: &mut Scan<'_>, names: &[&str], short: bool) -> Option<i8> {
    let position = names.iter().position(|name| {
        let name = if short {
            name.get(..3).unwrap_or(name)
        } else {
            name
        };
        scan.word(name).is_some()
    })?;
    i8::try_from(position).ok()
}
