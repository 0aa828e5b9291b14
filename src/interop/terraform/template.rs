//! Templates: texts with expressions in them.
//!
//! <https://developer.hashicorp.com/terraform/language/expressions/strings#string-templates>

use hcl_edit::Span as _;
use hcl_edit::expr::{Expression, TraversalOperator};
use hcl_edit::template::{Directive, Element, Strip, Template};

use super::evaluate::{entries, evaluate as evaluate_expression};
use super::operators::truth;
use super::scope::{Evaluated, Scope, text, unknown};
use super::syntax::{Attribute, Written};
use crate::interop::node::{Node, Origin, Value};

/// The longest text that an evaluation makes, in bytes.
pub(super) const LONGEST: usize = 64 << 10;

/// Evaluates the parts of a template. One expression and nothing else is its value, of any kind.
pub(super) fn evaluate<'e>(
    parts: impl Iterator<Item = &'e Element>,
    origin: Origin,
    scope: &Scope<'_, '_>,
) -> Evaluated {
    let parts: Vec<&Element> = parts.collect();
    if let [Element::Interpolation(only)] = parts.as_slice() {
        return evaluate_expression(&only.expr, scope);
    }
    let mut out = String::new();
    match join(&parts, &mut out, scope)? {
        Some(why) => Ok(unknown(why, origin)),
        None => Ok(text(out, origin)),
    }
}

/// Appends the parts; why not, where one is not known.
fn join(parts: &[&Element], out: &mut String, scope: &Scope<'_, '_>) -> Result<Option<String>, String> {
    for (position, part) in parts.iter().enumerate() {
        match part {
            Element::Literal(literal) => {
                let before = position.checked_sub(1).and_then(|before| parts.get(before));
                let after = parts.get(position + 1);
                let mut literal = literal.value().as_str();
                if before.is_some_and(|part| strip(part).strip_end()) {
                    literal = literal.trim_start();
                }
                if after.is_some_and(|part| strip(part).strip_start()) {
                    literal = literal.trim_end();
                }
                out.push_str(literal);
            }
            Element::Interpolation(interpolation) => {
                let value = evaluate_expression(&interpolation.expr, scope)?;
                match (&value.value, value.word()) {
                    (Value::Unknown(why), _) => return Ok(Some(why.clone())),
                    (_, Some(word)) => out.push_str(word),
                    _ => return Err(format!("{} stands in a text", value.kind())),
                }
            }
            Element::Directive(directive) => {
                if let Some(why) = self::directive(directive, out, scope)? {
                    return Ok(Some(why));
                }
            }
        }
        if out.len() > LONGEST {
            return Ok(Some("the text is too long".to_owned()));
        }
    }
    Ok(None)
}

fn directive(directive: &Directive, out: &mut String, scope: &Scope<'_, '_>) -> Result<Option<String>, String> {
    let join_all = |template: &Template, out: &mut String, scope: &Scope<'_, '_>| {
        join(&template.iter().collect::<Vec<_>>(), out, scope)
    };
    match directive {
        Directive::If(choice) => {
            let condition = evaluate_expression(&choice.if_expr.cond_expr, scope)?;
            match (truth(&condition)?, &choice.else_expr) {
                (Some(true), _) => join_all(&choice.if_expr.template, out, scope),
                (Some(false), Some(otherwise)) => join_all(&otherwise.template, out, scope),
                (Some(false), None) => Ok(None),
                (None, _) => Ok(Some(super::operators::first_unknown(&[&condition]))),
            }
        }
        Directive::For(each) => {
            let each = &each.for_expr;
            let collection = evaluate_expression(&each.collection_expr, scope)?;
            let Some(all) = entries(&collection)? else {
                return Ok(Some(super::operators::first_unknown(&[&collection])));
            };
            for (key, value) in all {
                let mut within = scope.with(each.value_var.as_str(), value);
                if let Some(name) = &each.key_var {
                    within = within.with(name.as_str(), key);
                }
                if let Some(why) = join_all(&each.template, out, &within)? {
                    return Ok(Some(why));
                }
            }
            Ok(None)
        }
    }
}

/// What an element says of the white space beside it.
fn strip(element: &Element) -> Strip {
    match element {
        Element::Literal(_) => Strip::None,
        Element::Interpolation(interpolation) => interpolation.strip,
        Element::Directive(directive) => match &**directive {
            Directive::If(choice) => {
                Strip::from((choice.if_expr.strip.strip_start(), choice.endif_expr.strip.strip_end()))
            }
            Directive::For(each) => {
                Strip::from((each.for_expr.strip.strip_start(), each.endfor_expr.strip.strip_end()))
            }
        },
    }
}

/// A text with what is not known in it left as it is written: `${var.stage}-orders`.
pub(super) fn pattern(attribute: &Attribute, scope: &Scope<'_, '_>) -> String {
    match &attribute.written {
        Written::Hcl(expression) => open(expression, scope),
        Written::Json(node) => node.word().unwrap_or_default().to_owned(),
    }
}

fn open(expression: &Expression, scope: &Scope<'_, '_>) -> String {
    if let Ok(Node { value: Value::Text(known), .. }) = evaluate_expression(expression, scope) {
        return known;
    }
    let program = scope.module.program;
    if program.spend(1).is_none() {
        return String::new();
    }
    let written = || format!("${{{}}}", scope.excerpt(expression.span()));
    let parts = |template: &mut dyn Iterator<Item = &Element>| {
        let part = |element: &Element| match element {
            Element::Literal(literal) => literal.value().clone(),
            Element::Interpolation(interpolation) => open(&interpolation.expr, scope),
            Element::Directive(directive) => scope.excerpt(directive.span()),
        };
        template.map(part).collect::<String>()
    };
    let inner = || match expression {
        Expression::StringTemplate(template) => Some(parts(&mut template.iter())),
        Expression::Parenthesis(inner) => Some(open(inner.inner(), scope)),
        Expression::Traversal(traversal) => match (&traversal.expr, traversal.operators.as_slice()) {
            (Expression::Variable(root), [operator]) => match operator.value() {
                TraversalOperator::GetAttr(name) => scope.module.pattern(root.as_str(), name.as_str()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    };
    let opened = program.deeper(inner).flatten().filter(|text| text.len() <= LONGEST);
    opened.unwrap_or_else(written)
}
