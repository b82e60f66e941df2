//! Python's two ways to fill in a text: `"%s" % x` and `"{}".format(x)`.

mod braces;
mod field;
mod percent;

pub use braces::format_braces;
pub use percent::{format_percent, mapping};
