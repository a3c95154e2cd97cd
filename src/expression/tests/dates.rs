//! Dates: the formats and styles of .NET, calendar boundaries, time zones.

use super::*;

#[test]
fn every_format_of_dotnet_is_written() {
    for (format, wanted) in [
        ("d", "06/05/2009"),
        ("D", "Friday, 05 June 2009"),
        ("f", "Friday, 05 June 2009 13:45"),
        ("F", "Friday, 05 June 2009 13:45:07"),
        ("g", "06/05/2009 13:45"),
        ("G", "06/05/2009 13:45:07"),
        ("m", "June 05"),
        ("M", "June 05"),
        ("o", "2009-06-05T13:45:07.0500000Z"),
        ("R", "Fri, 05 Jun 2009 13:45:07 GMT"),
        ("s", "2009-06-05T13:45:07"),
        ("t", "13:45"),
        ("T", "13:45:07"),
        ("u", "2009-06-05 13:45:07Z"),
        ("U", "Friday, 05 June 2009 13:45:07"),
        ("y", "2009 June"),
        ("%d", "5"),
        ("dd ddd dddd", "05 Fri Friday"),
        ("%M", "6"),
        ("MM MMM MMMM", "06 Jun June"),
        ("%y", "9"),
        ("yy yyy yyyy yyyyy", "09 2009 2009 02009"),
        ("h hh H HH", "1 01 13 13"),
        ("m mm s ss", "45 45 7 07"),
        ("f ff fff ffffff fffffff", "0 05 050 050000 0500000"),
        ("s.F", "7"),
        ("s.FF s.FFFFFFF", "7.05 7.05"),
        ("%t", "P"),
        ("tt", "PM"),
        ("%z", "+0"),
        ("zz zzz", "+00 +00:00"),
        ("%K", "Z"),
        ("yyyy g", "2009 A.D."),
        ("yyyy'y'MM\\\"m\\\"", "2009y06m"),
        ("h 'o''clock'", "1 oclock"),
        ("\\\\h\\\\o\\\\u\\\\r h", "hour 1"),
        ("", ""),
    ] {
        let text = format!(r#"FormatDateTime("2009-06-05T13:45:07.05Z", , , "{format}")"#);
        assert_eq!(shown(&text), wanted, "{format}");
    }
}

#[test]
fn every_format_of_dotnet_is_read() {
    for (source, format, wanted) in [
        ("5 Jun 2009 1:45 PM", "d MMM yyyy h:mm tt", "2009-06-05T13:45:00"),
        ("Friday, 05 June 2009", "D", "2009-06-05T00:00:00"),
        ("12:05 AM 1/2/49", "hh:mm tt M/d/yy", "2049-01-02T00:05:00"),
        ("1/2/50", "M/d/yy", "1950-01-02T00:00:00"),
        ("20150123105347.1Z", "yyyyMMddHHmmss.fZ", "2015-01-23T10:53:47"),
        ("2009-06-05T13:45:07.0500000+02:00", "o", "2009-06-05T11:45:07"),
        ("2009-06-05 +0530", "yyyy-MM-dd zzz", "2009-06-04T18:30:00"),
        ("2009-06-05T13:45:07", "s", "2009-06-05T13:45:07"),
        ("Fri, 05 Jun 2009 13:45:07 GMT", "r", "2009-06-05T13:45:07"),
        ("7.5", "s.FFF", "2026-11-22T00:00:07"),
        ("13:45", "HH:mm", "2026-11-22T13:45:00"),
        ("06-05", "MM-dd", "2026-06-05T00:00:00"),
        ("2009", "yyyy", "2009-01-01T00:00:00"),
    ] {
        let text = format!(r#"FormatDateTime("{source}", , "{format}", "s")"#);
        assert_eq!(shown(&text), wanted, "{format}");
    }
    for (source, format) in [
        ("2009-13-01", "yyyy-MM-dd"),
        ("13:45 PM", "h:mm tt"),
        ("5", "dd"),
        ("x", "s"),
    ] {
        let text = format!(r#"FormatDateTime("{source}", , "{format}", "s")"#);
        assert!(shown(&text).contains("does not have the form"), "{format}");
    }
}

#[test]
fn styles_say_what_is_passed_over() {
    for (source, styles, wanted) in [
        (" 2009-06-05 ", "", "2009-06-05 00:00"),
        (" 2009-06-05", "AllowLeadingWhite", "2009-06-05 00:00"),
        ("2009 - 06-05", "AllowWhiteSpaces", "2009-06-05 00:00"),
        ("2009-06-05", "None", "2009-06-05 00:00"),
        (
            "2009-06-05",
            "DateTimeStyles.RoundtripKind, AdjustToUniversal",
            "2009-06-05 00:00",
        ),
    ] {
        let text = format!(r#"FormatDateTime("{source}", "{styles}", "yyyy-MM-dd", "yyyy-MM-dd HH:mm")"#);
        assert_eq!(shown(&text), wanted, "{styles}");
    }
    assert!(shown(r#"FormatDateTime(" 2009", "None", "yyyy", "yy")"#).contains("form"));
    assert!(shown(r#"FormatDateTime("2009", "Nonsense", "yyyy", "yy")"#).contains("no style `Nonsense`"));
    // in Berlin's summer
    let local = |style| {
        shown(&format!(
            r#"FormatDateTime("2009-06-05 13:45", "{style}", "yyyy-MM-dd HH:mm", "o")"#
        ))
    };
    assert_eq!(local("AssumeLocal"), "2009-06-05T11:45:00.0000000Z");
    assert_eq!(local("AssumeUniversal"), "2009-06-05T13:45:00.0000000");
    let time = |style| shown(&format!(r#"FormatDateTime("13:45", "{style}", "HH:mm", "s")"#));
    assert_eq!(time("NoCurrentDateDefault"), "0001-01-01T13:45:00");
}

#[test]
fn differences_count_as_visual_basic_does() {
    for (interval, from, to, wanted) in [
        ("yyyy", "2025-12-31", "2026-01-01", 1),
        ("m", "2026-01-31", "2026-02-01", 1),
        ("m", "2026-02-01", "2026-01-31", -1),
        ("ww", "2026-11-21", "2026-11-22", 1),
        ("ww", "2026-11-22", "2026-11-28", 0),
        ("ww", "2026-11-22", "2026-11-21", -1),
        ("d", "2026-11-21T23:00:00Z", "2026-11-22T01:00:00Z", 0),
        ("d", "2026-11-21T01:00:00Z", "2026-11-22T01:00:00Z", 1),
        ("d", "2026-11-22T01:00:00Z", "2026-11-21T02:00:00Z", 0),
        ("h", "2026-11-21T10:59:59Z", "2026-11-21T11:00:00Z", 0),
        ("n", "2026-11-21T10:00:00Z", "2026-11-21T09:58:31Z", -1),
        ("s", "2021-08-24", "2021-08-24", 0),
        ("d", "2021-08-24", "2021-08-24", 0),
    ] {
        let text = format!(r#"DateDiff("{interval}", "{from}", "{to}")"#);
        assert_eq!(shown(&text), wanted.to_string(), "{text}");
    }
}

#[test]
fn days_are_added_on_the_persons_clock_if_asked() {
    // the clocks of Berlin go forward on 2026-03-29
    for (text, wanted) in [
        (
            r#"DateAdd("d", 1, "2026-03-28T11:00:00Z")"#,
            "2026-03-29T11:00:00Z",
        ),
        (
            r#"DateAdd("d", 1, "2026-03-28T11:00:00Z", "person")"#,
            "2026-03-29T10:00:00Z",
        ),
        (
            r#"DateAdd("h", 24, "2026-03-28T11:00:00Z", "person")"#,
            "2026-03-29T11:00:00Z",
        ),
        (
            r#"DateAdd("d", 1, "2026-03-07T17:00:00Z", "America/New_York")"#,
            "2026-03-08T16:00:00Z",
        ),
        (r#"DateAdd("m", 1, "2026-01-31", "person")"#, "2026-02-28"),
        (r#"DateAdd("d", 1, CDate("2026-11-21"))"#, "2026-11-22"),
        (
            r#"DateDiff("d", "2026-03-28T22:30:00Z", "2026-03-29T21:30:00Z")"#,
            "0",
        ),
        (
            r#"DateDiff("d", "2026-03-28T22:30:00Z", "2026-03-29T21:30:00Z", "person")"#,
            "1",
        ),
        (
            r#"DateDiff("h", "2026-03-28T22:30:00Z", "2026-03-29T21:30:00Z", "person")"#,
            "23",
        ),
        (r#"LocalDate("2026-11-21T23:30:00Z")"#, "2026-11-22"),
        (
            r#"LocalDate("2026-11-21T23:30:00Z", "America/New_York")"#,
            "2026-11-21",
        ),
        (r#"LocalDate("2026-11-21")"#, "2026-11-21"),
        (
            r#"FormatDateTime(Now(), , , "yyyy-MM-ddTHH:mmzzz", "person")"#,
            "2026-11-22T00:30+01:00",
        ),
        (
            r#"FormatDateTime(Now(), , , "HH:mm K", "America/New_York")"#,
            "18:30 -05:00",
        ),
        (
            r#"DateAdd("d", 1, Now(), "Mars/Base")"#,
            "! there is no time zone `Mars/Base`; one is written like `Europe/Berlin` or `person`",
        ),
        (
            r#"DateAdd("yyyy", 9999, Now())"#,
            "! this date is out of range; years reach from -9999 to 9999",
        ),
        (
            r#"DateAdd("s", 9223372036854775807, Now())"#,
            "! this date is out of range; years reach from -9999 to 9999",
        ),
    ] {
        assert_eq!(shown(text), wanted, "{text}");
    }
}
