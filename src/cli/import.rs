//! `usher import`

use std::{
    fs::{File, OpenOptions},
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand};
use color_eyre::eyre::{Result, bail, eyre};

use super::{
    DONE, Global, IN_PART,
    output::{self, say},
};
use crate::{
    config::entra::{self, Remark, Translation},
    tui::text,
};

/// The longest schema that is read, in octets. Real ones have a few megabytes at most.
const LONGEST: u64 = 64 * 1024 * 1024;

/// Makes a configuration from that of another program.
#[derive(Debug, Args)]
pub(super) struct ImportCommand {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Reads the synchronization schema of a Microsoft Entra provisioning job: exit code 0 all of it was translated,
    /// 3 something was left out (listed on standard error and in the file), 1 it is no such schema
    EntraSchema(EntraSchema),
}

/// Translates a synchronization schema.
#[derive(Debug, Args)]
struct EntraSchema {
    /// The schema as JSON: what Microsoft Graph answers to GET …/synchronization/jobs/ID/schema; `-` is standard input
    file: PathBuf,
    /// Where the configuration goes [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Overwrites the file if it is there
    #[arg(long, requires = "output")]
    force: bool,
}

impl ImportCommand {
    pub(super) fn run(&self, global: &Global) -> Result<u8> {
        match &self.what {
            What::EntraSchema(schema) => schema.run(global),
        }
    }
}

impl EntraSchema {
    fn run(&self, global: &Global) -> Result<u8> {
        let text = read(&self.file)?;
        let translation =
            entra::translate(&text).map_err(|error| eyre!("{}: {error}", self.file.display()))?;
        if let Some(path) = &self.output {
            write(path, &translation.toml, self.force)?;
        }
        if global.json {
            self.print_json(&translation)?;
        } else {
            self.print(&translation)?;
        }
        Ok(if translation.left_out.is_empty() {
            DONE
        } else {
            IN_PART
        })
    }

    fn print_json(&self, translation: &Translation) -> Result<()> {
        let mut report = serde_json::json!({
            "output": self.output,
            "left_out": translation.left_out,
            "notes": translation.notes,
        });
        if self.output.is_none() {
            report["configuration"] = translation.toml.as_str().into();
        }
        output::json(&report)
    }

    fn print(&self, translation: &Translation) -> Result<()> {
        match &self.output {
            Some(path) => say!("written: {}", text::clean(&path.display().to_string())),
            None => std::io::stdout().write_all(translation.toml.as_bytes())?,
        }
        let say_all = |title: &str, remarks: &[Remark]| {
            for remark in remarks {
                let place = format!("{}:{}: {}", self.file.display(), remark.line, remark.path);
                eprintln!(
                    "{title}: {}: {}",
                    text::clean(&place),
                    text::clean(&remark.reason)
                );
            }
        };
        say_all("note", &translation.notes);
        say_all("not translated", &translation.left_out);
        Ok(())
    }
}

fn read(path: &Path) -> Result<String> {
    let unreadable = |error: std::io::Error| eyre!("{} cannot be read: {error}", path.display());
    let mut octets = Vec::new();
    if path == Path::new("-") {
        std::io::stdin().lock().take(LONGEST + 1).read_to_end(&mut octets)
    } else {
        File::open(path)
            .map_err(unreadable)?
            .take(LONGEST + 1)
            .read_to_end(&mut octets)
    }
    .map_err(unreadable)?;
    if octets.len() as u64 > LONGEST {
        bail!("{} is longer than 64 MiB: it is no schema", path.display());
    }
    String::from_utf8(octets).map_err(|_| eyre!("{} is no UTF-8 text: save it as UTF-8", path.display()))
}

fn write(path: &Path, text: &str, force: bool) -> Result<()> {
    let mut options = OpenOptions::new();
    options.write(true);
    if force {
        options.create(true).truncate(true);
    } else {
        options.create_new(true);
    }
    let written = options
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()));
    match written {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            bail!(
                "{} is there already: name another file, or use --force",
                path.display()
            )
        }
        written => written.map_err(|error| eyre!("{} cannot be written: {error}", path.display())),
    }
}
