//! The pane Today: who comes, moves and leaves; how the systems fare; how close the guard rails are; what was, and
//! what is to come. In columns where there is room, else as one list.

mod columns;
pub(in crate::tui) mod health;
pub(in crate::tui) mod notes;
mod stacked;

use crate::{
    engine::view::{EventColumn, EventPerson, TodayView},
    model::LifecycleEvent,
    tui::{
        action::Action,
        filter,
        message::Effect,
        model::Model,
        paint::Painter,
        pane::Pane,
        review::{Spot, arrange::Line},
        scroll::Scroll,
        theme::Role,
        update,
        view::layout,
    },
};

/// How many people of an event the list shows.
const SHORT: usize = 4;

/// The state of the pane.
#[derive(Debug, Default)]
pub struct Today {
    /// The day, once the engine has answered.
    pub view: Option<TodayView>,
    /// Which event the cursor is on.
    pub column: usize,
    /// 0 is the event's head, then its people.
    pub row: usize,
    /// Which part of the list is seen.
    pub scroll: Scroll,
    /// How many people of an event can be reached.
    reach: usize,
}

impl Today {
    /// Takes over the day.
    pub fn load(&mut self, view: TodayView) {
        self.view = Some(view);
        self.clamp();
    }

    fn events(&self) -> &[EventColumn] {
        self.view.as_ref().map_or(&[], |view| &view.events)
    }

    fn length(&self, column: usize) -> usize {
        let people = self.events().get(column).map_or(0, |event| event.people.len());
        1 + people.min(self.reach.max(1))
    }

    fn clamp(&mut self) {
        self.column = self.column.min(self.events().len().saturating_sub(1));
        self.row = self.row.min(self.length(self.column) - 1);
    }

    /// Moves the cursor; at the end of an event it goes on to the next one.
    pub fn step(&mut self, by: isize) {
        let before: usize = (0..self.column).map(|column| self.length(column)).sum();
        let total: usize = (0..self.events().len()).map(|column| self.length(column)).sum();
        let mut at = (before + self.row)
            .saturating_add_signed(by)
            .min(total.saturating_sub(1));
        for column in 0..self.events().len() {
            let length = self.length(column);
            if at < length {
                (self.column, self.row) = (column, at);
                return;
            }
            at -= length;
        }
    }

    /// Moves the cursor to another event.
    pub fn sideways(&mut self, by: isize) {
        self.column = self.column.saturating_add_signed(by);
        self.clamp();
    }

    fn person(&self) -> Option<&EventPerson> {
        self.events()
            .get(self.column)?
            .people
            .get(self.row.checked_sub(1)?)
    }
}

/// Goes to Review, filtered to the event the cursor is on, with the cursor on the person.
pub fn open(model: &mut Model) -> Vec<Effect> {
    let Some(event) = model.today.events().get(model.today.column) else {
        return update::enter(model, Pane::Review);
    };
    let (word, person) = (
        event.event.word(),
        model.today.person().map(|person| person.person),
    );
    let effects = update::enter(model, Pane::Review);
    update::filter::apply(model, &format!("event:{word}"));
    debug_assert!(!filter::Filter::parse(&model.review.filter).is_empty());
    let review = &mut model.review;
    let rows_of = |line: &Line| {
        review
            .arranged
            .rows_of(*line)
            .first()
            .map(|row| &review.rows[*row as usize])
    };
    let mut operations = review
        .arranged
        .lines
        .iter()
        .filter(|line| !matches!(line, Line::Section(_)));
    let first = operations.clone().next().and_then(rows_of);
    let wanted =
        operations.find_map(|line| rows_of(line).filter(|row| person.is_some() && row.person == person));
    if let Some(id) = wanted.or(first).map(|row| row.id) {
        review.go(Some(&Spot::Operation(id, false)));
    }
    effects
}

/// Keeps the cursor in sight.
pub fn settle(model: &mut Model) {
    let in_columns = layout::is_wide(model);
    model.today.reach = if in_columns { usize::MAX } else { SHORT };
    model.today.clamp();
    if !in_columns {
        let (lines, cursor) = stacked::lines(&model.today);
        let height = usize::from(layout::body(model).height);
        // the first person of the first event: what stands above it is seen as well
        model.today.scroll.cursor = if model.today.column == 0 && model.today.row == 0 {
            0
        } else {
            cursor
        };
        model.today.scroll.settle(lines.len(), height);
    }
}

/// Returns the head of an event's column: `Joiners`.
fn headline(event: LifecycleEvent) -> &'static str {
    match event {
        LifecycleEvent::Joiner => "Joiners",
        LifecycleEvent::PreHire => "Pre-hires",
        LifecycleEvent::Rehire => "Rehires",
        LifecycleEvent::Mover => "Movers",
        LifecycleEvent::NameChange => "Name changes",
        LifecycleEvent::LeaveStart => "Going on leave",
        LifecycleEvent::LeaveEnd => "Back from leave",
        LifecycleEvent::Leaver => "Leavers",
        LifecycleEvent::Vanished => "Vanished",
        LifecycleEvent::CancelledHire => "Cancelled hires",
    }
}

/// Draws the pane.
pub fn draw(model: &Model, painter: &mut Painter<'_>) {
    let area = layout::body(model);
    let Some(view) = &model.today.view else {
        painter.text(
            area.x + 2,
            area.y + 1,
            area.width,
            "asking for the day",
            Role::Muted,
        );
        return;
    };
    if layout::is_wide(model) {
        columns::draw(model, view, painter);
    } else {
        stacked::draw(model, view, painter);
    }
}

/// Returns what to say when nothing happened to anybody.
fn emptiness(model: &Model, view: &TodayView) -> [String; 2] {
    let plan = model.settings.keymap.shown(Action::Plan);
    if view.plan.is_none() {
        let how = format!("Press {plan} to read every system and make one. Reading changes nothing.");
        ["There is no plan yet.".into(), how]
    } else {
        let how = format!("Press {plan} to read every system again.");
        [
            "Nobody joins, moves or leaves: everyone has what they should have.".into(),
            how,
        ]
    }
}

/// Returns when a person's first operation is due, as the list shows it.
fn due(model: &Model, person: &EventPerson) -> String {
    person.due.map_or_else(
        || "now".to_owned(),
        |due| model.settings.clock.list(due).trim().to_owned(),
    )
}
