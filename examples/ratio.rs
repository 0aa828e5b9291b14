#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]
#[path = "../tests/support/mod.rs"]
mod support;
use keyplan::check::{Settings, check};
use keyplan::source::{SourceFile, load};
use keyplan::*;
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
fn cpu() -> f64 {
    let s = std::fs::read_to_string("/proc/self/schedstat").unwrap();
    s.split(' ').next().unwrap().parse::<f64>().unwrap() / 1e6
}
fn stat() -> f64 {
    // utime+stime of all threads: sum schedstat over tasks
    let mut t = 0.0;
    for e in std::fs::read_dir("/proc/self/task").unwrap() {
        let p = e.unwrap().path().join("schedstat");
        if let Ok(s) = std::fs::read_to_string(p) {
            t += s.split(' ').next().unwrap().parse::<f64>().unwrap() / 1e6;
        }
    }
    t
}
fn main() {
    let _ = cpu();
    let n: usize = std::env::args().nth(1).map_or(5000, |a| a.parse().unwrap());
    let rounds: usize = std::env::args().nth(2).map_or(15, |a| a.parse().unwrap());
    let text = support::model_with(n);
    let settings = Settings::on("2026-11-22".parse().unwrap());
    let names = ["load", "design", "plan", "figures", "lint", "check"];
    let mut best = [(f64::MAX, f64::MAX); 6];
    let (model, _) = load(&text).unwrap();
    let design = design::Design::new(&model);
    let plans = plan::Plans::new(&design);
    let book = prices::PriceBook::embedded();
    let figures = cost::Figures::new(&design, &plans, &book, &cost::Terms::default(), cost::Scale::default());
    let none = keyplan::IndexMap::default();
    let levels = lint::Levels { house: &none, over_all: &none };
    let today = "2026-11-22".parse().unwrap();
    for _ in 0..rounds {
        for k in 0..6 {
            let (w, c) = (std::time::Instant::now(), stat());
            match k {
                0 => drop(load(&text).unwrap()),
                1 => drop(design::Design::new(&model)),
                2 => drop(plan::Plans::new(&design)),
                3 => drop(cost::Figures::new(&design, &plans, &book, &cost::Terms::default(), cost::Scale::default())),
                4 => drop(lint::check(&lint::Context::new((&design, &plans), (&figures, &book), &[], today), levels)),
                _ => drop(check(SourceFile::new("model.yaml", text.clone().into_bytes()).unwrap(), &settings)),
            }
            let (w, c) = (w.elapsed().as_secs_f64() * 1e3, stat() - c);
            best[k].0 = best[k].0.min(w);
            best[k].1 = best[k].1.min(c);
        }
    }
    for k in 0..6 {
        println!("{:8} wall {:7.2} cpu {:7.2}", names[k], best[k].0, best[k].1);
    }
    println!("check/load wall {:.2} cpu {:.2}", best[5].0 / best[0].0, best[5].1 / best[0].1);
}
