//! Reading a text from left to right, a few signs at a time.

/// What is left of a text.
#[derive(Clone, Copy)]
pub(super) struct Scan<'t>(pub(super) &'t str);

impl<'t> Scan<'t> {
    /// Reports whether everything was read.
    pub(super) fn done(&self) -> bool {
        self.0.is_empty()
    }

    /// Reads exactly this text.
    pub(super) fn literal(&mut self, text: &str) -> Option<()> {
        self.0 = self.0.strip_prefix(text)?;
        Some(())
    }

    /// Reads a text in any case.
    pub(super) fn word(&mut self, text: &str) -> Option<()> {
        let head = self.0.get(..text.len())?;
        if !head.eq_ignore_ascii_case(text) {
            return None;
        }
        self.0 = self.0.get(text.len()..)?;
        Some(())
    }

    /// Reads one of these signs.
    pub(super) fn one_of(&mut self, signs: &[char]) -> Option<char> {
        let first = self.0.chars().next().filter(|first| signs.contains(first))?;
        self.0 = self.0.get(first.len_utf8()..)?;
        Some(first)
    }

    /// Reads a run of digits of a length within these bounds.
    pub(super) fn digits(&mut self, least: usize, most: usize) -> Option<&'t str> {
        let length = self.0.bytes().take(most).take_while(u8::is_ascii_digit).count();
        if length < least {
            return None;
        }
        let (digits, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(digits)
    }

    /// Reads a number of that many digits.
    pub(super) fn number<N: std::str::FromStr>(&mut self, least: usize, most: usize) -> Option<N> {
        self.digits(least, most)?.parse().ok()
    }

    /// Reads a fraction of a second as nanoseconds.
    pub(super) fn nanoseconds(&mut self, least: usize, most: usize) -> Option<i32> {
        let digits = self.digits(least, most)?;
        let kept = digits.get(..digits.len().min(9))?;
        if kept.is_empty() {
            return Some(0);
        }
        Some(kept.parse::<i32>().ok()? * 10_i32.pow(9 - kept.len() as u32))
    }

    /// Reads an offset from UTC in seconds: `Z`, `+02`, `+0200`, `+02:00`.
    pub(super) fn offset(&mut self) -> Option<i32> {
        if self.one_of(&['Z', 'z']).is_some() {
            return Some(0);
        }
        let sign = if self.one_of(&['+', '-'])? == '-' { -1 } else { 1 };
        let hours: i32 = self.number(1, 2)?;
        let colon = self.literal(":").is_some();
        let minutes: i32 = match self.number(2, 2) {
            Some(minutes) => minutes,
            None if colon => return None,
            None => 0,
        };
        (hours <= 14 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
    }

    /// Reads `AM` or `PM` and gives the hour of the day.
    pub(super) fn half_day(&mut self, hour: i8) -> Option<i8> {
        if !(1..=12).contains(&hour) {
            return None;
        }
        if self.word("AM").is_some() {
            return Some(hour % 12);
        }
        self.word("PM")?;
        Some(hour % 12 + 12)
    }
}
