//! The compact form of what policy demands for a plan: mostly fingerprints, up to a hundred thousand.

use super::{operation::Names, reader::Reader, writer::Writer};
use crate::model::{Demand, Demands, Fingerprint, Needs};

/// The first byte of the form below.
const FORM: u8 = 1;

/// All that can be demanded, to find one by its word.
const NEEDS: [Needs; 4] = [Needs::Rule, Needs::One, Needs::Two, Needs::Never];

/// Encodes demands.
pub(crate) fn encode(demands: &Demands) -> Vec<u8> {
    let mut out = Writer::default();
    out.byte(FORM);
    out.optional(demands.policy, |out, digest| {
        out.octets.extend_from_slice(&digest.0);
    });
    demand(&mut out, &demands.otherwise);
    out.list(&demands.by_rule, |out, (wanted, operations)| {
        demand(out, wanted);
        out.list(operations, |out, id| out.octets.extend_from_slice(&id.0));
    });
    out.octets
}

fn demand(out: &mut Writer, demand: &Demand) {
    out.text(demand.needs.word());
    out.optional(demand.rule.as_ref(), |out, rule| out.text(rule.as_str()));
}

/// Decodes demands; `None` if the blob is damaged.
pub(crate) fn decode(blob: &[u8]) -> Option<Demands> {
    let names = &mut Names::default();
    let from = &mut Reader::new(blob, names);
    if from.byte()? != FORM {
        return None;
    }
    let demands = Demands {
        policy: from.optional(|from| from.array().map(Fingerprint))?,
        otherwise: read(from)?,
        by_rule: from.list(|from| Some((read(from)?, from.list(|from| from.array().map(Fingerprint))?)))?,
    };
    from.is_empty().then_some(demands)
}

fn read(from: &mut Reader<'_>) -> Option<Demand> {
    let word = from.text()?;
    Some(Demand {
        needs: NEEDS.into_iter().find(|needs| needs.word() == word)?,
        rule: from.optional(|from| {
            let name = from.text()?;
            Some(from.names.rule(name))
        })?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_decoded_and_damage_is_found() {
        let demands = Demands {
            policy: Some(Fingerprint([7; 32])),
            otherwise: Demand::default(),
            by_rule: vec![(
                Demand {
                    needs: Needs::Two,
                    rule: Some("deletes".into()),
                },
                vec![Fingerprint([1; 32]), Fingerprint([2; 32])],
            )],
        };
        let blob = encode(&demands);
        assert_eq!(decode(&blob), Some(demands));
        for end in 0..blob.len() {
            assert_eq!(decode(&blob[..end]), None, "{end}");
        }
    }
}
