//! The custom date formats of .NET, as `FormatDateTime` takes them, in the invariant culture.

mod read;

use std::fmt::Write as _;

use jiff::civil::DateTime;

pub(super) use read::read;

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

/// Replaces a standard format of one letter by what it stands for in the invariant culture.
fn expand(format: &str) -> &str {
    match format {
        "d" => "MM/dd/yyyy",
        "D" => "dddd, dd MMMM yyyy",
        "f" => "dddd, dd MMMM yyyy HH:mm",
        "F" | "U" => "dddd, dd MMMM yyyy HH:mm:ss",
        "g" => "MM/dd/yyyy HH:mm",
        "G" => "MM/dd/yyyy HH:mm:ss",
        "m" | "M" => "MMMM dd",
        "o" | "O" => "yyyy-MM-ddTHH:mm:ss.fffffffK",
        "r" | "R" => "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
        "s" => "yyyy-MM-ddTHH:mm:ss",
        "t" => "HH:mm",
        "T" => "HH:mm:ss",
        "u" => "yyyy-MM-dd HH:mm:ss'Z'",
        "y" | "Y" => "yyyy MMMM",
        custom => custom,
    }
}

fn pieces(format: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = expand(format);
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let width = first.len_utf8();
        let (piece, used) = match first {
            'y' | 'M' | 'd' | 'H' | 'h' | 'm' | 's' | 'f' | 'F' | 't' | 'z' | 'g' => {
                let count = rest.chars().take_while(|&next| next == first).count();
                (Piece::Field(first, count), count)
            }
            'K' => (Piece::Field('K', 1), 1),
            // `%d` is a custom format of one letter
            '%' => (Piece::Literal(""), 1),
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

/// Writes a local time in a format; `offset` from UTC in seconds, `None` for a time without one.
pub(super) fn write(local: DateTime, offset: Option<i32>, format: &str) -> String {
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
            Piece::Field('y', count) => write!(out, "{:0width$}", local.year(), width = count.min(9)),
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
                fraction(&mut out, letter, count, local.subsec_nanosecond());
                Ok(())
            }
            Piece::Field('t', 1) => out.write_str(if hour < 12 { "A" } else { "P" }),
            Piece::Field('t', _) => out.write_str(if hour < 12 { "AM" } else { "PM" }),
            Piece::Field('g', _) => out.write_str("A.D."),
            Piece::Field('z', count) => offset_text(&mut out, count, offset.unwrap_or(0)),
            // K: nothing for a time without offset, Z for UTC
            Piece::Field(..) => match offset {
                None => Ok(()),
                Some(0) => out.write_str("Z"),
                Some(seconds) => offset_text(&mut out, 3, seconds),
            },
        };
    }
    out
}

/// Writes a fraction of a second; `F` leaves out zeros at its end, and the point before it if nothing is left.
fn fraction(out: &mut String, letter: char, count: usize, nanosecond: i32) {
    let digits = format!("{nanosecond:09}");
    let digits = digits.get(..count.min(9)).unwrap_or_default();
    if letter == 'f' {
        return out.push_str(digits);
    }
    let digits = digits.trim_end_matches('0');
    if digits.is_empty() && out.ends_with('.') {
        out.pop();
    }
    out.push_str(digits);
}

/// Writes an offset as `z`, `zz` or `zzz` want it.
fn offset_text(out: &mut String, count: usize, seconds: i32) -> std::fmt::Result {
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.abs() / 60;
    match count {
        1 => write!(out, "{sign}{}", minutes / 60),
        2 => write!(out, "{sign}{:02}", minutes / 60),
        _ => write!(out, "{sign}{:02}:{:02}", minutes / 60, minutes % 60),
    }
}
