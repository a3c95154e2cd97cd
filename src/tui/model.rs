//! Everything the screen knows.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    engine::view::RailsView,
    model::{Fingerprint, Right, SystemName},
};

use super::{
    editor::Editor,
    keymap::Keymap,
    overlay::Overlay,
    pane::{Pane, audit::Audit, mappings::Mappings, people::People, run::Run, today::Today},
    review::{
        Review, Spot,
        order::{Group, Sort},
    },
    symbols::Symbols,
    theme::Theme,
    toast::Toasts,
    when::Clock,
};

/// What the configuration says about the screen.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How each meaning looks.
    pub theme: Theme,
    /// The signs.
    pub symbols: &'static Symbols,
    /// The keys.
    pub keymap: Keymap,
    /// The label of the environment: `ACME PRODUCTION`; empty is none.
    pub label: String,
    /// The mode in words: `review mode`.
    pub mode: String,
    /// The zone dates are shown in.
    pub clock: Clock,
    /// Whether this is the demo company, which has a next day.
    pub demo: bool,
    /// Whether nothing may be decided or applied here.
    pub read_only: bool,
}

/// Where the user was: what survives a lost connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Session {
    /// The pane.
    pub pane: Pane,
    /// The filter of Review.
    pub filter: String,
    /// What the sections of Review are made by.
    pub group: Group,
    /// What Review is sorted by.
    pub sort: Sort,
    /// Whether that is turned around.
    pub reversed: bool,
    /// The operation the cursor was on.
    pub cursor: Option<Fingerprint>,
    /// Whether the trace is shown.
    pub why: bool,
    /// Whether the mouse is used.
    pub mouse: bool,
}

impl Default for Session {
    fn default() -> Self {
        Self {
            pane: Pane::Today,
            filter: String::new(),
            group: Group::default(),
            sort: Sort::default(),
            reversed: false,
            cursor: None,
            why: false,
            mouse: true,
        }
    }
}

/// A plan in the making.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Planning {
    /// The system being read and how many records so far.
    pub reading: Option<(SystemName, usize)>,
    /// For how many seconds that system has not answered, if that is worth a word.
    pub silent: Option<u64>,
}

/// Everything the screen knows.
#[derive(Debug)]
pub struct Model {
    /// What the configuration says.
    pub settings: Settings,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// The pane that is shown.
    pub pane: Pane,
    /// The pane Today.
    pub today: Today,
    /// The pane Review.
    pub review: Review,
    /// The pane Run.
    pub run: Run,
    /// The pane Audit.
    pub audit: Audit,
    /// The pane People.
    pub people: People,
    /// The pane Mappings.
    pub mappings: Mappings,
    /// The guard rails, once they were asked for.
    pub rails: Option<RailsView>,
    /// What who acts may not do, each with the reason.
    pub refusals: Vec<(Right, String)>,
    /// What lies on top, the topmost last.
    pub overlays: Vec<Overlay>,
    /// Short-lived messages.
    pub toasts: Toasts,
    /// The plan in the making, if one is.
    pub planning: Option<Planning>,
    /// Whether the detail has the pane for itself.
    pub zoom: bool,
    /// Whether the mouse is used.
    pub mouse: bool,
    /// When the filter that is being typed is to be applied.
    pub filter_due: Option<Timestamp>,
    /// The operation to go to once there is a plan.
    pub remembered: Option<Fingerprint>,
    /// The time of the last message.
    pub now: Timestamp,
    pub(super) dirty: bool,
}

impl Model {
    /// Makes the screen where the user left it.
    pub fn new(settings: Settings, session: Session, now: Timestamp) -> Self {
        let review = Review {
            filter: session.filter,
            group: session.group,
            sort: session.sort,
            reversed: session.reversed,
            why: session.why,
            ..Review::default()
        };
        Self {
            settings,
            size: (80, 24),
            pane: session.pane,
            today: Today::default(),
            review,
            run: Run::default(),
            audit: Audit::default(),
            people: People::default(),
            mappings: Mappings::default(),
            rails: None,
            refusals: Vec::new(),
            overlays: Vec::new(),
            toasts: Toasts::default(),
            planning: None,
            zoom: false,
            mouse: session.mouse,
            filter_due: None,
            remembered: session.cursor,
            now,
            dirty: true,
        }
    }

    /// Returns where the user is, to be saved.
    pub fn session(&self) -> Session {
        let cursor = match self.review.spot() {
            Some(Spot::Operation(id, _)) => Some(id),
            _ => self.remembered,
        };
        Session {
            pane: self.pane,
            filter: self.review.filter.clone(),
            group: self.review.group,
            sort: self.review.sort,
            reversed: self.review.reversed,
            cursor,
            why: self.review.why,
            mouse: self.mouse,
        }
    }

    /// Reports whether anything changed since it was last asked, so that the screen must be drawn.
    pub fn take_dirty(&mut self) -> bool {
        std::mem::take(&mut self.dirty)
    }

    /// Returns when [`super::Message::Tick`] is wanted next; `None` is never, until something else happens.
    pub fn next_tick(&self) -> Option<Timestamp> {
        let clock = self
            .run
            .is_active()
            .then(|| self.now + jiff::SignedDuration::from_secs(1));
        [
            self.toasts.next_end(),
            self.review.details.due,
            self.people.due,
            self.filter_due,
            self.mappings
                .editor
                .as_ref()
                .filter(|_| self.pane == Pane::Mappings)
                .and_then(Editor::due),
            clock,
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Says why who acts may not do something; `None` if they may.
    pub fn refusal(&self, right: Right) -> Option<&str> {
        let refused = self.refusals.iter().find(|(refused, _)| *refused == right);
        refused.map(|(_, reason)| reason.as_str())
    }

    /// Returns the engine's time: in the demo not the wall clock's.
    pub fn engine_now(&self) -> Timestamp {
        match &self.today.view {
            Some(today) if self.settings.demo => today.now,
            _ => self.now,
        }
    }
}
