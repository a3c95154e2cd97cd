//! What is wrong with the text: found here, without asking anybody, so that it is seen with the key that caused it.

use crate::{
    engine::mappings::Gives,
    expression::{Diagnostic, Expression, Names, Slot, Span, Target, attributes},
};

use super::Editor;

/// The names of a rule; before the engine has listed them, every name is one.
struct Known<'e>(Option<&'e [String]>);

impl Names for Known<'_> {
    fn resolve(&self, path: &str) -> Option<Slot> {
        let Some(names) = self.0 else { return Some(Slot(0)) };
        let own = match path.split_once('.') {
            Some((first, rest)) if first.eq_ignore_ascii_case("person") => rest,
            _ => path,
        };
        names
            .iter()
            .position(|name| name.eq_ignore_ascii_case(path) || name.eq_ignore_ascii_case(own))
            .map(|at| Slot(at as u32))
    }

    fn known(&self) -> Vec<String> {
        self.0.map(<[String]>::to_vec).unwrap_or_default()
    }

    fn default_domain(&self) -> Option<String> {
        // whether there is one, the engine knows, which tries the text
        Some(String::new())
    }
}

/// Lists what is wrong with the text, in its order.
pub(super) fn mistakes(editor: &Editor) -> Vec<Diagnostic> {
    let text = editor.text();
    let text = text.trim_end();
    let names = Known(editor.names.as_deref());
    let compiled = match editor.gives {
        _ if text.trim().is_empty() => {
            return vec![Diagnostic::new(Span::new(0, 0), "there is no expression")];
        }
        Gives::Reference => return reference(text, &names),
        Gives::Truth => Expression::compile_condition(text, &names),
        Gives::Value | Gives::Secret => match editor.attribute() {
            Some(attribute) => Expression::compile_for(text, &names, &Target::of(attribute)),
            None => Expression::compile(text, &names),
        },
    };
    compiled.err().unwrap_or_default()
}

/// A reference is nothing but a name.
fn reference(text: &str, names: &Known<'_>) -> Vec<Diagnostic> {
    match attributes(text).as_slice() {
        [(span, name)] if span.of(text) == text.trim() && names.resolve(name).is_some() => Vec::new(),
        _ => {
            let span = Span::new(0, text.len());
            let problem = Diagnostic::new(
                span,
                "this must name a reference between people, and nothing else",
            );
            vec![problem.hint("write a name in brackets: [manager]")]
        }
    }
}
