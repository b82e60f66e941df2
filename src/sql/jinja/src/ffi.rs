//! The C interface; template.cc has the other side of it.
//!
//! Texts go in as pointer and length and come out through a function that is called once with them, so that
//! no memory changes hands. Nothing unwinds into C++: a panic becomes an answer like any other.

use crate::blocks;
use crate::environment::Environment;
use crate::fault::{Fault, Kind, Outcome};
use crate::json;
use crate::render::{Host, Render};
use crate::value::{Dict, Key, Value};
use std::any::Any;
use std::ffi::c_void;
use std::panic::{catch_unwind, AssertUnwindSafe};

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Text {
    data: *const u8,
    size: usize,
}

/// Takes a text; the first argument is the receiver's own.
type Take = extern "C" fn(*mut c_void, Text);

/// Calls a function of the host: its name, the arguments and the named arguments as JSON. It gives its answer
/// as JSON to `take` and says true, or keeps its error and says false.
type CallHost = extern "C" fn(*mut c_void, Text, Text, Text, Take, *mut c_void) -> bool;

const DONE: i32 = 0;
const BUG: i32 = 4;

impl Text {
    fn of(text: &str) -> Text {
        Text { data: text.as_ptr(), size: text.len() }
    }

    /// The caller keeps the bytes alive and has checked that they are UTF-8, or it is an error.
    fn read<'t>(self) -> Outcome<&'t str> {
        if self.size == 0 {
            return Ok("");
        }
        let bytes = unsafe { std::slice::from_raw_parts(self.data, self.size) };
        std::str::from_utf8(bytes).map_err(|_| Fault::new("the text is not UTF-8"))
    }
}

/// Runs one call of the interface and tells its outcome: 0 and the answer, else the kind of problem, with
/// `location` and `message` separated by a zero byte.
fn answer(take: Take, receiver: *mut c_void, run: impl FnOnce() -> Outcome<String>) -> i32 {
    let (code, text) = match catch_unwind(AssertUnwindSafe(run)) {
        Ok(Ok(text)) => (DONE, text),
        Ok(Err(fault)) => {
            let problem = fault.into_problem();
            (problem.kind as i32, format!("{}\0{}", problem.location(), problem.message))
        }
        Err(panic) => (BUG, format!("\0the template engine failed: {}", said(&*panic))),
    };
    take(receiver, Text::of(&text));
    code
}

fn said(panic: &dyn Any) -> &str {
    match (panic.downcast_ref::<String>(), panic.downcast_ref::<&str>()) {
        (Some(text), _) => text,
        (_, Some(text)) => text,
        _ => "it does not say why",
    }
}

#[no_mangle]
pub extern "C" fn suikei_jinja_create(unknown_is_empty: bool) -> *mut Environment {
    std::panic::set_hook(Box::new(|_| {})); // the answer says it; standard error is the program's
    let mut environment = Environment::default();
    environment.unknown_is_empty = unknown_is_empty;
    Box::into_raw(Box::new(environment))
}

/// # Safety
/// `environment` comes from `suikei_jinja_create` and is not used again.
#[no_mangle]
pub unsafe extern "C" fn suikei_jinja_destroy(environment: *mut Environment) {
    drop(Box::from_raw(environment));
}

/// # Safety
/// `environment` is alive and nobody else uses it meanwhile.
#[no_mangle]
pub unsafe extern "C" fn suikei_jinja_add(
    environment: *mut Environment,
    name: Text,
    source: Text,
    lines_before: u32,
    take: Take,
    receiver: *mut c_void,
) -> i32 {
    answer(take, receiver, || {
        (*environment).add(name.read()?, source.read()?, lines_before)?;
        Ok(String::new())
    })
}

/// # Safety
/// As `suikei_jinja_add`.
#[no_mangle]
pub unsafe extern "C" fn suikei_jinja_add_macros(
    environment: *mut Environment,
    package: Text,
    path: Text,
    source: Text,
    take: Take,
    receiver: *mut c_void,
) -> i32 {
    answer(take, receiver, || {
        (*environment).add_macros(package.read()?, path.read()?, source.read()?)?;
        Ok(String::new())
    })
}

/// # Safety
/// As `suikei_jinja_add`.
#[no_mangle]
pub unsafe extern "C" fn suikei_jinja_declare(environment: *mut Environment, name: Text) {
    if let Ok(name) = name.read() {
        (*environment).declare(name);
    }
}

/// # Safety
/// `environment` is alive.
#[no_mangle]
pub unsafe extern "C" fn suikei_jinja_has_macro(environment: *const Environment, name: Text) -> bool {
    name.read().is_ok_and(|name| (*environment).find_macro("", name).is_some())
}

/// # Safety
/// `environment` is alive and nobody changes it meanwhile; others may render.
#[no_mangle]
pub unsafe extern "C" fn suikei_jinja_render(
    environment: *const Environment,
    name: Text,
    context: Text,
    call: CallHost,
    caller: *mut c_void,
    take: Take,
    receiver: *mut c_void,
) -> i32 {
    answer(take, receiver, || {
        let host = ForeignHost { call, caller };
        let context = match json::parse(context.read()?)? {
            Value::Dict(dict) => dict.take(),
            _ => Dict::default(),
        };
        let render = Render::new(&*environment, &host, context);
        render.template(name.read()?)
    })
}

/// The blocks of a file, as a JSON list.
#[no_mangle]
pub extern "C" fn suikei_jinja_split(path: Text, source: Text, take: Take, receiver: *mut c_void) -> i32 {
    answer(take, receiver, || {
        let mut found = Vec::new();
        for block in blocks::split(&path.read()?.into(), source.read()?)? {
            let mut dict = Dict::default();
            let mut put = |name: &str, value: Value| drop(dict.insert(Key::str(name), value));
            put("kind", Value::str(block.kind));
            put("name", Value::str(block.name));
            put("header", Value::str(block.header));
            put("body", Value::str(block.body));
            put("line", Value::Int(block.line as i128));
            put("body_line", Value::Int(block.body_line as i128));
            found.push(Value::dict(dict));
        }
        json::to_host(&Value::list(found))
    })
}

struct ForeignHost {
    call: CallHost,
    caller: *mut c_void,
}

impl Host for ForeignHost {
    fn call(&self, name: &str, positional: &str, named: &str) -> Option<String> {
        let mut answer = String::new();
        let receiver = &mut answer as *mut String as *mut c_void;
        let (name, positional, named) = (Text::of(name), Text::of(positional), Text::of(named));
        (self.call)(self.caller, name, positional, named, keep, receiver).then_some(answer)
    }
}

extern "C" fn keep(receiver: *mut c_void, text: Text) {
    let answer = unsafe { &mut *(receiver as *mut String) };
    if let Ok(text) = text.read() {
        answer.push_str(text);
    }
}

const _: () = assert!(Kind::Template as i32 == 1 && Kind::NotFound as i32 == 2 && Kind::Call as i32 == 3);
