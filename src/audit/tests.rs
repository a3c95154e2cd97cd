mod access;
mod formats;
mod signing;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{
    erasure::{Left, Told},
    *,
};

fn entries() -> impl Strategy<Value = Vec<Entry>> {
    let words = "\\PC{0,12}";
    let details = prop_oneof![
        Just(Value::Null),
        words.prop_map(|text| json!({"reason": text, "before": ["a", null], "n": 7})),
        any::<i64>().prop_map(|number| json!({"z": number, "a": {"y": true, "x": 0.1}})),
    ];
    let entry = (
        words,
        words,
        words,
        proptest::option::of(words),
        details,
        0..2_000_000_000_i64,
    )
        .prop_map(|(user, subject, summary, ssh_client, details, second)| Entry {
            at: Timestamp::new(second, 123_000_000).unwrap(),
            actor: Actor { user, ssh_client },
            action: "write".to_owned(),
            subject,
            summary,
            details,
        });
    proptest::collection::vec(entry, 3..8)
}

fn chain(head: &Head, entries: &[Entry], salts: &[Salt]) -> Vec<Record> {
    let drafts: Vec<_> = entries.iter().map(Draft::from).collect();
    for (draft, entry) in drafts.iter().zip(entries) {
        assert_eq!(draft.words(), searchable(entry));
    }
    let sealed = seal(head, &drafts, salts);
    let record = |sealed: &Sealed| {
        let record: Record = serde_json::from_str(&sealed.line).unwrap();
        assert_eq!(json_line(&record), sealed.line);
        assert_eq!((record.sequence, &record.hash), (sealed.sequence, &sealed.hash));
        record
    };
    sealed.iter().map(record).collect()
}

fn sealed(entries: &[Entry]) -> Vec<Record> {
    chain(&Head::default(), entries, &salts(entries.len()).unwrap())
}

fn exported(records: &[Record], format: Format) -> Vec<u8> {
    let mut file = Vec::new();
    let mut exporter = Exporter::new(&mut file, format).unwrap();
    for record in records {
        exporter.write(record).unwrap();
    }
    exporter.finish().unwrap();
    file
}

fn check_json_lines(file: &[u8]) -> Result<Head, CheckError> {
    let mut verifier = Verifier::default();
    each_json_line(file, |record| verifier.check(record))?;
    Ok(verifier.head().clone())
}

fn broken(records: Vec<Record>) -> u64 {
    verify(records).expect_err("a change was not found").sequence
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_sound_trail_verifies_in_memory_and_exported(entries in entries()) {
        let records = sealed(&entries);
        let head = verify(records.clone()).unwrap();
        prop_assert_eq!(head.sequence, entries.len() as u64);
        prop_assert_eq!(&head.hash, &records.last().unwrap().hash);
        let file = exported(&records, Format::JsonLines);
        prop_assert_eq!(check_json_lines(&file).unwrap(), head);
    }

    #[test]
    fn any_changed_byte_of_an_export_is_found_at_its_record(
        entries in entries(), place in any::<prop::sample::Index>(), flip in 1..=255_u8,
    ) {
        let mut file = exported(&sealed(&entries), Format::JsonLines);
        let place = place.index(file.len());
        let line = file[..place].split(|byte| *byte == b'\n').count() as u64;
        file[place] ^= flip;
        match check_json_lines(&file) {
            Err(CheckError::Broken(broken)) => prop_assert_eq!(broken.sequence, line),
            other => prop_assert!(false, "byte {} of line {}: {:?}", place, line, other),
        }
    }

    #[test]
    fn any_changed_field_is_found_at_its_record(
        entries in entries(), which in any::<prop::sample::Index>(), field in 0..11,
    ) {
        let mut records = sealed(&entries);
        let which = which.index(records.len());
        let record = &mut records[which];
        match field {
            0 => record.sequence += 1,
            1 => record.entry.at += jiff::SignedDuration::from_nanos(1),
            2 => record.entry.actor.user.push('x'),
            3 => record.entry.actor.ssh_client = match record.entry.actor.ssh_client.take() {
                Some(_) => None,
                None => Some(String::new()),
            },
            4 => record.entry.action.push(' '),
            5 => record.entry.subject.push('\u{200b}'),
            6 => record.entry.summary.insert(0, '-'),
            7 => record.entry.details = json!({"reason": "another"}),
            8 => record.salt = hex::encode([7; 16]),
            9 => record.details_digest.make_ascii_uppercase(),
            _ => record.previous = "1".repeat(64),
        }
        prop_assert_eq!(broken(records), which as u64 + 1);
    }

    #[test]
    fn removed_swapped_inserted_and_exchanged_records_are_found(
        entries in entries(), which in any::<prop::sample::Index>(),
    ) {
        let records = sealed(&entries);
        let which = which.index(records.len() - 1);
        let number = which as u64 + 1;

        let mut removed = records.clone();
        removed.remove(which);
        prop_assert_eq!(broken(removed), number);

        let mut swapped = records.clone();
        swapped.swap(which, which + 1);
        prop_assert_eq!(broken(swapped), number);

        let mut twice = records.clone();
        twice.insert(which, records[which].clone());
        prop_assert_eq!(broken(twice), number + 1);

        // a forger who computes sound hashes for one record is given away by the record after it
        let mut forged = records.clone();
        let before = verify(records[..which].to_vec()).unwrap();
        let mut entry = records[which].entry.clone();
        entry.summary.push_str(", approved");
        forged[which] = chain(&before, &[entry], &salts(1).unwrap()).remove(0);
        prop_assert_eq!(broken(forged), number + 1);
    }

    #[test]
    fn what_is_erased_and_accounted_for_leaves_the_chain_sound_and_is_counted(
        entries in entries(), which in any::<prop::sample::Index>(),
    ) {
        let mut records = sealed(&entries);
        let which = which.index(records.len());
        let number = which as u64 + 1;
        let whole = records.clone();
        let head = verify(records.clone()).unwrap();
        records[which].erase();
        let told = |erased: Vec<Left>| Entry {
            action: erasure::ACTION.to_owned(),
            details: json!(Told {
                person: "018f".to_owned(),
                records: 1,
                reason: "asked to".to_owned(),
                erased,
            }),
            ..one("erased", Value::Null)
        };
        // without a record of it, or with one that names another record
        prop_assert_eq!(broken(records.clone()), number);
        let ended = |records: &[Record], told: Entry| {
            let mut records = records.to_vec();
            records.extend(chain(&head, &[told], &salts(1).unwrap()));
            records
        };
        let other = Left { sequence: number + 1, ..Left::of(&records[which]) };
        prop_assert_eq!(broken(ended(&records, told(vec![other]))), number);
        // one that tells only how many, as it once was, needs a hash that still fits
        prop_assert_eq!(broken(ended(&records, told(vec![]))), number);
        let mut details = whole.clone();
        (details[which].entry.details, details[which].salt) = (Value::Null, String::new());
        prop_assert_eq!(verify(ended(&details, told(vec![]))).unwrap().erased, 1);
        prop_assert_eq!(broken(details), number);

        let account = told(vec![Left::of(&records[which])]);
        let good = ended(&records, account.clone());
        prop_assert_eq!(verify(good).unwrap().erased, 1);
        // what was left is what must be there
        let changes: [fn(&mut Record); 4] = [
            |record| record.entry.actor.user.push('x'),
            |record| record.entry.action.push('x'),
            |record| record.entry.summary.push_str(", approved"),
            |record| record.details_digest = "0".repeat(64),
        ];
        for change in changes {
            let mut changed = records.clone();
            change(&mut changed[which]);
            prop_assert_eq!(broken(ended(&changed, account.clone())), number);
        }
    }
}

fn one(summary: &str, details: Value) -> Entry {
    Entry {
        at: "2026-11-21T09:14:00Z".parse().unwrap(),
        actor: Actor {
            user: "ana@adminhost".to_owned(),
            ssh_client: Some("192.0.2.7".to_owned()),
        },
        action: "approve".to_owned(),
        subject: "=cmd|' /C calc'!A0".to_owned(),
        summary: summary.to_owned(),
        details,
    }
}

/// The digests were computed apart from this program, as the module documentation says.
#[test]
fn the_form_of_a_record_is_fixed() {
    let entry = one("Ana Kovač: \"disable\"", json!({"reason": "left", "after": null}));
    let record = chain(&Head::default(), &[entry], &[[0xab; 16]]).remove(0);
    assert_eq!(
        json_line(&record),
        format!(
            "{{\"details_digest\":\"{DETAILS}\",\"entry\":{{\"action\":\"approve\",\"actor\":{{\"ssh_client\":\
             \"192.0.2.7\",\"user\":\"ana@adminhost\"}},\"at\":\"2026-11-21T09:14:00Z\",\"details\":{{\"after\":null,\
             \"reason\":\"left\"}},\"subject\":\"=cmd|' /C calc'!A0\",\"summary\":\"Ana Kovač: \\\"disable\\\"\"}},\
             \"hash\":\"{HASH}\",\"previous\":\"{}\",\"salt\":\"abababababababababababababababab\",\"sequence\":1}}",
            "0".repeat(64)
        )
    );
}
const DETAILS: &str = "d8e1f2ca01935d1681bb5b3531cba0213a040b50c0652f5b35f4aeda590b773c";
const HASH: &str = "57ecb0823cb8a869d0f7562104844dfe14967ecae86471a9a65e0fb2384732dc";

#[test]
fn trails_continue_where_they_ended() {
    let first = sealed(&[one("a", Value::Null), one("b", json!(1))]);
    let head = verify(first.clone()).unwrap();
    let second = chain(&head, &[one("c", Value::Null)], &salts(1).unwrap());
    assert_eq!(second[0].sequence, 3);
    let mut verifier = Verifier::after(head);
    verifier.check(&second[0]).unwrap();
    assert_eq!(
        Verifier::default().check(&second[0]).unwrap_err().to_string(),
        "audit record 1 is broken: its number is 3: records were removed, added or moved"
    );
}

#[test]
fn an_export_cut_off_inside_a_line_is_found() {
    let file = exported(
        &sealed(&[one("a", Value::Null), one("b", Value::Null)]),
        Format::JsonLines,
    );
    for cut in 1..file.len() {
        if file[cut - 1] != b'\n' {
            assert!(check_json_lines(&file[..cut]).is_err(), "cut at {cut}");
        }
    }
    assert_eq!(check_json_lines(b"").unwrap(), Head::default());
}

#[test]
fn spreadsheets_get_no_formulas() {
    let records =
        sealed(&["=1+1", "+1", "-1", "@x", "\tx", "\rx", "plain"].map(|text| one(text, Value::Null)));
    let file = exported(&records, Format::Csv);
    let mut reader = csv::Reader::from_reader(file.as_slice());
    for row in reader.records() {
        for cell in &row.unwrap() {
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell:?}");
        }
    }
}
