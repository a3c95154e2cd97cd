use std::{fs, io::Write as _, time::Instant};

use super::*;
use crate::model::Cell;

fn read_bytes(content: &[u8], wanted: &[&str]) -> rows::Rows {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("people.csv");
    fs::write(&path, content).unwrap();
    let section = Section {
        path: path.clone(),
        anchor: "id".to_owned(),
        separator: None,
        encoding: None,
    };
    let wanted: Vec<String> = wanted.iter().map(|name| (*name).to_owned()).collect();
    let whole = rows::read(&section, &path, &wanted, &AtomicUsize::new(0));
    // wherever the file is cut, the same comes of it
    for size in [1, 2, 7, 30, 64] {
        let cut = rows::read_in_pieces(&section, &path, &wanted, &AtomicUsize::new(0), size);
        assert_eq!(cut.completeness, whole.completeness, "{size}");
        assert_eq!(cut.problems, whole.problems, "{size}");
        assert_eq!(told(&cut.records), told(&whole.records), "{size}");
    }
    whole
}

fn told(records: &RecordSet) -> Vec<String> {
    let cells = |record: crate::model::RecordView<'_>| -> Vec<String> {
        let columns = 0..record.schema().columns.len();
        columns
            .map(|column| format!("{:?}", record.cell(column)))
            .collect()
    };
    records
        .iter()
        .map(|record| format!("{} {} {:?}", record.anchor(), record.location(), cells(record)))
        .collect()
}

fn problems(rows: &rows::Rows) -> Vec<String> {
    rows.problems
        .iter()
        .map(|problem| format!("{} {}", problem.location, problem.message))
        .collect()
}

fn is_partial(rows: &rows::Rows, with: &str) -> bool {
    matches!(&rows.completeness, Completeness::Partial(reason) if reason.contains(with))
}

#[test]
fn a_sound_file_is_complete() {
    let rows = read_bytes(
        "\u{FEFF}id;Name;mail\r\n007;\"Žák; Jan\";\r\n8;\"O\"\"Brien\";b@x\r\n".as_bytes(),
        &[],
    );
    assert_eq!(rows.completeness, Completeness::Complete);
    assert_eq!(rows.problems, []);
    let [first, second] = [rows.records.get(0), rows.records.get(1)];
    assert_eq!((first.anchor(), first.location()), ("007", "people.csv line 2"));
    assert_eq!(first.get("name"), Cell::One("Žák; Jan"));
    assert_eq!(first.get("mail"), Cell::Absent);
    assert_eq!(
        (second.get("name"), second.location()),
        (Cell::One("O\"Brien"), "people.csv line 3")
    );
}

#[test]
fn lines_are_counted_as_an_editor_counts_them() {
    for end in ["\n", "\r\n"] {
        let text = [
            "id,name", "1,\"a", "b\"", "", "2,x", "", "", "3,\"y", "", "z\"", "4,w", "",
        ]
        .join(end);
        let rows = read_bytes(text.as_bytes(), &[]);
        let lines: Vec<_> = rows
            .records
            .iter()
            .map(crate::model::RecordView::location)
            .collect();
        let expected = [2, 5, 8, 11].map(|line| format!("people.csv line {line}"));
        assert_eq!(lines, expected, "{end:?}");
    }
}

#[test]
fn only_asked_columns_are_read_in_their_order() {
    let rows = read_bytes(b"id,a,b\n1,x,y\n", &["B", "id"]);
    let names: Vec<_> = rows
        .records
        .schema()
        .columns
        .iter()
        .map(|column| column.name.clone())
        .collect();
    assert_eq!(names, ["b", "id"]);
    assert_eq!(rows.records.get(0).cell(0), Cell::One("y"));
}

#[test]
fn other_encodings_are_read() {
    let utf16: Vec<u8> = "\u{FEFF}id\tname\r\n1\tŻak\r\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let rows = read_bytes(&utf16, &[]);
    assert_eq!(rows.completeness, Completeness::Complete);
    assert_eq!(rows.records.get(0).get("name"), Cell::One("Żak"));

    let rows = read_bytes(b"id;name\n1;Ana\n2;M\xFCller\n", &[]);
    assert_eq!(rows.completeness, Completeness::Complete);
    assert_eq!(rows.records.get(1).get("name"), Cell::One("Müller"));
    assert!(
        problems(&rows)[0].starts_with("people.csv line 3 is not UTF-8"),
        "{:?}",
        rows.problems
    );
}

#[test]
fn bad_rows_are_listed_and_the_others_read() {
    let rows = read_bytes(b"id,name\n1,Ana\n2\n3,Ben,x\n,Nobody\n4,a\0b\n5,Eve\n", &[]);
    assert_eq!(rows.completeness, Completeness::Complete);
    assert_eq!(rows.records.len(), 2);
    let found = problems(&rows);
    assert_eq!(found.len(), 4);
    assert_eq!(
        found[0],
        "people.csv line 3 has 1 fields instead of 2: correct the row"
    );
    assert_eq!(
        found[1],
        "people.csv line 4 has 3 fields instead of 2: correct the row"
    );
    assert_eq!(
        found[2],
        "people.csv line 5 has no id: fill in the anchor's column"
    );
    assert!(found[3].starts_with("people.csv line 6 holds a NUL"), "{found:?}");
}

#[test]
fn an_id_twice_is_used_only_if_the_rows_agree() {
    let rows = read_bytes(b"id,name\n1,Ana\n2,Ben\n1,Ana\n3,Eve\n", &[]);
    assert_eq!((rows.records.len(), rows.problems.len()), (3, 0));
    assert_eq!(rows.completeness, Completeness::Complete);

    let rows = read_bytes(b"id,name\n1,Ana\n2,Ben\n1,Anna\n3,Eve\n", &[]);
    assert_eq!(
        problems(&rows),
        [
            "people.csv line 2 has the id 1 like people.csv line 4, and the rows differ: \
          none of them is used until one is removed"
        ]
    );
    let ids: Vec<_> = rows
        .records
        .iter()
        .map(crate::model::RecordView::anchor)
        .collect();
    assert_eq!(ids, ["2", "3"]);
    assert_eq!(rows.completeness, Completeness::Complete);
}

#[test]
fn half_files_are_partial() {
    assert!(is_partial(
        &read_bytes(b"id,name\n1,Ana\n2,\"Be", &[]),
        "inside a quoted field"
    ));
    assert!(is_partial(
        &read_bytes(b"id,name\n1,Ana\n2", &[]),
        "in the middle of a row"
    ));
    assert_eq!(
        read_bytes(b"id,name\n1,Ana\n2,Ben", &[]).completeness,
        Completeness::Complete
    );
    let header_only = read_bytes(b"id,name\n", &[]);
    assert_eq!(
        (header_only.records.len(), header_only.completeness),
        (0, Completeness::Complete)
    );
}

#[test]
fn a_file_that_cannot_be_used_fails() {
    for (content, with) in [
        (&b""[..], "is empty"),
        (b"\n\n", "has no column id"),
        (b"a,b\n1,2\n", "has no column id"),
        (b"id,ID\n1,2\n", "two columns named ID"),
    ] {
        let rows = read_bytes(content, &[]);
        assert!(
            matches!(&rows.completeness, Completeness::Failed(reason) if reason.contains(with)),
            "{content:?} {:?}",
            rows.completeness
        );
    }
    let section = Section {
        path: "/".into(),
        anchor: "id".to_owned(),
        separator: None,
        encoding: None,
    };
    for path in ["/nowhere/people.csv", "/"] {
        let rows = rows::read(&section, Path::new(path), &[], &AtomicUsize::new(0));
        assert!(
            matches!(&rows.completeness, Completeness::Failed(reason) if reason.contains("cannot be read"))
        );
    }
}

#[tokio::test]
async fn a_file_is_read_and_never_written() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("people.csv"), "id,name\n1,Ana\n").unwrap();
    let section = Section {
        path: "people.csv".into(),
        anchor: "id".to_owned(),
        separator: None,
        encoding: None,
    };
    let file = open("hr".into(), &section, folder.path());
    assert_eq!(file.probe().await.unwrap().product, "CSV, UTF-8, separator ,");
    assert_eq!(file.schema().await.unwrap().columns.len(), 2);
    let read = file.read(&ReadRequest::default(), &|_| ()).await;
    assert!(read.proves_absence());
    assert!(read.coverage.question.ends_with("people.csv anchor id"));
    let write = Write::Delete {
        object: super::super::ObjectRef {
            anchor: "1".into(),
            location: String::new(),
            class: String::new(),
        },
    };
    assert!(matches!(file.write(&write).await, Err(WriteError::Refused(_))));
    assert_eq!(file.settle(&write).await, Settled::NotDone);
}

/// Not a test but a measurement: `cargo test --release -- --ignored --nocapture million_rows`.
#[test]
#[ignore = "measures"]
fn million_rows() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let mut out = std::io::BufWriter::new(file.as_file_mut());
    writeln!(
        out,
        "id,first_name,last_name,department,title,location,manager_id,hire_date"
    )
    .unwrap();
    for n in 0..1_000_000 {
        writeln!(
            out,
            "{n:07},First{n},Last{n},Engineering,Engineer,Berlin,{:07},2020-01-01",
            n / 10
        )
        .unwrap();
    }
    out.flush().unwrap();
    drop(out);
    let section = Section {
        path: file.path().into(),
        anchor: "id".to_owned(),
        separator: None,
        encoding: None,
    };
    for _ in 0..3 {
        let start = Instant::now();
        let rows = rows::read(&section, file.path(), &[], &AtomicUsize::new(0));
        println!("{} rows in {:?}", rows.records.len(), start.elapsed());
    }
}
