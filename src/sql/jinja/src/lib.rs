//! Templates for Suikei: minijinja reads them, this crate runs them as Jinja2 would, C++ calls it.

mod attributes;
mod blocks;
mod call;
mod checks;
mod compile;
mod environment;
mod evaluate;
mod fault;
mod ffi;
mod filters;
mod format;
mod json;
mod methods;
mod objects;
mod operators;
mod program;
mod render;
mod scope;
mod strings;
mod syntax;
mod text;
mod value;
