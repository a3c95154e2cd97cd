//! Where the cursor is in a list, and which part of the list is seen.

/// A cursor and the first row that is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scroll {
    /// The row the cursor is on.
    pub cursor: usize,
    /// The first row that is seen.
    pub offset: usize,
}

impl Scroll {
    /// Moves the cursor by some rows and keeps it in a list of `length` rows.
    pub fn step(&mut self, by: isize, length: usize) {
        self.cursor = self
            .cursor
            .saturating_add_signed(by)
            .min(length.saturating_sub(1));
    }

    /// Makes the cursor visible in a window of `height` rows.
    ///
    /// A cursor that leaves the window moves it by half a page: a line at a time would repaint the whole list for
    /// every key, which is what a slow connection feels.
    pub fn settle(&mut self, length: usize, height: usize) {
        let height = height.max(1);
        self.cursor = self.cursor.min(length.saturating_sub(1));
        if self.cursor < self.offset {
            self.offset = (self.cursor + 1).saturating_sub(height.div_ceil(2));
        } else if self.cursor >= self.offset + height {
            self.offset = self.cursor - height / 2;
        }
        self.offset = self.offset.min(length.saturating_sub(height));
    }

    /// Returns the rows that are seen.
    pub fn window(&self, length: usize, height: usize) -> std::ops::Range<usize> {
        let start = self.offset.min(length);
        start..(start + height).min(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_is_always_seen_and_the_window_full() {
        for length in [0, 1, 5, 100] {
            for height in [0, 1, 2, 7, 200] {
                let mut scroll = Scroll::default();
                for by in [1, 1, 3, 50, -2, -40, 1000, -1000, 7] {
                    scroll.step(by, length);
                    scroll.settle(length, height);
                    assert!(length == 0 || scroll.window(length, height.max(1)).contains(&scroll.cursor));
                    assert!(scroll.offset + height.max(1) <= length || scroll.offset == 0);
                }
            }
        }
    }

    #[test]
    fn leaving_the_window_jumps_half_a_page() {
        let mut scroll = Scroll {
            cursor: 10,
            offset: 0,
        };
        scroll.settle(100, 10);
        assert_eq!(scroll.offset, 5);
    }
}
