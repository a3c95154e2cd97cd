use super::*;

fn check(table: &[(&str, &str)]) {
    let wrong: Vec<String> = table
        .iter()
        .filter_map(|(text, wanted)| {
            let got = shown(text);
            (got != *wanted).then(|| format!("{text}\n  gave   {got}\n  wanted {wanted}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn texts_give_the_documented_vectors() {
    check(&[
        (
            r#"Append("John.Doe@contoso.com", ".test")"#,
            "John.Doe@contoso.com.test",
        ),
        (
            r#"ConvertToBase64("Hello world!")"#,
            "SABlAGwAbABvACAAdwBvAHIAbABkACEA",
        ),
        (r#"ConvertToUTF8Hex("Hello world!")"#, "48656C6C6F20776F726C6421"),
        (r#"InStr("The quick brown fox","quick")"#, "5"),
        (r#"InStr("repEated","e",3,vbBinaryCompare)"#, "7"),
        (r#"InStr("repEated","E",1,vbTextCompare)"#, "2"),
        (r#"InStr("abc","x")"#, "0"),
        (r#"Join(", ", "", "Doe", "John")"#, "Doe, John"),
        (r#"Join("-", [groups], 7)"#, "a-b-a-7"),
        (r#"Left("John Doe",3)"#, "Joh"),
        (r#"Left("John Doe",0)"#, ""),
        (r#"Left("John Doe",-1)"#, "John Doe"),
        (r#"Left("John",99)"#, "John"),
        ("Left([null],3)", ""),
        (r#"Mid("John Doe",6,99)"#, "Doe"),
        (
            r#"NormalizeDiacritics("Zoë Ærø Straße Łódź İıđ")"#,
            "Zoe AEroe Strasse Lodz Iiđ",
        ),
        (r#"PCase("PABLO GONSALVES (SECOND)")"#, "Pablo Gonsalves (Second)"),
        (r#"PCase("PINTO-DE'SILVA"," '-")"#, "Pinto-De'Silva"),
        (r#"PCase(Join(" ","GREGORY","JAMES"))"#, "Gregory James"),
        (
            r#"Split("PermissionSetOne, PermissionSetTwo", ",")"#,
            "PermissionSetOne|PermissionSetTwo",
        ),
        (r#"StripSpaces(" a b ")"#, "ab"),
        (r#"ToUpper("iı", "tr-TR")"#, "İI"),
        (r#"ToLower("Iİ", "tr-TR")"#, "ıi"),
        (r#"ToUpper("straße")"#, "STRAßE"),
        (r#"Word("The quick brown fox",3," ")"#, "brown"),
        (r#"Word("This,string!has&many separators",3,",!&#")"#, "has"),
        (r#"Word("one",2," ")"#, ""),
        (r#"Word("one",0," ")"#, ""),
        ("Trim([padded])", "x  y"),
        ("Squeeze([padded])", "x y"),
        (
            r#"Ascii("李小龍 O’Brien")"#,
            &any_ascii::any_ascii("李小龍 O’Brien"),
        ),
        ("Normalize(\"e\u{301}\")", "\u{e9}"),
        (r#"Prepend("x-", [given])"#, "x-John"),
        (r"Append(Mid([given],1,3), Mid([surname],1,5))", "JohDoe"),
    ]);
}

#[test]
fn replace_gives_the_documented_vectors() {
    check(&[
        (
            r#"Replace("Product Developer", "Product Developer", , , "Software Engineer", , )"#,
            "Software Engineer",
        ),
        (r#"Replace([mail], "@contoso.com", , ,"", ,)"#, "john.doe"),
        (
            r#"Replace([userid],"<username>", , , , , "<username>@contoso.com")"#,
            "jsmith@contoso.com",
        ),
        (
            r#"Replace("+91 9998887777", , "\\+(?<isdCode>\\d* )(?<phoneNumber>\\d{10})", , "${phoneNumber}", , )"#,
            "9998887777",
        ),
        (
            r#"Replace("+1 (999) 888-7777", , "[()\\s-]+", , "", , )"#,
            "+19998887777",
        ),
        (
            r#"Replace("545 Tremont Street", , "(?<streetNumber>^\\d*)", "streetNumber", "888", , )"#,
            "888 Tremont Street",
        ),
        (
            r#"Replace([mail], , "(?<Suffix>@(.)*)", "Suffix", "", , )"#,
            "john.doe",
        ),
        (
            r#"Replace([empty], , "\\+(?<isdCode>\\d* )(?<phone>\\d{10})", "phone", , [mobile], )"#,
            "8887779999",
        ),
        (r#"Replace("john_doe72", , "[a-zA-Z_]*", , "", , )"#, "72"),
        (
            r#"Replace(Mid(Replace("a/b:c..", , "([\\/\\\\\\[\\]\\:\\;\\|\\=\\,\\+\\*\\?\\<\\>])", , "", , ), 1, 20), , "(\\.)*$", , "", , )"#,
            "abc",
        ),
        (r#"Replace("a[b]-&&c", , "[[&\\]]", , "", , )"#, "ab-c"),
        (r#"Replace("ab", , "(a)(b)", , "$2$1$$$x", , )"#, "ba$$x"),
    ]);
}

#[test]
fn dates_give_the_documented_vectors() {
    let american = |inner: &str| shown(&format!(r#"FormatDateTime({inner}, , , "M/d/yyyy h:mm:ss tt")"#));
    for (inner, wanted) in [
        (r#"CDate("2020-03-16-07:00")"#, "3/16/2020 7:00:00 AM"),
        (r#"CDate("2021-06-30+08:00")"#, "6/29/2021 4:00:00 PM"),
        (r#"CDate("2009-06-15T01:45:30-07:00")"#, "6/15/2009 8:45:30 AM"),
        (
            r#"DateAdd("d", 7, CDate("2012-03-16-07:00"))"#,
            "3/23/2012 7:00:00 AM",
        ),
        (
            r#"DateAdd("d", -10, CDate("2012-03-16-07:00"))"#,
            "3/6/2012 7:00:00 AM",
        ),
        (
            r#"DateAdd("ww", 2, CDate("2012-03-16-07:00"))"#,
            "3/30/2012 7:00:00 AM",
        ),
        (
            r#"DateAdd("m", 10, CDate("2012-03-16-07:00"))"#,
            "1/16/2013 7:00:00 AM",
        ),
        (
            r#"DateAdd("yyyy", 2, CDate("2012-03-16-07:00"))"#,
            "3/16/2014 7:00:00 AM",
        ),
        ("DateFromNum(129699324000000000)", "1/1/2012 11:00:00 PM"),
        ("Now()", "11/21/2026 11:30:00 PM"),
    ] {
        assert_eq!(american(inner), wanted, "{inner}");
    }
    check(&[
        (
            r#"DateDiff("d", CDate("2021-08-18+08:00"), CDate("2021-08-31+08:00"))"#,
            "13",
        ),
        (
            r#"DateDiff("d", CDate("8/25/2021 5:41:18 PM"), CDate("2012-03-16-07:00"))"#,
            "-3449",
        ),
        (
            r#"DateDiff("ww", CDate("8/25/2021 5:41:18 PM"), CDate("2012-03-16-07:00"))"#,
            "-493",
        ),
        (
            r#"DateDiff("m", CDate("8/25/2021 5:41:18 PM"), CDate("2012-03-16-07:00"))"#,
            "-113",
        ),
        (
            r#"DateDiff("yyyy", CDate("8/25/2021 5:41:18 PM"), CDate("2012-03-16-07:00"))"#,
            "-9",
        ),
        (r#"DateDiff("h", CDate("2021-08-24"), CDate("2021-08-25"))"#, "24"),
        (
            r#"DateDiff("n", CDate("2021-08-24"), CDate("2021-08-25"))"#,
            "1440",
        ),
        (
            r#"DateDiff("s", CDate("2021-08-24"), CDate("2021-08-25"))"#,
            "86400",
        ),
        (
            r#"FormatDateTime("20150123105347.1Z", , "yyyyMMddHHmmss.fZ", "yyyy-MM-dd")"#,
            "2015-01-23",
        ),
        (
            r#"FormatDateTime([hired], , , "d MMMM yyyy, dddd")"#,
            "1 December 2026, Tuesday",
        ),
        (
            r#"FormatDateTime("oops", , "yyyy", "yy")"#,
            "! `oops` does not have the form `yyyy`",
        ),
        (r#"NumFromDate("1601-01-01T00:00:01Z")"#, "10000000"),
        (
            r#"NumFromDate(Join("",FormatDateTime("2020-12-31-08:00", ,"yyyy-MM-ddzzz","yyyy-MM-dd")," 23:59:59-08:00"))"#,
            "132539615990000000",
        ),
        ("Today()", "2026-11-22"),
        (r#"DateAdd("d", -9, [hired])"#, "2026-11-22"),
    ]);
}

#[test]
fn choices_give_the_documented_vectors() {
    check(&[
        ("BitAnd(&HF, &HF7)", "7"),
        ("BitAnd([number], 2)", "2"),
        ("CBool([given] = [surname])", "false"),
        (r#"Coalesce([null], [absent], "x")"#, "x"),
        (r#"Coalesce([empty], "x")"#, ""),
        ("Coalesce([null])", "-"),
        ("Count([groups])", "3"),
        ("Item([groups], 2)", "b"),
        ("Item([groups], 9)", "-"),
        ("RemoveDuplicates([groups])", "a|b"),
        ("ToUpper([groups])", "A|B|A"),
        (r#"IIF(IsPresent([given]), "y", "n")"#, "y"),
        (r#"IIF([null] <> "x", "y", "n")"#, "n"),
        (r#"Not("True")"#, "false"),
        (r#"Not("other")"#, "true"),
        (r#"Switch([empty],"Default","true","1","","0")"#, "0"),
        (r#"Switch([given],[given],"","Other")"#, "John"),
        (r#"Switch([absent],[absent],"","Other")"#, "Other"),
        (r#"Switch([yes], , "True", "1", "False", "0")"#, "1"),
        (r#"Switch("2", , "1", "True")"#, "-"),
        (
            r#"IIF(DateDiff("d", Now(), CDate([hired_text])) > 5, "False", "True")"#,
            "False",
        ),
        (r#"tolower(JOIN("", Left([given],1), [SURNAME]))"#, "jdoe"),
        (r#"[emails[type eq "work"].value]"#, "w@x.org"),
        (r#""a\"b\\c\d""#, r#"a"b\c\d"#),
    ]);
}

#[test]
fn conditions_hold_as_decided() {
    let table = [
        (r#"[given] = "John" and not ([surname] = "X") or false"#, true),
        (r#"[given] = "john""#, false),
        ("[numeric] = 42", true),
        (r#"[numeric] = "42""#, false),
        ("[numeric] > 9", true),
        (r#""9" < "10""#, true),
        (r#"[null] <> "x""#, false),
        (r#"[null] not in ("x")"#, false),
        (r#"not ([null] = "x")"#, true),
        (r#"[empty] = "" and [absent] = "" and "" = [null]"#, true),
        (r#"[given] <> """#, true),
        (r#"[given] = """#, false),
        (
            "[null] is absent and [given] is present and [given] is not absent",
            true,
        ),
        (r#"[groups] = "b""#, true),
        (r#"[groups] <> "b""#, false),
        (r#"[groups] contains "b""#, true),
        (r#"[given] IN ("Ann", "John")"#, true),
        (r#"[mail] matches ".*@contoso\.com""#, true),
        (r#"[mail] matches "contoso""#, false),
        (r#"[mail] not matches "contoso""#, true),
        (r#"[mail] starts with "john" and [mail] ends with ".com""#, true),
        ("[hired] > Today()", true),
        (r#"[hired] = "2026-12-01""#, true),
        ("[hired_text] > Today() and [hired_text] = [hired]", true),
        ("[yes] = \"True\" and [yes] and Not(false)", true),
        ("Now() >= Today() and Now() <= Today()", true),
        (
            r#"[urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department] = "Sales""#,
            true,
        ),
        ("[empty]", false),
    ];
    let sheet = sheet();
    for (text, wanted) in table {
        let expression =
            Expression::compile_condition(text, &sheet).unwrap_or_else(|p| panic!("{text}: {p:?}"));
        assert_eq!(
            with_moment(|moment| expression.holds(&&sheet, moment)),
            Ok(wanted),
            "{text}"
        );
    }
}

#[test]
fn a_fault_names_its_place() {
    let text = "Append([given], Left([groups], 1))";
    let expression = compile(text).unwrap();
    let sheet = sheet();
    let fault = with_moment(|moment| expression.evaluate(&&sheet, moment).unwrap_err());
    assert_eq!(fault.span.of(text), "[groups]");
    assert!(fault.message.contains("3 values"), "{}", fault.message);
    assert!(shown("[hired] > [given]").starts_with("! `>` cannot compare"));
}

#[test]
fn candidates_come_in_order_and_count() {
    let text = r#"SelectUniqueValue(Left([given], 1), Join("", [surname], Counter()))"#;
    let expression = compile(text).unwrap();
    assert!(expression.is_unique_choice() && !expression.ignores_nothing());
    let sheet = sheet();
    with_moment(|moment| {
        let found: Vec<_> = expression
            .candidates(&&sheet, moment)
            .take(3)
            .map(Result::unwrap)
            .collect();
        assert_eq!(
            found,
            [Value::text("J"), Value::text("Doe2"), Value::text("Doe3")]
        );
        assert_eq!(expression.candidates(&&sheet, moment).count(), 1 + 9998);
    });
}

#[test]
fn a_trace_holds_only_what_was_evaluated() {
    let expression = compile(r#"IIF([given] = "John", ToUpper([surname]), [mail])"#).unwrap();
    let sheet = sheet();
    let trace = with_moment(|moment| expression.trace(&&sheet, moment));
    assert_eq!(trace.value, Ok(Value::text("DOE")));
    let parts: Vec<_> = trace.children.iter().map(|part| part.text.as_str()).collect();
    assert_eq!(parts, [r#"[given] = "John""#, "ToUpper([surname])"]);
}

#[test]
fn trim_and_a_bare_attribute_borrow() {
    let sheet = sheet();
    for text in [
        "Trim([padded])",
        "[given]",
        "Left([given], 2)",
        "ToLower([userid])",
    ] {
        let expression = compile(text).unwrap();
        let value = with_moment(|moment| expression.evaluate(&&sheet, moment).unwrap());
        assert!(
            matches!(value, Value::Text(std::borrow::Cow::Borrowed(_))),
            "{text}"
        );
    }
    assert_eq!(compile(" [given] ").unwrap().as_slot(), Some(Slot(0)));
    assert_eq!(
        compile("Join([mail], [given], [mail])").unwrap().slots(),
        [Slot(2), Slot(0)]
    );
}

#[test]
fn a_value_cannot_grow_without_bounds() {
    let mut text = r#"Join("", "0123456789", "0123456789", "0123456789", "0123456789")"#.to_owned();
    for _ in 0..6 {
        text = format!(r#"Replace({text}, , "\\d", , "0123456789", , )"#);
    }
    assert!(shown(&text).contains("1 MiB"));
}
