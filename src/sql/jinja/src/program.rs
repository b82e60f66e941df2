//! A template after compiling: a tree without lifetimes, shared by all threads that render it.

use crate::call::Args;
use crate::fault::Outcome;
use crate::render::Frame;
use crate::value::{Str, Value};
use std::sync::Arc;

/// What the parts of one source have in common.
pub struct Unit {
    pub name: Str,
    /// The package whose macros are found first by their bare name; empty for templates.
    pub package: Str,
}

pub struct Template {
    pub unit: Arc<Unit>,
    pub body: Vec<Statement>,
}

pub struct Statement {
    pub line: u32,
    pub kind: StatementKind,
}

pub enum StatementKind {
    Raw(Box<str>),
    Emit(Expression),
    For(Arc<For>),
    If { test: Expression, yes: Vec<Statement>, no: Vec<Statement> },
    With { assignments: Vec<(Target, Expression)>, body: Vec<Statement> },
    Set { target: Target, value: Expression },
    SetBlock { target: Target, filter: Option<Expression>, body: Vec<Statement> },
    FilterBlock { filter: Expression, body: Vec<Statement> },
    Include { name: Expression, ignore_missing: bool, with_context: bool },
    Import { name: Expression, target: Target, with_context: bool },
    FromImport { name: Expression, names: Vec<(Str, Str)>, with_context: bool },
    Macro(Arc<MacroDefinition>),
    CallBlock { call: Call, caller: Arc<MacroDefinition> },
    Do(Expression),
    Continue,
    Break,
}

pub struct For {
    pub target: Target,
    pub items: Expression,
    pub filter: Option<Expression>,
    pub body: Vec<Statement>,
    pub otherwise: Vec<Statement>,
    pub recursive: bool,
    pub line: u32,
}

pub enum Target {
    Name(Str),
    /// `{% set namespace.name = … %}`
    Attribute(Str, Str),
    List(Vec<Target>),
}

pub struct MacroDefinition {
    pub name: Str,
    pub parameters: Vec<Parameter>,
    pub body: Vec<Statement>,
    pub line: u32,
    /// Which of Jinja's special variables the body speaks of; only then may a call give them.
    pub uses_caller: bool,
    pub uses_varargs: bool,
    pub uses_kwargs: bool,
}

pub struct Parameter {
    pub name: Str,
    pub default: Option<Expression>,
}

pub struct Expression {
    pub line: u32,
    pub kind: Box<ExpressionKind>,
}

/// The name of an attribute, and whether any type has a method of that name.
pub struct Name {
    pub text: Str,
    pub may_be_method: bool,
}

pub enum ExpressionKind {
    Constant(Constant),
    Variable(Str),
    Attribute(Expression, Name),
    Item(Expression, Expression),
    Slice {
        of: Expression,
        start: Option<Expression>,
        stop: Option<Expression>,
        step: Option<Expression>,
    },
    Not(Expression),
    Negate(Expression),
    And(Expression, Expression),
    Or(Expression, Expression),
    Binary(Operator, Expression, Expression),
    Compare(Expression, Vec<(Comparison, Expression)>),
    /// Without the third it is undefined where the test fails.
    Conditional {
        test: Expression,
        yes: Expression,
        no: Option<Expression>,
    },
    Filter {
        filter: Named<Filter>,
        of: Expression,
        arguments: Vec<Argument>,
    },
    Test {
        test: Named<Test>,
        of: Expression,
        arguments: Vec<Argument>,
    },
    Call(Call),
    List(Vec<Expression>),
    Tuple(Vec<Expression>),
    Dict(Vec<(Expression, Expression)>),
    /// The text that a filter block or a set block with a filter has captured.
    Captured,
}

pub struct Call {
    pub callee: Expression,
    pub arguments: Vec<Argument>,
}

pub enum Argument {
    Positional(Expression),
    Named(Str, Expression),
    Spread(Expression),
    SpreadNamed(Expression),
}

/// A filter or test that was looked up when the template was compiled. One that does not exist is an error
/// then, or when it is reached, if that depends on a condition.
pub enum Named<F> {
    Found(F),
    Missing(Str),
}

pub type Filter = fn(&Frame, Value, Args) -> Outcome<Value>;
pub type Test = fn(&Frame, &Value, Args) -> Outcome<bool>;

#[derive(Clone)]
pub enum Constant {
    None,
    Bool(bool),
    Int(i128),
    Float(f64),
    Str(Str),
}

#[derive(Clone, Copy)]
pub enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    FloorDivide,
    Remainder,
    Power,
    Concatenate,
}

#[derive(Clone, Copy)]
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    NotIn,
}
