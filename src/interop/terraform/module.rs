//! A module as it is called: its variables' values, and what names in it refer to.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::{Rc, Weak};

use crate::IndexMap;
use hcl_edit::Decorated;
use hcl_edit::expr::{Expression, TraversalOperator};

use super::call::{self, Children};
use super::evaluate::{evaluate, written};
use super::instances::{Instances, instances, resource_value};
use super::program::{Directory, Program};
use super::scope::{Evaluated, Names, Scope, Text, measure, text, unknown};
use super::syntax::{Attribute, Block, Written};
use super::template::pattern;
use super::types::conform;
use crate::interop::node::{Node, Origin, Value};

/// The deepest that a value may be nested.
const MAX_NESTING: usize = 64;

/// A module with the values that it is called with.
pub(super) struct Module<'p> {
    pub(super) program: &'p Program<'p>,
    pub(super) directory: &'p Directory,
    /// The name of its directory.
    pub(super) path: &'p str,
    /// What stands before the addresses of its resources: nothing, or `module.orders.`.
    pub(super) address: String,
    /// What its tables may be called after, where they have no other name: `orders`.
    pub(super) label: String,
    /// How it is called; nothing for the one that Terraform is started in.
    pub(super) call: Option<Call<'p>>,
    memo: RefCell<BTreeMap<String, Option<Evaluated>>>,
    children: RefCell<BTreeMap<String, Rc<Children<'p>>>>,
}

/// The call of a module.
pub(super) struct Call<'p> {
    pub(super) parent: Weak<Module<'p>>,
    pub(super) block: &'p Block,
    pub(super) names: Names,
}

type Operators<'o> = &'o [Decorated<TraversalOperator>];

impl<'p> Module<'p> {
    /// The module of a directory.
    pub(super) fn new(
        program: &'p Program<'p>,
        (path, directory): (&'p str, &'p Directory),
        address: String,
        label: String,
        call: Option<Call<'p>>,
    ) -> Rc<Self> {
        let (memo, children) = Default::default();
        Rc::new(Self { program, directory, path, address, label, call, memo, children })
    }

    /// Where an attribute of this module stands.
    pub(super) fn scope(self: &Rc<Self>, origin: Origin, names: &Names) -> Scope<'_, 'p> {
        Scope { module: self, names: names.clone(), text: Text::File(origin.file) }
    }

    /// Evaluates something once. What refers to itself is unknown.
    pub(super) fn once(&self, key: String, origin: Origin, compute: impl FnOnce() -> Evaluated) -> Evaluated {
        let known = self.memo.borrow().get(&key).cloned();
        match known {
            Some(Some(result)) => {
                if let Ok(node) = &result
                    && self.program.spend(measure(node).0).is_none()
                {
                    return Ok(unknown("the configuration takes too many steps to evaluate", origin));
                }
                return result;
            }
            Some(None) => return Ok(unknown(format!("`{key}` refers to itself"), origin)),
            None => drop(self.memo.borrow_mut().insert(key.clone(), None)),
        }
        let result = match self.program.deeper(compute) {
            Some(Ok(node)) if measure(&node).1 > MAX_NESTING => {
                Ok(unknown(format!("`{key}` is nested too deeply"), origin))
            }
            Some(result) => result,
            None => Ok(unknown(format!("`{key}` depends on too many others"), origin)),
        };
        self.memo.borrow_mut().insert(key, Some(result.clone()));
        result
    }

    /// What the beginning of a traversal refers to, and the operators that are left.
    pub(super) fn refer<'o>(
        self: &Rc<Self>,
        root: &str,
        operators: Operators<'o>,
        scope: &Scope<'_, 'p>,
        excerpt: &dyn Fn() -> String,
    ) -> Result<(Node, Operators<'o>), String> {
        let origin = scope.origin(None);
        let name = |position: usize| match operators.get(position).map(|operator| operator.value()) {
            Some(TraversalOperator::GetAttr(name)) => Ok(name.as_str()),
            _ => Err(format!("`{}` is no value", excerpt())),
        };
        let rest = |taken: usize| operators.get(taken..).unwrap_or_default();
        let open = |why: &str| Ok((unknown(format!("`{}` {why}", excerpt()), origin), Operators::default()));
        match root {
            "var" => Ok((self.variable(name(0)?)?, rest(1))),
            "local" => Ok((self.local(name(0)?)?, rest(1))),
            "module" => Ok((self.child(name(0)?, origin)?, rest(1))),
            "data" if name(0)? == "aws_region" => match call::region(self, None) {
                Some(region) if matches!(name(2), Ok("name" | "id" | "region")) => Ok((region, rest(3))),
                _ => open("is known only when it is applied"),
            },
            "data" => open("is read only when it is planned"),
            "terraform" if name(0)? == "workspace" => {
                match self.program.options.parameters.get("terraform.workspace") {
                    Some(workspace) => Ok((text(workspace, origin), rest(1))),
                    None => open("has no value here; `--parameter terraform.workspace=NAME` gives it one"),
                }
            }
            "each" | "count" | "self" | "path" | "terraform" => open("is known only when it is applied"),
            kind => {
                let kind = (kind.to_owned(), name(0)?.to_owned());
                match self.directory.resources.get_key_value(&kind) {
                    Some((_, block)) => Ok((resource_value(self, block, origin)?, rest(1))),
                    None => open("is not among the files"),
                }
            }
        }
    }

    /// The value of a variable: what the call gives, or a file, or else its default.
    fn variable(self: &Rc<Self>, name: &str) -> Evaluated {
        let Some(block) = self.directory.variables.get(name) else {
            return self.undeclared(name);
        };
        self.once(format!("var.{name}"), block.origin, || {
            let scope = self.scope(block.origin, &Names::default());
            let constraint = block.body.attributes.get("type");
            let given = match self.given(name, constraint) {
                Some(given) => given?,
                None => match block.body.attributes.get("default") {
                    Some(default) => written(&default.written, &scope)?,
                    None => unknown(format!("`var.{name}` has no value"), block.origin),
                },
            };
            Ok(match constraint.map(|constraint| &constraint.written) {
                Some(Written::Hcl(constraint)) => conform(given, constraint, &scope),
                _ => given,
            })
        })
    }

    /// A variable whose declaration is not among the files; a value may be, all the same.
    fn undeclared(self: &Rc<Self>, name: &str) -> Evaluated {
        let given = self.given(name, None);
        given.unwrap_or_else(|| Ok(unknown(format!("`var.{name}` has no value"), Origin::default())))
    }

    fn given(self: &Rc<Self>, name: &str, constraint: Option<&Attribute>) -> Option<Evaluated> {
        if let Some(call) = &self.call {
            let attribute = call.block.body.attributes.get(name)?;
            let parent = call.parent.upgrade()?;
            let scope = parent.scope(attribute.origin, &call.names);
            return Some(written(&attribute.written, &scope));
        }
        let origin = constraint.map(|constraint| constraint.origin).unwrap_or_default();
        let scope = self.scope(origin, &Names::default());
        if let Some(given) = self.program.options.parameters.get(name) {
            return Some(parameter(given, constraint, &Scope { text: Text::Within(given, origin), ..scope }));
        }
        let value = self.program.values.get(name)?;
        Some(written(&value.written, &self.scope(value.origin, &Names::default())))
    }

    fn local(self: &Rc<Self>, name: &str) -> Evaluated {
        let Some(local) = self.directory.locals.get(name) else {
            return Ok(unknown(format!("`local.{name}` is not among the files"), Origin::default()));
        };
        self.once(format!("local.{name}"), local.origin, || {
            written(&local.written, &self.scope(local.origin, &Names::default()))
        })
    }

    /// The modules that a call makes.
    pub(super) fn children(self: &Rc<Self>, name: &str, block: &'p Block) -> Rc<Children<'p>> {
        if let Some(children) = self.children.borrow().get(name) {
            return Rc::clone(children);
        }
        let made = Rc::new(call::children(self, name, block));
        self.children.borrow_mut().insert(name.to_owned(), Rc::clone(&made));
        made
    }

    /// The outputs of a called module: a map, or a list or map of maps.
    fn child(self: &Rc<Self>, name: &str, origin: Origin) -> Evaluated {
        let Some(block) = self.directory.modules.get(name) else {
            return Ok(unknown(format!("`module.{name}` is not among the files"), origin));
        };
        self.once(format!("module.{name}"), origin, || match &*self.children(name, block) {
            Children::Unread(why) => Ok(unknown(format!("`module.{name}`: {why}"), origin)),
            Children::Read(modules) => modules.clone().collect(origin, |module| Ok(module.outputs(origin))),
        })
    }

    fn outputs(self: &Rc<Self>, origin: Origin) -> Node {
        let output = |(name, block): (&String, &'p Block)| {
            let value = block.body.attributes.get("value")?;
            let scope = self.scope(value.origin, &Names::default());
            Some((name.clone(), written(&value.written, &scope).unwrap_or_else(|why| unknown(why, value.origin))))
        };
        let directory: &'p Directory = self.directory;
        let outputs: IndexMap<String, Node> = directory.outputs.iter().filter_map(output).collect();
        Node::new(Value::Map(outputs), origin)
    }

    /// The instances of a block of this module.
    pub(super) fn instances(self: &Rc<Self>, block: &Block) -> Instances<Names> {
        instances(self, block)
    }

    /// The text of a local value or variable, with what is open in it as it is written.
    pub(super) fn pattern(self: &Rc<Self>, root: &str, name: &str) -> Option<String> {
        if root == "local" {
            let local = self.directory.locals.get(name)?;
            return Some(pattern(local, &self.scope(local.origin, &Names::default())));
        }
        let call = self.call.as_ref().filter(|_| root == "var")?;
        let argument = call.block.body.attributes.get(name)?;
        let parent = call.parent.upgrade()?;
        Some(pattern(argument, &parent.scope(argument.origin, &call.names)))
    }
}

/// A value that the command line gives: text for a text, an expression for other types.
///
/// <https://developer.hashicorp.com/terraform/language/values/variables#complex-typed-values>
fn parameter(given: &str, constraint: Option<&Attribute>, scope: &Scope<'_, '_>) -> Evaluated {
    let origin = scope.origin(None);
    let plain = match constraint.map(|constraint| &constraint.written) {
        None => true,
        Some(Written::Hcl(constraint)) => {
            matches!(&**constraint, Expression::Variable(name) if name.as_str() == "string")
        }
        Some(Written::Json(node)) => node.text() == Some("string"),
    };
    match hcl_edit::parser::parse_expr(given) {
        Ok(expression) if !plain => evaluate(&expression, scope),
        _ => Ok(text(given, origin)),
    }
}
