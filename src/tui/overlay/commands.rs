//! The help and the palette: one list of commands, searched while typing, run with Enter.

use crate::tui::{
    action::Action,
    availability,
    input::Input,
    keymap::{self, Context},
    model::Model,
    search::Words,
};

/// The help or the palette.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Commands {
    /// What is looked for.
    pub input: Input,
    /// Which of the found commands is chosen.
    pub cursor: usize,
}

/// One command in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The command.
    pub action: Action,
    /// Its keys.
    pub keys: String,
    /// Why it cannot be done now.
    pub reason: Option<String>,
}

/// Returns the commands that are found: those of the pane first, then by how well they fit.
pub fn entries(model: &Model, commands: &Commands) -> Vec<Entry> {
    let mut words = Words::new(commands.input.text());
    let own = model.pane.context();
    let mut found: Vec<(u32, Action)> = Action::all()
        .filter_map(|action| {
            let keys = keys(model, action);
            let hay = format!("{} {} {keys}", action.help(), action.name().replace('-', " "));
            let exact = keys.split(' ').any(|key| key == commands.input.text());
            let score = if exact { u32::MAX } else { words.score(&hay)? };
            Some((score, action))
        })
        .collect();
    let foreign = |action: Action| keymap::context(action) != own || own == Context::Everywhere;
    found.sort_by_key(|(score, action)| (std::cmp::Reverse(*score), foreign(*action)));
    found
        .into_iter()
        .map(|(_, action)| Entry {
            action,
            keys: keys(model, action),
            reason: availability::available(model, action).err(),
        })
        .collect()
}

fn keys(model: &Model, action: Action) -> String {
    let keys = model.settings.keymap.keys(action);
    keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}
