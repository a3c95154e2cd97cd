//! Moving, opening and selecting in the list.

use super::{Review, arrange::Line, decide};
use crate::model::Fingerprint;

impl Review {
    /// Moves the cursor by some lines.
    pub fn step(&mut self, by: isize) {
        self.scroll.step(by, self.arranged.lines.len());
        self.detail_offset = 0;
    }

    /// Opens what the cursor is on; reports whether anything opened.
    pub fn open(&mut self) -> bool {
        let opened = match self.line() {
            Some(Line::Section(section)) => {
                let title = self.arranged.sections[section as usize].title.clone();
                self.folds.closed.remove(&title)
            }
            Some(line @ Line::Bundle(_)) => match *self.arranged.rows_of(line) {
                [first, _, ..] => self.folds.open.insert(self.rows[first as usize].id),
                _ => false,
            },
            _ => false,
        };
        if opened {
            self.refold();
        }
        opened
    }

    /// Opens what the cursor is on; if it is open, goes to the first operation in it.
    pub fn go_in(&mut self) {
        let is_open = |next: Option<&Line>| matches!(next, Some(Line::Operation(_)));
        if !self.open()
            && matches!(self.line(), Some(Line::Bundle(_)))
            && is_open(self.arranged.lines.get(self.scroll.cursor + 1))
        {
            self.step(1);
        }
    }

    /// Closes what the cursor is on or in.
    pub fn close(&mut self) {
        match self.line() {
            Some(Line::Section(section)) => {
                let title = self.arranged.sections[section as usize].title.clone();
                self.folds.closed.insert(title);
                self.refold();
            }
            Some(Line::Bundle(_) | Line::Operation(_)) => self.close_bundle(),
            _ => {}
        }
    }

    fn close_bundle(&mut self) {
        let lines = &self.arranged.lines;
        let head = (0..=self.scroll.cursor)
            .rev()
            .find(|at| matches!(lines[*at], Line::Bundle(_)));
        let Some(head) = head else { return };
        let first = self.arranged.rows_of(lines[head])[0];
        let was_open = self.folds.open.remove(&self.rows[first as usize].id);
        if was_open {
            self.scroll.cursor = head;
            self.refold();
        } else if let Some(above) = (0..head).rev().find(|at| matches!(lines[*at], Line::Section(_))) {
            self.scroll.cursor = above;
        }
    }

    /// Opens what is closed and closes what is open.
    pub fn toggle(&mut self) {
        if !self.open() && matches!(self.line(), Some(Line::Section(_) | Line::Bundle(_))) {
            self.close();
        }
    }

    /// Selects or deselects what the cursor is on, and goes on to the next line.
    pub fn select(&mut self) {
        self.end_range();
        let ids: Vec<Fingerprint> = self.under_cursor().map(|(row, _)| row.id).collect();
        if ids.iter().all(|id| self.selected.contains(id)) {
            for id in &ids {
                self.selected.remove(id);
            }
        } else {
            self.selected.extend(ids);
        }
        self.step(1);
    }

    /// Begins a range, or takes the one that was drawn into the selection.
    pub fn toggle_range(&mut self) {
        if self.range.is_some() {
            self.end_range();
        } else {
            self.range = Some(self.scroll.cursor);
        }
    }

    fn end_range(&mut self) {
        let drawn = decide::range(self);
        self.selected.extend(drawn);
        self.range = None;
    }

    /// Selects everything that passes the filter; nothing, if all of it was selected.
    pub fn select_all(&mut self) {
        let all: Vec<Fingerprint> = self.passing_ids().collect();
        if all.iter().all(|id| self.selected.contains(id)) {
            self.selected.clear();
        } else {
            self.selected.extend(all);
        }
    }

    /// Selects what passes the filter and is not selected, and nothing else.
    pub fn invert(&mut self) {
        self.end_range();
        self.selected = self
            .passing_ids()
            .filter(|id| !self.selected.contains(id))
            .collect();
    }

    fn passing_ids(&self) -> impl Iterator<Item = Fingerprint> {
        self.arranged.order.iter().map(|row| self.rows[*row as usize].id)
    }
}
