//! `[ui]`: how the console looks and which keys it listens to.

use indexmap::IndexMap;
use toml::de::DeValue;

use super::table::{Fields, Report, Value, texts, wrong_type};

/// How the console looks and which keys it listens to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ui {
    /// The theme: a name, or the path of a file.
    pub theme: String,
    /// Which symbols mark states.
    pub symbols: Symbols,
    /// Keys by action, as written; the screen knows the actions and checks both.
    pub keys: IndexMap<String, Vec<String>>,
    /// Whether the mouse is listened to.
    pub mouse: bool,
}

/// Which symbols mark states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Symbols {
    /// `●`, `✓`, `▓`.
    #[default]
    Unicode,
    /// `*`, `v`, `#`.
    Ascii,
}

impl Default for Ui {
    fn default() -> Self {
        Self {
            theme: "default".to_owned(),
            symbols: Symbols::Unicode,
            keys: IndexMap::new(),
            mouse: true,
        }
    }
}

/// Reads `[ui]`.
pub(super) fn read(root: &mut Fields<'_, '_, '_>) -> Ui {
    let default = Ui::default();
    let Some(mut table) = root.table("ui") else {
        return default;
    };
    let ui = Ui {
        theme: table
            .text("theme")
            .map_or(default.theme, |theme| theme.into_inner().to_owned()),
        symbols: table
            .choice(
                "symbols",
                &[("unicode", Symbols::Unicode), ("ascii", Symbols::Ascii)],
            )
            .unwrap_or_default(),
        mouse: table.flag("mouse").unwrap_or(default.mouse),
        keys: keys(&mut table),
    };
    table.finish();
    ui
}

fn keys(table: &mut Fields<'_, '_, '_>) -> IndexMap<String, Vec<String>> {
    let report = table.report;
    let Some(keys) = table.table("keys") else {
        return IndexMap::new();
    };
    keys.entries()
        .map(|(action, value)| {
            (
                (*action.get_ref()).to_owned(),
                keys_of(report, action.get_ref(), value),
            )
        })
        .collect()
}

fn keys_of(report: &Report<'_>, action: &str, value: &Value<'_>) -> Vec<String> {
    match value.get_ref() {
        DeValue::String(key) => vec![key.to_string()],
        DeValue::Array(array) => texts(report, action, array)
            .into_iter()
            .map(|key| key.into_inner().to_owned())
            .collect(),
        _ => {
            report.add(wrong_type(
                &format!("`{action}`"),
                "a key or a list of keys",
                value,
            ));
            Vec::new()
        }
    }
}
