//! How load, design, plan and lint grow with the model: each should be linear in the patterns.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

#[path = "../tests/support/mod.rs"]
mod support;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use keyplan::IndexMap;
use keyplan::check::{Settings, check};
use keyplan::compare::{Pace, Version, compare};
use keyplan::cost::{Figures, Scale, Terms, in_regions};
use keyplan::design::Design;
use keyplan::lint::{self, Context};
use keyplan::plan::Plans;
use keyplan::prices::PriceBook;
use keyplan::source::{SourceFile, load};

/// The allocator of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

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
            let none = IndexMap::default();
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

/// The bill of a table that is replicated to every Region that has prices.
fn replicas(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("cost_in_all_regions");
    group.sample_size(10);
    let book = PriceBook::embedded();
    let regions: Vec<&str> = book.codes().filter(|code| *code != "us-east-1").collect();
    for patterns in [1_000, 10_000] {
        let table = format!("  Main:\n    replicas: [{}]\n", regions.join(", "));
        let text = support::model_with(patterns)
            .replace("name: Made to measure\n", "name: Made to measure\nregion: us-east-1\n")
            .replace("  Main:\n", &table);
        let (model, _) = load(&text).expect("the made model is a model");
        let design = Design::new(&model);
        let plans = Plans::new(&design);
        group.throughput(Throughput::Elements(patterns as u64));
        group.bench_with_input(BenchmarkId::new("load", patterns), &text, |b, text| b.iter(|| load(text).unwrap()));
        let terms = Terms::default();
        let figures = || Figures::new(&design, &plans, &book, &terms, Scale::default());
        group.bench_function(BenchmarkId::new("figures", patterns), |b| b.iter(figures));
        let calculated = figures();
        let account = calculated.account(&design, &book);
        group.bench_function(BenchmarkId::new("each_region_as_home", patterns), |b| {
            b.iter(|| in_regions(&account.usage(&terms), &book, "us-east-1"))
        });
    }
    group.finish();
}

/// Two versions of a design.
fn difference(criterion: &mut Criterion) {
    let book = PriceBook::embedded();
    let text = support::model_with(1_000);
    let (old, _) = load(&text).expect("the made model is a model");
    let (new, _) = load(&text.replace("#{created_at}", "#{created_at:date}#x")).expect("so is another");
    let designs = (Design::new(&old), Design::new(&new));
    let plans = (Plans::new(&designs.0), Plans::new(&designs.1));
    let figures = |design, plans| Figures::new(design, plans, &book, &Terms::default(), Scale::default());
    let figures = (figures(&designs.0, &plans.0), figures(&designs.1, &plans.1));
    let old = Version { design: &designs.0, plans: &plans.0, figures: &figures.0 };
    let new = Version { design: &designs.1, plans: &plans.1, figures: &figures.1 };
    criterion.bench_function("compare/1000", |b| b.iter(|| compare(&old, &new, &book, Pace::default())));
}

criterion_group!(benches, growth, replicas, difference);
criterion_main!(benches);
