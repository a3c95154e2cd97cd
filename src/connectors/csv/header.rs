//! The header: which cell of a row is which attribute.

use std::sync::Arc;

use crate::model::{Column, Schema};

/// Where the cells of a row go.
#[derive(Debug, Clone)]
pub(super) struct Header {
    /// The attributes that are read.
    pub(super) schema: Arc<Schema>,
    /// For each of them the index of its cell in a row.
    pub(super) cells: Vec<usize>,
    /// The index of the cell with the immutable id.
    pub(super) anchor: usize,
    /// How many cells a row has.
    pub(super) width: usize,
    /// How many columns have no name and are not read.
    pub(super) unnamed: usize,
}

impl Header {
    /// Reads a header. `wanted` are the attributes asked for, in their order; none means all.
    ///
    /// # Errors
    /// Fails, with what to do, on a duplicate name and when the anchor or an attribute asked for is not there:
    /// after a column was renamed nobody may take its attribute for cleared.
    pub(super) fn new(names: &[String], anchor: &str, wanted: &[String], file: &str) -> Result<Self, String> {
        let names: Vec<&str> = names.iter().map(|name| name.trim()).collect();
        let position = |wanted: &str| names.iter().position(|name| same(name, wanted));
        for (index, name) in names.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
            if let Some(first) = position(name).filter(|first| *first < index) {
                return Err(format!(
                    "{file} has two columns named {name} (columns {} and {}): rename one of them",
                    first + 1,
                    index + 1
                ));
            }
        }
        let missing = |what: &str, key: &str| {
            let hint = nearest(&names, what).map_or_else(
                || format!("it has {}", names.join(", ")),
                |name| format!("did you mean {name}?"),
            );
            format!("{file} has no column {what}, which {key}: {hint}")
        };
        let anchor_at = position(anchor.trim()).ok_or_else(|| missing(anchor, "the key `anchor` names"))?;
        let cells = if wanted.is_empty() {
            (0..names.len())
                .filter(|index| !names[*index].is_empty())
                .collect()
        } else {
            wanted
                .iter()
                .map(|name| position(name.trim()).ok_or_else(|| missing(name, "a rule uses")))
                .collect::<Result<Vec<_>, _>>()?
        };
        let columns = cells
            .iter()
            .map(|index| Column {
                required: *index == anchor_at,
                writable: false,
                ..Column::text(names[*index])
            })
            .collect();
        Ok(Self {
            schema: Arc::new(Schema { columns }),
            cells,
            anchor: anchor_at,
            width: names.len(),
            unnamed: names.iter().filter(|name| name.is_empty()).count(),
        })
    }
}

fn same(one: &str, other: &str) -> bool {
    one == other || one.to_lowercase() == other.to_lowercase()
}

/// Returns the name that is most like `wanted`, if one is like it.
fn nearest<'a>(names: &[&'a str], wanted: &str) -> Option<&'a str> {
    let plain = |name: &str| -> Vec<char> {
        name.chars()
            .filter(|sign| sign.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect()
    };
    let wanted = plain(wanted);
    names
        .iter()
        .map(|name| (distance(&plain(name), &wanted), *name))
        .filter(|(distance, name)| !name.is_empty() && *distance <= wanted.len().div_ceil(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// The Levenshtein distance.
fn distance(one: &[char], other: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, sign) in one.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for (column, candidate) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(sign != candidate);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(names: &[&str], anchor: &str, wanted: &[&str]) -> Result<Header, String> {
        let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        Header::new(&own(names), anchor, &own(wanted), "people.csv")
    }

    #[test]
    fn names_are_found_in_any_case_and_order() {
        let header = header(&[" Worker_ID ", "name", ""], "worker_id", &["NAME", "worker_id"]).unwrap();
        assert_eq!((header.anchor, header.width, header.unnamed), (0, 3, 1));
        assert_eq!(header.cells, [1, 0]);
        let names: Vec<_> = header
            .schema
            .columns
            .iter()
            .map(|column| column.name.as_str())
            .collect();
        assert_eq!(names, ["name", "Worker_ID"]);
    }

    #[test]
    fn what_is_wrong_is_said_with_what_to_do() {
        let error = header(&["id", "Mail", "mail "], "id", &[]).unwrap_err();
        assert_eq!(
            error,
            "people.csv has two columns named mail (columns 2 and 3): rename one of them"
        );
        let error = header(&["WorkerID", "name"], "worker_id", &[]).unwrap_err();
        assert_eq!(
            error,
            "people.csv has no column worker_id, which the key `anchor` names: did you mean WorkerID?"
        );
        let error = header(&["id", "name"], "id", &["department"]).unwrap_err();
        assert_eq!(
            error,
            "people.csv has no column department, which a rule uses: it has id, name"
        );
    }
}
