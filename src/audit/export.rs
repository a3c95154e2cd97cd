//! The trail as files: JSON Lines, which verify offline, CSV for spreadsheets, and the forms other programs read.

mod cef;
mod entra;

use std::io::{self, BufRead, Read as _, Write};

use super::{Broken, Flaw, Record, canonical};

/// The longest line of an export, in bytes: a longer one is not a record.
const LONGEST_LINE: u64 = 64 << 20;

/// The form of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One canonical JSON object a line, exactly as stored; verifies offline.
    JsonLines,
    /// For spreadsheets, with a line of titles; formulas are made harmless, so it does not verify.
    Csv,
    /// Common Event Format, one record a line, for log collectors.
    Cef,
    /// One JSON object as Microsoft Entra's provisioning log has it; only what was written.
    Entra,
}

/// Writes a trail to a file, record by record.
pub struct Exporter<W: Write> {
    form: Form<W>,
}

enum Form<W: Write> {
    JsonLines(W),
    Csv(Box<csv::Writer<W>>),
    Cef(W),
    Entra { writer: W, is_empty: bool },
}

impl<W: Write> Exporter<W> {
    /// Starts an export: CSV with its titles, the Entra log with the list it is.
    pub fn new(writer: W, format: Format) -> io::Result<Self> {
        let form = match format {
            Format::JsonLines => Form::JsonLines(writer),
            Format::Cef => Form::Cef(writer),
            Format::Entra => {
                let mut writer = writer;
                writer.write_all(b"{\"value\":[")?;
                Form::Entra {
                    writer,
                    is_empty: true,
                }
            }
            Format::Csv => {
                let mut csv = csv::Writer::from_writer(writer);
                csv.write_record([
                    "sequence",
                    "at",
                    "user",
                    "ssh_client",
                    "action",
                    "subject",
                    "summary",
                    "details",
                    "hash",
                ])?;
                Form::Csv(Box::new(csv))
            }
        };
        Ok(Self { form })
    }

    /// Writes one record.
    pub fn write(&mut self, record: &Record) -> io::Result<()> {
        match &mut self.form {
            Form::JsonLines(writer) => writeln!(writer, "{}", json_line(record)),
            Form::Cef(writer) => writeln!(writer, "{}", cef::line(record)),
            Form::Entra { writer, is_empty } => {
                let Some(summary) = entra::summary(record) else {
                    return Ok(());
                };
                let comma = if *is_empty { "\n" } else { ",\n" };
                *is_empty = false;
                write!(writer, "{comma}{summary}")
            }
            Form::Csv(csv) => {
                let entry = &record.entry;
                let cells = [
                    record.sequence.to_string(),
                    entry.at.to_string(),
                    harmless(&entry.actor.user),
                    harmless(entry.actor.ssh_client.as_deref().unwrap_or_default()),
                    harmless(&entry.action),
                    harmless(&entry.subject),
                    harmless(&entry.summary),
                    harmless(&canonical::canonical(&entry.details)),
                    record.hash.clone(),
                ];
                Ok(csv.write_record(cells)?)
            }
        }
    }

    /// Ends the export.
    pub fn finish(self) -> io::Result<()> {
        match self.form {
            Form::JsonLines(mut writer) | Form::Cef(mut writer) => writer.flush(),
            Form::Entra { mut writer, .. } => {
                writer.write_all(b"\n]}\n")?;
                writer.flush()
            }
            Form::Csv(mut csv) => csv.flush(),
        }
    }
}

/// Renders a record as the line of JSON that is stored and exported, without line end.
pub fn json_line(record: &Record) -> String {
    canonical::line(record)
}

/// Keeps a spreadsheet from taking text for a formula.
fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

/// Why an exported trail could not be verified.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The file cannot be read.
    #[error("the exported audit cannot be read: {0}")]
    Read(#[from] io::Error),
    /// A record is broken.
    #[error(transparent)]
    Broken(#[from] Broken),
}

/// Hands out the records of a trail exported as JSON Lines, to be checked. Every line must be exactly as usher writes
/// it, so that a change of any byte of the file is found.
pub fn each_json_line(
    mut reader: impl BufRead,
    mut check: impl FnMut(&Record) -> Result<(), Broken>,
) -> Result<(), CheckError> {
    let mut line = Vec::new();
    let mut expected = 1;
    loop {
        line.clear();
        if reader.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        let record = parse(&line).map_err(|reason| Broken {
            sequence: expected,
            flaw: Flaw::Form(reason),
        })?;
        check(&record)?;
        if json_line(&record).as_bytes() != &line[..line.len() - 1] {
            return Err(Broken {
                sequence: record.sequence,
                flaw: Flaw::Form("other blanks, escapes or order of members".to_owned()),
            }
            .into());
        }
        expected = record.sequence.saturating_add(1);
    }
}

fn parse(line: &[u8]) -> Result<Record, String> {
    let Some((b'\n', line)) = line.split_last() else {
        return Err("it does not end; the file was cut off".to_owned());
    };
    serde_json::from_slice(line).map_err(|error| error.to_string())
}
