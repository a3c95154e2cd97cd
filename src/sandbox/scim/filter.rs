//! Filters (RFC 7644 §3.4.2.2): parsed with a limit on nesting, evaluated on JSON.

use serde_json::{Map, Value};

use super::path::{Path, get};

/// How deep parentheses and `not` may nest.
const DEPTH: usize = 32;

/// A condition on a resource.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// Both.
    And(Box<Filter>, Box<Filter>),
    /// Either.
    Or(Box<Filter>, Box<Filter>),
    /// Not.
    Not(Box<Filter>),
    /// The attribute has a value.
    Present(Path),
    /// A comparison: the operator in lower case and the value.
    Compare(Path, &'static str, Value),
    /// Some value of a multi-valued attribute matches.
    Any(String, Box<Filter>),
}

/// Parses a filter; `None` means invalidFilter.
pub fn parse_filter(text: &str) -> Option<Filter> {
    let mut parser = Parser { rest: text, depth: 0 };
    let filter = parser.or()?;
    parser.rest.trim().is_empty().then_some(filter)
}

const OPERATORS: [&str; 9] = ["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"];

struct Parser<'a> {
    rest: &'a str,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn or(&mut self) -> Option<Filter> {
        let mut left = self.and()?;
        while self.keyword("or") {
            left = Filter::Or(Box::new(left), Box::new(self.and()?));
        }
        Some(left)
    }

    fn and(&mut self) -> Option<Filter> {
        let mut left = self.term()?;
        while self.keyword("and") {
            left = Filter::And(Box::new(left), Box::new(self.term()?));
        }
        Some(left)
    }

    fn term(&mut self) -> Option<Filter> {
        self.depth += 1;
        if self.depth > DEPTH {
            return None;
        }
        let negated = self.keyword("not");
        self.rest = self.rest.trim_start();
        let filter = if let Some(inner) = self.rest.strip_prefix('(') {
            self.rest = inner;
            let filter = self.or()?;
            self.rest = self.rest.trim_start().strip_prefix(')')?;
            filter
        } else if negated {
            return None;
        } else {
            self.comparison()?
        };
        self.depth -= 1;
        Some(if negated {
            Filter::Not(Box::new(filter))
        } else {
            filter
        })
    }

    fn comparison(&mut self) -> Option<Filter> {
        let end = self.rest.find([' ', '[', ')']).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        if let Some(inner) = rest.strip_prefix('[') {
            self.rest = inner;
            let filter = self.or()?;
            let rest = self.rest.trim_start().strip_prefix(']')?;
            self.rest = rest;
            if rest.starts_with('.') {
                return None;
            }
            return Some(Filter::Any(name.to_owned(), Box::new(filter)));
        }
        let path = Path::parse(name)?;
        self.rest = rest;
        if self.keyword("pr") {
            return Some(Filter::Present(path));
        }
        let operator = OPERATORS.into_iter().find(|operator| self.keyword(operator))?;
        Some(Filter::Compare(path, operator, self.value()?))
    }

    fn value(&mut self) -> Option<Value> {
        self.rest = self.rest.trim_start();
        let mut stream = serde_json::Deserializer::from_str(self.rest).into_iter::<Value>();
        let value = stream.next()?.ok()?;
        self.rest = self.rest.get(stream.byte_offset()..)?;
        (!value.is_object() && !value.is_array()).then_some(value)
    }

    fn keyword(&mut self, word: &str) -> bool {
        let rest = self.rest.trim_start();
        let Some(head) = rest.get(..word.len()) else {
            return false;
        };
        let tail: &'a str = rest.get(word.len()..).unwrap_or_default();
        let ends = tail
            .chars()
            .next()
            .is_none_or(|c| matches!(c, ' ' | '(' | ')' | ']'));
        if head.eq_ignore_ascii_case(word) && ends {
            self.rest = tail;
            return true;
        }
        false
    }
}

impl Filter {
    /// Whether a resource matches.
    pub fn matches(&self, resource: &Map<String, Value>) -> bool {
        match self {
            Self::And(left, right) => left.matches(resource) && right.matches(resource),
            Self::Or(left, right) => left.matches(resource) || right.matches(resource),
            Self::Not(inner) => !inner.matches(resource),
            Self::Present(path) => path.values(resource).iter().any(|value| !is_empty(value)),
            Self::Compare(path, operator, wanted) => {
                let exact = path.attribute.as_deref().is_some_and(is_exact);
                let values = path.values(resource);
                if *operator == "ne" {
                    return !values.iter().any(|value| compare(value, "eq", wanted, exact));
                }
                if values.is_empty() && wanted.is_null() {
                    return *operator == "eq";
                }
                values.iter().any(|value| compare(value, operator, wanted, exact))
            }
            Self::Any(name, inner) => match get(resource, name) {
                Some(Value::Array(items)) => items
                    .iter()
                    .any(|item| item.as_object().is_some_and(|item| inner.matches(item))),
                Some(Value::Object(item)) => inner.matches(item),
                _ => false,
            },
        }
    }
}

/// Attributes that are compared with regard to case (RFC 7643 §3.1 and §7).
fn is_exact(name: &str) -> bool {
    ["id", "externalId"]
        .iter()
        .any(|exact| exact.eq_ignore_ascii_case(name))
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}

fn compare(value: &Value, operator: &str, wanted: &Value, exact: bool) -> bool {
    let ordered = |order: std::cmp::Ordering| match operator {
        "eq" => order.is_eq(),
        "gt" => order.is_gt(),
        "ge" => order.is_ge(),
        "lt" => order.is_lt(),
        "le" => order.is_le(),
        _ => false,
    };
    match (value, wanted) {
        // a complex value without sub-attribute in the path is compared by its "value"
        (Value::Object(map), _) => {
            get(map, "value").is_some_and(|value| compare(value, operator, wanted, exact))
        }
        (Value::String(left), Value::String(right)) => {
            let fold = |text: &str| {
                if exact {
                    text.to_owned()
                } else {
                    text.to_lowercase()
                }
            };
            let (left, right) = (fold(left), fold(right));
            match operator {
                "co" => left.contains(&right),
                "sw" => left.starts_with(&right),
                "ew" => left.ends_with(&right),
                _ => ordered(left.cmp(&right)),
            }
        }
        (Value::Number(left), Value::Number(right)) => left
            .as_f64()
            .zip(right.as_f64())
            .and_then(|(left, right)| left.partial_cmp(&right))
            .is_some_and(ordered),
        (left, right) => operator == "eq" && left == right,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn filters_choose() {
        let user = json!({
            "userName": "Ana@X", "externalId": "A7", "active": true, "name": {"familyName": "O'Brien"}, "nickName": "",
            "emails": [{"type": "work", "value": "ana@x"}, {"type": "home", "value": "a@h"}],
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "Sales"}
        });
        for (filter, expected) in [
            (r#"userName eq "ana@x""#, true),
            (r#"externalId eq "a7""#, false),
            (r#"USERNAME EQ "ANA@X" AND active eq true"#, true),
            (r"active eq false or not (name.familyName pr)", false),
            (r#"emails[type eq "work" and value sw "ana"]"#, true),
            (r#"emails[type eq "home" and value sw "ana"]"#, false),
            (r#"emails.value ew "@h" and (title pr or userName co "NA")"#, true),
            (r#"emails eq "a@h""#, true),
            ("nickName pr", false),
            (r#"title ne "Boss""#, true),
            (r#"userName gt "a" and userName le "b""#, true),
            (
                r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "sales""#,
                true,
            ),
            (
                r#"urn:ietf:params:scim:schemas:core:2.0:User:userName eq "ana@x""#,
                true,
            ),
            (r#"name.familyName eq "O'Brien""#, true),
        ] {
            let parsed = parse_filter(filter).unwrap_or_else(|| panic!("{filter}"));
            assert_eq!(parsed.matches(user.as_object().unwrap()), expected, "{filter}");
        }
    }

    #[test]
    fn nonsense_and_deep_nesting_are_refused() {
        for filter in [
            "",
            "userName",
            "userName eq",
            "userName is \"x\"",
            "(a pr",
            "a pr)",
            "not a pr",
            "a eq {}",
        ] {
            assert_eq!(parse_filter(filter), None, "{filter}");
        }
        assert_eq!(parse_filter(&"(".repeat(100_000)), None);
        assert_eq!(parse_filter(&"a[".repeat(100_000)), None);
    }
}
