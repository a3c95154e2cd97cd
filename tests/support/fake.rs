//! A fake engine: answers at once, remembers what it was told.

#![allow(dead_code, reason = "each test takes what it needs")]

use jiff::SignedDuration;
use ratatui::{Terminal, backend::TestBackend, buffer::Buffer};
use usher::{
    engine::{
        command::{Command, Query},
        event::Event,
        mappings::{LastChange, RulesView},
        view::{
            ChainView, Condition, Failure, LineState, RailView, RailsView, Released, ReviewView, RunState,
            RunView, SystemProgress, View,
        },
    },
    model::{Fingerprint, OperationState, Right, Verdict},
    tui::{self, Clock, Effect, Key, Keymap, Message, Model, Session, Settings, Symbols, Theme},
};

use crate::{company, day};

/// The engine's side of the talk.
pub struct Fake {
    pub view: ReviewView,
    pub commands: Vec<Command>,
    pub copied: Vec<String>,
    pub has_quit: bool,
    pub audit: Vec<(&'static str, String, String)>,
    /// Whether operations in full are answered.
    pub details: bool,
    /// The expressions that were saved.
    pub changed: Vec<(usher::engine::Place, String)>,
    /// What is wrong with the chain of the audit.
    pub broken: Option<String>,
    /// What who acts may not do.
    pub refusals: Vec<(Right, String)>,
    /// The day, if it is not an ordinary one.
    pub today: Option<usher::engine::view::TodayView>,
    /// The guard rails that were released.
    pub released: Vec<(String, Option<Vec<Fingerprint>>, String)>,
}

impl Fake {
    pub fn new(view: ReviewView) -> Self {
        let audit = vec![(
            "plan",
            "plan 42".to_owned(),
            "41 operations, 2 findings".to_owned(),
        )];
        Self {
            view,
            commands: vec![],
            copied: vec![],
            has_quit: false,
            audit,
            details: true,
            changed: vec![],
            broken: None,
            refusals: vec![],
            released: vec![],
            today: None,
        }
    }

    fn rails(&self) -> RailsView {
        let rails = self.view.plan.as_ref().map_or(&[][..], |plan| &plan.rails);
        let of = |reading: &usher::model::RailReading| {
            let released = self.released.iter().find(|(rail, ..)| *rail == reading.rail);
            let mut stops = reading.stopped.clone();
            if let Some((_, part, _)) = released {
                stops.retain(|id| part.as_ref().is_some_and(|part| !part.contains(id)));
            }
            RailView {
                released: released.map(|(_, part, reason)| Released {
                    by: "ana@adminhost".into(),
                    at: company::now(),
                    reason: reason.clone(),
                    is_whole: part.is_none(),
                    passes: reading.stopped.len() - stops.len(),
                }),
                stops,
                reading: reading.clone(),
            }
        };
        RailsView {
            rails: rails.iter().map(of).collect(),
        }
    }

    fn states(&mut self, ids: &[Fingerprint], state: OperationState) -> Event {
        let rows = std::sync::Arc::make_mut(&mut self.view.rows);
        for row in rows.iter_mut().filter(|row| ids.contains(&row.id)) {
            row.state = state;
        }
        Event::Changed {
            operations: ids.iter().map(|id| (*id, state)).collect(),
        }
    }

    fn name(&self, id: Fingerprint) -> String {
        self.view
            .rows
            .iter()
            .find(|row| row.id == id)
            .map_or_else(String::new, |row| row.subject.to_string())
    }

    pub fn command(&mut self, command: Command) -> Vec<Event> {
        self.commands.push(command.clone());
        match command {
            Command::Decide {
                operations,
                verdict,
                reason,
            } => {
                let state = match verdict {
                    Verdict::Approve => OperationState::Approved,
                    Verdict::Reject | Verdict::RejectUntil { .. } => OperationState::Rejected,
                    Verdict::Hold { .. } => OperationState::Held,
                    Verdict::Withdraw | Verdict::FirstApproval => OperationState::Proposed,
                };
                for id in &operations {
                    let summary = reason.clone().unwrap_or_default();
                    self.audit.push((verdict.word(), self.name(*id), summary));
                }
                vec![self.states(&operations, state)]
            }
            Command::Apply { only } => {
                let ids = only.unwrap_or_default();
                for id in &ids {
                    self.audit.push(("write", self.name(*id), "verified".into()));
                }
                vec![
                    self.states(&ids, OperationState::Verified),
                    Event::RunEnded(run(ids.len(), RunState::Ended)),
                ]
            }
            Command::Plan => {
                let summary = self.view.plan.clone().unwrap().summary;
                vec![Event::Planned {
                    plan: usher::model::PlanId(43),
                    summary,
                }]
            }
            Command::Configure { place, expression } => {
                let outcome = if expression.contains("refused") {
                    Err(vec!["line 7, column 3: no".to_owned(), "and more".to_owned()])
                } else {
                    self.changed.push((place.clone(), expression));
                    Ok(format!("changed {place}"))
                };
                vec![Event::Configured { outcome }]
            }
            Command::Release {
                rail,
                operations,
                reason,
            } => {
                self.released.push((rail, operations, reason));
                vec![Event::Released]
            }
            Command::Accept { system, .. } => {
                for one in self.today.iter_mut().flat_map(|today| &mut today.systems) {
                    if one.system == system {
                        one.held = None;
                    }
                }
                vec![Event::Restrained]
            }
            Command::EndQuarantine { system, .. } => {
                for one in self.today.iter_mut().flat_map(|today| &mut today.systems) {
                    if one.system == system {
                        one.quarantines.clear();
                    }
                }
                vec![Event::Restrained]
            }
            Command::Undo { store, .. } => {
                let report = Box::new(day::undo(&self.view, store));
                let summary = self.view.plan.clone().unwrap().summary;
                let plan = usher::model::PlanId(43);
                let made = store.then_some(Event::Planned { plan, summary });
                let outcome = Ok(report);
                made.into_iter().chain([Event::Undone { outcome }]).collect()
            }
            Command::PutBack => {
                let (place, _) = self.changed.pop().unwrap();
                let outcome = Ok(format!("put back {place}"));
                vec![Event::Configured { outcome }]
            }
            _ => vec![],
        }
    }

    /// What operations wait for, as each tells in full.
    fn awaited(&self, operations: &[Fingerprint]) -> Vec<Fingerprint> {
        let rows = &self.view.rows;
        let asked = rows.iter().filter(|row| operations.contains(&row.id));
        let waits = asked.flat_map(|row| company::operation(row, row.state).waits_for);
        let mut awaited: Vec<_> = waits.map(|other| other.id).collect();
        awaited.retain(|id| {
            let is_open = |row: &&usher::engine::view::ReviewRow| {
                row.id == *id && row.state == OperationState::Proposed
            };
            !operations.contains(id) && rows.iter().any(|row| is_open(&row))
        });
        awaited.sort_unstable();
        awaited.dedup();
        awaited
    }

    pub fn ask(&mut self, query: Query) -> Option<Event> {
        let view = match query {
            Query::Today => View::Today(self.today.clone().unwrap_or_else(|| day::today(&self.view))),
            Query::Review => View::Review(self.view.clone()),
            Query::Operation(_) | Query::Impact { .. } if !self.details => return None,
            Query::Operation(id) => {
                let row = self.view.rows.iter().find(|row| row.id == id);
                View::Operation(row.map(|row| company::operation(row, row.state)))
            }
            Query::Awaited(operations) => View::Awaited {
                awaited: self.awaited(&operations),
                operations,
            },
            Query::Run => View::Run(None),
            Query::Rails => View::Rails(Some(self.rails())),
            Query::Rights => View::Rights(self.refusals.clone()),
            Query::Audit {
                offset,
                limit,
                filter,
            } => {
                let all: Vec<(&str, &str, &str)> = self
                    .audit
                    .iter()
                    .map(|(action, whom, what)| (*action, &**whom, &**what))
                    .collect();
                let hit: Vec<_> = all
                    .into_iter()
                    .filter(|row| format!("{row:?}").contains(&filter))
                    .collect();
                View::Audit(day::audit(&hit, offset, limit))
            }
            Query::Chain => View::Chain(ChainView {
                sequence: self.audit.len() as u64,
                head: company::id(self.audit.len() as u64 - 1).to_string(),
                at: company::now(),
                broken: self.broken.clone(),
            }),
            Query::AuditRecord(sequence) => View::AuditRecord {
                sequence,
                json: format!("{{\n  \"sequence\": {sequence},\n  \"actor\": \"ana\"\n}}"),
            },
            Query::People => View::People(day::people()),
            Query::Person(who) => View::Person(day::person_view(who)),
            Query::Rules => View::Rules(RulesView {
                last_change: self.changed.last().map(|(place, expression)| LastChange {
                    place: place.clone(),
                    before: "[title]".into(),
                    after: expression.clone(),
                }),
                ..day::rules()
            }),
            Query::Names(block) => View::Names {
                block,
                names: day::names(),
            },
            Query::Try(trial) => View::Tried {
                ticket: trial.ticket,
                outcome: Ok(day::tried(&trial.expression)),
            },
            Query::Impact { ticket, .. } => View::Impact {
                ticket,
                outcome: Some(Ok(day::impact())),
            },
        };
        Some(Event::View(Box::new(view)))
    }
}

/// A run that is half done or over.
pub fn run(total: usize, state: RunState) -> RunView {
    let over = state == RunState::Ended;
    RunView {
        id: 7,
        state,
        started: company::now(),
        ended: over.then(|| company::now() + SignedDuration::from_secs(12)),
        systems: vec![SystemProgress {
            system: "directory".into(),
            total,
            done: if over { total } else { total / 2 },
            failed: 0,
            rate: 35.0,
            remaining: Some(8),
            quarantine: None,
            line: None,
        }],
        in_flight: if over {
            vec![]
        } else {
            vec!["create Zoë Ångström".into(), "disable Ben O'Brien".into()]
        },
        failures: vec![],
        canary: None,
    }
}

/// A run with a system that does not answer, and one that answers again.
pub fn waiting() -> RunView {
    let mut run = run(400, RunState::Running);
    run.systems[0].rate = 0.0;
    run.systems[0].line = Some(Condition {
        state: LineState::Waiting { next: 4 },
        seconds: 72,
        attempts: 7,
        unsettled: 3,
        left: Some(528),
        reason: "ldaps://ldap.example.org:636 cannot be reached: Connection refused (os error 111)".into(),
    });
    run
}

/// How a line is, without more words.
pub fn condition(state: LineState, seconds: u64) -> Condition {
    Condition {
        state,
        seconds,
        attempts: 0,
        unsettled: 0,
        left: None,
        reason: String::new(),
    }
}

/// A run with failures.
pub fn failing() -> RunView {
    let mut run = run(400, RunState::Running);
    run.systems.push(SystemProgress {
        system: "chat".into(),
        total: 120,
        done: 80,
        failed: 2,
        rate: 4.0,
        remaining: Some(95),
        quarantine: None,
        line: None,
    });
    run.failures = vec![
        Failure {
            id: company::id(5),
            subject: "Ana Kovač".into(),
            system: "chat".into(),
            kind: usher::model::Kind::Disable,
            state: OperationState::Failed,
            reason: "403: the token may not change users; give it the scope users:write".into(),
            attempts: 3,
            earlier: 0,
            first: None,
        },
        Failure {
            id: company::id(7),
            subject: "Çelik, Deniz".into(),
            system: "chat".into(),
            kind: usher::model::Kind::Disable,
            state: OperationState::Conflict,
            reason: "active is already false: somebody else disabled the account; plan again".into(),
            attempts: 1,
            earlier: 0,
            first: None,
        },
    ];
    run
}

/// A screen with its engine, as a test sees it.
pub struct Screen {
    pub model: Model,
    pub fake: Fake,
    pub now: jiff::Timestamp,
}

pub fn settings(theme: &str) -> Settings {
    Settings {
        theme: Theme::named(theme).unwrap(),
        symbols: &Symbols::UNICODE,
        keymap: Keymap::new(&std::collections::BTreeMap::new()).unwrap(),
        label: "ACME PRODUCTION".into(),
        mode: "review mode".into(),
        clock: Clock {
            zone: jiff::tz::TimeZone::get("Europe/Berlin").unwrap(),
        },
        demo: false,
        read_only: false,
    }
}

impl Screen {
    pub fn new(view: ReviewView, size: (u16, u16)) -> Self {
        Self::with(view, size, settings("default"))
    }

    pub fn with(view: ReviewView, size: (u16, u16), settings: Settings) -> Self {
        let now = company::now();
        let model = Model::new(settings, Session::default(), now);
        let mut screen = Self {
            model,
            fake: Fake::new(view),
            now,
        };
        screen.send(Message::Resize(size.0, size.1));
        let effects = tui::opening(&mut screen.model);
        screen.perform(effects);
        screen
    }

    /// Sends a message a second after the last one, and has the engine answer.
    pub fn send(&mut self, message: Message) {
        self.send_after(SignedDuration::from_secs(1), message);
    }

    pub fn send_after(&mut self, wait: SignedDuration, message: Message) {
        self.now += wait;
        let effects = tui::update(&mut self.model, message, self.now);
        self.perform(effects);
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            let events = match effect {
                Effect::Engine(command) => self.fake.command(command),
                Effect::Ask(query) => self.fake.ask(query).into_iter().collect(),
                Effect::Copy(text) => {
                    self.fake.copied.push(text);
                    vec![]
                }
                Effect::Quit => {
                    self.fake.has_quit = true;
                    vec![]
                }
                _ => vec![],
            };
            for event in events {
                let effects = tui::update(&mut self.model, Message::Engine(event), self.now);
                self.perform(effects);
            }
        }
    }

    /// Presses keys: `"j j space a"`; a word in quotes is typed letter by letter.
    pub fn keys(&mut self, script: &str) {
        for word in script.split(' ').filter(|word| !word.is_empty()) {
            match word.strip_prefix('\'').and_then(|word| word.strip_suffix('\'')) {
                Some(text) => text.chars().for_each(|letter| {
                    let letter = if letter == '_' { ' ' } else { letter };
                    self.send(Message::Key(Key::plain(tui::Code::Char(letter))));
                }),
                None => self.send(Message::Key(
                    Key::parse(word).unwrap_or_else(|| panic!("{word} is no key")),
                )),
            }
        }
    }

    pub fn buffer(&self) -> Buffer {
        let (columns, rows) = self.model.size;
        let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
        terminal.draw(|frame| tui::view(&self.model, frame)).unwrap();
        terminal.backend().buffer().clone()
    }

    pub fn text(&self) -> String {
        let buffer = self.buffer();
        (0..buffer.area.height).map(|y| line(&buffer, y) + "\n").collect()
    }

    /// The line with the cursor.
    pub fn cursor_line(&self) -> String {
        let buffer = self.buffer();
        let reversed = |y: &u16| {
            buffer[(1, *y)]
                .modifier
                .contains(ratatui::style::Modifier::REVERSED)
        };
        (2..buffer.area.height)
            .find(reversed)
            .map_or_else(String::new, |y| line(&buffer, y))
    }
}

pub fn line(buffer: &Buffer, y: u16) -> String {
    let mut shown = String::new();
    let mut skip = 0;
    for x in 0..buffer.area.width {
        if skip > 0 {
            skip -= 1;
            continue;
        }
        let symbol = buffer[(x, y)].symbol();
        shown.push_str(symbol);
        skip = unicode_width::UnicodeWidthStr::width(symbol).saturating_sub(1);
    }
    shown.trim_end().to_owned()
}
