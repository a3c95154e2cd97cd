//! `usher revalidate`

use clap::Args;
use color_eyre::eyre::Result;

use super::{
    DONE, Global, IN_PART, NOT_DONE, open,
    output::{self, say},
    plan, planfile,
    status::Status,
};
use crate::engine::revalidate::{Checked, Named, Standing};

/// Reads every system again and says which operations still hold: exit code 0 all do, 3 some do not, 1 not done.
#[derive(Debug, Args)]
pub(super) struct Revalidate {
    /// A plan file, or the number of a plan [default: the current plan]
    plan: Option<String>,
}

impl Revalidate {
    pub(super) fn run(&self, global: &Global) -> Result<u8> {
        let config = open::config(global)?;
        let named = match &self.plan {
            Some(text) => planfile::named(text)?,
            None => Named::Current,
        };
        let engine = open::engine(global, &config)?;
        let result = open::runtime()?.block_on(async {
            let _status = Status::show(&engine);
            engine.revalidate(named).await
        });
        let checked = match result {
            Ok(checked) => checked,
            Err(error) => {
                plan::complain(global, &config, error)?;
                return Ok(NOT_DONE);
            }
        };
        if global.json {
            output::json(&checked)?;
        } else {
            print(&checked)?;
        }
        let all_hold = checked.iter().all(|checked| checked.standing == Standing::Holds);
        Ok(if all_hold { DONE } else { IN_PART })
    }
}

fn print(checked: &[Checked]) -> Result<()> {
    let rows: Vec<_> = checked
        .iter()
        .filter(|checked| checked.standing != Standing::Holds)
        .map(|checked| {
            let mut row = vec![checked.standing.word().to_owned()];
            row.extend(plan::cells(&checked.operation));
            row.push(plan::differences(
                &checked.differs,
                checked.standing == Standing::Changed,
            ));
            row
        })
        .collect();
    let held = checked.len() - rows.len();
    say!("{held} of {} operations hold", checked.len());
    output::table(&rows)
}
