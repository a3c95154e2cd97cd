//! An answer that is asked for when the typing pauses, and may come when it is not wanted any more.

use jiff::Timestamp;

/// An answer of the engine.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer<T> {
    /// When to ask for it.
    pub due: Option<Timestamp>,
    /// The last answer.
    pub shown: Option<T>,
    /// Whether the last answer is one to an earlier text.
    pub is_old: bool,
    ticket: Option<u64>,
}

impl<T> Default for Answer<T> {
    fn default() -> Self {
        Self {
            due: None,
            shown: None,
            is_old: false,
            ticket: None,
        }
    }
}

impl<T> Answer<T> {
    /// Makes every answer that is still to come void.
    pub fn forget(&mut self) {
        self.due = None;
        self.ticket = None;
        self.is_old = true;
    }

    /// Reports whether the engine is to be asked now, under a new ticket.
    pub fn ask(&mut self, now: Timestamp, tickets: &mut u64) -> bool {
        let is_due = self.due.is_some_and(|due| due <= now);
        if is_due {
            *tickets += 1;
            self.due = None;
            self.ticket = Some(*tickets);
        }
        is_due
    }

    /// Takes an answer over, if it is the one that is waited for; reports whether it was.
    pub fn take(&mut self, ticket: u64, answer: T) -> bool {
        let awaited = self.ticket == Some(ticket);
        if awaited {
            self.ticket = None;
            self.shown = Some(answer);
            self.is_old = false;
        }
        awaited
    }

    /// Reports whether an answer is to come.
    pub const fn is_waiting(&self) -> bool {
        self.due.is_some() || self.ticket.is_some()
    }

    /// Returns the answer to the text as it is now.
    pub fn now(&self) -> Option<&T> {
        self.shown.as_ref().filter(|_| !self.is_old)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_answer_to_the_newest_question_counts() {
        let (now, mut tickets) = (Timestamp::UNIX_EPOCH, 0);
        let mut answer = Answer {
            due: Some(now),
            ..Answer::default()
        };
        assert!(answer.ask(now, &mut tickets) && !answer.ask(now, &mut tickets));
        answer.due = Some(now);
        assert!(answer.ask(now, &mut tickets));
        assert!(!answer.take(1, "old"));
        assert!(answer.take(2, "new"));
        assert_eq!(answer.now(), Some(&"new"));
        answer.forget();
        assert_eq!((answer.now(), answer.is_waiting()), (None, false));
        assert!(!answer.take(2, "late"));
    }
}
