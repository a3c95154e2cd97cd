//! Which key means what, where. Help, footer and palette are made from this and the actions.

use std::collections::BTreeMap;

use super::{action::Action, key::Key};

/// Where a key is pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Context {
    /// Anywhere, unless the pane has its own meaning.
    Everywhere,
    /// In the pane Review.
    Review,
    /// In the pane Run.
    Run,
    /// In the pane Mappings.
    Mappings,
}

/// The actions whose keys mean something in Review only.
const REVIEW: [Action; 13] = [
    Action::Approve,
    Action::Reject,
    Action::Hold,
    Action::Undo,
    Action::Select,
    Action::Range,
    Action::SelectAll,
    Action::Invert,
    Action::Group,
    Action::Sort,
    Action::SortReverse,
    Action::Why,
    Action::Zoom,
];
const RUN: [Action; 3] = [Action::Pause, Action::Stop, Action::Retry];
const MAPPINGS: [Action; 1] = [Action::PutBack];
/// Every place where keys have a meaning of their own.
const PLACES: [Context; 4] = [
    Context::Everywhere,
    Context::Review,
    Context::Run,
    Context::Mappings,
];

/// The keys an action has unless the configuration says otherwise.
const DEFAULTS: &[(Action, &[&str])] = &[
    (Action::Up, &["k", "up"]),
    (Action::Down, &["j", "down"]),
    (Action::HalfUp, &["ctrl-u"]),
    (Action::HalfDown, &["ctrl-d"]),
    (Action::PageUp, &["pageup", "ctrl-b"]),
    (Action::PageDown, &["pagedown", "ctrl-f"]),
    (Action::Top, &["home", "<"]),
    (Action::Bottom, &["end", "G", ">"]),
    (Action::Left, &["left", "backspace"]),
    (Action::Right, &["right", "l"]),
    (Action::Open, &["enter"]),
    (Action::Back, &["esc"]),
    (Action::DetailUp, &["K"]),
    (Action::DetailDown, &["J"]),
    (Action::Approve, &["a"]),
    (Action::Reject, &["r"]),
    (Action::Hold, &["h"]),
    (Action::Undo, &["u"]),
    (Action::Select, &["space"]),
    (Action::Range, &["v"]),
    (Action::SelectAll, &["*"]),
    (Action::Invert, &["I"]),
    (Action::Group, &["g"]),
    (Action::Sort, &["s"]),
    (Action::SortReverse, &["S"]),
    (Action::Filter, &["/"]),
    (Action::Why, &["w"]),
    (Action::Copy, &["c"]),
    (Action::Apply, &["R"]),
    (Action::Pause, &["p"]),
    (Action::Stop, &["S"]),
    (Action::Retry, &["t"]),
    (Action::Release, &["O"]),
    (Action::Rails, &["o"]),
    (Action::Systems, &["Y"]),
    (Action::TakeBack, &["U"]),
    (Action::PutBack, &["u"]),
    (Action::Plan, &["P"]),
    (Action::NextDay, &["N"]),
    (Action::NextPane, &["tab"]),
    (Action::PreviousPane, &["backtab"]),
    (Action::Today, &["1"]),
    (Action::Review, &["2"]),
    (Action::Run, &["3"]),
    (Action::Audit, &["4"]),
    (Action::People, &["5"]),
    (Action::Mappings, &["6"]),
    (Action::Zoom, &["z"]),
    (Action::Mouse, &["m"]),
    (Action::Help, &["?", "f1"]),
    (Action::Palette, &[":", "ctrl-p"]),
    (Action::Suspend, &["ctrl-z"]),
    (Action::Quit, &["q", "ctrl-c"]),
];

/// Why a key map cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeymapError {
    /// No action of that name.
    #[error("there is no action named {0}; `?` in the console lists them")]
    Action(String),
    /// No key of that name.
    #[error("{key:?} (for {action}) is no key; write j, G, ctrl-p, space, enter, f5")]
    Key {
        /// For which action.
        action: String,
        /// What was written.
        key: String,
    },
    /// One key for two actions.
    #[error("{key} means both {first} and {second}; give one of them another key")]
    Duplicate {
        /// The key.
        key: String,
        /// One action.
        first: &'static str,
        /// The other.
        second: &'static str,
    },
    /// A key that must stay free.
    #[error("! cannot be given to {0}: it is kept for offboarding")]
    Kept(&'static str),
}

/// Which key means what, where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keymap {
    keys: BTreeMap<(Context, Key), Action>,
    by_action: BTreeMap<Action, Vec<Key>>,
}

impl Keymap {
    /// Makes the key map: the defaults, with the named actions' keys replaced.
    pub fn new(changes: &BTreeMap<String, Vec<String>>) -> Result<Self, KeymapError> {
        if let Some(unknown) = changes.keys().find(|name| Action::named(name).is_none()) {
            return Err(KeymapError::Action(unknown.clone()));
        }
        let mut map = Self {
            keys: BTreeMap::new(),
            by_action: BTreeMap::new(),
        };
        for (action, defaults) in DEFAULTS {
            let keys: Vec<&str> = match changes.get(action.name()) {
                Some(own) => own.iter().map(String::as_str).collect(),
                None => defaults.to_vec(),
            };
            for key in keys {
                map.bind(*action, key)?;
            }
        }
        Ok(map)
    }

    fn bind(&mut self, action: Action, text: &str) -> Result<(), KeymapError> {
        let key = Key::parse(text).ok_or_else(|| KeymapError::Key {
            action: action.name().to_owned(),
            key: text.to_owned(),
        })?;
        if text == "!" {
            return Err(KeymapError::Kept(action.name()));
        }
        let context = context(action);
        let rivals = match context {
            Context::Everywhere => PLACES.to_vec(),
            own => vec![Context::Everywhere, own],
        };
        if let Some(first) = rivals.into_iter().find_map(|rival| self.keys.get(&(rival, key))) {
            return Err(KeymapError::Duplicate {
                key: text.to_owned(),
                first: first.name(),
                second: action.name(),
            });
        }
        self.keys.insert((context, key), action);
        self.by_action.entry(action).or_default().push(key);
        Ok(())
    }

    /// Returns what a key means: here, everywhere, or else in another pane, so that it can be said which one.
    pub fn resolve(&self, context: Context, key: Key) -> Option<Action> {
        [context]
            .into_iter()
            .chain(PLACES)
            .find_map(|place| self.keys.get(&(place, key)))
            .copied()
    }

    /// Returns the keys of an action, the first one first.
    pub fn keys(&self, action: Action) -> &[Key] {
        self.by_action.get(&action).map_or(&[], Vec::as_slice)
    }

    /// Returns an action's first key as it is shown; empty if it has none.
    pub fn shown(&self, action: Action) -> String {
        self.keys(action)
            .first()
            .map(ToString::to_string)
            .unwrap_or_default()
    }
}

/// Returns where an action's keys mean it.
pub fn context(action: Action) -> Context {
    if REVIEW.contains(&action) {
        Context::Review
    } else if RUN.contains(&action) {
        Context::Run
    } else if MAPPINGS.contains(&action) {
        Context::Mappings
    } else {
        Context::Everywhere
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(changes: &[(&str, &[&str])]) -> Result<Keymap, KeymapError> {
        let owned = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect();
        Keymap::new(
            &changes
                .iter()
                .map(|(name, keys)| ((*name).to_owned(), owned(keys)))
                .collect(),
        )
    }

    #[test]
    fn the_defaults_have_no_duplicates_and_every_action_has_a_key() {
        let map = changed(&[]).unwrap();
        for action in Action::all() {
            assert!(!map.keys(action).is_empty(), "{action:?}");
        }
    }

    #[test]
    fn enter_never_approves_and_the_offboarding_key_stays_free() {
        let map = changed(&[]).unwrap();
        for context in [Context::Everywhere, Context::Review, Context::Run] {
            assert_eq!(
                map.resolve(context, Key::parse("enter").unwrap()),
                Some(Action::Open)
            );
            assert_eq!(map.resolve(context, Key::parse("!").unwrap()), None);
        }
        assert_eq!(changed(&[("quit", &["!"])]), Err(KeymapError::Kept("quit")));
    }

    #[test]
    fn keys_can_be_changed_and_mistakes_are_named() {
        let map = changed(&[("approve", &["y", "ctrl-a"])]).unwrap();
        assert_eq!(
            map.resolve(Context::Review, Key::parse("y").unwrap()),
            Some(Action::Approve)
        );
        assert_eq!(map.resolve(Context::Review, Key::parse("a").unwrap()), None);
        assert_eq!(
            changed(&[("aprove", &["y"])]),
            Err(KeymapError::Action("aprove".into()))
        );
        assert!(matches!(
            changed(&[("approve", &["nokey"])]),
            Err(KeymapError::Key { .. })
        ));
        let error = changed(&[("plan", &["a"])]).unwrap_err().to_string();
        assert!(error.contains("plan") && error.contains("approve"), "{error}");
    }

    #[test]
    fn one_key_may_mean_different_things_in_different_panes() {
        let map = changed(&[]).unwrap();
        let key = Key::parse("S").unwrap();
        assert_eq!(map.resolve(Context::Review, key), Some(Action::SortReverse));
        assert_eq!(map.resolve(Context::Run, key), Some(Action::Stop));
    }
}
