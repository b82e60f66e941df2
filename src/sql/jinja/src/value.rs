//! Values as templates see them: Python's, with Python's identity. A list that two variables hold is one
//! list, so `append` through one is seen through the other. A value lives in one render and its thread.

use crate::fail;
use crate::fault::{Fault, Outcome};
use crate::objects::{Callable, Joined, Loop, Module};
use indexmap::IndexMap;
use std::cell::{Cell, RefCell};
use std::cmp::Ordering;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::rc::Rc;
use std::sync::Arc;

pub type Str = Arc<str>; // shared with compiled templates, which several threads use
pub type Dict = IndexMap<Key, Value, BuildHasherDefault<Quick>>;
pub type Items = Vec<Value>;

#[derive(Clone)]
pub enum Value {
    /// A name or attribute that does not exist; holds what an error says when it is used.
    Undefined(Rc<str>),
    /// Undefined as well, but empty text rather than an error: what an inline `if` without `else` gives, and
    /// everything undefined where the host wants it so.
    Blank(Rc<str>),
    None,
    Bool(bool),
    Int(i128),
    Float(f64),
    Str(Str),
    List(Rc<RefCell<Items>>),
    Tuple(Rc<Tuple>),
    Dict(Rc<RefCell<Dict>>),
    View(Rc<View>),
    Range(Rc<Range>),
    Stream(Rc<Stream>),
    Text(Rc<Text>),
    Namespace(Rc<RefCell<Dict>>),
    Callable(Rc<Callable>),
    Joined(Rc<Joined>),
    Loop(Rc<Loop>),
    Module(Rc<Module>),
}

/// With names it is Python's named tuple: what `groupby` gives.
pub struct Tuple {
    pub items: Items,
    pub names: &'static [&'static str],
}

#[derive(Clone, Copy, PartialEq)]
pub enum ViewOf {
    Keys,
    Values,
    Items,
}

/// What `dict.items()` and its like give: it follows the dict.
pub struct View {
    pub of: ViewOf,
    pub dict: Rc<RefCell<Dict>>,
}

pub struct Range {
    pub start: i128,
    pub stop: i128,
    pub step: i128,
}

/// A Python generator: always true, without a length, and empty once it has been read.
pub struct Stream {
    pub kind: &'static str,
    pub items: RefCell<std::collections::VecDeque<Value>>,
}

/// An object of the host that prints as a text and has attributes.
pub struct Text {
    pub text: Str,
    pub attributes: Dict,
}

/// A value that may be a dict's key: it has been checked to be hashable.
#[derive(Clone)]
pub struct Key(Value);

pub const ITEMS_MAX: i128 = 10_000_000; // of one range or repetition; a mistake should not take all memory

impl Value {
    pub fn str(text: impl Into<Str>) -> Value {
        Value::Str(text.into())
    }

    pub fn list(items: Items) -> Value {
        Value::List(Rc::new(RefCell::new(items)))
    }

    pub fn tuple(items: Items) -> Value {
        Value::Tuple(Rc::new(Tuple { items, names: &[] }))
    }

    pub fn dict(dict: Dict) -> Value {
        Value::Dict(Rc::new(RefCell::new(dict)))
    }

    pub fn stream(kind: &'static str, items: Items) -> Value {
        Value::Stream(Rc::new(Stream { kind, items: RefCell::new(items.into()) }))
    }

    pub fn undefined(message: impl Into<Rc<str>>) -> Value {
        if UNKNOWN_IS_EMPTY.get() {
            return Value::Blank(message.into());
        }
        Value::Undefined(message.into())
    }

    pub fn is_undefined(&self) -> bool {
        matches!(self, Value::Undefined(_) | Value::Blank(_))
    }

    /// The error that using an undefined value is.
    pub fn defined(&self) -> Outcome<&Value> {
        match self {
            Value::Undefined(message) => Err(Fault::new(message.to_string())),
            _ => Ok(self),
        }
    }

    /// The error that using an undefined value is where even an empty text does not do.
    pub fn known(&self) -> Outcome<&Value> {
        match self {
            Value::Blank(message) => Err(Fault::new(message.to_string())),
            _ => self.defined(),
        }
    }

    /// Python's name of the type, for messages.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Undefined(_) | Value::Blank(_) => "Undefined",
            Value::None => "NoneType",
            Value::Bool(_) => "bool",
            Value::Int(_) => "int",
            Value::Float(_) => "float",
            Value::Str(_) => "str",
            Value::List(_) => "list",
            Value::Tuple(_) => "tuple",
            Value::Dict(_) => "dict",
            Value::View(view) => match view.of {
                ViewOf::Keys => "dict_keys",
                ViewOf::Values => "dict_values",
                ViewOf::Items => "dict_items",
            },
            Value::Range(_) => "range",
            Value::Stream(stream) => stream.kind,
            Value::Text(_) => "object",
            Value::Namespace(_) => "Namespace",
            Value::Callable(callable) => callable.type_name(),
            Value::Joined(_) => "object",
            Value::Loop(_) => "LoopContext",
            Value::Module(_) => "TemplateModule",
        }
    }

    pub fn is_true(&self) -> Outcome<bool> {
        Ok(match self.defined()? {
            Value::None | Value::Blank(_) => false,
            Value::Bool(value) => *value,
            Value::Int(value) => *value != 0,
            Value::Float(value) => *value != 0.0,
            Value::Str(text) => !text.is_empty(),
            Value::Text(_) | Value::Stream(_) => true,
            other => other.len().map_or(true, |length| length > 0),
        })
    }

    /// Python's len(); nothing for what has none.
    pub fn len(&self) -> Option<usize> {
        Some(match self {
            Value::Str(text) => text.chars().count(),
            Value::List(list) => list.borrow().len(),
            Value::Tuple(tuple) => tuple.items.len(),
            Value::Dict(dict) => dict.borrow().len(),
            Value::View(view) => view.dict.borrow().len(),
            Value::Range(range) => range.len(),
            Value::Loop(state) => state.items.len(),
            Value::Blank(_) => 0,
            _ => return None,
        })
    }

    /// The items of what can be iterated over; reads a stream to its end.
    pub fn items(&self) -> Outcome<Items> {
        Ok(match self.defined()? {
            Value::Blank(_) => Items::new(),
            Value::Str(text) => text.chars().map(|c| Value::str(c.to_string())).collect(),
            Value::List(list) => list.borrow().clone(),
            Value::Tuple(tuple) => tuple.items.clone(),
            Value::Dict(dict) => dict.borrow().keys().map(Key::to_value).collect(),
            Value::View(view) => view.items(),
            Value::Range(range) => range.items()?,
            Value::Stream(stream) => stream.items.take().into(),
            other => fail!("'{}' object is not iterable", other.type_name()),
        })
    }

    pub fn is_iterable(&self) -> bool {
        use Value::*;
        matches!(self, Blank(_) | Str(_) | List(_) | Tuple(_) | Dict(_) | View(_) | Range(_) | Stream(_))
    }

    /// An index or count: Python takes a bool for an int, and nothing else.
    pub fn as_int(&self) -> Option<i128> {
        match self {
            Value::Int(value) => Some(*value),
            Value::Bool(value) => Some(*value as i128),
            _ => None,
        }
    }

    pub fn as_number(&self) -> Option<f64> {
        match self {
            Value::Float(value) => Some(*value),
            other => other.as_int().map(|value| value as f64),
        }
    }

    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::Str(text) => Some(text),
            Value::Text(object) => Some(&object.text),
            _ => None,
        }
    }

    /// Python's `is`.
    pub fn same_as(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::List(a), Value::List(b)) => Rc::ptr_eq(a, b),
            (Value::Dict(a), Value::Dict(b)) => Rc::ptr_eq(a, b),
            (Value::Tuple(a), Value::Tuple(b)) => Rc::ptr_eq(a, b),
            (Value::Namespace(a), Value::Namespace(b)) => Rc::ptr_eq(a, b),
            (Value::Text(a), Value::Text(b)) => Rc::ptr_eq(a, b),
            (Value::Callable(a), Value::Callable(b)) => Rc::ptr_eq(a, b) || a.same_as(b),
            (Value::None, Value::None) | (Value::Blank(_), Value::Blank(_)) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Int(a), Value::Int(b)) => a == b,
            (Value::Str(a), Value::Str(b)) => a == b,
            _ => false,
        }
    }

    /// Python's `==`; lists that hold each other without end are not equal.
    pub fn equals(&self, other: &Value) -> bool {
        nested(|| Ok(self.equals_inside(other))).unwrap_or(false)
    }

    fn equals_inside(&self, other: &Value) -> bool {
        use Value::*;
        match (self, other) {
            (None, None) => true,
            (Str(a), Str(b)) => a == b,
            (Int(a), Int(b)) => a == b,
            (Bool(_) | Int(_) | Float(_), Bool(_) | Int(_) | Float(_)) => {
                self.as_number() == other.as_number()
            }
            (List(a), List(b)) => Rc::ptr_eq(a, b) || all_equal(&a.borrow(), &b.borrow()),
            (Tuple(a), Tuple(b)) => all_equal(&a.items, &b.items),
            (Dict(a), Dict(b)) => {
                let (a, b) = (a.borrow(), b.borrow());
                a.len() == b.len()
                    && a.iter().all(|(key, value)| b.get(key).is_some_and(|found| value.equals(found)))
            }
            (Range(a), Range(b)) => {
                a.len() == b.len() && (a.len() == 0 || (a.start, a.step) == (b.start, b.step))
            }
            (Text(a), Text(b)) => {
                a.text == b.text
                    && a.attributes.len() == b.attributes.len()
                    && a.attributes.iter().all(|(k, v)| b.attributes.get(k).is_some_and(|f| v.equals(f)))
            }
            _ => self.same_as(other),
        }
    }

    /// Python's `<`; an error where the types have no order.
    pub fn compare(&self, other: &Value, operator: &str) -> Outcome<Option<Ordering>> {
        use Value::*;
        match (self, other) {
            (Str(a), Str(b)) => Ok(Some(a.chars().cmp(b.chars()))),
            (Int(a), Int(b)) => Ok(Some(a.cmp(b))),
            (Bool(_) | Int(_) | Float(_), Bool(_) | Int(_) | Float(_)) => {
                Ok(self.as_number().partial_cmp(&other.as_number()))
            }
            (List(a), List(b)) => nested(|| compare_items(&a.borrow(), &b.borrow(), operator)),
            (Tuple(a), Tuple(b)) => nested(|| compare_items(&a.items, &b.items, operator)),
            _ => {
                self.defined()?;
                other.defined()?;
                fail!(
                    "'{operator}' not supported between instances of '{}' and '{}'",
                    self.type_name(),
                    other.type_name()
                )
            }
        }
    }
}

fn all_equal(a: &[Value], b: &[Value]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.equals(b))
}

fn compare_items(a: &[Value], b: &[Value], operator: &str) -> Outcome<Option<Ordering>> {
    for (a, b) in a.iter().zip(b) {
        if !a.equals(b) {
            return a.compare(b, operator);
        }
    }
    Ok(Some(a.len().cmp(&b.len())))
}

impl View {
    pub fn items(&self) -> Items {
        let dict = self.dict.borrow();
        match self.of {
            ViewOf::Keys => dict.keys().map(Key::to_value).collect(),
            ViewOf::Values => dict.values().cloned().collect(),
            ViewOf::Items => dict.iter().map(|(k, v)| Value::tuple(vec![k.to_value(), v.clone()])).collect(),
        }
    }
}

impl Range {
    pub fn len(&self) -> usize {
        let (low, high, step) = if self.step > 0 {
            (self.start, self.stop, self.step)
        } else {
            (self.stop, self.start, -self.step)
        };
        if low >= high {
            return 0;
        }
        ((high - low - 1) / step + 1).min(i64::MAX as i128) as usize
    }

    pub fn at(&self, index: usize) -> Value {
        Value::Int(self.start + self.step * index as i128)
    }

    /// The numbers, where they are positions.
    pub fn indices(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.len()).map(|index| (self.start + self.step * index as i128) as usize)
    }

    fn items(&self) -> Outcome<Items> {
        if self.len() as i128 > ITEMS_MAX {
            fail!("range of {} items, at most {ITEMS_MAX} are allowed", self.len());
        }
        Ok((0..self.len()).map(|index| self.at(index)).collect())
    }
}

impl Key {
    /// Lists and dicts cannot be keys.
    pub fn new(value: Value) -> Outcome<Key> {
        match value.defined()? {
            Value::List(_) | Value::Dict(_) | Value::View(_) => {
                fail!("unhashable type: '{}'", value.type_name())
            }
            Value::Tuple(tuple) => {
                for item in &tuple.items {
                    Key::new(item.clone())?;
                }
            }
            _ => {}
        }
        Ok(Key(value))
    }

    pub fn str(text: impl Into<Str>) -> Key {
        Key(Value::Str(text.into()))
    }

    pub fn value(&self) -> &Value {
        &self.0
    }

    pub fn to_value(&self) -> Value {
        self.0.clone()
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Key) -> bool {
        self.0.equals(&other.0)
    }
}
impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match &self.0 {
            Value::Str(text) => text.hash(state), // the same as a &str's, so that one finds the other
            Value::Tuple(tuple) => {
                for item in &tuple.items {
                    Key(item.clone()).hash(state);
                }
            }
            Value::Text(object) => object.text.hash(state),
            Value::Float(value) if value.fract() != 0.0 => value.to_bits().hash(state),
            other => other.as_number().map(|value| value as i128).hash(state),
        }
    }
}

impl indexmap::Equivalent<Key> for str {
    fn equivalent(&self, key: &Key) -> bool {
        matches!(&key.0, Value::Str(text) if **text == *self)
    }
}

/// A quick hash: a dict's keys are the names of a project, and nobody's attack.
#[derive(Default)]
pub struct Quick(u64);

impl Hasher for Quick {
    fn write(&mut self, bytes: &[u8]) {
        for part in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..part.len()].copy_from_slice(part);
            self.0 = (self.0.rotate_left(5) ^ u64::from_le_bytes(word)).wrapping_mul(0x517c_c1b7_2722_0a95);
        }
    }

    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32) // the product's low bits know only the low bits of what went in
    }
}

thread_local! {
    /// Of the render that this thread is in.
    pub static UNKNOWN_IS_EMPTY: Cell<bool> = const { Cell::new(false) };
    static NESTED: Cell<usize> = const { Cell::new(0) };
}
const NESTED_MAX: usize = 200; // lists in lists; a list that holds itself would otherwise never end

/// Runs `walk` one level deeper, or fails where the value is nested without end.
pub fn nested<T>(walk: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    let depth = NESTED.get();
    if depth >= NESTED_MAX {
        fail!("a value is nested more than {NESTED_MAX} deep");
    }
    NESTED.set(depth + 1);
    let outcome = walk();
    NESTED.set(depth);
    outcome
}
