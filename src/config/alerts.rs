//! `[alerts]`: where failures, quarantines and guard rails are reported.

use std::time::Duration;

use super::table::Fields;

/// How long a command may take, in seconds.
const SECONDS: usize = 30;

/// Reads `[alerts]`: the command, and how long it may take.
pub(super) fn read(root: &mut Fields<'_, '_, '_>) -> Option<(Vec<String>, Duration)> {
    let mut table = root.table("alerts")?;
    let words = table.texts("command").unwrap_or_default().into_iter();
    let command: Vec<_> = words.map(|word| word.into_inner().to_owned()).collect();
    let seconds = table.count("seconds").unwrap_or(SECONDS);
    if command.first().is_none_or(String::is_empty) {
        table.report.error(
            table.span.clone(),
            "`alerts` names no command",
            "write `command = [\"…\"]`: it gets one line of JSON on its standard input",
        );
    }
    table.finish();
    Some((command, Duration::from_secs(seconds.max(1) as u64)))
}
