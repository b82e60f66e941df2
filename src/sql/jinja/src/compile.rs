//! From minijinja's syntax tree to a program. The tree borrows from the source and knows minijinja's
//! values; the program does neither.

use crate::fault::{Fault, Outcome};
use crate::program::*;
use crate::value::Str;
use crate::{checks, fail, filters, methods, syntax};
use minijinja::machinery::{ast, parse};
use minijinja::syntax::SyntaxConfig;
use std::sync::Arc;

/// Compiles a source. `lines_before` is how many lines of the file precede it, for messages.
pub fn compile(unit: &Arc<Unit>, source: &str, lines_before: u32) -> Outcome<Vec<Statement>> {
    let source = &*syntax::plain(source);
    let tree = parse(source, &unit.name, SyntaxConfig::default()).map_err(|error| {
        let line = error.line().unwrap_or(1) as u32 + lines_before;
        let message = error.detail().map_or_else(|| error.kind().to_string(), str::to_string);
        Fault::new(message).at(&unit.name, line)
    })?;
    let mut compiler = Compiler { source, unit, lines_before, soft: false, macros: Vec::new() };
    match &tree {
        ast::Stmt::Template(template) => compiler.statements(&template.children),
        _ => Ok(Vec::new()),
    }
}

struct Compiler<'s> {
    source: &'s str,
    unit: &'s Arc<Unit>,
    lines_before: u32,
    /// Inside of a condition an unknown filter matters only when it is reached.
    soft: bool,
    /// The macros around the present place, and which special variables they speak of.
    macros: Vec<Specials>,
}

#[derive(Default, Clone, Copy)]
struct Specials {
    caller: bool,
    varargs: bool,
    kwargs: bool,
}

impl Compiler<'_> {
    fn line(&self, span: minijinja::machinery::Span) -> u32 {
        span.start_line as u32 + self.lines_before
    }

    fn statements(&mut self, nodes: &[ast::Stmt]) -> Outcome<Vec<Statement>> {
        nodes.iter().map(|node| self.statement(node)).collect()
    }

    /// A body with variables of its own; unknown filters in it are errors at once again.
    fn body(&mut self, nodes: &[ast::Stmt]) -> Outcome<Vec<Statement>> {
        let soft = std::mem::replace(&mut self.soft, false);
        let body = self.statements(nodes);
        self.soft = soft;
        body
    }

    fn softly<T>(&mut self, part: impl FnOnce(&mut Self) -> Outcome<T>) -> Outcome<T> {
        let soft = std::mem::replace(&mut self.soft, true);
        let compiled = part(self);
        self.soft = soft;
        compiled
    }

    fn statement(&mut self, node: &ast::Stmt) -> Outcome<Statement> {
        use ast::Stmt::*;
        let span = match node {
            Template(s) => s.span(),
            EmitExpr(s) => s.span(),
            EmitRaw(s) => s.span(),
            ForLoop(s) => s.span(),
            IfCond(s) => s.span(),
            WithBlock(s) => s.span(),
            Set(s) => s.span(),
            SetBlock(s) => s.span(),
            AutoEscape(s) => s.span(),
            FilterBlock(s) => s.span(),
            Block(s) => s.span(),
            Import(s) => s.span(),
            FromImport(s) => s.span(),
            Extends(s) => s.span(),
            Include(s) => s.span(),
            Macro(s) => s.span(),
            CallBlock(s) => s.span(),
            Do(s) => s.span(),
            Continue(s) => s.span(),
            Break(s) => s.span(),
        };
        let line = self.line(span);
        let text = &self.source[span.start_offset as usize..span.end_offset as usize];
        let kind = self.statement_kind(node, text, line);
        Ok(Statement { line, kind: kind.map_err(|fault| fault.at(&self.unit.name, line))? })
    }

    fn statement_kind(&mut self, node: &ast::Stmt, text: &str, line: u32) -> Outcome<StatementKind> {
        use ast::Stmt;
        Ok(match node {
            Stmt::EmitRaw(raw) => StatementKind::Raw(raw.raw.into()),
            Stmt::EmitExpr(emit) => StatementKind::Emit(self.expression(&emit.expr)?),
            Stmt::Do(node) => StatementKind::Do(match (&node.call.expr, &node.call.args[..]) {
                (ast::Expr::Var(name), [ast::CallArg::Pos(value)]) if name.id == syntax::DO => {
                    self.expression(value)?
                }
                _ => fail!("do takes an expression"),
            }),
            Stmt::Continue(_) => StatementKind::Continue,
            Stmt::Break(_) => StatementKind::Break,
            Stmt::ForLoop(node) => StatementKind::For(Arc::new(For {
                target: self.target(&node.target)?,
                items: self.expression(&node.iter)?,
                filter: node.filter_expr.as_ref().map(|test| self.expression(test)).transpose()?,
                body: self.body(&node.body)?,
                otherwise: self.body(&node.else_body)?,
                recursive: node.recursive,
                line,
            })),
            Stmt::IfCond(node) => self.softly(|this| {
                Ok(StatementKind::If {
                    test: this.expression(&node.expr)?,
                    yes: this.statements(&node.true_body)?,
                    no: this.statements(&node.false_body)?,
                })
            })?,
            Stmt::WithBlock(node) => {
                let mut assignments = Vec::new();
                for (target, value) in &node.assignments {
                    assignments.push((self.target(target)?, self.expression(value)?));
                }
                StatementKind::With { assignments, body: self.body(&node.body)? }
            }
            Stmt::Set(node) => {
                StatementKind::Set { target: self.target(&node.target)?, value: self.expression(&node.expr)? }
            }
            Stmt::SetBlock(node) => StatementKind::SetBlock {
                target: self.target(&node.target)?,
                filter: node.filter.as_ref().map(|filter| self.expression(filter)).transpose()?,
                body: self.body(&node.body)?,
            },
            Stmt::FilterBlock(node) => StatementKind::FilterBlock {
                filter: self.expression(&node.filter)?,
                body: self.body(&node.body)?,
            },
            Stmt::Include(node) => StatementKind::Include {
                name: self.expression(&node.name)?,
                ignore_missing: node.ignore_missing,
                with_context: says_context(text) != Some("without"),
            },
            Stmt::Import(node) => StatementKind::Import {
                name: self.expression(&node.expr)?,
                target: self.target(&node.name)?,
                with_context: says_context(text) == Some("with"),
            },
            Stmt::FromImport(node) => {
                let mut names = Vec::new();
                for (name, alias) in &node.names {
                    let name = variable_name(name)?;
                    names.push((name.clone(), alias.as_ref().map_or(Ok(name), variable_name)?));
                }
                let with_context = says_context(text) == Some("with");
                StatementKind::FromImport { name: self.expression(&node.expr)?, names, with_context }
            }
            Stmt::Macro(node) => StatementKind::Macro(self.definition(node, line)?),
            Stmt::CallBlock(node) => StatementKind::CallBlock {
                call: self.call(&node.call)?,
                caller: self.definition(&node.macro_decl, line)?,
            },
            Stmt::AutoEscape(_) => fail!("autoescape is not supported: nothing is ever escaped"),
            Stmt::Block(_) => fail!("block is not supported; use include or a macro"),
            Stmt::Extends(_) => fail!("extends is not supported; use include or a macro"),
            Stmt::Template(_) => fail!("a template inside of a template"),
        })
    }

    fn definition(&mut self, node: &ast::Macro, line: u32) -> Outcome<Arc<MacroDefinition>> {
        self.macros.push(Specials::default());
        let soft = std::mem::replace(&mut self.soft, false);
        let parts = self.parameters(node).and_then(|parameters| Ok((parameters, self.body(&node.body)?)));
        self.soft = soft;
        let specials = self.macros.pop().unwrap_or_default();
        let (parameters, body) = parts?;
        Ok(Arc::new(MacroDefinition {
            name: node.name.into(),
            parameters,
            body,
            line,
            uses_caller: specials.caller,
            uses_varargs: specials.varargs,
            uses_kwargs: specials.kwargs,
        }))
    }

    fn parameters(&mut self, node: &ast::Macro) -> Outcome<Vec<Parameter>> {
        let without_default = node.args.len() - node.defaults.len();
        let mut parameters = Vec::new();
        for (index, name) in node.args.iter().enumerate() {
            let default = index.checked_sub(without_default).map(|index| &node.defaults[index]);
            parameters.push(Parameter {
                name: variable_name(name)?,
                default: default.map(|value| self.expression(value)).transpose()?,
            });
        }
        Ok(parameters)
    }

    fn target(&mut self, node: &ast::Expr) -> Outcome<Target> {
        Ok(match node {
            ast::Expr::GetAttr(node) => Target::Attribute(variable_name(&node.expr)?, node.name.into()),
            ast::Expr::List(node) => {
                Target::List(node.items.iter().map(|item| self.target(item)).collect::<Outcome<_>>()?)
            }
            node => Target::Name(variable_name(node)?),
        })
    }

    fn expressions(&mut self, nodes: &[ast::Expr]) -> Outcome<Vec<Expression>> {
        nodes.iter().map(|node| self.expression(node)).collect()
    }

    fn optional(&mut self, node: &Option<ast::Expr>) -> Outcome<Option<Expression>> {
        node.as_ref().map(|node| self.expression(node)).transpose()
    }

    fn expression(&mut self, node: &ast::Expr) -> Outcome<Expression> {
        let line = self.line(node.span());
        let kind = self.expression_kind(node).map_err(|fault| fault.at(&self.unit.name, line))?;
        Ok(Expression { line, kind: Box::new(kind) })
    }

    fn expression_kind(&mut self, node: &ast::Expr) -> Outcome<ExpressionKind> {
        use ast::Expr;
        Ok(match node {
            Expr::Var(node) => self.variable(node.id),
            Expr::Const(node) => ExpressionKind::Constant(constant(&node.value)?),
            Expr::Slice(node) => ExpressionKind::Slice {
                of: self.expression(&node.expr)?,
                start: self.optional(&node.start)?,
                stop: self.optional(&node.stop)?,
                step: self.optional(&node.step)?,
            },
            Expr::UnaryOp(node) => {
                let operand = self.expression(&node.expr)?;
                match node.op {
                    ast::UnaryOpKind::Not => ExpressionKind::Not(operand),
                    ast::UnaryOpKind::Neg => ExpressionKind::Negate(operand),
                }
            }
            Expr::BinOp(node) => {
                let (left, right) = (self.expression(&node.left)?, self.expression(&node.right)?);
                binary(node.op, left, right)
            }
            Expr::Compare(node) => {
                let mut operands = Vec::new();
                for operand in &node.ops {
                    operands.push((comparison(operand.op), self.expression(&operand.expr)?));
                }
                ExpressionKind::Compare(self.expression(&node.expr)?, operands)
            }
            Expr::IfExpr(node) => self.softly(|this| {
                Ok(ExpressionKind::Conditional {
                    test: this.expression(&node.test_expr)?,
                    yes: this.expression(&node.true_expr)?,
                    no: this.optional(&node.false_expr)?,
                })
            })?,
            Expr::Filter(node) => ExpressionKind::Filter {
                filter: self.named("filter", node.name, filters::find(node.name))?,
                of: match &node.expr {
                    Some(expression) => self.expression(expression)?,
                    None => {
                        Expression { line: self.line(node.span()), kind: Box::new(ExpressionKind::Captured) }
                    }
                },
                arguments: self.arguments(&node.args)?,
            },
            Expr::Test(node) => ExpressionKind::Test {
                test: self.named("test", node.name, checks::find(node.name))?,
                of: self.expression(&node.expr)?,
                arguments: self.arguments(&node.args)?,
            },
            Expr::GetAttr(node) => {
                let may_be_method = methods::is_name(node.name);
                let name = Name { text: node.name.into(), may_be_method };
                ExpressionKind::Attribute(self.expression(&node.expr)?, name)
            }
            Expr::GetItem(node) => {
                ExpressionKind::Item(self.expression(&node.expr)?, self.expression(&node.subscript_expr)?)
            }
            Expr::Call(node) => ExpressionKind::Call(self.call(node)?),
            Expr::List(node) => ExpressionKind::List(self.expressions(&node.items)?),
            Expr::Tuple(node) => ExpressionKind::Tuple(self.expressions(&node.items)?),
            Expr::Map(node) => {
                let keys = self.expressions(&node.keys)?;
                let values = self.expressions(&node.values)?;
                ExpressionKind::Dict(keys.into_iter().zip(values).collect())
            }
        })
    }

    fn variable(&mut self, name: &str) -> ExpressionKind {
        for specials in &mut self.macros {
            match name {
                "caller" => specials.caller = true,
                "varargs" => specials.varargs = true,
                "kwargs" => specials.kwargs = true,
                _ => {}
            }
        }
        ExpressionKind::Variable(name.into())
    }

    fn named<F>(&self, what: &str, name: &str, found: Option<F>) -> Outcome<Named<F>> {
        match found {
            Some(function) => Ok(Named::Found(function)),
            None if self.soft => Ok(Named::Missing(name.into())),
            None => fail!("there is no {what} '{name}'"),
        }
    }

    fn call(&mut self, node: &ast::Call) -> Outcome<Call> {
        Ok(Call { callee: self.expression(&node.expr)?, arguments: self.arguments(&node.args)? })
    }

    fn arguments(&mut self, nodes: &[ast::CallArg]) -> Outcome<Vec<Argument>> {
        let mut arguments = Vec::new();
        for node in nodes {
            arguments.push(match node {
                ast::CallArg::Pos(value) => Argument::Positional(self.expression(value)?),
                ast::CallArg::Kwarg(name, value) => Argument::Named((*name).into(), self.expression(value)?),
                ast::CallArg::PosSplat(value) => Argument::Spread(self.expression(value)?),
                ast::CallArg::KwargSplat(value) => Argument::SpreadNamed(self.expression(value)?),
            });
        }
        Ok(arguments)
    }
}

/// `with` or `without`, where the tag ends in `… context`; the tree does not keep it.
fn says_context(tag: &str) -> Option<&'static str> {
    let mut words = tag.split_ascii_whitespace().rev();
    match (words.next(), words.next()) {
        (Some("context"), Some("with")) => Some("with"),
        (Some("context"), Some("without")) => Some("without"),
        _ => None,
    }
}

fn variable_name(node: &ast::Expr) -> Outcome<Str> {
    match node {
        ast::Expr::Var(node) => Ok(node.id.into()),
        _ => fail!("only a name can be assigned to"),
    }
}

fn constant(value: &minijinja::Value) -> Outcome<Constant> {
    use minijinja::value::ValueKind;
    Ok(match value.kind() {
        ValueKind::None => Constant::None,
        ValueKind::Bool => Constant::Bool(value.is_true()),
        ValueKind::String => Constant::Str(value.as_str().unwrap_or_default().into()),
        ValueKind::Number => match i128::try_from(value.clone()) {
            Ok(number) if value.is_integer() => Constant::Int(number),
            _ if value.is_integer() => fail!("the number {value} is too large"),
            _ => Constant::Float(f64::try_from(value.clone()).unwrap_or(f64::NAN)),
        },
        kind => fail!("a constant of an unexpected kind: {kind}"),
    })
}

fn comparison(operator: ast::CompareOpKind) -> Comparison {
    match operator {
        ast::CompareOpKind::Eq => Comparison::Equal,
        ast::CompareOpKind::Ne => Comparison::NotEqual,
        ast::CompareOpKind::Lt => Comparison::Less,
        ast::CompareOpKind::Lte => Comparison::LessOrEqual,
        ast::CompareOpKind::Gt => Comparison::Greater,
        ast::CompareOpKind::Gte => Comparison::GreaterOrEqual,
        ast::CompareOpKind::In => Comparison::In,
        ast::CompareOpKind::NotIn => Comparison::NotIn,
    }
}

fn binary(operator: ast::BinOpKind, left: Expression, right: Expression) -> ExpressionKind {
    use ast::BinOpKind;
    let compare = match operator {
        BinOpKind::ScAnd => return ExpressionKind::And(left, right),
        BinOpKind::ScOr => return ExpressionKind::Or(left, right),
        BinOpKind::Add => return ExpressionKind::Binary(Operator::Add, left, right),
        BinOpKind::Sub => return ExpressionKind::Binary(Operator::Subtract, left, right),
        BinOpKind::Mul => return ExpressionKind::Binary(Operator::Multiply, left, right),
        BinOpKind::Div => return ExpressionKind::Binary(Operator::Divide, left, right),
        BinOpKind::FloorDiv => return ExpressionKind::Binary(Operator::FloorDivide, left, right),
        BinOpKind::Rem => return ExpressionKind::Binary(Operator::Remainder, left, right),
        BinOpKind::Pow => return ExpressionKind::Binary(Operator::Power, left, right),
        BinOpKind::Concat => return ExpressionKind::Binary(Operator::Concatenate, left, right),
        BinOpKind::Eq => Comparison::Equal,
        BinOpKind::Ne => Comparison::NotEqual,
        BinOpKind::Lt => Comparison::Less,
        BinOpKind::Lte => Comparison::LessOrEqual,
        BinOpKind::Gt => Comparison::Greater,
        BinOpKind::Gte => Comparison::GreaterOrEqual,
        BinOpKind::In => Comparison::In,
    };
    ExpressionKind::Compare(left, vec![(compare, right)])
}
