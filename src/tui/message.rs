//! What can happen to the screen, and what the screen asks of the world.

use crate::engine::{
    command::{Command, Query},
    event::Event,
};

use super::key::Key;

/// Something happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Message {
    /// A key was pressed.
    Key(Key),
    /// The mouse did something.
    Mouse(Mouse),
    /// Text was pasted; it only ever goes into a text field.
    Paste(String),
    /// The terminal has this many columns and rows.
    Resize(u16, u16),
    /// The engine reports.
    Engine(Event),
    /// The time asked for by [`super::Model::next_tick`] has come.
    Tick,
}

/// What the mouse did, and where: column and row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mouse {
    /// The left button was pressed.
    Click(u16, u16),
    /// The wheel was turned up.
    WheelUp(u16, u16),
    /// The wheel was turned down.
    WheelDown(u16, u16),
}

/// Something to do outside of the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Have the engine do it.
    Engine(Command),
    /// Ask the engine.
    Ask(Query),
    /// Copy to the user's clipboard.
    Copy(String),
    /// Save where the user is.
    SaveSession,
    /// Go to the shell and come back.
    Suspend,
    /// Leave.
    Quit,
    /// Use the mouse, or leave it to the terminal.
    Mouse(bool),
}
