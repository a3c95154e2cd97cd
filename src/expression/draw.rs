//! Where random values come from: a draw that the caller keeps, so that a plan stays the same.

use std::fmt;

use aws_lc_rs::digest;

use super::{Row, Slot};
use crate::model::Value;

/// What the random values of one attribute of one person are made from.
///
/// The same draw gives the same values for the same expression; draws of different people, rules or attributes have
/// nothing in common. It is no source of secrets: who knows the seed knows every value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Draw([u8; 32]);

impl Draw {
    /// Makes a draw from a seed and from what the values are for: person, rule, attribute.
    pub fn new(seed: &[u8], parts: &[&str]) -> Self {
        let mut context = digest::Context::new(&digest::SHA256);
        for part in std::iter::once(seed).chain(parts.iter().map(|part| part.as_bytes())) {
            context.update(&(part.len() as u64).to_le_bytes());
            context.update(part);
        }
        Self(octets(&context.finish()))
    }

    /// Starts the values of one call; `place` and `attempt` keep calls and tries apart.
    pub(super) fn stream(self, place: usize, attempt: u32) -> Stream {
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(&self.0);
        context.update(&(place as u64).to_le_bytes());
        context.update(&attempt.to_le_bytes());
        Stream {
            key: octets(&context.finish()),
            block: [0; 32],
            number: 0,
            used: 32,
        }
    }
}

impl fmt::Debug for Draw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Draw(…)")
    }
}

fn octets(digest: &digest::Digest) -> [u8; 32] {
    let mut octets = [0; 32];
    for (to, from) in octets.iter_mut().zip(digest.as_ref()) {
        *to = *from;
    }
    octets
}

/// An endless row of octets.
pub(super) struct Stream {
    key: [u8; 32],
    block: [u8; 32],
    number: u64,
    used: usize,
}

impl Stream {
    /// Returns the next octet.
    pub(super) fn octet(&mut self) -> u8 {
        if self.used == self.block.len() {
            let mut context = digest::Context::new(&digest::SHA256);
            context.update(&self.key);
            context.update(&self.number.to_le_bytes());
            self.block = octets(&context.finish());
            self.number += 1;
            self.used = 0;
        }
        let octet = self.block.get(self.used).copied().unwrap_or_default();
        self.used += 1;
        octet
    }

    /// Returns a number below `bound`, each as likely as the others.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        let bound = bound.clamp(1, 1 << 16);
        // numbers past the last whole multiple would make the first ones likelier
        let limit = (1 << 16) - (1 << 16) % bound;
        loop {
            let number = usize::from(u16::from_le_bytes([self.octet(), self.octet()]));
            if number < limit {
                return number % bound;
            }
        }
    }
}

/// A row with a draw, for expressions that give random values.
#[derive(Debug, Clone, Copy)]
pub struct Drawn<R> {
    row: R,
    draw: Draw,
}

impl<R> Drawn<R> {
    /// Gives a row a draw.
    pub fn new(row: R, draw: Draw) -> Self {
        Self { row, draw }
    }
}

impl<'a, R: Row<'a>> Row<'a> for Drawn<R> {
    fn get(&self, slot: Slot) -> Value<'a> {
        self.row.get(slot)
    }

    fn draw(&self) -> Option<Draw> {
        Some(self.draw)
    }
}
