//! What a mapping says besides its value.

use super::super::table::Fields;
use crate::{
    model::Comparison,
    planning::rules::{DefaultValue, MappedValue, Mapping, NullPolicy, ValuesPolicy},
};

/// The rules values can be compared by, as they are written.
pub(in crate::config) const COMPARISONS: [(&str, Comparison); 9] = [
    ("exact", Comparison::Exact),
    ("ignore-case", Comparison::IgnoreCase),
    ("ignore-space", Comparison::FoldSpace),
    ("telephone", Comparison::Telephone),
    ("dn", Comparison::DistinguishedName),
    ("numeric", Comparison::Numeric),
    ("digits", Comparison::Digits),
    ("boolean", Comparison::Boolean),
    ("instant", Comparison::Instant),
];

const POLICIES: [(&str, NullPolicy); 2] = [("skip", NullPolicy::Skip), ("clear", NullPolicy::Clear)];

/// What a mapping says besides its value.
pub(super) struct Options {
    default: Option<DefaultValue>,
    on_create_only: bool,
    null: NullPolicy,
    empty: Option<NullPolicy>,
    absent: Option<NullPolicy>,
    values: ValuesPolicy,
    comparison: Option<Comparison>,
    marked: bool,
}

impl Options {
    /// Returns the mapping of an attribute.
    pub(super) fn of(self, attribute: &str, value: MappedValue) -> Mapping {
        Mapping {
            attribute: attribute.to_owned(),
            value,
            default: self.default,
            on_create_only: self.on_create_only,
            null: self.null,
            empty: self.empty,
            absent: self.absent,
            values: self.values,
            comparison: self.comparison,
            marked: self.marked,
        }
    }
}

/// Reads the options of a mapping, and notes those that contradict each other or its value.
pub(super) fn read(fields: &mut Fields<'_, '_, '_>, value: Option<&MappedValue>) -> Options {
    let is_secret = matches!(value, Some(MappedValue::Secret { .. }));
    let default = default(fields);
    let on_create_only = fields.choice("apply", &[("create", true), ("always", false)]);
    let values = [
        ("replace", ValuesPolicy::Replace),
        ("merge", ValuesPolicy::Merge),
        ("keep", ValuesPolicy::Keep),
    ];
    let options = Options {
        default,
        on_create_only: on_create_only.unwrap_or(is_secret),
        null: fields.choice("null", &POLICIES).unwrap_or_default(),
        empty: fields.choice("empty", &POLICIES),
        absent: fields.choice("absent", &POLICIES),
        values: fields.choice("values", &values).unwrap_or_default(),
        comparison: fields.choice("compare", &COMPARISONS),
        marked: fields.flag("marked").unwrap_or(false),
    };
    match value {
        Some(MappedValue::Secret { .. }) => {
            let keys = [
                "default",
                "default_on_create",
                "empty",
                "absent",
                "values",
                "compare",
            ];
            unfit(
                fields,
                &keys,
                "a secret is drawn when the account is made, and not compared",
            );
        }
        Some(MappedValue::Reference(_)) => {
            let keys = ["default", "default_on_create", "empty", "absent", "compare"];
            unfit(fields, &keys, "a reference names somebody's account or nobody's");
            if options.values == ValuesPolicy::Merge {
                unfit(fields, &["values"], "a reference names one account");
            }
        }
        Some(MappedValue::Expression(_)) | None => {}
    }
    contradictions(fields, &options);
    options
}

fn default(fields: &mut Fields<'_, '_, '_>) -> Option<DefaultValue> {
    let always = fields.expression("default");
    let created = fields.expression("default_on_create");
    if let (Some(_), Some(place)) = (&always, fields.place_of("default_on_create")) {
        let message = format!("{} has both `default` and `default_on_create`", fields.what);
        let hint = "keep `default` if accounts that are there are to have it too";
        fields.report.error(place, message, hint);
    }
    let on_create_only = always.is_none();
    always.or(created).map(|source| DefaultValue {
        source,
        on_create_only,
    })
}

/// Notes keys that mean nothing for the kind of value.
fn unfit(fields: &Fields<'_, '_, '_>, keys: &[&str], why: &str) {
    for (key, place) in keys.iter().filter_map(|key| Some((key, fields.place_of(key)?))) {
        let message = format!("{} cannot have `{key}`: {why}", fields.what);
        fields.report.error(place, message, "take it out");
    }
}

fn contradictions(fields: &Fields<'_, '_, '_>, options: &Options) {
    let (word, does) = match options.values {
        ValuesPolicy::Replace => return,
        ValuesPolicy::Merge => ("merge", "takes nothing away"),
        ValuesPolicy::Keep => ("keep", "never changes what is there"),
    };
    let Some(place) = fields.place_of("values") else {
        return;
    };
    let policies = [Some(options.null), options.empty, options.absent];
    if policies.contains(&Some(NullPolicy::Clear)) {
        let message = format!("`values = \"{word}\"` {does}, and another key says that nothing clears it");
        fields.report.error(
            place,
            message,
            "keep one of them: `values`, or the key that says `clear`",
        );
    } else if options.on_create_only {
        let message = format!("`values = \"{word}\"` has no effect where `apply` is `create`");
        let hint = "take one of them out: an account that is made has no values yet";
        fields.report.error(place, message, hint);
    }
}
