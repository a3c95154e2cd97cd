//! Whether usher understands an expression, whatever its names mean.

use crate::expression::{self, Diagnostic, Expression, Names, Slot};

/// Every name there could be.
struct Anything;

impl Names for Anything {
    fn resolve(&self, path: &str) -> Option<Slot> {
        (!path.is_empty()).then_some(Slot(0))
    }

    fn known(&self) -> Vec<String> {
        Vec::new()
    }

    fn default_domain(&self) -> Option<String> {
        // which one it is, the configuration says
        Some(String::new())
    }
}

/// Says why usher cannot evaluate an expression.
pub(super) fn value(text: &str) -> Result<(), String> {
    Expression::compile(text, &Anything).map_or_else(|problems| Err(reason(&problems)), |_| Ok(()))
}

/// Says why usher cannot ask a condition.
pub(super) fn condition(text: &str) -> Result<(), String> {
    Expression::compile_condition(text, &Anything).map_or_else(|problems| Err(reason(&problems)), |_| Ok(()))
}

fn reason(problems: &[Diagnostic]) -> String {
    let Some(first) = problems.first() else {
        return "usher does not understand it".to_owned();
    };
    match &first.hint {
        Some(hint) => format!("{}: {hint}", first.message),
        None => first.message.clone(),
    }
}

/// Lists the attributes an expression reads, each once, without what usher computes itself.
pub(super) fn reads(text: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (_, name) in expression::attributes(text) {
        if !is_computed(&name) && !names.iter().any(|known| known.eq_ignore_ascii_case(&name)) {
            names.push(name);
        }
    }
    names
}

/// Whether usher computes an attribute of this name instead of reading it.
pub(super) fn is_computed(name: &str) -> bool {
    name.eq_ignore_ascii_case(IS_SOFT_DELETED)
}

/// Whether an expression asks if the object left scope, was disabled or deleted.
pub(super) fn asks_whether_deleted(text: &str) -> bool {
    expression::attributes(text)
        .iter()
        .any(|(_, name)| is_computed(name))
}

const IS_SOFT_DELETED: &str = "IsSoftDeleted";
