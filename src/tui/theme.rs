//! Themes: how each meaning looks. Code never names a colour; it names a [`Role`].

use std::{collections::BTreeMap, str::FromStr};

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;

use crate::model::OperationState;

const DEFAULT: &str = include_str!("../../themes/default.toml");
const MONO: &str = include_str!("../../themes/mono.toml");
const COLOUR_BLIND: &str = include_str!("../../themes/colour-blind.toml");
const HIGH_CONTRAST: &str = include_str!("../../themes/high-contrast.toml");

/// What a piece of the screen means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// What is to be read.
    Text,
    /// What may be overlooked: labels, rules, what cannot be done now.
    Muted,
    /// Names of panes, columns and people in the detail.
    Title,
    /// Thin rules.
    Rule,
    /// The row the cursor is on.
    Cursor,
    /// Rows that are selected.
    Selected,
    /// The label of the environment.
    Label,
    /// A key that can be pressed.
    Key,
    /// Waits for a decision.
    Proposed,
    /// Approved.
    Approved,
    /// Rejected.
    Rejected,
    /// Held or blocked.
    Held,
    /// Being written.
    Running,
    /// Written and verified.
    Done,
    /// Failed, in conflict, unknown; a finding.
    Failed,
    /// A new value.
    Added,
    /// A value that goes.
    Removed,
    /// Another value.
    Changed,
    /// Close to a limit; privileged; old.
    Warning,
    /// The full part of gauges and charts.
    Gauge,
}

impl Role {
    const ALL: [Self; 20] = [
        Self::Text,
        Self::Muted,
        Self::Title,
        Self::Rule,
        Self::Cursor,
        Self::Selected,
        Self::Label,
        Self::Key,
        Self::Proposed,
        Self::Approved,
        Self::Rejected,
        Self::Held,
        Self::Running,
        Self::Done,
        Self::Failed,
        Self::Added,
        Self::Removed,
        Self::Changed,
        Self::Warning,
        Self::Gauge,
    ];

    /// Returns the role of a state.
    pub const fn of(state: OperationState) -> Self {
        match state {
            OperationState::Proposed => Self::Proposed,
            OperationState::Approved => Self::Approved,
            OperationState::Rejected => Self::Rejected,
            OperationState::Held | OperationState::Blocked => Self::Held,
            OperationState::Running => Self::Running,
            OperationState::Applied | OperationState::Verified => Self::Done,
            OperationState::Failed | OperationState::Conflict | OperationState::Unknown => Self::Failed,
        }
    }
}

/// Why a theme cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ThemeError {
    /// No theme of that name.
    #[error("there is no theme named {0}; choose default, mono, colour-blind or high-contrast")]
    Unknown(String),
    /// The file cannot be read.
    #[error("the theme cannot be read: {0}")]
    Syntax(String),
    /// A colour that is none.
    #[error(
        "{role:?} has the colour {colour}, which is none; use a name such as red or light-blue, or #rrggbb"
    )]
    Colour {
        /// Where.
        role: Role,
        /// What was written.
        colour: String,
    },
    /// A meaning without a look.
    #[error("the theme does not say how {0:?} looks; add a line for it, or inherits = \"default\"")]
    Missing(Role),
}

/// How each meaning looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    styles: BTreeMap<Role, Style>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    inherits: Option<String>,
    roles: BTreeMap<Role, Look>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "a terminal has four attributes, each on or off"
)]
struct Look {
    fg: Option<String>,
    bg: Option<String>,
    bold: bool,
    dim: bool,
    underline: bool,
    reverse: bool,
}

impl Theme {
    /// Returns a built-in theme.
    pub fn named(name: &str) -> Result<Self, ThemeError> {
        match name {
            "default" => Self::parse(DEFAULT),
            "mono" => Self::parse(MONO),
            "colour-blind" => Self::parse(COLOUR_BLIND),
            "high-contrast" => Self::parse(HIGH_CONTRAST),
            _ => Err(ThemeError::Unknown(name.to_owned())),
        }
    }

    /// Reads a theme. Every role must have a look, its own or an inherited one.
    pub fn parse(text: &str) -> Result<Self, ThemeError> {
        let file: File = toml::from_str(text).map_err(|error| ThemeError::Syntax(error.to_string()))?;
        let mut styles = match &file.inherits {
            Some(name) => Self::named(name)?.styles,
            None => BTreeMap::new(),
        };
        for (role, look) in &file.roles {
            styles.insert(*role, look.style(*role)?);
        }
        match Role::ALL.iter().find(|role| !styles.contains_key(role)) {
            Some(missing) => Err(ThemeError::Missing(*missing)),
            None => Ok(Self { styles }),
        }
    }

    /// Returns how a meaning looks.
    pub fn style(&self, role: Role) -> Style {
        self.styles.get(&role).copied().unwrap_or_default()
    }
}

impl Look {
    fn style(&self, role: Role) -> Result<Style, ThemeError> {
        let mut style = Style::new();
        style.fg = self.fg.as_deref().map(|name| colour(role, name)).transpose()?;
        style.bg = self.bg.as_deref().map(|name| colour(role, name)).transpose()?;
        for (wanted, modifier) in [
            (self.bold, Modifier::BOLD),
            (self.dim, Modifier::DIM),
            (self.underline, Modifier::UNDERLINED),
            (self.reverse, Modifier::REVERSED),
        ] {
            if wanted {
                style = style.add_modifier(modifier);
            }
        }
        Ok(style)
    }
}

fn colour(role: Role, name: &str) -> Result<Color, ThemeError> {
    Color::from_str(name).map_err(|_| ThemeError::Colour {
        role,
        colour: name.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_theme_is_complete() {
        for name in ["default", "mono", "colour-blind", "high-contrast"] {
            Theme::named(name).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        assert_eq!(Theme::named("pink"), Err(ThemeError::Unknown("pink".into())));
    }

    #[test]
    fn the_monochrome_theme_has_no_colour_at_all() {
        let mono = Theme::named("mono").unwrap();
        for role in Role::ALL {
            assert_eq!(
                (mono.style(role).fg, mono.style(role).bg),
                (None, None),
                "{role:?}"
            );
        }
        assert!(mono.style(Role::Cursor).add_modifier.contains(Modifier::REVERSED));
    }

    #[test]
    fn the_default_theme_leaves_the_palette_to_the_terminal() {
        let theme = Theme::named("default").unwrap();
        for role in Role::ALL {
            assert!(
                !matches!(theme.style(role).fg, Some(Color::Rgb(..) | Color::Indexed(_))),
                "{role:?}"
            );
        }
    }

    #[test]
    fn an_unknown_key_is_an_error_with_its_line() {
        let error = Theme::parse("inherits = \"default\"\n[roles]\ntexd = {}\n")
            .unwrap_err()
            .to_string();
        assert!(error.contains("line 3") && error.contains("texd"), "{error}");
        let error = Theme::parse("inherits = \"default\"\n[roles]\ntext = { blink = true }\n").unwrap_err();
        assert!(error.to_string().contains("blink"), "{error}");
        let error = Theme::parse("[roles]\ntext = {}\n").unwrap_err();
        assert_eq!(error, ThemeError::Missing(Role::Muted));
    }
}
