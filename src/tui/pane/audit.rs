//! The pane Audit: what was done, by whom, when, why; one record in full; whether the chain holds.

use crate::{
    engine::{
        command::Query,
        view::{AuditRow, AuditView, ChainView},
    },
    tui::{
        message::Effect,
        model::Model,
        paint::Painter,
        scroll::Scroll,
        text::count,
        theme::Role,
        view::{
            layout,
            table::{self, Column, Width, column},
        },
    },
};

/// How many records are asked for at once.
const WINDOW: usize = 300;

const COLUMNS: [Column; 6] = [
    column("Nr", Width::Fixed(7)).right(),
    column("When", Width::Fixed(12)).right().from(60),
    column("Who", Width::Share(2)).from(100),
    column("Action", Width::Fixed(9)),
    column("Whom", Width::Share(2)),
    column("What", Width::Share(5)).from(60),
];

/// The state of the pane.
#[derive(Debug, Default)]
pub struct Audit {
    /// The window of the trail that is known.
    pub view: Option<AuditView>,
    /// How far the chain was verified; `None` until the engine has answered.
    pub chain: Option<ChainView>,
    /// Whether the engine verifies it now.
    checking: bool,
    /// The filter.
    pub filter: String,
    /// Where the cursor is, in the whole trail.
    pub scroll: Scroll,
    asked: Option<usize>,
}

impl Audit {
    /// Returns how many records match the filter.
    pub fn total(&self) -> usize {
        self.view.as_ref().map_or(0, |view| view.total)
    }

    /// Takes over a window of the trail.
    pub fn load(&mut self, view: AuditView) {
        self.asked = None;
        self.view = Some(view);
    }

    /// Takes over how far the chain was verified.
    pub fn verified(&mut self, chain: ChainView) {
        self.checking = false;
        self.chain = Some(chain);
    }

    /// Has the records verified that came since the last time, if any did.
    fn check(&mut self) -> Option<Effect> {
        let head = &self.view.as_ref()?.head;
        let is_known = self.chain.as_ref().is_some_and(|chain| chain.head == *head);
        if is_known || self.checking || head.is_empty() {
            return None;
        }
        self.checking = true;
        Some(Effect::Ask(Query::Chain))
    }

    /// Asks for what is seen first.
    pub fn enter(&mut self) -> Effect {
        // an answer that never came must not be waited for for ever
        self.checking = false;
        self.ask()
    }

    /// Asks for the window around the cursor.
    pub fn ask(&mut self) -> Effect {
        let offset = self.scroll.cursor.saturating_sub(WINDOW / 2);
        self.asked = Some(offset);
        Effect::Ask(Query::Audit {
            offset,
            limit: WINDOW,
            filter: self.filter.clone(),
        })
    }

    /// Asks for the records that are seen, if they are not known.
    pub fn wants(&mut self) -> Vec<Effect> {
        let mut wanted: Vec<_> = self.check().into_iter().collect();
        let here = self.scroll.cursor;
        let missing = here < self.total() && self.at(here).is_none();
        let under_way = self
            .asked
            .is_some_and(|offset| (offset..offset + WINDOW).contains(&here));
        if missing && !under_way {
            wanted.push(self.ask());
        }
        wanted
    }

    /// Shows only records with these words.
    pub fn filter(&mut self, text: &str) -> Effect {
        text.clone_into(&mut self.filter);
        self.scroll = Scroll::default();
        self.ask()
    }

    /// Takes the filter away; the records are asked for when they are seen.
    pub fn clear_filter(&mut self) {
        self.filter.clear();
        self.scroll = Scroll::default();
        // an empty window of a trail that has records: the next message asks for them
        if let Some(view) = &mut self.view {
            (view.rows, view.total) = (Vec::new(), view.total.max(1));
        }
    }

    /// Moves the cursor.
    pub fn step(&mut self, by: isize) {
        self.scroll.step(by, self.total());
    }

    /// Asks for the record under the cursor in full.
    pub fn open(&self) -> Option<Effect> {
        self.row()
            .map(|row| Effect::Ask(Query::AuditRecord(row.sequence)))
    }

    /// Returns the record under the cursor.
    pub fn row(&self) -> Option<&AuditRow> {
        self.at(self.scroll.cursor)
    }

    fn at(&self, place: usize) -> Option<&AuditRow> {
        let view = self.view.as_ref()?;
        view.rows.get(place.checked_sub(view.offset)?)
    }
}

/// Draws the pane.
pub fn draw(model: &Model, painter: &mut Painter<'_>) {
    let (pane, area) = (&model.audit, layout::body(model));
    let Some(view) = &pane.view else {
        painter.text(
            area.x + 2,
            area.y + 1,
            area.width,
            "asking for the trail",
            Role::Muted,
        );
        return;
    };
    chain(model, painter, view, area);
    if view.total == 0 {
        let words = if pane.filter.is_empty() {
            "Nothing has been done yet: every plan, decision and write will be here."
        } else {
            "No record has these words: Esc takes the filter away."
        };
        painter.text(
            area.x + 2,
            area.y + 2,
            area.width.saturating_sub(3),
            words,
            Role::Title,
        );
        return;
    }
    let places = table::places(&COLUMNS, area.x + 1, area.width.saturating_sub(2));
    table::titles(painter, &COLUMNS, &places, area.y + 1);
    let rows = layout::rows(model);
    for (y, place) in (rows.y..).zip(pane.scroll.window(view.total, usize::from(rows.height))) {
        if let Some(row) = pane.at(place) {
            let (number, when) = (count(row.sequence as usize), model.settings.clock.list(row.at));
            let cells = [
                (&*number, Role::Muted),
                (&*when, Role::Text),
                (&*row.actor, Role::Text),
                (&*row.action, Role::Title),
                (&*row.subject, Role::Text),
                (&*row.summary, Role::Text),
            ];
            table::row(painter, &COLUMNS, &places, y, &cells);
        }
        if place == pane.scroll.cursor {
            painter.cursor(area.x, y, area.width);
        }
    }
}

fn chain(model: &Model, painter: &mut Painter<'_>, view: &AuditView, area: ratatui::layout::Rect) {
    let width = area.width.saturating_sub(2);
    let known = model.audit.chain.as_ref();
    if let Some(broken) = known.and_then(|chain| chain.broken.as_ref()) {
        let words = format!("{} the chain is broken: {broken}", painter.symbols.failed);
        painter.text(area.x + 1, area.y, width, &words, Role::Failed);
        return;
    }
    let (holds, role) = match known {
        None if view.head.is_empty() => ("no chain yet".to_owned(), Role::Muted),
        None => (
            format!("{} verifying the chain", painter.symbols.running),
            Role::Running,
        ),
        Some(chain) => {
            let at = model.settings.clock.hour(chain.at);
            let up_to = count(chain.sequence as usize);
            (
                format!(
                    "{} the chain holds up to record {up_to}, verified {at}",
                    painter.symbols.verified
                ),
                Role::Done,
            )
        }
    };
    let records = if model.audit.filter.is_empty() {
        String::new()
    } else {
        format!("   {} records", count(view.total))
    };
    let head: String = view.head.chars().take(16).collect();
    let head = if head.is_empty() {
        String::new()
    } else {
        format!("   head {head}")
    };
    painter.pieces(
        area.x + 1,
        area.y,
        width,
        &[(&holds, role), (&records, Role::Text), (&head, Role::Muted)],
    );
}
