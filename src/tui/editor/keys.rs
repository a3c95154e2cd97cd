//! What keys do in the editor.

use jiff::Timestamp;
use tui_textarea::CursorMove;

use crate::{
    engine::{command::Command, event::Level, impact::Impact},
    tui::{
        input::Input,
        key::{Code, Key},
        message::Effect,
        model::Model,
        overlay::{Confirm, Overlay, Then},
        text::count,
    },
};

use super::{Editor, complete, draw, lay};

/// The keys of the footer: (key, word).
pub const HINTS: [(&str, &str); 7] = [
    ("Ctrl-s", "save"),
    ("Tab", "complete"),
    ("Esc", "back"),
    ("Ctrl-n", "other people"),
    ("Ctrl-r", "count again"),
    ("Ctrl-z", "undo"),
    ("Ctrl-y", "redo"),
];

/// Handles a key.
pub fn press(model: &mut Model, key: Key, now: Timestamp) -> Vec<Effect> {
    let columns = draw::text_columns(model);
    let Some(editor) = &mut model.mappings.editor else {
        return Vec::new();
    };
    if editor.saving {
        model.toasts.show(Level::Info, "it is being saved: a moment", now);
        return Vec::new();
    }
    if editor.completion.is_some() && popup(editor, key, now) {
        return Vec::new();
    }
    match (key.code, key.ctrl) {
        (Code::Char('s'), true) => return save(model, now),
        (Code::Escape, _) | (Code::Char('c'), true) => leave(model),
        (Code::Tab, _) | (Code::Char(' '), true) => offer(model, now),
        (Code::Char('r'), true) => {
            if editor.is_sound() && editor.is_changed() {
                editor.impact.due = Some(now);
            } else {
                model
                    .toasts
                    .show(Level::Info, "nothing is changed that could be counted", now);
            }
        }
        (Code::Char('n'), true) => editor.others(now),
        _ => edit(editor, key, columns, now),
    }
    Vec::new()
}

/// Handles a key for the completion; reports whether it was one.
fn popup(editor: &mut Editor, key: Key, now: Timestamp) -> bool {
    let Some(completion) = &mut editor.completion else {
        return false;
    };
    let last = completion.items.len().saturating_sub(1);
    match (key.code, key.ctrl) {
        (Code::Up, _) | (Code::Char('p'), true) => completion.cursor = completion.cursor.saturating_sub(1),
        (Code::Down, _) | (Code::Char('n'), true) => completion.cursor = (completion.cursor + 1).min(last),
        (Code::PageUp, _) => completion.cursor = completion.cursor.saturating_sub(8),
        (Code::PageDown, _) => completion.cursor = (completion.cursor + 8).min(last),
        (Code::Enter | Code::Tab, _) => {
            complete::accept(editor);
            editor.changed(now);
        }
        (Code::Escape, _) => editor.completion = None,
        (Code::Char(_), false) if !key.alt => retype(editor, key, now),
        (Code::Backspace, _) => retype(editor, key, now),
        _ => {
            editor.completion = None;
            return false;
        }
    }
    true
}

/// Goes on typing the word that is completed; the completion ends with the word.
fn retype(editor: &mut Editor, key: Key, now: Timestamp) {
    edit(editor, key, 0, now);
    let column = editor.cursor().1;
    editor.completion = complete::find(editor).filter(|it| it.start < column);
}

fn offer(model: &mut Model, now: Timestamp) {
    let Some(editor) = &mut model.mappings.editor else {
        return;
    };
    editor.completion = complete::find(editor);
    match &editor.completion {
        None => model.toasts.show(Level::Info, "nothing completes this", now),
        // the only candidate is what is meant
        Some(completion) if completion.items.len() == 1 => {
            complete::accept(editor);
            editor.changed(now);
        }
        Some(_) => {}
    }
}

fn edit(editor: &mut Editor, key: Key, columns: usize, now: Timestamp) {
    let before = editor.text();
    let area = &mut editor.area;
    match (key.code, key.ctrl || key.alt) {
        (Code::Char(character), false) => {
            editor.insert(character.encode_utf8(&mut [0; 4]), now);
            return;
        }
        (Code::Enter, _) => area.insert_newline(),
        (Code::Backspace | Code::Char('w'), true) => _ = area.delete_word(),
        (Code::Backspace, _) => _ = area.delete_char(),
        (Code::Delete, _) | (Code::Char('d'), true) => _ = area.delete_next_char(),
        (Code::Char('u'), true) => _ = area.delete_line_by_head(),
        (Code::Char('k'), true) => _ = area.delete_line_by_end(),
        (Code::Char('z'), true) => _ = area.undo(),
        (Code::Char('y'), true) => _ = area.redo(),
        (Code::Left, true) => area.move_cursor(CursorMove::WordBack),
        (Code::Right, true) => area.move_cursor(CursorMove::WordForward),
        (Code::Left, _) | (Code::Char('b'), true) => area.move_cursor(CursorMove::Back),
        (Code::Right, _) | (Code::Char('f'), true) => area.move_cursor(CursorMove::Forward),
        (Code::Home, _) | (Code::Char('a'), true) => area.move_cursor(CursorMove::Head),
        (Code::End, _) | (Code::Char('e'), true) => area.move_cursor(CursorMove::End),
        (Code::Up, _) => vertically(editor, columns, -1),
        (Code::Down, _) => vertically(editor, columns, 1),
        (Code::PageUp, _) => area.move_cursor(CursorMove::Top),
        (Code::PageDown, _) => area.move_cursor(CursorMove::Bottom),
        _ => {}
    }
    if editor.text() != before {
        editor.changed(now);
    }
}

/// Moves the cursor by rows of the screen, which are not the lines of the text.
fn vertically(editor: &mut Editor, columns: usize, by: isize) {
    let rows = lay::rows(editor.area.lines(), columns);
    let cursor = editor.cursor();
    let Some(at) = rows.iter().position(|row| row.holds(cursor)) else {
        return;
    };
    let Some(to) = at.checked_add_signed(by).and_then(|to| rows.get(to)) else {
        return;
    };
    let character = to.character(rows[at].column(cursor.1));
    editor
        .area
        .move_cursor(CursorMove::Jump(to.line as u16, character as u16));
}

/// Leaves; what is not saved is asked about.
fn leave(model: &mut Model) {
    let Some(editor) = &model.mappings.editor else {
        return;
    };
    if !editor.is_changed() {
        model.mappings.editor = None;
        return;
    }
    model.overlays.push(Overlay::Confirm(Confirm {
        then: Then::Discard,
        title: "leave the editor".into(),
        lines: vec![
            format!("The change of {} is not saved:", editor.place),
            "leave, and it is lost.".into(),
        ],
        number: None,
        input: Input::default(),
        error: None,
    }));
}

/// Asks whether to save, once it is known what that changes.
fn save(model: &mut Model, now: Timestamp) -> Vec<Effect> {
    let Some(editor) = &mut model.mappings.editor else {
        return Vec::new();
    };
    if !editor.is_changed() {
        model.toasts.show(Level::Info, "nothing is changed", now);
    } else if let Some(mistake) = editor.mistake() {
        let words = format!("this cannot be saved: {}", mistake.message);
        model.toasts.show(Level::Warning, words, now);
    } else if editor.impact.now().is_some() {
        confirm(model);
    } else {
        editor.wants_save = true;
        if !editor.impact.is_waiting() || editor.impact.due.is_some() {
            editor.impact.due = Some(now);
        }
    }
    Vec::new()
}

/// Shows what saving changes, and asks; a refusal is shown as it is.
pub fn confirm(model: &mut Model) {
    let Some(editor) = &mut model.mappings.editor else {
        return;
    };
    editor.wants_save = false;
    let Some(Ok(impact)) = editor.impact.now() else {
        return;
    };
    let mut lines = vec![said(impact)];
    lines.extend(impact.kinds.iter().map(|(kind, without, with)| {
        format!(
            "  {}: {} instead of {}",
            kind.word(),
            count(*with),
            count(*without)
        )
    }));
    for rail in &impact.rails {
        lines.push(format!(
            "  the guard rail {} is exceeded: {} of {}",
            rail.rail,
            count(rail.count),
            count(rail.limit)
        ));
    }
    lines.push(String::new());
    if let Some(file) = &model.mappings.file {
        lines.push(format!(
            "One string is changed in {file}; then a new plan is made."
        ));
    }
    lines.push("No system is written to before somebody approves.".into());
    lines.push("u in Mappings puts it back.".into());
    let title = format!("save {}", editor.place);
    model.overlays.push(Overlay::Confirm(Confirm {
        then: Then::Configure,
        title,
        lines,
        number: None,
        input: Input::default(),
        error: None,
    }));
}

/// Says how many accounts would change.
pub(super) fn said(impact: &Impact) -> String {
    match impact.accounts {
        0 => "no account would change".to_owned(),
        1 => "1 account would change".to_owned(),
        many => format!("{} accounts would change", count(many)),
    }
}

/// Saves what was confirmed.
pub fn saved(model: &mut Model) -> Vec<Effect> {
    let Some(editor) = &mut model.mappings.editor else {
        return Vec::new();
    };
    editor.saving = true;
    vec![Effect::Engine(Command::Configure {
        place: editor.place.clone(),
        expression: editor.expression(),
    })]
}
