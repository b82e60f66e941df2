//! Runs the statements of a template.

use crate::call::BUILTINS;
use crate::environment::Environment;
use crate::fail;
use crate::fault::{Fault, Kind, Leave, Outcome};
use crate::objects::{Callable, Loop, Macro, Module, Recursion};
use crate::program::*;
use crate::scope::Scope;
use crate::text::write_str;
use crate::value::{Dict, Key, Str, Value, UNKNOWN_IS_EMPTY};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

/// The program that renders: its functions.
pub trait Host {
    /// Arguments and answer are JSON; nothing when the call failed, and the host knows why.
    fn call(&self, name: &str, positional: &str, named: &str) -> Option<String>;
}

/// One rendering, in one thread.
pub struct Render<'e> {
    pub environment: &'e Environment,
    pub host: &'e dyn Host,
    pub root: Rc<Scope>,
    depth: Cell<usize>,
    is_outermost: bool,
    unknown_was_empty: bool,
}

impl Drop for Render<'_> {
    fn drop(&mut self) {
        UNKNOWN_IS_EMPTY.set(self.unknown_was_empty);
        if self.is_outermost {
            STACK_START.set(0);
        }
    }
}

/// Where execution is: a source and its variables.
pub struct Frame<'f> {
    pub render: &'f Render<'f>,
    pub unit: &'f Arc<Unit>,
    pub scope: Rc<Scope>,
}

const DEPTH_MAX: usize = 300; // macros in macros; about where Python ends as well
const STACK_MAX: usize = 4 << 20; // of the thread's usual 8 MB; bodies may be nested deeply, too

thread_local! {
    /// Where the stack was when the outermost render of this thread began: a function of the host may render.
    static STACK_START: Cell<usize> = const { Cell::new(0) };
}

fn stack_place() -> usize {
    let here = 0u8;
    std::hint::black_box(&here) as *const u8 as usize
}

impl<'e> Render<'e> {
    pub fn new(environment: &'e Environment, host: &'e dyn Host, context: Dict) -> Render<'e> {
        let is_outermost = STACK_START.get() == 0;
        if is_outermost {
            STACK_START.set(stack_place());
        }
        Render {
            environment,
            host,
            root: Scope::root(context),
            depth: Cell::new(0),
            is_outermost,
            unknown_was_empty: UNKNOWN_IS_EMPTY.replace(environment.unknown_is_empty),
        }
    }

    pub fn template(&self, name: &str) -> Outcome<String> {
        let template = self.find_template(name)?;
        let mut out = String::new();
        let frame = Frame { render: self, unit: &template.unit, scope: Scope::inside(&self.root) };
        frame.statements(&template.body, &mut out)?;
        Ok(out)
    }

    fn find_template(&self, name: &str) -> Outcome<&'e Arc<Template>> {
        let found = self.environment.find_template(name);
        found.ok_or_else(|| Fault::of(Kind::NotFound, format!("there is no template '{name}'")))
    }

    /// Guards the stack against endless recursion.
    pub fn deeper<T>(&self, run: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
        if self.depth.get() >= DEPTH_MAX || STACK_START.get().abs_diff(stack_place()) > STACK_MAX {
            fail!("macros or includes call each other more than {} deep", self.depth.get());
        }
        self.depth.set(self.depth.get() + 1);
        let outcome = run();
        self.depth.set(self.depth.get() - 1);
        outcome
    }

    fn macro_value(&self, (unit, definition): (&Arc<Unit>, &Arc<MacroDefinition>)) -> Value {
        Value::Callable(Rc::new(Callable::Macro(Macro {
            definition: definition.clone(),
            unit: unit.clone(),
            scope: self.root.clone(),
            is_caller: false,
        })))
    }

    /// A macro by its bare or dotted name, as seen from a package.
    pub fn find_macro(&self, from_package: &str, name: &str) -> Option<Value> {
        self.environment.find_macro(from_package, name).map(|found| self.macro_value(found))
    }

    pub fn find_in_package(&self, package: &str, name: &str) -> Option<Value> {
        self.environment.find_in_package(package, name).map(|found| self.macro_value(found))
    }

    pub fn find_host(&self, name: &str) -> Option<Value> {
        let callable = Callable::Host(name.into());
        self.environment.is_declared(name).then(|| Value::Callable(Rc::new(callable)))
    }
}

impl Frame<'_> {
    fn with_scope(&self, scope: Rc<Scope>) -> Frame<'_> {
        Frame { render: self.render, unit: self.unit, scope }
    }

    fn inner(&self) -> Frame<'_> {
        self.with_scope(Scope::inside(&self.scope))
    }

    /// A variable; from inside to outside, then macros, packages, functions of the host, Jinja's own.
    pub fn variable(&self, name: &Str) -> Value {
        if let Some(value) = self.scope.find(name) {
            return value;
        }
        let render = self.render;
        if let Some(found) = render.find_macro(&self.unit.package, name) {
            return found;
        }
        if render.environment.has_package(name) {
            return Value::Callable(Rc::new(Callable::Package(name.clone())));
        }
        if let Some(found) = render.find_host(name) {
            return found;
        }
        if **name == *"context" && render.environment.has_packages() {
            return Value::Callable(Rc::new(Callable::Context));
        }
        match BUILTINS.iter().find(|known| ***known == **name) {
            Some(known) => Value::Callable(Rc::new(Callable::Builtin(known))),
            None => Value::undefined(format!("'{name}' is undefined")),
        }
    }

    pub fn statements(&self, statements: &[Statement], out: &mut String) -> Outcome<()> {
        for statement in statements {
            self.statement(statement, out).map_err(|fault| fault.at(&self.unit.name, statement.line))?;
        }
        Ok(())
    }

    fn captured(&self, body: &[Statement]) -> Outcome<String> {
        let mut text = String::new();
        self.inner().statements(body, &mut text)?;
        Ok(text)
    }

    fn filtered(&self, filter: &Expression, captured: String) -> Outcome<Value> {
        let frame = self.inner();
        frame.scope.set(&"".into(), Value::str(captured));
        frame.evaluate(filter)
    }

    fn statement(&self, statement: &Statement, out: &mut String) -> Outcome<()> {
        match &statement.kind {
            StatementKind::Raw(text) => out.push_str(text),
            StatementKind::Emit(expression) => write_str(&self.evaluate(expression)?, out)?,
            StatementKind::Do(expression) => drop(self.evaluate(expression)?),
            StatementKind::Continue => return Err(Fault::leaving(Leave::Continue)),
            StatementKind::Break => return Err(Fault::leaving(Leave::Break)),
            StatementKind::For(node) => {
                let items = self.evaluate(&node.items)?;
                self.run_for(node, items, 0, out)?;
            }
            StatementKind::If { test, yes, no } => {
                let body = if self.evaluate(test)?.is_true()? { yes } else { no };
                self.statements(body, out)?;
            }
            StatementKind::With { assignments, body } => {
                let frame = self.inner();
                for (target, value) in assignments {
                    frame.assign(target, self.evaluate(value)?)?;
                }
                frame.statements(body, out)?;
            }
            StatementKind::Set { target, value } => self.assign(target, self.evaluate(value)?)?,
            StatementKind::SetBlock { target, filter, body } => {
                let text = self.captured(body)?;
                let value = match filter {
                    Some(filter) => self.filtered(filter, text)?,
                    None => Value::str(text),
                };
                self.assign(target, value)?;
            }
            StatementKind::FilterBlock { filter, body } => {
                write_str(&self.filtered(filter, self.captured(body)?)?, out)?
            }
            StatementKind::Include { name, ignore_missing, with_context } => {
                self.include(&self.evaluate(name)?, *ignore_missing, *with_context, statement.line, out)?
            }
            StatementKind::Import { name, target, with_context } => {
                let module = self.import(&self.evaluate(name)?, *with_context, statement.line)?;
                self.assign(target, Value::Module(Rc::new(module)))?;
            }
            StatementKind::FromImport { name, names, with_context } => {
                let module = self.import(&self.evaluate(name)?, *with_context, statement.line)?;
                for (name, alias) in names {
                    match module.exports.get(&**name) {
                        Some(value) => self.scope.set(alias, value.clone()),
                        None => fail!("the imported template does not export '{name}'"),
                    }
                }
            }
            StatementKind::Macro(definition) => {
                self.scope.set(&definition.name, self.local_macro(definition, false))
            }
            StatementKind::CallBlock { call, caller } => {
                let caller = ("caller".into(), self.local_macro(caller, true));
                write_str(&self.evaluate_call(call, statement.line, Some(caller))?, out)?
            }
        }
        Ok(())
    }

    fn local_macro(&self, definition: &Arc<MacroDefinition>, is_caller: bool) -> Value {
        Value::Callable(Rc::new(Callable::Macro(Macro {
            definition: definition.clone(),
            unit: self.unit.clone(),
            scope: self.scope.clone(),
            is_caller,
        })))
    }

    pub fn run_for(&self, node: &Arc<For>, items: Value, depth0: usize, out: &mut String) -> Outcome<()> {
        let mut items = items.items()?;
        if let Some(filter) = &node.filter {
            let mut kept = Vec::new();
            for item in items {
                let frame = self.inner();
                frame.assign(&node.target, item.clone())?;
                if frame.evaluate(filter)?.is_true()? {
                    kept.push(item);
                }
            }
            items = kept;
        }
        if items.is_empty() {
            return self.inner().statements(&node.otherwise, out);
        }
        let state = Rc::new(Loop {
            items,
            index0: Cell::new(0),
            depth0,
            last_changed: RefCell::default(),
            recursion: node.recursive.then(|| Recursion {
                body: node.clone(),
                unit: self.unit.clone(),
                scope: self.scope.clone(),
            }),
        });
        let name: Str = "loop".into();
        let mut frame = self.inner();
        for (index, item) in state.items.iter().enumerate() {
            if Rc::strong_count(&frame.scope) == 1 {
                frame.scope.clear();
            } else {
                frame = self.inner(); // a macro defined in the last round keeps that round's variables
            }
            state.index0.set(index);
            frame.scope.set(&name, Value::Loop(state.clone()));
            frame.assign(&node.target, item.clone())?;
            if let Err(fault) = frame.statements(&node.body, out) {
                if fault.into_left()? == Leave::Break {
                    break;
                }
            }
        }
        Ok(())
    }

    fn assign(&self, target: &Target, value: Value) -> Outcome<()> {
        match target {
            Target::Name(name) => self.scope.set(name, value),
            Target::Attribute(object, name) => match self.variable(object).defined()? {
                Value::Namespace(dict) => {
                    dict.borrow_mut().insert(Key::str(name.clone()), value);
                }
                _ => fail!("cannot assign attribute on non-namespace object '{object}'"),
            },
            Target::List(targets) => {
                if !value.defined()?.is_iterable() {
                    fail!("cannot unpack non-iterable {} object", value.type_name());
                }
                let items = value.items()?;
                if items.len() != targets.len() {
                    fail!("{} values to unpack, {} names", items.len(), targets.len());
                }
                for (target, item) in targets.iter().zip(items) {
                    self.assign(target, item)?;
                }
            }
        }
        Ok(())
    }

    /// The first of the named templates that exists.
    fn select_template(&self, name: &Value) -> Outcome<&Arc<Template>> {
        let names = match name.defined()? {
            Value::List(_) | Value::Tuple(_) => name.items()?,
            _ => vec![name.clone()],
        };
        let mut last = Err(Fault::of(Kind::NotFound, "there is no template: the list of names is empty"));
        for name in names {
            match name.defined()? {
                Value::Str(name) => last = self.render.find_template(name),
                other => fail!("a template's name is a string, not {}", other.type_name()),
            }
            if last.is_ok() {
                break;
            }
        }
        last
    }

    fn include(
        &self,
        name: &Value,
        ignore_missing: bool,
        with_context: bool,
        line: u32,
        out: &mut String,
    ) -> Outcome<()> {
        let template = match self.select_template(name) {
            Ok(template) => template,
            Err(fault) if ignore_missing && fault.is_not_found() => return Ok(()),
            Err(fault) => return Err(fault),
        };
        let outer = if with_context { &self.scope } else { &Scope::root(Dict::default()) };
        let frame = Frame { render: self.render, unit: &template.unit, scope: Scope::inside(outer) };
        self.render
            .deeper(|| frame.statements(&template.body, out))
            .map_err(|fault| fault.called_from(&self.unit.name, line))
    }

    fn import(&self, name: &Value, with_context: bool, line: u32) -> Outcome<Module> {
        let template = self.select_template(name)?;
        let outer = if with_context { &self.scope } else { &Scope::root(Dict::default()) };
        let frame = Frame { render: self.render, unit: &template.unit, scope: Scope::inside(outer) };
        let mut text = String::new();
        self.render
            .deeper(|| frame.statements(&template.body, &mut text))
            .map_err(|fault| fault.called_from(&self.unit.name, line))?;
        let own = frame.scope.own().into_iter().filter(|(name, _)| !name.starts_with('_'));
        Ok(Module { exports: own.map(|(name, value)| (Key::str(name), value)).collect(), text })
    }
}
