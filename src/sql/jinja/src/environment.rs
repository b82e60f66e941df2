//! What every render shares: compiled templates, the macros of packages, the names of the host's functions.

use crate::blocks::{self, Block};
use crate::compile::compile;
use crate::fault::{Fault, Outcome};
use crate::program::{MacroDefinition, StatementKind, Template, Unit};
use crate::value::Str;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

#[derive(Default)]
pub struct Environment {
    templates: HashMap<String, Arc<Template>>,
    /// In the order in which they were first named: a bare name is searched in that order.
    packages: Vec<Package>,
    functions: HashSet<String>,
    /// What stands before a dot in the name of a function.
    objects: HashSet<String>,
    /// What is undefined prints as nothing, as in dbt, instead of being an error.
    pub unknown_is_empty: bool,
}

struct Package {
    name: String,
    macros: HashMap<Str, (Arc<Unit>, Arc<MacroDefinition>)>,
}

impl Environment {
    /// Adds or replaces a template; `lines_before` of it stand before the source in its file.
    pub fn add(&mut self, name: &str, source: &str, lines_before: u32) -> Outcome<()> {
        let unit = Arc::new(Unit { name: name.into(), package: "".into() });
        let body = compile(&unit, &with_newlines(source), lines_before)?;
        self.templates.insert(name.into(), Arc::new(Template { unit, body }));
        Ok(())
    }

    pub fn find_template(&self, name: &str) -> Option<&Arc<Template>> {
        self.templates.get(name)
    }

    pub fn declare(&mut self, name: &str) {
        for (position, _) in name.match_indices('.') {
            self.objects.insert(name[..position].into());
        }
        self.functions.insert(name.into());
    }

    pub fn is_function(&self, name: &str) -> bool {
        self.functions.contains(name)
    }

    pub fn is_declared(&self, name: &str) -> bool {
        self.is_function(name) || self.objects.contains(name)
    }

    /// Adds the macros of a file; those that the same file gave before are forgotten.
    pub fn add_macros(&mut self, package: &str, path: &str, source: &str) -> Outcome<()> {
        let unit = Arc::new(Unit { name: path.into(), package: package.into() });
        let mut found = Vec::new();
        let blocks = blocks::split(&unit.name, &with_newlines(source))?;
        for block in blocks {
            let Some(name) = macro_name(&block) else {
                continue;
            };
            for statement in compile(&unit, &macro_source(&block, &name), block.line - 1)? {
                if let StatementKind::Macro(definition) = statement.kind {
                    found.push(definition);
                }
            }
        }
        let package = self.package_named(package);
        package.macros.retain(|_, (unit, _)| *unit.name != *path);
        for definition in found {
            let taken = package.macros.get(&definition.name);
            if let Some((other, first)) = taken {
                let message =
                    format!("macro {} is already in {}:{}", definition.name, other.name, first.line);
                return Err(Fault::new(message).at(&unit.name, definition.line));
            }
            package.macros.insert(definition.name.clone(), (unit.clone(), definition));
        }
        Ok(())
    }

    fn package_named(&mut self, name: &str) -> &mut Package {
        let index = self.packages.iter().position(|package| package.name == name);
        let index = index.unwrap_or_else(|| {
            self.packages.push(Package { name: name.into(), macros: HashMap::new() });
            self.packages.len() - 1
        });
        &mut self.packages[index]
    }

    /// Whether there are macros at all, as in a dbt project.
    pub fn has_packages(&self) -> bool {
        !self.packages.is_empty()
    }

    pub fn has_package(&self, name: &str) -> bool {
        self.packages.iter().any(|package| package.name == name)
    }

    pub fn find_in_package(&self, package: &str, name: &str) -> Option<(&Arc<Unit>, &Arc<MacroDefinition>)> {
        let package = self.packages.iter().find(|known| known.name == package)?;
        package.macros.get(name).map(|(unit, definition)| (unit, definition))
    }

    /// `package.name`, or a bare name: the caller's own package first, then the others as they were added.
    pub fn find_macro(&self, from_package: &str, name: &str) -> Option<(&Arc<Unit>, &Arc<MacroDefinition>)> {
        if let Some((package, name)) = name.split_once('.') {
            return self.find_in_package(package, name);
        }
        self.find_in_package(from_package, name).or_else(|| {
            let found = self.packages.iter().find_map(|package| package.macros.get(name))?;
            Some((&found.0, &found.1))
        })
    }
}

/// Jinja reads every end of line as \n.
fn with_newlines(source: &str) -> std::borrow::Cow<'_, str> {
    if source.contains('\r') {
        return source.replace("\r\n", "\n").replace('\r', "\n").into();
    }
    source.into()
}

/// The name under which a block can be called; nothing for blocks that are no macros.
fn macro_name(block: &Block) -> Option<String> {
    match block.kind {
        "macro" => Some(block.name.clone()),
        "test" | "data_test" => Some(format!("test_{}", block.name)),
        "materialization" => Some(format!("materialization_{}_{}", block.name, adapter(&block.header))),
        _ => None,
    }
}

/// The adapter that a materialization is for: `, adapter='bigquery'`; `default` where it says none.
fn adapter(header: &str) -> &str {
    let after = header.split_once("adapter").map_or("", |(_, after)| after);
    let after = after.trim_start().strip_prefix('=').map_or("", str::trim_start);
    let quoted = after.strip_prefix(['\'', '"']).unwrap_or_default();
    match quoted.split(['\'', '"']).next() {
        Some(name) if !name.is_empty() => name,
        _ => "default",
    }
}

/// The block as a macro, with every line where it was.
fn macro_source(block: &Block, name: &str) -> String {
    let header = if block.kind == "materialization" { "()" } else { &block.header };
    let lines = "\n".repeat((block.body_line - block.line) as usize - newlines(header));
    let [open, body, end, after] = block.signs;
    format!("{{%{open} macro {name}{header}{lines}{body}%}}{}{{%{end} endmacro {after}%}}", block.body)
}

fn newlines(text: &str) -> usize {
    text.matches('\n').count()
}
