//! stub
#![allow(missing_docs)]
use crate::model::Value;
pub struct Span {
    pub start: usize,
    pub end: usize,
}
pub struct Diagnostic {
    pub span: Span,
    pub message: String,
    pub hint: Option<String>,
}
#[derive(Debug, Clone, Copy)]
pub struct Slot(pub u32);
pub trait Names {
    fn resolve(&self, path: &str) -> Option<Slot>;
    fn known(&self) -> Vec<String>;
}
pub trait Row<'a> {
    fn get(&self, slot: Slot) -> Value<'a>;
}
pub struct Moment<'z> {
    pub now: jiff::Timestamp,
    pub time_zone: &'z jiff::tz::TimeZone,
}
pub struct Expression;
pub struct Fault {
    pub message: String,
}
impl Expression {
    pub fn compile(_: &str, _: &dyn Names) -> Result<Expression, Vec<Diagnostic>> {
        Ok(Self)
    }
    pub fn compile_condition(_: &str, _: &dyn Names) -> Result<Expression, Vec<Diagnostic>> {
        Ok(Self)
    }
    pub fn evaluate<'a, R: Row<'a> + ?Sized>(&'a self, _: &R, _: &Moment<'_>) -> Result<Value<'a>, Fault> {
        Ok(Value::Absent)
    }
    pub fn holds<'a, R: Row<'a> + ?Sized>(&'a self, _: &R, _: &Moment<'_>) -> Result<bool, Fault> {
        Ok(true)
    }
    pub fn as_slot(&self) -> Option<Slot> {
        None
    }
    pub fn slots(&self) -> &[Slot] {
        &[]
    }
    pub fn is_unique_choice(&self) -> bool {
        false
    }
    pub fn candidates<'a, R: Row<'a> + ?Sized>(
        &'a self,
        _: &'a R,
        _: &'a Moment<'a>,
    ) -> impl Iterator<Item = Result<Value<'a>, Fault>> {
        std::iter::empty()
    }
    pub fn ignores_nothing(&self) -> bool {
        false
    }
}
