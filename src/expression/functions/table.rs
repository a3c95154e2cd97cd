//! The table of functions.

use super::{
    Check, FunctionDoc, Gives, Run, case, dates, diacritics, lists, logic, membership, names, numbers,
    random, replace, roles, text, transliterate,
};

/// As many arguments as are written.
const ANY: usize = usize::MAX;

const fn function(
    name: &'static str,
    signature: &'static str,
    gives: Gives,
    takes: &'static str,
    (required, most): (usize, usize),
    run: Run,
) -> FunctionDoc {
    FunctionDoc {
        name,
        signature,
        summary: "",
        example: "",
        result: "",
        gives,
        takes,
        required,
        most,
        pattern_at: 0,
        check: None,
        run,
        write: None,
    }
}

impl FunctionDoc {
    /// Adds what the function does, and an example with its result.
    const fn says(mut self, summary: &'static str, example: &'static str, result: &'static str) -> Self {
        self.summary = summary;
        self.example = example;
        self.result = result;
        self
    }

    /// Adds a look at literal arguments.
    const fn checked(mut self, check: Check) -> Self {
        self.check = Some(check);
        self
    }

    /// Adds the way to write the result of one text straight behind another.
    const fn writing(mut self, write: fn(&str, &mut String)) -> Self {
        self.write = Some(write);
        self
    }

    /// Says which argument, counted from 0, is a pattern.
    const fn searching(mut self, argument: usize) -> Self {
        self.pattern_at = argument;
        self
    }
}

/// Every function, in alphabetical order.
#[rustfmt::skip]
pub(super) static FUNCTIONS: &[FunctionDoc] = &[
    function("Append", "Append(source, suffix)", Gives::Text, "Tt", (2, 2), text::append)
        .says("Puts a suffix behind a text", r#"Append("ana", "@example.org")"#, "ana@example.org"),
    function("AppRoleAssignments", "AppRoleAssignments(assignments)", Gives::List, "*", (1, 1), roles::names)
        .says("The names of the roles somebody is assigned", r#"AppRoleAssignments("Auditor")"#, "Auditor"),
    function("AppRoleAssignmentsComplex", "AppRoleAssignmentsComplex(assignments)", Gives::List, "*", (1, 1), roles::complex)
        .says("Roles as values with parts, added to those that are there", r#"Count(AppRoleAssignmentsComplex("Auditor"))"#, "1"),
    function("Ascii", "Ascii(source)", Gives::Text, "T", (1, 1), diacritics::ascii)
        .says("Writes a text of any script in ASCII letters", r#"Ascii("Мария")"#, "Mariya"),
    function("AssertiveAppRoleAssignmentsComplex", "AssertiveAppRoleAssignmentsComplex(assignments)", Gives::List, "*", (1, 1), roles::complex)
        .says("Roles as values with parts, in place of those that are there", r#"Count(AssertiveAppRoleAssignmentsComplex("Auditor"))"#, "1"),
    function("BitAnd", "BitAnd(value1, value2)", Gives::Number, "n", (2, 2), numbers::bit_and)
        .says("The bits that are set in both numbers", "BitAnd(&HF, &HF7)", "7"),
    function("CBool", "CBool(expression)", Gives::Truth, "*", (1, 1), logic::boolean)
        .says("Takes a value for true or false; a number is true unless it is 0", r#"CBool("a" = "a")"#, "true"),
    function("CDate", "CDate(expression)", Gives::Time, "d", (1, 1), dates::date)
        .says("Reads a date or a date and time", r#"CDate("2009-06-15T01:45:30-07:00")"#, "2009-06-15T08:45:30Z"),
    function("Coalesce", "Coalesce(source1, …, defaultValue)", Gives::Anything, "*", (1, ANY), logic::coalesce)
        .says("The first value that is not null", r#"Coalesce("", "none")"#, ""),
    function("ConvertFromBase64", "ConvertFromBase64(source, encoding?)", Gives::Text, "Tt", (1, 2), numbers::from_base64)
        .says("The text that base64 stands for: Unicode (UTF-16LE, the default), UTF8 or ASCII", r#"ConvertFromBase64("SABpAA==")"#, "Hi"),
    function("ConvertToBase64", "ConvertToBase64(source)", Gives::Text, "T", (1, 1), numbers::base64)
        .says("The text's UTF-16LE octets in base64", r#"ConvertToBase64("Hi")"#, "SABpAA=="),
    function("ConvertToUTF8Hex", "ConvertToUTF8Hex(source)", Gives::Text, "T", (1, 1), numbers::hexadecimal)
        .says("The text's UTF-8 octets in hexadecimal", r#"ConvertToUTF8Hex("Hi")"#, "4869"),
    function("Count", "Count(attribute)", Gives::Number, "*", (1, 1), lists::count)
        .says("How many values there are", r#"Count(Split("a,b,c", ","))"#, "3"),
    function("Counter", "Counter()", Gives::Number, "*", (0, 0), numbers::counter)
        .says("Inside a rule of SelectUniqueValue: 2, 3, 4, … until the value is free", r#"SelectUniqueValue(Join("", "ana", Counter()))"#, "ana2"),
    function("CStr", "CStr(value)", Gives::Text, "T", (1, 1), text::string)
        .says("Takes a value for a text", "CStr(12)", "12"),
    function("DateAdd", "DateAdd(interval, value, dateTime, timeZone?)", Gives::Time, "tndt", (3, 4), dates::add)
        .says(r#"A date so many yyyy, m, d, ww, h, n or s later; in UTC unless a zone ("person", "Europe/Berlin") is named"#, r#"DateAdd("d", 7, "2026-03-25")"#, "2026-04-01").checked(dates::check_interval),
    function("DateDiff", "DateDiff(interval, date1, date2, timeZone?)", Gives::Number, "tddt", (3, 4), dates::difference)
        .says("How many yyyy, m, d, ww, h, n or s from the first date to the second", r#"DateDiff("d", "2026-03-25", "2026-04-01")"#, "7").checked(dates::check_interval),
    function("DateFromNum", "DateFromNum(value)", Gives::Time, "n", (1, 1), dates::from_number)
        .says("The date of a Windows file time", "DateFromNum(129699324000000000)", "2012-01-01T23:00:00Z"),
    function("DefaultDomain", "DefaultDomain()", Gives::Text, "*", (0, 0), text::default_domain)
        .says("The organisation's default domain", r#"Join("@", "ana", DefaultDomain())"#, "ana@example.org"),
    function("DNComponent", "DNComponent(dn, number)", Gives::Text, "tn", (2, 2), names::component)
        .says("The value of one part of a distinguished name, counted from 1", r#"DNComponent("cn=Joe,dc=contoso,dc=com", 2)"#, "contoso"),
    function("Error", "Error(message)", Gives::Anything, "t", (1, 1), logic::error)
        .says("Refuses the record with this message", r#"IIF(true, "fine", Error("no name"))"#, "fine"),
    function("EscapeDNComponent", "EscapeDNComponent(source)", Gives::Text, "T", (1, 1), names::escape)
        .says("Writes a text so that it can stand in a distinguished name", r#"EscapeDNComponent("Legal, Risk")"#, r"Legal\, Risk"),
    function("FormatDateTime", "FormatDateTime(source, dateTimeStyles?, inputFormat?, outputFormat, timeZone?)", Gives::Text, "Dtttt", (1, 5), dates::format)
        .says("Writes a date in another form; in UTC unless a zone is named", r#"FormatDateTime("20150123105347.1Z", , "yyyyMMddHHmmss.fZ", "yyyy-MM-dd")"#, "2015-01-23").checked(dates::check_format),
    function("Guid", "Guid()", Gives::Text, "*", (0, 0), random::guid)
        .says("A random identifier, the same for a person, rule and attribute for as long as it is reserved", r#"Guid() matches "[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}""#, "true"),
    function("IgnoreFlowIfNullOrEmpty", "IgnoreFlowIfNullOrEmpty(expression)", Gives::Anything, "*", (1, 1), logic::first)
        .says("Leaves the attribute alone if the value is null or empty", r#"IgnoreFlowIfNullOrEmpty("kept")"#, "kept"),
    function("IIF", "IIF(condition, valueIfTrue, valueIfFalse)", Gives::Anything, "c*", (1, 3), logic::iif)
        .says("One of two values", r#"IIF(3 > 2, "more", "less")"#, "more"),
    function("InStr", "InStr(value1, value2, start?, compareType?)", Gives::Number, "ttn*", (2, 4), text::position)
        .says("Where the second text begins in the first, from 1; 0 if nowhere", r#"InStr("The quick brown fox", "quick")"#, "5"),
    function("IsMemberOf", "IsMemberOf(group, memberships?)", Gives::Truth, "t*", (1, 2), membership::is_member)
        .says("True if a group, named by its DN or its name, is among the memberships; without them, among [memberOf] or [groups]", r#"IsMemberOf("eng", "cn=Eng, ou=groups,dc=example,dc=org")"#, "true"),
    function("IsNothing", "IsNothing(expression)", Gives::Truth, "*", (1, 1), logic::is_nothing)
        .says("True if the value is absent, null or empty", r#"IsNothing("")"#, "true"),
    function("IsNull", "IsNull(expression)", Gives::Truth, "*", (1, 1), logic::is_null)
        .says("True if the value is absent or null", r#"IsNull("")"#, "false"),
    function("IsNullOrEmpty", "IsNullOrEmpty(expression)", Gives::Truth, "*", (1, 1), logic::is_nothing)
        .says("True if the value is absent, null or empty", r#"IsNullOrEmpty("")"#, "true"),
    function("IsPresent", "IsPresent(expression)", Gives::Truth, "*", (1, 1), logic::is_present)
        .says("True if the value is neither absent, null nor empty", r#"IsPresent("x")"#, "true"),
    function("IsString", "IsString(expression)", Gives::Truth, "*", (1, 1), logic::is_string)
        .says("True if the value can be taken for a text", r#"IsString("x")"#, "true"),
    function("Item", "Item(attribute, index)", Gives::Anything, "*n", (2, 2), lists::item)
        .says("One of several values, counted from 1", r#"Item(Split("a,b", ","), 2)"#, "b"),
    function("Join", "Join(separator, source1, …)", Gives::Text, "tT", (1, ANY), lists::join)
        .says("Puts texts together, skipping empty ones", r#"Join(", ", "", "Doe", "John")"#, "Doe, John"),
    function("Left", "Left(string, numChars)", Gives::Text, "tn", (2, 2), text::left)
        .says("The first characters of a text", r#"Left("John Doe", 3)"#, "Joh"),
    function("LocalDate", "LocalDate(dateTime, timeZone?)", Gives::Time, "dt", (1, 2), dates::local_date)
        .says("The civil date of a point in time, in the person's time zone unless another is named", r#"LocalDate("2026-11-21T23:30:00Z", "Europe/Berlin")"#, "2026-11-22"),
    function("Mid", "Mid(source, start, length)", Gives::Text, "tnn", (3, 3), text::mid)
        .says("Characters from the middle of a text, counted from 1", r#"Mid("John Doe", 6, 3)"#, "Doe"),
    function("Normalize", "Normalize(source)", Gives::Text, "T", (1, 1), diacritics::compose)
        .says("The text in Unicode normalization form C", r#"Normalize("é")"#, "é"),
    function("NormalizeDiacritics", "NormalizeDiacritics(source)", Gives::Text, "T", (1, 1), diacritics::strip)
        .says("Letters without their accents: Zoë → Zoe", r#"NormalizeDiacritics("Zoë")"#, "Zoe").writing(diacritics::write),
    function("Not", "Not(source)", Gives::Truth, "*", (1, 1), logic::not)
        .says("False for true, true for anything else", r#"Not("True")"#, "false"),
    function("Now", "Now()", Gives::Time, "*", (0, 0), dates::current)
        .says("The current point in time", "Now()", "2026-11-21T23:30:00Z"),
    function("NumFromDate", "NumFromDate(value)", Gives::Number, "d", (1, 1), dates::to_number)
        .says("The Windows file time of a date", r#"NumFromDate("1601-01-01T00:00:01Z")"#, "10000000"),
    function("PCase", "PCase(source, wordSeparators?)", Gives::Text, "Tt", (1, 2), case::proper)
        .says("Every word with a capital", r#"PCase("PINTO-DE'SILVA", " '-")"#, "Pinto-De'Silva"),
    function("Prepend", "Prepend(prefix, source)", Gives::Text, "tt", (2, 2), text::prepend)
        .says("Puts a prefix before a text", r#"Prepend("x-", "ana")"#, "x-ana"),
    function("RandomString", "RandomString(length, minimumNumbers, minimumSpecialCharacters, minimumCapital, minimumLowerCase, charactersToAvoid?)", Gives::Text, "nnnnnt", (5, 6), random::string)
        .says("Random characters, the same for a person, rule and attribute for as long as they are reserved; never for passwords", r#"RandomString(6, 3, 0, 0, 3) matches "[0-9a-z]{6}""#, "true").checked(random::check_string),
    function("Redact", "Redact(value)", Gives::Anything, "*", (1, 1), logic::first)
        .says("The value itself, hidden wherever it would be shown", r#"Redact("hidden")"#, "hidden"),
    function("RemoveDuplicates", "RemoveDuplicates(attribute)", Gives::List, "*", (1, 1), lists::distinct)
        .says("Each value once", r#"RemoveDuplicates(Split("a,b,a", ","))"#, "a|b"),
    function("Replace", "Replace(source, oldValue?, regexPattern?, regexGroupName?, replacementValue?, replacementAttributeName?, template?)", Gives::Text, "Ttttttt", (1, 7), replace::replace)
        .says("Replaces a text, a pattern or a group of it", r#"Replace("john.doe@contoso.com", "@contoso.com", , , "")"#, "john.doe").checked(replace::check).searching(2),
    function("SelectUniqueValue", "SelectUniqueValue(rule1, rule2, …)", Gives::Anything, "*", (1, ANY), logic::first)
        .says("The first rule whose value nobody has yet", r#"SelectUniqueValue("ana", "ana2")"#, "ana"),
    function("SingleAppRoleAssignment", "SingleAppRoleAssignment(assignments)", Gives::Text, "*", (1, 1), roles::single)
        .says("The name of one role, of several the first in the order of the alphabet", r#"SingleAppRoleAssignment("Auditor")"#, "Auditor"),
    function("Split", "Split(source, delimiter)", Gives::List, "tt", (2, 2), lists::split)
        .says("Several values out of one text", r#"Split("a, b", ",")"#, "a|b"),
    function("Squeeze", "Squeeze(source)", Gives::Text, "T", (1, 1), text::squeeze)
        .says("One blank between words, none at the ends", r#"Squeeze(" Ana   Maria ")"#, "Ana Maria"),
    function("StringFromSID", "StringFromSID(sid)", Gives::Text, "*", (1, 1), names::sid)
        .says("A security identifier's octets as text", r#"StringFromSID("AQIAAAAAAAUgAAAAIAIAAA==")"#, "S-1-5-32-544"),
    function("StripSpaces", "StripSpaces(source)", Gives::Text, "T", (1, 1), text::strip_spaces)
        .says("The text without its blanks", r#"StripSpaces("a b c")"#, "abc"),
    function("Switch", "Switch(source, defaultValue, key1, value1, …)", Gives::Anything, "*", (1, ANY), logic::switch)
        .says("The value whose key equals the source", r#"Switch("1", "other", "1", "one", "0", "none")"#, "one").checked(logic::check_switch),
    function("Today", "Today()", Gives::Time, "*", (0, 0), dates::today)
        .says("The current date in the person's time zone", "Today()", "2026-11-22"),
    function("ToLower", "ToLower(source, culture?)", Gives::Text, "Tt", (1, 2), case::lower)
        .says("The text in lower case", r#"ToLower("I", "tr-TR")"#, "ı").checked(case::check_culture),
    function("ToUpper", "ToUpper(source, culture?)", Gives::Text, "Tt", (1, 2), case::upper)
        .says("The text in upper case", r#"ToUpper("straße")"#, "STRAßE").checked(case::check_culture),
    function("Transliterate", "Transliterate(source, rule)", Gives::Text, "Tt", (2, 2), transliterate::transliterate)
        .says(r#"Latin letters by a rule: "icao9303", "cldr", "german", "nordic""#, r#"Transliterate("Jürgen Weiß", "german")"#, "Juergen Weiss").checked(transliterate::check),
    function("Trim", "Trim(source)", Gives::Text, "T", (1, 1), text::trim)
        .says("The text without white space at its ends", r#"Trim(" ana ")"#, "ana"),
    function("Word", "Word(string, wordNumber, delimiters?)", Gives::Text, "tnt", (2, 3), text::word)
        .says("One word of a text, counted from 1", r#"Word("The quick brown fox", 3, " ")"#, "brown"),
];
