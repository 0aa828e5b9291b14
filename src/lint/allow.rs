//! Acceptances: findings that the model's `lint.allow` or a comment accepts, and what is wrong
//! with acceptances themselves.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use crate::IndexMap;
use jiff::civil::Date;

use super::{Finding, Level, Place, Target, find, registry};
use crate::model::{Allow, Model, RuleLevel};
use crate::source::{LineIndex, Locator, ModelPath, NodeId, NodeKind, Span, Tree, nearest};

/// A comment that accepts findings: `# keyplan: allow[rule, rule] reason`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowComment {
    /// The rules it names.
    pub rules: Vec<String>,
    /// The reason it gives.
    pub reason: String,
    /// The comment.
    pub span: Span,
    /// The part of the text whose findings it accepts.
    pub covers: Span,
}

/// A finding that is accepted, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Suppressed {
    /// The finding.
    pub finding: Finding,
    /// The reason given.
    pub reason: String,
    /// Whether a comment says so; otherwise the model's `lint.allow` does.
    pub in_source: bool,
}

/// Findings at their final level, in the order of the text.
#[derive(Debug, Default)]
pub struct Judged {
    /// The findings to report, each with its bytes.
    pub findings: Vec<(Finding, Span)>,
    /// The accepted ones.
    pub suppressed: Vec<(Suppressed, Span)>,
}

/// Levels of rules from outside the model.
#[derive(Debug, Clone, Copy)]
pub struct Levels<'l> {
    /// Those that the model's own win over.
    pub house: &'l IndexMap<String, RuleLevel>,
    /// Those that win over the model's own.
    pub over_all: &'l IndexMap<String, RuleLevel>,
}

/// The bytes of a place.
pub(crate) fn span_of(locator: &Locator<'_>, place: &Place) -> Span {
    match place.target {
        Target::Key => locator.key_span(&place.path),
        Target::Value => locator.value_span(&place.path),
    }
}

/// Sets levels, takes out what is accepted, reports what is wrong with acceptances, and sorts.
pub fn judge(
    findings: Vec<Finding>,
    model: &Model,
    levels: Levels<'_>,
    document: (&Locator<'_>, &str, &LineIndex),
    today: Date,
) -> Judged {
    let (locator, text, lines) = document;
    let comments = allow_comments(locator.tree(), text, lines);
    let mut judge = Judge {
        locator,
        allows: model
            .lint
            .allow
            .iter()
            .enumerate()
            .map(|(index, allow)| Accept::new(index, allow, locator, today))
            .collect(),
        comments: comments.iter().map(|comment| (comment, false)).collect(),
        // The last one given counts.
        levels: [levels.house, &model.lint.levels, levels.over_all]
            .into_iter()
            .flatten()
            .map(|(rule, level)| (rule.as_str(), *level))
            .collect(),
        judged: Judged { findings: Vec::with_capacity(findings.len()), suppressed: Vec::new() },
    };
    for finding in findings {
        judge.place(finding);
    }
    for finding in judge.about_acceptances(model, today) {
        judge.place(finding);
    }
    let set = std::mem::take(&mut judge.levels);
    let mut judged = judge.judged;
    let about_comments = comment_problems(&comments, &judged);
    for (mut finding, span) in about_comments {
        match set.get(finding.rule).copied() {
            Some(RuleLevel::Off) => continue,
            Some(other) => finding.level = Level::of(other).unwrap_or(finding.level),
            None => {}
        }
        judged.findings.push((finding, span));
    }
    leave_out_said(&mut judged.findings);
    judged.findings.sort_by(|(a, at), (b, bt)| (at, a.rule, &a.message).cmp(&(bt, b.rule, &b.message)));
    judged.findings.dedup_by(|(a, at), (b, bt)| at == bt && a.rule == b.rule && a.message == b.message);
    judged.suppressed.sort_by(|(a, at), (b, bt)| (at, a.finding.rule).cmp(&(bt, b.finding.rule)));
    judged
}

/// Takes out what a reported finding of another rule says better.
fn leave_out_said(findings: &mut Vec<(Finding, Span)>) {
    let awaited = findings.iter().flat_map(|(finding, _)| &finding.unless);
    let awaited: BTreeSet<(&str, &Place)> = awaited.map(|(rule, place)| (*rule, place)).collect();
    let reported: BTreeSet<(&str, Place)> = findings
        .iter()
        .filter(|(finding, _)| awaited.contains(&(finding.rule, &finding.place)))
        .map(|(finding, _)| (finding.rule, finding.place.clone()))
        .collect();
    findings.retain(|(finding, _)| !finding.unless.iter().any(|other| reported.contains(other)));
}

/// One entry of `lint.allow`.
struct Accept<'m> {
    allow: &'m Allow,
    place: ModelPath,
    /// The path it covers; nothing when `at` names no place.
    at: Option<ModelPath>,
    expired: Option<Date>,
    date_is_bad: bool,
    used: bool,
}

impl<'m> Accept<'m> {
    fn new(index: usize, allow: &'m Allow, locator: &Locator<'_>, today: Date) -> Self {
        let until = allow.until.as_deref().map(Date::from_str);
        Self {
            allow,
            place: ModelPath::of(["lint", "allow"]).index(index),
            at: allow.at.as_deref().map_or(Some(ModelPath::root()), |at| locator.resolve(at)),
            expired: until.as_ref().and_then(|date| date.as_ref().ok().copied()).filter(|date| *date < today),
            date_is_bad: until.is_some_and(|date| date.is_err()),
            used: false,
        }
    }
}

struct Judge<'j, 't, 'm> {
    locator: &'j Locator<'t>,
    allows: Vec<Accept<'m>>,
    comments: Vec<(&'j AllowComment, bool)>,
    levels: BTreeMap<&'j str, RuleLevel>,
    judged: Judged,
}

impl Judge<'_, '_, '_> {
    fn place(&mut self, mut finding: Finding) {
        match self.levels.get(finding.rule) {
            Some(RuleLevel::Off) => return,
            Some(setting) => finding.level = Level::of(*setting).unwrap_or(finding.level),
            None if find(finding.rule).is_some_and(|rule| rule.is_off) => return,
            None => {}
        }
        let span = span_of(self.locator, &finding.place);
        if let Some((reason, in_source)) = self.accepted(&finding, span) {
            self.judged.suppressed.push((Suppressed { finding, reason, in_source }, span));
        } else {
            self.judged.findings.push((finding, span));
        }
    }

    fn accepted(&mut self, finding: &Finding, span: Span) -> Option<(String, bool)> {
        let mut reason = None;
        for accept in &mut self.allows {
            let covers = accept.at.as_ref().is_some_and(|at| finding.place.path.is_within(at));
            let valid = accept.expired.is_none() && !accept.date_is_bad && !accept.allow.reason.trim().is_empty();
            if accept.allow.rule == finding.rule && covers {
                accept.used = true;
                if valid {
                    reason.get_or_insert_with(|| (accept.allow.reason.clone(), false));
                }
            }
        }
        for (comment, used) in &mut self.comments {
            if comment.covers.contains(span) && comment.rules.iter().any(|rule| rule == finding.rule) {
                *used = true;
                if !comment.reason.is_empty() {
                    reason.get_or_insert_with(|| (comment.reason.clone(), true));
                }
            }
        }
        reason
    }

    /// What is wrong with the acceptances and level settings themselves.
    fn about_acceptances(&self, model: &Model, today: Date) -> Vec<Finding> {
        let mut found = Vec::new();
        for accept in &self.allows {
            let Allow { rule, at, reason, until } = accept.allow;
            if find(rule).is_none() {
                found.push(unknown_rule(Place::value(accept.place.key("rule")), rule));
            } else if let (None, Some(at)) = (&accept.at, at) {
                let finding =
                    Finding::new(Place::value(accept.place.key("at")), format!("`{at}` is no place in this model"))
                        .label("accepts nothing")
                        .help("name a place as a path, such as `access_patterns.recent_orders`");
                found.push(named("unused-allow", finding));
            } else if reason.trim().is_empty() {
                found.push(without_reason(Place::value(accept.place.key("reason"))));
            } else if accept.date_is_bad {
                let until = until.as_deref().unwrap_or_default();
                let finding = Finding::new(Place::value(accept.place.key("until")), format!("`{until}` is not a date"))
                    .label("accepts nothing until it is")
                    .help("write the day as `YYYY-MM-DD`");
                found.push(named("expired-allow", finding));
            } else if let Some(expired) = accept.expired {
                let finding = Finding::new(
                    Place::value(accept.place.key("until")),
                    format!("the acceptance of `{rule}` ended on {expired}"),
                )
                .label(format!("today is {today}"))
                .help("mend what it accepted, or accept it anew with a later day and a reason that still holds");
                found.push(named("expired-allow", finding));
            } else if !accept.used {
                let finding = Finding::new(
                    Place::value(accept.place.key("rule")),
                    format!("nothing here breaks `{rule}` any more"),
                )
                .label("accepts nothing")
                .help("remove the entry");
                found.push(named("unused-allow", finding));
            }
        }
        for rule in model.lint.levels.keys().filter(|rule| find(rule).is_none()) {
            found.push(unknown_rule(Place::key(ModelPath::of(["lint", "levels", rule])), rule));
        }
        found
    }
}

fn named(rule: &'static str, mut finding: Finding) -> Finding {
    finding.rule = rule;
    finding.level = find(rule).map_or(Level::Warning, |rule| rule.level);
    finding
}

fn unknown_rule(place: Place, rule: &str) -> Finding {
    let meant = nearest(rule, registry().iter().map(|rule| rule.name));
    let mut finding = Finding::new(place.clone(), format!("there is no rule `{rule}`")).label("unknown rule");
    finding = match meant {
        Some(meant) => finding.help(format!("did you mean `{meant}`?")).edit(place, meant, format!("write `{meant}`")),
        None => finding.help("`keyplan rules` lists the rules"),
    };
    named("unknown-rule", finding)
}

fn without_reason(place: Place) -> Finding {
    let finding = Finding::new(place, "an acceptance needs a reason")
        .label("no reason given")
        .help("say why the finding is accepted, for the people who review it");
    named("allow-without-reason", finding)
}

/// The comments that accept findings, with what each covers.
fn allow_comments(tree: &Tree, text: &str, lines: &LineIndex) -> Vec<AllowComment> {
    let mut entries: Option<BTreeMap<usize, Span>> = None;
    let mut found = Vec::new();
    for comment in &tree.comments {
        let Some((rules, reason, whole_file)) = parse(&comment.text) else { continue };
        let entries = entries.get_or_insert_with(|| first_entries(tree, lines));
        let line = lines.line_of(comment.span.start);
        let entry = if comment.after_content {
            entries.get(&line).copied()
        } else {
            entries.range(line + 1..).next().map(|(_, span)| *span)
        };
        let covers = if whole_file { Span::new(0, text.len()) } else { entry.unwrap_or_default() };
        found.push(AllowComment { rules, reason, span: comment.span, covers });
    }
    found
}

/// Reads ` keyplan: allow[rule, rule] reason`.
fn parse(comment: &str) -> Option<(Vec<String>, String, bool)> {
    let rest = comment.trim().strip_prefix("keyplan:")?.trim_start();
    let (whole_file, rest) = match rest.strip_prefix("allow-file") {
        Some(rest) => (true, rest),
        None => (false, rest.strip_prefix("allow")?),
    };
    let (names, reason) = rest.trim_start().strip_prefix('[')?.split_once(']')?;
    let rules = names.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect();
    let reason = reason.trim_start_matches([':', '-', '–', '—', ' ']).trim().to_owned();
    Some((rules, reason, whole_file))
}

/// For each line on which an entry of a map or list starts, the first such entry: it is the
/// outermost one.
fn first_entries(tree: &Tree, lines: &LineIndex) -> BTreeMap<usize, Span> {
    fn walk(tree: &Tree, id: NodeId, lines: &LineIndex, found: &mut BTreeMap<usize, Span>) {
        match &tree.node(id).kind {
            NodeKind::Map(pairs) => {
                for (key, value) in pairs {
                    let start = tree.node(*key).span.start;
                    let end = tree.node(*value).span.end.max(tree.node(*key).span.end);
                    found.entry(lines.line_of(start)).or_insert(Span::new(start, end));
                    walk(tree, *value, lines, found);
                }
            }
            NodeKind::List(items) => {
                for item in items {
                    let span = tree.node(*item).span;
                    found.entry(lines.line_of(span.start)).or_insert(span);
                    walk(tree, *item, lines, found);
                }
            }
            NodeKind::Scalar { .. } => {}
        }
    }
    let mut found = BTreeMap::new();
    walk(tree, tree.root(), lines, &mut found);
    found
}

/// What is wrong with comments that accept findings. They have no place in the model, only bytes.
fn comment_problems(comments: &[AllowComment], judged: &Judged) -> Vec<(Finding, Span)> {
    let mut found = Vec::new();
    for comment in comments {
        let place = Place::value(ModelPath::root());
        if comment.reason.is_empty() {
            found.push((without_reason(place.clone()), comment.span));
        }
        for rule in &comment.rules {
            if find(rule).is_none() {
                let mut finding = unknown_rule(place.clone(), rule);
                finding.edit = None;
                found.push((finding, comment.span));
                continue;
            }
            let accepts = |finding: &Finding, span: &Span| finding.rule == rule && comment.covers.contains(*span);
            let used = judged.suppressed.iter().any(|(s, span)| accepts(&s.finding, span))
                || judged.findings.iter().any(|(finding, span)| accepts(finding, span));
            if !used {
                let finding = Finding::new(place.clone(), format!("nothing here breaks `{rule}` any more"))
                    .label("accepts nothing")
                    .help("remove the comment");
                found.push((named("unused-allow", finding), comment.span));
            }
        }
    }
    found
}
