//! Reading a date in a given form.

use jiff::civil::{Date, Time};

use super::{DAYS, MONTHS, Piece, pieces};
use crate::expression::{date_style::Styles, scan::Scan, time::When};

/// What was read so far.
#[derive(Default)]
struct Fields {
    year: Option<i16>,
    month: Option<i8>,
    day: Option<i8>,
    hour: i8,
    minute: i8,
    second: i8,
    nanosecond: i32,
    afternoon: Option<bool>,
    offset: Option<i32>,
    timed: bool,
}

/// Reads a date in a format; `None` if the text does not have it. What the format lacks of the date is today's, if
/// it lacks all of it, otherwise this year's or the first.
pub(in crate::expression) fn read(text: &str, format: &str, styles: Styles, today: Date) -> Option<When> {
    let mut scan = Scan(trimmed(text, styles));
    let mut fields = Fields::default();
    for piece in pieces(trimmed(format, styles)) {
        if styles.inner {
            scan.0 = scan.0.trim_start();
        }
        match piece {
            Piece::Literal(literal) if styles.inner => scan.literal(literal.trim())?,
            Piece::Literal(literal) => scan.literal(literal)?,
            Piece::Field(letter, count) => fields.read(&mut scan, letter, count)?,
        }
    }
    if styles.inner {
        scan.0 = scan.0.trim_start();
    }
    if scan.done() {
        fields.date(styles, today)
    } else {
        None
    }
}

fn trimmed(text: &str, styles: Styles) -> &str {
    let text = if styles.leading { text.trim_start() } else { text };
    if styles.trailing { text.trim_end() } else { text }
}

impl Fields {
    fn read(&mut self, scan: &mut Scan<'_>, letter: char, count: usize) -> Option<()> {
        self.timed |= "Hhmst".contains(letter);
        match letter {
            'y' if count <= 2 => {
                let short: i16 = scan.number(1, 2)?;
                // the two-digit years of the invariant culture end in 2049
                self.year = Some(if short < 50 { 2000 + short } else { 1900 + short });
            }
            'y' => self.year = Some(scan.number(count.min(4), 4)?),
            'M' if count <= 2 => self.month = Some(scan.number(count, 2)?),
            'M' => self.month = Some(named(scan, &MONTHS, count == 3)? + 1),
            'd' if count <= 2 => self.day = Some(scan.number(count, 2)?),
            'd' => {
                named(scan, &DAYS, count == 3)?;
            }
            'H' | 'h' => self.hour = scan.number(count.min(2), 2)?,
            'm' => self.minute = scan.number(count.min(2), 2)?,
            's' => self.second = scan.number(count.min(2), 2)?,
            'f' => self.nanosecond = scan.nanoseconds(count, count)?,
            'F' => self.nanosecond = scan.nanoseconds(0, count)?,
            'g' => scan.word("A.D.").or_else(|| scan.word("AD"))?,
            't' => {
                let sign = scan.one_of(&['A', 'a', 'P', 'p'])?;
                if count > 1 {
                    scan.one_of(&['M', 'm'])?;
                }
                self.afternoon = Some(matches!(sign, 'P' | 'p'));
            }
            'z' => self.offset = Some(scan.offset()?),
            _ if scan.0.starts_with(['Z', 'z', '+', '-']) => self.offset = Some(scan.offset()?),
            _ => {}
        }
        Some(())
    }

    fn date(mut self, styles: Styles, today: Date) -> Option<When> {
        if let Some(afternoon) = self.afternoon {
            self.hour = if (1..=12).contains(&self.hour) {
                self.hour % 12 + if afternoon { 12 } else { 0 }
            } else {
                return None;
            };
        }
        let nothing = self.year.is_none() && self.month.is_none() && self.day.is_none();
        let (year, month, day) = match (styles.no_current_date, nothing) {
            (true, _) => (1, 1, 1),
            (false, true) => (today.year(), today.month(), today.day()),
            (false, false) => (today.year(), 1, 1),
        };
        let date = Date::new(
            self.year.unwrap_or(year),
            self.month.unwrap_or(month),
            self.day.unwrap_or(day),
        )
        .ok()?;
        if !self.timed && self.offset.is_none() {
            return Some(When::Day(date));
        }
        let time = Time::new(self.hour, self.minute, self.second, self.nanosecond).ok()?;
        When::at(date.to_datetime(time), self.offset)
    }
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
