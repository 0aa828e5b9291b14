//! `keyplan report`

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::cost::{factor, known_region};
use super::replace::replace;
use super::settings::{ConfigArguments, house};
use super::{CommandError, Outcome, inputs};
use crate::check::{Settings, check};
use crate::cost::{Figures, Scale, Terms, alternatives, break_even, growth};
use crate::design::Design;
use crate::plan::Plans;
use crate::report::cost::Costing;
use crate::report::joined;
use crate::report::review::{self, Form, Review, Stop};

/// The arguments of `report`.
#[derive(Debug, Args)]
pub(super) struct ReportArguments {
    /// A model (a file, or `-`); without it the one model of the current directory.
    file: Option<PathBuf>,
    /// The form of the report.
    #[arg(long, value_enum, default_value_t = Format::Html)]
    format: Format,
    /// Where to write it; a file that is there is replaced. Without it, standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// How many times the stated traffic: `10x`.
    #[arg(long, value_name = "FACTOR", default_value = "1x", value_parser = factor)]
    scale: Decimal,
    /// The home Region, instead of the model's.
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    /// A price book of your own, as `keyplan prices import` writes it.
    #[arg(long, value_name = "FILE")]
    prices: Option<PathBuf>,
    /// How far growth is shown, in months.
    #[arg(long, value_name = "MONTHS", default_value_t = 36, value_parser = clap::value_parser!(u32).range(0..=600))]
    months: u32,
    /// The day to hold expiry dates against, instead of today (`YYYY-MM-DD`).
    #[arg(long, value_name = "DATE")]
    today: Option<Date>,
    #[command(flatten)]
    config: ConfigArguments,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One page for a browser, with nothing to load.
    Html,
    /// Markdown, with the drawing as Mermaid.
    #[value(alias = "md")]
    Markdown,
}

/// Writes the report.
pub(super) fn run(arguments: &ReportArguments, out: &mut dyn Write) -> Result<Outcome, CommandError> {
    let files: Vec<PathBuf> = arguments.file.iter().cloned().collect();
    let (file, model) = inputs::one_model(&files, "keyplan report FILE")?;
    let config = arguments.config.of(&file.name)?;
    let house = house(&config, arguments.prices.as_ref(), arguments.today)?;
    if let Some(region) = arguments.region.as_deref() {
        known_region(&house.book, region)?;
    }
    let settings = Settings { region: arguments.region.clone(), scale: Scale(arguments.scale), ..house };
    let mut checked = check(file, &settings);
    checked.findings = joined(checked.findings);
    let book = &settings.book;
    let terms = Terms { region: arguments.region.as_deref(), ..config.terms() };
    let design = Design::new(&model);
    let plans = Plans::new(&design);
    let form = match arguments.format {
        Format::Html => Form::Html,
        Format::Markdown => Form::Markdown,
    };
    let factors = review::factors(arguments.scale, form);
    let figures: Vec<Figures<'_>> =
        factors.iter().map(|factor| Figures::new(&design, &plans, book, &terms, Scale(*factor))).collect();
    let stops = factors
        .iter()
        .zip(&figures)
        .map(|(factor, figures)| {
            let account = figures.account(&design, book);
            let is_own = *factor == arguments.scale;
            Stop::new(Costing {
                design: &design,
                figures,
                book,
                terms: &terms,
                scale: *factor,
                alternatives: alternatives(&account, &terms, &figures.bill),
                break_even: if is_own { break_even(book, figures.bill.region) } else { None },
                growth: if is_own { growth(&account, &terms, arguments.months) } else { Vec::new() },
                regions: Vec::new(),
            })
        })
        .collect();
    let Some(review) = Review::new(&checked, &plans, stops, arguments.scale) else {
        return Err(CommandError::Usage("there is no traffic to report on".to_owned()));
    };
    let written = match form {
        Form::Html => review::html(&review),
        Form::Markdown => review::markdown(&review),
    };
    match &arguments.output {
        Some(path) if path.as_os_str() != "-" => replace(path, &written)
            .map_err(|error| CommandError::Input(format!("`{}` cannot be written: {error}", path.display())))?,
        _ => out.write_all(written.as_bytes())?,
    }
    Ok(Outcome::Clean)
}
