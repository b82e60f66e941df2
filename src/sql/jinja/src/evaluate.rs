//! Evaluates expressions.

use crate::fail;
use crate::fault::Outcome;
use crate::objects::Callable;
use crate::operators;
use crate::program::*;
use crate::render::Frame;
use crate::value::{Dict, Key, Str, Value};

impl Frame<'_> {
    pub fn evaluate(&self, expression: &Expression) -> Outcome<Value> {
        self.evaluate_kind(expression).map_err(|fault| fault.at(&self.unit.name, expression.line))
    }

    fn optional(&self, expression: &Option<Expression>) -> Outcome<Option<Value>> {
        expression.as_ref().map(|expression| self.evaluate(expression)).transpose()
    }

    fn all(&self, expressions: &[Expression]) -> Outcome<Vec<Value>> {
        expressions.iter().map(|expression| self.evaluate(expression)).collect()
    }

    fn evaluate_kind(&self, expression: &Expression) -> Outcome<Value> {
        Ok(match &*expression.kind {
            ExpressionKind::Constant(constant) => match constant {
                Constant::None => Value::None,
                Constant::Bool(value) => Value::Bool(*value),
                Constant::Int(value) => Value::Int(*value),
                Constant::Float(value) => Value::Float(*value),
                Constant::Str(text) => Value::Str(text.clone()),
            },
            ExpressionKind::Variable(name) => self.variable(name),
            ExpressionKind::Attribute(object, name) => {
                let object = self.evaluate(object)?;
                match name.may_be_method {
                    true => self.attribute(&object, &name.text)?,
                    false => self.plain_attribute(&object, &name.text)?,
                }
            }
            ExpressionKind::Item(object, key) => self.item(&self.evaluate(object)?, &self.evaluate(key)?)?,
            ExpressionKind::Slice { of, start, stop, step } => {
                let parts = [self.optional(start)?, self.optional(stop)?, self.optional(step)?];
                self.slice(&self.evaluate(of)?, parts)?
            }
            ExpressionKind::Not(operand) => Value::Bool(!self.evaluate(operand)?.is_true()?),
            ExpressionKind::Negate(operand) => operators::negate(self.evaluate(operand)?)?,
            ExpressionKind::And(left, right) => {
                let left = self.evaluate(left)?;
                match left.is_true()? {
                    true => self.evaluate(right)?,
                    false => left,
                }
            }
            ExpressionKind::Or(left, right) => {
                let left = self.evaluate(left)?;
                match left.is_true()? {
                    true => left,
                    false => self.evaluate(right)?,
                }
            }
            ExpressionKind::Binary(operator, left, right) => {
                operators::binary(*operator, self.evaluate(left)?, self.evaluate(right)?)?
            }
            ExpressionKind::Compare(first, rest) => Value::Bool(self.compare(first, rest)?),
            ExpressionKind::Conditional { test, yes, no } => match (self.evaluate(test)?.is_true()?, no) {
                (true, _) => self.evaluate(yes)?,
                (false, Some(no)) => self.evaluate(no)?,
                (false, None) => Value::Blank("the inline if-expression was false and has no else".into()),
            },
            ExpressionKind::Filter { filter, of, arguments } => {
                let value = self.evaluate(of)?;
                match filter {
                    Named::Found(filter) => filter(self, value, self.arguments(arguments)?)?,
                    Named::Missing(name) => fail!("there is no filter '{name}'"),
                }
            }
            ExpressionKind::Test { test, of, arguments } => {
                let value = self.evaluate(of)?;
                match test {
                    Named::Found(test) => Value::Bool(test(self, &value, self.arguments(arguments)?)?),
                    Named::Missing(name) => fail!("there is no test '{name}'"),
                }
            }
            ExpressionKind::Call(call) => self.evaluate_call(call, expression.line, None)?,
            ExpressionKind::List(items) => Value::list(self.all(items)?),
            ExpressionKind::Tuple(items) => Value::tuple(self.all(items)?),
            ExpressionKind::Dict(pairs) => {
                let mut dict = Dict::with_capacity_and_hasher(pairs.len(), Default::default());
                for (key, value) in pairs {
                    dict.insert(Key::new(self.evaluate(key)?)?, self.evaluate(value)?);
                }
                Value::dict(dict)
            }
            ExpressionKind::Captured => self.scope.find("").unwrap_or(Value::None),
        })
    }

    fn compare(&self, first: &Expression, rest: &[(Comparison, Expression)]) -> Outcome<bool> {
        let mut left = self.evaluate(first)?;
        for (comparison, operand) in rest {
            let right = self.evaluate(operand)?;
            let holds = match (comparison, &right) {
                (Comparison::In | Comparison::NotIn, Value::Callable(_)) => {
                    self.has_member(&right, &left)? == matches!(comparison, Comparison::In)
                }
                _ => operators::compare(*comparison, &left, &right)?,
            };
            if !holds {
                return Ok(false);
            }
            left = right;
        }
        Ok(true)
    }

    /// A call; `caller` is the body of a call block.
    pub fn evaluate_call(&self, call: &Call, line: u32, caller: Option<(Str, Value)>) -> Outcome<Value> {
        if let ExpressionKind::Attribute(object, name) = &*call.callee.kind {
            let object = self.evaluate(object)?;
            let mut args = self.arguments(&call.arguments)?;
            args.named.extend(caller);
            let outcome = self.call_member(object.defined()?, &name.text, args);
            return outcome.map_err(|fault| fault.called_from(&self.unit.name, line));
        }
        let callee = self.evaluate(&call.callee)?;
        let mut args = self.arguments(&call.arguments)?;
        args.named.extend(caller);
        let outcome = self.call(&callee, args);
        match &callee {
            Value::Callable(callable) if matches!(**callable, Callable::Macro(_)) => {
                outcome.map_err(|fault| fault.called_from(&self.unit.name, line))
            }
            _ => outcome,
        }
    }
}
