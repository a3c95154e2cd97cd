//! What policy demands before an operation may be applied.

use serde::{Deserialize, Serialize};

use super::{name::RuleName, operation::Fingerprint};

/// Who has to approve; the later, the stricter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Needs {
    /// Nobody: in mode automatic the rule approves. In mode review one person.
    Rule,
    /// One person.
    #[default]
    One,
    /// Two different people.
    Two,
    /// Nobody can: it never happens.
    Never,
}

impl Needs {
    /// Returns the word used in the configuration, on the screen and in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Rule => "rule",
            Self::One => "one",
            Self::Two => "two",
            Self::Never => "never",
        }
    }

    /// Returns how many different people must approve, where people do.
    pub const fn people(self) -> usize {
        match self {
            Self::Two => 2,
            _ => 1,
        }
    }
}

/// What policy demands for an operation, and which of its rules does.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Demand {
    /// Who has to approve.
    pub needs: Needs,
    /// The rule that says so; `None` where no rule is about the operation.
    pub rule: Option<RuleName>,
}

/// What policy demands for the operations of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Demands {
    /// Digest of the policy it was computed by; `None` for a plan made before there were policies.
    pub policy: Option<Fingerprint>,
    /// What is demanded for the operations that are listed nowhere below.
    pub otherwise: Demand,
    /// What rules demand: each with its operations, sorted.
    pub by_rule: Vec<(Demand, Vec<Fingerprint>)>,
}

impl Demands {
    /// Returns what is demanded for an operation.
    pub fn of(&self, id: Fingerprint) -> &Demand {
        self.by_rule
            .iter()
            .find(|(_, operations)| operations.binary_search(&id).is_ok())
            .map_or(&self.otherwise, |(demand, _)| demand)
    }

    /// Reports whether one person's approval is enough for everything.
    pub fn is_plain(&self) -> bool {
        let others = self.by_rule.iter().map(|(demand, _)| demand.needs);
        others
            .chain([self.otherwise.needs])
            .all(|needs| needs == Needs::One)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_has_the_demand_of_its_rule_or_the_general_one() {
        let id = |number: u8| Fingerprint([number; 32]);
        let two = Demand {
            needs: Needs::Two,
            rule: Some("deletes".into()),
        };
        let demands = Demands {
            by_rule: vec![(two.clone(), vec![id(1), id(3)])],
            ..Demands::default()
        };
        assert_eq!(demands.of(id(3)), &two);
        assert_eq!(demands.of(id(2)), &Demand::default());
        assert!(!demands.is_plain());
        assert!(Demands::default().is_plain());
        assert!(Needs::Never > Needs::Two && Needs::Two > Needs::One && Needs::One > Needs::Rule);
    }
}
