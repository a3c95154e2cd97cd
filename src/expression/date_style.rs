//! The styles of .NET (`DateTimeStyles`) in which a date may be read.

/// How a date is read.
#[expect(clippy::struct_excessive_bools, reason = ".NET's flags, each on its own")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Styles {
    /// White space before the date is passed over.
    pub(super) leading: bool,
    /// White space behind it.
    pub(super) trailing: bool,
    /// White space within it.
    pub(super) inner: bool,
    /// A date and time without offset is in the person's zone, not in UTC.
    pub(super) local: bool,
    /// What the form lacks is taken from the first of January of the year 1, not from today.
    pub(super) no_current_date: bool,
}

impl Default for Styles {
    /// `RoundtripKind, AllowLeadingWhite, AllowTrailingWhite`
    fn default() -> Self {
        Self {
            leading: true,
            trailing: true,
            inner: false,
            local: false,
            no_current_date: false,
        }
    }
}

impl Styles {
    /// Reads names of styles, separated by commas; nothing is the default.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        let mut styles = Self {
            leading: false,
            trailing: false,
            ..Self::default()
        };
        for name in text.split([',', '|']) {
            let name = name.trim();
            let name = name.strip_prefix("DateTimeStyles.").unwrap_or(name);
            match name.to_ascii_lowercase().as_str() {
                "allowleadingwhite" => styles.leading = true,
                "allowtrailingwhite" => styles.trailing = true,
                "allowinnerwhite" => styles.inner = true,
                "allowwhitespaces" => (styles.leading, styles.inner, styles.trailing) = (true, true, true),
                "assumelocal" => styles.local = true,
                "nocurrentdatedefault" => styles.no_current_date = true,
                // a point in time stays one, and is written in UTC: nothing to change
                "none" | "roundtripkind" | "assumeuniversal" | "adjusttouniversal" => {}
                _ => {
                    let name = super::convert::shortened(name);
                    return Err(format!(
                        "there is no style `{name}`; one is written like `AllowWhiteSpaces` or `AssumeLocal`"
                    ));
                }
            }
        }
        Ok(styles)
    }
}
