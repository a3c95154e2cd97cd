//! Sets are written, read, shared and rebuilt.

use std::sync::Arc;

use super::*;

fn set() -> RecordSet {
    let schema = Schema {
        columns: vec![Column::text("Mail"), Column::text("cn"), Column::text("x")],
    };
    let mut set = RecordSet::new(Arc::new(schema));
    let mut first = set
        .begin(RecordHead {
            anchor: "1",
            location: "line 2",
            enabled: Some(true),
        })
        .unwrap();
    first.many(["a:1", "", "3:b"]).unwrap();
    first.one("").unwrap();
    drop(first);
    let mut second = set
        .begin(RecordHead {
            anchor: "2",
            location: "line 3",
            enabled: None,
        })
        .unwrap();
    second.null().unwrap();
    second.many(["only"]).unwrap();
    second.many([]).unwrap();
    drop(second);
    set
}

#[test]
fn cells_come_back_as_they_went_in() {
    let set = set();
    let [first, second] = [set.get(0), set.get(1)];
    assert_eq!(first.get("mail").each().collect::<Vec<_>>(), ["a:1", "", "3:b"]);
    assert_eq!(first.get("CN"), Cell::One(""));
    assert_eq!(first.get("x"), Cell::Absent);
    assert_eq!(
        (first.anchor(), first.location(), first.enabled()),
        ("1", "line 2", Some(true))
    );
    assert_eq!(second.get("mail"), Cell::Null);
    assert_eq!(second.get("cn"), Cell::One("only"));
    assert_eq!(second.get("x").each().count(), 0);
    assert_ne!(second.get("x"), Cell::Absent);
    assert_eq!(second.enabled(), None);
}

#[test]
fn damaged_parts_are_refused() {
    let set = set();
    let parts = set.parts();
    let (text, cells) = (&parts.texts.concat(), &parts.places.concat());
    let rebuild = |text: &str, cells: &[u32]| {
        RecordSet::from_parts(
            set.schema().clone(),
            text.to_owned(),
            cells.iter().copied().collect(),
            parts.enabled.to_vec(),
        )
    };
    assert!(rebuild(text, cells).is_some());
    assert!(rebuild(&text[..text.len() - 1], cells).is_none());
    assert!(rebuild(text, &cells[1..]).is_none());
    let mut outside = cells.clone();
    outside[0] = text.len() as u32;
    assert!(rebuild(text, &outside).is_none());
}

#[test]
fn what_repeats_lies_there_once() {
    let schema = Arc::new(Schema {
        columns: ["id", "city", "mail", "room"].map(Column::text).to_vec(),
    });
    let mut set = RecordSet::new(schema.clone());
    let mut pieces = [RecordSet::new(schema.clone()), RecordSet::new(schema)];
    for number in 0..20_000 {
        let id = format!("{number:05}");
        let row = [
            id.clone(),
            ["Oslo", "Brno"][number % 2].to_owned(),
            format!("{id}@x"),
            format!("{}", number / 9),
        ];
        for target in [&mut set, &mut pieces[number / 10_000]] {
            let head = RecordHead {
                anchor: &id,
                ..RecordHead::default()
            };
            let mut writer = target.begin(head).unwrap();
            for (column, text) in row.iter().enumerate() {
                match (number % 100, column) {
                    (0, 1) => writer.null().unwrap(),
                    (1, 1) => writer.many(["Oslo", "Brno"]).unwrap(),
                    _ => writer.one(text).unwrap(),
                }
            }
        }
    }
    let [mut first, second] = pieces;
    first.append(&second).unwrap();
    assert_eq!(first.len(), set.len());
    for (number, (one, other)) in set.iter().zip(first.iter()).enumerate() {
        assert!(one.same_attributes(other) && one.anchor() == other.anchor());
        assert_eq!(one.get("room"), Cell::One(&(number / 9).to_string()));
        assert_eq!(one.get("id").first(), Some(one.anchor()));
    }
    // an id of 5, a mail of 7 and a room of up to 4 digits for each 9
    let octets = set.parts().texts.concat().len();
    assert!(octets < 20_000 * (6 + 1 + 8 + 1), "{octets}");
}
