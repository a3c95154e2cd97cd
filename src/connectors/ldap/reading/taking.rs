//! What a read has taken so far: entries become records, and what cannot be used is noted.

use std::{collections::HashMap, sync::Arc};

use ldap3::ResultEntry;

use super::{
    super::{
        Section,
        active_directory::{form, leads_nowhere},
        entry::Entry,
        freshness::AsOf,
        increments::Cursor,
        membership::Kind,
        state, values,
    },
    Began, primary,
};
use crate::model::{
    Cell, Column, Completeness, RecordProblem, RecordSet, RecordView, Schema,
    record::{RecordHead, SetFull},
};

/// What the columns of groups are called, whatever the directory calls them.
const GROUP_NAMES: [&str; 2] = ["name", "member"];

/// Which of them is the members.
const MEMBERS: usize = 1;

/// The records taken so far.
pub(in super::super) struct Taking {
    pub(in super::super) records: RecordSet,
    /// The attributes on the wire, one a column.
    columns: Vec<Column>,
    pub(in super::super) problems: Vec<RecordProblem>,
    skipped: usize,
    groups: bool,
    /// Who has which uid, for the groups that list those.
    uids: HashMap<String, String>,
    /// Who has which primary group, by its number.
    primary: HashMap<String, Vec<String>>,
    /// The classes that stand for others as well, by their names in lower case.
    superior: HashMap<String, Vec<String>>,
    /// How new the data was, where that is asked for.
    pub(in super::super) as_of: Option<AsOf>,
    /// From where changes can be told later, where that is asked for.
    pub(in super::super) cursor: Option<Cursor>,
    pub(in super::super) ended: Option<Completeness>,
}

/// Calls the columns of groups what they are called in every directory.
pub(in super::super) fn name_columns(schema: &mut Schema) {
    for (column, name) in schema.columns.iter_mut().zip(GROUP_NAMES) {
        name.clone_into(&mut column.name);
    }
}

impl Taking {
    pub(in super::super) fn new(groups: bool) -> Self {
        Self {
            records: RecordSet::new(Arc::default()),
            columns: Vec::new(),
            problems: Vec::new(),
            skipped: 0,
            groups,
            uids: HashMap::new(),
            primary: HashMap::new(),
            superior: HashMap::new(),
            as_of: None,
            cursor: None,
            ended: None,
        }
    }

    pub(in super::super) fn begin(&mut self, began: Began) {
        self.columns.clone_from(&began.schema.columns);
        let mut schema = began.schema;
        if self.groups {
            name_columns(&mut schema);
        }
        self.records = RecordSet::new(Arc::new(schema));
        self.uids = began.uids;
        self.primary = began.primary;
        self.superior = began.superior;
        self.as_of = began.as_of;
        self.cursor = began.cursor;
    }

    pub(in super::super) fn page(
        &mut self,
        section: &Section,
        entries: Vec<ResultEntry>,
    ) -> Result<(), SetFull> {
        for entry in entries {
            if entry.is_ref() {
                self.referrals(&ldap3::parse_refs(entry.0));
            } else if !entry.is_intermediate() {
                match Entry::from_tag(entry.0) {
                    Ok(entry) => self.entry(section, &entry)?,
                    Err(dn) => self.skip(
                        &dn,
                        "is malformed or its name is not UTF-8: correct it in the directory",
                    ),
                }
            }
        }
        Ok(())
    }

    pub(in super::super) fn entry(&mut self, section: &Section, entry: &Entry) -> Result<(), SetFull> {
        if let Some(as_of) = &mut self.as_of {
            as_of.saw(entry);
        }
        if let Some(cursor) = &mut self.cursor {
            cursor.saw_time(entry.text("modifyTimestamp"));
        }
        let Some(anchor) = state::anchor(section, entry) else {
            self.skip(
                &entry.dn,
                &format!(
                    "has no {}: set `anchor` to the directory's immutable id",
                    section.anchor
                ),
            );
            return Ok(());
        };
        if let Some(name) = entry.cut_short() {
            self.skip(
                &entry.dn,
                &format!("came with only a part of its values ({name}): the server cuts long lists"),
            );
            return Ok(());
        }
        let mut cells: Vec<Option<Vec<String>>> = Vec::with_capacity(self.columns.len());
        for (at, column) in self.columns.iter().enumerate() {
            if self.groups && at == MEMBERS {
                cells.push(self.members(entry));
                continue;
            }
            let Some(values) = entry.get(&column.name) else {
                cells.push(None);
                continue;
            };
            if column.name.eq_ignore_ascii_case("objectClass") {
                cells.push(Some(self.classes(values)));
                continue;
            }
            let texts: Option<Vec<_>> = form::present(&column.name, values)
                .iter()
                .map(|value| values::to_text(column, value))
                .collect();
            if texts.is_none() {
                let message = format!(
                    "has a {} that is not UTF-8: correct it in the directory",
                    column.name
                );
                self.skip(&entry.dn, &message);
                return Ok(());
            }
            cells.push(texts);
        }
        let enabled = if self.groups {
            None
        } else {
            state::enabled(&section.disable, entry)
        };
        let mut writer = self.records.begin(RecordHead {
            anchor: &anchor,
            location: &entry.dn,
            enabled,
        })?;
        for cell in &cells {
            match cell.as_deref() {
                None | Some([]) => writer.absent()?,
                Some([one]) => writer.one(one)?,
                Some(texts) => writer.many(texts.iter().map(String::as_str))?,
            }
        }
        Ok(())
    }

    /// Takes a group as it is known, with other members.
    pub(in super::super) fn with_members(
        &mut self,
        group: RecordView<'_>,
        members: &[String],
    ) -> Result<(), SetFull> {
        let mut writer = self.records.begin(RecordHead {
            anchor: group.anchor(),
            location: group.location(),
            enabled: group.enabled(),
        })?;
        for at in 0..self.columns.len() {
            if at == MEMBERS {
                writer.many(members.iter().map(String::as_str))?;
                continue;
            }
            match group.cell(at) {
                Cell::Absent => writer.absent()?,
                cell => writer.many(cell.each())?,
            }
        }
        Ok(())
    }

    /// The members of a group by their names, whatever it lists them by; who has a uid that it lists is looked up.
    fn members(&self, entry: &Entry) -> Option<Vec<String>> {
        let kind = Kind::of(entry);
        let column = self.columns.get(MEMBERS)?;
        let primary = entry
            .text(primary::NUMBER)
            .and_then(|number| self.primary.get(number));
        if entry.get(kind.attribute()).is_none() && primary.is_none() {
            return None;
        }
        let values = entry.get(kind.attribute()).unwrap_or_default().iter();
        let texts = values.filter_map(|value| values::to_text(column, value));
        Some(if kind == Kind::Unix {
            // whoever is not there is left as it is listed
            texts
                .map(|uid| self.uids.get(&uid.to_lowercase()).cloned().unwrap_or(uid))
                .collect()
        } else {
            texts.chain(primary.into_iter().flatten().cloned()).collect()
        })
    }

    /// The classes of an entry with those they stand for: not every server lists these.
    fn classes(&self, values: &[Vec<u8>]) -> Vec<String> {
        let mut classes: Vec<String> = Vec::new();
        for class in values.iter().filter_map(|value| std::str::from_utf8(value).ok()) {
            let superior = self.superior.get(&class.to_ascii_lowercase());
            for class in std::iter::once(class).chain(superior.into_iter().flatten().map(String::as_str)) {
                if !classes.iter().any(|known| known.eq_ignore_ascii_case(class)) {
                    classes.push(class.to_owned());
                }
            }
        }
        classes
    }

    fn skip(&mut self, dn: &str, message: &str) {
        self.skipped += 1;
        self.problems.push(RecordProblem {
            location: dn.to_owned(),
            message: message.to_owned(),
        });
    }

    pub(in super::super) fn referrals(&mut self, urls: &[String]) {
        let urls = urls.iter().filter(|url| !leads_nowhere(url));
        self.problems.extend(urls.map(|url| RecordProblem {
            location: url.clone(),
            message: "is on another server and was not read: add that server as a system of its own, or narrow `base`".to_owned(),
        }));
    }

    pub(in super::super) fn completeness(&self) -> Completeness {
        match &self.ended {
            None => Completeness::Failed(
                "reading stopped: the server sent something that cannot be understood".to_owned(),
            ),
            Some(Completeness::Complete) if self.skipped > 0 => Completeness::Partial(format!(
                "{} entries could not be used: until they are corrected nobody is taken for gone",
                self.skipped
            )),
            Some(ended) => ended.clone(),
        }
    }
}
