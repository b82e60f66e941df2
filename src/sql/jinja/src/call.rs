//! Calling: arguments, macros, functions of the host, builtins.

use crate::attributes::member_of_joined;
use crate::fail;
use crate::fault::{Fault, Kind, Outcome};
use crate::json;
use crate::objects::{Callable, Joined, Loop, Macro};
use crate::program::Argument;
use crate::render::Frame;
use crate::scope::Scope;
use crate::value::{Dict, Items, Key, Range, Str, Value};
use crate::{methods, text};
use std::cell::Cell;
use std::rc::Rc;

/// What a call was given.
#[derive(Default)]
pub struct Args {
    pub positional: Items,
    pub named: Vec<(Str, Value)>,
}

impl Args {
    pub fn of(positional: Items) -> Args {
        Args { positional, named: Vec::new() }
    }

    /// One slot per parameter, by position or by name; anything else that was given is an error.
    pub fn bind<const N: usize>(self, what: &str, names: [&str; N]) -> Outcome<[Option<Value>; N]> {
        if self.positional.len() > N {
            fail!("{what} takes at most {N} argument(s), {} were given", self.positional.len());
        }
        let mut slots = [const { None }; N];
        for (slot, value) in slots.iter_mut().zip(self.positional) {
            *slot = Some(value);
        }
        for (name, value) in self.named {
            match names.iter().position(|known| **known == *name) {
                Some(index) if slots[index].is_none() => slots[index] = Some(value),
                Some(_) => fail!("{what} got two values for '{name}'"),
                None => fail!("{what} got an unexpected keyword argument '{name}'"),
            }
        }
        Ok(slots)
    }

    /// Exactly one value, of the given name.
    pub fn one(self, what: &str, name: &str) -> Outcome<Value> {
        match self.bind(what, [name])? {
            [Some(value)] => Ok(value),
            _ => fail!("{what} needs the argument '{name}'"),
        }
    }

    pub fn none(self, what: &str) -> Outcome<()> {
        self.bind::<0>(what, []).map(|_| ())
    }

    pub fn take_named(&mut self, name: &str) -> Option<Value> {
        let index = self.named.iter().position(|(known, _)| **known == *name)?;
        Some(self.named.remove(index).1)
    }
}

impl Frame<'_> {
    pub fn arguments(&self, nodes: &[Argument]) -> Outcome<Args> {
        let mut args = Args::default();
        for node in nodes {
            match node {
                Argument::Positional(value) => args.positional.push(self.evaluate(value)?),
                Argument::Named(name, value) => args.named.push((name.clone(), self.evaluate(value)?)),
                Argument::Spread(value) => args.positional.extend(self.evaluate(value)?.items()?),
                Argument::SpreadNamed(value) => match self.evaluate(value)?.defined()? {
                    Value::Dict(dict) => {
                        for (key, value) in dict.borrow().iter() {
                            args.named.push((text::to_str(key.value())?.as_ref().into(), value.clone()));
                        }
                    }
                    other => fail!("argument after ** must be a mapping, not {}", other.type_name()),
                },
            }
        }
        Ok(args)
    }

    pub fn call(&self, callee: &Value, args: Args) -> Outcome<Value> {
        match callee.known()? {
            Value::Callable(callable) => match &**callable {
                Callable::Macro(value) => self.call_macro(value, args),
                Callable::Host(name) => self.call_host(name, args),
                Callable::HostMethod { name, object } => {
                    let mut args = args;
                    args.positional.insert(0, object.clone());
                    self.call_host(name, args)
                }
                Callable::Method { object, name } => match methods::call(object, name, args) {
                    Some(outcome) => outcome,
                    None => fail!("'{}' object has no method '{name}'", object.type_name()),
                },
                Callable::Builtin(name) => builtin(name, args),
                Callable::Package(name) => fail!("the package {name} is not a function"),
                Callable::Context => fail!("the context is not a function"),
            },
            Value::Loop(state) => self.recurse(state, args),
            Value::Joined(joined) => match &**joined {
                Joined::Joiner { separator, used } => {
                    args.none("joiner")?;
                    Ok(if used.replace(true) { separator.clone() } else { Value::str("") })
                }
                Joined::Cycler { .. } => fail!("a cycler is not a function; use its next()"),
            },
            other => fail!("'{}' object is not callable", other.type_name()),
        }
    }

    /// `object.name(…)`, without making a value of the method first.
    pub fn call_member(&self, object: &Value, name: &Str, args: Args) -> Outcome<Value> {
        if methods::exists(object, name) {
            if let Some(outcome) = methods::call(object, name, args) {
                return outcome;
            }
            fail!("'{}' object has no method '{name}'", object.type_name());
        }
        match object {
            Value::Joined(joined) => member_of_joined(joined, name, args),
            Value::Loop(state) if matches!(&**name, "cycle" | "changed") => loop_method(state, name, args),
            Value::Callable(callable) if matches!(**callable, Callable::Context) && **name == *"get" => {
                let [key, default] = args.bind("get", ["key", "default"])?;
                let found = self.item(object, &key.unwrap_or(Value::None))?;
                Ok(if found.is_undefined() { default.unwrap_or(Value::None) } else { found })
            }
            _ => self.call(&self.attribute(object, name)?, args),
        }
    }

    fn recurse(&self, state: &Rc<Loop>, args: Args) -> Outcome<Value> {
        let Some(recursion) = &state.recursion else {
            fail!("the loop must have the 'recursive' marker to be called");
        };
        let items = args.one("loop", "items")?;
        let frame = Frame { render: self.render, unit: &recursion.unit, scope: recursion.scope.clone() };
        let mut out = String::new();
        self.render.deeper(|| frame.run_for(&recursion.body, items, state.depth0 + 1, &mut out))?;
        Ok(Value::str(out))
    }

    pub fn call_macro(&self, called: &Macro, args: Args) -> Outcome<Value> {
        let frame = Frame { render: self.render, unit: &called.unit, scope: Scope::inside(&called.scope) };
        let mut out = String::new();
        let outcome = self.render.deeper(|| {
            frame.bind_parameters(called, args)?;
            frame.statements(&called.definition.body, &mut out)
        });
        match outcome {
            Ok(()) => Ok(Value::str(out)),
            // A call block's body is part of the macro that calls it, so what it returns ends that one.
            Err(fault) if called.is_caller => Err(fault),
            Err(fault) => fault.into_returned(),
        }
    }

    fn bind_parameters(&self, called: &Macro, mut args: Args) -> Outcome<()> {
        let definition = &called.definition;
        let name = &definition.name;
        let extra = args.positional.split_off(args.positional.len().min(definition.parameters.len()));
        let mut given = args.positional.into_iter();
        let mut named = Args { positional: Vec::new(), named: args.named };
        for parameter in &definition.parameters {
            let value = match given.next().or_else(|| named.take_named(&parameter.name)) {
                Some(value) => value,
                None => match &parameter.default {
                    Some(default) => self.evaluate(default)?,
                    None => Value::undefined(format!("parameter '{}' was not provided", parameter.name)),
                },
            };
            self.scope.set(&parameter.name, value);
        }
        let takes = |special: &str| !definition.parameters.iter().any(|known| *known.name == *special);
        if definition.uses_caller && takes("caller") {
            let caller = named.take_named("caller");
            let caller = caller.unwrap_or_else(|| Value::undefined("No caller defined"));
            self.scope.set(&"caller".into(), caller);
        }
        if definition.uses_kwargs && takes("kwargs") {
            let pairs = named.named.drain(..).map(|(name, value)| (Key::str(name), value));
            self.scope.set(&"kwargs".into(), Value::dict(pairs.collect()));
        } else if let Some((unknown, _)) = named.named.first() {
            fail!("macro '{name}' takes no keyword argument '{unknown}'");
        }
        if definition.uses_varargs && takes("varargs") {
            self.scope.set(&"varargs".into(), Value::tuple(extra));
        } else if !extra.is_empty() {
            fail!("macro '{name}' takes not more than {} argument(s)", definition.parameters.len());
        }
        Ok(())
    }

    /// A function of the host: arguments and answer are JSON.
    fn call_host(&self, name: &str, args: Args) -> Outcome<Value> {
        if !self.render.environment.is_function(name) {
            fail!("'{name}' is not a function");
        }
        let mut positional = Items::new();
        for value in args.positional {
            positional.push(self.for_host(value)?);
        }
        let mut named = Dict::default();
        for (key, value) in args.named {
            named.insert(Key::str(key), self.for_host(value)?);
        }
        let within = |fault: Fault| fault.within(name);
        let positional = json::to_host(&Value::list(positional)).map_err(within)?;
        let named = json::to_host(&Value::dict(named)).map_err(within)?;
        match self.render.host.call(name, &positional, &named) {
            Some(answer) => {
                let value = json::parse(&answer).map_err(within)?;
                self.from_host(value)
            }
            None => Err(Fault::of(Kind::Call, "")),
        }
    }

    /// The body of a call block goes to the host as its text.
    fn for_host(&self, value: Value) -> Outcome<Value> {
        match &value {
            Value::Callable(callable) => match &**callable {
                Callable::Macro(value) if value.is_caller => self.call_macro(value, Args::default()),
                _ => Ok(value),
            },
            _ => Ok(value),
        }
    }

    fn from_host(&self, value: Value) -> Outcome<Value> {
        let Value::Dict(dict) = &value else {
            return Ok(value);
        };
        let dict = dict.borrow();
        let Some(Value::Str(name)) = dict.get("__macro__") else {
            drop(dict);
            return Ok(value);
        };
        match self.render.find_macro(&self.unit.package, name) {
            Some(found) => Ok(found),
            None => fail!("there is no macro '{name}'"),
        }
    }
}

pub fn loop_method(state: &Loop, name: &str, args: Args) -> Outcome<Value> {
    if name == "cycle" {
        if args.positional.is_empty() {
            fail!("no items for cycling given");
        }
        return Ok(args.positional[state.index0.get() % args.positional.len()].clone());
    }
    let mut last = state.last_changed.borrow_mut();
    let same = last.as_ref().is_some_and(|last| {
        last.len() == args.positional.len() && last.iter().zip(&args.positional).all(|(a, b)| a.equals(b))
    });
    *last = Some(args.positional);
    Ok(Value::Bool(!same))
}

pub const BUILTINS: [&str; 6] = ["cycler", "dict", "joiner", "namespace", "range", "return"];

fn builtin(name: &str, args: Args) -> Outcome<Value> {
    match name {
        "range" => range(args),
        "dict" => Ok(Value::dict(dict_of(args)?)),
        "namespace" => Ok(Value::Namespace(Rc::new(dict_of(args)?.into()))),
        "cycler" if args.positional.is_empty() => fail!("at least one item has to be provided"),
        "cycler" => {
            Ok(Value::Joined(Rc::new(Joined::Cycler { items: args.positional, position: Cell::new(0) })))
        }
        "joiner" => {
            let [separator] = args.bind("joiner", ["sep"])?;
            let separator = separator.unwrap_or_else(|| Value::str(", "));
            Ok(Value::Joined(Rc::new(Joined::Joiner { separator, used: Cell::new(false) })))
        }
        "return" => {
            let [value] = args.bind("return", ["data"])?;
            Err(Fault::returning(value.unwrap_or(Value::None)))
        }
        _ => fail!("'{name}' is undefined"),
    }
}

fn range(args: Args) -> Outcome<Value> {
    let mut numbers = Vec::new();
    for value in &args.positional {
        match value.defined()?.as_int() {
            Some(number) => numbers.push(number),
            None => fail!("'{}' object cannot be interpreted as an integer", value.type_name()),
        }
    }
    let (start, stop, step) = match numbers[..] {
        [stop] => (0, stop, 1),
        [start, stop] => (start, stop, 1),
        [_, _, 0] => fail!("range() arg 3 must not be zero"),
        [start, stop, step] => (start, stop, step),
        _ => fail!("range expected 1 to 3 arguments, got {}", numbers.len()),
    };
    Ok(Value::Range(Rc::new(Range { start, stop, step })))
}

/// `dict(other, name=value)`
fn dict_of(args: Args) -> Outcome<Dict> {
    let mut dict = Dict::default();
    match args.positional.as_slice() {
        [] => {}
        [other] => merge(&mut dict, other)?,
        more => fail!("dict expected at most 1 argument, got {}", more.len()),
    }
    for (name, value) in args.named {
        dict.insert(Key::str(name), value);
    }
    Ok(dict)
}

/// What dict.update() does: another dict, or pairs.
pub fn merge(dict: &mut Dict, other: &Value) -> Outcome<()> {
    if let Value::Dict(other) = other.defined()? {
        dict.extend(other.borrow().iter().map(|(key, value)| (key.clone(), value.clone())));
        return Ok(());
    }
    for pair in other.items()? {
        match &pair.items()?[..] {
            [key, value] => dict.insert(Key::new(key.clone())?, value.clone()),
            items => fail!("a dict is made of pairs; one has {} items", items.len()),
        };
    }
    Ok(())
}
