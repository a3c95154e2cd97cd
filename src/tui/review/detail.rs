//! The detail of Review: what exactly changes, why, what it waits for, how it is undone, what was said about it.

use crate::{
    engine::{
        approval::Lack,
        view::{ChangeLine, OperationView, ReviewRow},
    },
    model::{Finding, Kind, LifecycleEvent, OperationState, Risk, Situation, Verdict},
    tui::{action::Action, model::Model, paint::Painter, symbols::Symbols, text, theme::Role, view::layout},
};

use super::{approval, arrange::Line, why};

/// A line of the detail: pieces of text with their meanings.
pub type Pieces = Vec<(String, Role)>;

/// Values longer than this many lines are cut; `c` and the audit have them in full.
const VALUE_LINES: usize = 6;

/// Draws the detail, if there is room for it.
pub fn draw(model: &Model, painter: &mut Painter<'_>) {
    let Some(area) = layout::detail(model) else { return };
    let width = usize::from(area.width.saturating_sub(2));
    let lines = lines(model, width, painter.symbols);
    let mut height = usize::from(area.height);
    let offset = model.review.detail_offset.min(lines.len().saturating_sub(height));
    if lines.len() > offset + height {
        height = height.saturating_sub(1);
    }
    for (y, line) in (area.y..area.bottom()).zip(lines[offset..].iter().take(height)) {
        let mut x = area.x + 1;
        for (piece, role) in line {
            x += painter.text(x, y, area.right().saturating_sub(x), piece, *role);
        }
    }
    if lines.len() > offset + height {
        let key = model.settings.keymap.shown(Action::DetailDown);
        let more = format!("{} more lines, {key} scrolls", lines.len() - offset - height);
        painter.right(
            area.x + 1,
            area.bottom().saturating_sub(1),
            area.width.saturating_sub(2),
            &more,
            Role::Muted,
        );
    }
}

/// Returns the lines of the detail.
fn lines(model: &Model, width: usize, symbols: &'static Symbols) -> Vec<Pieces> {
    let review = &model.review;
    let mut page = Page {
        model,
        width,
        symbols,
        lines: Vec::new(),
    };
    if review.details.due.is_some() {
        // the cursor is travelling: nothing is shown that would have to be sent again for every line it passes
        return vec![vec![(symbols.ellipsis.to_owned(), Role::Muted)]];
    }
    match review.line() {
        Some(Line::Finding(finding)) => page.finding(&review.findings[finding as usize]),
        Some(Line::Bundle(_) | Line::Operation(_)) => page.operations(),
        Some(Line::Section(section)) => {
            let section = &review.arranged.sections[section as usize];
            page.heading(&section.title.replace('-', " "), &text::count(section.count));
        }
        None => {}
    }
    page.lines
}

struct Page<'a> {
    model: &'a Model,
    width: usize,
    symbols: &'static Symbols,
    lines: Vec<Pieces>,
}

impl Page<'_> {
    fn heading(&mut self, left: &str, right: &str) {
        let left = text::cut(left, self.width, self.symbols.ellipsis);
        let room = self.width.saturating_sub(text::width(&left) + 2);
        let right = text::fit(right, room, text::Align::Right, self.symbols.ellipsis);
        self.lines.push(vec![
            (left.into_owned(), Role::Title),
            ("  ".into(), Role::Text),
            (right, Role::Muted),
        ]);
    }

    fn blank(&mut self) {
        self.lines.push(Vec::new());
    }

    /// Adds a text behind a label, wrapped beside it.
    fn labelled(&mut self, label: &str, body: &str, role: Role) {
        const LABEL: usize = 11;
        for (number, part) in text::wrap(body, self.width.saturating_sub(LABEL))
            .into_iter()
            .enumerate()
        {
            let label = if number == 0 { label } else { "" };
            let label = text::fit(label, LABEL, text::Align::Left, self.symbols.ellipsis);
            self.lines.push(vec![(label, Role::Muted), (part, role)]);
        }
    }

    fn finding(&mut self, finding: &Finding) {
        self.heading(&finding.subject, &finding.kind.word().replace('-', " "));
        self.labelled("system", finding.system.as_str(), Role::Text);
        if let Some(rule) = &finding.rule {
            self.labelled("rule", rule.as_str(), Role::Text);
        }
        self.blank();
        self.labelled("what to do", &finding.message, Role::Text);
        for candidate in &finding.candidates {
            self.labelled(&candidate.name, &candidate.to_string(), Role::Text);
        }
        if finding.candidates.is_empty() {
            for anchor in &finding.anchors {
                self.labelled("record", anchor.as_str(), Role::Text);
            }
        }
    }

    fn operations(&mut self) {
        let rows: Vec<(&ReviewRow, OperationState)> = self.model.review.under_cursor().take(8).collect();
        let total = self.model.review.under_cursor().count();
        let Some((first, _)) = rows.first().copied() else {
            return;
        };
        self.heading(&first.subject, &about(first));
        let mut location = None;
        let brief = total > 1 && !self.model.review.why;
        for (row, state) in &rows {
            match self.model.review.details.get(row.id) {
                Some(view) if brief && matches!(row.kind, Kind::AddMember | Kind::RemoveMember) => {
                    self.membership(view, *state);
                }
                Some(view) => self.operation(view, *state, &mut location, brief),
                None => {
                    let lack = self.model.review.lack(row.id);
                    self.title((row.kind.word(), row.system.as_str()), *state, lack);
                }
            }
        }
        if total > rows.len() {
            let more = format!(
                "{} more operations; open the line to see each",
                total - rows.len()
            );
            self.lines.push(vec![(more, Role::Muted)]);
        }
        if brief {
            self.reasons(&rows);
        }
    }

    /// Adds a membership as one line: `● - cn=vpn,ou=groups,dc=example,dc=org  privileged`.
    fn membership(&mut self, view: &OperationView, state: OperationState) {
        let (mark, role) = if view.operation.kind == Kind::AddMember {
            ("+", Role::Added)
        } else {
            ("-", Role::Removed)
        };
        let group = view.operation.target.location.clone();
        let lack = self.model.review.lack(view.operation.fingerprint);
        let sign = approval::sign(self.symbols, state, lack).to_owned();
        let sign = (sign, Role::of(state));
        // before the name of the group, where it cannot be cut off
        let is_privileged = view.operation.risk.contains(&Risk::Privileged);
        let risk = if is_privileged {
            self.symbols.privileged
        } else {
            " "
        };
        let mut line = vec![
            sign,
            (risk.to_owned(), Role::Warning),
            (format!("{mark} "), role),
            (group, role),
        ];
        if is_privileged {
            line.push((format!("  {}", Risk::Privileged.word()), Role::Warning));
        }
        self.lines.push(line);
    }

    /// Adds why and when several operations are done, each reason once.
    fn reasons(&mut self, rows: &[(&ReviewRow, OperationState)]) {
        let mut whys: Vec<String> = Vec::new();
        for view in rows
            .iter()
            .filter_map(|(row, _)| self.model.review.details.get(row.id))
        {
            if !whys.contains(&view.operation.why) {
                whys.push(view.operation.why.clone());
            }
        }
        self.blank();
        for (number, why) in whys.iter().enumerate() {
            self.labelled(if number == 0 { "why" } else { "" }, why, Role::Text);
        }
        if let Some(due) = rows.iter().filter_map(|(row, _)| row.due).min() {
            self.labelled("due", &self.model.settings.clock.full(due), Role::Text);
        }
    }

    fn title(&mut self, row: (&str, &str), state: OperationState, lack: Lack) {
        let (kind, system) = row;
        let sign = approval::sign(self.symbols, state, lack);
        let words = format!(" {kind} in {system}  ");
        let shown = (words, Role::Title);
        self.lines.push(vec![
            (sign.into(), Role::of(state)),
            shown,
            (state.word().into(), Role::of(state)),
        ]);
    }

    fn operation(
        &mut self,
        view: &OperationView,
        state: OperationState,
        location: &mut Option<String>,
        short: bool,
    ) {
        let operation = &view.operation;
        if location.as_ref() != Some(&operation.target.location) {
            if location.is_none() && !self.lines.is_empty() {
                self.labelled(operation.system.as_str(), &operation.target.location, Role::Muted);
                *location = Some(operation.target.location.clone());
            } else {
                self.blank();
                self.labelled("", &operation.target.location, Role::Muted);
            }
        }
        self.blank();
        let lack = self.model.review.lack(operation.fingerprint);
        self.title((operation.kind.word(), operation.system.as_str()), state, lack);
        self.changes(&view.lines);
        self.approval(view, state, short);
        if !operation.risk.is_empty() {
            let risks: Vec<&str> = operation.risk.iter().map(|risk| risk.word()).collect();
            let grave = operation.risk.iter().any(|risk| *risk != Risk::Destructive);
            self.labelled(
                "risk",
                &risks.join(", "),
                if grave { Role::Warning } else { Role::Text },
            );
        }
        if !short {
            self.labelled("why", &operation.why, Role::Text);
        }
        if self.model.review.why {
            self.whys(view);
        }
        if let Some(due) = operation.due.filter(|_| !short) {
            self.labelled("due", &self.model.settings.clock.full(due), Role::Text);
        }
        self.waits(view, short);
        if !short {
            self.labelled("undo", &view.undo, Role::Text);
            for (number, line) in view.command.lines().enumerate() {
                let label = if number == 0 { "command" } else { "" };
                self.labelled(label, line, Role::Muted);
            }
            self.labelled("id", &operation.fingerprint.short(), Role::Muted);
        }
        self.history(view);
    }

    /// Adds what approvals it has and lacks, and what else is worth a word of where it stands.
    fn approval(&mut self, view: &OperationView, state: OperationState, short: bool) {
        let lack = self.model.review.lack(view.operation.fingerprint);
        let clock = &self.model.settings.clock;
        let lines = approval::lines(view, state, lack, clock, self.symbols, short);
        for (number, (words, role)) in lines.iter().enumerate() {
            self.labelled(if number == 0 { "approval" } else { "" }, words, *role);
        }
        if let Some(rail) = view.note.find("stopped by the guard rail") {
            self.labelled("rail", &view.note[rail..], Role::Warning);
        }
    }

    /// Adds how each value came about.
    fn whys(&mut self, view: &OperationView) {
        let clock = &self.model.settings.clock;
        let layout = why::Layout {
            width: self.width,
            symbols: self.symbols,
            time: &|at| clock.list(at),
        };
        for why in &view.whys {
            self.lines.push(Vec::new());
            let name = text::cut(&why.attribute, self.width, self.symbols.ellipsis);
            self.lines.push(vec![(name.into_owned(), Role::Title)]);
            self.lines.extend(why::lines(why, &layout));
        }
        if !view.whys.is_empty() {
            self.blank();
        }
    }

    /// Adds the changes, with the attributes' names in one column.
    fn changes(&mut self, changes: &[ChangeLine]) {
        let longest = changes
            .iter()
            .map(|line| text::width(&line.attribute))
            .max()
            .unwrap_or(0);
        let column = longest.min(self.width * 2 / 5).max(4);
        for change in changes {
            let role = match change.mark {
                '+' => Role::Added,
                '-' => Role::Removed,
                _ => Role::Changed,
            };
            let name = text::fit(
                &change.attribute,
                column,
                text::Align::Left,
                self.symbols.ellipsis,
            );
            let value = match change.mark {
                '+' => change.after.clone(),
                '-' => change.before.clone(),
                _ => {
                    let none = self.symbols.none;
                    let before = if change.before.is_empty() {
                        none
                    } else {
                        &change.before
                    };
                    let after = if change.after.is_empty() {
                        none
                    } else {
                        &change.after
                    };
                    format!("{before} {} {after}", self.symbols.arrow)
                }
            };
            let room = self.width.saturating_sub(column + 4);
            let mut parts = text::wrap(&value, room);
            if parts.len() > VALUE_LINES {
                let hidden = parts.len() - VALUE_LINES;
                parts.truncate(VALUE_LINES);
                parts.push(format!("{} {hidden} more lines", self.symbols.ellipsis));
            }
            for (number, part) in parts.into_iter().enumerate() {
                let (mark, name) = if number == 0 {
                    (change.mark, name.clone())
                } else {
                    (' ', " ".repeat(column))
                };
                self.lines.push(vec![
                    (format!("{mark} "), role),
                    (name, Role::Text),
                    ("  ".into(), Role::Text),
                    (part, role),
                ]);
            }
        }
    }

    fn waits(&mut self, view: &OperationView, short: bool) {
        if view.waits_for.is_empty() && !short {
            self.labelled("waits for", "nothing", Role::Text);
        }
        for (number, other) in view.waits_for.iter().enumerate() {
            let known = self
                .model
                .review
                .row(other.id)
                .map(|(_, state)| state)
                .or(other.state);
            let (sign, word) = known.map_or(("", "in no plan"), |state| {
                (self.symbols.state(state), state.word())
            });
            let label = if number == 0 { "waits for" } else { "" };
            self.labelled(label, &format!("{sign} {} ({word})", other.what), Role::Text);
        }
    }

    fn history(&mut self, view: &OperationView) {
        let clock = &self.model.settings.clock;
        for decision in &view.decisions {
            let when = clock.list(decision.at);
            let what = match &decision.verdict {
                Verdict::Hold { until } => format!("hold until {}", clock.list(*until)),
                Verdict::RejectUntil { until } => format!("reject until {}", clock.list(*until)),
                verdict => verdict.word().to_owned(),
            };
            let why = decision
                .reason
                .as_deref()
                .map(|why| format!(": {why}"))
                .unwrap_or_default();
            self.labelled(
                "decided",
                &format!("{what} by {}, {}{why}", decision.by.user, when.trim()),
                Role::Text,
            );
        }
        for attempt in &view.attempts {
            let when = clock.list(attempt.at);
            let words = format!("{} {}, {}", attempt.state.word(), when.trim(), attempt.message);
            self.labelled("tried", &words, Role::of(attempt.state));
        }
    }
}

/// Says what happened to the person: `leaver · Engineering`.
fn about(row: &ReviewRow) -> String {
    let is_over = |event: LifecycleEvent| {
        matches!(
            event,
            LifecycleEvent::Leaver | LifecycleEvent::Vanished | LifecycleEvent::CancelledHire
        )
    };
    // somebody who stays loses an account because a rule is not about them any more
    let event = match (row.event, row.situation) {
        (None, Situation::Leaving) => "out of scope".to_owned(),
        (Some(event), Situation::Leaving) if !is_over(event) => format!("{}, out of scope", event.word()),
        (Some(event), _) => event.word().to_owned(),
        (None, situation) => situation.word().to_owned(),
    };
    let department = if row.department.is_empty() {
        String::new()
    } else {
        format!(" · {}", row.department)
    };
    format!("{}{department}", event.replace('-', " "))
}
