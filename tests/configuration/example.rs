//! `config.example.toml` says all there is, and says it right.

use std::fs;

use super::{BASE, parse, sound};

#[test]
fn the_example_loads_as_it_is_and_with_every_key_uncommented() {
    let example = fs::read_to_string("config.example.toml").unwrap();
    let config = sound(&example);
    assert!(config.warnings.is_empty(), "{}", config.warnings);
    let all = uncommented(&example);
    assert!(all.lines().count() == example.lines().count() && all != example);
    sound(&all);
}

/// Takes the `#` from lines like `#key = …`; prose begins with `# `.
fn uncommented(example: &str) -> String {
    let line = |line: &str| match line.strip_prefix('#') {
        Some(key) if !key.is_empty() && !key.starts_with(' ') => key.to_owned(),
        _ => line.to_owned(),
    };
    example.lines().map(|it| line(it) + "\n").collect()
}

#[test]
fn the_example_says_what_the_default_rails_are() {
    let example = fs::read_to_string("config.example.toml").unwrap();
    let guard = |text: &str| {
        text.split("[guard]")
            .nth(1)
            .unwrap()
            .split("[guard.per_group]")
            .next()
            .unwrap()
            .to_owned()
    };
    let written = sound(&format!("{BASE}[guard]{}", guard(&uncommented(&example))))
        .rules
        .rails;
    let defaults = sound(BASE).rules.rails;
    assert_eq!(written, defaults);
}

/// The keys of every table, as the hint for an unknown key lists them, are all in the example.
#[test]
fn the_example_has_every_key_there_is() {
    let all = uncommented(&fs::read_to_string("config.example.toml").unwrap());
    let stranger = "zzzzzzzzqqqqqqqqxxxxxxxx";
    let mut seen = 0;
    for (header, _) in all.match_indices("\n[") {
        let end = header + 1 + all[header + 1..].find('\n').unwrap();
        let text = format!("{}\n{stranger} = 1{}", &all[..end], &all[end..]);
        let Err(errors) = parse(&text) else { continue };
        for problem in errors
            .problems()
            .iter()
            .filter(|problem| problem.message.contains(stranger))
        {
            let Some(keys) = problem
                .hint
                .as_deref()
                .and_then(|hint| hint.strip_prefix("there are: "))
            else {
                continue;
            };
            for key in keys.split(", ").map(|key| key.trim_matches('`')) {
                let written = [
                    format!("\n{key} = "),
                    format!("{{ {key} = "),
                    format!(", {key} = "),
                    format!("[{key}"),
                    format!(".{key}]"),
                    format!(".{key}."),
                ];
                assert!(
                    written.iter().any(|form| all.contains(form)),
                    "`{key}` is not in config.example.toml"
                );
                seen += 1;
            }
        }
    }
    assert!(seen > 40, "{seen}");
}

#[test]
fn a_file_cut_short_or_garbled_is_an_error_and_no_panic() {
    let example = fs::read_to_string("config.example.toml").unwrap();
    for at in (0..example.len())
        .step_by(97)
        .filter(|at| example.is_char_boundary(*at))
    {
        for text in [
            example[..at].to_owned(),
            format!("{}]{}", &example[..at], &example[at..]),
            example[at..].to_owned(),
        ] {
            if let Err(errors) = parse(&text) {
                assert!(!errors.render(false).is_empty() && !errors.located().is_empty());
            }
        }
    }
}
