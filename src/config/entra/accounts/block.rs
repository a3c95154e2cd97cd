//! An account rule as lines of the configuration.

use super::Account;
use crate::config::entra::{
    document::{Line, Section},
    toml_text::{list, string},
};

impl Account {
    /// Writes the block.
    pub(in crate::config::entra) fn sections(&self) -> Vec<Section> {
        let mut block = Section::new("[[accounts]]");
        block.comment(&self.about);
        block.add(Line::key("name", string(&self.name)));
        block.add(Line::key("in", string(&self.system)));
        self.place.iter().for_each(|line| block.add(line.clone()));
        block.add(Line::key("actions", list(self.actions.iter().copied())));
        if let Some(scope) = &self.scope {
            block.add(Line::key("scope", string(scope)));
        }
        if !self.matches.is_empty() {
            let pairs = self
                .matches
                .iter()
                .map(|(attribute, text)| list([attribute.as_str(), text.as_str()]));
            block.add(Line::key(
                "match",
                format!("[{}]", pairs.collect::<Vec<_>>().join(", ")),
            ));
        }
        match (self.keeps, self.actions.contains(&"disable")) {
            (true, _) => block.add(
                Line::key("out_of_scope", "\"keep\"").says("because of what is said about its scope above"),
            ),
            (false, true) => block.add(
                Line::key("out_of_scope", "\"disable\"")
                    .says("\"keep\" if the job has SkipOutOfScopeDeletions"),
            ),
            (false, false) => {}
        }
        if self.deletes && self.actions.contains(&"disable") {
            block.add(Line::comment(
                "leaver = [{ disable = \"end of last day\", delete_after = \"30 days\" }]",
            ));
        }
        let mut attributes = Section::new("[accounts.attributes]");
        attributes.lines.clone_from(&self.lines);
        vec![block, attributes]
    }
}
