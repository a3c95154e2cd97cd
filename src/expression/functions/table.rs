//! The table of functions, and of those that are refused with a reason.

use super::{Check, FunctionDoc, Gives, Run, case, dates, diacritics, lists, logic, numbers, replace, text};

/// As many arguments as are written.
const ANY: usize = usize::MAX;

const fn function(
    name: &'static str,
    signature: &'static str,
    summary: &'static str,
    gives: Gives,
    (required, most): (usize, usize),
    run: Run,
) -> FunctionDoc {
    FunctionDoc {
        name,
        signature,
        summary,
        gives,
        required,
        most,
        pattern_at: 0,
        check: None,
        run,
    }
}

/// Adds a look at literal arguments.
const fn checked(mut function: FunctionDoc, check: Check) -> FunctionDoc {
    function.check = Some(check);
    function
}

/// Says that argument 2, counted from 0, is a pattern.
const fn searching(mut function: FunctionDoc) -> FunctionDoc {
    function.pattern_at = 2;
    function
}

/// Every function, in alphabetical order, one a line.
#[rustfmt::skip]
pub(super) static FUNCTIONS: &[FunctionDoc] = &[
    function("Append", "Append(source, suffix)", "Puts a suffix behind a text", Gives::Text, (2, 2), text::append),
    function("Ascii", "Ascii(source)", "Writes a text of any script in ASCII letters", Gives::Text, (1, 1), diacritics::ascii),
    function("BitAnd", "BitAnd(value1, value2)", "The bits that are set in both numbers", Gives::Number, (2, 2), numbers::bit_and),
    function("CBool", "CBool(expression)", "Takes a value for true or false; a number is true unless it is 0", Gives::Truth, (1, 1), logic::boolean),
    function("CDate", "CDate(expression)", "Reads a date or a date and time", Gives::Time, (1, 1), dates::date),
    function("Coalesce", "Coalesce(source1, …, defaultValue)", "The first value that is not null", Gives::Anything, (1, ANY), logic::coalesce),
    function("ConvertToBase64", "ConvertToBase64(source)", "The text's UTF-16LE octets in base64", Gives::Text, (1, 1), numbers::base64),
    function("ConvertToUTF8Hex", "ConvertToUTF8Hex(source)", "The text's UTF-8 octets in hexadecimal", Gives::Text, (1, 1), numbers::hexadecimal),
    function("Count", "Count(attribute)", "How many values there are", Gives::Number, (1, 1), lists::count),
    function("Counter", "Counter()", "Inside a rule of SelectUniqueValue: 2, 3, 4, … until the value is free", Gives::Number, (0, 0), numbers::counter),
    function("CStr", "CStr(value)", "Takes a value for a text", Gives::Text, (1, 1), text::string),
    checked(function("DateAdd", "DateAdd(interval, value, dateTime)", "A date so many yyyy, m, d, ww, h, n or s later", Gives::Time, (3, 3), dates::add), dates::check_interval),
    checked(function("DateDiff", "DateDiff(interval, date1, date2)", "How many yyyy, m, d, ww, h, n or s from the first date to the second", Gives::Number, (3, 3), dates::difference), dates::check_interval),
    function("DateFromNum", "DateFromNum(value)", "The date of a Windows file time", Gives::Time, (1, 1), dates::from_number),
    checked(function("FormatDateTime", "FormatDateTime(source, dateTimeStyles?, inputFormat?, outputFormat)", "Writes a date in another form", Gives::Text, (1, 4), dates::format), dates::check_format),
    function("IgnoreFlowIfNullOrEmpty", "IgnoreFlowIfNullOrEmpty(expression)", "Leaves the attribute alone if the value is null or empty", Gives::Anything, (1, 1), logic::first),
    function("IIF", "IIF(condition, valueIfTrue, valueIfFalse)", "One of two values", Gives::Anything, (1, 3), logic::iif),
    function("InStr", "InStr(value1, value2, start?, compareType?)", "Where the second text begins in the first, from 1; 0 if nowhere", Gives::Number, (2, 4), text::position),
    function("IsNothing", "IsNothing(expression)", "True if the value is absent, null or empty", Gives::Truth, (1, 1), logic::is_nothing),
    function("IsNull", "IsNull(expression)", "True if the value is absent or null", Gives::Truth, (1, 1), logic::is_null),
    function("IsNullOrEmpty", "IsNullOrEmpty(expression)", "True if the value is absent, null or empty", Gives::Truth, (1, 1), logic::is_nothing),
    function("IsPresent", "IsPresent(expression)", "True if the value is neither absent, null nor empty", Gives::Truth, (1, 1), logic::is_present),
    function("IsString", "IsString(expression)", "True if the value can be taken for a text", Gives::Truth, (1, 1), logic::is_string),
    function("Item", "Item(attribute, index)", "One of several values, counted from 1", Gives::Anything, (2, 2), lists::item),
    function("Join", "Join(separator, source1, …)", "Puts texts together, skipping empty ones", Gives::Text, (1, ANY), lists::join),
    function("Left", "Left(string, numChars)", "The first characters of a text", Gives::Text, (2, 2), text::left),
    function("Mid", "Mid(source, start, length)", "Characters from the middle of a text, counted from 1", Gives::Text, (3, 3), text::mid),
    function("Normalize", "Normalize(source)", "The text in Unicode normalization form C", Gives::Text, (1, 1), diacritics::compose),
    function("NormalizeDiacritics", "NormalizeDiacritics(source)", "Letters without their accents: Zoë → Zoe", Gives::Text, (1, 1), diacritics::strip),
    function("Not", "Not(source)", "False for true, true for anything else", Gives::Truth, (1, 1), logic::not),
    function("Now", "Now()", "The current point in time", Gives::Time, (0, 0), dates::current),
    function("NumFromDate", "NumFromDate(value)", "The Windows file time of a date", Gives::Number, (1, 1), dates::to_number),
    function("PCase", "PCase(source, wordSeparators?)", "Every word with a capital", Gives::Text, (1, 2), case::proper),
    function("Prepend", "Prepend(prefix, source)", "Puts a prefix before a text", Gives::Text, (2, 2), text::prepend),
    function("RemoveDuplicates", "RemoveDuplicates(attribute)", "Each value once", Gives::List, (1, 1), lists::distinct),
    searching(checked(function("Replace", "Replace(source, oldValue?, regexPattern?, regexGroupName?, replacementValue?, replacementAttributeName?, template?)", "Replaces a text, a pattern or a group of it", Gives::Text, (1, 7), replace::replace), replace::check)),
    function("SelectUniqueValue", "SelectUniqueValue(rule1, rule2, …)", "The first rule whose value nobody has yet", Gives::Anything, (1, ANY), logic::first),
    function("Split", "Split(source, delimiter)", "Several values out of one text", Gives::List, (2, 2), lists::split),
    function("Squeeze", "Squeeze(source)", "One blank between words, none at the ends", Gives::Text, (1, 1), text::squeeze),
    function("StripSpaces", "StripSpaces(source)", "The text without its blanks", Gives::Text, (1, 1), text::strip_spaces),
    checked(function("Switch", "Switch(source, defaultValue, key1, value1, …)", "The value whose key equals the source", Gives::Anything, (1, ANY), logic::switch), logic::check_switch),
    function("Today", "Today()", "The current date in the person's time zone", Gives::Time, (0, 0), dates::today),
    function("ToLower", "ToLower(source, culture?)", "The text in lower case", Gives::Text, (1, 2), case::lower),
    function("ToUpper", "ToUpper(source, culture?)", "The text in upper case", Gives::Text, (1, 2), case::upper),
    function("Trim", "Trim(source)", "The text without white space at its ends", Gives::Text, (1, 1), text::trim),
    function("Word", "Word(string, wordNumber, delimiters?)", "One word of a text, counted from 1", Gives::Text, (2, 3), text::word),
];

/// Functions of Microsoft Entra that are not here, and what to do instead.
pub(super) const REFUSED: &[(&str, &str)] = &[
    (
        "Guid",
        "random values are reserved by the planner: not available yet",
    ),
    (
        "RandomString",
        "random values are reserved by the planner: not available yet",
    ),
    (
        "Redact",
        "write `marked = true` beside the attribute to hide its values",
    ),
    ("DefaultDomain", "write the domain as a text"),
    (
        "AppRoleAssignments",
        "role assignments are written as entitlements",
    ),
    (
        "AppRoleAssignmentsComplex",
        "role assignments are written as entitlements",
    ),
    (
        "AssertiveAppRoleAssignmentsComplex",
        "role assignments are written as entitlements",
    ),
    (
        "SingleAppRoleAssignment",
        "role assignments are written as entitlements",
    ),
];
