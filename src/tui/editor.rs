//! The editor of one expression: the text, what is wrong with it, what completes it, what it gives, what it changes.
//!
//! What is wrong is found at once, on every key. What it gives and what it would change is asked of the engine when
//! the typing pauses; an answer to a text that is not there any more is thrown away.

pub mod answer;
mod check;
pub mod colour;
pub mod complete;
pub mod draw;
pub mod keys;
mod lay;

use jiff::{SignedDuration, Timestamp};
use tui_textarea::{CursorMove, TextArea};

use crate::{
    engine::{
        Part, Place,
        command::{Query, Trial},
        impact::Impact,
        mappings::{ExpressionView, Gives},
        trying::Tried,
    },
    expression::{Diagnostic, MAXIMUM_LENGTH},
    model::PersonId,
    tui::message::Effect,
};

use self::{answer::Answer, complete::Completion};

/// How long the typing pauses before the expression is tried.
const TRIAL: SignedDuration = SignedDuration::from_millis(150);
/// How long it pauses before the whole plan is computed with it.
const IMPACT: SignedDuration = SignedDuration::from_millis(500);

/// The editor of one expression.
#[derive(Debug)]
pub struct Editor {
    /// Which expression.
    pub place: Place,
    /// What it is called: `title`.
    pub label: String,
    /// What it has to give.
    pub gives: Gives,
    /// The text as it is saved.
    pub saved: String,
    area: TextArea<'static>,
    /// The names it may use, once the engine has listed them.
    pub names: Option<Vec<String>>,
    /// What is wrong with it, in the order of the text.
    pub mistakes: Vec<Diagnostic>,
    /// What could come next.
    pub completion: Option<Completion>,
    /// What it gives for a few people.
    pub trial: Answer<Result<Vec<Tried>, String>>,
    /// What it would change in the plan.
    pub impact: Answer<Result<Impact, Vec<String>>>,
    /// Whether it is to be saved as soon as it is known what that changes.
    pub wants_save: bool,
    /// Whether it is being saved.
    pub saving: bool,
    person: Option<PersonId>,
    sample: u64,
    tickets: u64,
}

impl Editor {
    /// Opens an expression; `person` is who is looked at first.
    pub fn new(place: Place, view: &ExpressionView, person: Option<PersonId>, now: Timestamp) -> Self {
        let lines = view.text.split('\n').map(ToOwned::to_owned).collect();
        let mut area = TextArea::new(lines);
        area.move_cursor(CursorMove::Bottom);
        area.move_cursor(CursorMove::End);
        let mut editor = Self {
            place,
            label: view.label.clone(),
            gives: view.gives,
            saved: view.text.clone(),
            area,
            names: None,
            mistakes: Vec::new(),
            completion: None,
            trial: Answer::default(),
            impact: Answer::default(),
            wants_save: false,
            saving: false,
            person,
            sample: 0,
            tickets: 0,
        };
        editor.changed(now);
        editor
    }

    /// Returns the text.
    pub fn text(&self) -> String {
        self.area.lines().join("\n")
    }

    /// Returns the text as it would be saved: without blanks at its end.
    pub fn expression(&self) -> String {
        self.text().trim_end().to_owned()
    }

    /// Reports whether there is something to save.
    pub fn is_changed(&self) -> bool {
        self.expression() != self.saved.trim_end()
    }

    /// Reports whether nothing is wrong, as far as that can be told without the engine.
    pub fn is_sound(&self) -> bool {
        self.mistakes.is_empty()
    }

    /// Returns the mistake to tell about: what is never closed is usually just being typed, so it comes last.
    pub fn mistake(&self) -> Option<&Diagnostic> {
        let text = self.text();
        let unclosed = |it: &&Diagnostic| it.span.of(&text) == "(";
        let others = self.mistakes.iter().find(|it| !unclosed(it));
        others.or_else(|| self.mistakes.first())
    }

    /// Returns the line and the character the cursor is at, both from 0.
    pub fn cursor(&self) -> (usize, usize) {
        let cursor = self.area.cursor();
        (cursor.0, cursor.1)
    }

    /// Returns the octets of the text before the cursor.
    pub fn cursor_octets(&self) -> usize {
        let (row, column) = self.cursor();
        let lines = self.area.lines();
        let before: usize = lines.iter().take(row).map(|line| line.len() + 1).sum();
        let own = lines.get(row).map_or(0, |line| {
            line.char_indices().nth(column).map_or(line.len(), |(at, _)| at)
        });
        before + own
    }

    /// Inserts a text at the cursor; control characters but line ends become spaces.
    pub fn insert(&mut self, text: &str, now: Timestamp) {
        let room = MAXIMUM_LENGTH.saturating_sub(self.text().chars().count());
        let clean: String = text
            .replace("\r\n", "\n")
            .chars()
            .take(room)
            .map(|c| if c.is_control() && c != '\n' { ' ' } else { c })
            .collect();
        self.area.insert_str(clean);
        self.changed(now);
    }

    /// Takes over the names; they may come after the first key.
    pub fn know(&mut self, names: Vec<String>) {
        self.names = Some(names);
        self.mistakes = check::mistakes(self);
    }

    /// Looks at the text anew after it has changed.
    fn changed(&mut self, now: Timestamp) {
        self.mistakes = check::mistakes(self);
        self.wants_save = false;
        self.trial.forget();
        self.impact.forget();
        if self.is_sound() {
            self.trial.due = Some(now + TRIAL);
            if self.is_changed() {
                self.impact.due = Some(now + IMPACT);
            }
        }
    }

    /// Looks at five other people.
    pub fn others(&mut self, now: Timestamp) {
        self.sample += 1;
        self.trial.due = self.is_sound().then_some(now);
    }

    /// Asks again for what it gives and changes: there is a new plan.
    pub fn again(&mut self, now: Timestamp) {
        if self.is_sound() {
            self.trial.due = Some(now);
            self.impact.due = self.is_changed().then_some(now);
        }
    }

    /// Returns the attribute that the expression gives its value to.
    fn attribute(&self) -> Option<&str> {
        match &self.place.part {
            Part::Attribute(name) => Some(name),
            _ => None,
        }
    }

    /// Returns when the engine is to be asked next.
    pub fn due(&self) -> Option<Timestamp> {
        self.trial.due.into_iter().chain(self.impact.due).min()
    }

    /// Asks the engine for what is due.
    pub fn wants(&mut self, now: Timestamp) -> Vec<Effect> {
        let mut effects = Vec::new();
        if self.trial.ask(now, &mut self.tickets) {
            effects.push(Effect::Ask(Query::Try(Trial {
                ticket: self.tickets,
                block: self.place.block.clone(),
                attribute: self.attribute().map(str::to_owned),
                expression: self.expression(),
                person: self.person,
                sample: self.sample,
            })));
        }
        if self.impact.ask(now, &mut self.tickets) {
            effects.push(Effect::Ask(Query::Impact {
                ticket: self.tickets,
                place: self.place.clone(),
                expression: self.expression(),
            }));
        }
        effects
    }
}
