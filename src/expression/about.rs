//! What an expression is about: asked by those who plan with it, before any record is evaluated.

use super::{Code, Diagnostic, Expression, Gives, Names, Slot, compile::kinds};

/// The attribute an expression's value is written to, as far as it is known.
#[derive(Debug, Clone, Copy)]
pub struct Target<'t> {
    /// Its name.
    pub attribute: &'t str,
    /// What it holds, one of it.
    pub gives: Option<Gives>,
    /// Whether it is a secret, which no plan may hold.
    pub secret: bool,
}

impl<'t> Target<'t> {
    /// Describes an attribute of which only the name is known; those of passwords are secrets.
    pub fn of(attribute: &'t str) -> Self {
        const SECRETS: [&str; 6] = [
            "userPassword",
            "unicodePwd",
            "password",
            "clearPassword",
            "sambaNTPassword",
            "passwordProfile.password",
        ];
        let last = attribute.rsplit(['.', ':']).next().unwrap_or(attribute);
        let secret = |name: &str| name.eq_ignore_ascii_case(attribute) || name.eq_ignore_ascii_case(last);
        Self {
            attribute,
            gives: None,
            secret: SECRETS.iter().any(|name| secret(name)),
        }
    }
}

impl Expression {
    /// Compiles a text whose value is written to an attribute: a value of the wrong kind is refused, and so is a
    /// random value for a secret, which would be kept in plans.
    pub fn compile_for(text: &str, names: &dyn Names, target: &Target<'_>) -> Result<Self, Vec<Diagnostic>> {
        let expression = Self::compile(text, names)?;
        let span = expression.node.span;
        if target.secret && expression.draws() {
            let message = format!(
                "`{}` is a secret, and a random value is none: it is kept in plans",
                target.attribute
            );
            let hint = "write `{ secret = \"…\" }` with the name of a secret policy";
            return Err(vec![Diagnostic::new(span, message).hint(hint)]);
        }
        let given = kinds::kind(&expression.node, names);
        let wrong = matches!(
            (target.gives, given),
            (Some(Gives::Number), Gives::Truth | Gives::Time | Gives::List)
                | (Some(Gives::Time), Gives::Number | Gives::Truth | Gives::List)
                | (Some(Gives::Truth), Gives::Number | Gives::Time | Gives::List)
                | (Some(Gives::Text), Gives::List)
        );
        if !wrong {
            return Ok(expression);
        }
        let message = format!(
            "this gives {}, `{}` takes {}",
            kinds::word(given),
            target.attribute,
            kinds::word(target.gives.unwrap_or(Gives::Anything))
        );
        Err(vec![Diagnostic::new(span, message)])
    }

    /// Returns what the expression always gives, as far as that is known before it is evaluated.
    pub fn gives(&self, names: &dyn Names) -> Gives {
        kinds::kind(&self.node, names)
    }

    /// Returns the slot, if the expression is nothing but `[name]`.
    pub fn as_slot(&self) -> Option<Slot> {
        match self.node.code {
            Code::Attribute(slot) => Some(slot),
            _ => None,
        }
    }

    /// Lists every attribute the expression may read, each once.
    pub fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// Reports whether the expression is a choice of rules, of which the first free value is taken.
    pub fn is_unique_choice(&self) -> bool {
        self.calls("SelectUniqueValue")
    }

    /// Reports whether the attribute is to be left alone where the expression gives nothing.
    pub fn ignores_nothing(&self) -> bool {
        self.calls("IgnoreFlowIfNullOrEmpty")
    }

    pub(super) fn calls(&self, name: &str) -> bool {
        matches!(&self.node.code, Code::Call(call) if call.function.name == name)
    }

    /// Reports whether the expression gives random values, so that it needs a row with a [`Draw`](super::Draw).
    pub fn draws(&self) -> bool {
        self.draws
    }

    /// Reports whether it may give another value at another time though nothing else is another.
    pub fn asks_for_time(&self) -> bool {
        self.node.asks_for_time()
    }

    /// Reports whether the value, or a part of it, is to be hidden wherever it would be shown.
    pub fn redacts(&self) -> bool {
        self.node.calls("Redact")
    }

    /// Reports whether values that the target has and the expression does not give are to be left there.
    pub fn only_adds(&self) -> bool {
        self.calls("AppRoleAssignmentsComplex")
    }
}
