//! The floor: what any plan must at least do. Two files into byte arenas, a join on the id, eight comparisons.

use std::{path::Path, time::Instant};

use hashbrown::HashTable;

const WIDTH: usize = 8;

struct Table {
    text: Vec<u8>,
    ends: Vec<u32>,
}

impl Table {
    fn load(path: &Path) -> Self {
        let mut reader = csv::ReaderBuilder::new()
            .buffer_capacity(1 << 18)
            .from_path(path)
            .expect("a file");
        let mut record = csv::ByteRecord::new();
        let length = std::fs::metadata(path).expect("a file").len() as usize;
        // room for all there can be, so that nothing is copied: what is not written to is not taken
        let mut table = Self {
            text: Vec::with_capacity(length),
            ends: Vec::with_capacity(length / 2),
        };
        while reader.read_byte_record(&mut record).expect("a row") {
            for field in &record {
                table.text.extend_from_slice(field);
                table.ends.push(table.text.len() as u32);
            }
        }
        table
    }

    fn len(&self) -> usize {
        self.ends.len() / WIDTH
    }

    fn field(&self, row: usize, column: usize) -> &[u8] {
        let at = row * WIDTH + column;
        let start = if at == 0 { 0 } else { self.ends[at - 1] as usize };
        &self.text[start..self.ends[at] as usize]
    }
}

/// Runs once and reports.
pub fn run(folder: &Path) {
    let since = Instant::now();
    let people = Table::load(&folder.join("people.csv"));
    let accounts = Table::load(&folder.join("accounts.csv"));
    let hasher = ahash::RandomState::with_seeds(1, 2, 3, 4);
    let mut by_id: HashTable<u32> = HashTable::with_capacity(accounts.len());
    for row in 0..accounts.len() {
        let hash = hasher.hash_one(accounts.field(row, 0));
        by_id.insert_unique(hash, row as u32, |row| {
            hasher.hash_one(accounts.field(*row as usize, 0))
        });
    }
    let (mut new, mut changed, mut matched) = (0, 0, 0);
    for row in 0..people.len() {
        let id = people.field(row, 0);
        match by_id.find(hasher.hash_one(id), |other| {
            accounts.field(*other as usize, 0) == id
        }) {
            None => new += 1,
            Some(other) => {
                matched += 1;
                let differs = (0..WIDTH).any(|c| people.field(row, c) != accounts.field(*other as usize, c));
                changed += usize::from(differs);
            }
        }
    }
    let gone = accounts.len() - matched;
    super::report(since, &format!("{new} new, {changed} changed, {gone} gone"));
}
