//! Looks whether the log that a cut-off store left behind is whole.
//!
//! `SQLite` reads its log (<https://sqlite.org/fileformat2.html#walformat>) up to the first frame that does not fit and
//! takes the rest for a transaction that was cut off. That is right at the end, and wrong in the middle: each
//! transaction was on the disk before the next one began, so a sound one *after* a frame that does not fit shows that
//! the disk has lost something since. Going on would forget what was promised.

use std::{
    fmt,
    fs::File,
    io::{self, BufReader, Read},
    path::Path,
};

const HEADER: usize = 32;
const FRAME: usize = 24;
/// Where a database has the size of its pages; 1 stands for 65,536.
const PAGE_SIZE: std::ops::Range<usize> = 16..18;
/// The size of the pages of a store that is not there yet.
const OWN_PAGE_SIZE: usize = 8192;
const LARGEST_PAGE: usize = 1 << 16;

/// What is wrong with a log.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    /// Its beginning does not fit, and there are transactions after it.
    Header,
    /// This frame does not fit, from 1, and there are transactions after it.
    Frame(u64),
    /// It cannot be read.
    Unreadable(String),
}

impl fmt::Display for Flaw {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header => formatter.write_str("at its beginning"),
            Self::Frame(number) => write!(formatter, "in frame {number}"),
            Self::Unreadable(reason) => write!(formatter, "it cannot be read: {reason}"),
        }
    }
}

/// Examines the log of a store in this file.
pub(super) fn examine(store: &Path, log: &Path) -> Result<(), Flaw> {
    let unreadable = |error: io::Error| Flaw::Unreadable(error.to_string());
    let size = page_size(store).map_err(unreadable)?;
    let file = File::open(log).map_err(unreadable)?;
    check(&mut BufReader::with_capacity(1 << 18, file), size).map_err(unreadable)?
}

fn page_size(store: &Path) -> io::Result<usize> {
    let mut header = [0; 18];
    let file = match File::open(store) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(OWN_PAGE_SIZE),
        file => file?,
    };
    file.take(18)
        .read_exact(&mut header)
        .or_else(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => Ok(()),
            _ => Err(error),
        })?;
    let size = usize::from(u16::from_be_bytes([
        header[PAGE_SIZE.start],
        header[PAGE_SIZE.start + 1],
    ]));
    Ok(match size {
        1 => LARGEST_PAGE,
        size if size.is_power_of_two() && size >= 512 => size,
        _ => OWN_PAGE_SIZE,
    })
}

/// The checksum of the format, which goes on from frame to frame.
type Sum = [u32; 2];

#[derive(Clone, Copy)]
struct Order {
    is_big_endian: bool,
}

impl Order {
    fn add(self, mut sum: Sum, octets: &[u8]) -> Sum {
        let (pairs, _) = octets.as_chunks::<8>();
        for pair in pairs {
            let (first, second) = (number(pair, 0), number(pair, 4));
            let (first, second) = if self.is_big_endian {
                (first, second)
            } else {
                (first.swap_bytes(), second.swap_bytes())
            };
            sum[0] = sum[0].wrapping_add(first).wrapping_add(sum[1]);
            sum[1] = sum[1].wrapping_add(second).wrapping_add(sum[0]);
        }
        sum
    }
}

/// The number at a place, big-endian as the format has all but what is summed up.
fn number(octets: &[u8], at: usize) -> u32 {
    let mut number = [0; 4];
    number.copy_from_slice(&octets[at..at + 4]);
    u32::from_be_bytes(number)
}

fn check(log: &mut impl Read, page: usize) -> io::Result<Result<(), Flaw>> {
    let mut header = [0; HEADER];
    if !fill(log, &mut header)? {
        return Ok(Ok(()));
    }
    let order = Order {
        is_big_endian: number(&header, 0) & 1 == 1,
    };
    let mut sum = [number(&header, 24), number(&header, 28)];
    let is_sound = number(&header, 0) & !1 == 0x377f_0682
        && number(&header, 8) as usize % LARGEST_PAGE == page % LARGEST_PAGE
        && order.add([0, 0], &header[..24]) == sum;
    // what begins a log that does not fit may be anything: frames are told by those beside them
    let mut salt = is_sound.then(|| number_pair(&header, 16));
    let mut flaw = (!is_sound).then_some(Flaw::Header);
    let mut is_over = !is_sound;
    let mut did_fit = false;
    let mut frame = vec![0; FRAME + page];
    for count in 1.. {
        if !fill(log, &mut frame)? {
            break;
        }
        let is_commit = number(&frame, 4) != 0;
        let own = number_pair(&frame, 8);
        let stored = [number(&frame, 16), number(&frame, 20)];
        let computed = order.add(order.add(sum, &frame[..8]), &frame[FRAME..]);
        let fits = stored == computed && salt.is_none_or(|salt| salt == own);
        sum = stored;
        if !fits {
            // frames of transactions that were taken back may lie behind the last one, each with an end of its own:
            // only what follows the same gap counts
            is_over &= !did_fit;
            did_fit = false;
            // the end of its transaction, if that is told
            is_over |= is_commit && salt.is_none_or(|salt| salt == own);
            flaw.get_or_insert(Flaw::Frame(count));
            continue;
        }
        did_fit = true;
        salt.get_or_insert(own);
        if is_commit {
            match flaw {
                // its transaction is over: this is another one, which began when that was on the disk
                Some(flaw) if is_over => return Ok(Err(flaw)),
                Some(_) => is_over = true,
                None => {}
            }
        }
    }
    Ok(Ok(()))
}

fn number_pair(octets: &[u8], at: usize) -> [u32; 2] {
    [number(octets, at), number(octets, at + 4)]
}

/// Fills a buffer; says no if there is not enough.
fn fill(log: &mut impl Read, buffer: &mut [u8]) -> io::Result<bool> {
    match log.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}
