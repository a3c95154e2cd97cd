//! The screen as pure data: key → action → [`update()`] → [`view()`].
//!
//! Nothing here waits, reads, writes or looks at the clock: what happened comes in as a [`Message`] with the time
//! beside it, what is to be done goes out as [`Effect`]s, and the screen is drawn from the [`Model`]. So everything
//! can be tested without a terminal, and a session can be stored and shown again.

pub mod action;
pub mod availability;
pub mod editor;
pub mod filter;
pub mod input;
pub mod key;
pub mod keymap;
pub mod message;
pub mod model;
pub mod overlay;
pub mod paint;
pub mod pane;
pub mod review;
pub mod scroll;
pub mod search;
pub mod symbols;
pub mod text;
pub mod theme;
pub mod toast;
pub mod update;
pub mod view;
pub mod when;

pub use action::Action;
pub use key::{Code, Key};
pub use keymap::{Keymap, KeymapError};
pub use message::{Effect, Message, Mouse};
pub use model::{Model, Session, Settings};
pub use pane::Pane;
pub use symbols::Symbols;
pub use theme::{Role, Theme, ThemeError};
pub use update::{opening, update};
pub use view::view;
pub use when::Clock;
