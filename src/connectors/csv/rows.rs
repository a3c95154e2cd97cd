//! The rows: a stream of text becomes a set of records.

use std::{fs::File, io::Read as _, path::Path, sync::atomic::AtomicUsize, sync::atomic::Ordering};

use csv::{ByteRecord, ReaderBuilder};
use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};
use rayon::prelude::*;

use super::{
    Section,
    header::Header,
    joining::Joining,
    layout,
    pieces::Pieces,
    taking::{Stop, Taken, Taking},
    text::Text,
};
use crate::model::{Completeness, RecordProblem, RecordSet, Schema};

/// How much of the file is a piece. What is read must not depend on the machine, so neither does this.
const PIECE: usize = 1 << 20;
/// How many pieces are taken apart side by side.
const AT_ONCE: usize = 4;

/// What came of reading a file.
pub(super) struct Rows {
    pub(super) records: RecordSet,
    pub(super) completeness: Completeness,
    pub(super) problems: Vec<RecordProblem>,
}

/// How the file is written, and its header.
pub(super) struct Opened {
    pub(super) header: Header,
    pub(super) encoding: &'static Encoding,
    pub(super) separator: u8,
    /// The line the header begins on.
    header_line: u64,
    file: File,
    before: (u64, Option<std::time::SystemTime>),
    mark: u64,
    /// Whether what is not UTF-8 may be taken for Windows-1252.
    guessed: bool,
}

/// Returns the file's name for people.
pub(super) fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}

/// Opens the file and reads its header; an error says what to do.
pub(super) fn open(
    section: &Section,
    path: &Path,
    wanted: &[String],
    assumed: Option<&'static Encoding>,
) -> Result<Opened, String> {
    let name = file_name(path);
    let fail = |error: std::io::Error| format!("{} cannot be read: {error}", path.display());
    let file = File::open(path).map_err(fail)?;
    let before = stamp(&file).map_err(fail)?;
    let mut head = vec![0; 1 << 16];
    let mut length = 0;
    while length < head.len() {
        match (&file).read(&mut head[length..]).map_err(fail)? {
            0 => break,
            more => length += more,
        }
    }
    let head = &head[..length];
    if head.is_empty() {
        return Err(format!("{} is empty: not even a header is there", path.display()));
    }
    let (found, mark) = layout::encoding_of(head);
    let encoding = match (assumed, &section.encoding) {
        (Some(encoding), _) => encoding,
        (None, Some(label)) => Encoding::for_label(label.as_bytes()).ok_or_else(|| {
            format!("the encoding {label} is not known: use utf-8, utf-16le, utf-16be or windows-1252")
        })?,
        (None, None) => found,
    };
    let text = encoding.decode_without_bom_handling(&head[mark..]).0;
    let separator = match section.separator {
        Some(separator) => u8::try_from(separator)
            .ok()
            .filter(u8::is_ascii)
            .ok_or_else(|| format!("the separator {separator:?} is not one ASCII character"))?,
        None => layout::separator_of(&text, &section.anchor),
    };
    let mut source = file.try_clone().map_err(fail)?;
    std::io::Seek::seek(&mut source, std::io::SeekFrom::Start(mark as u64)).map_err(fail)?;
    let mut reader = ReaderBuilder::new()
        .delimiter(separator)
        .has_headers(false)
        .flexible(true)
        .buffer_capacity(1 << 17)
        .from_reader(Text::new(source, encoding));
    let mut first = ByteRecord::new();
    reader
        .read_byte_record(&mut first)
        .map_err(|error| format!("{name} cannot be read: {error}"))?;
    let names: Vec<String> = first
        .iter()
        .map(|cell| String::from_utf8_lossy(cell).into_owned())
        .collect();
    let header = Header::new(&names, &section.anchor, wanted, &name)?;
    Ok(Opened {
        header,
        encoding,
        separator,
        header_line: layout::header_number(&text),
        file,
        before,
        mark: mark as u64,
        guessed: assumed.is_none() && section.encoding.is_none() && encoding == UTF_8,
    })
}

fn stamp(file: &File) -> std::io::Result<(u64, Option<std::time::SystemTime>)> {
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Err(std::io::Error::other("it is a folder"));
    }
    Ok((metadata.len(), metadata.modified().ok()))
}

/// Reads the whole file. `count` is kept at the number of records taken so far.
pub(super) fn read(section: &Section, path: &Path, wanted: &[String], count: &AtomicUsize) -> Rows {
    read_in_pieces(section, path, wanted, count, PIECE)
}

/// Reads the whole file in pieces of about `size` bytes.
pub(super) fn read_in_pieces(
    section: &Section,
    path: &Path,
    wanted: &[String],
    count: &AtomicUsize,
    size: usize,
) -> Rows {
    let failed = |reason| Rows {
        records: RecordSet::new(Schema::default().into()),
        completeness: Completeness::Failed(reason),
        problems: Vec::new(),
    };
    let opened = match open(section, path, wanted, None) {
        Ok(opened) => opened,
        Err(reason) => return failed(reason),
    };
    let name = file_name(path);
    match take(&opened, &name, count, size) {
        Ok(rows) => rows,
        Err(Stop::Failed(reason)) => failed(reason),
        Err(Stop::NotUtf8(line)) => match open(section, path, wanted, Some(WINDOWS_1252)) {
            Ok(opened) => {
                let mut rows = match take(&opened, &name, count, size) {
                    Ok(rows) => rows,
                    Err(Stop::Failed(reason)) => return failed(reason),
                    Err(Stop::NotUtf8(_)) => return failed(format!("{name} cannot be decoded")),
                };
                let message = "is not UTF-8: the file was read as Windows-1252; export it as UTF-8, or set \
                               `encoding` if it is something else"
                    .to_owned();
                rows.problems.insert(
                    0,
                    RecordProblem {
                        location: format!("{name} line {line}"),
                        message,
                    },
                );
                rows
            }
            Err(reason) => failed(reason),
        },
    }
}

/// Reads the rows in pieces of about `size` bytes: while some are taken apart side by side, those before are put
/// together and those after are read.
fn take(opened: &Opened, name: &str, count: &AtomicUsize, size: usize) -> Result<Rows, Stop> {
    let fail = |error: std::io::Error| Stop::Failed(format!("{name} cannot be read: {error}"));
    let mut source = opened.file.try_clone().map_err(fail)?;
    std::io::Seek::seek(&mut source, std::io::SeekFrom::Start(opened.mark)).map_err(fail)?;
    let text = Text::new(source, opened.encoding);
    let mut pieces = Pieces::new(text, opened.separator, size);
    let taking = Taking {
        header: &opened.header,
        name,
        separator: opened.separator,
        header_line: opened.header_line,
        guessed: opened.guessed,
    };
    let mut joining = Joining::new(&opened.header, name, opened.before.0);
    let mut broken = None;
    let mut cut = |broken: &mut Option<String>| {
        let mut some = Vec::new();
        while broken.is_none() && some.len() < AT_ONCE {
            match pieces.next() {
                Ok(Some(piece)) => some.push(piece),
                Ok(None) => break,
                Err(error) => *broken = Some(format!("{name} could be read only in part: {error}")),
            }
        }
        some
    };
    let mut taken: Vec<Taken> = Vec::new();
    let mut next = cut(&mut broken);
    while !next.is_empty() || !taken.is_empty() {
        let (joined, now) = rayon::join(
            || {
                for piece in taken.drain(..) {
                    joining.join(piece?)?;
                    count.store(joining.records.len(), Ordering::Relaxed);
                }
                Ok::<_, Stop>(cut(&mut broken))
            },
            || next.par_iter().map(|piece| taking.piece(piece)).collect(),
        );
        next = joined?;
        taken = now;
    }
    let after = stamp(&opened.file).ok();
    let text = pieces.text();
    let partial = if broken.is_some() {
        broken
    } else if after != Some(opened.before) || text.bytes() + opened.mark != opened.before.0 {
        Some(format!(
            "{name} was changed while it was read: read it again when it is written completely"
        ))
    } else if pieces.quotes.ends_inside() {
        Some(format!(
            "{name} ends inside a quoted field: it was not written completely"
        ))
    } else if joining.short && !pieces.quotes.ends_with_newline() {
        Some(format!(
            "{name} ends in the middle of a row: it was not written completely"
        ))
    } else if text.malformed() {
        Some(format!(
            "{name} holds text that is not {}: set `encoding`",
            layout::encoding_name(opened.encoding)
        ))
    } else {
        None
    };
    Ok(joining.finish(partial))
}
