//! Tree → code: resolves attributes and functions, counts arguments, compiles literal patterns. Reports everything
//! that is wrong at once.

pub(super) mod kinds;

use super::{
    Diagnostic, Names, Slot, Span,
    code::{CallCode, Code, Node, TestCode},
    functions::{self, FunctionDoc, Gives, MEMBERSHIPS},
    pattern::{self, Pattern},
    suggest,
    syntax::{Part, PartKind, Test},
    token::Comparison,
};

/// How many patterns one expression may hold: each may take a megabyte.
const MAXIMUM_PATTERNS: usize = 64;

/// Turns parts into nodes, collecting what is wrong.
pub(super) struct Compiler<'t, 'n> {
    pub(super) text: &'t str,
    pub(super) names: &'n dyn Names,
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) slots: Vec<Slot>,
    /// Inside a rule of `SelectUniqueValue`, where `Counter()` has a meaning.
    pub(super) in_rule: bool,
    /// How many patterns were compiled.
    pub(super) patterns: usize,
}

impl Compiler<'_, '_> {
    /// Compiles a whole expression; some functions may only stand here.
    pub(super) fn top(&mut self, part: Part) -> Node {
        match part.kind {
            PartKind::Call { name, arguments } => self.call(part.span, name, arguments, true),
            kind => self.node(Part {
                span: part.span,
                kind,
            }),
        }
    }

    fn report(&mut self, problem: Diagnostic) {
        self.diagnostics.push(problem);
    }

    fn node(&mut self, part: Part) -> Node {
        let span = part.span;
        let code = match part.kind {
            PartKind::Error => Code::Boolean(false),
            PartKind::Text(text) => Code::Text(text.into()),
            PartKind::Integer(number) => Code::Integer(number),
            PartKind::Boolean(truth) => Code::Boolean(truth),
            PartKind::Attribute(path) => self.attribute(span, &path),
            PartKind::Call { name, arguments } => return self.call(span, name, arguments, false),
            PartKind::Not(inner) => Code::Not(Box::new(self.condition(*inner))),
            PartKind::All(parts) => Code::All(parts.into_iter().map(|part| self.condition(part)).collect()),
            PartKind::Any(parts) => Code::Any(parts.into_iter().map(|part| self.condition(part)).collect()),
            PartKind::Test { value, test, negated } => {
                let value = Box::new(self.node(*value));
                let test = self.test(test);
                self.check_comparison(&value, &test);
                Self::presence(value, test, negated)
            }
        };
        Node { span, code }
    }

    /// Turns a comparison with `""`, on either side, into a question for presence.
    fn presence(value: Box<Node>, test: TestCode, negated: bool) -> Code {
        match test {
            TestCode::Compare(comparison @ (Comparison::Equal | Comparison::Unequal), side)
                if value.is_empty_text() || side.is_empty_text() =>
            {
                let asked = if side.is_empty_text() { value } else { side };
                Code::Test {
                    value: asked,
                    test: TestCode::Present,
                    negated: comparison == Comparison::Equal,
                }
            }
            test => Code::Test { value, test, negated },
        }
    }

    fn attribute(&mut self, span: Span, path: &str) -> Code {
        if let Some(slot) = self.names.resolve(path) {
            if !self.slots.contains(&slot) {
                self.slots.push(slot);
            }
            return Code::Attribute(slot);
        }
        let known = self.names.known();
        let message = if path.is_empty() {
            "the attribute's name is missing".to_owned()
        } else {
            format!("there is no attribute `{path}`")
        };
        let problem = Diagnostic::new(span, message);
        self.report(match suggest::nearest(path, known.iter().map(String::as_str)) {
            Some(near) if !path.is_empty() => problem.hint(format!("did you mean `[{near}]`?")),
            _ => problem,
        });
        Code::Boolean(false)
    }

    fn test(&mut self, test: Test) -> TestCode {
        match test {
            Test::Compare(comparison, side) => TestCode::Compare(comparison, Box::new(self.node(*side))),
            Test::In(choices) => TestCode::In(choices.into_iter().map(|choice| self.node(choice)).collect()),
            Test::Matches(side) => {
                let side = self.node(*side);
                let regex = self.pattern(&side, pattern::whole);
                TestCode::Matches(Box::new(side), regex)
            }
            Test::Search(search, side) => TestCode::Search(search, Box::new(self.node(*side))),
            Test::Present => TestCode::Present,
            Test::Null => TestCode::Null,
            Test::Every(test) => TestCode::Every(Box::new(self.test(*test))),
        }
    }

    fn pattern(&mut self, node: &Node, build: fn(&str) -> Result<Pattern, String>) -> Option<Pattern> {
        let Code::Text(text) = &node.code else { return None };
        self.patterns += 1;
        if self.patterns > MAXIMUM_PATTERNS {
            let message = format!("there are more than {MAXIMUM_PATTERNS} patterns in this expression");
            self.report(Diagnostic::new(node.span, message).hint("put several into one with `|`"));
            return None;
        }
        match build(text) {
            Ok(regex) => Some(regex),
            Err(message) => {
                self.report(Diagnostic::new(node.span, message));
                None
            }
        }
    }

    /// Compiles a part where a truth value is wanted.
    pub(super) fn condition(&mut self, part: Part) -> Node {
        let node = self.node(part);
        self.expect_truth(&node);
        node
    }

    /// Complains about a node that can never give a truth value.
    pub(super) fn expect_truth(&mut self, node: &Node) {
        let kind = match &node.code {
            // only their own words are complained about: an attribute's text may read `true`
            Code::Attribute(_) => return,
            _ => self.kind(node),
        };
        if matches!(kind, Gives::Truth | Gives::Anything) {
            return;
        }
        let what = kinds::word(kind);
        let message = format!("this gives {what}, a condition is wanted");
        self.report(
            Diagnostic::new(node.span, message)
                .hint("compare it with something: `… = \"x\"`, `… is present`"),
        );
    }

    fn call(&mut self, span: Span, name: Span, arguments: Vec<Option<Part>>, top: bool) -> Node {
        let nothing = Node {
            span,
            code: Code::Boolean(false),
        };
        let written = name.of(self.text);
        let Some(function) = functions::find(written) else {
            self.unknown(name, written);
            for argument in arguments.into_iter().flatten() {
                self.node(argument);
            }
            return nothing;
        };
        let is_choice = function.name == "SelectUniqueValue";
        if !top && (is_choice || function.name == "IgnoreFlowIfNullOrEmpty") {
            let message = format!("`{}` can only stand outermost", function.name);
            self.report(
                Diagnostic::new(name, message)
                    .hint("it decides about the whole attribute, not about a part of it"),
            );
        }
        if function.name == "Counter" && !self.in_rule {
            let message = "`Counter` only counts inside a rule of `SelectUniqueValue`";
            self.report(Diagnostic::new(name, message));
        }
        self.count(function, name, &arguments);
        let outer = self.in_rule;
        self.in_rule |= is_choice;
        let first_is_condition = function.name == "IIF";
        let mut arguments: Vec<Option<Node>> = arguments
            .into_iter()
            .enumerate()
            .map(|(index, argument)| {
                argument.map(|part| {
                    if index == 0 && first_is_condition {
                        self.condition(part)
                    } else {
                        self.node(part)
                    }
                })
            })
            .collect();
        self.in_rule = outer;
        match function.name {
            "DefaultDomain" => return self.default_domain(span, name),
            "IsMemberOf" if arguments.get(1).is_none_or(Option::is_none) => {
                arguments.truncate(1);
                arguments.push(self.memberships(span, name));
            }
            _ => {}
        }
        self.check_arguments(function, &arguments);
        let pattern = match (
            function.pattern_at,
            arguments.get(function.pattern_at).and_then(Option::as_ref),
        ) {
            (1.., Some(node)) if !node.is_empty_text() => self.pattern(node, pattern::anywhere),
            _ => None,
        };
        self.check_group(function, &arguments, pattern.as_ref());
        if let Some(Err((index, message))) = function.check.map(|check| check(&arguments)) {
            let at = arguments
                .get(index)
                .and_then(Option::as_ref)
                .map_or(name, |node| node.span);
            self.report(Diagnostic::new(at, message));
        }
        if is_choice && arguments.len() < 2 && !arguments.iter().flatten().any(|rule| rule.calls("Counter")) {
            let message = "`SelectUniqueValue` needs at least two rules, or one with `Counter()`";
            self.report(Diagnostic::new(name, message).hint("it takes the first rule whose value is free"));
        }
        Node {
            span,
            code: Code::Call(Box::new(CallCode {
                function,
                arguments,
                pattern,
            })),
        }
    }

    /// Puts the organisation's default domain in place of `DefaultDomain()`.
    fn default_domain(&mut self, span: Span, name: Span) -> Node {
        let domain = self.names.default_domain();
        if domain.is_none() {
            let problem = Diagnostic::new(name, "the organisation has no default domain");
            self.report(problem.hint("write the domain as a text: `\"example.org\"`"));
        }
        let code = Code::Text(domain.unwrap_or_default().into());
        Node { span, code }
    }

    /// Finds the attribute that `IsMemberOf` looks in where none is written.
    fn memberships(&mut self, span: Span, name: Span) -> Option<Node> {
        let found = MEMBERSHIPS.iter().find_map(|path| self.names.resolve(path));
        let Some(slot) = found else {
            let message = "there is no attribute `memberOf` or `groups` to look in";
            self.report(
                Diagnostic::new(name, message).hint("write it as `IsMemberOf(group, [memberships])`"),
            );
            return None;
        };
        if !self.slots.contains(&slot) {
            self.slots.push(slot);
        }
        let code = Code::Attribute(slot);
        Some(Node { span, code })
    }

    /// Complains about a group that the function's pattern does not have.
    fn check_group(&mut self, function: &FunctionDoc, arguments: &[Option<Node>], pattern: Option<&Pattern>) {
        let group = function.pattern_at + 1;
        if let (Some(pattern), Some(Some(node))) = (pattern, arguments.get(group))
            && let Code::Text(text) = &node.code
            && !text.is_empty()
            && !pattern.has_group(text)
        {
            let message = format!("the pattern has no group `{text}`");
            self.report(
                Diagnostic::new(node.span, message).hint(format!("a group is written `(?<{text}>…)`")),
            );
        }
    }

    fn unknown(&mut self, name: Span, written: &str) {
        let problem = Diagnostic::new(name, format!("there is no function `{written}`"));
        let near = suggest::nearest(
            written,
            functions::functions().iter().map(|function| function.name),
        );
        self.report(match near {
            Some(near) => problem.hint(format!("did you mean `{near}`?")),
            None => problem,
        });
    }

    fn count(&mut self, function: &FunctionDoc, name: Span, arguments: &[Option<Part>]) {
        for number in 0..function.required {
            if arguments.get(number).and_then(Option::as_ref).is_none() {
                let what = function
                    .parameter(number)
                    .map(|name| format!(" (`{name}`)"))
                    .unwrap_or_default();
                let message = format!("argument {} of `{}`{what} is missing", number + 1, function.name);
                self.report(
                    Diagnostic::new(name, message).hint(format!("write it as `{}`", function.signature)),
                );
            }
        }
        if arguments.len() > function.most {
            let span = arguments[function.most..]
                .iter()
                .flatten()
                .next()
                .map_or(name, |part| part.span);
            let message = format!("`{}` takes at most {} arguments", function.name, function.most);
            self.report(Diagnostic::new(span, message).hint(format!("write it as `{}`", function.signature)));
        }
    }
}
