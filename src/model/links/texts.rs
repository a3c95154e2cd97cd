//! Texts in a row, without an allocation each.

/// Texts in a row.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Texts {
    text: String,
    /// Where each text ends; it begins where the one before ended.
    ends: Vec<u32>,
}

impl Texts {
    /// Puts stored texts together again; `None` if the parts do not fit each other.
    pub fn from_parts(text: String, ends: Vec<u32>) -> Option<Self> {
        let mut previous = 0;
        let sound = ends.iter().all(|end| {
            let fits = *end >= previous && text.is_char_boundary(*end as usize);
            previous = *end;
            fits
        });
        (sound && previous as usize == text.len()).then_some(Self { text, ends })
    }

    /// Takes the texts apart for storage: the text, and where each ends.
    pub fn parts(&self) -> (&str, &[u32]) {
        (&self.text, &self.ends)
    }

    /// Returns how many texts there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Reports whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Returns a text, an empty one beyond the last.
    pub fn get(&self, at: usize) -> &str {
        let Some(end) = self.ends.get(at) else { return "" };
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        &self.text[start..*end as usize]
    }

    /// Returns the texts of a range, as texts of their own.
    #[must_use]
    pub fn slice(&self, range: std::ops::Range<usize>) -> Self {
        let end = range.end.min(self.len());
        let start = range.start.min(end);
        let shift = start.checked_sub(1).map_or(0, |before| self.ends[before]);
        let last = end.checked_sub(1).map_or(shift, |last| self.ends[last]);
        Self {
            text: self.text[shift as usize..last as usize].to_owned(),
            ends: self.ends[start..end].iter().map(|end| end - shift).collect(),
        }
    }

    pub(super) fn has_room(&self, octets: usize) -> bool {
        u32::try_from(self.text.len() + octets).is_ok()
    }

    pub(super) fn reserve(&mut self, texts: usize, octets: usize) {
        self.text.reserve_exact(octets);
        self.ends.reserve_exact(texts);
    }

    pub(super) fn octets(&self) -> usize {
        self.text.len()
    }

    /// Adds a text; the caller made sure that there is room.
    pub(super) fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.ends.push(self.text.len() as u32);
    }

    /// Adds empty texts up to a number.
    pub(super) fn fill(&mut self, length: usize) {
        if self.ends.len() < length {
            self.ends.resize(length, self.text.len() as u32);
        }
    }

    /// Adds the texts of another row; the caller made sure that there is room.
    pub(super) fn append(&mut self, other: &Self) {
        let shift = self.text.len() as u32;
        self.text.push_str(&other.text);
        self.ends.extend(other.ends.iter().map(|end| end + shift));
    }
}
