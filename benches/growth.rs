//! How load, design, plan and lint grow with the model: each should be linear in the patterns.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

#[path = "../tests/support/mod.rs"]
mod support;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use indexmap::IndexMap;
use keyplan::check::{Settings, check};
use keyplan::cost::{Figures, Scale, Terms};
use keyplan::design::Design;
use keyplan::lint::{self, Context};
use keyplan::plan::Plans;
use keyplan::prices::PriceBook;
use keyplan::source::{SourceFile, load};

fn growth(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("stages");
    group.sample_size(10);
    for patterns in [10, 1_000, 5_000, 10_000] {
        let text = support::model_with(patterns);
        let (model, _) = load(&text).expect("the made model is a model");
        let design = Design::new(&model);
        let plans = Plans::new(&design);
        let today = "2026-11-22".parse().unwrap();
        group.throughput(Throughput::Elements(patterns as u64));
        group.bench_with_input(BenchmarkId::new("load", patterns), &text, |b, text| b.iter(|| load(text).unwrap()));
        group.bench_with_input(BenchmarkId::new("design", patterns), &model, |b, model| b.iter(|| Design::new(model)));
        group.bench_with_input(BenchmarkId::new("plan", patterns), &design, |b, design| b.iter(|| Plans::new(design)));
        let book = PriceBook::embedded();
        let figures = || Figures::new(&design, &plans, &book, &Terms::default(), Scale::default());
        group.bench_function(BenchmarkId::new("figures", patterns), |b| b.iter(figures));
        let calculated = figures();
        group.bench_function(BenchmarkId::new("lint", patterns), |b| {
            let none = IndexMap::new();
            let levels = lint::Levels { house: &none, over_all: &none };
            b.iter(|| lint::check(&Context::new((&design, &plans), (&calculated, &book), &[], today), levels))
        });
        let settings = Settings::on(today);
        group.bench_with_input(BenchmarkId::new("check", patterns), &text, |b, text| {
            b.iter(|| check(SourceFile::new("model.yaml", text.clone().into_bytes()).unwrap(), &settings));
        });
    }
    group.finish();
}

criterion_group!(benches, growth);
criterion_main!(benches);
