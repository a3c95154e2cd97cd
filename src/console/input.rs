//! The keyboard and the mouse. A thread of its own reads them for as long as the program lives.
//!
//! Not crossterm's `EventStream`: when the terminal goes away its reader spins with the lock in its hand, and a loop
//! that polls the stream then waits for that lock for ever instead of saving and leaving. Here only this thread spins,
//! and the hangup signal ends the program.

use std::{io, thread};

use crossterm::event::{self, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEventKind};
use tokio::sync::mpsc::UnboundedSender;

use crate::tui::{Code, Key, Message, Mouse};

/// Reads until the terminal is gone, which is said with `None`, or until nobody listens any more.
pub(super) fn read(sender: UnboundedSender<Option<Message>>) -> io::Result<()> {
    let reading = move || {
        while let Ok(event) = event::read() {
            if let Some(message) = message(event)
                && sender.send(Some(message)).is_err()
            {
                return;
            }
        }
        // this fails only if nobody listens any more, and then nobody needs to know
        let _unheard = sender.send(None);
    };
    thread::Builder::new()
        .name("keyboard".into())
        .spawn(reading)
        .map(|_| ())
}

fn message(event: event::Event) -> Option<Message> {
    match event {
        event::Event::Key(pressed) if pressed.kind != KeyEventKind::Release => key(pressed).map(Message::Key),
        event::Event::Mouse(mouse) => {
            let (x, y) = (mouse.column, mouse.row);
            Some(Message::Mouse(match mouse.kind {
                MouseEventKind::Down(MouseButton::Left) => Mouse::Click(x, y),
                MouseEventKind::ScrollUp => Mouse::WheelUp(x, y),
                MouseEventKind::ScrollDown => Mouse::WheelDown(x, y),
                _ => return None,
            }))
        }
        event::Event::Paste(text) => Some(Message::Paste(text)),
        event::Event::Resize(columns, rows) => Some(Message::Resize(columns, rows)),
        _ => None,
    }
}

fn key(pressed: KeyEvent) -> Option<Key> {
    let code = match pressed.code {
        KeyCode::Char(character) => Code::Char(character),
        KeyCode::Enter => Code::Enter,
        KeyCode::Esc => Code::Escape,
        KeyCode::Tab => Code::Tab,
        KeyCode::BackTab => Code::BackTab,
        KeyCode::Backspace => Code::Backspace,
        KeyCode::Delete => Code::Delete,
        KeyCode::Up => Code::Up,
        KeyCode::Down => Code::Down,
        KeyCode::Left => Code::Left,
        KeyCode::Right => Code::Right,
        KeyCode::Home => Code::Home,
        KeyCode::End => Code::End,
        KeyCode::PageUp => Code::PageUp,
        KeyCode::PageDown => Code::PageDown,
        KeyCode::F(number) => Code::Function(number),
        _ => return None,
    };
    let held = |modifier| pressed.modifiers.contains(modifier);
    Some(Key {
        code,
        ctrl: held(KeyModifiers::CONTROL),
        alt: held(KeyModifiers::ALT),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_translated() {
        let pressed = |code, modifiers| key(KeyEvent::new(code, modifiers));
        assert_eq!(pressed(KeyCode::Char('G'), KeyModifiers::SHIFT), Key::parse("G"));
        assert_eq!(
            pressed(KeyCode::Char('p'), KeyModifiers::CONTROL),
            Key::parse("ctrl-p")
        );
        assert_eq!(
            pressed(KeyCode::BackTab, KeyModifiers::SHIFT),
            Key::parse("backtab")
        );
        assert_eq!(pressed(KeyCode::CapsLock, KeyModifiers::NONE), None);
    }

    #[test]
    fn releases_and_movements_say_nothing() {
        let mut released = KeyEvent::new(KeyCode::Char('a'), KeyModifiers::NONE);
        released.kind = KeyEventKind::Release;
        assert_eq!(message(event::Event::Key(released)), None);
        assert_eq!(message(event::Event::FocusGained), None);
    }
}
