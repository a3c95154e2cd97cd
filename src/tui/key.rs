//! Keys as the screen knows them, and how they are written in the configuration and on the screen.

use std::fmt;

/// Which key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// A character, as typed: `A` is shift and `a`.
    Char(char),
    /// Enter.
    Enter,
    /// Escape.
    Escape,
    /// Tab.
    Tab,
    /// Shift and Tab.
    BackTab,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
    /// An arrow.
    Up,
    /// An arrow.
    Down,
    /// An arrow.
    Left,
    /// An arrow.
    Right,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// A function key.
    Function(u8),
}

/// A key with what is held down beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Which key.
    pub code: Code,
    /// Whether Ctrl is held.
    pub ctrl: bool,
    /// Whether Alt is held.
    pub alt: bool,
}

const NAMES: [(&str, Code, &str); 16] = [
    ("enter", Code::Enter, "Enter"),
    ("esc", Code::Escape, "Esc"),
    ("tab", Code::Tab, "Tab"),
    ("backtab", Code::BackTab, "Shift-Tab"),
    ("backspace", Code::Backspace, "Backspace"),
    ("delete", Code::Delete, "Del"),
    ("up", Code::Up, "↑"),
    ("down", Code::Down, "↓"),
    ("left", Code::Left, "←"),
    ("right", Code::Right, "→"),
    ("home", Code::Home, "Home"),
    ("end", Code::End, "End"),
    ("pageup", Code::PageUp, "PgUp"),
    ("pagedown", Code::PageDown, "PgDn"),
    ("space", Code::Char(' '), "Space"),
    ("plus", Code::Char('+'), "+"),
];

impl Key {
    /// Makes a key with nothing held beside it.
    pub const fn plain(code: Code) -> Self {
        Self {
            code,
            ctrl: false,
            alt: false,
        }
    }

    /// Reads `j`, `G`, `ctrl-p`, `space`, `f5`; returns `None` if it is no key.
    pub fn parse(text: &str) -> Option<Self> {
        let (mut ctrl, mut alt, mut rest) = (false, false, text);
        loop {
            if let Some(after) = rest.strip_prefix("ctrl-") {
                (ctrl, rest) = (true, after);
            } else if let Some(after) = rest.strip_prefix("alt-") {
                (alt, rest) = (true, after);
            } else {
                break;
            }
        }
        let mut characters = rest.chars();
        let code = match (characters.next(), characters.next()) {
            (Some(only), None) => Code::Char(only),
            (Some('f'), Some(_))
                if rest[1..]
                    .parse::<u8>()
                    .is_ok_and(|number| (1..=24).contains(&number)) =>
            {
                Code::Function(rest[1..].parse().ok()?)
            }
            _ => NAMES.iter().find(|(name, ..)| *name == rest)?.1,
        };
        Some(Self { code, ctrl, alt })
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ctrl {
            f.write_str("Ctrl-")?;
        }
        if self.alt {
            f.write_str("Alt-")?;
        }
        match self.code {
            Code::Function(number) => write!(f, "F{number}"),
            Code::Char(' ') => f.write_str("Space"),
            Code::Char(character) => write!(f, "{character}"),
            code => f.write_str(
                NAMES
                    .iter()
                    .find(|(_, known, _)| *known == code)
                    .map_or("?", |entry| entry.2),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_and_shown() {
        for (text, shown) in [
            ("j", "j"),
            ("G", "G"),
            ("ctrl-p", "Ctrl-p"),
            ("space", "Space"),
            ("f12", "F12"),
            ("esc", "Esc"),
        ] {
            assert_eq!(Key::parse(text).unwrap().to_string(), shown);
        }
        for wrong in ["", "ctrl-", "nonsense", "f99"] {
            assert_eq!(Key::parse(wrong), None, "{wrong}");
        }
    }
}
