//! LDIF (RFC 2849): entries as text, read at the start and written to keep them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::directory::Directory;
use super::entry::Id;

/// One entry as it stands in a file: its name and its values, in order.
pub type Record = (String, Vec<(String, Vec<Vec<u8>>)>);

/// Reads the entries of a file. An error names the line and what is wrong with it.
pub fn read(text: &str) -> Result<Vec<Record>, String> {
    let mut records: Vec<Record> = Vec::new();
    let mut open = false;
    for (number, line) in unfold(text) {
        if line.is_empty() {
            open = false;
            continue;
        }
        if line.starts_with('#') || (!open && line.starts_with("version:")) {
            continue;
        }
        let (name, rest) = line
            .split_once(':')
            .ok_or_else(|| format!("line {number}: there is no colon"))?;
        let value = match rest.strip_prefix(':') {
            Some(encoded) => STANDARD
                .decode(encoded.trim())
                .map_err(|_| format!("line {number}: this is not base64"))?,
            None => rest.trim_start_matches(' ').as_bytes().to_vec(),
        };
        if !open {
            if !name.eq_ignore_ascii_case("dn") {
                return Err(format!("line {number}: an entry starts with \"dn:\""));
            }
            let dn = String::from_utf8(value).map_err(|_| format!("line {number}: the name is not UTF-8"))?;
            records.push((dn, Vec::new()));
            open = true;
        } else if let Some((_, attributes)) = records.last_mut() {
            match attributes.iter_mut().find(|(known, _)| known == name) {
                Some((_, values)) => values.push(value),
                None => attributes.push((name.to_owned(), vec![value])),
            }
        }
    }
    Ok(records)
}

/// Joins continued lines, with the number of the first of each.
fn unfold(text: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        match (line.strip_prefix(' '), lines.last_mut()) {
            (Some(more), Some((_, last))) => last.push_str(more),
            _ => lines.push((index + 1, line.to_owned())),
        }
    }
    lines
}

/// Writes one entry, parsed or not, with an empty line after it.
pub fn write(dn: &str, attributes: &[(&str, Vec<&[u8]>)]) -> String {
    let mut out = String::new();
    push(&mut out, "dn", dn.as_bytes());
    for (name, values) in attributes {
        for value in values {
            push(&mut out, name, value);
        }
    }
    out.push('\n');
    out
}

fn push(out: &mut String, name: &str, value: &[u8]) {
    let safe = value.iter().all(|byte| (0x20..0x7f).contains(byte))
        && !value.first().is_some_and(|byte| b" :<".contains(byte))
        && value.last() != Some(&b' ');
    out.push_str(name);
    match std::str::from_utf8(value) {
        Ok(text) if safe => {
            out.push_str(": ");
            out.push_str(text);
        }
        _ => {
            out.push_str(":: ");
            out.push_str(&STANDARD.encode(value));
        }
    }
    out.push('\n');
}

impl Directory {
    /// A directory with the entries of a file; parents come before children.
    pub fn from_ldif(text: &str) -> Result<Self, String> {
        let mut directory = Self::default();
        for (dn, attributes) in read(text)? {
            directory
                .load(&dn, attributes)
                .map_err(|fault| format!("{dn}: {}", fault.message))?;
        }
        Ok(directory)
    }

    /// Everything as LDIF, operational attributes and passwords included.
    pub fn to_ldif(&self) -> String {
        let mut out = String::new();
        let mut stack: Vec<Id> = self.children_of(0).collect();
        // parents first: an entry that was moved may be older than the one it is under
        while let Some(id) = stack.pop() {
            if let Some(entry) = self.entry(id) {
                let attributes: Vec<(&str, Vec<&[u8]>)> = entry
                    .attributes
                    .iter()
                    .map(|(name, values)| {
                        (
                            name.as_str(),
                            values.iter().map(|value| value.raw.as_slice()).collect(),
                        )
                    })
                    .collect();
                out.push_str(&write(&self.dn(id).to_string(), &attributes));
            }
            let mut below: Vec<Id> = self.children_of(id).collect();
            below.sort_unstable_by(|left, right| right.cmp(left));
            stack.extend(below);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_survives_being_written_and_read() {
        let text = "version: 1\n# the root\ndn: dc=x\nobjectClass: domain\ndc: x\ndescription:: xYF1a2Fzeg==\n\n\
                    dn: ou=a long \n name,dc=x\nobjectClass: organizationalUnit\nou: a long name\n";
        let directory = Directory::from_ldif(text).unwrap();
        let written = directory.to_ldif();
        assert!(written.contains("dn: ou=a long name,dc=x"), "{written}");
        assert!(written.contains("description:: xYF1a2Fzeg=="), "{written}");
        assert_eq!(Directory::from_ldif(&written).unwrap().to_ldif(), written);
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        assert_eq!(
            read("dn: dc=x\nnonsense").unwrap_err(),
            "line 2: there is no colon"
        );
        assert_eq!(
            read("\ncn: x").unwrap_err(),
            "line 2: an entry starts with \"dn:\""
        );
        assert!(
            Directory::from_ldif("dn: dc=x\nobjectClass: domain\nshoe: 9\ndc: x")
                .unwrap_err()
                .contains("shoe")
        );
    }
}
