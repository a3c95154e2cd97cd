//! What attributes are by custom, where the schema cannot be read.

use super::{super::active_directory::form::Form, base};
use crate::model::{Column, Comparison, ValueType};

/// What an attribute is where the schema cannot be read.
pub(super) fn customary(name: &str) -> Column {
    if let Some(form) = Form::of(name) {
        return Column {
            value_type: form.value_type(),
            comparison: form.comparison(),
            ..Column::text(name)
        };
    }
    let (value_type, comparison) = match base(name).as_str() {
        "manager" | "member" | "uniquemember" | "memberof" | "owner" | "secretary" | "seealso" => {
            (ValueType::Reference, Comparison::DistinguishedName)
        }
        "telephonenumber" | "mobile" | "homephone" | "pager" | "facsimiletelephonenumber" => {
            (ValueType::Text, Comparison::Telephone)
        }
        "userpassword" | "jpegphoto" | "cacertificate" | "usercertificate" => {
            (ValueType::Binary, Comparison::Exact)
        }
        "uidnumber" | "gidnumber" => (ValueType::Integer, Comparison::Numeric),
        "createtimestamp" | "modifytimestamp" => (ValueType::Instant, Comparison::Instant),
        "entryuuid" => (ValueType::Text, Comparison::Exact),
        _ => (ValueType::Text, Comparison::IgnoreCase),
    };
    Column {
        value_type,
        comparison,
        multi_valued: true,
        ..Column::text(name)
    }
}
