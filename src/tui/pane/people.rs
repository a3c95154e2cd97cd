//! The pane People: anyone, with every account.

use jiff::{SignedDuration, Timestamp};

use crate::{
    engine::{
        command::Query,
        view::{PersonRow, PersonView},
    },
    model::{LifecycleState, PersonId},
    tui::{
        message::Effect,
        model::Model,
        paint::Painter,
        review::bundle,
        scroll::Scroll,
        search::{Haystacks, Needles},
        text,
        theme::Role,
        view::{
            layout,
            table::{self, Column, Width, column},
        },
    },
};

const COLUMNS: [Column; 5] = [
    column("Person", Width::Share(4)),
    column("Department", Width::Share(3)).from(50),
    column("Title", Width::Share(3)).from(76),
    column("State", Width::Fixed(8)),
    column("Accounts", Width::Fixed(8)).right().from(50),
];
const REST: SignedDuration = SignedDuration::from_millis(80);

/// The state of the pane.
#[derive(Debug, Default)]
pub struct People {
    /// Whether the engine has answered yet.
    pub loaded: bool,
    /// Everybody.
    pub rows: Vec<PersonRow>,
    /// Those who pass the filter.
    pub shown: Vec<u32>,
    /// The filter.
    pub filter: String,
    /// Where the cursor is.
    pub scroll: Scroll,
    /// The person under the cursor in full.
    pub person: Option<PersonView>,
    texts: Haystacks,
    asked: Option<PersonId>,
    moved: Option<Timestamp>,
    /// When to ask for the person under the cursor.
    pub due: Option<Timestamp>,
    /// How far the detail is scrolled.
    pub detail_offset: usize,
}

impl People {
    /// Takes over everybody.
    pub fn load(&mut self, rows: Vec<PersonRow>) {
        let here = self.row().map(|row| row.person);
        self.loaded = true;
        self.texts = Haystacks::new(&rows, |row| {
            [&*row.name, &*row.department, &*row.title, state(row.state)]
        });
        self.rows = rows;
        self.asked = None;
        let filter = std::mem::take(&mut self.filter);
        self.filter(&filter);
        if let Some(at) = self
            .shown
            .iter()
            .position(|row| Some(self.rows[*row as usize].person) == here)
        {
            self.scroll.cursor = at;
        }
    }

    /// Shows only those who pass.
    pub fn filter(&mut self, text: &str) {
        text.clone_into(&mut self.filter);
        let words = Needles::new(text);
        let everybody = 0..self.rows.len() as u32;
        self.shown = everybody
            .filter(|row| words.stand_in(self.texts.get(*row as usize)))
            .collect();
        self.scroll = Scroll::default();
    }

    /// Takes over a person in full.
    pub fn show(&mut self, person: Option<PersonView>) {
        self.person = person;
    }

    /// Moves the cursor.
    pub fn step(&mut self, by: isize) {
        self.scroll.step(by, self.shown.len());
        self.detail_offset = 0;
    }

    /// Returns the person under the cursor.
    pub fn row(&self) -> Option<&PersonRow> {
        self.rows.get(*self.shown.get(self.scroll.cursor)? as usize)
    }

    /// Asks for the person under the cursor once the cursor rests.
    pub fn wants(&mut self, now: Timestamp, moved: bool) -> Option<Effect> {
        let person = self.row()?.person;
        if moved {
            let travelling = self.moved.is_some_and(|last| now.duration_since(last) < REST);
            self.moved = Some(now);
            self.due = travelling.then(|| now + REST);
        }
        if self.due.is_some_and(|due| due > now) {
            return None;
        }
        self.due = None;
        (self.asked != Some(person)).then(|| {
            self.asked = Some(person);
            Effect::Ask(Query::Person(person))
        })
    }
}

/// Returns where the first account of the person is.
pub fn copied(model: &Model) -> Option<String> {
    let (person, row) = (model.people.person.as_ref()?, model.people.row()?);
    (person.row.person == row.person)
        .then(|| person.accounts.first().map(|(_, location, _)| location.clone()))?
}

const fn state(state: LifecycleState) -> &'static str {
    match state {
        LifecycleState::PreHire => "pre-hire",
        LifecycleState::Active => "active",
        LifecycleState::OnLeave => "on leave",
        LifecycleState::Ended => "ended",
        LifecycleState::Gone => "gone",
    }
}

/// Draws the pane.
pub fn draw(model: &Model, painter: &mut Painter<'_>) {
    let (pane, area) = (&model.people, layout::list(model));
    if pane.shown.is_empty() {
        let words = match (pane.loaded, pane.filter.is_empty()) {
            (false, _) => "asking who is there",
            (true, true) => "Nobody is known yet: press P to read every system.",
            (true, false) => "Nobody passes the filter: Esc takes it away.",
        };
        painter.text(
            area.x + 2,
            area.y + 1,
            area.width.saturating_sub(3),
            words,
            Role::Title,
        );
        return;
    }
    if area.height > 0 {
        let places = table::places(&COLUMNS, area.x + 1, area.width.saturating_sub(2));
        table::titles(painter, &COLUMNS, &places, area.y);
        let rows = layout::rows(model);
        for (y, place) in (rows.y..).zip(pane.scroll.window(pane.shown.len(), usize::from(rows.height))) {
            let row = &pane.rows[pane.shown[place] as usize];
            let accounts = row.accounts.to_string();
            let role = if row.state == LifecycleState::Active {
                Role::Text
            } else {
                Role::Muted
            };
            let cells = [
                (&*row.name, Role::Text),
                (&*row.department, Role::Text),
                (&*row.title, Role::Text),
                (state(row.state), role),
                (&accounts, Role::Text),
            ];
            table::row(painter, &COLUMNS, &places, y, &cells);
            if place == pane.scroll.cursor {
                painter.cursor(area.x, y, area.width);
            }
        }
    }
    detail(model, painter);
}

fn detail(model: &Model, painter: &mut Painter<'_>) {
    let (Some(area), Some(row)) = (layout::detail(model), model.people.row()) else {
        return;
    };
    let width = area.width.saturating_sub(2);
    let role = format!("{}  {}", row.title, row.department);
    let used = painter.text(area.x + 1, area.y, width, &row.name, Role::Title);
    painter.right(
        area.x + 1 + used + 2,
        area.y,
        width.saturating_sub(used + 2),
        role.trim(),
        Role::Muted,
    );
    let Some(person) = model
        .people
        .person
        .as_ref()
        .filter(|person| person.row.person == row.person)
    else {
        return;
    };
    let mut lines: Vec<(String, String, Role)> = Vec::new();
    for (rule, location, situation) in &person.accounts {
        lines.push((rule.to_string(), format!("{location}  {situation}"), Role::Text));
    }
    if person.accounts.is_empty() {
        lines.push(("accounts".into(), "none".into(), Role::Muted));
    }
    lines.push((String::new(), String::new(), Role::Text));
    for (name, value) in &person.attributes {
        lines.push((name.clone(), value.clone(), Role::Text));
    }
    if !person.operations.is_empty() {
        lines.push((String::new(), String::new(), Role::Text));
    }
    for operation in &person.operations {
        let words = format!("{} in {}", bundle::single(operation), operation.system);
        let sign = painter.symbols.state(operation.state);
        lines.push((format!("{sign} {}", operation.state.word()), words, Role::Text));
    }
    let column = lines
        .iter()
        .map(|line| text::width(&line.0))
        .max()
        .unwrap_or(0)
        .min(usize::from(width) / 3) as u16;
    let room = width.saturating_sub(column + 2);
    let mut shown = Vec::new();
    for (label, body, role) in lines {
        for (number, part) in text::wrap(&body, usize::from(room)).into_iter().enumerate() {
            shown.push((
                if number == 0 { label.clone() } else { String::new() },
                part,
                role,
            ));
        }
    }
    let height = usize::from(area.height.saturating_sub(2));
    let offset = model.people.detail_offset.min(shown.len().saturating_sub(height));
    for (y, (label, body, role)) in (area.y + 2..area.bottom()).zip(&shown[offset..]) {
        painter.text(area.x + 1, y, column, label, Role::Muted);
        painter.text(area.x + 3 + column, y, room, body, *role);
    }
}
